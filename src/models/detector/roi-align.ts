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
export function gridLevel(grid: number, width: number, height: number): Level {
  // Sides of a box are counted inclusively there.
  const scale = Math.sqrt((width / grid + 1) * (height / grid + 1));
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
  for (let box = 0; box < grid; box++) {
    const start = box * cell * scale;
    const size = Math.max((box + 1) * cell * scale - start, 1);
    const samples = pooler_sampling_ratio > 0 ? pooler_sampling_ratio : Math.ceil(size / bins);
    for (let bin = 0; bin < bins; bin++) {
      const row = (box * bins + bin) * length;
      for (let sample = 0; sample < samples; sample++) {
        const position = start + ((bin + (sample + 0.5) / samples) * size) / bins;
        if (position < -1 || position > length) continue;
        const inside = Math.min(Math.max(position, 0), length - 1);
        const low = Math.floor(inside);
        const high = Math.min(low + 1, length - 1);
        matrix[row + low]! += (1 - (inside - low)) / samples;
        matrix[row + high]! += (inside - low) / samples;
      }
    }
  }
  return float32(matrix, [grid * bins, length]);
}
