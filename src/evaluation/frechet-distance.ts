/**
 * The Fréchet distance between two sets of features, taken as two normal distributions (Heusel et al. 2017):
 * |m1 - m2|² + tr(C1) + tr(C2) - 2 tr((C1 C2)^½). All in double precision.
 *
 * n rows of features, D numbers each.
 */
import { addProduct, factorRows, mirror, symmetricEigenvalues } from './symmetric-matrix.ts';

/** Mean and covariance of a set of features: all that the distance asks of it. */
export interface FeatureStatistics {
  /** [D] */
  mean: Float64Array;
  /** [D × D], divided by n - 1 as numpy.cov does. */
  covariance: Float64Array;
}

/** Rows of features that are multiplied at a time. */
const ROWS = 64;

export interface FrechetDistance {
  distance: number;
  meanTerm: number;
  trace1: number;
  trace2: number;
  /** tr((C1 C2)^½) */
  traceRoot: number;
}

/**
 * @param features [n, D], row by row
 * @throws when there are fewer than two rows
 */
export function featureStatistics(features: ArrayLike<number>, dimensions: number): FeatureStatistics {
  const D = dimensions;
  const n = features.length / D;
  if (!Number.isInteger(n) || n < 2) {
    throw new Error(`${features.length} numbers are not at least two rows of ${D} features`);
  }
  const mean = new Float64Array(D);
  for (let i = 0; i < features.length; i++) mean[i % D]! += features[i]! / n;
  const covariance = new Float64Array(D * D);
  for (let first = 0; first < n; first += ROWS) {
    const rows = Math.min(ROWS, n - first);
    // [D, rows]
    const centred = new Float64Array(D * rows);
    for (let row = 0; row < rows; row++)
      for (let d = 0; d < D; d++) centred[d * rows + row] = features[(first + row) * D + d]! - mean[d]!;
    addProduct(centred, centred, rows, covariance, true);
  }
  for (let i = 0; i < covariance.length; i++) covariance[i]! /= n - 1;
  mirror(covariance, D);
  return { mean, covariance };
}

/** @throws when the two do not have the same dimensions */
export function frechetDistance(a: FeatureStatistics, b: FeatureStatistics): FrechetDistance {
  const D = a.mean.length;
  if (b.mean.length !== D) throw new Error(`features of ${D} and of ${b.mean.length} dimensions`);
  let meanTerm = 0;
  for (let d = 0; d < D; d++) meanTerm += (a.mean[d]! - b.mean[d]!) ** 2;
  const trace1 = traceOf(a.covariance, D);
  const trace2 = traceOf(b.covariance, D);
  const traceRoot = traceOfRootOfProduct(a.covariance, b.covariance, D);
  return { distance: meanTerm + trace1 + trace2 - 2 * traceRoot, meanTerm, trace1, trace2, traceRoot };
}

function traceOf(matrix: Float64Array, D: number): number {
  let trace = 0;
  for (let d = 0; d < D; d++) trace += matrix[d * D + d]!;
  return trace;
}

/**
 * C1 C2 is not symmetric, but where C1 = AᵀA and C2 = BᵀB it has, beside zeros, the eigenvalues of (A Bᵀ)(A Bᵀ)ᵀ, which
 * is: exact for singular covariances too, where the root of the product itself loses half of its digits.
 */
function traceOfRootOfProduct(first: Float64Array, second: Float64Array, D: number): number {
  const factors = [factorRows(first, D), factorRows(second, D)].sort((a, b) => a.length - b.length);
  const [a, b] = factors as [Float64Array, Float64Array];
  const [rank, other] = [a.length / D, b.length / D];
  if (rank === 0) return 0;
  const between = new Float64Array(rank * other);
  addProduct(a, b, D, between);
  const product = new Float64Array(rank * rank);
  addProduct(between, between, other, product, true);
  mirror(product, rank);
  let sum = 0;
  // Rounding leaves those that are 0 a little below.
  for (const value of symmetricEigenvalues(product, rank)) sum += Math.sqrt(Math.max(0, value));
  return sum;
}
