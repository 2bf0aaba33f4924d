/**
 * The Fréchet distance between two sets of features, taken as two normal distributions (Heusel et al. 2017):
 * |m1 - m2|² + tr(C1) + tr(C2) - 2 tr((C1 C2)^½). All in double precision.
 *
 * n rows of features, D numbers each.
 */
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';

/** Mean and covariance of a set of features: all that the distance asks of it. */
export interface FeatureStatistics {
  /** [D] */
  mean: Float64Array;
  /** [D × D], divided by n - 1 as numpy.cov does. */
  covariance: Float64Array;
}

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
  const centred = new Float64Array(D);
  for (let row = 0; row < n; row++) {
    for (let d = 0; d < D; d++) centred[d] = features[row * D + d]! - mean[d]!;
    for (let i = 0; i < D; i++) {
      const scaled = centred[i]! / (n - 1);
      for (let j = i; j < D; j++) covariance[i * D + j]! += scaled * centred[j]!;
    }
  }
  for (let i = 0; i < D; i++) {
    for (let j = 0; j < i; j++) covariance[i * D + j] = covariance[j * D + i]!;
  }
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
 * C1 C2 is not symmetric, but has the eigenvalues of C1^½ C2 C1^½, which is: two symmetric decompositions, exact for
 * singular covariances too, where the root of the product itself loses half of its digits.
 */
function traceOfRootOfProduct(first: Float64Array, second: Float64Array, D: number): number {
  const { values, vectors } = eigen(Matrix.from1DArray(D, D, first));
  const scaled = vectors.clone();
  for (let j = 0; j < D; j++) scaled.mulColumn(j, Math.sqrt(Math.max(0, values[j]!)));
  const root = scaled.mmul(vectors.transpose());
  const product = root.mmul(Matrix.from1DArray(D, D, second)).mmul(root);
  // Rounding leaves it not quite symmetric, and eigenvalues that are 0 a little below.
  const symmetric = Matrix.add(product, product.transpose()).mul(0.5);
  return eigen(symmetric).values.reduce((sum, value) => sum + Math.sqrt(Math.max(0, value)), 0);
}

function eigen(matrix: Matrix): { values: number[]; vectors: Matrix } {
  const decomposition = new EigenvalueDecomposition(matrix, { assumeSymmetric: true });
  return { values: decomposition.realEigenvalues, vectors: decomposition.eigenvectorMatrix };
}
