/**
 * The paper's discriminator (reference: image_generator/src/layers.py with ACGAN): a residual net from the image
 * down to the grid, one adversarial score per image, and for every cell which cluster it shows.
 *
 * B batch, S image side, G grid side, E width of a centroid, K clusters. All maps NHWC.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensors } from '../../engines/engine.ts';
import type { HostTensor, HostTensors } from '../../tensor.ts';
import { filled, makeWeights, type NormalSource, plannedOrthogonal, type WeightPlan } from '../initialise.ts';
import { instanceNorm } from '../instance-norm.ts';
import { conv2d, linear } from '../ops.ts';
import { channelsAt } from '../resolution.ts';
import { withSettledVectors, withSpectralNorm } from '../spectral-norm.ts';

const LEAK = 0.2;

/** Sizes of a discriminator, as a run's configuration holds them. */
export interface DiscriminatorConfig {
  base_dim: number;
  emb_dim: number;
  /** Blocks without downsampling before the first downsampling one. */
  extra_layers: number;
  grid: number;
  target_size: number;
}

interface BlockShape {
  from: number;
  to: number;
  downsample: boolean;
  /** The first block sees pixels and skips its first activation. */
  activate: boolean;
}

function discriminatorBlocks(config: DiscriminatorConfig): BlockShape[] {
  const blocks: BlockShape[] = [];
  const add = (to: number, downsample: boolean) => {
    blocks.push({ from: blocks.at(-1)?.to ?? 3, to, downsample, activate: blocks.length > 0 });
  };
  let side = config.target_size;
  for (let i = 0; i < config.extra_layers; i++) add(channelsAt(side, config.base_dim), false);
  for (; side > config.grid; side /= 2) add(channelsAt(side / 2, config.base_dim), true);
  if (side !== config.grid) {
    throw new Error(
      `discriminator: target_size ${config.target_size} is not ${config.grid} times a power of two`,
    );
  }
  add(channelsAt(side, config.base_dim), false);
  return blocks;
}

function convolve(weights: Tensors, name: string, x: tf.Tensor4D, padding: number): tf.Tensor4D {
  return conv2d(x, weights[`${name}.weight`] as tf.Tensor4D, {
    padding,
    bias: weights[`${name}.bias`] as tf.Tensor1D,
  });
}

function residualBlock(weights: Tensors, name: string, shape: BlockShape, input: tf.Tensor4D): tf.Tensor4D {
  const halve = (t: tf.Tensor4D) => (shape.downsample ? tf.avgPool(t, 2, 2, 'valid') : t);
  const x = shape.activate ? tf.leakyRelu(input, LEAK) : input;
  let h = instanceNorm(convolve(weights, `${name}.conv1`, x, 1));
  h = convolve(weights, `${name}.conv2`, tf.leakyRelu(h, LEAK), 1);
  // The branch sees the activated input, as the reference's does (its ReLU result takes x's name).
  return tf.add(halve(h), convolve(weights, `${name}.res_branch.1`, halve(x), 0));
}

/**
 * @param weights without spectral norm; `emb_classifier.weight` [K, E] is the table of centroids
 * @param images [B, S, S, 3] in -1..1
 * @returns adv_out [B, 1], cls_logits [B·G·G, K], and layer_0, layer_1, …: every block's output
 */
export function discriminate(config: DiscriminatorConfig, weights: Tensors, images: tf.Tensor4D): Tensors {
  const side = config.target_size;
  if (images.shape[1] !== side || images.shape[2] !== side || images.shape[3] !== 3) {
    throw new Error(`discriminator: images [${images.shape}], wanted [B, ${side}, ${side}, 3]`);
  }
  const outputs: Tensors = {};
  let h = images;
  for (const [i, shape] of discriminatorBlocks(config).entries()) {
    h = residualBlock(weights, `resblocks.${i}`, shape, h);
    outputs[`layer_${i}`] = h;
  }
  h = tf.relu(h);
  outputs.adv_out = tf.mean(convolve(weights, 'adv_out', h, 1), [1, 2]); // [B, 1]
  const projected = tf.reshape(convolve(weights, 'emb_proj', h, 0), [-1, config.emb_dim]); // [B·G·G, E]
  outputs.cls_logits = linear(projected, weights['emb_classifier.weight']!, weights['emb_classifier.bias']!);
  return outputs;
}

/** Fresh raw weights. @param centroids [K, E], frozen: the classifier's weight */
export function initialDiscriminator(
  config: DiscriminatorConfig,
  centroids: HostTensor,
  random: NormalSource,
): HostTensors {
  const plan: WeightPlan = {};
  const normed: string[] = [];
  const normedConv = (name: string, kernel: number, from: number, to: number) => {
    Object.assign(plan, plannedOrthogonal(name, kernel, from, to));
    normed.push(name);
  };
  const blocks = discriminatorBlocks(config);
  for (const [i, { from, to }] of blocks.entries()) {
    normedConv(`resblocks.${i}.conv1`, 3, from, to);
    normedConv(`resblocks.${i}.conv2`, 3, to, to);
    normedConv(`resblocks.${i}.res_branch.1`, 1, from, to);
  }
  const width = blocks.at(-1)!.to;
  normedConv('adv_out', 3, width, 1);
  Object.assign(plan, plannedOrthogonal('emb_proj', 1, width, config.emb_dim));
  plan['emb_classifier.weight'] = { shape: centroids.shape, make: () => centroids };
  plan['emb_classifier.bias'] = filled([centroids.shape[0]!], 0);
  return withSettledVectors(makeWeights(withSpectralNorm(plan, normed), random));
}

/** Parameters that an optimizer must leave alone. */
export const FROZEN_IN_DISCRIMINATOR: readonly string[] = ['emb_classifier.weight'];
