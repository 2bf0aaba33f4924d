/** What torch.save itself wrote, with its rarer options (test/fixtures/torch-save/make.py). */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openWeights } from '../../../src/zoo/import/open-weights.ts';

const file = (name: string) => join(import.meta.dirname, '../../fixtures/torch-save', name);

async function read(path: string): Promise<Record<string, object>> {
  const weights = await openWeights(path);
  try {
    const entries = [...weights.tensors].map(async ([name, tensor]) => {
      const { shape, data } = await tensor.read();
      return [name, { shape, data: [...data] }] as const;
    });
    return Object.fromEntries(await Promise.all(entries));
  } finally {
    await weights.close();
  }
}

it.each([
  'without-checksums.pt',
  'legacy-1.pt',
  'legacy-4.pt',
  'legacy-5.pt',
  'zip-5.pt',
  'compiled.pt',
  'compiled-parallel.pt',
])('%s is read', async (name) => {
  expect(await read(file(name))).toEqual({
    a: { shape: [2, 3], data: [0, 1, 2, 3, 4, 5] },
    'b.bias': { shape: [2], data: [0.5, -1.5] },
  });
});

it('expanded tensors are written out', async () => {
  expect(await read(file('expanded.pt'))).toEqual({
    row: { shape: [4], data: [7, 7, 7, 7] },
    columns: { shape: [2, 3], data: [1, 1, 1, 2, 2, 2] },
  });
});

it('a number that changed is still found out where there are checksums', async () => {
  const bytes = await readFile(file('zip-5.pt'));
  const five = Buffer.from(Float32Array.of(4, 5).buffer);
  bytes[bytes.indexOf(five)] = 1;
  const path = join(tmpdir(), `torch-save-${process.pid}.pt`);
  await writeFile(path, bytes);
  await expect(read(path)).rejects.toThrow('checksum');
  await rm(path);
});
