import { expect, it } from 'vitest';
import { codePatches } from '../../../src/training/generator/code-patches.ts';

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
