/**
 * The text that most of the others agree with, as in minimum Bayes risk decoding (Kumar and Byrne 2004) and in the
 * consensus captions of Devlin et al. 2015: of several texts of a picture, what is wrong with one is seldom in the others.
 */
import { countNgrams } from '../ngrams.ts';

/** Longest run of words that is compared. */
const LONGEST = 4;
/** Texts whose lengths differ by so many words count exp(-1/2) as much, as in CIDEr-D. */
const SIGMA = 6;
/** The likelier of the others have the greater say: a difference of so much in score makes e times. */
const TEMPERATURE = 0.2;

/**
 * How much each text is like the others: the mean of its likenesses, weighted by their scores.
 * @param texts ids of words
 * @param scores one a text
 * @returns 0..1, one a text; 0 for a text alone
 */
export function agreement(texts: readonly (readonly number[])[], scores: readonly number[]): number[] {
  const best = Math.max(...scores);
  const weights = scores.map((score) => Math.exp((score - best) / TEMPERATURE));
  const counted = texts.map((text) => countNgrams(text, LONGEST));
  return texts.map((text, i) => {
    let sum = 0;
    let total = 0;
    for (const [j, other] of texts.entries()) {
      if (j === i) continue;
      const apart = text.length - other.length;
      const alike = meanCosine(counted[i]!, counted[j]!) * Math.exp(-(apart ** 2) / (2 * SIGMA ** 2));
      sum += weights[j]! * alike;
      total += weights[j]!;
    }
    return total === 0 ? 0 : sum / total;
  });
}

/** 0 for a length that one of them has no run of. */
function meanCosine(
  a: readonly ReadonlyMap<string, number>[],
  b: readonly ReadonlyMap<string, number>[],
): number {
  const cosines = a.map((counts, i) => {
    let product = 0;
    for (const [run, count] of counts) product += count * (b[i]!.get(run) ?? 0);
    return product === 0 ? 0 : product / (norm(counts) * norm(b[i]!));
  });
  return cosines.reduce((sum, one) => sum + one, 0) / LONGEST;
}

const norm = (counts: ReadonlyMap<string, number>): number => Math.hypot(...counts.values());
