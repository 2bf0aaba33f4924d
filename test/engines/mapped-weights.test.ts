/** Weights that stay in their file: the engine maps them, nobody reads them into JavaScript. */
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ModelFunction } from '../../src/engines/engine.ts';
import { createOnnxRuntimeEngine } from '../../src/engines/onnxruntime.ts';
import { createRandom } from '../../src/random.ts';
import { mapSafetensors, readSafetensors, writeSafetensors } from '../../src/safetensors.ts';
import { float32, type HostTensor, type HostTensors, int32 } from '../../src/tensor.ts';

const engine = createOnnxRuntimeEngine({ threads: 1 });
const random = createRandom('mapped');
const normal = (shape: [number, number]) =>
  float32(
    Float32Array.from({ length: shape[0] * shape[1] }, () => random.normal()),
    shape,
  );
// A table to pick from, a matrix, and one that is too small to be worth mapping. An odd name moves the others.
const weights: HostTensors = {
  odd: float32([1, 2, 3], [3]),
  table: normal([200, 64]),
  matrix: normal([64, 96]),
  bias: normal([1, 96]),
  order: int32([3, 1, 2], [3]),
};
const fn: ModelFunction = ({ table, matrix, bias }, { ids }) => ({
  y: tf.add(tf.matMul(tf.gather(table!, ids!) as tf.Tensor2D, matrix as tf.Tensor2D), bias!),
});
const ids = int32([7, 0, 199], [3]);
const only = (all: HostTensors) =>
  Object.fromEntries(['table', 'matrix', 'bias'].map((name) => [name, all[name]!]));
const compile = (all: HostTensors) =>
  engine.compile({
    name: 'mapped',
    fn,
    weights: only(all),
    inputs: { ids: { dtype: 'int32', shape: ['N'] } },
  });

let folder: string;
let path: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mapped-'));
  path = join(folder, 'model.safetensors');
  await writeSafetensors(path, weights);
});
afterAll(() => rm(folder, { recursive: true }));

it('a mapped file has what a read one has, and says where', async () => {
  const { tensors } = await mapSafetensors(path);
  const { tensors: read } = await readSafetensors(path);
  expect(Object.keys(tensors).sort()).toEqual(Object.keys(weights).sort());
  for (const [name, { dtype, shape, data, file }] of Object.entries(tensors)) {
    expect({ dtype, shape, data }).toEqual(read[name]);
    expect(file).toMatchObject({ path, length: data.byteLength });
  }
});

it('tensors stored in another type than they have in memory are read at once', async () => {
  const half = join(folder, 'half.safetensors');
  await writeSafetensors(half, weights, { float: 'F16' });
  const { tensors } = await mapSafetensors(half);
  expect(tensors.table!.file).toBeUndefined();
  expect(tensors.table!.data).toEqual((await readSafetensors(half)).tensors.table!.data);
  expect(tensors.order!.data).toEqual(weights.order!.data);
});

it('the engine reads the file itself, gives the same bits, and needs its name no longer', async () => {
  const embedded = await compile(weights);
  const expected = (await embedded.run({ ids })).y!;
  const copy = join(folder, 'copy.safetensors');
  await writeSafetensors(copy, weights);
  const { tensors } = await mapSafetensors(copy);
  const unread = Object.fromEntries(
    Object.entries(tensors).map(([name, { dtype, shape, file, ...rest }]): [string, HostTensor] => [
      name,
      file !== undefined && file.length > 4096
        ? {
            dtype,
            shape,
            file,
            get data(): never {
              throw new Error(`${name} was read`);
            },
          }
        : { dtype, shape, ...rest },
    ]),
  );
  const mapped = await compile(unread);
  await rm(copy);
  expect((await mapped.run({ ids })).y).toEqual(expected);
  await embedded.release();
  await mapped.release();
});

it('weights of two folders come together', async () => {
  const other = await mkdtemp(join(tmpdir(), 'mapped-'));
  await writeSafetensors(join(other, 'model.safetensors'), weights);
  const [here, there] = [
    (await mapSafetensors(path)).tensors,
    (await mapSafetensors(join(other, 'model.safetensors'))).tensors,
  ];
  const [embedded, mapped] = [await compile(weights), await compile({ ...here, matrix: there.matrix! })];
  expect((await mapped.run({ ids })).y).toEqual((await embedded.run({ ids })).y);
  await embedded.release();
  await mapped.release();
  await rm(other, { recursive: true });
});

it('a file that was cut, replaced or is none is refused', async () => {
  const cut = join(folder, 'cut.safetensors');
  await writeSafetensors(cut, weights);
  const { tensors } = await mapSafetensors(cut);
  await truncate(cut, 3000);
  expect(() => tensors.table!.data).toThrow(/replaced/);
  await expect(mapSafetensors(cut)).rejects.toThrow(/do not fit/);
  await writeFile(cut, 'x');
  await expect(mapSafetensors(cut)).rejects.toThrow(/too short/);
  await writeFile(cut, Buffer.alloc(100, 255));
  await expect(mapSafetensors(cut)).rejects.toThrow(/does not fit/);
});
