/**
 * The demo zoo's grid encoder: a small convolutional net that stands where the paper has a Faster R-CNN
 * trained on Visual Genome (paper, section 3.2). Its cell features are what k-means clusters into visual codes,
 * and its stages are the perceptual network of the generator's training.
 *
 * B batch, S image side, G = S / 16 cells a side, F feature width.
 *
 * Normalisation is over the channels of one position (LayerNorm), never over the batch: an image's features do
 * not depend on what it is encoded with.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { ModelFunction, Tensors } from '../../engines/engine.ts';
import type { HostTensors } from '../../tensor.ts';
import {
  makeWeights,
  type NormalSource,
  plannedConvolution,
  plannedLinear,
  plannedNorm,
  plannedShapes,
  type WeightPlan,
} from '../initialise.ts';
import { conv2d, crossEntropy, layerNorm, linear } from '../ops.ts';
import { CELL, type GridEncoderConfig, HEADS, headClasses } from './config.ts';

function normalise(weights: Tensors, name: string, x: tf.Tensor, epsilon: number): tf.Tensor {
  return layerNorm(x, weights[`${name}.weight`]!, weights[`${name}.bias`]!, epsilon);
}

/** x + conv(relu(norm(conv(relu(norm(x)))))), pre-activation. [B, H, W, C] → [B, H, W, C] */
function residualBlock(weights: Tensors, name: string, x: tf.Tensor4D, epsilon: number): tf.Tensor4D {
  let h: tf.Tensor = x;
  for (const i of [1, 2]) {
    h = tf.relu(normalise(weights, `${name}.norm${i}`, h, epsilon));
    h = conv2d(h as tf.Tensor4D, weights[`${name}.conv${i}.weight`] as tf.Tensor4D, {
      padding: 1,
      bias: weights[`${name}.conv${i}.bias`] as tf.Tensor1D,
    });
  }
  return tf.add(x, h);
}

/**
 * What each of the four stages makes of the images.
 * @param images [B, S, S, 3] in -1..1
 * @returns [B, S/2, S/2, C0], [B, S/4, S/4, C1], [B, S/8, S/8, C2], [B, S/16, S/16, F], before the last norm
 */
export function gridEncoderStages(
  config: GridEncoderConfig,
  weights: Tensors,
  images: tf.Tensor4D,
): tf.Tensor4D[] {
  if (
    images.shape[1] !== config.image_size ||
    images.shape[2] !== config.image_size ||
    images.shape[3] !== 3
  ) {
    throw new Error(
      `grid encoder: images [${images.shape}], wanted [B, ${config.image_size}, ${config.image_size}, 3]`,
    );
  }
  const stages: tf.Tensor4D[] = [];
  let h = images;
  for (const [stage, blocks] of config.blocks.entries()) {
    const name = `stages.${stage}`;
    // The first stage sees pixels, whose channel mean is the brightness: nothing to normalise away.
    const x = stage === 0 ? h : tf.relu(normalise(weights, `${name}.norm`, h, config.layer_norm_epsilon));
    h = conv2d(x as tf.Tensor4D, weights[`${name}.down.weight`] as tf.Tensor4D, {
      strides: 2,
      padding: 1,
      bias: weights[`${name}.down.bias`] as tf.Tensor1D,
    });
    for (let block = 0; block < blocks; block++) {
      h = residualBlock(weights, `${name}.blocks.${block}`, h, config.layer_norm_epsilon);
    }
    stages.push(h);
  }
  return stages;
}

/**
 * Features of the cells and the logits of every head.
 *
 * The features are divided by sqrt(F), which makes them about as long as a unit vector. X-LXMERT's logits are
 * products with frozen centroids of them: with features around 1, one AdamW step at 1e-3 moves a logit by up to 20,
 * and pre-training learns nothing (measured: no better after 650 steps than after 125, at 1e-3 and at 5e-4).
 * @param images [B, S, S, 3] in -1..1
 * @returns features [B, G, G, F]; object_logits, colour_logits, part_logits, background_logits [B, G, G, classes]
 */
function encodeGrid(config: GridEncoderConfig, weights: Tensors, images: tf.Tensor4D): Tensors {
  const last = gridEncoderStages(config, weights, images)[3]!;
  const normalised = normalise(weights, 'norm', last, config.layer_norm_epsilon);
  const features = tf.mul(normalised, tf.scalar(1 / Math.sqrt(config.channels[3])));
  return { features, ...headLogits(weights, normalised) };
}

/** What the four heads read of normalised features [B, G, G, F]: `<head>_logits` [B, G, G, classes] */
export const headLogits = (weights: Tensors, normalised: tf.Tensor): Tensors =>
  Object.fromEntries(
    HEADS.map((head) => [
      `${head}_logits`,
      linear(normalised, weights[`heads.${head}.weight`]!, weights[`heads.${head}.bias`]!),
    ]),
  );

/** `encodeGrid` as an engine compiles it: inputs { images: float32 ['B', S, S, 3] }. */
export function gridEncoderFunction(config: GridEncoderConfig): ModelFunction {
  return (weights, inputs) => encodeGrid(config, weights, inputs.images as tf.Tensor4D);
}

export interface GridEncoderLossWeights {
  /** Weight of a cell without an object in the object, colour and part losses (an object's cell weighs 1). */
  empty_cell_weight: number;
}

/**
 * Sum of the four heads' cross-entropies.
 *
 * The background head is trained on empty cells only: then an object's cells look the same to k-means in front
 * of any background, and the vocabulary need not hold every part of every object once per background.
 *
 * @param batch images [B, S, S, 3]; object, colour, part int32 [B, G·G] (row-major cells); background int32 [B]
 * @returns loss (scalar) and aux: each head's loss, and each head's accuracy on the cells that it is about
 */
export function gridEncoderLoss(
  config: GridEncoderConfig,
  options: GridEncoderLossWeights,
  weights: Tensors,
  batch: Tensors,
): { loss: tf.Scalar; aux: Tensors } {
  return headsLoss(config, options, encodeGrid(config, weights, batch.images as tf.Tensor4D), batch);
}

/** @param logits of `headLogits` @param batch without the images */
export function headsLoss(
  config: GridEncoderConfig,
  options: GridEncoderLossWeights,
  logits: Tensors,
  batch: Tensors,
): { loss: tf.Scalar; aux: Tensors } {
  const cells = (config.image_size / CELL) ** 2;
  const object = batch.object as tf.Tensor2D; // [B, G·G]
  const empty = tf.equal(object, tf.scalar(0, 'int32'));
  const cellWeights = tf.where(
    empty,
    tf.fill(object.shape, options.empty_cell_weight),
    tf.fill(object.shape, 1),
  );
  const background = tf.tile(tf.expandDims(batch.background!, 1), [1, cells]); // [B, G·G]
  const filled = tf.logicalNot(empty);
  const heads = {
    object: { labels: object, weights: cellWeights, counts: filled },
    colour: { labels: batch.colour!, weights: cellWeights, counts: filled },
    part: { labels: batch.part!, weights: cellWeights, counts: filled },
    background: { labels: background, weights: tf.cast(empty, 'float32'), counts: empty },
  };
  const aux: Tensors = {};
  let loss: tf.Tensor = tf.scalar(0);
  for (const head of HEADS) {
    const { labels, weights: perCell, counts } = heads[head];
    const classes = headClasses(config)[head];
    const ofHead = tf.reshape(logits[`${head}_logits`]!, [-1, cells, classes]);
    const headLoss = crossEntropy(ofHead, labels as tf.Tensor, { weights: perCell });
    loss = tf.add(loss, headLoss);
    aux[`${head}_loss`] = headLoss;
    const right = tf.logicalAnd(
      tf.equal(tf.cast(tf.argMax(ofHead, -1), 'int32'), labels as tf.Tensor),
      counts,
    );
    aux[`${head}_accuracy`] = tf.div(
      tf.sum(tf.cast(right, 'float32')),
      tf.maximum(tf.sum(tf.cast(counts, 'float32')), tf.scalar(1)),
    );
  }
  return { loss: loss as tf.Scalar, aux };
}

/** Every weight of the network. Filters are [kh, kw, in, out], linear weights [out, in]. */
function gridEncoderPlan(config: GridEncoderConfig): WeightPlan {
  const plan: WeightPlan = {};
  let width = 3;
  for (const [stage, channels] of config.channels.entries()) {
    const name = `stages.${stage}`;
    if (stage > 0) Object.assign(plan, plannedNorm(`${name}.norm`, width));
    Object.assign(plan, plannedConvolution(`${name}.down`, width, channels));
    width = channels;
    for (let block = 0; block < config.blocks[stage]!; block++) {
      for (const i of [1, 2]) {
        Object.assign(plan, plannedNorm(`${name}.blocks.${block}.norm${i}`, width));
        Object.assign(
          plan,
          plannedConvolution(`${name}.blocks.${block}.conv${i}`, width, width, i === 2 ? 0.5 : 1),
        );
      }
    }
  }
  Object.assign(plan, plannedNorm('norm', width));
  for (const head of HEADS)
    Object.assign(plan, plannedLinear(`heads.${head}`, width, headClasses(config)[head]));
  return plan;
}

/** Name and shape of every weight in a checkpoint. */
export function gridEncoderWeightShapes(config: GridEncoderConfig): Record<string, readonly number[]> {
  return plannedShapes(gridEncoderPlan(config));
}

/** Fresh weights. */
export function initialGridEncoder(config: GridEncoderConfig, random: NormalSource): HostTensors {
  return makeWeights(gridEncoderPlan(config), random);
}
