import sharp from 'sharp';
import { expect, it } from 'vitest';
import { contactSheet } from '../../../src/training/run/contact-sheet.ts';

const SIZE = 128;
const GREY = 120;
const image = new Uint8Array(SIZE * SIZE * 3).fill(GREY);

/** How dark the sheet is at each pixel, 0..255. */
async function ink(headings: readonly string[], caption = '', columns = 1) {
  const row = { caption, images: headings.map(() => image) };
  const sheet = await contactSheet(headings, new Array(columns).fill(row), SIZE, columns);
  const { data, info } = await sharp(sheet).greyscale().raw().toBuffer({ resolveWithObject: true });
  const at = (x: number, y: number) => 255 - data[y * info.width + x]!;
  let sum = 0;
  for (let y = 0; y < info.height; y++)
    for (let x = 0; x < info.width; x++) if (at(x, y) > 0 && at(x, y) !== 255 - GREY) sum += at(x, y);
  return { ...info, sum, at };
}

it('writes a heading out, on as many lines as it wants, and not into the next column', async () => {
  const short = await ink(['w/o discrete visual', 'X-LXMERT']);
  const long = await ink(['w/o discrete visual representations of any kind', 'X-LXMERT']);
  expect(long.sum).toBeGreaterThan(1.5 * short.sum);
  expect(long.height).toBeGreaterThan(short.height);
  for (let y = 0; y < long.height - SIZE; y++) expect(long.at(4 + SIZE + 1, y)).toBe(0);
});

it('breaks names after hyphens, and captions of any length at spaces', async () => {
  const [word, words] = [
    await ink(['a-model-of-my-own-with-a-long-name']),
    await ink(['a'], 'so it is '.repeat(12)),
  ];
  for (const { width, height, at } of [word, words])
    for (let y = 0; y < height - SIZE; y++) expect(at(width - 1, y)).toBe(0);
  // All twelve times of it; the heading is in both.
  expect(words.sum).toBeGreaterThan(8 * (await ink(['a'], 'so it is')).sum);
});

it('writes a heading that is of all rows once, in one line where the sheet is wide', async () => {
  const [one, three] = [await ink(['x-lxmert-scenes']), await ink(['x-lxmert-scenes'], '', 3)];
  expect(three.sum).toBe(one.sum);
  const pair = ['x-lxmert', 'x-uniter'];
  expect((await ink(pair, '', 3)).sum).toBe(3 * (await ink(pair)).sum);
  expect((await ink(['a-model-of-my-own-with-a-long-name'], '', 3)).height).toBe(one.height);
});
