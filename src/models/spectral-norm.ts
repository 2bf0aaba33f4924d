/**
 * Spectral normalisation (Miyato et al. 2018) as `torch.nn.utils.spectral_norm` stores it: for a weight W
 * (`X.weight_orig`), seen as the matrix [out, rest], the vectors `X.weight_u` [out] and `X.weight_v` [rest].
 * sigma = u · (W v); the network uses W / sigma as `X.weight`.
 *
 * Networks here know only `X.weight`. Training maps the raw weights to those inside the step, so that the
 * gradient reaches `X.weight_orig`; inference folds them once on the host.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensors } from '../engines/engine.ts';
import { float32, type HostTensor, type HostTensors, sizeOf } from '../tensor.ts';
import { type NormalSource, normal, type PlannedWeight, type WeightPlan } from './initialise.ts';
import { filterToTorch } from './layout.ts';
import { stopGradient } from './ops.ts';

const RAW = '_orig';

/** Unit length, as F.normalize: zero stays zero. */
function unit(x: tf.Tensor): tf.Tensor {
  return tf.div(x, tf.maximum(tf.sqrt(tf.sum(tf.square(x))), tf.scalar(1e-12)));
}

/** [kh, kw, in, out] → the matrix [out, in·kh·kw] whose columns are in PyTorch's order, as v is. */
function matrixOf(filter: tf.Tensor): tf.Tensor2D {
  const out = filter.shape[3]!;
  return tf.reshape(tf.transpose(filter, [3, 2, 0, 1]), [out, -1]);
}

/**
 * Raw weights to weights that the networks take.
 *
 * @param powerIterations 0: with the stored vectors (evaluation mode). 1: after one power iteration, v first,
 *   then u (training mode); no gradient flows through the vectors.
 * @returns weights: every `X.weight_orig` replaced by `X.weight`, the vectors left out, the rest as it was;
 *   vectors: the u and v used, under their names
 */
export function spectrallyNormalised(
  raw: Tensors,
  powerIterations: 0 | 1,
): { weights: Tensors; vectors: Tensors } {
  const weights: Tensors = {};
  const vectors: Tensors = {};
  for (const [name, tensor] of Object.entries(raw)) {
    if (!name.endsWith(RAW)) {
      if (!isVector(raw, name)) weights[name] = tensor;
      continue;
    }
    const weight = name.slice(0, -RAW.length);
    const matrix = matrixOf(tensor);
    let u = tf.reshape(raw[`${weight}_u`]!, [-1, 1]); // [out, 1]
    let v = tf.reshape(raw[`${weight}_v`]!, [-1, 1]); // [rest, 1]
    if (powerIterations === 1) {
      const fixed = stopGradient(matrix);
      v = unit(tf.matMul(fixed, u, true, false)) as tf.Tensor2D;
      u = unit(tf.matMul(fixed, v)) as tf.Tensor2D;
    }
    const sigma = tf.sum(tf.mul(stopGradient(u), tf.matMul(matrix, stopGradient(v))));
    weights[weight] = tf.div(tensor, sigma);
    vectors[`${weight}_u`] = tf.reshape(u, [-1]);
    vectors[`${weight}_v`] = tf.reshape(v, [-1]);
  }
  return { weights, vectors };
}

/** Whether `name` is the u or v of a weight among `names`: state that no gradient moves. */
export function isVector(names: Readonly<Record<string, unknown>>, name: string): boolean {
  return /_[uv]$/.test(name) && `${name.slice(0, -2)}${RAW}` in names;
}

/** `spectrallyNormalised(raw, 0)` on the host: what an inference engine loads. */
export function foldSpectralNorm(raw: HostTensors): HostTensors {
  const folded: HostTensors = {};
  for (const [name, tensor] of Object.entries(raw)) {
    if (name.endsWith(RAW)) {
      const weight = name.slice(0, -RAW.length);
      const u = raw[`${weight}_u`];
      const v = raw[`${weight}_v`];
      if (!u || !v) throw new Error(`${name} has no ${u ? `${weight}_v` : `${weight}_u`}`);
      const sigma = spectralNormOf(tensor, u, v);
      folded[weight] = float32(
        (tensor.data as Float32Array).map((value) => value / sigma),
        tensor.shape,
      );
    } else if (!isVector(raw, name)) {
      folded[name] = tensor;
    }
  }
  return folded;
}

/**
 * Fresh raw weights with vectors that have found their weights' largest singular values. From random vectors
 * sigma starts about √size too small, so the first updates would see weights blown up by as much, through a
 * discriminator that evaluation mode keeps that way.
 */
export function withSettledVectors(raw: HostTensors, iterations = 15): HostTensors {
  const settled: HostTensors = { ...raw };
  for (const [name, tensor] of Object.entries(raw)) {
    if (!name.endsWith(RAW)) continue;
    const weight = name.slice(0, -RAW.length);
    const matrix = filterToTorch(tensor).data as Float32Array;
    const u = Float32Array.from(raw[`${weight}_u`]!.data as Float32Array);
    const v = Float32Array.from(raw[`${weight}_v`]!.data as Float32Array);
    for (let iteration = 0; iteration < iterations; iteration++) {
      v.fill(0);
      for (let i = 0; i < u.length; i++) {
        for (let j = 0; j < v.length; j++) v[j]! += matrix[i * v.length + j]! * u[i]!;
      }
      toUnitLength(v);
      u.fill(0);
      for (let i = 0; i < u.length; i++) {
        for (let j = 0; j < v.length; j++) u[i]! += matrix[i * v.length + j]! * v[j]!;
      }
      toUnitLength(u);
    }
    settled[`${weight}_u`] = float32(u, [u.length]);
    settled[`${weight}_v`] = float32(v, [v.length]);
  }
  return settled;
}

function toUnitLength(vector: Float32Array): void {
  const length = Math.max(Math.hypot(...vector), 1e-12);
  for (let i = 0; i < vector.length; i++) vector[i]! /= length;
}

/** u · (W v). @throws when the vectors do not fit the weight */
function spectralNormOf(filter: HostTensor, u: HostTensor, v: HostTensor): number {
  const matrix = filterToTorch(filter).data;
  const rest = v.data.length;
  let sigma = 0;
  for (let row = 0; row < u.data.length; row++) {
    let dot = 0;
    for (let column = 0; column < rest; column++) dot += matrix[row * rest + column]! * v.data[column]!;
    sigma += u.data[row]! * dot;
  }
  return sigma;
}

/** Plans `X.weight` of the named convolutions as `X.weight_orig` with random unit vectors. */
export function withSpectralNorm(plan: WeightPlan, convolutions: readonly string[]): WeightPlan {
  const raw: WeightPlan = {};
  for (const [name, weight] of Object.entries(plan)) {
    if (!convolutions.some((convolution) => name === `${convolution}.weight`)) {
      raw[name] = weight;
      continue;
    }
    const out = weight.shape[3]!;
    raw[`${name}${RAW}`] = weight;
    raw[`${name}_u`] = unitVector(out);
    raw[`${name}_v`] = unitVector(sizeOf(weight.shape) / out);
  }
  return raw;
}

function unitVector(size: number): PlannedWeight {
  const make = (random: NormalSource): HostTensor => {
    const vector = normal([size], 1, random).data as Float32Array;
    toUnitLength(vector);
    return float32(vector, [size]);
  };
  return { shape: [size], make };
}
