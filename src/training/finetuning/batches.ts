/**
 * Questions, statements and the exact features of the pictures that they are about, of a grid's cells or of boxes.
 * Every batch is a pure function of the seed and the step.
 *
 * B batch, T text tokens, V regions (cells or boxes), F visual feature, P numbers of a position, A answers.
 */

import { type DirectoryEntries, scoresOf } from '../../datasets/directory/index.ts';
import type { ScenePair, Split, StatementSource, World } from '../../datasets/scenes/index.ts';
import type { InputSpec } from '../../engines/engine.ts';
import type { FinetunedModelConfig } from '../../models/family.ts';
import type { AnswerHead } from '../../models/finetuning-choices.ts';
import { boxInputs, regionsOf } from '../../models/regions.ts';
import { createRandom, type Random } from '../../random.ts';
import { float32, type HostTensors, int32 } from '../../tensor.ts';
import { MAX_TEXT_TOKENS } from '../../text-lengths.ts';
import type { Tokenizer } from '../../tokenizer.ts';
import type { SceneFeatures } from '../features/scene-features.ts';

/** A text, what it is about, and the answer's place among the logits. */
export interface Example {
  text: string;
  /** Indices of the pictures in their split: one, or left and right. */
  scenes: readonly number[];
  /** The best answer's place; -1 when the model has none of the right ones. */
  label: number;
  /** Where several answers are right, how right: place → score, 0..1. Left out: `label` alone, 1. */
  scores?: ReadonlyMap<number, number>;
  type?: string;
  /** The pictures are seen as in a mirror. */
  mirrored?: boolean;
}

export interface ExampleSource {
  /** One draw, decided by `random` alone. NLVR2's scenes give a statement's two pairs, else it is one example. */
  draw(random: Random): Example[];
  /** For validation: every question of a scene, the two pairs of a statement, or an entry of a directory. */
  all(index: number): Example[];
}

/** Questions about the first `scenes` scenes of a split: VQA's, or GQA's of more than one step. */
export function questionSource(
  world: World,
  head: Exclude<AnswerHead, 'nlvr2'>,
  answers: readonly string[],
  split: Split,
  scenes: number,
): ExampleSource {
  const placeOf = new Map(answers.map((answer, i) => [answer, i]));
  const ask = (index: number, random: Random): Example[] => {
    const scene = world.scene(split, index);
    const questions =
      head === 'gqa' ? world.compositionalQuestions(scene, random) : world.questions(scene, random);
    return questions.map(({ question, answer, type }) => {
      const label = placeOf.get(answer);
      if (label === undefined) throw new Error(`"${answer}" is not among the model's answers`);
      return { text: question, scenes: [index], label, type };
    });
  };
  return {
    draw(random) {
      for (;;) {
        const examples = ask(random.int(scenes), random);
        if (examples.length > 0) return [random.pick(examples)];
      }
    },
    all: (index) => ask(index, createRandom(`${split}/questions/${index}`)),
  };
}

/** Statements about pairs of a split's scenes, each with the pair it is true of and the pair it is false of. */
export function statementExamples(statements: StatementSource, split: Split): ExampleSource {
  const draw = (random: Random): Example[] => {
    const { statement: text, type, whenTrue, whenFalse } = statements.contrast(random);
    const example = ({ left, right }: ScenePair, label: number): Example => ({
      text,
      scenes: [left.index, right.index],
      label,
      type,
    });
    return [example(whenTrue, 1), example(whenFalse, 0)];
  };
  return { draw, all: (index) => draw(createRandom(`${split}/statement/${index}`)) };
}

/** Questions of a directory. @param answers in the order of the logits */
export function questionEntries(
  entries: DirectoryEntries<'vqa' | 'gqa'>,
  answers: readonly string[],
): ExampleSource {
  const placeOf = new Map(answers.map((answer, i) => [answer, i]));
  const example = (index: number): Example => {
    const { text, pictures, answers: right, type } = entries.entry(index);
    const scores = scoresOf(right, placeOf);
    let label = -1;
    for (const [place, score] of scores) if (score > (scores.get(label) ?? 0)) label = place;
    const scenes = pictures.map(entries.placeOf);
    return { text, scenes, label, scores, ...(type !== undefined && { type }) };
  };
  return fromEntries(entries.length, example);
}

/** Statements of a directory. */
export function statementEntries(entries: DirectoryEntries<'nlvr2'>): ExampleSource {
  return fromEntries(entries.length, (index) => {
    const { text, pictures, label } = entries.entry(index);
    return { text, scenes: pictures.map(entries.placeOf), label };
  });
}

const fromEntries = (count: number, example: (index: number) => Example): ExampleSource => ({
  draw: (random) => [example(random.int(count))],
  all: (index) => [example(index)],
});

/** Words at the beginning of a question that tell what kind of answer it wants: "is the", "what color", "how many". */
const OPENING_WORDS = 2;
const openingOf = (text: string): string => text.toLowerCase().split(/\s+/).slice(0, OPENING_WORDS).join(' ');
/** Of an opening that fewer questions have, nothing is known but what all questions have. */
const FEWEST_OPENED = 20;

/**
 * Asks a share of the questions about a picture drawn at random, where the answer is to be as open as the first words
 * of the question leave it: their answers' mean over all of `source`. So a question cannot be learnt by heart, which a
 * balanced data set punishes: VQA v2 asks each twice with two answers, and what training saw one of, validation asks
 * with the other (after Zhu et al. 2020, "Overcoming language priors with self-supervised learning").
 * @param count entries of `source`
 * @param pictures of the split
 */
export function withOtherPictures(
  source: ExampleSource,
  share: number,
  count: number,
  pictures: number,
): ExampleSource {
  const openings = new Map<string, ReadonlyMap<number, number>[]>();
  for (let index = 0; index < count; index++)
    for (const { text, label, scores = new Map([[label, 1]]) } of source.all(index)) {
      if (label < 0) continue;
      const alike = openings.get(openingOf(text));
      if (alike) alike.push(scores);
      else openings.set(openingOf(text), [scores]);
    }
  const any = meanOf([...openings.values()].flat());
  const open = new Map(
    [...openings]
      .filter(([, alike]) => alike.length >= FEWEST_OPENED)
      .map(([opening, alike]) => [opening, meanOf(alike)]),
  );
  return {
    all: source.all,
    draw: (random) =>
      source.draw(random).map((example) => {
        if (!random.chance(share)) return example;
        const opened = open.get(openingOf(example.text)) ?? any;
        return { ...example, ...opened, scenes: example.scenes.map(() => random.int(pictures)) };
      }),
  };
}

/** The mean of scores that add up to 1 each, and the best of it. */
function meanOf(all: readonly ReadonlyMap<number, number>[]): Required<Pick<Example, 'scores' | 'label'>> {
  const scores = new Map<number, number>();
  for (const one of all) {
    const total = [...one.values()].reduce((sum, score) => sum + score, 0);
    for (const [place, score] of one)
      scores.set(place, (scores.get(place) ?? 0) + score / total / all.length);
  }
  const [label] = [...scores].reduce((best, one) => (one[1] > best[1] ? one : best), [-1, 0]);
  return { scores, label };
}

const SIDES = /\b(left|right)\b/i;

/** Mirrors the pictures of a share of the examples, but of those whose words tell left from right. */
export const withMirrors = (source: ExampleSource, share: number): ExampleSource => ({
  all: source.all,
  draw: (random) =>
    source
      .draw(random)
      .map((example) =>
        random.chance(share) && !SIDES.test(example.text) ? { ...example, mirrored: true } : example,
      ),
});

/** [grid × grid × width] from `at` on: each row of cells in the other order. */
function mirror(features: Float32Array, at: number, grid: number, width: number): void {
  const row = new Float32Array(grid * width);
  for (let y = 0; y < grid; y++) {
    const start = at + y * grid * width;
    row.set(features.subarray(start, start + grid * width));
    for (let x = 0; x < grid; x++)
      features.set(row.subarray(x * width, (x + 1) * width), start + (grid - 1 - x) * width);
  }
}

/** How to make a batch for a model out of examples. */
export interface BatchMaker {
  inputs: Record<string, InputSpec>;
  /** Rows that are not filled repeat the first. */
  fill(examples: readonly Example[]): HostTensors;
}

/**
 * @param features undefined: the picture is removed, every feature is 0. What a model makes of that it makes of the
 *   words alone.
 */
export function batchMaker(
  config: FinetunedModelConfig,
  tokenizer: Tokenizer,
  features: SceneFeatures | undefined,
  B: number,
): BatchMaker {
  const { head, num_answers: A, visual_feat_dim: F, visual_pos_dim: P } = config;
  const { count: V, width, boxes } = regionsOf(config);
  const pictures = head === 'nlvr2' ? 2 : 1;
  const lead = head === 'nlvr2' ? [B, 2, V] : [B, V];
  return {
    inputs: {
      input_ids: { dtype: 'int32', shape: [B, MAX_TEXT_TOKENS] },
      visual_feats: { dtype: 'float32', shape: [...lead, F] },
      ...(boxes && { visual_pos: { dtype: 'float32', shape: [...lead, P] } as const }),
      labels: { dtype: 'int32', shape: [B] },
      ...(head === 'vqa' && { targets: { dtype: 'float32', shape: [B, A] } as const }),
    },
    fill(examples) {
      const ids = new Int32Array(B * MAX_TEXT_TOKENS);
      const seen = new Float32Array(B * pictures * V * width);
      const labels = new Int32Array(B);
      const targets = new Float32Array(B * A);
      for (let row = 0; row < B; row++) {
        const { text, scenes, label, scores, mirrored } = examples[row] ?? examples[0]!;
        ids.set(tokenizer.encode(text, MAX_TEXT_TOKENS).ids, row * MAX_TEXT_TOKENS);
        for (const [i, index] of scenes.entries()) {
          const at = (row * pictures + i) * V * width;
          features?.read(index, seen, at);
          if (mirrored) mirror(seen, at, Math.sqrt(V), width);
        }
        labels[row] = label;
        if (scores) for (const [place, score] of scores) targets[row * A + place] = score;
        else targets[row * A + label] = 1;
      }
      return {
        input_ids: int32(ids, [B, MAX_TEXT_TOKENS]),
        ...(boxes ? boxInputs(config, seen, lead) : { visual_feats: float32(seen, [...lead, F]) }),
        labels: int32(labels, [B]),
        ...(head === 'vqa' && { targets: float32(targets, [B, A]) }),
      };
    },
  };
}

/** B examples of a step. NLVR2's come in twos; an odd batch leaves the last one's other half out. */
export function drawExamples(source: ExampleSource, key: string, B: number): Example[] {
  const random = createRandom(key);
  const examples: Example[] = [];
  while (examples.length < B) examples.push(...source.draw(random));
  return examples.slice(0, B);
}
