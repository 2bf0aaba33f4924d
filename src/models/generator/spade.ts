/**
 * The paper's image generator (X-LXMERT, section 3.3; reference: image_generator/src/layers.py): a grid of
 * centroids becomes both the first feature map and the style map y, which modulates every normalisation (SPADE,
 * Park et al. 2019). Every block adds its own RGB image (StyleGAN2 skips); tanh at the end.
 *
 * B batch, G grid side, E width of a centroid, C base_dim, S target side. All maps NHWC.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensors } from '../../engines/engine.ts';
import { filled, plannedOrthogonal, type WeightPlan } from '../initialise.ts';
import { instanceNorm } from '../instance-norm.ts';
import { conv2d, resizeBilinear } from '../ops.ts';
import { channelsAt } from '../resolution.ts';
import { withSpectralNorm } from '../spectral-norm.ts';
import type { SpadeGeneratorConfig } from './config.ts';
import { convolveResized } from './resized-convolution.ts';

const LEAK = 0.2;
/** The two convolutions that read the narrowed centroids see a quarter of the channels each (groups = 4). */
const GROUPS = 4;

interface BlockShape {
  /** Input and output channels. */
  from: number;
  to: number;
  /** Pixels a side of the input and of the output. */
  side: number;
  sideOut: number;
}

/** The blocks from the grid to the image. @throws when target_size is not grid times a power of two */
function spadeBlocks(config: SpadeGeneratorConfig): BlockShape[] {
  const blocks: BlockShape[] = [];
  let side = config.grid;
  for (; side < config.target_size; side *= 2) {
    const [from, to] = [channelsAt(side, config.base_dim), channelsAt(side * 2, config.base_dim)];
    blocks.push({ from, to, side, sideOut: side * 2 });
  }
  if (side !== config.target_size) {
    throw new Error(
      `generator: target_size ${config.target_size} is not ${config.grid} times a power of two`,
    );
  }
  const width = channelsAt(side, config.base_dim);
  for (let i = 0; i < config.extra_layers; i++) blocks.push({ from: width, to: width, side, sideOut: side });
  return blocks;
}

/**
 * Shapes of the noise maps that one image takes: noise_{2i} before and noise_{2i+1} after block i's upsampling.
 * @returns name → [side, side, 1] (the batch axis comes in front)
 */
export function noiseShapes(config: SpadeGeneratorConfig): Record<string, [number, number, 1]> {
  const shapes: Record<string, [number, number, 1]> = {};
  for (const [i, { side, sideOut }] of spadeBlocks(config).entries()) {
    shapes[`noise_${2 * i}`] = [side, side, 1];
    shapes[`noise_${2 * i + 1}`] = [sideOut, sideOut, 1];
  }
  return shapes;
}

function convolve(weights: Tensors, name: string, x: tf.Tensor, padding: number): tf.Tensor4D {
  return conv2d(x as tf.Tensor4D, weights[`${name}.weight`] as tf.Tensor4D, {
    padding,
    bias: weights[`${name}.bias`] as tf.Tensor1D,
  });
}

function groupedConvolve(weights: Tensors, name: string, x: tf.Tensor4D): tf.Tensor4D {
  const filters = tf.split(weights[`${name}.weight`] as tf.Tensor4D, GROUPS, 3);
  const parts = tf.split(x, GROUPS, 3).map((part, i) => conv2d(part, filters[i]!, { padding: 1 }));
  return tf.add(tf.concat(parts, 3), weights[`${name}.bias`]!);
}

/** norm(x) · (1 + gamma(y)) + beta(y), y resized to x. x [B, H, W, C], y [B, G, G, C'] → [B, H, W, C] */
function spade(weights: Tensors, name: string, x: tf.Tensor4D, y: tf.Tensor4D): tf.Tensor4D {
  const [filter, bias] = [weights[`${name}.shared.0.weight`]!, weights[`${name}.shared.0.bias`]!];
  const hidden = tf.relu(convolveResized(y, filter, bias, x.shape[1]));
  // One convolution for both: a single pass over the widest map of the network.
  const part = (name: string): tf.Tensor => weights[name]!;
  const filters = tf.concat([part(`${name}.gamma.weight`), part(`${name}.beta.weight`)], -1);
  // The 1 of 1 + gamma goes with the bias, which costs nothing.
  const biases = tf.concat([tf.add(part(`${name}.gamma.bias`), tf.scalar(1)), part(`${name}.beta.bias`)], -1);
  const modulation = conv2d(hidden, filters, { padding: 1, bias: biases });
  const [scale, shift] = tf.split(modulation, 2, 3) as [tf.Tensor4D, tf.Tensor4D];
  return tf.add(tf.mul(instanceNorm(x), scale), shift);
}

function addNoise(weights: Tensors, name: string, x: tf.Tensor4D, noise: tf.Tensor | undefined): tf.Tensor4D {
  if (!noise) return x;
  return tf.add(x, tf.mul(weights[`${name}.weight`]!, noise));
}

function residualBlock(
  weights: Tensors,
  name: string,
  shape: BlockShape,
  x: tf.Tensor4D,
  y: tf.Tensor4D,
  noise: [tf.Tensor | undefined, tf.Tensor | undefined],
): tf.Tensor4D {
  const upsample = (t: tf.Tensor4D) =>
    shape.sideOut === shape.side ? t : resizeBilinear(t, [shape.sideOut, shape.sideOut]);
  let h = spade(weights, `${name}.cbn1`, x, y);
  h = addNoise(weights, `${name}.noise1`, h, noise[0]);
  h = convolve(weights, `${name}.conv1`, upsample(tf.leakyRelu(h, LEAK)), 1);
  h = spade(weights, `${name}.cbn2`, h, y);
  h = addNoise(weights, `${name}.noise2`, h, noise[1]);
  h = convolve(weights, `${name}.conv2`, tf.leakyRelu(h, LEAK), 1);
  // The reference resizes first. One pixel at a time and linear, the convolution gives the same before.
  return tf.add(h, upsample(convolve(weights, `${name}.res_branch.1`, x, 0)));
}

/**
 * @param weights without spectral norm (`spectrallyNormalised` or `foldSpectralNorm` made `X.weight`)
 * @param emb [B, G, G, E] centroids
 * @param noise standard normal maps [B, H, W, 1] named as `noiseShapes` says; none: the deterministic image.
 *   The authors' trainer and samples always have it.
 * @returns image [B, S, S, 3] in -1..1; and bottleneck, init, style, resblock_0, … for comparison
 */
export function spadeGenerator(
  config: SpadeGeneratorConfig,
  weights: Tensors,
  emb: tf.Tensor4D,
  noise: Tensors = {},
): Tensors {
  const bottleneck = tf.tanh(convolve(weights, 'bottleneck_emb.0', emb, 0));
  let h = groupedConvolve(weights, 'learned_init_conv.0', bottleneck);
  const style = groupedConvolve(weights, 'style_init_conv.0', bottleneck);
  const states: Tensors = { bottleneck, init: h, style };
  const blocks = spadeBlocks(config);
  let rgb: tf.Tensor4D | undefined;
  for (const [i, shape] of blocks.entries()) {
    const maps: [tf.Tensor | undefined, tf.Tensor | undefined] = [
      noise[`noise_${2 * i}`],
      noise[`noise_${2 * i + 1}`],
    ];
    h = residualBlock(weights, `resblocks.${i}`, shape, h, style, maps);
    states[`resblock_${i}`] = h;
    let layer = convolve(weights, `to_RGB_blocks.${i}.conv`, h, 1);
    if (shape.sideOut !== config.target_size) {
      layer = resizeBilinear(layer, [config.target_size, config.target_size]);
    }
    rgb = rgb ? tf.add(rgb, layer) : layer;
  }
  if (!rgb) throw new Error('generator: target_size equals grid, there is no block');
  return { ...states, image: tf.tanh(rgb) };
}

/** Every raw weight (`weight_orig`, `weight_u`, `weight_v`): orthogonal filters, no biases, no noise at first. */
export function spadePlan(config: SpadeGeneratorConfig): WeightPlan {
  const plan: WeightPlan = {};
  const normed: string[] = [];
  const conv = (name: string, kernel: number, from: number, to: number) =>
    Object.assign(plan, plannedOrthogonal(name, kernel, from, to));
  const normedConv = (name: string, kernel: number, from: number, to: number) => {
    conv(name, kernel, from, to);
    normed.push(name);
  };
  const modulation = (name: string, width: number) => {
    conv(`${name}.shared.0`, 3, config.base_dim, config.spade_hidden);
    conv(`${name}.gamma`, 3, config.spade_hidden, width);
    conv(`${name}.beta`, 3, config.spade_hidden, width);
  };
  conv('bottleneck_emb.0', 1, config.emb_dim, config.codebook_dim);
  normedConv('learned_init_conv.0', 3, config.codebook_dim / GROUPS, config.base_dim);
  normedConv('style_init_conv.0', 3, config.codebook_dim / GROUPS, config.base_dim);
  for (const [i, { from, to }] of spadeBlocks(config).entries()) {
    const name = `resblocks.${i}`;
    modulation(`${name}.cbn1`, from);
    normedConv(`${name}.conv1`, 3, from, to);
    plan[`${name}.noise1.weight`] = filled([1], 0);
    modulation(`${name}.cbn2`, to);
    normedConv(`${name}.conv2`, 3, to, to);
    plan[`${name}.noise2.weight`] = filled([1], 0);
    normedConv(`${name}.res_branch.1`, 1, from, to);
    conv(`to_RGB_blocks.${i}.conv`, 3, to, 3);
  }
  return withSpectralNorm(plan, normed);
}
