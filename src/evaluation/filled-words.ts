/**
 * HUMMUS without people: one word of a caption is hidden, and a judge who sees the picture fills it in from all words of
 * its category (80 nouns, 64 verbs, 10 colors). What people fill in is asked by a study (src/studies); a judge is no
 * person, and its share is never called HUMMUS.
 */
import { createRandom } from '../random.ts';
import { drawnWords, swapped } from './category-words.ts';
import type { Tally } from './paint-score.ts';
import { firstPlace, type Matching } from './r-precision.ts';

export const HIDDEN_CATEGORIES = ['noun', 'verb', 'color'] as const;
type HiddenCategory = (typeof HIDDEN_CATEGORIES)[number];
export type FilledWords = Record<HiddenCategory, Tally>;

/** @param perCategory most captions of a category (100 in the paper) */
export async function filledWords(
  captions: readonly string[],
  match: Matching,
  perCategory: number,
  seed: number,
): Promise<FilledWords> {
  const result = Object.fromEntries(
    HIDDEN_CATEGORIES.map((category) => [category, { right: 0, total: 0 }]),
  ) as FilledWords;
  for (const category of HIDDEN_CATEGORIES) {
    const random = createRandom(`filled-words/${seed}/${category}`);
    for (const { picture, text, word } of drawnWords(captions, category, perCategory, random)) {
      result[category].right += firstPlace(await match(picture, [text, ...swapped(text, word)]));
      result[category].total++;
    }
  }
  return result;
}
