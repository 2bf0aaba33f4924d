/**
 * UNITER's heads, for pre-training, VQA and NLVR2, and X-UNITER's head of codes.
 *
 * B batch, L positions, D hidden, F visual feature, K clusters, A answers.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensors } from '../../engines/engine.ts';
import { transform } from '../lxmert/heads.ts';
import { dense, norm } from '../lxmert/layers.ts';
import { weight } from '../lxmert/weights.ts';
import { gelu, linear } from '../ops.ts';
import { IMAGE_LINEAR, WORD_EMBEDDINGS } from './backbone.ts';
import type { UniterConfig } from './config.ts';

/** Masked language modelling, through the word embeddings themselves. [..., D] → [..., W] */
export function wordScores(config: UniterConfig, weights: Tensors, states: tf.Tensor): tf.Tensor {
  return linear(
    transform(config, weights, 'cls.predictions.transform', states),
    weight(weights, WORD_EMBEDDINGS),
    weight(weights, 'cls.predictions.bias'),
  );
}

/** norm(gelu(dense(x))), as the layers of a `net` are numbered. */
export function net(config: UniterConfig, weights: Tensors, name: string, x: tf.Tensor): tf.Tensor {
  return norm(config, weights, `${name}.2`, gelu(dense(weights, `${name}.0`, x)));
}

/** Masked region feature regression, through the transposed layer that reads features. [..., D] → [..., F] */
export function predictedFeature(config: UniterConfig, weights: Tensors, states: tf.Tensor): tf.Tensor {
  const back = tf.transpose(weight<tf.Tensor2D>(weights, IMAGE_LINEAR)); // [F, D]
  return linear(net(config, weights, 'feat_regress.net', states), back, weight(weights, 'feat_regress.bias'));
}

/** Masked region classification. [..., D] → [..., classes] */
export function regionScores(config: UniterConfig, weights: Tensors, states: tf.Tensor): tf.Tensor {
  return dense(weights, 'region_classifier.net.3', net(config, weights, 'region_classifier.net', states));
}

/** Cluster-centroid classification: a predicted feature [..., F] by the frozen centroids. [..., K] */
export function codeScores(weights: Tensors, feature: tf.Tensor): tf.Tensor {
  return linear(
    feature,
    weight(weights, 'vis_emb.weight'),
    weight(weights, 'obj_predict_head.out_cluster.bias'),
  );
}

/** Image-text matching: logits of [not matched, matched]. [B, D] → [B, 2] */
export function matchedScores(weights: Tensors, pooled: tf.Tensor): tf.Tensor {
  return dense(weights, 'itm_output', pooled);
}

/** VQA. [B, D] → [B, A] */
export function answerScores(config: UniterConfig, weights: Tensors, pooled: tf.Tensor): tf.Tensor {
  return dense(weights, 'vqa_output.3', net(config, weights, 'vqa_output', pooled));
}

/** NLVR2 in pairs: rows of left and right picture follow each other. [2B, D] → logits of [false, true], [B, 2] */
export function pairScores(weights: Tensors, pooled: tf.Tensor): tf.Tensor {
  const [rows, D] = pooled.shape as [number, number];
  return dense(weights, 'nlvr2_output', tf.reshape(pooled, [rows / 2, 2 * D]));
}

/** NLVR2 as triplets: one row holds the statement and both pictures. [B, D] → [B, 2] */
export function tripletScores(weights: Tensors, pooled: tf.Tensor): tf.Tensor {
  return dense(weights, 'nlvr2_output', pooled);
}

/**
 * NLVR2 in pairs whose rows attend to each other before they are pooled by attention.
 * @param states [2B, L, D]
 * @param mask int32 [2B, L], 0 at padding
 */
export function attendedPairScores(
  config: UniterConfig,
  weights: Tensors,
  states: tf.Tensor,
  mask: tf.Tensor,
): tf.Tensor {
  const [rows, L, D] = states.shape as [number, number, number];
  const B = rows / 2;
  const side = (x: tf.Tensor, at: 0 | 1, width: number): tf.Tensor =>
    tf.reshape(tf.slice(tf.reshape(x, [B, 2, L * width]), [0, at, 0], [B, 1, L * width]), [B, L, width]);
  const hidden = tf.cast(tf.equal(mask, tf.scalar(0, 'int32')), 'float32');
  const [left, right] = [side(states, 0, D), side(states, 1, D)];
  const [leftHidden, rightHidden] = [side(hidden, 0, 1), side(hidden, 1, 1)];
  const toRight = crossAttention(config, weights, 'attn1', left, right, rightHidden);
  const toLeft = crossAttention(config, weights, 'attn2', right, left, leftHidden);
  const joined = (attended: tf.Tensor, own: tf.Tensor) =>
    tf.relu(dense(weights, 'fc.0', tf.concat([attended, own], -1)));
  const pooled = [
    attentionPool(weights, joined(toRight, left), leftHidden),
    attentionPool(weights, joined(toLeft, right), rightHidden),
  ];
  return dense(weights, 'nlvr2_output', tf.concat(pooled, -1));
}

/** torch.nn.MultiheadAttention: one matrix for query, key and value. [B, L, D] twice, hidden [B, L, 1] → [B, L, D] */
function crossAttention(
  config: UniterConfig,
  weights: Tensors,
  name: string,
  queries: tf.Tensor,
  context: tf.Tensor,
  hidden: tf.Tensor,
): tf.Tensor {
  const [B, L, D] = queries.shape as [number, number, number];
  const H = config.num_attention_heads;
  const matrices = tf.split(weight(weights, `${name}.in_proj_weight`), 3, 0);
  const biases = tf.split(weight(weights, `${name}.in_proj_bias`), 3, 0);
  const heads = (x: tf.Tensor, which: 0 | 1 | 2): tf.Tensor => {
    const projected = linear(x, matrices[which]!, biases[which]!);
    return tf.transpose(tf.reshape(projected, [B, L, H, D / H]), [0, 2, 1, 3]); // [B, H, L, D/H]
  };
  const scaled = tf.mul(heads(queries, 0), tf.scalar(1 / Math.sqrt(D / H)));
  const scores = tf.matMul(scaled, heads(context, 1), false, true); // [B, H, L, L]
  // Padding gets a weight of exactly 0, as from the reference's -infinity.
  const masked = tf.add(scores, tf.reshape(tf.mul(hidden, tf.scalar(-1e9)), [B, 1, 1, L]));
  const mixed = tf.transpose(tf.matMul(tf.softmax(masked), heads(context, 2)), [0, 2, 1, 3]);
  return dense(weights, `${name}.out_proj`, tf.reshape(mixed, [B, L, D]));
}

/** A weighted mean over the positions that are not padding. [B, L, D], hidden [B, L, 1] → [B, D] */
function attentionPool(weights: Tensors, states: tf.Tensor, hidden: tf.Tensor): tf.Tensor {
  const [B, L, D] = states.shape as [number, number, number];
  const scores = tf.add(tf.relu(dense(weights, 'attn_pool.fc.0', states)), tf.mul(hidden, tf.scalar(-1e4)));
  const shares = tf.softmax(tf.reshape(scores, [B, 1, L]));
  return tf.reshape(tf.matMul(shares, states), [B, D]);
}
