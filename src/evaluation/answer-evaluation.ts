/**
 * How often a fine-tuned model is right about held-out scenes, by type of question or statement, beside what comes
 * without looking:
 *
 * - picture removed: the same model, every feature of the picture 0.
 * - trained without pictures: a model of the same kind that never saw any, where one is given.
 * - same words in training: the answer that training scenes most often have to the very same words. Nothing that
 *   reads the words alone can do much better on scenes of the same world.
 * - majority answer: of the type, over training scenes. For statements it is one half, by how they are made.
 */
import type { Scene, ScenePair, Split, World } from '../datasets/scenes/index.ts';
import type { AnswerHead } from '../models/lxmert/index.ts';
import { createRandom } from '../random.ts';
import type { Tally } from './paint-score.ts';

/** A question about a scene, or a statement about two. */
export interface Asked {
  text: string;
  scenes: readonly Scene[];
  /** Of a statement 'true' or 'false'. */
  answer: string;
  type: string;
}

/** The model under test; features are whatever `see` gives. */
export interface AnsweringModel {
  /** @param rgb [128 × 128 × 3] bytes */
  see(rgb: Uint8Array): Promise<Float32Array>;
  answer(text: string, pictures: readonly Float32Array[]): Promise<string>;
}

export interface AnswerEvaluationOptions {
  world: World;
  head: AnswerHead;
  model: AnsweringModel;
  /** A model that was trained without pictures. */
  textOnly: Pick<AnsweringModel, 'answer'> | undefined;
  /** Test scenes that are asked about, or statements about pairs of as many. */
  scenes: number;
  /** Training scenes that the answers to the same words are counted on. */
  trainingScenes: number;
  seed: number;
  onProgress?: (done: number, total: number) => void;
}

export interface AnswerColumn {
  name: string;
  /** Every type in the order of its first question, then over all of them. */
  byType: Map<string, Tally>;
  all: Tally;
  /** Where a scene shows a class × colour × background that training never showed. */
  heldOut: Tally;
  /** Statements that are judged right of both their pairs (NLVR2's consistency). */
  consistent: Tally;
}

export interface AnswerEvaluation {
  columns: AnswerColumn[];
  /** What the model answered, in the order asked. */
  answered: { asked: Asked; answer: string }[];
}

/** Groups asked about at once. */
const CHUNK = 16;

/**
 * All questions of each of the first scenes of a split, or statements about pairs of them; one group for each. A
 * statement's group are the pair that it is true of and the pair that it is false of.
 */
export function askedAbout(
  world: World,
  head: AnswerHead,
  split: Split,
  count: number,
  seed: number,
): Asked[][] {
  const randomOf = (i: number) => createRandom(`evaluate/${head}/${split}/${seed}/${i}`);
  if (head === 'nlvr2') {
    const source = world.statements(split, count);
    return Array.from({ length: count }, (_, i) => {
      const { statement: text, type, whenTrue, whenFalse } = source.contrast(randomOf(i));
      const asked = ({ left, right }: ScenePair, answer: string) => ({
        text,
        scenes: [left, right],
        answer,
        type,
      });
      return [asked(whenTrue, 'true'), asked(whenFalse, 'false')];
    });
  }
  return Array.from({ length: count }, (_, i) => {
    const scene = world.scene(split, i);
    const questions =
      head === 'gqa' ? world.compositionalQuestions(scene, randomOf(i)) : world.questions(scene, randomOf(i));
    return questions.map(({ question: text, answer, type }) => ({ text, scenes: [scene], answer, type }));
  });
}

export async function evaluateAnswering(options: AnswerEvaluationOptions): Promise<AnswerEvaluation> {
  const { world, head, model, textOnly, seed } = options;
  const groups = askedAbout(world, head, 'test', options.scenes, seed);
  const seen: string[][] = [];
  const removed: string[][] = [];
  const blind: string[][] = [];
  for (let first = 0; first < groups.length; first += CHUNK) {
    const chunk = groups.slice(first, first + CHUNK);
    await Promise.all(
      chunk.map(async (group, i) => {
        const features = new Map<Scene, Float32Array>();
        for (const scene of new Set(group.flatMap(({ scenes }) => scenes))) {
          features.set(scene, await model.see(world.render(scene)));
        }
        const ask = (by: Pick<AnsweringModel, 'answer'>, look: (scene: Scene) => Float32Array) =>
          Promise.all(group.map(({ text, scenes }) => by.answer(text, scenes.map(look))));
        const nothing = (scene: Scene) => new Float32Array(features.get(scene)!.length);
        seen[first + i] = await ask(model, (scene) => features.get(scene)!);
        removed[first + i] = await ask(model, nothing);
        if (textOnly) blind[first + i] = await ask(textOnly, nothing);
      }),
    );
    options.onProgress?.(first + chunk.length, groups.length);
  }
  const training = askedAbout(world, head, 'train', options.trainingScenes, seed).flat();
  const words = mostFrequent(training, ({ text }) => text);
  const types = mostFrequent(training, ({ type }) => type);
  const typical = ({ type }: Asked): string => types.get(type) ?? '';
  const columns = [
    column('model', groups, seen),
    column('picture removed', groups, removed),
    ...(textOnly ? [column('trained without pictures', groups, blind)] : []),
    column(
      'same words in training',
      groups,
      answersBy(groups, (one) => words.get(one.text) ?? typical(one)),
    ),
    column('majority answer', groups, answersBy(groups, typical)),
  ];
  const answered = groups.flatMap((group, i) => group.map((asked, k) => ({ asked, answer: seen[i]![k]! })));
  return { columns, answered };
}

function answersBy(groups: readonly Asked[][], answer: (asked: Asked) => string): string[][] {
  return groups.map((group) => group.map(answer));
}

/** Of each key its most frequent answer, of equals the first. */
function mostFrequent(asked: readonly Asked[], keyOf: (asked: Asked) => string): Map<string, string> {
  const counts = new Map<string, Map<string, number>>();
  for (const one of asked) {
    const key = keyOf(one);
    const answers = counts.get(key) ?? new Map<string, number>();
    counts.set(key, answers.set(one.answer, (answers.get(one.answer) ?? 0) + 1));
  }
  return new Map(
    [...counts].map(([key, answers]) => [key, [...answers].reduce((a, b) => (b[1] > a[1] ? b : a))[0]]),
  );
}

function column(name: string, groups: readonly Asked[][], answers: readonly string[][]): AnswerColumn {
  const empty = (): Tally => ({ right: 0, total: 0 });
  const result: AnswerColumn = {
    name,
    byType: new Map(),
    all: empty(),
    heldOut: empty(),
    consistent: empty(),
  };
  const add = (tally: Tally, right: boolean): void => {
    tally.right += Number(right);
    tally.total++;
  };
  for (const [i, group] of groups.entries()) {
    const hits = group.map(({ answer }, k) => answers[i]![k] === answer);
    for (const [k, { type, scenes }] of group.entries()) {
      const ofType = result.byType.get(type) ?? empty();
      result.byType.set(type, ofType);
      add(ofType, hits[k]!);
      add(result.all, hits[k]!);
      if (scenes.some(({ heldOut }) => heldOut)) add(result.heldOut, hits[k]!);
    }
    if (group.length > 0) add(result.consistent, hits.every(Boolean));
  }
  return result;
}
