/**
 * Which parts of a picture an answer rests on, by occlusion (Zeiler and Fergus, ECCV 2014, section 4.2): each block of
 * a grid is hidden in turn and the same is asked again. How far the answer's probability falls is measured, and nothing
 * is read out of attention. A hidden block has the mean colour of the picture, which shows least of all.
 *
 * G blocks of a side.
 */
import type { Pixels } from '../pictures/decode-picture.ts';

/** Most blocks of one request that wait for the model together, so that others' questions come between. */
const AT_A_TIME = 4;

/** @returns a copy of the picture without a block, 0 .. G² - 1 row by row */
export function hider({ rgb, width, height }: Pixels, grid: number): (block: number) => Pixels {
  const mean = meanColour(rgb);
  const edge = (index: number, length: number) => Math.round((index * length) / grid);
  return (block) => {
    const [row, column] = [Math.floor(block / grid), block % grid];
    const hidden = Uint8Array.from(rgb);
    for (let y = edge(row, height); y < edge(row + 1, height); y++) {
      for (let x = edge(column, width); x < edge(column + 1, width); x++)
        hidden.set(mean, (y * width + x) * 3);
    }
    return { rgb: hidden, width, height };
  };
}

function meanColour(rgb: Uint8Array): [number, number, number] {
  const sums: [number, number, number] = [0, 0, 0];
  for (let at = 0; at < rgb.length; at += 3)
    for (const channel of [0, 1, 2] as const) sums[channel] += rgb[at + channel]!;
  return sums.map((sum) => Math.round((3 * sum) / rgb.length)) as typeof sums;
}

/** @returns what was said of each block, row by row */
export async function askOfBlocks<T>(grid: number, ask: (block: number) => Promise<T>): Promise<T[]> {
  const said: T[] = [];
  while (said.length < grid ** 2) {
    const count = Math.min(AT_A_TIME, grid ** 2 - said.length);
    const first = said.length;
    const settled = await Promise.allSettled(Array.from({ length: count }, (_, i) => ask(first + i)));
    for (const one of settled) {
      if (one.status === 'rejected') throw one.reason;
      said.push(one.value);
    }
  }
  return said;
}
