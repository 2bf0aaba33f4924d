/** Nearest centroids by matrix products on an engine: two thousand clusters would take minutes in JavaScript. */
import * as tf from '@tensorflow/tfjs-core';
import type { Engine } from '../../engines/engine.ts';
import { float32 } from '../../tensor.ts';
import { type Assign, halfNormsOf } from './kmeans.ts';

/** Points per call, where their scores are fewer. */
const CHUNK = 4096;
/** Scores per call: 64 MB. */
const SCORES = 1 << 24;

/**
 * |x - c|² is smallest where x·c - |c|²/2 is largest. Distances are computed exactly afterwards, because
 * |x|² - 2x·c + |c|² loses its digits where a point lies on its centroid.
 */
export async function engineAssignment(
  engine: Engine,
  dimensions: number,
): Promise<{ assign: Assign; release(): Promise<void> }> {
  const search = await engine.compile({
    name: 'nearest-centroids',
    weights: {},
    inputs: {
      points: { dtype: 'float32', shape: ['N', dimensions] },
      centroids: { dtype: 'float32', shape: ['K', dimensions] },
      half_norms: { dtype: 'float32', shape: ['K'] },
    },
    fn: (_, { points, centroids, half_norms }) => {
      const products = tf.matMul(points as tf.Tensor2D, centroids as tf.Tensor2D, false, true); // [N, K]
      return { ids: tf.cast(tf.argMax(tf.sub(products, half_norms!), 1), 'int32') };
    },
  });
  const assign: Assign = async (
    points,
    centroids,
    dimensionsOfPoints,
    halfNorms = halfNormsOf(centroids, dimensionsOfPoints),
  ) => {
    if (dimensionsOfPoints !== dimensions) {
      throw new Error(`assignment is compiled for ${dimensions} dimensions, not ${dimensionsOfPoints}`);
    }
    const count = points.length / dimensions;
    const clusters = centroids.length / dimensions;
    const chunk = Math.min(CHUNK, Math.ceil(SCORES / clusters));
    const ids = new Int32Array(count);
    const distances = new Float32Array(count);
    for (let start = 0; start < count; start += chunk) {
      const end = Math.min(count, start + chunk);
      const some = points.slice(start * dimensions, end * dimensions);
      const found = await search.run({
        points: float32(some, [end - start, dimensions]),
        centroids: float32(centroids, [clusters, dimensions]),
        half_norms: float32(halfNorms, [clusters]),
      });
      ids.set(found.ids!.data as Int32Array, start);
    }
    for (let n = 0; n < count; n++) {
      let distance = 0;
      for (let d = 0; d < dimensions; d++) {
        distance += (points[n * dimensions + d]! - centroids[ids[n]! * dimensions + d]!) ** 2;
      }
      distances[n] = distance;
    }
    return { ids, distances };
  };
  return { assign, release: () => search.release() };
}
