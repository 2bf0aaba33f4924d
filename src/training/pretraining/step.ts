/** Loss and accuracies of a pre-training task, for steps and for validation. */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensors } from '../../engines/engine.ts';
import { dropout } from '../../models/dropout.ts';
import { type ModelConfig, modelPretrainingLoss } from '../../models/family.ts';
import { gridPositions } from '../../models/lxmert/index.ts';
import type { Loss } from '../run/gradient-step.ts';
import type { Modality } from './batches.ts';

/** The logs' names; every task reports all of them, and 0 for those that it does not have. */
const PRETRAINING_METRICS = ['accuracy', 'qa_loss', 'qa_accuracy'] as const;

/** Which of the metrics a task really has. */
export const METRICS_OF: Record<Modality, readonly string[]> = {
  vis_mask: ['accuracy'],
  word_mask: ['accuracy'],
  matched: ['accuracy', 'qa_loss', 'qa_accuracy'],
};

/** Share of the labels that count (not -100) which the likeliest class hits; 0 when none counts. */
function accuracy(logits: tf.Tensor, labels: tf.Tensor): tf.Tensor {
  const counts = tf.cast(tf.greaterEqual(labels, tf.scalar(0, 'int32')), 'float32');
  const right = tf.cast(tf.equal(tf.cast(tf.argMax(logits, -1), 'int32'), labels), 'float32');
  return tf.div(tf.sum(tf.mul(right, counts)), tf.maximum(tf.sum(counts), tf.scalar(1)));
}

/** Codes (CCC), words (MLM), or whether text and picture belong together (ITM) and the answer (QA). */
/** @param rate of dropout; the batch then has a dropout_seed */
export function pretrainingTaskLoss(config: ModelConfig, grid: number, task: Modality, rate = 0): Loss {
  const { data, shape } = gridPositions(grid, config.visual_pos_dim);
  return (weights, batch) => {
    const inputs: Tensors = { ...batch, visual_pos: tf.tensor(data as Float32Array, shape as number[]) };
    // A model of exact features regresses what it sees where nothing is masked.
    if (batch.visual_feats && config.visual_losses.includes('feat')) inputs.feat_labels = batch.visual_feats;
    const trained = rate > 0 ? { ...config, drop: dropout(rate, batch.dropout_seed!) } : config;
    const { loss, losses, outputs } = modelPretrainingLoss(trained, weights, inputs, {
      task,
      qa: task === 'matched',
    });
    const aux: Tensors = Object.fromEntries(PRETRAINING_METRICS.map((name) => [name, tf.scalar(0)]));
    if (task === 'vis_mask' && outputs.obj_logits)
      aux.accuracy = accuracy(outputs.obj_logits, batch.obj_labels!);
    if (task === 'word_mask') aux.accuracy = accuracy(outputs.word_scores!, batch.word_labels!);
    if (task === 'matched') {
      aux.accuracy = accuracy(outputs.matched_scores!, batch.matched_labels!);
      aux.qa_loss = losses.qa_loss!;
      aux.qa_accuracy = accuracy(outputs.qa_logits!, batch.qa_labels!);
    }
    return { loss, aux };
  };
}
