/** The authors' file formats, read from files that their own code wrote. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { HostTensor } from '../../../src/tensor.ts';
import { openWeights } from '../../../src/zoo/import/open-weights.ts';
import { golden } from '../../fixtures/golden.ts';

const fixture = (name: string): string => join(import.meta.dirname, '../../fixtures', name);

/** Bit by bit; expect's own comparison takes a minute for a generator. */
function expectSame(actual: HostTensor, expected: HostTensor, what: string): void {
  const bytes = ({ data }: HostTensor) => Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  expect([actual.dtype, actual.shape], what).toEqual([expected.dtype, expected.shape]);
  expect(bytes(actual).equals(bytes(expected)), what).toBe(true);
}

describe.each([
  ['x-lxmert-tiny', 'Epoch20_LXRT.pth', 'model.safetensors'],
  ['x-lxmert-tiny', 'Epoch20_LXRT.zip.pth', 'model.safetensors'],
  ['x-lxmert-tiny', 'model.safetensors', 'model.safetensors'],
  ['generator-tiny', 'G_60.pth', 'G.safetensors'],
])('%s/%s', (folder, file, twin) => {
  test('holds the same names, shapes and numbers as its safetensors twin', async () => {
    const expected = golden(folder).tensors(twin);
    const weights = await openWeights(fixture(`${folder}/${file}`));
    try {
      expect([...weights.tensors.keys()].sort()).toEqual(Object.keys(expected).sort());
      for (const [name, tensor] of weights.tensors) {
        expectSame(await tensor.read(), expected[name]!, name);
      }
    } finally {
      await weights.close();
    }
  });
});

test("UNITER's state dict, which has no prefix", async () => {
  const weights = await openWeights(fixture('uniter-tiny/uniter-tiny.pt'));
  expect(weights.tensors.get('uniter.embeddings.word_embeddings.weight')?.shape).toEqual([200, 48]);
  expect(weights.tensors.get('feat_regress.weight')?.shape).toEqual([48, 40]);
  // Tied: one storage under two names.
  const [one, two] = ['feat_regress.weight', 'uniter.img_embeddings.img_linear.weight'].map((name) =>
    weights.tensors.get(name)!.read(),
  );
  expectSame((await one)!, (await two)!, 'feat_regress.weight');
  await weights.close();
});
