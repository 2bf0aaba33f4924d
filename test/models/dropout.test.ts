/** Dropout inside a compiled step: decided by the seed, of the right share, and of the same mean. */
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { valueAndGradients } from '../../src/engines/gradients-of.ts';
import { createOnnxRuntimeEngine } from '../../src/engines/onnxruntime.ts';
import { dropout, uniform } from '../../src/models/dropout.ts';
import { float32, int32 } from '../../src/tensor.ts';

const engine = createOnnxRuntimeEngine({ threads: 1 });
const [ROWS, COLUMNS] = [200, 96];

it('drops what the seed says, at every use something else, and passes gradients where it kept', async () => {
  const compiled = await engine.compile({
    name: 'dropout',
    weights: {},
    inputs: { x: { dtype: 'float32', shape: [ROWS, COLUMNS] }, seed: { dtype: 'int32', shape: [] } },
    fn: (_, { x, seed }) => {
      const drop = dropout(0.1, seed!);
      const [first, second] = [drop(x!), drop(x!)];
      const { gradients } = valueAndGradients({ x: x! }, (inputs) => ({
        loss: tf.sum(dropout(0.1, seed!)(inputs.x!)) as tf.Scalar,
        aux: {},
      }));
      return { first, second, gradient: gradients.x! };
    },
  });
  const x = float32(new Float32Array(ROWS * COLUMNS).fill(1), [ROWS, COLUMNS]);
  const run = async (seed: number) => compiled.run({ x, seed: int32([seed], []) });
  const [a, again, b] = [await run(7), await run(7), await run(8)];
  await compiled.release();
  expect(again.first).toEqual(a.first);
  expect(a.gradient).toEqual(a.first);
  for (const other of [b.first!, a.second!]) {
    const both = Array.from(other.data, (value, i) => Number(value === 0 && a.first!.data[i] === 0));
    // Independent: a hundredth is dropped by both.
    expect(both.reduce((sum, one) => sum + one, 0) / both.length).toBeLessThan(0.014);
  }
  const share = Array.from(a.first!.data).filter((value) => value === 0).length / x.data.length;
  expect(share).toBeGreaterThan(0.093);
  expect(share).toBeLessThan(0.107);
  for (const value of new Set(a.first!.data)) expect([0, 1 / 0.9]).toContainEqual(expect.closeTo(value, 5));
});

it('its numbers are uniform and no row or column tells of its neighbour', async () => {
  const compiled = await engine.compile({
    name: 'uniform',
    weights: {},
    inputs: { seed: { dtype: 'int32', shape: [] } },
    fn: (_, { seed }) => ({ u: uniform(ROWS, COLUMNS, seed!, 3) }),
  });
  const { u } = await compiled.run({ seed: int32([-123456789], []) });
  await compiled.release();
  const data = u!.data as Float32Array;
  const buckets = new Array<number>(10).fill(0);
  for (const value of data) buckets[Math.min(9, Math.floor(value * 10))]!++;
  for (const count of buckets) expect(Math.abs(count / data.length - 0.1)).toBeLessThan(0.012);
  const correlation = (distance: number) => {
    let sum = 0;
    for (let i = distance; i < data.length; i++) sum += (data[i]! - 0.5) * (data[i - distance]! - 0.5);
    return (sum / (data.length - distance)) * 12;
  };
  for (const distance of [1, 2, COLUMNS, 2 * COLUMNS])
    expect(Math.abs(correlation(distance))).toBeLessThan(0.04);
});
