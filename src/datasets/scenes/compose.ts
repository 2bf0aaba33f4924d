/** Pixels and cell labels of a scene: plain blending of sprites that were rendered when the world loaded. */
import { GRID } from '../../grid.ts';
import type { Sprite } from './artwork.ts';
import { CELL, type CellLabels, IMAGE_SIZE, type Scene, type SceneObject } from './scene.ts';

export interface Artwork {
  /** Pixels of a picture for one of the scene's. */
  scale: number;
  /** [S × S × 3] each, S the scene's side at this scale. */
  backgrounds: readonly Uint8Array[];
  sprite(object: SceneObject): Sprite;
}

/**
 * A cell belongs to an object that covers at least this share of it: legs and tails too. At a quarter, cells that
 * show only those counted as background, the codes forgot them, and the recogniser lost 13 % of the objects in
 * pictures pasted from true codes.
 */
const COVERED = 0.06;

/** [S × S × 3] */
export function renderScene(scene: Scene, artwork: Artwork): Uint8Array {
  const { scale } = artwork;
  const side = IMAGE_SIZE * scale;
  const pixels = artwork.backgrounds[scene.background]!.slice();
  for (const object of scene.objects)
    blend(pixels, side, artwork.sprite(object), object.x * scale, object.y * scale);
  return pixels;
}

/** Lays a sprite, all of it within, on pixels [side × side × 3]. */
export function blend(
  pixels: Uint8Array,
  side: number,
  { size, rgba }: Sprite,
  left: number,
  top: number,
): void {
  for (let y = 0; y < size; y++) {
    let from = y * size * 4;
    let to = ((top + y) * side + left) * 3;
    for (let x = 0; x < size; x++, from += 4, to += 3) {
      const alpha = rgba[from + 3]!;
      if (alpha === 0) continue;
      const rest = 255 - alpha;
      pixels[to] = (rgba[from]! * alpha + pixels[to]! * rest + 127) / 255;
      pixels[to + 1] = (rgba[from + 1]! * alpha + pixels[to + 1]! * rest + 127) / 255;
      pixels[to + 2] = (rgba[from + 2]! * alpha + pixels[to + 2]! * rest + 127) / 255;
    }
  }
}

/** Which object each pixel shows: 0 none, otherwise its index + 1. [128 × 128] */
function ownerMap(scene: Scene, artwork: Artwork): Uint8Array {
  const owner = new Uint8Array(IMAGE_SIZE * IMAGE_SIZE);
  scene.objects.forEach((object, i) => {
    const { size, rgba } = artwork.sprite(object);
    for (let y = 0; y < size; y++) {
      const row = (object.y + y) * IMAGE_SIZE + object.x;
      for (let x = 0; x < size; x++) if (rgba[(y * size + x) * 4 + 3]! > 127) owner[row + x] = i + 1;
    }
  });
  return owner;
}

/** @param artwork at scale 1 */
export function labelCells(scene: Scene, artwork: Artwork): CellLabels {
  const owner = ownerMap(scene, artwork);
  const cells = GRID * GRID;
  const labels: CellLabels = {
    object: new Int32Array(cells),
    colour: new Int32Array(cells),
    part: new Int32Array(cells),
  };
  const counts = new Int32Array(scene.objects.length + 1);
  for (let cell = 0; cell < cells; cell++) {
    const top = Math.floor(cell / GRID) * CELL;
    const left = (cell % GRID) * CELL;
    counts.fill(0);
    for (let y = top; y < top + CELL; y++)
      for (let x = left; x < left + CELL; x++) {
        const id = owner[y * IMAGE_SIZE + x]!;
        counts[id] = counts[id]! + 1;
      }
    let most = 0;
    let best = COVERED * CELL * CELL;
    for (let id = 1; id < counts.length; id++)
      if (counts[id]! >= best) {
        most = id;
        best = counts[id]! + 1;
      }
    if (most === 0) continue;
    const object = scene.objects[most - 1]!;
    // Thirds of the square by the cell's centre; on the lattice a square of two cells has its four corners.
    const third = (centre: number, start: number): number =>
      Math.max(0, Math.min(2, Math.floor(((centre - start) / object.size) * 3)));
    labels.object[cell] = object.classId + 1;
    labels.colour[cell] = object.colourId;
    labels.part[cell] = third(top + CELL / 2, object.y) * 3 + third(left + CELL / 2, object.x) + 1;
  }
  return labels;
}
