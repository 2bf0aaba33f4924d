/**
 * R-precision (Xu et al. 2018; paper, section 6.1): of a picture's own caption among others, how often a surrogate
 * that was not made by the model under test thinks it the best.
 *
 * - easy: 99 captions of other pictures.
 * - hard: nine captions that differ from the own one in one word, by category.
 */
import { Fault } from '../fault.ts';
import type { Random } from '../random.ts';
import { createRandom } from '../random.ts';
import { drawnWords, swapped, WORD_CATEGORIES, type WordCategory } from './category-words.ts';
import { add, emptyTally, type Tally } from './paint-score.ts';

/** How well each text suits a picture; the higher the better. */
export type Matching = (picture: number, texts: readonly string[]) => Promise<number[]>;

export interface RPrecision {
  easy: Tally;
  hard: Record<WordCategory, Tally>;
}

export interface RPrecisionOptions {
  /** The caption of each picture. */
  captions: readonly string[];
  match: Matching;
  /** Captions of other pictures that each own one stands among (99). 0: that is not asked. */
  negatives: number;
  /** What these are drawn from, where it is not `captions`. */
  others?: readonly string[];
  /** Most captions of a category (1000 in the paper). */
  perCategory: number;
  seed: number;
  onProgress?: (done: number, total: number) => void;
}

/** Changed captions beside each own one. */
const HARD_NEGATIVES = 9;

/** @throws Fault when there are not more different captions than negatives */
export async function rPrecision(options: RPrecisionOptions): Promise<RPrecision> {
  const { captions, match, negatives, others: from = captions, perCategory, seed } = options;
  const different = [...new Set(from)];
  if (different.length <= negatives) {
    throw new Fault(
      `R-precision among ${negatives} others wants ${negatives + 1} different captions; there are ${different.length}.`,
    );
  }
  const hardOnes = hardQueries(captions, perCategory, seed);
  const easyOnes = negatives === 0 ? [] : captions;
  const total = easyOnes.length + hardOnes.length;
  const result: RPrecision = { easy: emptyTally(), hard: noneOf() };
  let done = 0;
  for (const [i, own] of easyOnes.entries()) {
    const random = createRandom(`r-precision/${seed}/${i}`);
    const others = draw(random, different, negatives, own);
    add(result.easy, firstPlace(await match(i, [own, ...others])));
    options.onProgress?.(++done, total);
  }
  for (const { picture, category, texts } of hardOnes) {
    add(result.hard[category], firstPlace(await match(picture, texts)));
    options.onProgress?.(++done, total);
  }
  return result;
}

/** Over the categories, as the paper has it: each counts the same. Null where one has no caption. */
export function hardMean(hard: RPrecision['hard']): number | null {
  const shares = WORD_CATEGORIES.map((category) => hard[category]).filter(({ total }) => total > 0);
  if (shares.length < WORD_CATEGORIES.length) return null;
  return shares.reduce((sum, { right, total }) => sum + right / total, 0) / shares.length;
}

interface HardQuery {
  picture: number;
  category: WordCategory;
  /** The own caption first. */
  texts: string[];
}

/** For each category so many captions that have a word of it, drawn, each with nine in which it is another one. */
export function hardQueries(captions: readonly string[], perCategory: number, seed: number): HardQuery[] {
  return WORD_CATEGORIES.flatMap((category) => {
    const random = createRandom(`r-precision/${seed}/${category}`);
    return Array.from(drawnWords(captions, category, perCategory, random), ({ picture, text, word }) => {
      const others = random.shuffle(swapped(text, word)).slice(0, HARD_NEGATIVES);
      return { picture, category, texts: [text, ...others] };
    });
  });
}

/** 1 where the first score is above all others; where others are as high, its share of the place. */
export function firstPlace([own, ...others]: readonly number[]): number {
  if (others.some((score) => !(score <= own!))) return 0;
  return 1 / (1 + others.filter((score) => score === own).length);
}

/** So many of the list that are not the one, without drawing any twice. */
function draw(random: Random, from: readonly string[], count: number, not: string): string[] {
  const drawn = new Set<string>();
  while (drawn.size < count) {
    const one = random.pick(from);
    if (one !== not) drawn.add(one);
  }
  return [...drawn];
}

const noneOf = () =>
  Object.fromEntries(WORD_CATEGORIES.map((category) => [category, emptyTally()])) as RPrecision['hard'];
