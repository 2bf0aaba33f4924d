/**
 * CIDEr-D (Vedantam et al. 2015), as coco-caption counts it (and calls CIDEr): tf-idf of n-grams of 1 to 4 words, the
 * document frequency from the references of the captions at hand, clipped cosines, a Gaussian penalty (sigma = 6) on the
 * difference in length, times 10. Two of its ways matter for the number: idf counts pictures, so that it grows with how
 * many are scored together; and the lengths compared are numbers of word pairs.
 */

import { countNgrams } from '../../ngrams.ts';
import type { ScoredCaption } from './scored-caption.ts';

const LONGEST = 4;
const SIGMA = 6;
const SCALE = 10;

interface Vector {
  /** By length of the n-gram: n-gram → tf-idf. */
  weights: Map<string, number>[];
  norms: number[];
  pairs: number;
}

/** @returns 0..10; one caption alone scores 0, as every n-gram is in every document */
export function ciderD(captions: readonly ScoredCaption[]): number {
  const frequency = documentFrequency(captions);
  const documents = Math.log(captions.length);
  const vectorOf = (words: readonly string[]): Vector => {
    const weights = countNgrams(words, LONGEST).map(
      (counts) =>
        new Map(
          [...counts].map(([ngram, count]) => [
            ngram,
            count * (documents - Math.log(Math.max(1, frequency.get(ngram) ?? 0))),
          ]),
        ),
    );
    const norms = weights.map((ofLength) =>
      Math.sqrt([...ofLength.values()].reduce((sum, weight) => sum + weight * weight, 0)),
    );
    return { weights, norms, pairs: Math.max(0, words.length - 1) };
  };
  const scores = captions.map(({ words, references }) => {
    const own = vectorOf(words);
    const sum = references.reduce((total, reference) => total + similarity(own, vectorOf(reference)), 0);
    return (SCALE * sum) / references.length;
  });
  return scores.reduce((sum, score) => sum + score, 0) / scores.length;
}

/** In the references of how many pictures each n-gram comes. */
function documentFrequency(captions: readonly ScoredCaption[]): Map<string, number> {
  const frequency = new Map<string, number>();
  for (const { references } of captions) {
    const found = new Set<string>();
    for (const reference of references)
      for (const counts of countNgrams(reference, LONGEST))
        for (const ngram of counts.keys()) found.add(ngram);
    for (const ngram of found) frequency.set(ngram, (frequency.get(ngram) ?? 0) + 1);
  }
  return frequency;
}

/** The mean over the lengths of n-grams. */
function similarity(own: Vector, reference: Vector): number {
  const penalty = Math.exp(-((own.pairs - reference.pairs) ** 2) / (2 * SIGMA ** 2));
  let sum = 0;
  for (const [i, weights] of own.weights.entries()) {
    let product = 0;
    for (const [ngram, weight] of weights) {
      const other = reference.weights[i]!.get(ngram) ?? 0;
      product += Math.min(weight, other) * other;
    }
    const norms = own.norms[i]! * reference.norms[i]!;
    sum += penalty * (norms === 0 ? product : product / norms);
  }
  return sum / LONGEST;
}
