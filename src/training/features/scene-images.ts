/** Scenes as tensors. Pixels are -1..1 in every model. */
import { CELL, GRID, IMAGE_SIZE, type Scene, type World } from '../../datasets/scenes/index.ts';
import { type HostTensor, imagesTensor } from '../../tensor.ts';

export const CELLS = GRID * GRID;
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

/** Calls `visit` with every byte of a cell: index in the image, index in the [16, 16, 3] patch. */
export function forEachCellByte(cell: number, visit: (image: number, patch: number) => void): void {
  const row = Math.floor(cell / GRID) * CELL;
  const column = (cell % GRID) * CELL;
  for (let y = 0, patch = 0; y < CELL; y++) {
    let image = ((row + y) * IMAGE_SIZE + column) * 3;
    for (let i = 0; i < CELL * 3; i++) visit(image++, patch++);
  }
}

/** One [128, 128, 3] image of a batch in -1..1, as bytes. */
export function imageBytes(images: HostTensor, index: number): Uint8Array {
  const bytes = new Uint8Array(PIXELS);
  const data = images.data as Float32Array;
  for (let i = 0; i < PIXELS; i++) {
    bytes[i] = Math.max(0, Math.min(255, Math.round((data[index * PIXELS + i]! + 1) * 127.5)));
  }
  return bytes;
}
