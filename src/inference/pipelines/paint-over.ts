/** What a picture that is repainted in part begins with: its codes, without those of the cells that its mask opens. */
import type { Engine } from '../../engines/engine.ts';
import { CodedError } from '../../errors.ts';
import type { ModelConfig } from '../../models/family.ts';
import { decodeTransparency } from '../../pictures/decode-picture.ts';
import { MASKED } from '../../sampling/sample.ts';
import type { HostTensor } from '../../tensor.ts';
import { createNearestCodes, type NearestCodes } from './nearest-codes.ts';

export interface PaintOverPipeline extends NearestCodes {
  /**
   * @param codes [V], of the picture
   * @param mask a file; cells that its transparent pixels touch are open
   * @returns codes [V], MASKED in the open cells
   * @throws CodedError impossible_request when none is open or the codes are not the model's, image_damaged,
   *   image_too_large
   */
  begin(codes: ArrayLike<number>, mask: Uint8Array): Promise<Int32Array>;
}

/** @param centroids the model's visual vocabulary, [K, F] */
export async function createPaintOverPipeline(
  engine: Engine,
  config: ModelConfig & { grid: number },
  centroids: HostTensor,
): Promise<PaintOverPipeline> {
  const nearest = await createNearestCodes(engine, config, centroids);
  const [V, K] = [config.grid ** 2, centroids.shape[0]!];
  return {
    ...nearest,
    async begin(codes, mask) {
      const begin = Int32Array.from(codes);
      if (begin.length !== V || begin.some((code) => code >= K)) {
        const wanted = `${V} codes from 0 to ${K - 1}, as answers of this model list them`;
        throw new CodedError('impossible_request', `The model takes ${wanted}.`, { param: '/codes' });
      }
      const open = await transparentCells(mask, config.grid);
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
