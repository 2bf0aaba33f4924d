/** Statistics of features as pytorch-fid keeps them: read what numpy wrote, and what we write. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readStatistics, statisticsFile } from '../../../src/zoo/import/npz.ts';

/** numpy.savez_compressed(…, mu=[1.5, -2.0], sigma=[[1, 0.25], [0.25, 2]]) of numpy 2.4. */
const NUMPY =
  'UEsDBC0AAAAIAAAAIQCwmMVB//////////8GABQAbXUubnB5AQAQAJAAAAAAAAAATQAAAAAAAACb7BfqGxDJyFDGUK2eklqcXKRupaBuk2ahrqOgnpZfVFKUmBefX5SSChJ3S8wpTgWKF2ckFqQC+RpGOpo6CrUKFAAuBjD4YQ+hGQ4AAFBLAwQtAAAACAAAACEAltPm2P//////////CQAUAHNpZ21hLm5weQEAEACgAAAAAAAAAFEAAAAAAAAAm+wX6hsQychQxlCtnpJanFykbqWgbpNmoa6joJ6WX1RSlJgXn1+UkgoSd0vMKU4FihdnJBakAvkaRjoKRpo6CrUKZAMuBjD4YA+hL6DRDA4AUEsBAi0DLQAAAAgAAAAhALCYxUFNAAAAkAAAAAYAAAAAAAAAAAAAAIABAAAAAG11Lm5weVBLAQItAy0AAAAIAAAAIQCW0+bYUQAAAKAAAAAJAAAAAAAAAAAAAACAAYUAAABzaWdtYS5ucHlQSwUGAAAAAAIAAgBrAAAAEQEAAAAA';
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'npz-'));
});
afterAll(() => rm(folder, { recursive: true }));
const file = async (name: string, bytes: Uint8Array) => {
  await writeFile(join(folder, name), bytes);
  return join(folder, name);
};

test('what numpy wrote is read, and what is written is read again', async () => {
  const read = await readStatistics(await file('numpy.npz', Buffer.from(NUMPY, 'base64')));
  expect([...read.mean]).toEqual([1.5, -2]);
  expect([...read.covariance]).toEqual([1, 0.25, 0.25, 2]);
  expect(await readStatistics(await file('ours.npz', await statisticsFile(read)))).toEqual(read);
});

test.each([
  ['no zip file', Buffer.from('hello'), /no \.npz file/],
  ['other arrays', zipSync({ 'a.npy': new Uint8Array(3) }), /holds no mu/],
  [
    'no array',
    zipSync({ 'mu.npy': new Uint8Array(20), 'sigma.npy': new Uint8Array(20) }),
    /no array of numpy/,
  ],
])('%s', async (_, bytes, message) => {
  await expect(readStatistics(await file('bad.npz', bytes))).rejects.toThrow(message);
});
