import * as tf from '@tensorflow/tfjs-core';
import { embedding } from '../ops.ts';

/** What a generator paints: codes and what they stand for. */
export interface CodeGrid {
  /** int32 [B, G·G], row-major */
  codes: tf.Tensor;
  /** The codes' centroids [B, G, G, E] */
  emb: tf.Tensor4D;
}

/** @param centroids [K, E]; codes int32 [B, G·G] row-major */
export function codeGrid(centroids: tf.Tensor, codes: tf.Tensor, grid: number): CodeGrid {
  return { codes, emb: tf.reshape(embedding(centroids, codes), [-1, grid, grid, centroids.shape[1]!]) };
}
