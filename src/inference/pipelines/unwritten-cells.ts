/** Pictures of grids that are not finished: cells without a code are grey, and do not colour their neighbours. */
import { MASKED } from '../../sampling/sample.ts';
import type { HostTensor } from '../../tensor.ts';

const GREY = 128;

/**
 * Codes for the generator, which needs one in every cell: a cell without takes that of the nearest written cell
 * (by steps up, down, left and right; the earlier in reading order of two), or 0 when there is none.
 * @param codes [grid · grid], MASKED where unwritten
 */
export function nearestCodes(codes: Int32Array, grid: number): Int32Array {
  const written = [...codes.keys()].filter((cell) => codes[cell] !== MASKED);
  if (written.length === codes.length) return codes;
  return codes.map((code, cell) => {
    if (code !== MASKED) return code;
    let best = { distance: Number.POSITIVE_INFINITY, code: 0 };
    for (const other of written) {
      const rows = Math.abs(Math.floor(cell / grid) - Math.floor(other / grid));
      const distance = rows + Math.abs((cell % grid) - (other % grid));
      if (distance < best.distance) best = { distance, code: codes[other]! };
    }
    return best.code;
  });
}

/**
 * Features for the generator: the centroid of a written cell, the model's mask in the others, as the authors show grids
 * that are not finished. A model without one of its own masks with zeros.
 * @returns [grid · grid, F]
 */
export function featuresOf(
  codes: Int32Array,
  centroids: HostTensor,
  mask: HostTensor | undefined,
  F: number,
): Float32Array {
  const features = new Float32Array(codes.length * F);
  const table = centroids.data as Float32Array;
  for (const [cell, code] of codes.entries()) {
    if (code !== MASKED) features.set(table.subarray(code * F, (code + 1) * F), cell * F);
    else if (mask) features.set(mask.data as Float32Array, cell * F);
  }
  return features;
}

/** Paints the unwritten cells of an image [size, size, 3] grey, in place. */
export function greyOut(rgb: Uint8Array, size: number, codes: Int32Array, grid: number): Uint8Array {
  const side = size / grid;
  for (const [cell, code] of codes.entries()) {
    if (code !== MASKED) continue;
    const left = (cell % grid) * side;
    const top = Math.floor(cell / grid) * side;
    for (let y = top; y < top + side; y++) {
      const from = (y * size + left) * 3;
      rgb.fill(GREY, from, from + side * 3);
    }
  }
  return rgb;
}
