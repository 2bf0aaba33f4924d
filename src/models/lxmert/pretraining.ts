/**
 * The pre-training objectives of X-LXMERT (paper, 3.2; the reference's `XLxmertForPretraining.forward`).
 *
 * B batch, T text tokens, V visual positions, F visual feature, P numbers of a position, K clusters.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensors } from '../../engines/engine.ts';
import { crossEntropy, embedding, huber } from '../ops.ts';
import { lxmert } from './backbone.ts';
import type { LxmertConfig } from './config.ts';
import { answerScores, matchedScores, objectLogits, predictedFeature, wordScores } from './heads.ts';
import { weight } from './weights.ts';

/** One modality is masked per step: the words, the picture, or nothing (then the pair is judged). */
export type PretrainingTask = 'word_mask' | 'vis_mask' | 'matched' | 'qa';

export interface PretrainingOptions {
  task: PretrainingTask;
  /** Also answer questions in the same pass, as the reference does when QA is on. Always so in task 'qa'. */
  qa?: boolean;
}

export interface PretrainingResult {
  loss: tf.Scalar;
  /** Scalars: the parts of the loss that this task has (obj_loss, feat_loss, lm_loss, matched_loss, qa_loss). */
  losses: Tensors;
  /** Logits: obj_logits [B, V, K], feat_pred [B, V, F], word_scores [B, T, W], matched_scores [B, 2], qa_logits. */
  outputs: Tensors;
}

/**
 * The loss of one task on a batch. Labels of -100 do not count.
 *
 * @param batch input_ids int32 [B, T] (0 is padding); cluster_ids int32 [B, V], or visual_feats [B, V, F] where
 *   the model has no clusters, or sees whole pictures exactly; visual_pos [B, V, P] or [V, P]; and by task:
 *   - vis_mask: vis_mask int32 [B, V] (1 is fed as mask_feat); obj_labels int32 [B, V]; feat_labels [B, V, F]
 *     where features are predicted; optionally obj_weights [B, V], which weigh the positions in the mean
 *   - word_mask: word_labels int32 [B, T]
 *   - matched: matched_labels int32 [B]
 *   - qa: qa_labels int32 [B]
 *   Where it is a part of a larger batch, whose losses its own add up to: obj_total, word_total, matched_total,
 *   qa_total [], what counts in all of it, masked_total [] its masked positions, row_share [] the share of its rows.
 */
export function pretrainingLoss(
  config: LxmertConfig,
  weights: Tensors,
  batch: Tensors,
  options: PretrainingOptions,
): PretrainingResult {
  const { task } = options;
  const losses: Tensors = {};
  const outputs: Tensors = {};
  const { language, vision, pooled } = lxmert(config, weights, {
    input_ids: weight(batch, 'input_ids'),
    visual_pos: weight(batch, 'visual_pos'),
    visual_feats: visualFeatures(config, weights, batch, task === 'vis_mask'),
  });
  if (task === 'vis_mask') visionLosses(config, weights, batch, vision, losses, outputs);
  textLosses(options, batch, losses, outputs, {
    words: () => wordScores(config, weights, language),
    matched: () => matchedScores(weights, pooled),
    answers: () => answerScores(config, weights, pooled),
  });
  return { loss: sumOf(losses), losses, outputs };
}

/** The losses that are not about masked positions of the picture, which LXMERT and UNITER share. */
export function textLosses(
  { task, qa }: PretrainingOptions,
  batch: Tensors,
  losses: Tensors,
  outputs: Tensors,
  heads: { words(): tf.Tensor; matched(): tf.Tensor; answers(): tf.Tensor },
): void {
  if (task === 'word_mask') {
    outputs.word_scores = heads.words();
    losses.lm_loss = crossEntropy(outputs.word_scores, weight(batch, 'word_labels'), {
      total: batch.word_total,
    });
  }
  if (task === 'matched') {
    outputs.matched_scores = heads.matched();
    losses.matched_loss = crossEntropy(outputs.matched_scores, weight(batch, 'matched_labels'), {
      total: batch.matched_total,
    });
  }
  if (task === 'qa' || qa) {
    outputs.qa_logits = heads.answers();
    losses.qa_loss = crossEntropy(outputs.qa_logits, weight(batch, 'qa_labels'), { total: batch.qa_total });
  }
}

export const sumOf = (losses: Tensors): tf.Scalar =>
  Object.values(losses).reduce((sum, part) => tf.add(sum, part)) as tf.Scalar;

/**
 * What a model of features thinks is in every cell. [B, V, F]
 * @param batch input_ids, visual_feats [B, V, F], vis_mask and visual_pos of task vis_mask
 */
export function regressedFeatures(config: LxmertConfig, weights: Tensors, batch: Tensors): tf.Tensor {
  const visual_feats = visualFeatures(config, weights, batch, true);
  return predictedFeature(config, weights, lxmert(config, weights, { ...batch, visual_feats }).vision);
}

/** Whether a picture is fed as the centroids of its codes: always where cells are masked and codes are predicted. */
export const seesCodes = (
  { num_clusters, exact_features }: Pick<LxmertConfig, 'num_clusters' | 'exact_features'>,
  masked: boolean,
): boolean => num_clusters > 0 && (masked || !exact_features);

/** Codes looked up in the frozen centroids, or features as they came; masked positions replaced by mask_feat. */
export function visualFeatures(
  config: LxmertConfig,
  weights: Tensors,
  batch: Tensors,
  masked: boolean,
): tf.Tensor {
  const features = seesCodes(config, masked)
    ? embedding(weight<tf.Tensor2D>(weights, 'vis_emb.weight'), weight(batch, 'cluster_ids'))
    : weight(batch, 'visual_feats');
  if (!masked) return features; // [B, V, F]
  const [B, V] = features.shape as [number, number];
  // A sum of two products and not a `where`: its gradient to mask_feat is then a plain reduction.
  const mask = tf.reshape(tf.cast(weight(batch, 'vis_mask'), 'float32'), [B, V, 1]);
  const kept = tf.mul(features, tf.sub(tf.scalar(1), mask));
  return tf.add(kept, tf.mul(mask, weight(weights, 'mask_feat')));
}

function visionLosses(
  config: LxmertConfig,
  weights: Tensors,
  batch: Tensors,
  vision: tf.Tensor,
  losses: Tensors,
  outputs: Tensors,
): void {
  const feature = predictedFeature(config, weights, vision);
  if (config.visual_losses.includes('obj')) {
    outputs.obj_logits = objectLogits(config, weights, feature);
    losses.obj_loss = crossEntropy(outputs.obj_logits, weight(batch, 'obj_labels'), {
      weights: batch.obj_weights,
      total: batch.obj_total,
    });
  }
  if (config.visual_losses.includes('feat')) {
    outputs.feat_pred = feature;
    const loss = maskedFeatureLoss(feature, weight(batch, 'feat_labels'), weight(batch, 'vis_mask'));
    losses.feat_loss = batch.row_share ? tf.mul(loss, batch.row_share) : loss;
  }
}

/**
 * Huber loss (delta 1) of the masked positions: mean over features, then over an image's masked positions (none
 * counts as one), then over images. [B, V, F], [B, V, F], int32 [B, V] → scalar
 */
function maskedFeatureLoss(predicted: tf.Tensor, target: tf.Tensor, visMask: tf.Tensor): tf.Scalar {
  const mask = tf.cast(visMask, 'float32');
  const perPosition = tf.mul(tf.mean(huber(predicted, target), -1), mask); // [B, V]
  const masked = tf.maximum(tf.sum(mask, -1), tf.scalar(1)); // [B]
  return tf.mean(tf.div(tf.sum(perPosition, -1), masked)) as tf.Scalar;
}
