/**
 * RoIAlign of the cells of a grid over the whole picture (reference: maskrcnn-benchmark's Pooler and
 * ROIAlign_cpu.cpp; x-lxmert's get_grid_bbox). A sample's bilinear weights are a row's times a column's, and all
 * boxes have the same rows and columns, so that pooling them all is two products with small matrices.
 */
import { float32, type HostTensor } from '../../tensor.ts';
import type { DetectorConfig } from './config.ts';

/** Levels of the pyramid that boxes are pooled from: P2 (stride 4) to P5 (stride 32). */
export const LEVELS = [2, 3, 4, 5] as const;
export type Level = (typeof LEVELS)[number];

/** Lin et al. 2017, equation 1: a box of 224 × 224 is pooled from P4. */
const [CANONICAL_SCALE, CANONICAL_LEVEL] = [224, 4];

/** The level of all cells of a picture: they are of one size. */
export const gridLevel = (grid: number, width: number, height: number): Level =>
  boxLevel(width / grid, height / grid);

/** The level that a box is pooled from. @param width, height x1 - x0 and y1 - y0, in pixels */
export function boxLevel(width: number, height: number): Level {
  // Sides of a box are counted inclusively there.
  const scale = Math.sqrt((width + 1) * (height + 1));
  const level = Math.floor(CANONICAL_LEVEL + Math.log2(scale / CANONICAL_SCALE + 1e-6));
  return Math.min(Math.max(level, LEVELS[0]), LEVELS[3]) as Level;
}

/**
 * How much each row of a feature map counts in each row of bins (or column).
 * @param side of the picture, in pixels
 * @returns [grid · pooler_resolution, side / 2^level]
 */
export function poolingMatrix(
  {
    grid,
    pooler_resolution: bins,
    pooler_sampling_ratio,
  }: Pick<DetectorConfig, 'grid' | 'pooler_resolution' | 'pooler_sampling_ratio'>,
  side: number,
  level: Level,
): HostTensor {
  const scale = 1 / 2 ** level;
  const length = side * scale;
  const cell = Math.floor(side / grid);
  const matrix = new Float32Array(grid * bins * length);
  const pooler = { pooler_resolution: bins, pooler_sampling_ratio };
  for (let box = 0; box < grid; box++) {
    const bounds = [box * cell * scale, (box + 1) * cell * scale] as const;
    for (const { bin, place, share } of sampled(pooler, bounds, length))
      matrix[(box * bins + bin) * length + place]! += share;
  }
  return float32(matrix, [grid * bins, length]);
}

type Pooler = Pick<DetectorConfig, 'pooler_resolution' | 'pooler_sampling_ratio'>;

/** Along one axis, how much which place of a map counts in which bin of a box; in places, from 0 to `length`. */
function sampled(
  { pooler_resolution: bins, pooler_sampling_ratio }: Pooler,
  [start, end]: readonly [number, number],
  length: number,
): { bin: number; place: number; share: number }[] {
  const found: { bin: number; place: number; share: number }[] = [];
  const size = Math.max(end - start, 1);
  const samples = pooler_sampling_ratio > 0 ? pooler_sampling_ratio : Math.ceil(size / bins);
  for (let bin = 0; bin < bins; bin++) {
    for (let sample = 0; sample < samples; sample++) {
      const position = start + ((bin + (sample + 0.5) / samples) * size) / bins;
      if (position < -1 || position > length) continue;
      const inside = Math.min(Math.max(position, 0), length - 1);
      const low = Math.floor(inside);
      found.push({ bin, place: low, share: (1 - (inside - low)) / samples });
      if (inside > low)
        found.push({ bin, place: Math.min(low + 1, length - 1), share: (inside - low) / samples });
    }
  }
  return found;
}

/**
 * RoIAlign of one box.
 * @param map [h, w, C] of a level, row by row
 * @param box x0, y0, x1, y1 in pixels
 * @param target [P·P·C] from `at` on, bins row by row, which must be zero
 */
export function alignBox(
  pooler: Pooler,
  { data, h, w, C }: { data: Float32Array; h: number; w: number; C: number },
  level: Level,
  box: ArrayLike<number>,
  target: Float32Array,
  at: number,
): void {
  const scale = 1 / 2 ** level;
  const [x0, y0, x1, y1] = Array.from(box, (pixel) => pixel * scale) as [number, number, number, number];
  const columns = sampled(pooler, [x0, x1], w);
  for (const row of sampled(pooler, [y0, y1], h)) {
    for (const column of columns) {
      const to = at + (row.bin * pooler.pooler_resolution + column.bin) * C;
      const from = (row.place * w + column.place) * C;
      const share = row.share * column.share;
      for (let c = 0; c < C; c++) target[to + c]! += share * data[from + c]!;
    }
  }
}
