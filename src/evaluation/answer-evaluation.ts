/**
 * How often a fine-tuned model is right about held-out scenes (of a data set of one's own: directory-evaluation.ts), by
 * type of question or statement, beside what comes without looking:
 *
 * - picture removed: the same model, every feature of the picture 0.
 * - trained without pictures: a model of the same kind that never saw any, where one is given.
 * - same words in training: the answer that training scenes most often have to the very same words. Nothing that
 *   reads the words alone can do much better on scenes of the same world.
 * - majority answer: of the type, over training scenes. For statements it is one half, by how they are made.
 */
import type { Scene, ScenePair, Split, World } from '../datasets/scenes/index.ts';
import type { AnswerHead } from '../models/finetuning-choices.ts';
import { createRandom } from '../random.ts';
import type { GqaMeasures } from './gqa-measures.ts';
import { add, addTo, type Tally } from './paint-score.ts';

/** What is asked about a picture, or stated about two. */
export interface Question {
  text: string;
  /** The best right one; of a statement 'true' or 'false'. */
  answer: string;
  /** Where several answers are right, how right: answer → score, 0..1. Left out: `answer` alone, 1. */
  scores?: ReadonlyMap<string, number>;
  type?: string;
  /** Where it comes from, such as the name of a collection. */
  source?: string;
  /** VQA's `question_type`: how it begins. */
  questionType?: string;
}

/** About a scene, or two. */
export interface Asked extends Question {
  scenes: readonly Scene[];
  type: string;
}

/**
 * The model under test; features are whatever `see` gives.
 * @typeParam Picture of a scene the bytes of its RGB, [128 × 128 × 3]
 */
export interface AnsweringModel<Picture = Uint8Array> {
  encode(picture: Picture): Promise<Float32Array>;
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
  /** Every source in the order of its first question. */
  bySource: Map<string, Tally>;
  /** And every one of VQA's question types. */
  byQuestionType: Map<string, Tally>;
  all: Tally;
  /** Where a scene shows a class × colour × background that training never showed. */
  heldOut?: Tally;
  /** GQA's own measures, where the data set has what they want. */
  gqa?: GqaMeasures;
  /** Statements that are judged right of both their pairs (NLVR2's consistency). */
  consistent?: Tally;
}

export interface AnswerEvaluation<Q extends Question = Asked> {
  columns: AnswerColumn[];
  /** What the model answered, in the order asked. */
  answered: { asked: Q; answer: string }[];
}

/** Groups asked about at once. */
export const CHUNK = 16;

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
          features.set(scene, await model.encode(world.render(scene)));
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
  const { sameWords, typical } = usualAnswers(training);
  const columns = [
    column('model', groups, seen),
    column('picture removed', groups, removed),
    ...(textOnly ? [column('trained without pictures', groups, blind)] : []),
    column('same words in training', groups, answersBy(groups, sameWords)),
    column('majority answer', groups, answersBy(groups, typical)),
  ];
  const answered = groups.flatMap((group, i) => group.map((asked, k) => ({ asked, answer: seen[i]![k]! })));
  return { columns, answered };
}

function answersBy(groups: readonly Asked[][], answer: (asked: Asked) => string): string[][] {
  return groups.map((group) => group.map(answer));
}

/** The answers of training to the same words (else `typical`), and of the same type. Of equals the first. */
export function usualAnswers(training: Iterable<Question>): {
  sameWords(question: Question): string;
  typical(question: Question): string;
} {
  const words = new Map<string, Map<string, number>>();
  const types = new Map<string | undefined, Map<string, number>>();
  for (const { text, type, answer, scores = new Map([[answer, 1]]) } of training) {
    for (const [right, score] of scores) {
      count(words, text, right, score);
      count(types, type, right, score);
    }
  }
  const best = (answers: Map<string, number> | undefined): string | undefined =>
    answers && [...answers].reduce((a, b) => (b[1] > a[1] ? b : a))[0];
  const ofType = new Map([...types].map(([type, answers]) => [type, best(answers)]));
  const typical = ({ type }: Question): string => ofType.get(type) ?? '';
  return { typical, sameWords: (question) => best(words.get(question.text)) ?? typical(question) };
}

function count<Key>(counts: Map<Key, Map<string, number>>, key: Key, answer: string, score: number): void {
  const answers = counts.get(key);
  if (answers) answers.set(answer, (answers.get(answer) ?? 0) + score);
  else counts.set(key, new Map([[answer, score]]));
}

/** How right these answers are, of each type and over all. */
export function tallied(
  name: string,
  questions: readonly Question[],
  answers: readonly string[],
): AnswerColumn {
  const result: AnswerColumn = {
    ...{ name, byType: new Map(), bySource: new Map(), byQuestionType: new Map() },
    all: { right: 0, total: 0 },
  };
  for (const [i, question] of questions.entries()) {
    const score = scoreOf(question, answers[i]!);
    add(result.all, score);
    addTo(result.byType, question.type, score);
    addTo(result.bySource, question.source, score);
    addTo(result.byQuestionType, question.questionType, score);
  }
  return result;
}

const scoreOf = ({ answer: right, scores }: Question, answer: string): number =>
  scores ? (scores.get(answer) ?? 0) : Number(answer === right);

function column(name: string, groups: readonly Asked[][], answers: readonly string[][]): AnswerColumn {
  const heldOut: Tally = { right: 0, total: 0 };
  const consistent: Tally = { right: 0, total: 0 };
  for (const [i, group] of groups.entries()) {
    const hits = group.map((asked, k) => scoreOf(asked, answers[i]![k]!));
    for (const [k, { scenes }] of group.entries())
      if (scenes.some((scene) => scene.heldOut)) add(heldOut, hits[k]!);
    if (group.length > 0) add(consistent, Math.min(...hits));
  }
  return { ...tallied(name, groups.flat(), answers.flat()), heldOut, consistent };
}
