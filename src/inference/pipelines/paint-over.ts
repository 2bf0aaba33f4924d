/** What a picture that is repainted in part begins with: its codes, without those of the cells that its mask opens. */
import type { Engine } from '../../engines/engine.ts';
import { CodedError } from '../../errors.ts';
import type { ModelConfig } from '../../models/family.ts';
import { decodeTransparency } from '../../pictures/decode-picture.ts';
import { MASKED } from '../../sampling/sample.ts';
import type { HostTensor } from '../../tensor.ts';
import { createNearestCodes, type NearestCodes } from './nearest-codes.ts';
import type { Seen } from './see.ts';

export interface PaintOverPipeline extends NearestCodes {
  /**
   * @param mask a file; cells that its transparent pixels touch are open
   * @returns codes [V], those of the nearest centroids, MASKED in the open cells
   * @throws CodedError impossible_request when none is open, image_damaged, image_too_large
   */
  begin(seen: Seen, mask: Uint8Array): Promise<Int32Array>;
}

/** @param centroids the model's visual vocabulary, [K, F] */
export async function createPaintOverPipeline(
  engine: Engine,
  config: ModelConfig & { grid: number },
  centroids: HostTensor,
): Promise<PaintOverPipeline> {
  const nearest = await createNearestCodes(engine, config, centroids);
  return {
    ...nearest,
    async begin({ features }, mask) {
      const open = await transparentCells(mask, config.grid);
      const begin = await nearest.codesOf(features);
      for (const cell of open) begin[cell] = MASKED;
      return begin;
    },
  };
}

/** More transparent than not: an edge that was smoothed is no hole. */
const OPAQUE = 128;

async function transparentCells(mask: Uint8Array, grid: number): Promise<ReadonlySet<number>> {
  const { alpha, width, height } = await decodeTransparency(mask);
  const open = new Set<number>();
  for (let y = 0; y < height; y++) {
    const row = Math.floor((y * grid) / height) * grid;
    for (let x = 0; x < width; x++) {
      if (alpha[y * width + x]! < OPAQUE) open.add(row + Math.floor((x * grid) / width));
    }
  }
  if (open.size > 0) return open;
  throw new CodedError(
    'impossible_request',
    'No pixel of the mask (without one, of the image) is transparent: make transparent what is to be painted anew.',
    { param: '/mask' },
  );
}
