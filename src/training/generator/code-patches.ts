/** What the cells of each visual code look like in training pictures: what the demo generator's patches start from. */
import type { CellLabels } from '../../datasets/scenes/index.ts';
import { CELLS, GRID } from '../../grid.ts';
import type { CodePatches, PartPatches } from '../../models/generator/pixel-shuffle.ts';
import type { HostTensor } from '../../tensor.ts';
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
  const sums = new PatchSums(clusters, side);
  for (let picture = 0; picture < count; picture++) {
    const bytes = image(picture);
    for (let cell = 0; cell < CELLS; cell++) sums.add(codes[picture * CELLS + cell]!, bytes, cell);
  }
  return sums.patches();
}

/** Sums of the pixels of cells, row by row of a table. */
class PatchSums {
  readonly #side: number;
  readonly #area: number;
  readonly #counts: Int32Array;
  readonly #sums: Float64Array;
  readonly #squares: Float64Array;

  constructor(rows: number, side: number) {
    this.#side = side;
    this.#area = (side / GRID) ** 2;
    this.#counts = new Int32Array(rows);
    this.#sums = new Float64Array(rows * this.#area * 3);
    this.#squares = new Float64Array(rows * this.#area);
  }

  add(row: number, bytes: Uint8Array, cell: number): void {
    const area = this.#area;
    this.#counts[row]!++;
    const visit = (at: number, patch: number) => {
      const value = bytes[at]! / 127.5 - 1;
      this.#sums[row * area * 3 + patch]! += value;
      this.#squares[row * area + Math.floor(patch / 3)]! += (value * value) / 3;
    };
    forEachCellByte(cell, visit, this.#side);
  }

  patches(): CodePatches {
    const area = this.#area;
    const pixels = new Float32Array(this.#sums.length);
    const opacity = new Float32Array(this.#squares.length);
    for (let i = 0; i < opacity.length; i++) {
      const count = this.#counts[Math.floor(i / area)]!;
      if (count === 0) continue;
      let squaredMeans = 0;
      for (let channel = i * 3; channel < i * 3 + 3; channel++) {
        const mean = this.#sums[channel]! / count;
        pixels[channel] = mean;
        squaredMeans += (mean * mean) / 3;
      }
      const variance = Math.max(0, this.#squares[i]! / count - squaredMeans) + DOUBT / count;
      opacity[i] = NETWORK_ERROR / (NETWORK_ERROR + variance);
    }
    return { pixels, opacity };
  }
}

/** A part is one of a code's where it has at least this share of its cells. */
const LEAST_SHARE = 0.1;
/** Fewer cells do not say what a part looks like. */
const LEAST_CELLS = 4;

/**
 * The codes that cells of several parts of things share, and each part's patch and surroundings.
 * @param labels what is in the cells of a picture
 * @param centroids [K, E]
 * @returns undefined where there are none
 */
export function partPatches(
  image: (index: number) => Uint8Array,
  labels: (index: number) => CellLabels,
  codes: ArrayLike<number>,
  count: number,
  centroids: HostTensor,
  side: number,
): PartPatches | undefined {
  const [clusters, width] = centroids.shape as [number, number];
  const parts = sharedParts(labels, codes, count, clusters);
  if (parts.size === 0) return undefined;
  const most = Math.max(...[...parts.values()].map(({ length }) => length));
  const rows = parts.size * most;
  const row = new Map([...parts].map(([code], i) => [code, i * most]));
  const sums = new PatchSums(rows, side);
  const around = new Float64Array(rows * 9 * width);
  const counts = new Int32Array(rows);
  for (let picture = 0; picture < count; picture++) {
    const own = Array.from({ length: CELLS }, (_, cell) => codes[picture * CELLS + cell]!);
    const cells = [...own.keys()].filter((cell) => parts.has(own[cell]!));
    if (cells.length === 0) continue;
    const seen = labels(picture);
    const bytes = image(picture);
    for (const cell of cells) {
      const part = parts.get(own[cell]!)!.indexOf(partOf(seen, cell));
      if (part < 0) continue;
      const at = row.get(own[cell]!)! + part;
      counts[at]!++;
      sums.add(at, bytes, cell);
      for (const [i, code] of neighbours(own, cell).entries()) {
        if (code === undefined) continue;
        const into = around.subarray((at * 9 + i) * width, (at * 9 + i + 1) * width);
        for (let f = 0; f < width; f++) into[f]! += centroids.data[code * width + f]!;
      }
    }
  }
  return {
    shared: { codes: [...parts.keys()], parts: most },
    patches: sums.patches(),
    around: Float32Array.from(around, (sum, i) => sum / Math.max(1, counts[Math.floor(i / (9 * width))]!)),
    used: Array.from(counts, (cells) => cells > 0),
  };
}

/** Code → the parts whose cells it stands for, of those that have several. */
function sharedParts(
  labels: (index: number) => CellLabels,
  codes: ArrayLike<number>,
  count: number,
  clusters: number,
): Map<number, string[]> {
  const found = Array.from({ length: clusters }, () => new Map<string, number>());
  for (let picture = 0; picture < count; picture++) {
    const seen = labels(picture);
    for (let cell = 0; cell < CELLS; cell++) {
      const of = found[codes[picture * CELLS + cell]!]!;
      const part = partOf(seen, cell);
      of.set(part, (of.get(part) ?? 0) + 1);
    }
  }
  const shared = [...found.entries()].map(([code, of]): [number, string[]] => {
    const all = [...of.values()].reduce((sum, cells) => sum + cells, 0);
    const least = Math.max(LEAST_SHARE * all, LEAST_CELLS);
    const parts = [...of].filter(([part, cells]) => part !== GROUND && cells >= least);
    return [code, parts.map(([part]) => part)];
  });
  return new Map(shared.filter(([, parts]) => parts.length > 1));
}

const GROUND = 'ground';

/** Thing, colour and place within it. */
const partOf = ({ object, colour, part }: CellLabels, cell: number): string =>
  object[cell] === 0 ? GROUND : `${object[cell]}/${colour[cell]}/${part[cell]}`;

/** The codes of a cell and of those around it, row by row; undefined outside of the picture. [9] */
function neighbours(codes: readonly number[], cell: number): (number | undefined)[] {
  const [x, y] = [cell % GRID, Math.floor(cell / GRID)];
  return [-1, 0, 1].flatMap((dy) =>
    [-1, 0, 1].map((dx) => {
      const [column, line] = [x + dx, y + dy];
      const inside = column >= 0 && column < GRID && line >= 0 && line < GRID;
      return inside ? codes[line * GRID + column] : undefined;
    }),
  );
}
