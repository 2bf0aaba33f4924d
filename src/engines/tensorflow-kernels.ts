/**
 * Kernels that tfjs-node does not have, for its backend: the composites of src/models/ops.ts and their gradients,
 * so that a layer is one entry on the gradient tape and frees what it made on the way; and a gradient that it has
 * wrong (its ResizeBilinearGrad ignores half-pixel centres).
 */
import * as tf from '@tensorflow/tfjs-core';
import { interpolationMatrix } from '../compile/ops/resize.ts';
import type { TrainingPrecision } from './engine.ts';

type Inputs = Record<string, tf.Tensor>;
type Compute = (inputs: Inputs, attrs: never) => tf.Tensor | tf.Tensor[];

/** x [..., in] · weight [out, in]ᵀ + bias [out] → [..., out] */
function linear({ x, weight, bias }: Inputs): tf.Tensor {
  const [out, features] = weight!.shape as [number, number];
  const flat = tf.reshape(x!, [-1, features]) as tf.Tensor2D;
  const product = tf.matMul(flat, weight as tf.Tensor2D, false, true);
  return tf.reshape(bias ? tf.add(product, bias) : product, [...x!.shape.slice(0, -1), out]);
}

/** y [..., D], mean and inverse standard deviation [..., 1], which the gradient reads. */
function layerNormalization({ x, scale, offset }: Inputs, { epsilon }: { epsilon: number }): tf.Tensor[] {
  const mean = tf.mean(x!, -1, true);
  const centred = tf.sub(x!, mean);
  const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), epsilon));
  return [tf.add(tf.mul(tf.mul(centred, inverse), scale!), offset!), mean, inverse];
}

/** dx, dscale, doffset of layer normalisation over the last axis (Ba et al. 2016), or `only` one of them. */
function layerNormalizationGrad(
  { x, scale, mean, inverse, dy }: Inputs,
  { only }: { only?: number },
): tf.Tensor[] {
  const leading = x!.shape.slice(0, -1).map((_, i) => i);
  const normalised = () => tf.mul(tf.sub(x!, mean!), inverse!);
  const parts = [
    () => {
      const scaled = tf.mul(dy!, scale!);
      const y = normalised();
      const projection = tf.mul(y, tf.mean(tf.mul(scaled, y), -1, true));
      const centred = tf.sub(tf.sub(scaled, tf.mean(scaled, -1, true)), projection);
      return tf.mul(centred, inverse!);
    },
    () => tf.sum(tf.mul(dy!, normalised()), leading),
    () => tf.sum(dy!, leading),
  ];
  return (only === undefined ? parts : [parts[only]!]).map((part) => part());
}

const cumulative = (x: tf.Tensor) => tf.add(tf.mul(tf.erf(tf.mul(x, Math.SQRT1_2)), 0.5), 0.5);

/** x · Φ(x), the exact form (Hendrycks and Gimpel 2016). */
const gelu = ({ x }: Inputs): tf.Tensor => tf.mul(x!, cumulative(x!));

/** dy · (Φ(x) + x · φ(x)) */
function geluGrad({ x, dy }: Inputs): tf.Tensor {
  const density = tf.mul(tf.exp(tf.mul(tf.square(x!), -0.5)), 1 / Math.sqrt(2 * Math.PI));
  return tf.mul(dy!, tf.add(cumulative(x!), tf.mul(x!, density)));
}

/** Bilinear resizing is linear and separable: its gradient is two products with the transposed matrices. */
function resizeBilinearGrad(
  { images, dy }: Inputs,
  attrs: { alignCorners: boolean; halfPixelCenters: boolean },
): tf.Tensor {
  const [batch, height, width, channels] = images!.shape as [number, number, number, number];
  const [, outHeight, outWidth] = dy!.shape as [number, number, number, number];
  const matrix = (from: number, to: number) => tf.tensor2d(interpolationMatrix(from, to, attrs), [to, from]);
  // [H', H]ᵀ · [B, H', W'·C] → [B, H, W'·C], then the same for the columns.
  const rows = product(matrix(height, outHeight), tf.reshape(dy!, [batch, outHeight, outWidth * channels]));
  const columns = product(
    matrix(width, outWidth),
    tf.reshape(rows, [batch * height, outWidth, channels]), // [B·H, W', C]
  );
  return tf.reshape(columns, images!.shape);
}

/** matrix [K, M]ᵀ · x [B, K, N] → [B, M, N] */
function product(matrix: tf.Tensor2D, x: tf.Tensor): tf.Tensor {
  const [B] = x.shape as [number];
  const [K, M] = matrix.shape;
  const repeated = tf.broadcastTo(tf.reshape(matrix, [1, K, M]), [B, K, M]);
  return tf.matMul(repeated as tf.Tensor3D, x as tf.Tensor3D, true, false);
}

interface ConvAttrs {
  pad: 'valid' | 'same' | number;
  dimRoundingMode?: string;
  inputShape?: [number, number, number, number];
}

/**
 * tfjs-node's convolutions refuse a padding in pixels. The same by hand: the input padded, then nothing.
 * [B, H, W, C] → [B, H + 2p, W + 2p, C]
 */
const padded = (x: tf.Tensor, p: number) =>
  tf.pad(x, [
    [0, 0],
    [p, p],
    [p, p],
    [0, 0],
  ]);

const run = (name: string, inputs: Inputs, attrs: object): tf.Tensor =>
  tf.engine().runKernel(name, inputs as never, attrs as never) as unknown as tf.Tensor;

/** What each convolution kernel does for a padding of p pixels, in terms of itself without. */
const WITH_PIXELS: Record<string, (inputs: Inputs, attrs: ConvAttrs, p: number) => tf.Tensor> = {
  Conv2D: ({ x, filter }, attrs, p) => run('Conv2D', { x: padded(x!, p), filter: filter! }, attrs),
  Conv2DBackpropFilter: ({ x, dy }, attrs, p) =>
    run('Conv2DBackpropFilter', { x: padded(x!, p), dy: dy! }, attrs),
  Conv2DBackpropInput: (inputs, attrs, p) => {
    const [B, H, W, C] = attrs.inputShape!;
    const whole = run('Conv2DBackpropInput', inputs, { ...attrs, inputShape: [B, H + 2 * p, W + 2 * p, C] });
    return tf.slice(whole, [0, p, p, 0], [B, H, W, C]);
  },
};

let precision: TrainingPrecision = 'float32';

/** What `body` computes, with matrix products of that precision. */
export function withPrecision<T>(wanted: TrainingPrecision, body: () => T): T {
  const before = precision;
  precision = wanted;
  try {
    return body();
  } finally {
    precision = before;
  }
}

/** The parts of tfjs-node's backend that a product in a type which tfjs does not have takes. */
interface NodeBackend {
  readonly binding: {
    readonly TF_ATTR_TYPE: number;
    readonly TF_ATTR_BOOL: number;
    readonly TF_FLOAT: number;
    executeOp(name: string, attributes: object[], inputs: number[], outputs: number): { id: number }[];
    deleteTensor(id: number): void;
  };
  getInputTensorIds(tensors: tf.TensorInfo[]): number[];
  createOutputTensor(metadata: { id: number }): tf.Tensor;
}

/** TensorFlow's number of the type (tensorflow/core/framework/types.proto). */
const BFLOAT16 = 14;

/** a · b in bfloat16, which stays inside: tfjs knows no such tensors. */
function bf16Product(
  { a, b }: Inputs,
  { transposeA, transposeB }: { transposeA: boolean; transposeB: boolean },
): tf.Tensor {
  const backend = tf.backend() as unknown as NodeBackend;
  const { binding } = backend;
  const attribute = (name: string, type: number, value: number | boolean) => ({ name, type, value });
  const one = (name: string, attributes: object[], ids: number[]) =>
    binding.executeOp(name, attributes, ids, 1)[0]!;
  const cast = (id: number, from: number, to: number) =>
    one(
      'Cast',
      [
        attribute('SrcT', binding.TF_ATTR_TYPE, from),
        attribute('DstT', binding.TF_ATTR_TYPE, to),
        attribute('Truncate', binding.TF_ATTR_BOOL, false),
      ],
      [id],
    );
  const made: number[] = [];
  try {
    for (const id of backend.getInputTensorIds([a!, b!])) {
      made.push(cast(id, binding.TF_FLOAT, BFLOAT16).id);
    }
    const attributes = [
      attribute('T', binding.TF_ATTR_TYPE, BFLOAT16),
      attribute('adj_x', binding.TF_ATTR_BOOL, transposeA),
      attribute('adj_y', binding.TF_ATTR_BOOL, transposeB),
    ];
    const product = one('BatchMatMulV2', attributes, [...made]).id;
    made.push(product);
    return backend.createOutputTensor(cast(product, BFLOAT16, binding.TF_FLOAT));
  } finally {
    for (const id of made) binding.deleteTensor(id);
  }
}

/** tfjs-node's own, but where a product is to be bf16. */
function registerProducts(backendName: string): void {
  const { kernelFunc, ...config } = tf.getKernel('BatchMatMul', backendName)!;
  tf.unregisterKernel('BatchMatMul', backendName);
  tf.registerKernel({
    ...config,
    kernelFunc: (call) =>
      precision === 'bf16'
        ? bf16Product(call.inputs as unknown as Inputs, call.attrs as never)
        : kernelFunc(call),
  });
}

const KERNELS: Record<string, Compute> = {
  Linear: linear,
  LayerNormalization: layerNormalization,
  LayerNormalizationGrad: layerNormalizationGrad,
  Gelu: gelu,
  GeluGrad: geluGrad,
  ResizeBilinearGrad: resizeBilinearGrad,
};

export function registerTensorFlowKernels(backendName: string): void {
  registerProducts(backendName);
  for (const [kernelName, withPixels] of Object.entries(WITH_PIXELS)) {
    const { kernelFunc, ...config } = tf.getKernel(kernelName, backendName)!;
    tf.unregisterKernel(kernelName, backendName);
    tf.registerKernel({
      ...config,
      kernelFunc: (call) => {
        const attrs = call.attrs as unknown as ConvAttrs;
        if (typeof attrs.pad !== 'number') return kernelFunc(call);
        const { dimRoundingMode: _, ...rest } = attrs;
        return tf.tidy(() =>
          withPixels(call.inputs as unknown as Inputs, { ...rest, pad: 'valid' }, attrs.pad as number),
        );
      },
    });
  }
  for (const [kernelName, compute] of Object.entries(KERNELS)) {
    if (tf.getKernel(kernelName, backendName)) tf.unregisterKernel(kernelName, backendName);
    tf.registerKernel({
      kernelName,
      backendName,
      // What is made on the way is freed here: an enclosing scope may last a whole training step.
      kernelFunc: ({ inputs, attrs }) =>
        tf.tidy(() => compute(inputs as unknown as Inputs, attrs as unknown as never)),
    });
  }
}
