/** Products of integers: their numbers by hand, row by row, whatever stands beside a row. */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { CompiledFunction } from '../../src/engines/engine.ts';
import { integersAreExact } from '../../src/engines/exact-integers.ts';
import { createOnnxRuntimeEngine } from '../../src/engines/onnxruntime.ts';
import { conv2d, linear } from '../../src/models/ops.ts';
import { createRandom } from '../../src/random.ts';
import { float32 } from '../../src/tensor.ts';

const [K, N] = [96, 128];
const random = createRandom('quantise');
const normal = (length: number, scale = 1) =>
  Float32Array.from({ length }, () => Math.fround(random.normal() * scale));
const weight = normal(N * K, 0.1);
const bias = normal(N);
const rows = normal(5 * K);
rows.fill(0, 3 * K, 4 * K);

/** As the module says it, in double precision. */
function byHand(x: Float32Array): number[] {
  const round = (value: number, scale: number) => Math.round(value / scale);
  const scaleOf = (values: Float32Array) =>
    Math.max(Math.fround(values.reduce((most, value) => Math.max(most, Math.abs(value)), 0) / 127), 1e-30);
  const a = scaleOf(x);
  return Array.from(bias, (offset, n) => {
    const column = weight.subarray(n * K, (n + 1) * K);
    const w = scaleOf(column);
    const sum = column.reduce((total, value, k) => total + round(x[k]!, a) * round(value, w), 0);
    return sum * a * w + offset;
  });
}

const able = await integersAreExact();

describe.skipIf(!able)('a product with a large weight', () => {
  let compiled: CompiledFunction;
  const run = async (x: Float32Array) =>
    (await compiled.run({ x: float32(x, [x.length / K, K]) })).y!.data as Float32Array;

  beforeAll(async () => {
    compiled = await createOnnxRuntimeEngine({ threads: 1, precision: 'int8' }).compile({
      name: 'product',
      fn: (w, { x }) => ({ y: linear(x!, w.weight as tf.Tensor2D, w.bias as tf.Tensor1D) }),
      weights: { weight: float32(weight, [N, K]), bias: float32(bias, [N]) },
      inputs: { x: { dtype: 'float32', shape: ['M', K] } },
    });
  });

  it('is the sum of integers that its module says', async () => {
    const y = await run(rows);
    for (let row = 0; row < 5; row++) {
      const wanted = byHand(rows.subarray(row * K, (row + 1) * K));
      for (const [n, value] of wanted.entries()) {
        // A half may be rounded either way: one step of the row in one product.
        expect(Math.abs(y[row * N + n]! - value)).toBeLessThan(0.02);
      }
    }
  });

  it('is near the product of floats, and a row of zeros gives the bias', async () => {
    const y = await run(rows);
    const exact = Array.from({ length: 5 * N }, (_, i) => {
      const [row, n] = [Math.floor(i / N), i % N];
      return rows
        .subarray(row * K, (row + 1) * K)
        .reduce((sum, value, k) => sum + value * weight[n * K + k]!, bias[n]!);
    });
    const power = exact.reduce((sum, value) => sum + value ** 2, 0);
    const error = exact.reduce((sum, value, i) => sum + (value - y[i]!) ** 2, 0);
    expect(Math.sqrt(error / power)).toBeLessThan(0.02);
    expect([...y.subarray(3 * N, 4 * N)]).toEqual([...bias]);
  });

  it('gives a row the same numbers in every batch, to the bit', async () => {
    const together = await run(rows);
    for (let row = 0; row < 5; row++) {
      const alone = await run(rows.slice(row * K, (row + 1) * K));
      expect([...alone]).toEqual([...together.subarray(row * N, (row + 1) * N)]);
    }
  });
});

it('small weights stay as they are', async () => {
  const compile = (precision: 'float32' | 'auto') =>
    createOnnxRuntimeEngine({ threads: 1, precision }).compile({
      name: 'product',
      fn: (w, { x }) => ({ y: linear(x!, w.weight as tf.Tensor2D, w.bias as tf.Tensor1D) }),
      weights: { weight: float32(weight, [N, K]), bias: float32(bias, [N]) },
      inputs: { x: { dtype: 'float32', shape: ['M', K] } },
    });
  const [exact, auto] = await Promise.all([compile('float32'), compile('auto')]);
  const inputs = { x: float32(rows, [5, K]) };
  expect((await auto.run(inputs)).y!.data).toEqual((await exact.run(inputs)).y!.data);
});

describe.skipIf(!able)('a wide convolution', () => {
  const [SIDE, IN, OUT] = [12, 128, 64];
  const filter = normal(9 * IN * OUT, 0.03);
  const offset = normal(OUT);
  const map = () => float32(normal(SIDE * SIDE * IN), [1, SIDE, SIDE, IN]);
  const [first, second] = [map(), map()];
  const compile = (precision: 'float32' | 'int8') =>
    createOnnxRuntimeEngine({ threads: 1, precision }).compile({
      name: 'convolution',
      // Two readers of one map, a Relu before, a bias after: as the paper's generator has them.
      fn: (w, { x }) => {
        const y = conv2d(tf.relu(x as tf.Tensor4D), w.filter as tf.Tensor4D, {
          padding: 1,
          bias: w.bias as tf.Tensor1D,
        });
        return { y, mean: tf.mean(x!, [1, 2]) };
      },
      weights: { filter: float32(filter, [3, 3, IN, OUT]), bias: float32(offset, [OUT]) },
      inputs: { x: { dtype: 'float32', shape: ['B', SIDE, SIDE, IN] } },
      calibration: [{ x: first }],
    });

  it('is near that of floats, and the same alone and beside another', async () => {
    const [exact, quantised] = await Promise.all([compile('float32'), compile('int8')]);
    const both = float32(Float32Array.of(...first.data, ...second.data), [2, SIDE, SIDE, IN]);
    const [wanted, got] = [await exact.run({ x: both }), await quantised.run({ x: both })];
    const difference = (got.y!.data as Float32Array).map((value, i) => value - wanted.y!.data[i]!);
    expect(norm(difference) / norm(wanted.y!.data as Float32Array)).toBeLessThan(0.02);
    // It is another one all the same.
    expect(norm(difference)).toBeGreaterThan(0);
    expect(got.mean!.data).toEqual(wanted.mean!.data);
    const alone = await quantised.run({ x: second });
    expect(alone.y!.data).toEqual(got.y!.data.slice(SIDE * SIDE * OUT));
  });
});

const norm = (values: Float32Array) => Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0));
