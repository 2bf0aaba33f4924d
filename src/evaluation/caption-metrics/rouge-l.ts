/**
 * ROUGE-L (Lin 2004) of captions with several references, as coco-caption counts it: the best precision and the best
 * recall of any reference, weighed by beta = 1.2; the mean over all captions.
 */
import type { ScoredCaption } from './scored-caption.ts';

const BETA_SQUARED = 1.2 ** 2;

/** @returns 0..1 */
export function rougeL(captions: readonly ScoredCaption[]): number {
  const scores = captions.map(({ words, references }) => {
    const common = references.map((reference) => longestCommonSubsequence(words, reference));
    const precision = Math.max(...common.map((length) => length / Math.max(1, words.length)));
    const recall = Math.max(...common.map((length, i) => length / Math.max(1, references[i]!.length)));
    if (precision === 0 || recall === 0) return 0;
    return ((1 + BETA_SQUARED) * precision * recall) / (recall + BETA_SQUARED * precision);
  });
  return scores.reduce((sum, score) => sum + score, 0) / scores.length;
}

function longestCommonSubsequence(a: readonly string[], b: readonly string[]): number {
  let above = new Array<number>(b.length + 1).fill(0);
  for (const word of a) {
    const row = [0];
    for (const [j, other] of b.entries()) {
      row.push(word === other ? above[j]! + 1 : Math.max(above[j + 1]!, row[j]!));
    }
    above = row;
  }
  return above[b.length]!;
}
