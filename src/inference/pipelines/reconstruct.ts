/** What is left of a picture in visual codes (the paper's Figure 2): the nearest code of each cell, painted. */
import type { Engine } from '../../engines/engine.ts';
import { type ModelConfig, partsOf } from '../../models/family.ts';
import { compilePart } from '../../sampling/backbone.ts';
import { float32, type HostTensors } from '../../tensor.ts';
import { encodeImage, type ImageFormat } from '../encode-image.ts';
import type { JobImage } from '../protocol.ts';
import type { PaintPipeline } from './paint.ts';
import type { Seen } from './see.ts';

export interface ReconstructPipeline {
  /** @throws the signal's reason when it is aborted before the generator's turn */
  reconstruct(seen: Seen, format: ImageFormat, signal?: AbortSignal): Promise<JobImage>;
  /** The painter stays with whoever made it. */
  release(): Promise<void>;
}

export async function createReconstructPipeline(
  engine: Engine,
  { config, weights }: { config: ModelConfig & { grid: number }; weights: HostTensors },
  painter: Pick<PaintPipeline, 'decode' | 'size'>,
): Promise<ReconstructPipeline> {
  const cells = config.grid ** 2;
  const nearest = await compilePart(engine, 'nearest-codes', partsOf(config).nearestCodes(cells), weights);
  return {
    async reconstruct({ features }, format, signal) {
      const visual_feats = float32(features, [1, cells, config.visual_feat_dim]);
      const { codes } = await nearest.run({ visual_feats });
      const ids = Int32Array.from(codes!.data);
      const { size } = painter;
      const encoded = await encodeImage(await painter.decode(ids, signal), size, size, format);
      return { width: size, height: size, codes: [...ids], encoded, truncated: false, unknownWords: [] };
    },
    release: () => nearest.release(),
  };
}
