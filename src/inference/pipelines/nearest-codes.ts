/** The nearest centroid of every cell of a picture. */
import type { Engine } from '../../engines/engine.ts';
import { type ModelConfig, partsOf } from '../../models/family.ts';
import { compilePart } from '../../sampling/backbone.ts';
import { float32, type HostTensor } from '../../tensor.ts';

export interface NearestCodes {
  /** @param features [V, F] @returns codes [V] */
  codesOf(features: Float32Array): Promise<Int32Array>;
  release(): Promise<void>;
}

/** @param centroids the visual vocabulary, [K, F] */
export async function createNearestCodes(
  engine: Engine,
  config: ModelConfig & { grid: number },
  centroids: HostTensor,
): Promise<NearestCodes> {
  const { grid, visual_feat_dim: F } = config;
  const V = grid ** 2;
  const part = partsOf(config).nearestCodes(V);
  const nearest = await compilePart(engine, 'nearest-codes', part, { 'vis_emb.weight': centroids });
  return {
    async codesOf(features) {
      const { codes } = await nearest.run({ visual_feats: float32(features, [1, V, F]) });
      return Int32Array.from(codes!.data);
    },
    release: () => nearest.release(),
  };
}
