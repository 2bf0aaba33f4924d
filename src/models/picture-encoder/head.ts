/**
 * A head on what frozen backbones see of a picture: it makes the features that another encoder, which knows one way of
 * drawing alone, would have of the same scene. What it learns of one hand holds for others, since the backbones have
 * learnt from photographs what things look like.
 *
 * B pictures, G cells on a side, F width of the backbones' feature, D of the head's.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensors } from '../../engines/engine.ts';
import type { HostTensors } from '../../tensor.ts';
import type { GridEncoderConfig } from '../grid-encoder/config.ts';
import { type GridEncoderLossWeights, headLogits, headsLoss } from '../grid-encoder/grid-encoder.ts';
import {
  makeWeights,
  type NormalSource,
  plannedConvolution,
  plannedLinear,
  plannedNorm,
  plannedShapes,
  type WeightPlan,
} from '../initialise.ts';
import { conv2d, layerNorm, linear } from '../ops.ts';
import type { HeadConfig } from './config.ts';

const HEAD = 'head.';

const onCells = (weights: Tensors, name: string, x: tf.Tensor): tf.Tensor =>
  linear(x, weights[`${HEAD}${name}.weight`]!, weights[`${HEAD}${name}.bias`]!);

const convolve = (weights: Tensors, name: string, x: tf.Tensor): tf.Tensor =>
  conv2d(x as tf.Tensor4D, weights[`${HEAD}${name}.weight`] as tf.Tensor4D, {
    padding: 1,
    bias: weights[`${HEAD}${name}.bias`] as tf.Tensor1D,
  });

const normalise = (head: HeadConfig, weights: Tensors, name: string, x: tf.Tensor): tf.Tensor =>
  layerNorm(x, weights[`${HEAD}${name}.weight`]!, weights[`${HEAD}${name}.bias`]!, head.layer_norm_epsilon);

/** @param features [B, G, G, F], about as long as a unit vector @returns [B, G, G, D], normalised */
function normalisedFeatures(head: HeadConfig, weights: Tensors, features: tf.Tensor4D): tf.Tensor {
  let h = onCells(weights, 'in', tf.mul(features, tf.scalar(Math.sqrt(features.shape[3]))));
  for (let block = 0; block < head.blocks; block++) {
    const name = `blocks.${block}`;
    h = tf.add(h, convolve(weights, `${name}.conv`, tf.relu(normalise(head, weights, `${name}.norm`, h))));
  }
  return normalise(head, weights, 'norm', onCells(weights, 'out', tf.relu(h)));
}

const perUnit = (head: HeadConfig): tf.Scalar => tf.scalar(1 / Math.sqrt(head.feature_width));

/** @param features [B, G, G, F] @returns [B, G, G, D], about as long as a unit vector */
export const headFeatures = (head: HeadConfig, weights: Tensors, features: tf.Tensor4D): tf.Tensor =>
  tf.mul(normalisedFeatures(head, weights, features), perUnit(head));

/**
 * How far each cell's features are from those of the other encoder, as a mean of squared distances in which empty cells
 * weigh less, and what the other encoder's heads, which stay what they are, read of them.
 *
 * @param weights the head's, and `heads.…` of the other encoder
 * @param batch features [B, G, G, F]; wanted [B, G, G, D]; object, colour, part int32 [B, G·G]; background int32 [B]
 * @returns aux as `gridEncoderLoss` has it, and `likeness_loss`
 */
export function headLoss(
  head: HeadConfig,
  other: GridEncoderConfig,
  options: GridEncoderLossWeights & { likeness_weight: number },
  weights: Tensors,
  batch: Tensors,
): { loss: tf.Scalar; aux: Tensors } {
  const normalised = normalisedFeatures(head, weights, batch.features as tf.Tensor4D);
  const { loss, aux } = headsLoss(other, options, headLogits(weights, normalised), batch);
  const distances = tf.sum(tf.square(tf.sub(tf.mul(normalised, perUnit(head)), batch.wanted!)), -1); // [B, G, G]
  const object = tf.reshape(batch.object!, distances.shape);
  const empty = tf.equal(object, tf.scalar(0, 'int32'));
  const cells = tf.where(empty, tf.fill(object.shape, options.empty_cell_weight), tf.fill(object.shape, 1));
  const likeness = tf.div(tf.sum(tf.mul(distances, cells)), tf.sum(cells));
  return {
    loss: tf.add(loss, tf.mul(likeness, tf.scalar(options.likeness_weight))) as tf.Scalar,
    aux: { ...aux, likeness_loss: likeness },
  };
}

function headPlan({ width, blocks, feature_width: D }: HeadConfig, F: number): WeightPlan {
  const plan: WeightPlan = {};
  Object.assign(plan, plannedLinear(`${HEAD}in`, F, width));
  for (let block = 0; block < blocks; block++) {
    Object.assign(plan, plannedNorm(`${HEAD}blocks.${block}.norm`, width));
    Object.assign(plan, plannedConvolution(`${HEAD}blocks.${block}.conv`, width, width, 0.5));
  }
  Object.assign(plan, plannedLinear(`${HEAD}out`, width, D));
  Object.assign(plan, plannedNorm(`${HEAD}norm`, D));
  return plan;
}

/** Name and shape of every weight. @param F width of the backbones' feature */
export const headShapes = (head: HeadConfig, F: number): Record<string, readonly number[]> =>
  plannedShapes(headPlan(head, F));

/** Fresh weights. */
export const initialHead = (head: HeadConfig, F: number, random: NormalSource): HostTensors =>
  makeWeights(headPlan(head, F), random);
