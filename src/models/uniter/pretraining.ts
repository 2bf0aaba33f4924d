/**
 * Pre-training of UNITER on grids, and of X-UNITER: the objectives of X-LXMERT on UNITER's stream. Masked regions
 * are classified into the visual vocabulary (X-UNITER), or regressed and classified into objects (UNITER + Grid).
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensors } from '../../engines/engine.ts';
import {
  type PretrainingOptions,
  type PretrainingResult,
  seesCodes,
  sumOf,
  textLosses,
} from '../lxmert/pretraining.ts';
import { weight } from '../lxmert/weights.ts';
import { crossEntropy, embedding } from '../ops.ts';
import {
  embedFeatures,
  embedPositions,
  embedText,
  encode,
  joinImage,
  joinStream,
  pool,
  withMask,
} from './backbone.ts';
import type { UniterConfig } from './config.ts';
import {
  answerScores,
  codeScores,
  matchedScores,
  predictedFeature,
  regionScores,
  wordScores,
} from './heads.ts';

/** Where the tokens are: 0, 1, 2, … */
function places(inputIds: tf.Tensor): tf.Tensor {
  const T = inputIds.shape[1]!;
  return tf.tensor1d(
    Array.from({ length: T }, (_, place) => place),
    'int32',
  );
}

/**
 * The stream on text and grid.
 * @param inputs input_ids int32 [B, T], 0 is padding; visual_feats [B, V, F]; visual_pos [V, P] or [B, V, P]
 * @param second where second pictures are, which are of type 2 in a model that has it
 * @returns states [B, T + V, D], in which language [B, T, D] comes before vision [B, V, D]; pooled [B, D]
 */
export function uniterOnGrid(
  config: UniterConfig,
  weights: Tensors,
  inputs: Tensors,
  second?: 'odd rows' | 'second half',
): { states: tf.Tensor; language: tf.Tensor; vision: tf.Tensor; pooled: tf.Tensor } {
  const ids = weight(inputs, 'input_ids');
  const T = ids.shape[1]!;
  const text = embedText(config, weights, ids, places(ids));
  const where = embedPositions(config, weights, weight(inputs, 'visual_pos'));
  const what = embedFeatures(config, weights, weight(inputs, 'visual_feats'));
  const typed = config.type_vocab_size > 2 ? second : undefined;
  const image =
    typed === 'odd rows'
      ? joinPairs(config, weights, what, where)
      : joinImage(config, weights, what, where, typed && halves(what.shape[1]!));
  const { states: embedded, mask } = joinStream(ids, text, image);
  const states = encode(config, weights, embedded, mask).at(-1) ?? embedded;
  const [language, vision] = tf.split(states, [T, image.shape[1]!], 1) as [tf.Tensor, tf.Tensor];
  return { states, language, vision, pooled: pool(weights, states) };
}

/** Types of two pictures of as many positions, one after the other. [1, V] */
function halves(V: number): tf.Tensor {
  const types = Array.from({ length: V }, (_, place) => (place < V / 2 ? 1 : 2));
  return tf.tensor2d(types, [1, V], 'int32');
}

/** Pictures of types 1 and 2 in turn. [2B, V, D] twice, or where [V, D] → [2B, V, D] */
function joinPairs(config: UniterConfig, weights: Tensors, what: tf.Tensor, where: tf.Tensor): tf.Tensor {
  const [rows, V, D] = what.shape as [number, number, number];
  const pairs = (x: tf.Tensor): tf.Tensor => tf.reshape(x, [rows / 2, 2, V, D]);
  const types = tf.tensor2d([1, 2], [2, 1], 'int32');
  const joined = joinImage(config, weights, pairs(what), where.rank === 3 ? pairs(where) : where, types);
  return tf.reshape(joined, [rows, V, D]);
}

/** The same batches and result as `regressedFeatures` of LXMERT. [B, V, F] */
export function uniterRegressedFeatures(config: UniterConfig, weights: Tensors, batch: Tensors): tf.Tensor {
  const visual_feats = masked(weights, weight(batch, 'visual_feats'), weight(batch, 'vis_mask'));
  return predictedFeature(config, weights, uniterOnGrid(config, weights, { ...batch, visual_feats }).vision);
}

/** The same batches and results as `pretrainingLoss` of LXMERT. Labels of -100 do not count. */
export function uniterPretrainingLoss(
  config: UniterConfig,
  weights: Tensors,
  batch: Tensors,
  options: PretrainingOptions,
): PretrainingResult {
  const { task } = options;
  const losses: Tensors = {};
  const outputs: Tensors = {};
  const exact = seesCodes(config, task === 'vis_mask')
    ? embedding(weight(weights, 'vis_emb.weight'), weight(batch, 'cluster_ids'))
    : weight(batch, 'visual_feats');
  const visual_feats = task === 'vis_mask' ? masked(weights, exact, weight(batch, 'vis_mask')) : exact;
  const { language, vision, pooled } = uniterOnGrid(config, weights, { ...batch, visual_feats });
  if (task === 'vis_mask') visionLosses(config, weights, batch, vision, losses, outputs);
  textLosses(options, batch, losses, outputs, {
    words: () => wordScores(config, weights, language),
    matched: () => matchedScores(weights, pooled),
    answers: () => answerScores(config, weights, pooled),
  });
  return { loss: sumOf(losses), losses, outputs };
}

/** UNITER sets masked features to 0 and adds the mask embedding. */
function masked(weights: Tensors, features: tf.Tensor, masks: tf.Tensor): tf.Tensor {
  const kept = tf.sub(tf.scalar(1), tf.cast(tf.expandDims(masks, -1), 'float32'));
  return withMask(weights, tf.mul(features, kept), masks);
}

function visionLosses(
  config: UniterConfig,
  weights: Tensors,
  batch: Tensors,
  vision: tf.Tensor,
  losses: Tensors,
  outputs: Tensors,
): void {
  if (config.num_clusters > 0) {
    outputs.obj_logits = codeScores(weights, predictedFeature(config, weights, vision));
  } else if (config.visual_losses.includes('obj')) {
    outputs.obj_logits = regionScores(config, weights, vision);
  }
  if (outputs.obj_logits) {
    const labels = weight(batch, 'obj_labels');
    losses.obj_loss = crossEntropy(outputs.obj_logits, labels, {
      weights: batch.obj_weights,
      total: batch.obj_total,
    });
  }
  if (config.visual_losses.includes('feat')) {
    outputs.feat_pred = predictedFeature(config, weights, vision);
    losses.feat_loss = regressionLoss(
      outputs.feat_pred,
      weight(batch, 'feat_labels'),
      weight(batch, 'vis_mask'),
      batch.masked_total,
    );
  }
}

/**
 * Mean squared error of the masked positions. [B, V, F] twice, int32 [B, V] → scalar; 0 when none is masked
 * @param total of a batch that this is a part of: its masked positions
 */
export function regressionLoss(
  predicted: tf.Tensor,
  target: tf.Tensor,
  mask: tf.Tensor,
  total?: tf.Tensor,
): tf.Scalar {
  const counted = tf.cast(mask, 'float32');
  const errors = tf.mul(tf.mean(tf.square(tf.sub(predicted, target)), -1), counted);
  const divisor = tf.maximum(total ?? tf.sum(counted), tf.scalar(1));
  return tf.div(tf.sum(errors), divisor) as tf.Scalar;
}
