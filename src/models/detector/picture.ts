/** A picture as the detector takes it (reference: image_transform of x-lxmert's feature_extraction). */
import { float32, type HostTensor } from '../../tensor.ts';
import type { DetectorConfig } from './config.ts';

/** The network halves a picture five times: sides are multiples of this. */
export const TILE = 32;

/** The shorter side min_size, the longer at most max_size, both cut to whole tiles (at least one). */
export function detectorSize(
  { min_size, max_size }: Pick<DetectorConfig, 'min_size' | 'max_size'>,
  width: number,
  height: number,
): { width: number; height: number } {
  const [shorter, longer] = [Math.min(width, height), Math.max(width, height)];
  let scale = min_size / shorter;
  if (Math.round(scale * longer) > max_size) scale = max_size / longer;
  const tiles = (side: number) => Math.max(1, Math.floor(Math.trunc(scale * side) / TILE)) * TILE;
  return { width: tiles(width), height: tiles(height) };
}

/**
 * Bilinear, half-pixel centres, no antialiasing (OpenCV's INTER_LINEAR, torch's interpolate); blue, green, red; the
 * means subtracted.
 * @param rgb [height, width, 3], 0..255
 * @returns [1, H, W, 3] of `detectorSize`
 */
export function detectorPicture(
  config: DetectorConfig,
  rgb: Uint8Array,
  width: number,
  height: number,
): HostTensor {
  if (rgb.length !== width * height * 3) {
    throw new Error(`a picture of ${rgb.length} bytes, wanted ${width} × ${height} × 3`);
  }
  const { width: W, height: H } = detectorSize(config, width, height);
  const rows = samples(height, H);
  const columns = samples(width, W);
  const out = new Float32Array(H * W * 3);
  let at = 0;
  for (const row of rows) {
    const [above, below] = [row.low * width, row.high * width];
    for (const { low, high, part } of columns) {
      for (let channel = 2; channel >= 0; channel--) {
        const value = (y: number, x: number) => rgb[(y + x) * 3 + channel]!;
        const top = value(above, low) + (value(above, high) - value(above, low)) * part;
        const bottom = value(below, low) + (value(below, high) - value(below, low)) * part;
        out[at++] = top + (bottom - top) * row.part - config.pixel_mean[2 - channel]!;
      }
    }
  }
  return float32(out, [1, H, W, 3]);
}

/** Between which two of `from` pixels each of `to` lies, and how far from the first. */
function samples(from: number, to: number): { low: number; high: number; part: number }[] {
  return Array.from({ length: to }, (_, i) => {
    const position = Math.min(Math.max(((i + 0.5) * from) / to - 0.5, 0), from - 1);
    const low = Math.floor(position);
    return { low, high: Math.min(low + 1, from - 1), part: position - low };
  });
}
