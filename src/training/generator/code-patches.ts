/** What the cells of each visual code look like in training scenes: what the demo generator's patches start from. */
import { CELL, type World } from '../../datasets/scenes/index.ts';
import type { CodePatches } from '../../models/generator/pixel-shuffle.ts';
import { CELLS, forEachCellByte, PATCH } from '../features/scene-images.ts';

const AREA = CELL * CELL;

/** Squared error, on -1..1, that a trained network leaves on a pixel that varies: where it beats the mean. */
const NETWORK_ERROR = 0.02;
/** Added to each pixel's sum of squares, so that a code seen once or twice is not believed to never vary. */
const DOUBT = 0.025;

/**
 * Means over the cells of the first `scenes` training scenes, opaque where the cells of a code agree: the share
 * of the patch is the one that mixes two estimates, the mean with its variance and the network with its error,
 * with the least error. A code that does not occur is transparent.
 * @param codes of the training scenes in order, 64 each
 */
export function codePatches(
  world: World,
  codes: ArrayLike<number>,
  scenes: number,
  clusters: number,
): CodePatches {
  const counts = new Int32Array(clusters);
  const sums = new Float64Array(clusters * PATCH);
  const squares = new Float64Array(clusters * AREA);
  for (let scene = 0; scene < scenes; scene++) {
    const image = world.render(world.scene('train', scene));
    for (let cell = 0; cell < CELLS; cell++) {
      const code = codes[scene * CELLS + cell]!;
      counts[code]!++;
      forEachCellByte(cell, (at, patch) => {
        const value = image[at]! / 127.5 - 1;
        sums[code * PATCH + patch]! += value;
        squares[code * AREA + Math.floor(patch / 3)]! += (value * value) / 3;
      });
    }
  }
  const pixels = new Float32Array(clusters * PATCH);
  const opacity = new Float32Array(clusters * AREA);
  for (let i = 0; i < opacity.length; i++) {
    const count = counts[Math.floor(i / AREA)]!;
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
