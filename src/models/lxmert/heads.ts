/**
 * The pre-training heads of X-LXMERT (paper, 3.2; the reference's `lxrt/modeling.py`).
 *
 * B batch, T text tokens, V visual positions, D hidden, F visual feature, K clusters, W words.
 */
import type * as tf from '@tensorflow/tfjs-core';
import type { Tensors } from '../../engines/engine.ts';
import { gelu, linear } from '../ops.ts';
import type { LxmertConfig } from './config.ts';
import { dense, type LayerConfig, norm } from './layers.ts';
import { weight } from './weights.ts';

/** norm(gelu(dense(x))) [..., D] → [..., D] */
export function transform(config: LayerConfig, weights: Tensors, name: string, x: tf.Tensor): tf.Tensor {
  return norm(config, weights, `${name}.LayerNorm`, gelu(dense(weights, `${name}.dense`, x)));
}

/** Masked language modelling through the word embeddings themselves. [..., D] → [..., W] */
export function wordScores(config: LxmertConfig, weights: Tensors, language: tf.Tensor): tf.Tensor {
  return linear(
    transform(config, weights, 'cls.predictions.transform', language),
    weight(weights, 'bert.embeddings.word_embeddings.weight'),
    weight(weights, 'cls.predictions.bias'),
  );
}

/** Image-text matching: logits of [not matched, matched]. [B, D] → [B, 2] */
export function matchedScores(weights: Tensors, pooled: tf.Tensor): tf.Tensor {
  return dense(weights, 'cls.seq_relationship', pooled);
}

/** Question answering. [B, D] → [B, answers] */
export function answerScores(config: LxmertConfig, weights: Tensors, pooled: tf.Tensor): tf.Tensor {
  const inner = gelu(dense(weights, 'answer_head.logit_fc.0', pooled));
  return dense(weights, 'answer_head.logit_fc.3', norm(config, weights, 'answer_head.logit_fc.2', inner));
}

/** What the model thinks it would see. [..., D] → [..., F] */
export function predictedFeature(config: LxmertConfig, weights: Tensors, vision: tf.Tensor): tf.Tensor {
  return dense(
    weights,
    'obj_predict_head.linear_feat',
    transform(config, weights, 'obj_predict_head.transform', vision),
  );
}

/**
 * Logits of a predicted feature [..., F]: its product with the frozen cluster centroids [..., K] (cluster-centroid
 * classification), or of the object classes where there are no clusters.
 */
export function objectLogits(config: LxmertConfig, weights: Tensors, feature: tf.Tensor): tf.Tensor {
  if (config.num_clusters === 0) return dense(weights, 'obj_predict_head.out_obj', feature);
  return linear(
    feature,
    weight(weights, 'vis_emb.weight'),
    weight(weights, 'obj_predict_head.out_cluster.bias'),
  );
}
