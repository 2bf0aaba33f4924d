/** Scenes as tensors. Pixels are -1..1 in every model. */

import { CELL, IMAGE_SIZE, type Scene, type World } from '../../datasets/scenes/index.ts';
import { CELLS, GRID } from '../../grid.ts';
import { type HostTensor, imagesTensor, int32 } from '../../tensor.ts';

export const PIXELS = IMAGE_SIZE * IMAGE_SIZE * 3;
/** Numbers in the patch of one cell. */
export const PATCH = CELL * CELL * 3;

/** [B, 128, 128, 3] in -1..1 */
export function sceneImages(world: World, scenes: readonly Scene[]): HostTensor {
  return imagesTensor(
    scenes.map((scene) => world.render(scene)),
    IMAGE_SIZE,
  );
}

/** What the cells of scenes show: object, colour, part int32 [B, 64]; background int32 [B]. */
export function sceneLabels(
  world: World,
  scenes: readonly Scene[],
): Record<'object' | 'colour' | 'part' | 'background', HostTensor> {
  const B = scenes.length;
  const labels = {
    object: new Int32Array(B * CELLS),
    colour: new Int32Array(B * CELLS),
    part: new Int32Array(B * CELLS),
  };
  for (const [b, scene] of scenes.entries()) {
    const cells = world.cellLabels(scene);
    for (const name of ['object', 'colour', 'part'] as const) labels[name].set(cells[name], b * CELLS);
  }
  return {
    object: int32(labels.object, [B, CELLS]),
    colour: int32(labels.colour, [B, CELLS]),
    part: int32(labels.part, [B, CELLS]),
    background: int32(
      scenes.map((scene) => scene.background),
      [B],
    ),
  };
}

/**
 * Calls `visit` with every byte of a cell: index in the image, index in the cell's patch, [16, 16, 3] of a scene.
 * @param side of the image in pixels
 */
export function forEachCellByte(
  cell: number,
  visit: (image: number, patch: number) => void,
  side = IMAGE_SIZE,
): void {
  const width = side / GRID;
  const row = Math.floor(cell / GRID) * width;
  const column = (cell % GRID) * width;
  for (let y = 0, patch = 0; y < width; y++) {
    let image = ((row + y) * side + column) * 3;
    for (let i = 0; i < width * 3; i++) visit(image++, patch++);
  }
}

/** One image of a batch [B, S, S, 3] in -1..1, as bytes. */
export function imageBytes({ data, shape }: HostTensor, index: number): Uint8Array {
  const pixels = shape[1]! * shape[2]! * shape[3]!;
  const bytes = new Uint8Array(pixels);
  for (let i = 0; i < pixels; i++) {
    bytes[i] = Math.max(0, Math.min(255, Math.round((data[index * pixels + i]! + 1) * 127.5)));
  }
  return bytes;
}

/** An image [from, from, 3] as [to, to, 3], each pixel the nearest one. */
export function resized(image: Uint8Array, from: number, to: number): Uint8Array {
  if (from === to) return image;
  const result = new Uint8Array(to * to * 3);
  const nearest = (at: number) => Math.floor((at * from) / to);
  for (let y = 0, at = 0; y < to; y++) {
    for (let x = 0; x < to; x++, at += 3) {
      const pixel = (nearest(y) * from + nearest(x)) * 3;
      result.set(image.subarray(pixel, pixel + 3), at);
    }
  }
  return result;
}
