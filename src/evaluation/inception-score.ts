/** The inception score (Salimans et al. 2016): exp of the mean divergence of p(class | image) from p(class). */

export interface InceptionScore {
  mean: number;
  /** Over the splits, divided by their number. */
  deviation: number;
}

/**
 * @param probabilities [n, classes], rows that add up to 1
 * @param splits the rows are cut, in order, into so many runs, each scored on its own
 * @throws when there are fewer rows than splits
 */
export function inceptionScore(
  probabilities: ArrayLike<number>,
  classes: number,
  splits: number,
): InceptionScore {
  const n = probabilities.length / classes;
  if (!Number.isInteger(n) || n < splits || splits < 1) {
    throw new Error(`${probabilities.length} numbers are not at least ${splits} rows of ${classes} classes`);
  }
  const cut = (split: number): number => Math.floor((split * n) / splits);
  const scores = Array.from({ length: splits }, (_, split) =>
    scoreRows(probabilities, classes, cut(split), cut(split + 1)),
  );
  const mean = scores.reduce((sum, score) => sum + score, 0) / splits;
  const variance = scores.reduce((sum, score) => sum + (score - mean) ** 2, 0) / splits;
  return { mean, deviation: Math.sqrt(variance) };
}

function scoreRows(probabilities: ArrayLike<number>, classes: number, from: number, to: number): number {
  const marginal = new Float64Array(classes);
  for (let row = from; row < to; row++) {
    for (let c = 0; c < classes; c++) marginal[c]! += probabilities[row * classes + c]! / (to - from);
  }
  let divergence = 0;
  for (let row = from; row < to; row++) {
    for (let c = 0; c < classes; c++) {
      const p = probabilities[row * classes + c]!;
      // A probability of 0 adds nothing: p log p goes to 0.
      if (p > 0) divergence += (p * Math.log(p / marginal[c]!)) / (to - from);
    }
  }
  return Math.exp(divergence);
}
