/**
 * What the models are built from, beside plain tfjs ops. Layer normalisation, GELU and linear layers are kernels
 * of their own where the backend has them (the compiler maps each to one ONNX operator), else composed.
 */
import * as tf from '@tensorflow/tfjs-core';

function runKernel<T>(
  name: string,
  inputs: Record<string, tf.Tensor>,
  attributes: Record<string, unknown> = {},
): T {
  return tf.engine().runKernel(name, inputs as never, attributes as never) as T;
}

const native = (kernel: string) => tf.getKernel(kernel, tf.getBackend()) !== undefined;

/** x [..., in] · weight [out, in]ᵀ + bias [out] → [..., out] */
export function linear(x: tf.Tensor, weight: tf.Tensor, bias?: tf.Tensor): tf.Tensor {
  const [out, features] = weight.shape as [number, number];
  if (x.shape.at(-1) !== features) {
    throw new Error(`linear: x [${x.shape}] does not fit weight [${weight.shape}]`);
  }
  if (native('Linear')) return runKernel<tf.Tensor>('Linear', bias ? { x, weight, bias } : { x, weight });
  const flat = tf.reshape(x, [-1, features]);
  const product = tf.reshape(tf.matMul(flat, weight as tf.Tensor2D, false, true), [
    ...x.shape.slice(0, -1),
    out,
  ]);
  return bias ? tf.add(product, bias) : product;
}

/** Normalises the last axis of x [..., D], then weight [D] and bias [D]. Biased variance. */
export function layerNorm(x: tf.Tensor, weight: tf.Tensor, bias: tf.Tensor, epsilon: number): tf.Tensor {
  if (native('LayerNormalization')) {
    return runKernel<tf.Tensor[]>('LayerNormalization', { x, scale: weight, offset: bias }, { epsilon })[0]!;
  }
  const mean = tf.mean(x, -1, true);
  const centred = tf.sub(x, mean);
  const variance = tf.mean(tf.square(centred), -1, true);
  return tf.add(tf.mul(tf.mul(centred, tf.rsqrt(tf.add(variance, epsilon))), weight), bias);
}

/** x · Φ(x), the exact (erf) form. */
export function gelu(x: tf.Tensor): tf.Tensor {
  if (native('Gelu')) return runKernel<tf.Tensor>('Gelu', { x });
  return tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1));
}

/** The same values, off the gradient tape. */
export function stopGradient<T extends tf.Tensor>(x: T): T {
  tf.engine().backend.incRef(x.dataId);
  return tf.engine().makeTensorFromTensorInfo(x) as T;
}

/** For each feature [N, F] the row of `table` [K, F] that is nearest to it. int32 [N] */
export function nearestRow(table: tf.Tensor, features: tf.Tensor): tf.Tensor {
  // |x - c|² is smallest where x·c - |c|²/2 is largest.
  const halfNorms = tf.mul(tf.sum(tf.square(table), -1), tf.scalar(0.5)); // [K]
  const products = tf.matMul(features as tf.Tensor2D, table as tf.Tensor2D, false, true); // [N, K]
  return tf.cast(tf.argMax(tf.sub(products, tf.reshape(halfNorms, [1, -1])), -1), 'int32');
}

/**
 * weight [V, D], ids int32 [...] → [..., D].
 * The row `paddingIndex` gets no gradient, as with PyTorch's `padding_idx`.
 */
export function embedding(weight: tf.Tensor, ids: tf.Tensor, paddingIndex?: number): tf.Tensor {
  const rows = tf.gather(weight, ids as tf.Tensor1D);
  if (paddingIndex === undefined) return rows;
  const counts = tf.expandDims(tf.notEqual(ids, tf.scalar(paddingIndex, 'int32')), -1);
  const kept = tf.cast(counts, 'float32');
  return tf.add(tf.mul(rows, kept), tf.mul(stopGradient(rows), tf.sub(1, kept)));
}

export interface ConvOptions {
  strides?: number;
  /** A number is the padding on every side, in pixels. */
  padding?: 'same' | 'valid' | number;
  bias?: tf.Tensor;
}

/** x [B, H, W, I], filter [kh, kw, I, O] → [B, H', W', O] */
export function conv2d(x: tf.Tensor, filter: tf.Tensor, options: ConvOptions = {}): tf.Tensor4D {
  const { strides = 1, padding = 'same', bias } = options;
  // tfjs insists on a rounding mode for numbers, and on none for names.
  const rounding = typeof padding === 'number' ? 'floor' : undefined;
  const y = tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, strides, padding, 'NHWC', 1, rounding);
  return bias ? tf.add(y, bias) : y;
}

/**
 * x [B, H, W, I], filter [kh, kw, I / groups, O] → [B, H', W', O]: output channels in as many groups as input
 * channels, each of which sees its own group alone (Xie et al. 2017). tfjs has no such kernel: where the backend
 * has none of ours, it is a convolution per group. The compiler's has no gradient.
 */
export function groupedConv2d(
  x: tf.Tensor,
  filter: tf.Tensor,
  groups: number,
  options: ConvOptions = {},
): tf.Tensor4D {
  const { strides = 1, padding = 'same', bias } = options;
  const [, , within, out] = filter.shape as [number, number, number, number];
  if (x.shape.at(-1) !== within * groups || out % groups !== 0) {
    throw new Error(
      `groupedConv2d: x [${x.shape}] does not fit filter [${filter.shape}] in ${groups} groups`,
    );
  }
  if (native('GroupedConv2D')) {
    return runKernel<tf.Tensor4D>('GroupedConv2D', bias ? { x, filter, bias } : { x, filter }, {
      strides,
      pad: padding,
      groups,
    });
  }
  const filters = tf.split(filter, groups, 3);
  const parts = tf.split(x, groups, 3).map((part, i) => conv2d(part, filters[i]!, { strides, padding }));
  const y = parts.length === 1 ? parts[0]! : tf.concat(parts, 3);
  return bias ? tf.add(y, bias) : (y as tf.Tensor4D);
}

/**
 * The greatest of 3 × 3 places around every second one, as ResNet's stem pools: x [B, H, W, C] of numbers that are not
 * negative, with even sides → [B, H/2, W/2, C]. In maxima of two, which have a gradient where windows overlap.
 */
export function maxPool3(x: tf.Tensor): tf.Tensor4D {
  const [B, H, W, C] = x.shape as [number, number, number, number];
  if (H % 2 !== 0 || W % 2 !== 0) throw new Error(`maxPool3: x [${x.shape}] has an odd side`);
  const rows = greatestOf3(tf.reshape(x, [B, H / 2, 2, W * C]), W * C);
  const columns = greatestOf3(tf.reshape(rows, [(B * H) / 2, W / 2, 2, C]), C);
  return tf.reshape(columns, [B, H / 2, W / 2, C]);
}

/** The greatest of each pair and the second of the pair before it: x [N, n, 2, C] → [N, n, C]. */
function greatestOf3(x: tf.Tensor, C: number): tf.Tensor {
  const [even, odd] = tf.unstack(x, 2) as [tf.Tensor3D, tf.Tensor3D];
  const [N, n] = even.shape;
  // Before the first pair there is nothing, which 0 stands for.
  const before = tf.slice(
    tf.pad(odd, [
      [0, 0],
      [1, 0],
      [0, 0],
    ]),
    [0, 0, 0],
    [N, n, C],
  );
  return tf.maximum(tf.maximum(before, even), odd);
}

/** x [B, H, W, C] → [B, h, w, C]; half-pixel centres, no antialiasing: torch's align_corners=False. */
export function resizeBilinear(x: tf.Tensor, size: [number, number]): tf.Tensor4D {
  return tf.image.resizeBilinear(x as tf.Tensor4D, size, false, true);
}

/** x [B, H, W, C·r·r] → [B, H·r, W·r, C]; channel c·r² + i·r + j goes to row i, column j. */
export function pixelShuffle(x: tf.Tensor, r: number): tf.Tensor4D {
  const [B, H, W, channels] = x.shape as [number, number, number, number];
  const C = channels / (r * r);
  const split = tf.reshape(x, [B, H, W, C, r, r]);
  return tf.reshape(tf.transpose(split, [0, 1, 4, 2, 5, 3]), [B, H * r, W * r, C]);
}

export interface CrossEntropyOptions {
  /** Labels with this value do not count (PyTorch's -100). */
  ignoreIndex?: number;
  /** A weight per label [...]; the mean is then a weighted one. */
  weights?: tf.Tensor | undefined;
  /** What the losses' sum is divided by, in place of how many labels count: those of a batch that this is a part of. */
  total?: tf.Tensor | undefined;
}

/** logits [..., C], labels int32 [...] → scalar: the mean over the labels that count, 0 when none does. */
export function crossEntropy(
  logits: tf.Tensor,
  labels: tf.Tensor,
  { ignoreIndex = -100, weights, total: ofBatch }: CrossEntropyOptions = {},
): tf.Scalar {
  const classes = logits.shape.at(-1)!;
  const counted = tf.cast(tf.notEqual(labels, tf.scalar(ignoreIndex, 'int32')), 'float32');
  const weight = weights ? tf.mul(counted, weights) : counted;
  // An ignored label is negative, so its one-hot row is all zero.
  const target =
    classes > 1
      ? tf.oneHot(labels as tf.Tensor1D, classes, 1, 0, 'float32')
      : // tf.oneHot wants two classes at least.
        tf.cast(tf.equal(tf.expandDims(labels, -1), tf.scalar(0, 'int32')), 'float32');
  const losses = tf.neg(tf.sum(tf.mul(tf.logSoftmax(logits), target), -1));
  const total = ofBatch ?? tf.sum(weight);
  // Nothing counted: 0 / 1 instead of 0 / 0.
  const divisor = tf.where(tf.greater(total, 0), total, tf.onesLike(total));
  return tf.div(tf.sum(tf.mul(losses, weight)), divisor) as tf.Scalar;
}

/** The Huber loss with delta 1 of each element. */
export function huber(x: tf.Tensor, y: tf.Tensor): tf.Tensor {
  const distance = tf.abs(tf.sub(x, y));
  const clipped = tf.minimum(distance, 1);
  // ½c² + (d - c): quadratic up to 1, linear beyond, with the right slope on both sides.
  return tf.add(tf.mul(tf.square(clipped), 0.5), tf.sub(distance, clipped));
}

/** Mean of the Huber loss over all elements. */
export function smoothL1(x: tf.Tensor, y: tf.Tensor): tf.Scalar {
  return tf.mean(huber(x, y)) as tf.Scalar;
}
