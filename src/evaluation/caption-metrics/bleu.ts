/**
 * BLEU-1 to 4 of a corpus (Papineni et al. 2002), as coco-caption counts it: matches clipped by the reference that has
 * the n-gram most often, the brevity penalty by the reference length closest to the caption's (of two the shorter).
 */

import { countNgrams } from '../../ngrams.ts';
import type { ScoredCaption } from './scored-caption.ts';

const LONGEST = 4;
/** coco-caption's, which keep it from dividing by 0. */
const SMALL = 1e-9;
const TINY = 1e-15;

/** @returns BLEU-1, -2, -3, -4, each 0..1 */
export function bleu(captions: readonly ScoredCaption[]): number[] {
  const guessed = new Array<number>(LONGEST).fill(0);
  const right = new Array<number>(LONGEST).fill(0);
  let length = 0;
  let referenceLength = 0;
  for (const { words, references } of captions) {
    length += words.length;
    referenceLength += closest(words.length, references);
    const counted = references.map((reference) => countNgrams(reference, LONGEST));
    for (const [i, counts] of countNgrams(words, LONGEST).entries()) {
      guessed[i]! += Math.max(0, words.length - i);
      for (const [ngram, count] of counts) {
        const most = Math.max(...counted.map((reference) => reference[i]!.get(ngram) ?? 0));
        right[i]! += Math.min(count, most);
      }
    }
  }
  const ratio = (length + TINY) / (referenceLength + SMALL);
  const penalty = ratio < 1 ? Math.exp(1 - 1 / ratio) : 1;
  let product = 1;
  return right.map((count, i) => {
    product *= (count + TINY) / (guessed[i]! + SMALL);
    return product ** (1 / (i + 1)) * penalty;
  });
}

function closest(length: number, references: readonly (readonly string[])[]): number {
  const lengths = references.map((reference) => reference.length);
  return lengths.reduce((best, other) => {
    const [near, far] = [Math.abs(other - length), Math.abs(best - length)];
    return near < far || (near === far && other < best) ? other : best;
  });
}
