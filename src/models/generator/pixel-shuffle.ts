/**
 * The demo zoo's generator. The paper's spends most of its time on modulation networks at high resolution; here
 * the codes modulate only the low ones, and pixels come from one pixel shuffle.
 *
 * Each code also brings a patch of its own: pixels, and an opacity for each. Where all scenes agree on what a
 * code looks like, its patch is painted as it is, and the network paints what depends on the rest of the picture,
 * such as the background around an object. (A linear skip from the centroid instead of the table needs ten
 * thousand scenes to get objects from blobs to shapes.)
 *
 * B batch, G grid side, E width of a centroid, S target side, P = S / G patch side, of half of S where there is a
 * doubling, K codes. All maps NHWC.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensors } from '../../engines/engine.ts';
import { float32, type HostTensor, type HostTensors } from '../../tensor.ts';
import { filled, plannedConvolution, plannedLinear, plannedNorm, type WeightPlan } from '../initialise.ts';
import { conv2d, embedding, layerNorm, linear, pixelShuffle } from '../ops.ts';
import type { CodeGrid } from './code-grid.ts';
import type { DoublingConfig, PixelShuffleGeneratorConfig, SharedCodesConfig } from './config.ts';

const LEAK = 0.2;

/** Pixels a side before they are doubled. */
const paintedSize = ({ target_size, doubling }: PixelShuffleGeneratorConfig): number =>
  doubling ? target_size / 2 : target_size;

/** Pixels a side that the last pixel shuffle makes of one position. @throws when the sizes do not divide */
function lastUpscale(config: PixelShuffleGeneratorConfig): number {
  const side = config.grid * 2 ** (config.channels.length - 1);
  const upscale = paintedSize(config) / side;
  if (!Number.isInteger(upscale)) {
    throw new Error(`generator: ${paintedSize(config)} pixels a side are not a multiple of ${side}`);
  }
  return upscale;
}

function patchSide(config: PixelShuffleGeneratorConfig): number {
  return paintedSize(config) / config.grid;
}

function convolve(weights: Tensors, name: string, x: tf.Tensor): tf.Tensor4D {
  return conv2d(x as tf.Tensor4D, weights[`${name}.weight`] as tf.Tensor4D, {
    padding: 1,
    bias: weights[`${name}.bias`] as tf.Tensor1D,
  });
}

/**
 * Normalised over the channels of each position, then scaled and shifted: by the style where there is one
 * (SPADE), else by learned constants.
 */
function modulate(
  config: PixelShuffleGeneratorConfig,
  weights: Tensors,
  name: string,
  x: tf.Tensor,
  style: tf.Tensor | undefined,
): tf.Tensor {
  const normed = layerNorm(x, weights[`${name}.weight`]!, weights[`${name}.bias`]!, config.norm_epsilon);
  if (!style) return normed;
  const gamma = linear(style, weights[`${name}.gamma.weight`]!, weights[`${name}.gamma.bias`]!);
  const beta = linear(style, weights[`${name}.beta.weight`]!, weights[`${name}.beta.bias`]!);
  return tf.add(tf.mul(normed, tf.add(gamma, tf.scalar(1))), beta);
}

/** The codes' patches laid over what the network painted. Both images [B, S, S, 3] */
function underPatches(
  config: PixelShuffleGeneratorConfig,
  weights: Tensors,
  painted: tf.Tensor4D,
  input: CodeGrid,
): tf.Tensor {
  const P = patchSide(config);
  let rows = embedding(weights['patches.weight']!, input.codes); // [B, G·G, 4·P·P]
  if (config.shared_codes) rows = ofParts(config, config.shared_codes, weights, rows, input);
  const grid = tf.reshape(rows, [-1, config.grid, config.grid, PATCH_CHANNELS * P * P]);
  const [pixels, logits] = tf.split(pixelShuffle(grid, P), [3, 1], 3) as [tf.Tensor4D, tf.Tensor4D];
  const opacity = tf.sigmoid(logits);
  return tf.add(tf.mul(pixels, opacity), tf.mul(painted, tf.sub(tf.scalar(1), opacity)));
}

/** Before the names of the weights of shared codes. */
export const PARTS = 'parts.';

/**
 * The patches of shared codes in place of what their codes have alone.
 * @param rows [B, G·G, 4·P·P]
 */
function ofParts(
  { grid }: PixelShuffleGeneratorConfig,
  { codes, parts }: SharedCodesConfig,
  weights: Tensors,
  rows: tf.Tensor,
  input: CodeGrid,
): tf.Tensor {
  const cells = grid * grid;
  const [count, width] = [codes.length, rows.shape.at(-1)!];
  const which = tf.cast(tf.equal(tf.expandDims(input.codes, -1), tf.tensor1d(codes, 'int32')), 'float32');
  const logits = tf.reshape(convolve(weights, `${PARTS}select`, input.emb), [-1, cells, count, parts]);
  const shares = tf.mul(tf.softmax(logits), tf.expandDims(which, -1));
  const patches = weights[`${PARTS}patches`] as tf.Tensor2D;
  const mixed = tf.matMul(tf.reshape(shares, [-1, count * parts]) as tf.Tensor2D, patches);
  const own = tf.sub(tf.scalar(1), tf.sum(which, 2, true));
  return tf.add(tf.mul(rows, own), tf.reshape(mixed, [-1, cells, width]));
}

/** @returns image [B, S, S, 3], about -1..1 but not bounded: the encoder of the file clips */
export function pixelShuffleGenerator(
  config: PixelShuffleGeneratorConfig,
  weights: Tensors,
  input: CodeGrid,
): Tensors {
  const narrowed = tf.tanh(linear(input.emb, weights['bottleneck.weight']!, weights['bottleneck.bias']!));
  let h: tf.Tensor4D = convolve(weights, 'init', narrowed); // [B, G, G, channels[0]]
  for (const [stage, blocks] of config.blocks.entries()) {
    const name = `stages.${stage}`;
    if (stage > 0) {
      const x = tf.leakyRelu(modulate(config, weights, `${name}.up_norm`, h, undefined), LEAK);
      h = pixelShuffle(convolve(weights, `${name}.up`, x), 2);
    }
    let style: tf.Tensor | undefined;
    if (stage < config.modulated_stages) {
      const spread = convolve(weights, `${name}.style`, narrowed); // [B, G, G, hidden · 4^stage]
      style = tf.relu(stage === 0 ? spread : pixelShuffle(spread, 2 ** stage));
    }
    for (let block = 0; block < blocks; block++) {
      let x: tf.Tensor = h;
      for (const i of [1, 2]) {
        const part = `${name}.blocks.${block}`;
        x = tf.leakyRelu(modulate(config, weights, `${part}.norm${i}`, x, style), LEAK);
        x = convolve(weights, `${part}.conv${i}`, x);
      }
      h = tf.add(h, x);
    }
  }
  const last = tf.leakyRelu(modulate(config, weights, 'to_rgb_norm', h, undefined), LEAK);
  const painted = pixelShuffle(convolve(weights, 'to_rgb', last), lastUpscale(config));
  const image = underPatches(config, weights, painted, input);
  return { image: config.doubling ? doubled(config, config.doubling, weights, image, last) : image };
}

/** Before the names of the weights of the doubling. */
export const DOUBLING = 'doubling.';

/**
 * @param image [B, S/2, S/2, 3]
 * @param hidden what it was painted from [B, H, H, C]
 * @returns [B, S, S, 3]: every pixel four times, and what the network adds to each
 */
function doubled(
  config: PixelShuffleGeneratorConfig,
  { blocks }: DoublingConfig,
  weights: Tensors,
  image: tf.Tensor,
  hidden: tf.Tensor,
): tf.Tensor4D {
  const guide = pixelShuffle(convolve(weights, `${DOUBLING}guide`, hidden), lastUpscale(config));
  let h = tf.leakyRelu(convolve(weights, `${DOUBLING}in`, tf.concat([image, guide], 3)), LEAK);
  for (let block = 0; block < blocks; block++) {
    const name = `${DOUBLING}blocks.${block}`;
    const x = tf.leakyRelu(convolve(weights, `${name}.conv1`, h), LEAK);
    h = tf.add(h, convolve(weights, `${name}.conv2`, x));
  }
  const more = convolve(weights, `${DOUBLING}out`, h);
  const colours = tf.split(image, 3, 3).flatMap((one) => [one, one, one, one]);
  return pixelShuffle(tf.add(tf.concat(colours, 3), more) as tf.Tensor4D, 2);
}

/** Every weight of the network: filters [kh, kw, in, out], linear weights [out, in]. */
export function pixelShufflePlan(config: PixelShuffleGeneratorConfig): WeightPlan {
  const plan: WeightPlan = {};
  const conv = (name: string, from: number, to: number, gain = 1) =>
    Object.assign(plan, plannedConvolution(name, from, to, gain));
  const norm = (name: string, width: number, modulated: boolean) => {
    Object.assign(plan, plannedNorm(name, width));
    if (!modulated) return;
    for (const part of ['gamma', 'beta']) {
      Object.assign(plan, plannedLinear(`${name}.${part}`, config.spade_hidden, width, 0.5));
    }
  };
  Object.assign(plan, plannedLinear('bottleneck', config.emb_dim, config.codebook_dim));
  conv('init', config.codebook_dim, config.channels[0]!);
  for (const [stage, blocks] of config.blocks.entries()) {
    const name = `stages.${stage}`;
    const width = config.channels[stage]!;
    const modulated = stage < config.modulated_stages;
    if (stage > 0) {
      norm(`${name}.up_norm`, config.channels[stage - 1]!, false);
      conv(`${name}.up`, config.channels[stage - 1]!, width * 4);
    }
    if (modulated) conv(`${name}.style`, config.codebook_dim, config.spade_hidden * 4 ** stage);
    for (let block = 0; block < blocks; block++) {
      for (const i of [1, 2]) {
        norm(`${name}.blocks.${block}.norm${i}`, width, modulated);
        conv(`${name}.blocks.${block}.conv${i}`, width, width, i === 2 ? 0.5 : 1);
      }
    }
  }
  const width = config.channels.at(-1)!;
  norm('to_rgb_norm', width, false);
  conv('to_rgb', width, 3 * lastUpscale(config) ** 2, 0.5);
  if (config.doubling) {
    const { guide, channels, blocks } = config.doubling;
    conv(`${DOUBLING}guide`, width, guide * lastUpscale(config) ** 2);
    conv(`${DOUBLING}in`, 3 + guide, channels);
    for (let block = 0; block < blocks; block++) {
      conv(`${DOUBLING}blocks.${block}.conv1`, channels, channels);
      conv(`${DOUBLING}blocks.${block}.conv2`, channels, channels, 0.5);
    }
    conv(`${DOUBLING}out`, channels, 12, 0.1);
  }
  if (config.shared_codes) {
    const { codes, parts } = config.shared_codes;
    const count = codes.length * parts;
    conv(`${PARTS}select`, config.emb_dim, count);
    plan[`${PARTS}patches`] = filled([count, PATCH_CHANNELS * patchSide(config) ** 2], 0);
  }
  const table = [config.clusters, PATCH_CHANNELS * patchSide(config) ** 2];
  // Nothing to show and transparent, until `patchTable` says better.
  const make = () => patchTable(config, transparentPatches(config));
  return { ...plan, 'patches.weight': { shape: table, make } };
}

/** What cells of each code look like over many scenes. */
export interface CodePatches {
  /** Mean pixels, -1..1 [K, P, P, 3] */
  pixels: Float32Array;
  /** 0..1 [K, P, P] */
  opacity: Float32Array;
}

function transparentPatches(config: PixelShuffleGeneratorConfig): CodePatches {
  const pixels = config.clusters * patchSide(config) ** 2;
  return { pixels: new Float32Array(pixels * 3), opacity: new Float32Array(pixels) };
}

/** Red, green, blue, and the logit of the opacity. */
const PATCH_CHANNELS = 4;
/** Opacity stays trainable: its logit is kept within this. */
const MOST_LOGIT = 5;

/** The weight `patches.weight` [K, 4·P·P] that shows these patches: channel, row, column, as pixel shuffle reads. */
export function patchTable(config: PixelShuffleGeneratorConfig, patches: CodePatches): HostTensor {
  return tableOf(config, patches, config.clusters);
}

function tableOf(
  config: PixelShuffleGeneratorConfig,
  { pixels, opacity }: CodePatches,
  rows: number,
): HostTensor {
  const area = patchSide(config) ** 2;
  const table = new Float32Array(rows * PATCH_CHANNELS * area);
  for (let code = 0; code < rows; code++) {
    const row = code * PATCH_CHANNELS * area;
    for (let i = 0; i < area; i++) {
      const at = code * area + i;
      for (let channel = 0; channel < 3; channel++)
        table[row + channel * area + i] = pixels[at * 3 + channel]!;
      const logit = Math.log(opacity[at]! / (1 - opacity[at]!));
      table[row + 3 * area + i] = Math.min(Math.max(logit, -MOST_LOGIT), MOST_LOGIT);
    }
  }
  return float32(table, [rows, PATCH_CHANNELS * area]);
}

/** What the parts that share codes look like, and what lies around them. Row code · parts + part. */
export interface PartPatches {
  shared: SharedCodesConfig;
  patches: CodePatches;
  /** Mean centroids of the cells around, 0 outside of the picture [rows, 3, 3, E] */
  around: Float32Array;
  /** Rows that stand for something. */
  used: readonly boolean[];
}

/** Of the logits, for each unit of squared distance by which a mean is nearer. */
const SHARPNESS = 4;
/** Logit of a part that a code does not have. */
const NEVER = -10_000;

/** The weights of shared codes: the part is that whose mean surroundings are nearest. */
export function partWeights(
  config: PixelShuffleGeneratorConfig,
  { shared, patches, around, used }: PartPatches,
): HostTensors {
  const rows = used.length;
  const inputs = 9 * config.emb_dim;
  const weight = new Float32Array(inputs * rows);
  const bias = new Float32Array(rows).fill(NEVER);
  for (const [row, is] of used.entries()) {
    if (!is) continue;
    const mean = around.subarray(row * inputs, (row + 1) * inputs);
    for (const [i, value] of mean.entries()) weight[i * rows + row] = 2 * SHARPNESS * value;
    bias[row] = -SHARPNESS * mean.reduce((sum, value) => sum + value * value, 0);
  }
  return {
    [`${PARTS}select.weight`]: float32(weight, [3, 3, config.emb_dim, rows]),
    [`${PARTS}select.bias`]: float32(bias, [rows]),
    [`${PARTS}patches`]: tableOf(config, patches, shared.codes.length * shared.parts),
  };
}
