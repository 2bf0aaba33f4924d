/**
 * The backbone cut into what painting runs how often: the language encoder once per prompt, the rest once per
 * sampling step, the cluster head only for the positions that a step reads. What captioning runs too
 * (`encodeLanguage`, `encodeCodes`, `crossModality`) has no part of what it does not.
 *
 * N rows of a batch and T text tokens (both symbolic), V visual positions, F visual feature, D hidden, K clusters.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { InputSpec, ModelFunction, Tensors } from '../../engines/engine.ts';
import { embedding, linear } from '../ops.ts';
import { embedFeatures, embedPositions, embedTextAt, languageEncoder, relationEncoder } from './backbone.ts';
import type { LxmertConfig } from './config.ts';
import { transform } from './heads.ts';
import {
  crossLayerLanguage,
  crossLayerVision,
  crossLayerVisionAttention,
  crossLayerVisionForward,
  paddingMask,
} from './layers.ts';
import { weight } from './weights.ts';

export interface PaintingFunction {
  fn: ModelFunction;
  inputs: Record<string, InputSpec>;
  /** Does this weight belong to it? */
  uses(name: string): boolean;
}

/** Names of the weights that folding makes; the other painting functions read them. */
export const FOLDED = {
  /** norm(visn_fc(centroid)) of every code, and last of mask_feat: [K + 1, D] */
  codes: 'painting.code_embeddings',
  /** norm(box_fc(position)): [V, D] */
  positions: 'painting.position_embeddings',
  /** linear_feat followed by the centroids is one matrix: [K, D] and [K] */
  headWeight: 'painting.head.weight',
  headBias: 'painting.head.bias',
} as const;

/**
 * Folds what depends on a code alone: F (2,048 in the paper) never appears in a sampling step, which saves 1.8 of
 * the 2.9 GFLOP of the full-size head on 64 positions.
 * Input: features [N, F]. Output: embedding [N, D] of each.
 */
export function foldCodes(config: LxmertConfig): PaintingFunction {
  return {
    fn: (weights, inputs) => ({ embedding: embedFeatures(config, weights, weight(inputs, 'features')) }),
    inputs: { features: { dtype: 'float32', shape: ['N', config.visual_feat_dim] } },
    uses: (name) => /visn_fc\.visn_/.test(name),
  };
}

/** Input: centroids [N, F]. Outputs: head_weight [N, D] and head_bias [N], without out_cluster.bias. */
export function foldHead(config: LxmertConfig): PaintingFunction {
  const fn: ModelFunction = (weights, inputs) => {
    const centroids = weight<tf.Tensor2D>(inputs, 'centroids');
    const toFeature = weight<tf.Tensor2D>(weights, 'obj_predict_head.linear_feat.weight'); // [F, D]
    const bias = weight(weights, 'obj_predict_head.linear_feat.bias'); // [F]
    return {
      head_weight: tf.matMul(centroids, toFeature),
      head_bias: tf.reshape(tf.matMul(centroids, tf.reshape(bias, [config.visual_feat_dim, 1])), [
        centroids.shape[0],
      ]),
    };
  };
  return {
    fn,
    inputs: { centroids: { dtype: 'float32', shape: ['N', config.visual_feat_dim] } },
    uses: (name) => name.startsWith('obj_predict_head.linear_feat'),
  };
}

/** Input: positions [N, P]. Output: embedding [N, D]. */
export function foldPositions(config: LxmertConfig): PaintingFunction {
  return {
    fn: (weights, inputs) => ({ embedding: embedPositions(config, weights, weight(inputs, 'positions')) }),
    inputs: { positions: { dtype: 'float32', shape: ['N', config.visual_pos_dim] } },
    uses: (name) => /visn_fc\.box_/.test(name),
  };
}

/**
 * Once per prompt or pass over a text. Inputs: input_ids int32 [N, T], 0 is padding; positions int32 [T], 0, 1, 2, … Output: language
 * [N, T, D].
 */
export function encodeLanguage(config: LxmertConfig): PaintingFunction {
  return {
    fn: (weights, inputs) => {
      const ids = weight(inputs, 'input_ids');
      const text = embedTextAt(config, weights, ids, weight(inputs, 'positions'));
      return { language: languageEncoder(config, weights, text, paddingMask(ids)).at(-1) ?? text };
    },
    inputs: {
      input_ids: { dtype: 'int32', shape: ['N', 'T'] },
      positions: { dtype: 'int32', shape: ['T'] },
    },
    uses: (name) => /^bert\.(embeddings|encoder\.layer)\./.test(name),
  };
}

/**
 * Codes to what the object-relation encoder makes of them, without any text: for a grid that is all mask_feat, where
 * every picture begins, it is the same for every prompt. Input: codes int32 [N, V], where K stands for mask_feat.
 * Output: vision [N, V, D].
 */
export function encodeCodes(config: LxmertConfig, positions: number): PaintingFunction {
  return {
    fn: (weights, inputs) => {
      const seen = embedding(weight<tf.Tensor2D>(weights, FOLDED.codes), weight(inputs, 'codes')); // [N, V, D]
      const embedded = tf.mul(tf.add(seen, weight(weights, FOLDED.positions)), tf.scalar(0.5));
      return { vision: relationEncoder(config, weights, embedded).at(-1) ?? embedded };
    },
    inputs: { codes: { dtype: 'int32', shape: ['N', positions] } },
    uses: (name) =>
      name === FOLDED.codes || name === FOLDED.positions || /^bert\.encoder\.r_layers\./.test(name),
  };
}

/**
 * The same of features as they are. Input: visual_feats [N, V, F]. Output: vision [N, V, D].
 */
export function encodeFeatures(config: LxmertConfig, positions: number): PaintingFunction {
  return {
    fn: (weights, inputs) => {
      const seen = embedFeatures(config, weights, weight(inputs, 'visual_feats'));
      const embedded = tf.mul(tf.add(seen, weight(weights, FOLDED.positions)), tf.scalar(0.5));
      return { vision: relationEncoder(config, weights, embedded).at(-1) ?? embedded };
    },
    inputs: { visual_feats: { dtype: 'float32', shape: ['N', positions, config.visual_feat_dim] } },
    uses: (name) =>
      name === FOLDED.positions || /visn_fc\.visn_/.test(name) || /^bert\.encoder\.r_layers\./.test(name),
  };
}

/** The same of boxes, which are elsewhere in every picture: visual_pos [N, V, P] comes with their features. */
export function encodeBoxes(config: LxmertConfig, boxes: number): PaintingFunction {
  return {
    fn: (weights, inputs) => {
      const what = embedFeatures(config, weights, weight(inputs, 'visual_feats'));
      const where = embedPositions(config, weights, weight(inputs, 'visual_pos'));
      const embedded = tf.mul(tf.add(what, where), tf.scalar(0.5));
      return { vision: relationEncoder(config, weights, embedded).at(-1) ?? embedded };
    },
    inputs: {
      visual_feats: { dtype: 'float32', shape: ['N', boxes, config.visual_feat_dim] },
      visual_pos: { dtype: 'float32', shape: ['N', boxes, config.visual_pos_dim] },
    },
    uses: (name) => /visn_fc\./.test(name) || /^bert\.encoder\.r_layers\./.test(name),
  };
}

export const lastLayer = ({ x_layers }: LxmertConfig): string => `bert.encoder.x_layers.${x_layers - 1}`;

/** What the parts with both modalities take. */
export const bothModalities = (config: LxmertConfig, positions: number): PaintingFunction['inputs'] => ({
  input_ids: { dtype: 'int32', shape: ['N', 'T'] },
  language: { dtype: 'float32', shape: ['N', 'T', config.hidden_size] },
  vision: { dtype: 'float32', shape: ['N', positions, config.hidden_size] },
});

/** The same as `crossLayerVision` and its like take them: language, vision, mask. */
export const statesOf = (inputs: Tensors) =>
  [weight(inputs, 'language'), weight(inputs, 'vision'), paddingMask(weight(inputs, 'input_ids'))] as const;

/** @param mask of the words, as `paddingMask` makes it */
export function crossLayersButLast(
  config: LxmertConfig,
  weights: Tensors,
  states: { language: tf.Tensor; vision: tf.Tensor },
  mask: tf.Tensor,
): { language: tf.Tensor; vision: tf.Tensor } {
  let { language, vision } = states;
  for (let i = 0; i < config.x_layers - 1; i++) {
    const name = `bert.encoder.x_layers.${i}`;
    const nextVision = crossLayerVision(config, weights, name, language, vision, mask);
    language = crossLayerLanguage(config, weights, name, language, vision, mask);
    vision = nextVision;
  }
  return { language, vision };
}

/**
 * Once per sampling step or pass over a text: the cross-modality layers but the last, of which painting reads one
 * side and captioning the other. Inputs: input_ids int32 [N, T]; language [N, T, D]; vision [N, V, D]. Outputs:
 * language [N, T, D], vision [N, V, D].
 * @returns undefined when there is only the last
 */
export function crossModality(config: LxmertConfig, positions: number): PaintingFunction | undefined {
  if (config.x_layers < 2) return undefined;
  const fn: ModelFunction = (weights, inputs) => {
    const [language, vision, mask] = statesOf(inputs);
    return crossLayersButLast(config, weights, { language, vision }, mask);
  };
  return {
    fn,
    inputs: bothModalities(config, positions),
    uses: (name) => name.startsWith('bert.encoder.x_layers.') && !name.startsWith(`${lastLayer(config)}.`),
  };
}

/**
 * The visual side of the last cross-modality layer, without its last step, which `predictCodes` takes for the
 * positions that are read. Inputs as `crossModality`. Output: vision [N, V, D].
 */
export function lastVision(config: LxmertConfig, positions: number): PaintingFunction {
  return {
    fn: (weights, inputs) => ({
      vision: crossLayerVisionAttention(config, weights, lastLayer(config), ...statesOf(inputs)),
    }),
    inputs: bothModalities(config, positions),
    uses: (name) =>
      name.startsWith(`${lastLayer(config)}.`) &&
      !name.startsWith(`${lastLayer(config)}.lang_`) &&
      !isForwardOfLastLayer(config, name),
  };
}

const isForwardOfLastLayer = (config: LxmertConfig, name: string): boolean =>
  ['visn_inter', 'visn_output'].some((part) => name.startsWith(`${lastLayer(config)}.${part}.`));

/**
 * For the positions that a step reads, of all rows of the batch one after another. Input: attended [N, D] of
 * `lastVision`. Outputs: logits [N, K]; ids int32 [N] and confidence [N] of the likeliest code.
 */
export function predictCodes(config: LxmertConfig): PaintingFunction {
  return {
    fn: (weights, inputs) => {
      const attended = weight(inputs, 'attended');
      const vision = crossLayerVisionForward(config, weights, lastLayer(config), attended);
      const hidden = transform(config, weights, 'obj_predict_head.transform', vision);
      return scoreCodes(weights, hidden);
    },
    inputs: { attended: { dtype: 'float32', shape: ['N', config.hidden_size] } },
    uses: (name) =>
      isForwardOfLastLayer(config, name) ||
      name.startsWith('obj_predict_head.transform.') ||
      name === FOLDED.headWeight ||
      name === FOLDED.headBias,
  };
}

/** The folded head on transformed rows [N, D]: logits [N, K]; ids int32 [N] and confidence [N] of the likeliest. */
export function scoreCodes(weights: Tensors, hidden: tf.Tensor): Tensors {
  const logits = linear(hidden, weight(weights, FOLDED.headWeight), weight(weights, FOLDED.headBias));
  // The softmax at its maximum, without the other K - 1 quotients.
  const best = tf.max(logits, -1, true); // [N, 1]
  const confidence = tf.div(tf.scalar(1), tf.sum(tf.exp(tf.sub(logits, best)), -1));
  return { logits, ids: tf.argMax(logits, -1), confidence };
}
