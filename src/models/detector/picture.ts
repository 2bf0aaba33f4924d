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

/** As for boxes: the picture's own shape, at a scale; more pixels are added below and to the right, to whole tiles. */
export function boxScale(
  { min_size, max_size }: Pick<DetectorConfig, 'min_size' | 'max_size'>,
  width: number,
  height: number,
): { scale: number; width: number; height: number } {
  const [shorter, longer] = [Math.min(width, height), Math.max(width, height)];
  let scale = min_size / shorter;
  if (Math.round(scale * longer) > max_size) scale = max_size / longer;
  const side = (one: number) => Math.max(1, Math.round(one * scale));
  return { scale, width: side(width), height: side(height) };
}

/**
 * A picture whose boxes are to be found: at `boxScale`, and what is added is the mean.
 * @param rgb [height, width, 3], 0..255
 * @returns [1, H, W, 3], whole tiles
 */
export function boxPicture(
  config: DetectorConfig,
  rgb: Uint8Array,
  width: number,
  height: number,
): HostTensor {
  const size = boxScale(config, width, height);
  const tiles = (side: number) => Math.ceil(side / TILE) * TILE;
  const [W, H] = [tiles(size.width), tiles(size.height)];
  const out = new Float32Array(H * W * 3);
  const rows = samples(height, size.height, 1 / size.scale);
  const columns = samples(width, size.width, 1 / size.scale);
  for (const [y, row] of rows.entries()) resizeRow(config, rgb, width, row, columns, out, y * W * 3);
  return float32(out, [1, H, W, 3]);
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
  const columns = samples(width, W);
  const out = new Float32Array(H * W * 3);
  for (const [y, row] of samples(height, H).entries())
    resizeRow(config, rgb, width, row, columns, out, y * W * 3);
  return float32(out, [1, H, W, 3]);
}

interface Sample {
  low: number;
  high: number;
  part: number;
}

function resizeRow(
  { pixel_mean }: DetectorConfig,
  rgb: Uint8Array,
  width: number,
  row: Sample,
  columns: readonly Sample[],
  out: Float32Array,
  at: number,
): void {
  const [above, below] = [row.low * width, row.high * width];
  for (const { low, high, part } of columns) {
    for (let channel = 2; channel >= 0; channel--) {
      const value = (y: number, x: number) => rgb[(y + x) * 3 + channel]!;
      const top = value(above, low) + (value(above, high) - value(above, low)) * part;
      const bottom = value(below, low) + (value(below, high) - value(below, low)) * part;
      out[at++] = top + (bottom - top) * row.part - pixel_mean[2 - channel]!;
    }
  }
}

/** Between which two of `from` pixels each of `to` lies, and how far from the first. @param step of one in the other */
function samples(from: number, to: number, step = from / to): Sample[] {
  return Array.from({ length: to }, (_, i) => {
    const position = Math.min(Math.max((i + 0.5) * step - 0.5, 0), from - 1);
    const low = Math.floor(position);
    return { low, high: Math.min(low + 1, from - 1), part: position - low };
  });
}
