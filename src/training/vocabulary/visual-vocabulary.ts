/**
 * The visual vocabulary: centroids of grid features, and what each code looks like and stands for in the scenes
 * that it was made from.
 *
 * K codes, F feature width.
 */

import { CELL, IMAGE_SIZE, type Scene, type World } from '../../datasets/scenes/index.ts';
import { CELLS, GRID } from '../../grid.ts';
import { float32, type HostTensors, int32 } from '../../tensor.ts';
import { forEachCellByte, PATCH, PIXELS } from '../features/scene-images.ts';

export interface VisualVocabulary {
  clusters: number;
  dimensions: number;
  /** [K, F] */
  centroids: Float32Array;
  /** Mean of the pixels of the code's cells, 0..1. [K, 16, 16, 3] */
  patches: Float32Array;
  /** What most of the code's cells showed: object, colour, part as in `CellLabels`. [K, 3] */
  labels: Int32Array;
}

export const VOCABULARY_FILE = 'vocabulary.safetensors';

export function vocabularyTensors(vocabulary: VisualVocabulary): HostTensors {
  const { clusters: K, dimensions: F } = vocabulary;
  return {
    centroids: float32(vocabulary.centroids, [K, F]),
    patches: float32(vocabulary.patches, [K, CELL, CELL, 3]),
    labels: int32(vocabulary.labels, [K, 3]),
  };
}

/** An imported one is centroids alone: its patches are black, and nothing is known of what its codes show. */
export function readVocabulary(tensors: HostTensors): VisualVocabulary {
  const { centroids, patches, labels } = tensors;
  if (!centroids) throw new Error(`${VOCABULARY_FILE}: centroids missing`);
  const [clusters, dimensions] = centroids.shape as [number, number];
  return {
    clusters,
    dimensions,
    centroids: centroids.data as Float32Array,
    patches: (patches?.data as Float32Array | undefined) ?? new Float32Array(clusters * PATCH),
    labels: (labels?.data as Int32Array | undefined) ?? new Int32Array(clusters * 3),
  };
}

/** The picture that the codes' mean patches make. @param codes [64] → RGB bytes [128 × 128 × 3] */
export function pastePatches(vocabulary: VisualVocabulary, codes: ArrayLike<number>): Uint8Array {
  const image = new Uint8Array(PIXELS);
  for (let cell = 0; cell < CELLS; cell++) {
    const from = codes[cell]! * PATCH;
    forEachCellByte(cell, (at, patch) => {
      image[at] = Math.max(0, Math.min(255, Math.round(vocabulary.patches[from + patch]! * 255)));
    });
  }
  return image;
}

export interface CodeScore {
  objects: number;
  /** Objects most of whose cells have a code of their class. */
  recalled: number;
  /** Recolourable objects among the recalled, and those whose colour the codes say. */
  coloured: number;
  rightColour: number;
  /** Scenes with every object recalled in its colour and no cell of a code of something else. */
  scenes: number;
  allOfIt: number;
}

export function emptyScore(): CodeScore {
  return { objects: 0, recalled: 0, coloured: 0, rightColour: 0, scenes: 0, allOfIt: 0 };
}

/** What the codes alone say about a scene: needs no network, so no network can be lenient. */
export function scoreCodes(
  vocabulary: VisualVocabulary,
  world: World,
  scene: Scene,
  codes: ArrayLike<number>,
  score: CodeScore,
): void {
  const labels = world.cellLabels(scene);
  const said = (cell: number, field: 0 | 1 | 2) => vocabulary.labels[codes[cell]! * 3 + field]!;
  let complete = true;
  for (const object of scene.objects) {
    const cells: number[] = [];
    for (let cell = 0; cell < CELLS; cell++) {
      if (labels.object[cell] !== object.classId + 1) continue;
      const x = (cell % GRID) * CELL + CELL / 2;
      const y = Math.floor(cell / GRID) * CELL + CELL / 2;
      const inside =
        x >= object.x && x < object.x + object.size && y >= object.y && y < object.y + object.size;
      if (inside) cells.push(cell);
    }
    if (cells.length === 0) continue; // covered by another object
    const rightClass = cells.filter((cell) => said(cell, 0) === object.classId + 1);
    const recalled = rightClass.length * 2 > cells.length;
    score.objects++;
    if (recalled) score.recalled++;
    complete &&= recalled;
    if (!recalled || object.colourId === 0) continue;
    const rightColour = rightClass.filter((cell) => said(cell, 1) === object.colourId);
    const isRight = rightColour.length * 2 > rightClass.length;
    score.coloured++;
    if (isRight) score.rightColour++;
    complete &&= isRight;
  }
  score.scenes++;
  if (complete) score.allOfIt++;
}

export function scoreMetrics(score: CodeScore): Record<string, number> {
  return {
    code_object_recall: score.recalled / Math.max(1, score.objects),
    code_colour_accuracy: score.rightColour / Math.max(1, score.coloured),
    code_all_of_it: score.allOfIt / Math.max(1, score.scenes),
  };
}

/** Sums pixels and labels of cells by code; `finish` turns them into patches and majority labels. */
export class CodeStatistics {
  readonly #clusters: number;
  readonly #pixels: Float64Array;
  readonly #sizes: Int32Array;
  readonly #votes: Map<string, number>[];

  constructor(clusters: number) {
    this.#clusters = clusters;
    this.#pixels = new Float64Array(clusters * PATCH);
    this.#sizes = new Int32Array(clusters);
    this.#votes = Array.from({ length: clusters }, () => new Map());
  }

  /** @param image RGB bytes of the whole scene; `label`: object, colour, part of the cell */
  add(code: number, image: Uint8Array, cell: number, label: readonly [number, number, number]): void {
    if (image.length !== IMAGE_SIZE * IMAGE_SIZE * 3)
      throw new Error('code statistics: image of another size');
    const to = code * PATCH;
    forEachCellByte(cell, (at, patch) => {
      this.#pixels[to + patch]! += image[at]!;
    });
    this.#sizes[code]!++;
    const votes = this.#votes[code]!;
    const key = label.join();
    votes.set(key, (votes.get(key) ?? 0) + 1);
  }

  /** Share of cells whose code's majority label is their own. */
  get purity(): number {
    let right = 0;
    let total = 0;
    for (const votes of this.#votes) {
      right += Math.max(0, ...votes.values());
      for (const count of votes.values()) total += count;
    }
    return right / Math.max(1, total);
  }

  get unused(): number {
    return this.#sizes.filter((size) => size === 0).length;
  }

  finish(): { patches: Float32Array; labels: Int32Array } {
    const patches = new Float32Array(this.#clusters * PATCH);
    const labels = new Int32Array(this.#clusters * 3);
    for (let code = 0; code < this.#clusters; code++) {
      const size = this.#sizes[code]!;
      if (size === 0) continue;
      for (let i = code * PATCH; i < (code + 1) * PATCH; i++) patches[i] = this.#pixels[i]! / size / 255;
      const [majority] = [...this.#votes[code]!].reduce((best, vote) => (vote[1] > best[1] ? vote : best));
      labels.set(majority.split(',').map(Number), code * 3);
    }
    return { patches, labels };
  }
}
