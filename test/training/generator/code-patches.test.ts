import { expect, it } from 'vitest';
import { float32 } from '../../../src/tensor.ts';
import { codePatches, partPatches } from '../../../src/training/generator/code-patches.ts';

/** Scene 0 is black, scene 1 white, but for one red pixel at the top left of every cell. */
const picture = (index: number) => {
  const image = new Uint8Array(128 * 128 * 3).fill(index * 255);
  for (let y = 0; y < 128; y += 16) {
    for (let x = 0; x < 128; x += 16) image.set([255, 0, 0], (y * 128 + x) * 3);
  }
  return image;
};

it('codes are opaque where their cells agree, transparent where they differ or never occur', () => {
  const codes = new Int16Array(2 * 64); // code 0 in both scenes
  codes[5] = 1; // code 1 in the black scene only
  const { pixels, opacity } = codePatches(picture, codes, 2, 3, 128);
  expect(Array.from(pixels.subarray(0, 3))).toEqual([1, -1, -1]);
  expect(opacity[0]).toBeGreaterThan(0.95);
  const mean = (63 * -1 + 64 * 1) / 127;
  expect(pixels[3]).toBeCloseTo(mean, 5);
  expect(opacity[1]).toBeCloseTo(0.02 / (0.02 + 1 - mean * mean + 0.025 / 127), 5);
  expect(pixels[16 * 16 * 3 + 3]).toBe(-1);
  expect(opacity[16 * 16 + 1]).toBeCloseTo(0.02 / (0.02 + 0.025), 5);
  expect(opacity.subarray(2 * 256).every((value) => value === 0)).toBe(true);
});

/** Cells of 16 pixels: a thing of red and blue, of which one code stands for both halves; code 0 is green ground. */
const thing = (row: number, column: number) => {
  const image = new Uint8Array(128 * 128 * 3);
  const labels = { object: new Int32Array(64), colour: new Int32Array(64), part: new Int32Array(64) };
  const codes = new Int16Array(64);
  for (let at = 0; at < 128 * 128; at++) {
    const cell = Math.floor(at / 128 / 16) * 8 + Math.floor((at % 128) / 16);
    const half = cell - (row * 8 + column);
    image.set(half === 0 ? [255, 0, 0] : half === 1 ? [0, 0, 255] : [0, 255, 0], at * 3);
  }
  for (const half of [0, 1]) {
    const cell = row * 8 + column + half;
    labels.object[cell] = 1;
    labels.part[cell] = 1 + half;
    codes[cell] = 2;
  }
  return { image, labels, codes };
};

it('a code that several parts share has a patch and surroundings of each', () => {
  const things = [thing(1, 1), thing(3, 0), thing(5, 2), thing(6, 6), thing(2, 4)];
  const codes = Int16Array.from(things.flatMap(({ codes }) => [...codes]));
  const centroids = float32([1, 0, 0, 1, 0, 5], [3, 2]);
  const of = (count: number) =>
    partPatches(
      (i) => things[i]!.image,
      (i) => things[i]!.labels,
      codes,
      count,
      centroids,
      128,
    );
  const { shared, patches, around, used } = of(5)!;
  expect(shared).toEqual({ codes: [2], parts: 2 });
  expect(used).toEqual([true, true]);
  expect(Array.from(patches.pixels.subarray(0, 3))).toEqual([1, -1, -1]);
  expect(Array.from(patches.pixels.subarray(256 * 3, 256 * 3 + 3))).toEqual([-1, -1, 1]);
  expect(Math.min(...patches.opacity)).toBeGreaterThan(0.7);
  // Of the left half: ground on its left but at the picture's edge, the other half on its right.
  expect(Array.from(around.subarray(3 * 2, 6 * 2))).toEqual([expect.closeTo(0.8, 5), 0, 0, 5, 0, 5]);
  // Of the right half: the left one, itself, and ground or the edge.
  expect(Array.from(around.subarray(12 * 2, 15 * 2))).toEqual([0, 5, 0, 5, expect.closeTo(0.8, 5), 0]);
  // Three cells of a part are too few to know it by.
  expect(of(3)).toBeUndefined();
});
