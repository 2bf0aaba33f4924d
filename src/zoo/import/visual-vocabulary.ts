/** A visual vocabulary out of published centroids: those of a .npy, or those that a model's weights hold. */
import { GRID } from '../../grid.ts';
import { ImportError } from './error.ts';
import type { ImportPlan } from './plan.ts';
import type { StoredTensor } from './weight-file.ts';

/** Pixels of a side of a code's mean patch, which nobody published. */
const PATCH = 16;

/** @param centroids [K, F] @throws ImportError weights_mismatch */
export function planVisualVocabulary(centroids: StoredTensor, source: string): ImportPlan {
  const [clusters, feature_width] = centroids.shape;
  if (centroids.shape.length !== 2 || centroids.dtype !== 'float32' || !clusters || !feature_width) {
    throw new ImportError(
      'weights_mismatch',
      `${source} [${centroids.shape}] is no table of centroids [K, F]`,
    );
  }
  return {
    architecture: 'visual-vocabulary',
    title: 'Visual vocabulary',
    config: { clusters, feature_width, grid: GRID, patch: PATCH },
    shapes: { centroids: [clusters, feature_width] },
    tensors: new Map([['centroids', centroids]]),
    leftOut: [],
  };
}
