/** What the cells of each visual code look like in training pictures: what the demo generator's patches start from. */
import { CELLS, GRID } from '../../grid.ts';
import type { CodePatches } from '../../models/generator/pixel-shuffle.ts';
import { forEachCellByte } from '../features/scene-images.ts';

/** Squared error, on -1..1, that a trained network leaves on a pixel that varies: where it beats the mean. */
const NETWORK_ERROR = 0.02;
/** Added to each pixel's sum of squares, so that a code seen once or twice is not believed to never vary. */
const DOUBT = 0.025;

/**
 * Means over the cells of the first `count` training pictures, opaque where the cells of a code agree: the share
 * of the patch is the one that mixes two estimates, the mean with its variance and the network with its error,
 * with the least error. A code that does not occur is transparent.
 * @param image a training picture, RGB bytes [side × side × 3]
 * @param codes of the training pictures in order, 64 each
 */
export function codePatches(
  image: (index: number) => Uint8Array,
  codes: ArrayLike<number>,
  count: number,
  clusters: number,
  side: number,
): CodePatches {
  const area = (side / GRID) ** 2;
  const counts = new Int32Array(clusters);
  const sums = new Float64Array(clusters * area * 3);
  const squares = new Float64Array(clusters * area);
  for (let picture = 0; picture < count; picture++) {
    const bytes = image(picture);
    for (let cell = 0; cell < CELLS; cell++) {
      const code = codes[picture * CELLS + cell]!;
      counts[code]!++;
      const visit = (at: number, patch: number) => {
        const value = bytes[at]! / 127.5 - 1;
        sums[code * area * 3 + patch]! += value;
        squares[code * area + Math.floor(patch / 3)]! += (value * value) / 3;
      };
      forEachCellByte(cell, visit, side);
    }
  }
  const pixels = new Float32Array(clusters * area * 3);
  const opacity = new Float32Array(clusters * area);
  for (let i = 0; i < opacity.length; i++) {
    const count = counts[Math.floor(i / area)]!;
    if (count === 0) continue;
    let squaredMeans = 0;
    for (let channel = i * 3; channel < i * 3 + 3; channel++) {
      const mean = sums[channel]! / count;
      pixels[channel] = mean;
      squaredMeans += (mean * mean) / 3;
    }
    const variance = Math.max(0, squares[i]! / count - squaredMeans) + DOUBT / count;
    opacity[i] = NETWORK_ERROR / (NETWORK_ERROR + variance);
  }
  return { pixels, opacity };
}
