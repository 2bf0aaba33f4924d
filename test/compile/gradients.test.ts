import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import type { Tensors } from '../../src/engines/engine.ts';
import { valueAndGradients } from '../../src/engines/gradients-of.ts';
import { createOnnxRuntimeEngine } from '../../src/engines/onnxruntime.ts';
import * as ops from '../../src/models/ops.ts';
import { float32, type HostTensor, type HostTensors, int32, sizeOf } from '../../src/tensor.ts';

const engine = createOnnxRuntimeEngine({ threads: 1 });

/** Deterministic values in [-1, 1), away from 0, where relu and abs have no derivative. */
function values(shape: number[], seed = 1): HostTensor {
  let state = seed * 2654435761;
  const data = Float32Array.from({ length: sizeOf(shape) }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const x = (state / 2 ** 32) * 2 - 1;
    return x + 0.05 * Math.sign(x);
  });
  return float32(data, shape);
}
const positive = (t: HostTensor) =>
  float32(
    (t.data as Float32Array).map((x) => Math.abs(x) + 0.5),
    t.shape,
  );

interface Case {
  parameters: HostTensors;
  inputs?: HostTensors;
  f: (p: Tensors, inputs: Tensors) => tf.Tensor;
}

const x = values([3, 4]);
const image = values([2, 6, 8, 3], 3);
const cases: Record<string, Case> = {
  neg: { parameters: { x }, f: ({ x }) => tf.neg(x!) },
  square: { parameters: { x }, f: ({ x }) => tf.square(x!) },
  exp: { parameters: { x }, f: ({ x }) => tf.exp(x!) },
  log: { parameters: { x: positive(x) }, f: ({ x }) => tf.log(x!) },
  sqrt: { parameters: { x: positive(x) }, f: ({ x }) => tf.sqrt(x!) },
  rsqrt: { parameters: { x: positive(x) }, f: ({ x }) => tf.rsqrt(x!) },
  reciprocal: { parameters: { x: positive(x) }, f: ({ x }) => tf.reciprocal(x!) },
  tanh: { parameters: { x }, f: ({ x }) => tf.tanh(x!) },
  sigmoid: { parameters: { x }, f: ({ x }) => tf.sigmoid(x!) },
  softplus: { parameters: { x }, f: ({ x }) => tf.softplus(x!) },
  relu: { parameters: { x }, f: ({ x }) => tf.relu(x!) },
  leakyRelu: { parameters: { x }, f: ({ x }) => tf.leakyRelu(x!, 0.2) },
  abs: { parameters: { x }, f: ({ x }) => tf.abs(x!) },
  erf: { parameters: { x }, f: ({ x }) => tf.erf(x!) },
  sin: { parameters: { x }, f: ({ x }) => tf.sin(x!) },
  cos: { parameters: { x }, f: ({ x }) => tf.cos(x!) },
  clipByValue: { parameters: { x }, f: ({ x }) => tf.clipByValue(x!, -0.61, 0.33) },
  gelu: { parameters: { x }, f: ({ x }) => ops.gelu(x!) },
  add: { parameters: { a: x, b: values([4], 2) }, f: ({ a, b }) => tf.add(a!, b!) },
  sub: { parameters: { a: values([4], 2), b: x }, f: ({ a, b }) => tf.sub(a!, b!) },
  mul: { parameters: { a: values([3, 1], 2), b: x }, f: ({ a, b }) => tf.mul(a!, b!) },
  div: { parameters: { a: x, b: positive(values([1, 4], 2)) }, f: ({ a, b }) => tf.div(a!, b!) },
  pow: { parameters: { a: positive(x), b: values([4], 2) }, f: ({ a, b }) => tf.pow(a!, b!) },
  maximum: { parameters: { a: x, b: values([4], 2) }, f: ({ a, b }) => tf.maximum(a!, b!) },
  minimum: { parameters: { a: x, b: values([4], 2) }, f: ({ a, b }) => tf.minimum(a!, b!) },
  squaredDifference: {
    parameters: { a: x, b: values([4], 2) },
    f: ({ a, b }) => tf.squaredDifference(a!, b!),
  },
  where: {
    parameters: { a: x, b: values([3, 4], 2) },
    f: ({ a, b }) => tf.where(tf.greater(a!, 0), tf.square(a!), tf.mul(b!, 3)),
  },
  reshape: { parameters: { x }, f: ({ x }) => tf.reshape(x!, [2, 6]) },
  expandDims: { parameters: { x }, f: ({ x }) => tf.expandDims(x!, 1) },
  transpose: { parameters: { x: values([2, 3, 4]) }, f: ({ x }) => tf.transpose(x!, [2, 0, 1]) },
  concat: { parameters: { a: x, b: values([3, 2], 2) }, f: ({ a, b }) => tf.concat([a!, b!, a!], 1) },
  stack: { parameters: { a: x, b: values([3, 4], 2) }, f: ({ a, b }) => tf.stack([a!, b!], 1) },
  unstack: { parameters: { x }, f: ({ x }) => tf.mul(tf.unstack(x!)[0]!, tf.unstack(x!)[2]!) },
  split: {
    parameters: { x },
    f: ({ x }) => tf.mul(tf.split(x!, [1, 1, 2], 1)[0]!, tf.split(x!, [1, 1, 2], 1)[2]!),
  },
  slice: { parameters: { x }, f: ({ x }) => tf.slice(x!, [1, 0], [2, 3]) },
  pad: {
    parameters: { x },
    f: ({ x }) =>
      tf.pad(
        x!,
        [
          [1, 0],
          [0, 2],
        ],
        0.5,
      ),
  },
  tile: { parameters: { x }, f: ({ x }) => tf.tile(x!, [2, 3]) },
  broadcastTo: { parameters: { x: values([3, 1]) }, f: ({ x }) => tf.broadcastTo(x!, [3, 5]) },
  sum: { parameters: { x: values([2, 3, 4]) }, f: ({ x }) => tf.sum(x!, [0, 2]) },
  mean: { parameters: { x: values([2, 3, 4]) }, f: ({ x }) => tf.mean(x!, 1, true) },
  gather: {
    parameters: { x },
    inputs: { ids: int32([2, 0, 2, 2, 1], [5]) },
    f: ({ x }, { ids }) => tf.gather(x!, ids as tf.Tensor1D),
  },
  gatherAxis1: {
    parameters: { x: values([2, 3, 4]) },
    inputs: { ids: int32([2, 0, 2, 2], [2, 2]) },
    f: ({ x }, { ids }) => tf.gather(x!, ids as tf.Tensor1D, 1),
  },
  embedding: {
    parameters: { x },
    inputs: { ids: int32([2, 1, 2, 1], [2, 2]) },
    f: ({ x }, { ids }) => ops.embedding(x!, ids!),
  },
  softmax: { parameters: { x }, f: ({ x }) => tf.softmax(x!) },
  logSoftmax: { parameters: { x }, f: ({ x }) => tf.logSoftmax(x!) },
  crossEntropy: {
    parameters: { x },
    inputs: { labels: int32([1, -100, 3], [3]) },
    f: ({ x }, { labels }) => ops.crossEntropy(x!, labels!),
  },
  smoothL1: {
    parameters: { a: x, b: values([3, 4], 9) },
    f: ({ a, b }) => ops.smoothL1(tf.mul(a!, 2), tf.mul(b!, 2)),
  },
  matMul: { parameters: { a: x, b: values([4, 2], 2) }, f: ({ a, b }) => tf.matMul(a!, b!) },
  matMulTransposed: {
    parameters: { a: values([4, 3]), b: values([2, 4], 2) },
    f: ({ a, b }) => tf.matMul(a!, b!, true, true),
  },
  matMulBatch: {
    parameters: { a: values([2, 3, 4]), b: values([2, 5, 4], 2) },
    f: ({ a, b }) => tf.matMul(a!, b!, false, true),
  },
  matMulBroadcast: {
    parameters: { a: values([2, 3, 4]), b: values([1, 4, 5], 2) },
    f: ({ a, b }) => tf.matMul(a!, b!),
  },
  matMulMatrixTimesBatch: {
    parameters: { a: values([5, 3]), b: values([2, 3, 4], 2) },
    f: ({ a, b }) => tf.matMul(a!, b as tf.Tensor2D),
  },
  linear: {
    parameters: { x: values([2, 3, 4]), weight: values([5, 4], 2), bias: values([5], 4) },
    f: ({ x, weight, bias }) => ops.linear(x!, weight!, bias!),
  },
  layerNorm: {
    parameters: { x: values([2, 3, 4]), weight: values([4], 2), bias: values([4], 4) },
    f: ({ x, weight, bias }) => ops.layerNorm(x!, weight!, bias!, 1e-5),
  },
  conv2dSame: {
    parameters: { x: image, w: values([3, 3, 3, 4], 2), b: values([4], 5) },
    f: ({ x, w, b }) => ops.conv2d(x!, w!, { bias: b! }),
  },
  conv2dStride2: {
    parameters: { x: image, w: values([3, 3, 3, 4], 2) },
    f: ({ x, w }) => ops.conv2d(x!, w!, { strides: 2, padding: 1 }),
  },
  conv2dStride2Same: {
    parameters: { x: image, w: values([4, 4, 3, 2], 2) },
    f: ({ x, w }) => ops.conv2d(x!, w!, { strides: 2 }),
  },
  conv2dValid: {
    parameters: { x: image, w: values([3, 2, 3, 4], 2) },
    f: ({ x, w }) => ops.conv2d(x!, w!, { padding: 'valid' }),
  },
  depthwiseConv2d: {
    parameters: { x: image },
    inputs: { w: values([3, 3, 3, 2], 4) },
    f: ({ x }, { w }) => tf.depthwiseConv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 'same'),
  },
  depthwiseConv2dStride2: {
    parameters: { x: image },
    inputs: { w: values([5, 5, 3, 1], 4) },
    f: ({ x }, { w }) => tf.depthwiseConv2d(x as tf.Tensor4D, w as tf.Tensor4D, 2, 'same'),
  },
  maxPool3: {
    // Farther apart than the differences are wide.
    parameters: {
      x: float32(
        Float32Array.from({ length: 288 }, (_, i) => ((i * 53) % 288) / 10),
        [2, 6, 8, 3],
      ),
    },
    f: ({ x }) => ops.maxPool3(x!),
  },
  conv2dPointwise: {
    parameters: { x: image, w: values([1, 1, 3, 4], 2) },
    f: ({ x, w }) => ops.conv2d(x!, w!),
  },
  avgPool: { parameters: { x: image }, f: ({ x }) => tf.avgPool(x as tf.Tensor4D, 2, 2, 'valid') },
  resizeUp: { parameters: { x: image }, f: ({ x }) => ops.resizeBilinear(x!, [12, 16]) },
  resizeDown: { parameters: { x: image }, f: ({ x }) => ops.resizeBilinear(x!, [4, 5]) },
  pixelShuffle: { parameters: { x: values([1, 2, 3, 8]) }, f: ({ x }) => ops.pixelShuffle(x!, 2) },
};

describe('gradients against finite differences', () => {
  for (const [name, { parameters, inputs = {}, f }] of Object.entries(cases)) {
    it(name, async () => {
      // A weighted sum, so that every output element has a gradient of its own.
      const loss = (p: Tensors, i: Tensors) => {
        const y = f(p, i);
        const weights = values(y.shape, 77).data as Float32Array;
        return tf.sum(tf.mul(y, tf.tensor(weights, y.shape))) as tf.Scalar;
      };
      const spec = (tensors: HostTensors) =>
        Object.fromEntries(Object.entries(tensors).map(([key, { dtype, shape }]) => [key, { dtype, shape }]));
      const pick = (all: Tensors, keys: HostTensors) =>
        Object.fromEntries(Object.keys(keys).map((key) => [key, all[key]!]));
      const compiled = await engine.compile({
        name,
        weights: {},
        inputs: spec({ ...parameters, ...inputs }),
        fn: (_, all) => {
          const { loss: value, gradients } = valueAndGradients(pick(all, parameters), (p) => ({
            loss: loss(p, pick(all, inputs)),
          }));
          return {
            loss: value,
            ...Object.fromEntries(Object.entries(gradients).map(([k, g]) => [`d${k}`, g])),
          };
        },
      });
      const at = async (p: HostTensors) => compiled.run({ ...p, ...inputs });
      const exact = await at(parameters);
      const epsilon = 2e-3;
      for (const [key, tensor] of Object.entries(parameters)) {
        const gradient = exact[`d${key}`]!;
        expect(gradient.shape, `shape of d${key}`).toEqual(tensor.shape);
        expect(gradient.dtype).toBe('float32');
        // Every 5th element is enough where there are many.
        const stride = tensor.data.length > 60 ? 5 : 1;
        for (let i = 0; i < tensor.data.length; i += stride) {
          const moved = async (by: number) => {
            const data = Float32Array.from(tensor.data as Float32Array);
            data[i]! += by;
            return Number((await at({ ...parameters, [key]: float32(data, tensor.shape) })).loss!.data[0]);
          };
          const slope = ((await moved(epsilon)) - (await moved(-epsilon))) / (2 * epsilon);
          // float32 rounding of a sum of ~100 terms, divided by 2e-3, leaves about 1e-3 to 1e-2.
          expect(
            Math.abs(Number(gradient.data[i]) - slope),
            `d${key}[${i}]: ${gradient.data[i]} against ${slope}`,
          ).toBeLessThan(0.01 + 0.02 * Math.abs(slope));
        }
      }
      await compiled.release();
    });
  }
});
