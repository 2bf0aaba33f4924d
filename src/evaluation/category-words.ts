/**
 * The words that R-precision-hard swaps and HUMMUS hides: the 80 objects of COCO, 64 verbs, 10 colours and 10 numbers
 * (paper, section 6.1). The paper does not list its verbs; these are the 64 that are done most in captions of COCO.
 *
 * The paper finds words with the tagger of spaCy. Here a word counts by its form: an object in singular or plural, a
 * verb as a present participle, which captions are full of and hardly anything else looks like.
 */
import { articleOf } from '../articles.ts';
import type { Random } from '../random.ts';

export const WORD_CATEGORIES = ['noun', 'verb', 'color', 'number'] as const;
export type WordCategory = (typeof WORD_CATEGORIES)[number];

const words = (list: string): string[] => list.split(',').map((word) => word.trim());

const OBJECTS =
  words(`person, bicycle, car, motorcycle, airplane, bus, train, truck, boat, traffic light, fire hydrant,
  stop sign, parking meter, bench, bird, cat, dog, horse, sheep, cow, elephant, bear, zebra, giraffe, backpack, umbrella,
  handbag, tie, suitcase, frisbee, skis, snowboard, sports ball, kite, baseball bat, baseball glove, skateboard,
  surfboard, tennis racket, bottle, wine glass, cup, fork, knife, spoon, bowl, banana, apple, sandwich, orange, broccoli,
  carrot, hot dog, pizza, donut, cake, chair, couch, potted plant, bed, dining table, toilet, tv, laptop, mouse, remote,
  keyboard, cell phone, microwave, oven, toaster, sink, refrigerator, book, clock, vase, scissors, teddy bear, hair drier,
  toothbrush`);
const PLURALS: Readonly<Record<string, string>> = {
  person: 'people',
  sheep: 'sheep',
  knife: 'knives',
  mouse: 'mice',
  skis: 'skis',
  scissors: 'scissors',
  broccoli: 'broccoli',
};
const VERBS =
  words(`sitting, standing, riding, holding, walking, playing, eating, flying, wearing, looking, parked, laying,
  driving, jumping, carrying, skiing, surfing, running, grazing, swinging, hanging, posing, talking, hitting, watching,
  throwing, swimming, sleeping, waiting, lying, cutting, leaning, crossing, preparing, pulling, drinking, smiling,
  cooking, reading, traveling, catching, moving, performing, resting, working, touching, feeding, kicking, pushing,
  climbing, floating, skateboarding, snowboarding, brushing, serving, pointing, chasing, dancing, washing, kneeling,
  petting, fishing, perched, racing`);
const COLORS = words('red, orange, yellow, green, blue, purple, pink, brown, black, white');
const NUMBERS = words('one, two, three, four, five, six, seven, eight, nine, ten');

const plural = (noun: string): string => {
  if (PLURALS[noun] !== undefined) return PLURALS[noun];
  if (/(s|x|ch|sh)$/.test(noun)) return `${noun}es`;
  return `${noun}s`;
};

interface Word {
  category: WordCategory;
  /** The form that is in the text, lower case. */
  form: string;
  /** What stands for it in the lists. */
  entry: string;
  plural: boolean;
}

/** A word of a category in a text. */
export interface FoundWord extends Word {
  start: number;
  end: number;
}

const LEXICON = new Map<string, Word>();
for (const noun of OBJECTS) {
  // "orange" stands before a noun far more often than for the fruit.
  if (noun !== 'orange') LEXICON.set(noun, { category: 'noun', form: noun, entry: noun, plural: false });
  const form = plural(noun);
  if (!LEXICON.has(form)) LEXICON.set(form, { category: 'noun', form, entry: noun, plural: true });
}
for (const [category, list] of [
  ['verb', VERBS],
  ['color', COLORS],
  ['number', NUMBERS],
] as const)
  for (const form of list) LEXICON.set(form, { category, form, entry: form, plural: false });

export const CATEGORY_WORDS: Record<WordCategory, readonly string[]> = {
  noun: OBJECTS,
  verb: VERBS,
  color: COLORS,
  number: NUMBERS,
};

const ANY = new RegExp(
  `\\b(?:${[...LEXICON.keys()]
    .sort((a, b) => b.length - a.length)
    .map((form) => form.replace(' ', '\\s+'))
    .join('|')})\\b`,
  'gi',
);

/** In the order of the text; of words within words ("teddy bear") the longest. */
export function categoryWords(text: string): FoundWord[] {
  return [...text.matchAll(ANY)].map((match) => {
    const form = match[0].toLowerCase().replace(/\s+/g, ' ');
    return { ...LEXICON.get(form)!, start: match.index, end: match.index + match[0].length };
  });
}

/**
 * The text with the word replaced by each of the others of its category in turn that the text does not have already,
 * in the same number, with the article that it wants.
 */
export function swapped(text: string, word: FoundWord): string[] {
  const present = new Set(categoryWords(text).map(({ entry }) => entry));
  return CATEGORY_WORDS[word.category]
    .filter((entry) => entry !== word.entry && !present.has(entry))
    .map((entry) => {
      const form = word.plural ? plural(entry) : entry;
      const before = text.slice(0, word.start).replace(/\b(a)n?(\s+)$/i, (_, a: string, space: string) => {
        return `${a}${articleOf(form).slice(1)}${space}`;
      });
      const capital = /^[A-Z]/.test(text.slice(word.start));
      const written = capital ? form[0]!.toUpperCase() + form.slice(1) : form;
      return before + written + text.slice(word.end);
    });
}

/** Captions that have a word of the category, at most so many, drawn, each with one of its words. */
export function* drawnWords(
  captions: readonly string[],
  category: WordCategory,
  most: number,
  random: Random,
): Generator<{ picture: number; text: string; word: FoundWord }> {
  const able = captions.flatMap((text, picture) => {
    const found = categoryWords(text).filter((word) => word.category === category);
    return found.length > 0 ? [{ picture, text, found }] : [];
  });
  for (const { picture, text, found } of random.shuffle(able).slice(0, most))
    yield { picture, text, word: random.pick(found) };
}
