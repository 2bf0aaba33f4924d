/** What is said of a picture in pre-training: of a scene, or of a picture of a directory. */
import { type DirectoryTexts, scoresOf } from '../../datasets/directory/index.ts';
import type { Split, World } from '../../datasets/scenes/index.ts';
import type { Random } from '../../random.ts';

/** Every draw is decided by `random` alone. */
export interface PretrainingPicture {
  /** Undefined when it has none; then it has a question. @param source of which it is to be (CAPTION_SOURCES) */
  caption(random: Random, source?: string): string | undefined;
  /** Undefined when nothing is asked about it; the answer is a place in the QA head, where the head has it. */
  question(random: Random): { text: string; answer: number | undefined } | undefined;
  /** Class of what each cell shows, 0 the background [64]. Undefined where nobody knows. */
  objects(): Int32Array | undefined;
}

/** Answer → its place in the QA head. */
export type AnswerPlaces = ReadonlyMap<string, number>;

/** Scenes of a split, by index. */
export function scenePictures(
  world: World,
  split: Split,
  answers: AnswerPlaces,
): (index: number) => PretrainingPicture {
  return (index) => {
    const scene = world.scene(split, index);
    return {
      caption: (random) => world.captions(scene, random, 1)[0]!.text,
      question(random) {
        const questions = world.questions(scene, random);
        if (questions.length === 0) return undefined;
        const { question, answer } = random.pick(questions);
        return { text: question, answer: answers.get(answer) };
      },
      objects: () => world.cellLabels(scene).object,
    };
  };
}

/** Pictures of a directory. @param objects of a picture, where somebody knows */
export function directoryPictures(
  { texts }: DirectoryTexts,
  answers: AnswerPlaces,
  objects: (index: number) => Int32Array | undefined = () => undefined,
): (index: number) => PretrainingPicture {
  return (index) => {
    const { captions, captionsOf, questions } = texts(index);
    return {
      caption(random, source) {
        const some = source === undefined ? captions : (captionsOf[source] ?? []);
        return some.length > 0 ? random.pick(some) : undefined;
      },
      question(random) {
        if (questions.length === 0) return undefined;
        const { text, answers: right } = random.pick(questions);
        const places = [...scoresOf(right, answers)];
        // As often as it is right, as in the reference.
        const drawn = places.length > 0 ? random.weighted(places.map(([, score]) => score)) : 0;
        return { text, answer: places[drawn]?.[0] };
      },
      objects: () => objects(index),
    };
  };
}
