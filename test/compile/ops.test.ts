import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { compile } from '../../src/compile/compile.ts';
import { TraceError } from '../../src/compile/trace.ts';
import type { Tensors } from '../../src/engines/engine.ts';
import { createOnnxRuntimeEngine } from '../../src/engines/onnxruntime.ts';
import { filterFromTorch, imageFromTorch } from '../../src/models/layout.ts';
import * as ops from '../../src/models/ops.ts';
import { bool, float32, type HostTensor, type HostTensors, int32, sizeOf } from '../../src/tensor.ts';
import { evaluate, expectClose, golden } from '../fixtures/golden.ts';

const FIXTURES = join(import.meta.dirname, '../fixtures');
const engine = createOnnxRuntimeEngine({ threads: 1 });

function values(shape: number[], seed = 1): HostTensor {
  let state = seed * 2654435761;
  const data = Float32Array.from({ length: sizeOf(shape) }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state / 2 ** 32) * 4 - 2;
  });
  return float32(data, shape);
}

/** tfjs's own cpu backend: safe for values, though not for every gradient. */
function withTfjs(
  f: (inputs: Tensors) => tf.Tensor,
  inputs: HostTensors,
): { data: number[]; shape: number[]; dtype: string } {
  tf.setBackend('cpu');
  return tf.tidy(() => {
    const tensors = Object.fromEntries(
      Object.entries(inputs).map(([name, { data, shape, dtype }]) => [
        name,
        tf.tensor(data, [...shape], dtype),
      ]),
    );
    const y = f(tensors);
    return { data: Array.from(y.dataSync()), shape: y.shape, dtype: y.dtype };
  });
}

const spec = (tensors: HostTensors) =>
  Object.fromEntries(Object.entries(tensors).map(([name, { dtype, shape }]) => [name, { dtype, shape }]));

const x = values([3, 4]);
const b = values([4], 2);
const image = values([2, 6, 8, 3], 3);
const ids = int32([2, 0, -1, 1], [4]);

type Case = [f: (t: Tensors) => tf.Tensor, inputs: HostTensors];
const unary = (f: (t: tf.Tensor) => tf.Tensor, input = x): Case => [({ x }) => f(x!), { x: input }];
const binary = (f: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor): Case => [({ x, b }) => f(x!, b!), { x, b }];
const positive = float32(
  (x.data as Float32Array).map((v) => Math.abs(v) + 0.1),
  [3, 4],
);

const cases: Record<string, Case> = {
  neg: unary(tf.neg),
  sqrt: unary(tf.sqrt, positive),
  rsqrt: unary(tf.rsqrt, positive),
  log: unary(tf.log, positive),
  exp: unary(tf.exp),
  tanh: unary(tf.tanh),
  sigmoid: unary(tf.sigmoid),
  relu: unary(tf.relu),
  leakyRelu: unary((t) => tf.leakyRelu(t, 0.3)),
  relu6: unary(tf.relu6, values([3, 4, 5], 9)),
  elu: unary(tf.elu),
  selu: unary(tf.selu),
  prelu: binary(tf.prelu),
  batchNorm: [
    ({ x, b }) => tf.batchNorm(x!, b!, tf.square(b!), tf.mul(b!, 2), tf.add(b!, 1), 1e-3),
    { x: image, b: values([3], 6) },
  ],
  batchNormAlone: [({ x, b }) => tf.batchNorm(x!, b!, tf.square(b!)), { x: image, b: values([3], 6) }],
  fusedConv2d: [
    ({ x, w, b }) =>
      tf.fused.conv2d({
        ...{ x: x as tf.Tensor4D, filter: w as tf.Tensor4D, bias: b!, strides: 2, pad: 'same' },
        activation: 'relu6',
      }),
    { x: image, w: values([3, 3, 3, 4], 4), b },
  ],
  fusedConv2dPrelu: [
    ({ x, w, b }) =>
      tf.fused.conv2d({
        ...{ x: x as tf.Tensor4D, filter: w as tf.Tensor4D, strides: 1, pad: 'valid' },
        ...{ activation: 'prelu', preluActivationWeights: b! },
      }),
    { x: image, w: values([1, 1, 3, 4], 4), b },
  ],
  fusedDepthwiseConv2d: [
    ({ x, w, b }) =>
      tf.fused.depthwiseConv2d({
        ...{ x: x as tf.Tensor4D, filter: w as tf.Tensor4D, bias: b!, strides: 1, pad: 'same' },
        ...{ activation: 'leakyrelu', leakyreluAlpha: 0.1 },
      }),
    { x: image, w: values([3, 3, 3, 2], 4), b: values([6], 5) },
  ],
  fusedMatMul: [
    ({ x, b }) =>
      tf.fused.matMul({
        ...{ a: x as tf.Tensor2D, b: x as tf.Tensor2D, transposeB: true, bias: tf.slice(b!, [0], [3]) },
        activation: 'sigmoid',
      }),
    { x, b },
  ],
  erf: unary(tf.erf),
  abs: unary(tf.abs),
  sign: unary(tf.sign),
  floor: unary(tf.floor),
  ceil: unary(tf.ceil),
  softplus: unary(tf.softplus),
  square: unary(tf.square),
  clip: unary((t) => tf.clipByValue(t, -0.5, 0.7)),
  castToInt: unary((t) => tf.cast(t, 'int32')),
  castToBool: unary((t) => tf.cast(t, 'bool')),
  add: binary(tf.add),
  sub: binary(tf.sub),
  mul: binary(tf.mul),
  div: binary(tf.div),
  maximum: binary(tf.maximum),
  minimum: binary(tf.minimum),
  squaredDifference: binary(tf.squaredDifference),
  pow: [({ x, b }) => tf.pow(x!, b!), { x: positive, b }],
  greater: binary(tf.greater),
  greaterEqual: binary(tf.greaterEqual),
  less: binary(tf.less),
  lessEqual: binary(tf.lessEqual),
  equal: binary((p, q) => tf.equal(tf.round(p), tf.round(q))),
  notEqual: binary((p, q) => tf.notEqual(tf.round(p), tf.round(q))),
  logicalAnd: binary((p, q) => tf.logicalAnd(tf.greater(p, 0), tf.greater(q, 0))),
  logicalOr: binary((p, q) => tf.logicalOr(tf.greater(p, 0), tf.greater(q, 0))),
  logicalNot: unary((t) => tf.logicalNot(tf.greater(t, 0))),
  whereBroadcast: binary((p, q) => tf.where(tf.greater(p, 0), p, tf.broadcastTo(q, p.shape))),
  whereConstant: unary((t) => tf.where(tf.greater(t, 0), t, tf.zerosLike(t))),
  foldedConstants: unary((t) => tf.add(t, tf.mul(tf.ones([4]), tf.add(tf.scalar(2), 1)))),
  timesZero: unary((t) => tf.add(tf.mul(t, 0), 1)),
  constantOutput: unary((t) => tf.fill(t.shape as [number, number], 3)),
  reshape: unary((t) => tf.reshape(t, [2, -1])),
  transpose: unary((t) => tf.transpose(t)),
  concat: binary((p, q) => tf.concat([p, tf.expandDims(q, 0)], 0)),
  stack: unary((t) => tf.stack([t, tf.neg(t)], -1)),
  unstack: unary((t) => tf.unstack(t, 1)[2]!),
  split: unary((t) => tf.split(t, 2, 1)[1]!),
  slice: unary((t) => tf.slice(t, [1, 1], [2, 2])),
  stridedSlice: unary((t) => tf.stridedSlice(t, [0, 1], [3, 4], [2, 2])),
  reverse: unary((t) => tf.reverse(t, 1)),
  pad: unary((t) =>
    tf.pad(
      t,
      [
        [1, 2],
        [0, 1],
      ],
      -1,
    ),
  ),
  tile: unary((t) => tf.tile(t, [2, 3])),
  broadcastTo: [({ b }) => tf.broadcastTo(b!, [3, 4]), { b }],
  sum: unary((t) => tf.sum(t, 0)),
  sumAll: unary((t) => tf.sum(t)),
  mean: unary((t) => tf.mean(t, 1, true)),
  max: unary((t) => tf.max(t, 1)),
  min: unary((t) => tf.min(t, 0)),
  prod: unary((t) => tf.prod(t, 1)),
  any: unary((t) => tf.any(tf.greater(t, 1), 1)),
  all: unary((t) => tf.all(tf.greater(t, -1), 1)),
  argMax: unary((t) => tf.argMax(t, 1)),
  argMin: unary((t) => tf.argMin(t, 0)),
  cumsum: unary((t) => tf.cumsum(t, 1, true, true)),
  topk: unary((t) => tf.topk(t, 2).indices),
  softmax: unary((t) => tf.softmax(t)),
  logSoftmax: unary((t) => tf.logSoftmax(t)),
  gather: [({ x, i }) => tf.gather(x!, i as tf.Tensor1D, 1), { x, i: int32([3, 0, 3], [3]) }],
  oneHot: [({ i }) => tf.oneHot(i as tf.Tensor1D, 3), { i: ids }],
  segmentSum: [
    ({ x, i }) => tf.unsortedSegmentSum(x!, i as tf.Tensor1D, 4),
    { x, i: int32([1, -1, 1], [3]) },
  ],
  selectBool: [
    ({ c, x }) => tf.where(c as tf.Tensor, x!, tf.neg(x!)),
    {
      c: bool(
        Uint8Array.from({ length: 12 }, (_, i) => i % 2),
        [3, 4],
      ),
      x,
    },
  ],
  matMul: [({ x, w }) => tf.matMul(x!, w!), { x, w: values([4, 2], 5) }],
  matMulTransposed: [({ x, w }) => tf.matMul(x!, w!, false, true), { x, w: values([2, 4], 5) }],
  matMulBatch: [
    ({ x, w }) => tf.matMul(x!, w!, true, true),
    { x: values([2, 4, 3]), w: values([2, 5, 4], 5) },
  ],
  conv2d: [
    ({ x, w }) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 'same'),
    { x: image, w: values([3, 3, 3, 4], 5) },
  ],
  conv2dStride: [
    ({ x, w }) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 2, 'same'),
    { x: image, w: values([3, 3, 3, 4], 5) },
  ],
  conv2dValid: [
    ({ x, w }) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 'valid'),
    { x: image, w: values([2, 3, 3, 4], 5) },
  ],
  avgPool: [({ x }) => tf.avgPool(x as tf.Tensor4D, 2, 2, 'valid'), { x: image }],
  groupedConv2d: [
    ({ x, w, b }) => ops.groupedConv2d(x!, w!, 3, { padding: 1, bias: b! }),
    { x: image, w: values([3, 3, 1, 6], 5), b: values([6], 6) },
  ],
  groupedConv2dStride: [
    ({ x, w }) => ops.groupedConv2d(x!, w!, 2, { strides: 2 }),
    { x: values([2, 5, 6, 4], 3), w: values([3, 3, 2, 6], 5) },
  ],
  groupedConv2dOneGroup: [
    ({ x, w }) => ops.groupedConv2d(x!, w!, 1, { strides: 2, padding: 0 }),
    { x: image, w: values([1, 1, 3, 4], 5) },
  ],
  maxPool: [({ x }) => tf.maxPool(x as tf.Tensor4D, 2, 2, 'valid'), { x: image }],
  resizeUp: [({ x }) => ops.resizeBilinear(x!, [12, 16]), { x: image }],
  resizeOdd: [({ x }) => ops.resizeBilinear(x!, [5, 7]), { x: image }],
  pixelShuffle: [({ x }) => ops.pixelShuffle(x!, 2), { x: values([1, 2, 3, 8]) }],
  // Composite kernels here, composed of plain ops there.
  linear: [
    ({ x, w, b }) => ops.linear(x!, w!, b!),
    { x: values([2, 3, 4]), w: values([5, 4], 2), b: values([5], 3) },
  ],
  layerNorm: [
    ({ x, w, b }) => ops.layerNorm(x!, w!, b!, 1e-12),
    { x: values([2, 3, 4]), w: values([4], 2), b: values([4], 3) },
  ],
  gelu: unary(ops.gelu),
  crossEntropy: [({ x, i }) => ops.crossEntropy(x!, i!), { x, i: int32([1, -100, 3], [3]) }],
  crossEntropyOfNothing: [({ x, i }) => ops.crossEntropy(x!, i!), { x, i: int32([-100, -100, -100], [3]) }],
};

describe('every lowering against tfjs: value, shape and type', () => {
  for (const [name, [f, inputs]] of Object.entries(cases)) {
    it(name, async () => {
      const expected = withTfjs(f, inputs);
      const compiled = await engine.compile({
        name,
        weights: {},
        inputs: spec(inputs),
        fn: (_, tensors) => ({ y: f(tensors) }),
      });
      const { y } = await compiled.run(inputs);
      expect(y!.shape).toEqual(expected.shape);
      expect(y!.dtype).toBe(expected.dtype);
      for (const [i, value] of expected.data.entries()) {
        expect(Math.abs(Number(y!.data[i]) - value), `element ${i}`).toBeLessThan(
          1e-4 + 1e-5 * Math.abs(value),
        );
      }
      await compiled.release();
    });
  }
});

describe('grouped convolution as PyTorch has it', () => {
  const file = 'grouped-convolution.safetensors';
  const { tensors } = golden('detector-tiny');
  const cases = JSON.parse(readFileSync(join(FIXTURES, 'detector-tiny/cases.json'), 'utf8')) as {
    grouped_convolution: { name: string; groups: number; strides: number; padding: number }[];
  };
  it.each(cases.grouped_convolution)('$name', async ({ name, groups, ...options }) => {
    const { x, filter, bias, y } = Object.fromEntries(
      ['x', 'filter', 'bias', 'y'].map((part) => [part, tensors(file)[`${name}.${part}`]!]),
    );
    const inputs = {
      x: imageFromTorch(x!),
      filter: filterFromTorch(filter!),
      ...(bias && { bias }),
    };
    const result = await evaluate(
      (_, t) => ({
        y: ops.groupedConv2d(t.x!, t.filter!, groups, { ...options, ...(t.bias && { bias: t.bias }) }),
      }),
      {},
      inputs,
    );
    expectClose(result.y, imageFromTorch(y!), { abs: 1e-5, rel: 1e-5 }, name);
  });
  it('is one node of the graph, and no other backend needs a kernel for it', () => {
    const { graph } = compile('grouped', ({ x, w }) => ({ y: ops.groupedConv2d(x!, w!, 2) }), {
      x: { dtype: 'float32', shape: ['N', 5, 5, 4] },
      w: { dtype: 'float32', shape: [3, 3, 2, 6] },
    });
    expect(graph.nodes.map(({ op }) => op).filter((op) => op !== 'Transpose')).toEqual(['Conv']);
    expect(() =>
      compile('f', ({ x, w }) => ({ y: ops.groupedConv2d(x!, w!, 3) }), {
        x: { dtype: 'float32', shape: ['N', 5, 5, 4] },
        w: { dtype: 'float32', shape: [3, 3, 2, 6] },
      }),
    ).toThrow(/does not fit filter \[3,3,2,6\] in 3 groups/);
  });
});

describe('symbolic sizes', () => {
  it('one session serves any batch, with sizes that need computing', async () => {
    const compiled = await engine.compile({
      name: 'symbolic',
      weights: { w: values([2, 4], 8) },
      inputs: { x: { dtype: 'float32', shape: ['N', 3, 4] }, ids: { dtype: 'int32', shape: ['M'] } },
      fn: ({ w }, { x, ids }) => {
        const y = ops.linear(x!, w!);
        const rows = tf.gather(tf.reshape(y, [-1, 2]), ids as tf.Tensor1D);
        return { y, rows, ones: tf.ones([2, x!.shape[0]!, 1]), doubled: tf.tile(x!, [1, 2, 1]) };
      },
    });
    for (const [N, M] of [
      [1, 2],
      [5, 1],
      [7, 9],
    ] as const) {
      const result = await compiled.run({ x: values([N, 3, 4]), ids: int32(new Int32Array(M).fill(2), [M]) });
      expect(result.y!.shape).toEqual([N, 3, 2]);
      expect(result.rows!.shape).toEqual([M, 2]);
      expect(result.ones!.shape).toEqual([2, N, 1]);
      expect(Array.from(result.ones!.data)).toEqual(new Array(2 * N).fill(1));
      expect(result.doubled!.shape).toEqual([N, 6, 4]);
      expect(Array.from(result.rows!.data.slice(0, 2))).toEqual(Array.from(result.y!.data.slice(4, 6)));
    }
    await compiled.release();
  });

  it('two symbols multiply where axes are joined', async () => {
    const compiled = await engine.compile({
      name: 'joined',
      weights: { w: values([2, 4], 8) },
      inputs: { x: { dtype: 'float32', shape: ['N', 'T', 4] } },
      fn: ({ w }, { x }) => {
        const [N, T] = x!.shape as [number, number, number];
        const flat = tf.reshape(x!, [N * T, 4]);
        return {
          y: ops.linear(x!, w!),
          flat,
          ones: tf.ones([N * T * 3]),
          turned: tf.transpose(x!, [0, 2, 1]),
        };
      },
    });
    for (const [N, T] of [
      [1, 3],
      [4, 2],
    ] as const) {
      const x = values([N, T, 4]);
      const result = await compiled.run({ x });
      expect(result.y!.shape).toEqual([N, T, 2]);
      expect(result.flat!.shape).toEqual([N * T, 4]);
      expect(result.flat!.data).toEqual(x.data);
      expect(Array.from(result.ones!.data)).toEqual(new Array(3 * N * T).fill(1));
      expect(result.turned!.shape).toEqual([N, 4, T]);
    }
    await compiled.release();
  });

  it('names the input that does not fit', async () => {
    const compiled = await engine.compile({
      name: 'fit',
      weights: {},
      inputs: { a: { dtype: 'float32', shape: ['N', 2] }, b: { dtype: 'float32', shape: ['N', 2] } },
      fn: (_, { a, b }) => ({ y: tf.add(a!, b!) }),
    });
    await expect(compiled.run({ a: values([3, 2]), b: values([4, 2]) })).rejects.toThrow(
      /input b: expected float32 \[N,2\], got float32 \[4,2\]/,
    );
    await expect(compiled.run({ a: values([3, 2]) })).rejects.toThrow(/input b is missing/);
    await compiled.release();
  });
});

describe('what cannot be traced is one clear error', () => {
  const traceOf = (f: (x: tf.Tensor) => tf.Tensor) => () =>
    compile('f', ({ x }) => ({ y: f(x!) }), { x: { dtype: 'float32', shape: ['N', 4] } });

  it('names every kernel without a lowering', () => {
    expect(traceOf((t) => tf.acosh(tf.atan(tf.mul(t, 2))))).toThrow(/no ONNX lowering for: Acosh, Atan/);
  });
  it('data that is read', () => {
    expect(traceOf((t) => tf.mul(t, t.dataSync()[0]!))).toThrow(/tensor data is read while tracing/);
  });
  it('randomness', () => {
    expect(traceOf((t) => tf.add(t, tf.randomUniform([4])))).toThrow(/differs between two traces/);
  });
  it('a branch on a symbolic size', () => {
    expect(traceOf((t) => (t.shape[0]! > 215 ? tf.neg(t) : t))).toThrow(/two traces differ/);
  });
  it('errors are TraceErrors, and the next trace works', () => {
    expect(traceOf((t) => tf.atan(t))).toThrow(TraceError);
    expect(traceOf((t) => tf.neg(t))).not.toThrow();
  });
});
