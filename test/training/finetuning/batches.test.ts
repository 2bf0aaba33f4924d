import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadWorld, type World } from '../../../src/datasets/scenes/index.ts';
import type { Engine } from '../../../src/engines/engine.ts';
import { createOnnxRuntimeEngine } from '../../../src/engines/onnxruntime.ts';
import { CELLS } from '../../../src/grid.ts';
import type { AnswerHead } from '../../../src/models/finetuning-choices.ts';
import { initialGridEncoder } from '../../../src/models/grid-encoder/grid-encoder.ts';
import type { FinetunedConfig } from '../../../src/models/lxmert/index.ts';
import { createRandom } from '../../../src/random.ts';
import { MAX_TEXT_TOKENS } from '../../../src/text-lengths.ts';
import { loadTokenizer, type Tokenizer } from '../../../src/tokenizer.ts';
import { featureExtractor } from '../../../src/training/features/feature-source.ts';
import { type SceneFeatures, sceneFeatures } from '../../../src/training/features/scene-features.ts';
import {
  batchMaker,
  drawExamples,
  type ExampleSource,
  questionSource,
  statementExamples,
  withMirrors,
  withOtherPictures,
} from '../../../src/training/finetuning/batches.ts';
import { accuracies } from '../../../src/training/finetuning/kind.ts';
import { TrainingInterrupted } from '../../../src/training/run/errors.ts';
import type { Run } from '../../../src/training/run/run-directory.ts';
import type { TrainingContext } from '../../../src/training/run/training-kind.ts';
import { LXMERT } from '../../inference/tiny-zoo.ts';
import { ENCODER } from '../../zoo/tiny-answerer.ts';

const SCENES = 140;
const F = LXMERT.visual_feat_dim;
let world: World;
let tokenizer: Tokenizer;
let cache: string;
let engine: Engine;
let features: SceneFeatures;
const gridEncoder = {
  id: 'tiny',
  revision: 'abcdef0123456789',
  architecture: 'grid-encoder',
  config: ENCODER,
  tensors: { 'model.safetensors': initialGridEncoder(ENCODER, createRandom('encoder')) },
  texts: {},
  builtOn: {},
};
const contextWith = (runner: Engine): TrainingContext => ({
  engine: runner,
  run: { phase() {} } as unknown as Run,
  seed: 0,
  dataset: 'lattice-1style',
  cache,
  readClusterIds: async () => new Map(),
  signal: new AbortController().signal,
  output: { write: () => true },
  components: {},
});

beforeAll(async () => {
  world = await loadWorld('lattice-1style');
  tokenizer = loadTokenizer(world.vocabulary());
  cache = await mkdtemp(join(tmpdir(), 'features-'));
  engine = createOnnxRuntimeEngine({ threads: 1 });
  features = await sceneFeatures(contextWith(engine), gridEncoder, world, 'train', SCENES);
}, 120_000);
afterAll(async () => {
  features.close();
  await rm(cache, { recursive: true });
});

/** Computes nothing. */
const idle = (): Engine => ({ ...engine, compile: () => Promise.reject(new Error('computed again')) });

/** The features of a picture, as they are read. */
function rowOf(from: SceneFeatures, index: number): Float32Array {
  const row = new Float32Array(CELLS * F);
  from.read(index, row, 0);
  return row;
}

const configOf = (head: AnswerHead): FinetunedConfig => ({
  ...LXMERT,
  vocab_size: world.vocabulary().length,
  head,
  num_answers: head === 'nlvr2' ? 2 : world.answers.length,
});
const sourceOf = (head: AnswerHead): ExampleSource =>
  head === 'nlvr2'
    ? statementExamples(world.statements('train', SCENES), 'train')
    : questionSource(world, head, world.answers, 'train', SCENES);

describe('sceneFeatures', () => {
  it('are those of the encoder, to half precision', async () => {
    const extractor = await featureExtractor(engine, gridEncoder, world);
    // On both sides of the chunks that they are computed in.
    const some = [0, 127, 128, SCENES - 1];
    const exact = await extractor.features(some.map((index) => world.scene('train', index)));
    await extractor.release();
    const read = new Float32Array(some.length * CELLS * F);
    for (const [i, index] of some.entries()) features.read(index, read, i * CELLS * F);
    let largest = 0;
    for (const [i, x] of exact.entries()) {
      largest = Math.max(largest, Math.abs(x));
      expect(Math.abs(read[i]! - x)).toBeLessThanOrEqual(Math.abs(x) * 2 ** -10 + 1e-6);
    }
    expect(largest).toBeGreaterThan(0.05);
    expect(() => features.read(SCENES, read, 0)).toThrow(`nothing of ${SCENES}`);
  });

  it('are read from the file by whoever needs as many or fewer', async () => {
    const again = await sceneFeatures(contextWith(idle()), gridEncoder, world, 'train', 16);
    expect(rowOf(again, 15)).toEqual(rowOf(features, 15));
    again.close();
    await expect(sceneFeatures(contextWith(idle()), gridEncoder, world, 'train', SCENES + 1)).rejects.toThrow(
      'computed again',
    );
    const other = { ...gridEncoder, revision: 'another' };
    await expect(sceneFeatures(contextWith(idle()), other, world, 'train', 16)).rejects.toThrow(
      'computed again',
    );
  });

  it('of a run that was stopped are there for the next', async () => {
    const other = { ...gridEncoder, revision: 'stopped' };
    const signal = AbortSignal.abort();
    // Stopped when the first 128 are there.
    let asked = 0;
    const stopping = Object.create(signal, { aborted: { get: () => asked++ > 0 } }) as AbortSignal;
    const context = { ...contextWith(engine), signal: stopping };
    await expect(sceneFeatures(context, other, world, 'train', SCENES)).rejects.toThrow(TrainingInterrupted);
    const some = await sceneFeatures(contextWith(idle()), other, world, 'train', 128);
    expect(rowOf(some, 127)).toEqual(rowOf(features, 127));
    some.close();
    const all = await sceneFeatures(contextWith(engine), other, world, 'train', SCENES);
    expect(rowOf(all, SCENES - 1)).toEqual(rowOf(features, SCENES - 1));
    all.close();
  });
});

describe.each(['vqa', 'gqa', 'nlvr2'] as const)('batches of %s', (head) => {
  it('have the layout that is compiled, and repeat', () => {
    const maker = batchMaker(configOf(head), tokenizer, features, 6);
    const source = sourceOf(head);
    const batch = maker.fill(drawExamples(source, 'key', 6));
    const layout = Object.entries(batch).map(([name, { dtype, shape }]) => [name, { dtype, shape }]);
    expect(Object.fromEntries(layout)).toEqual(maker.inputs);
    expect(maker.fill(drawExamples(source, 'key', 6))).toEqual(batch);
    expect(maker.fill(drawExamples(source, 'another', 6))).not.toEqual(batch);
  });

  it('hold the text, the features and the answer of each row', () => {
    const B = 4;
    const examples = drawExamples(sourceOf(head), 'rows', B - 1);
    const batch = batchMaker(configOf(head), tokenizer, features, B).fill(examples);
    const pictures = head === 'nlvr2' ? 2 : 1;
    const row = new Float32Array(CELLS * F);
    // The last row repeats the first.
    for (const [i, example] of [...examples, examples[0]!].entries()) {
      expect([...batch.input_ids!.data.slice(i * MAX_TEXT_TOKENS, (i + 1) * MAX_TEXT_TOKENS)]).toEqual(
        tokenizer.encode(example.text, MAX_TEXT_TOKENS).ids,
      );
      expect(example.scenes).toHaveLength(pictures);
      for (const [k, index] of example.scenes.entries()) {
        features.read(index, row, 0);
        const at = (i * pictures + k) * CELLS * F;
        expect(batch.visual_feats!.data.slice(at, at + CELLS * F)).toEqual(row);
      }
      expect(batch.labels!.data[i]).toBe(example.label);
      if (head !== 'vqa') continue;
      const A = world.answers.length;
      const targets = [...batch.targets!.data.slice(i * A, (i + 1) * A)];
      expect(targets.map((score, answer) => (score === 0 ? null : [answer, score])).filter(Boolean)).toEqual([
        [example.label, 1],
      ]);
    }
  });

  it('without the picture hold nothing of it', () => {
    const batch = batchMaker(configOf(head), tokenizer, undefined, 4).fill(
      drawExamples(sourceOf(head), 'k', 4),
    );
    expect(batch.visual_feats!.data.every((x) => x === 0)).toBe(true);
  });
});

describe('examples', () => {
  it('of questions name the answer that the world gives', () => {
    const [first] = sourceOf('vqa').all(3);
    const { question, answer, type } = world.questions(
      world.scene('train', 3),
      createRandom('train/questions/3'),
    )[0]!;
    expect(first).toEqual({ text: question, scenes: [3], label: world.answers.indexOf(answer), type });
  });

  it('of statements come in twos that only the pictures tell apart', () => {
    const source = sourceOf('nlvr2');
    for (let i = 0; i < 50; i++) {
      const [whenTrue, whenFalse, ...more] = source.all(i);
      expect(more).toEqual([]);
      expect([whenTrue!.label, whenFalse!.label]).toEqual([1, 0]);
      expect(whenTrue!.text).toBe(whenFalse!.text);
      expect(whenTrue!.scenes).not.toEqual(whenFalse!.scenes);
    }
  });
});

describe('what training varies', () => {
  /** Answers 0 yes, 1 no, 2 red: of 40 questions "is it …" 30 are yes, one "what color" is red. */
  const asked = Array.from({ length: 41 }, (_, i) =>
    i === 40
      ? { text: 'What color is it?', scenes: [40], label: 2, scores: new Map([[2, 0.5]]) }
      : { text: `Is it ${i}?`, scenes: [i], label: i < 30 ? 0 : 1 },
  );
  const source: ExampleSource = {
    draw: (random) => [asked[random.int(asked.length)]!],
    all: (index) => [asked[index]!],
  };

  it('asks a share of the questions about any picture, where their first words are all there is to go by', () => {
    const drawn = drawExamples(withOtherPictures(source, 0.5, asked.length, 1000), 'key', 2000);
    const own = new Map(asked.map((example) => [example.text, example]));
    const moved = drawn.filter((example) => example !== own.get(example.text));
    expect(moved.length / drawn.length).toBeGreaterThan(0.45);
    expect(moved.length / drawn.length).toBeLessThan(0.55);
    expect(new Set(moved.map(({ scenes }) => scenes[0])).size).toBeGreaterThan(300);
    expect(moved.every(({ scenes }) => scenes.length === 1 && scenes[0]! < 1000)).toBe(true);
    for (const { text, label, scores } of moved) {
      // Of one question alone nothing is known: the mean of all.
      const [yes, no] = text.startsWith('Is') ? [30 / 40, 10 / 40] : [30 / 41, 10 / 41];
      expect(label).toBe(0);
      expect(scores!.get(0)).toBeCloseTo(yes, 10);
      expect(scores!.get(1)).toBeCloseTo(no, 10);
    }
  });

  it('mirrors a share of the pictures, but not what is left or right', () => {
    const sides: ExampleSource = {
      ...source,
      draw: () => [{ text: 'What is LEFT of it?', scenes: [0], label: 0 }],
    };
    expect(drawExamples(withMirrors(sides, 1), 'key', 50).some(({ mirrored }) => mirrored)).toBe(false);
    const drawn = drawExamples(withMirrors(source, 0.5), 'key', 400);
    const share = drawn.filter(({ mirrored }) => mirrored).length / drawn.length;
    expect(share).toBeGreaterThan(0.4);
    expect(share).toBeLessThan(0.6);
  });

  it('sees each row of cells of a mirrored picture from the other end', () => {
    const maker = batchMaker(configOf('nlvr2'), tokenizer, features, 1);
    const example = { text: 'a dog', scenes: [3, 5], label: 1 };
    const [plain, mirrored] = [example, { ...example, mirrored: true }].map(
      (one) => maker.fill([one]).visual_feats!.data as Float32Array,
    );
    for (const picture of [0, 1])
      for (const [y, x] of [
        [0, 0],
        [2, 6],
        [7, 3],
      ] as const) {
        const cell = (column: number) => (picture * CELLS + y * 8 + column) * F;
        expect(mirrored!.subarray(cell(x), cell(x) + F)).toEqual(
          plain!.subarray(cell(7 - x), cell(7 - x) + F),
        );
      }
  });
});

it('accuracies count each type on its own', () => {
  const example = (type: string, label: number) => ({ text: '', scenes: [0], label, type });
  const examples = [example('yes/no', 1), example('yes/no', 0), example('count', 2), example('count', 3)];
  expect(accuracies(examples, [1, 1, 2, 3])).toEqual({
    accuracy: 0.75,
    yes_no_accuracy: 0.5,
    count_accuracy: 1,
  });
});
