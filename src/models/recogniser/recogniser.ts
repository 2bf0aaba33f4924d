/**
 * The recogniser that judges painted scenes: a detector of object centres (as Zhou et al. 2019, "Objects as
 * points"). It shares nothing with the grid encoder, whose features the pictures are painted from: a stem that
 * sees 7 × 7 pixels at stride 4, then strides 8 and 16 and back, and one decision per object instead of one per
 * cell. A judge built like the encoder would share its blind spots.
 *
 * B batch, S image side, M = S / 8 cells a side of the map of centres, C widths.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { ModelFunction, Tensors } from '../../engines/engine.ts';
import type { HostTensors } from '../../tensor.ts';
import {
  heFilter,
  makeWeights,
  type NormalSource,
  plannedConvolution,
  plannedLinear,
  plannedNorm,
  plannedShapes,
  type WeightPlan,
  withBias,
} from '../initialise.ts';
import { conv2d, crossEntropy, layerNorm, linear, smoothL1 } from '../ops.ts';
import { BOX, type RecogniserConfig, STRIDE } from './config.ts';

const STEM_KERNEL = 7;
const STEM_STRIDE = 4;
const SCALES = ['fine', 'middle', 'coarse', 'merged'] as const;

function normalise(config: RecogniserConfig, weights: Tensors, name: string, x: tf.Tensor): tf.Tensor {
  return layerNorm(x, weights[`${name}.weight`]!, weights[`${name}.bias`]!, config.layer_norm_epsilon);
}

function convolve(weights: Tensors, name: string, x: tf.Tensor, strides: number, padding: number): tf.Tensor {
  return conv2d(x as tf.Tensor4D, weights[`${name}.weight`] as tf.Tensor4D, {
    strides,
    padding,
    bias: weights[`${name}.bias`]!,
  });
}

function dense(weights: Tensors, name: string, x: tf.Tensor): tf.Tensor {
  return linear(x, weights[`${name}.weight`]!, weights[`${name}.bias`]!);
}

/** x + out(relu(norm(conv(x)))), `blocks` times. [B, H, W, C] → [B, H, W, C] */
function scale(config: RecogniserConfig, weights: Tensors, index: number, x: tf.Tensor): tf.Tensor {
  for (let block = 0; block < config.blocks[index]!; block++) {
    const name = `${SCALES[index]}.${block}`;
    const inner = tf.relu(
      normalise(config, weights, `${name}.norm`, convolve(weights, `${name}.conv`, x, 1, 1)),
    );
    x = tf.add(x, dense(weights, `${name}.out`, inner));
  }
  return x;
}

/** [B, H, W, C] → [B, 2H, 2W, C], every value four times. */
function double(x: tf.Tensor): tf.Tensor {
  const [B, H, W, C] = x.shape as [number, number, number, number];
  const spread = tf.tile(tf.reshape(x, [B, H, 1, W, 1, C]), [1, 1, 2, 1, 2, 1]);
  return tf.reshape(spread, [B, 2 * H, 2 * W, C]);
}

/**
 * @param images [B, S, S, 3] in -1..1
 * @returns class_logits [B, M, M, objects + 1] (0: no centre in this cell), colour_logits [B, M, M, colours],
 *   boxes [B, M, M, 3] (see BOX), background_logits [B, backgrounds], style_logits [B, M, M, styles] where it tells
 *   styles apart, features [B, C1 + C2], which the Fréchet distance is measured in
 */
function recognise(config: RecogniserConfig, weights: Tensors, images: tf.Tensor): Tensors {
  const S = config.image_size;
  if (images.rank !== 4 || images.shape[1] !== S || images.shape[2] !== S || images.shape[3] !== 3) {
    throw new Error(`recogniser: images [${images.shape}], wanted [B, ${S}, ${S}, 3]`);
  }
  const fine = scale(config, weights, 0, convolve(weights, 'stem', images, STEM_STRIDE, STEM_KERNEL >> 1));
  const down = (name: string, x: tf.Tensor) =>
    convolve(weights, `${name}.conv`, normalise(config, weights, `${name}.norm`, x), 2, 1);
  const middle = scale(config, weights, 1, down('to_middle', fine));
  const coarse = scale(config, weights, 2, down('to_coarse', middle));
  const context = normalise(config, weights, 'context_norm', coarse);
  const joined = tf.add(middle, double(dense(weights, 'to_merged', context)));
  const merged = normalise(config, weights, 'norm', scale(config, weights, 3, joined));
  const features = tf.concat([tf.mean(merged, [1, 2]), tf.mean(context, [1, 2])], 1);
  return {
    class_logits: dense(weights, 'heads.class', merged),
    colour_logits: dense(weights, 'heads.colour', merged),
    boxes: dense(weights, 'heads.box', merged),
    background_logits: dense(weights, 'heads.background', features),
    ...(config.styles && { style_logits: dense(weights, 'heads.style', merged) }),
    features,
  };
}

/** `recognise` as an engine compiles it: inputs { images: float32 ['N', S, S, 3] }. */
export function recogniserFunction(config: RecogniserConfig): ModelFunction {
  return (weights, inputs) => recognise(config, weights, inputs.images!);
}

export interface RecogniserLossWeights {
  /** Weight of a cell without a centre in the class loss; a centre weighs 1. */
  empty_cell_weight: number;
}

/** A batch has a few centres among its hundreds of cells: this brings the mean over cells to that of the others. */
const BOX_WEIGHT = 64;

/**
 * @param batch images [B, S, S, 3]; object int32 [B, M·M], 0 where no object has its centre, else class + 1;
 *   colour int32 [B, M·M], -100 where there is no centre; box [B, M·M, 3]; background int32 [B]; style as
 *   colour where it tells styles apart
 * @returns loss and aux: its parts, and the share of centres that are found with their class
 */
export function recogniserLoss(
  config: RecogniserConfig,
  options: RecogniserLossWeights,
  weights: Tensors,
  batch: Tensors,
): { loss: tf.Scalar; aux: Tensors } {
  const outputs = recognise(config, weights, batch.images!);
  const cells = (config.image_size / STRIDE) ** 2;
  const object = batch.object!;
  const centre = tf.cast(tf.greater(object, tf.scalar(0, 'int32')), 'float32'); // [B, M·M]
  const cellWeights = tf.add(
    tf.mul(centre, tf.scalar(1 - options.empty_cell_weight)),
    tf.scalar(options.empty_cell_weight),
  );
  const classLogits = tf.reshape(outputs.class_logits!, [-1, cells, config.objects + 1]);
  const mask = tf.expandDims(centre, -1);
  const aux = {
    class_loss: crossEntropy(classLogits, object, { weights: cellWeights }),
    colour_loss: crossEntropy(tf.reshape(outputs.colour_logits!, [-1, cells, config.colours]), batch.colour!),
    box_loss: tf.mul(
      smoothL1(tf.mul(tf.reshape(outputs.boxes!, [-1, cells, BOX]), mask), tf.mul(batch.box!, mask)),
      tf.scalar(BOX_WEIGHT),
    ),
    background_loss: crossEntropy(outputs.background_logits!, batch.background!),
    ...(config.styles && {
      style_loss: crossEntropy(
        tf.reshape(outputs.style_logits!, [-1, cells, config.styles.length]),
        batch.style!,
      ),
    }),
  };
  const loss = Object.values(aux).reduce<tf.Tensor>(
    (sum, part) => tf.add(sum, part),
    tf.scalar(0),
  ) as tf.Scalar;
  const right = tf.cast(tf.equal(tf.cast(tf.argMax(classLogits, -1), 'int32'), object), 'float32');
  const found = tf.div(tf.sum(tf.mul(right, centre)), tf.maximum(tf.sum(centre), tf.scalar(1)));
  return { loss, aux: { ...aux, found } };
}

/** Every weight of the network. Filters are [kh, kw, in, out], linear weights [out, in]. */
function recogniserPlan(config: RecogniserConfig): WeightPlan {
  const [fine, middle, coarse] = config.channels;
  const plan: WeightPlan = {
    ...withBias('stem', fine, {
      shape: [STEM_KERNEL, STEM_KERNEL, 3, fine],
      make: (random) => heFilter([STEM_KERNEL, STEM_KERNEL, 3, fine], random),
    }),
    ...plannedNorm('to_middle.norm', fine),
    ...plannedConvolution('to_middle.conv', fine, middle),
    ...plannedNorm('to_coarse.norm', middle),
    ...plannedConvolution('to_coarse.conv', middle, coarse),
    ...plannedNorm('context_norm', coarse),
    ...plannedLinear('to_merged', coarse, middle),
    ...plannedNorm('norm', middle),
  };
  for (const [i, width] of [fine, middle, coarse, middle].entries()) {
    for (let block = 0; block < config.blocks[i]!; block++) {
      const name = `${SCALES[i]}.${block}`;
      Object.assign(
        plan,
        plannedConvolution(`${name}.conv`, width, width),
        plannedNorm(`${name}.norm`, width),
        plannedLinear(`${name}.out`, width, width, 0.5),
      );
    }
  }
  const small = 0.1;
  Object.assign(
    plan,
    plannedLinear('heads.class', middle, config.objects + 1, small),
    plannedLinear('heads.colour', middle, config.colours, small),
    plannedLinear('heads.box', middle, BOX, small),
    plannedLinear('heads.background', middle + coarse, config.backgrounds, small),
    config.styles && plannedLinear('heads.style', middle, config.styles.length, small),
  );
  return plan;
}

/** Name and shape of every weight in a checkpoint. */
export function recogniserWeightShapes(config: RecogniserConfig): Record<string, readonly number[]> {
  return plannedShapes(recogniserPlan(config));
}

/** Fresh weights. */
export function initialRecogniser(config: RecogniserConfig, random: NormalSource): HostTensors {
  return makeWeights(recogniserPlan(config), random);
}
