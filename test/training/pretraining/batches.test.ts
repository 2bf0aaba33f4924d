import { beforeAll, describe, expect, it } from 'vitest';
import { loadWorld, type World } from '../../../src/datasets/scenes/index.ts';
import { CELLS } from '../../../src/grid.ts';
import { createRandom } from '../../../src/random.ts';
import { MAX_TEXT_TOKENS } from '../../../src/text-lengths.ts';
import { loadTokenizer } from '../../../src/tokenizer.ts';
import {
  type Modality,
  type PretrainingSource,
  pretrainingBatch,
  pretrainingExamples,
} from '../../../src/training/pretraining/batches.ts';
import { directoryPictures, scenePictures } from '../../../src/training/pretraining/pictures.ts';

const SCENES = 64;
const B = 16;
const BATCHES = 40;
let world: World;
let source: PretrainingSource;

beforeAll(async () => {
  world = await loadWorld('lattice-1style');
  const random = createRandom('codes');
  source = {
    picture: scenePictures(world, 'train', new Map(world.answers.map((answer, i) => [answer, i]))),
    tokenizer: loadTokenizer(world.vocabulary()),
    codes: Int16Array.from({ length: SCENES * CELLS }, () => random.int(100)),
    batchSize: B,
    wordMaskRatio: 0.15,
    backgroundWeight: 0.25,
    fullyMaskedShare: 0,
    objectsFirstShare: 0,
    uniformWordMaskShare: 0,
    fullyMaskedTextShare: 0,
    questionShare: 0.5,
  };
});

const many = (task: Modality) =>
  Array.from({ length: BATCHES }, (_, i) => pretrainingExamples(source, task, `many/${i}`));

describe('pretrainingExamples', () => {
  it.each(['vis_mask', 'word_mask', 'matched'] as const)(
    '%s has the layout of every task, and repeats',
    (task) => {
      const { batch } = pretrainingExamples(source, task, 'key');
      const layout = Object.entries(batch).map(([name, { dtype, shape }]) => [name, { dtype, shape }]);
      expect(Object.fromEntries(layout)).toEqual(pretrainingBatch(B));
      expect(pretrainingExamples(source, task, 'key').batch).toEqual(batch);
      expect(pretrainingExamples(source, task, 'another').batch).not.toEqual(batch);
    },
  );

  it('masks the picture at every ratio alike and asks for the masked codes alone', () => {
    const counts: number[] = [];
    for (const { batch, scenes } of many('vis_mask')) {
      for (let row = 0; row < B; row++) {
        let masked = 0;
        const scene = scenes[row]!;
        const { object } = world.cellLabels(world.scene('train', scene));
        for (let cell = 0; cell < CELLS; cell++) {
          const at = row * CELLS + cell;
          const code = source.codes[scene * CELLS + cell]!;
          expect(batch.cluster_ids!.data[at]).toBe(code);
          expect(batch.obj_labels!.data[at]).toBe(batch.vis_mask!.data[at] ? code : -100);
          expect(batch.obj_weights!.data[at]).toBe(object[cell] === 0 ? 0.25 : 1);
          masked += batch.vis_mask!.data[at]!;
        }
        counts.push(masked);
      }
    }
    expect(Math.min(...counts)).toBeGreaterThanOrEqual(1);
    const quarters = [0, 1, 2, 3].map((q) => counts.filter((n) => Math.ceil(n / 16) - 1 === q).length);
    // 640 draws: 160 in each quarter, standard deviation 11.
    for (const quarter of quarters) expect(Math.abs(quarter - 160)).toBeLessThan(44);
  });

  it('masks whole pictures for the share that asks for it', () => {
    const whole = Array.from({ length: BATCHES }, (_, i) => {
      const { batch } = pretrainingExamples({ ...source, fullyMaskedShare: 0.3 }, 'vis_mask', `whole/${i}`);
      const mask = batch.vis_mask!.data;
      return Array.from({ length: B }, (_, row) =>
        mask.subarray(row * CELLS, (row + 1) * CELLS).every((bit) => bit === 1),
      );
    }).flat();
    // 640 draws at 0.3 + 0.7 / 64: 199, standard deviation 12.
    expect(Math.abs(whole.filter(Boolean).length - 199)).toBeLessThan(48);
  });

  it('masks objects before the background where that is asked for', () => {
    for (let i = 0; i < BATCHES; i++) {
      const asked = { ...source, objectsFirstShare: 1 };
      const { batch, scenes } = pretrainingExamples(asked, 'vis_mask', `objects first/${i}`);
      for (let row = 0; row < B; row++) {
        const { object } = world.cellLabels(world.scene('train', scenes[row]!));
        const mask = batch.vis_mask!.data.subarray(row * CELLS, (row + 1) * CELLS);
        const seenObject = mask.some((bit, cell) => bit === 0 && object[cell] !== 0);
        const maskedBackground = mask.some((bit, cell) => bit === 1 && object[cell] === 0);
        expect(seenObject && maskedBackground).toBe(false);
      }
    }
  });

  it('hides texts at every ratio where that is asked for', () => {
    const shares = Array.from({ length: BATCHES }, (_, i) => {
      const asked = { ...source, uniformWordMaskShare: 1 };
      const { batch } = pretrainingExamples(asked, 'word_mask', `every ratio/${i}`);
      const { pad, cls, sep } = source.tokenizer;
      return Array.from({ length: B }, (_, row) => {
        const at = (data: ArrayLike<number>) =>
          Array.from({ length: MAX_TEXT_TOKENS }, (_, t) => data[row * MAX_TEXT_TOKENS + t]!);
        const labels = at(batch.word_labels!.data);
        const words = at(batch.input_ids!.data).filter(
          (id, t) => labels[t] !== -100 || ![pad, cls, sep].includes(id),
        );
        return labels.filter((label) => label !== -100).length / words.length;
      });
    }).flat();
    const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
    // Uniform on 0..1: mean 0.5, standard deviation 0.29 and a little more; 640 draws.
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.06);
    expect(shares.filter((share) => share > 0.9).length).toBeGreaterThan(20);
    expect(shares.filter((share) => share < 0.1).length).toBeGreaterThan(20);
  });

  it('shows captions without a word, and questions, in the shares that ask for them', () => {
    const { pad, cls, sep, mask } = source.tokenizer;
    const what = source.tokenizer.encode('what', MAX_TEXT_TOKENS).ids[1];
    const asked = { ...source, fullyMaskedTextShare: 0.4, questionShare: 0 };
    let whole = 0;
    for (let i = 0; i < BATCHES; i++) {
      const { batch } = pretrainingExamples(asked, 'word_mask', `no words/${i}`);
      for (let row = 0; row < B; row++) {
        const ids = batch.input_ids!.data.subarray(row * MAX_TEXT_TOKENS, (row + 1) * MAX_TEXT_TOKENS);
        if (ids.every((id) => [pad, cls, sep, mask].includes(id))) whole++;
        expect(ids).not.toContain(what);
      }
    }
    // 640 draws at 0.4: 256, standard deviation 12.
    expect(Math.abs(whole - 256)).toBeLessThan(48);
  });

  it('hides 15 % of the words as BERT does, and never a special token', () => {
    const { pad, cls, sep, mask } = source.tokenizer;
    let words = 0;
    let chosen = 0;
    let masked = 0;
    let kept = 0;
    for (const { batch } of many('word_mask')) {
      const ids = batch.input_ids!.data;
      for (const [at, label] of batch.word_labels!.data.entries()) {
        if (label === -100) {
          if (![pad, cls, sep].includes(ids[at]!)) words++;
          continue;
        }
        expect([pad, cls, sep]).not.toContain(label);
        words++;
        chosen++;
        if (ids[at] === mask) masked++;
        if (ids[at] === label) kept++;
      }
      for (let row = 0; row < B; row++) expect(ids[row * MAX_TEXT_TOKENS]).toBe(cls);
    }
    expect(chosen / words).toBeGreaterThan(0.13);
    expect(chosen / words).toBeLessThan(0.17);
    expect(masked / chosen).toBeGreaterThan(0.75);
    expect(masked / chosen).toBeLessThan(0.85);
    expect(kept / chosen).toBeGreaterThan(0.06);
    expect(kept / chosen).toBeLessThan(0.14);
  });

  it('replaces half of the texts, and asks questions of pairs that match only', () => {
    let replaced = 0;
    let asked = 0;
    for (const { batch } of many('matched')) {
      for (let row = 0; row < B; row++) {
        const answer = batch.qa_labels!.data[row]!;
        if (batch.matched_labels!.data[row] === 0) {
          replaced++;
          expect(answer).toBe(-100);
        } else if (answer !== -100) {
          asked++;
          expect(answer).toBeLessThan(world.answers.length);
        }
      }
    }
    expect(Math.abs(replaced / (B * BATCHES) - 0.5)).toBeLessThan(0.08);
    // Half of the pairs that match have a question.
    expect(Math.abs(asked / (B * BATCHES) - 0.25)).toBeLessThan(0.08);
  });
});

describe('pictures that have a caption, a question, or both', () => {
  const CAPTION = 'dog';
  const QUESTION = 'cat';
  // Of three pictures the first has both, the second a caption alone, the third a question alone.
  const mixed = (): PretrainingSource => {
    const has = (index: number, without: number) => index % 3 !== without;
    const indices = (without: number) =>
      Array.from({ length: SCENES }, (_, i) => i).filter((i) => has(i, without));
    return {
      ...source,
      captioned: indices(2),
      asked: indices(1),
      picture: (index) => ({
        caption: () => (has(index, 2) ? CAPTION : undefined),
        question: () => (has(index, 1) ? { text: QUESTION, answer: index } : undefined),
        objects: () => undefined,
      }),
    };
  };
  const word = (text: string) => source.tokenizer.encode(text, MAX_TEXT_TOKENS).ids[1]!;

  it('predicts codes from captions alone, of the pictures that have one', () => {
    for (let i = 0; i < BATCHES; i++) {
      const { batch, scenes } = pretrainingExamples(mixed(), 'vis_mask', `codes/${i}`);
      for (const index of scenes) expect(index % 3).not.toBe(2);
      for (let row = 0; row < B; row++)
        expect(batch.input_ids!.data[row * MAX_TEXT_TOKENS + 1]).toBe(word(CAPTION));
    }
  });

  it('predicts codes from captions of one source alone where that is asked for, and masks words of all', () => {
    const said = (index: number) => ({ ...(index % 2 === 0 && { mscoco: ['dog'] }), vg: ['cat'] });
    const pictures = directoryPictures(
      {
        pictures: [],
        captioned: [],
        asked: [],
        captionedBy: () => [],
        texts: (index) => ({
          captions: Object.values(said(index)).flat(),
          captionsOf: said(index),
          questions: [],
        }),
        close: () => {},
      },
      new Map(),
    );
    const even = Array.from({ length: SCENES }, (_, i) => i).filter((i) => i % 2 === 0);
    const given = { ...source, picture: pictures, codeCaptions: { source: 'mscoco', captioned: even } };
    const first = (task: 'vis_mask' | 'matched') =>
      Array.from({ length: BATCHES }, (_, i) => {
        const { batch } = pretrainingExamples(given, task, `${task}/${i}`);
        return Array.from({ length: B }, (_, row) => batch.input_ids!.data[row * MAX_TEXT_TOKENS + 1]);
      }).flat();
    expect(new Set(first('vis_mask'))).toEqual(new Set([word('dog')]));
    expect(new Set(first('matched'))).toEqual(new Set([word('dog'), word('cat')]));
  });

  it('asks about every picture that is asked about, and lets the kind of a text tell nothing', () => {
    const questions = { asked: 0, matched: 0 };
    const seen = new Set<number>();
    for (let i = 0; i < BATCHES; i++) {
      const { batch, scenes } = pretrainingExamples(mixed(), 'matched', `matched/${i}`);
      for (let row = 0; row < B; row++) {
        const [, first] = batch.input_ids!.data.subarray(row * MAX_TEXT_TOKENS, (row + 1) * MAX_TEXT_TOKENS);
        const matched = batch.matched_labels!.data[row] === 1;
        const index = scenes[row]!;
        seen.add(index % 3);
        // A picture without captions never meets one, matched or not.
        if (index % 3 === 2) expect(first).toBe(word(QUESTION));
        if (index % 3 === 1) expect(first).toBe(word(CAPTION));
        if (first === word(QUESTION)) {
          questions.asked++;
          questions.matched += Number(matched);
        }
        expect(batch.qa_labels!.data[row]).toBe(matched && first === word(QUESTION) ? index : -100);
      }
    }
    expect([...seen].sort()).toEqual([0, 1, 2]);
    // Half of 640 are questions; half of them, standard deviation 0.03, match.
    expect(Math.abs(questions.matched / questions.asked - 0.5)).toBeLessThan(0.12);
  });

  it('hides every word of captions alone', () => {
    const { mask } = source.tokenizer;
    const wordless = { ...mixed(), fullyMaskedTextShare: 1, wordMaskRatio: 0 };
    for (let i = 0; i < BATCHES; i++) {
      const { batch, scenes } = pretrainingExamples(wordless, 'word_mask', `wordless/${i}`);
      for (const [row, index] of scenes.entries())
        expect(batch.input_ids!.data[row * MAX_TEXT_TOKENS + 1]).toBe(
          index % 3 === 2 ? word(QUESTION) : mask,
        );
    }
  });
});
