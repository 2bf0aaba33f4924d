/** Whether an engine computes what the default engine computes: a convolution, then one transformer layer's parts. */
import * as tf from '@tensorflow/tfjs-core';
import { float32, type HostTensors } from '../tensor.ts';
import type { Engine, ModelFunction } from './engine.ts';

const [SIDE, CHANNELS, WIDTH] = [8, 4, 16];

/** Something between -1 and 1, the same every time. */
const numbers = (shape: number[], phase: number) =>
  float32(
    Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => Math.sin(12.9898 * i + phase)),
    shape,
  );

const WEIGHTS: HostTensors = {
  filter: numbers([3, 3, CHANNELS, WIDTH], 1),
  weight: numbers([WIDTH, WIDTH], 2),
  table: numbers([5, WIDTH], 3),
};

const check: ModelFunction = ({ filter, weight, table }, { x }) => {
  const map = tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 2, 'same'); // [N, S/2, S/2, W]
  const rows = tf.reshape(map, [-1, (SIDE / 2) ** 2, WIDTH]) as tf.Tensor3D;
  const centred = tf.sub(rows, tf.mean(rows, -1, true));
  const normal = tf.mul(centred, tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), 1e-5)));
  const flat = tf.reshape(normal, [-1, WIDTH]) as tf.Tensor2D;
  const mixed = tf.reshape(tf.matMul(flat, weight as tf.Tensor2D), [
    -1,
    (SIDE / 2) ** 2,
    WIDTH,
  ]) as tf.Tensor3D;
  const attention = tf.softmax(tf.matMul(mixed, rows, false, true)); // [N, V, V]
  const seen = tf.tanh(tf.matMul(attention, rows));
  const looked = tf.gather(table!, tf.tensor1d([4, 0, 2], 'int32'));
  return { y: tf.erf(seen), looked };
};

const TOLERANCE = 1e-3;

/** @throws Error that says how far apart they are; whatever the engine throws */
export async function checkEngine(engine: Engine, reference: Engine): Promise<void> {
  const inputs: HostTensors = { x: numbers([2, SIDE, SIDE, CHANNELS], 4) };
  const run = async (one: Engine) => {
    const compiled = await one.compile({
      ...{ name: 'check', fn: check, weights: WEIGHTS },
      inputs: { x: { dtype: 'float32', shape: ['N', SIDE, SIDE, CHANNELS] } },
    });
    try {
      return await compiled.run(inputs);
    } finally {
      await compiled.release();
    }
  };
  const expected = await run(reference);
  const got = await run(engine);
  for (const [name, { data }] of Object.entries(expected)) {
    let largest = 0;
    for (const [i, value] of data.entries())
      largest = Math.max(largest, Math.abs(value - got[name]!.data[i]!));
    // Not a number is no smaller either.
    if (!(largest <= TOLERANCE)) throw new Error(`its results are ${largest} away from the CPU's`);
  }
}
