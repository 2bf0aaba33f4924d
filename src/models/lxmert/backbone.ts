/**
 * LXMERT's backbone: language encoder, object-relation encoder, cross-modality encoder, pooler (paper, figure 2).
 *
 * B batch, T text tokens, V visual positions, F visual feature, P numbers of a position, D hidden.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensors } from '../../engines/engine.ts';
import { dropped } from '../dropout.ts';
import { embedding, stopGradient } from '../ops.ts';
import type { LxmertConfig } from './config.ts';
import { crossLayerLanguage, crossLayerVision, dense, norm, paddingMask, singleLayer } from './layers.ts';
import { weight } from './weights.ts';

export interface LxmertOutput {
  /** [B, T, D] */
  language: tf.Tensor;
  /** [B, V, D] */
  vision: tf.Tensor;
  /** tanh(dense(language of [CLS])), [B, D] */
  pooled: tf.Tensor;
  /** Both embeddings and the states after each layer, in the order in which the layers run. */
  languageHidden: tf.Tensor[];
  visionHidden: tf.Tensor[];
}

/**
 * Word + position + token type, normalised. Every token type is 0. The tables are `padding_idx = 0` in the reference:
 * row 0 of each gets no gradient from the lookup, which for positions means [CLS]'s, and for token types all.
 * @param inputIds int32 [B, T]
 * @returns [B, T, D]
 */
function embedText(config: LxmertConfig, weights: Tensors, inputIds: tf.Tensor): tf.Tensor {
  const T = inputIds.shape[1];
  if (inputIds.rank !== 2 || T === undefined || T > config.max_position_embeddings) {
    throw new Error(
      `LXMERT: input_ids [${inputIds.shape}], wanted [B, T] with T of at most ${config.max_position_embeddings}`,
    );
  }
  const D = config.hidden_size;
  const table = weight(weights, textTable('position'));
  const first = stopGradient(tf.slice(table, [0, 0], [1, D]));
  const positions = T === 1 ? first : tf.concat([first, tf.slice(table, [1, 0], [T - 1, D])], 0); // [T, D]
  return joinText(config, weights, inputIds, positions);
}

/**
 * The same values without the right gradient, for any number of tokens.
 * @param positions int32 [T], the places of the tokens
 */
export function embedTextAt(
  config: LxmertConfig,
  weights: Tensors,
  inputIds: tf.Tensor,
  positions: tf.Tensor,
): tf.Tensor {
  const where = embedding(weight(weights, textTable('position')), positions);
  return joinText(config, weights, inputIds, where);
}

const textTable = (name: string): string => `bert.embeddings.${name}_embeddings.weight`;

/** @param positions [T, D] */
function joinText(
  config: LxmertConfig,
  weights: Tensors,
  inputIds: tf.Tensor,
  positions: tf.Tensor,
): tf.Tensor {
  const words = embedding(weight(weights, textTable('word')), inputIds, 0);
  // A lookup, and not a constant: its gradient is zero but there, so that the optimizer lets the table decay.
  const type = embedding(weight(weights, textTable('token_type')), tf.zeros([1], 'int32'), 0); // [1, D]
  const joined = tf.add(words, tf.add(positions, type));
  return dropped(config, norm(config, weights, 'bert.embeddings.LayerNorm', joined));
}

/** norm(visn_fc(features)), the half of a visual embedding that says what is seen. [..., F] → [..., D] */
export function embedFeatures(config: LxmertConfig, weights: Tensors, features: tf.Tensor): tf.Tensor {
  const name = 'bert.encoder.visn_fc';
  return norm(config, weights, `${name}.visn_layer_norm`, dense(weights, `${name}.visn_fc`, features));
}

/** norm(box_fc(positions)), the half that says where. [..., P] → [..., D] */
export function embedPositions(config: LxmertConfig, weights: Tensors, positions: tf.Tensor): tf.Tensor {
  const name = 'bert.encoder.visn_fc';
  return norm(config, weights, `${name}.box_layer_norm`, dense(weights, `${name}.box_fc`, positions));
}

/**
 * The mean of both halves. Each is normalised on its own, or large features would drown the positions.
 * @param features [B, V, F]
 * @param positions [B, V, P], or [V, P] when they are the same for all
 * @returns [B, V, D]
 */
function embedVision(
  config: LxmertConfig,
  weights: Tensors,
  features: tf.Tensor,
  positions: tf.Tensor,
): tf.Tensor {
  const where = embedPositions(config, weights, positions);
  const mean = tf.mul(tf.add(embedFeatures(config, weights, features), where), tf.scalar(0.5));
  return dropped(config, mean);
}

/** The object-relation encoder: r_layers of self-attention. No mask: every visual position is there. */
export function relationEncoder(config: LxmertConfig, weights: Tensors, vision: tf.Tensor): tf.Tensor[] {
  const states: tf.Tensor[] = [];
  for (let i = 0; i < config.r_layers; i++) {
    states.push(singleLayer(config, weights, `bert.encoder.r_layers.${i}`, states.at(-1) ?? vision));
  }
  return states;
}

/** The language encoder: l_layers of self-attention over what is not padding. */
export function languageEncoder(
  config: LxmertConfig,
  weights: Tensors,
  text: tf.Tensor,
  mask: tf.Tensor,
): tf.Tensor[] {
  const states: tf.Tensor[] = [];
  for (let i = 0; i < config.l_layers; i++) {
    states.push(singleLayer(config, weights, `bert.encoder.layer.${i}`, states.at(-1) ?? text, mask));
  }
  return states;
}

/**
 * The whole backbone.
 * @param inputs input_ids int32 [B, T]; visual_feats [B, V, F]; visual_pos [B, V, P] or [V, P]
 */
export function lxmert(config: LxmertConfig, weights: Tensors, inputs: Tensors): LxmertOutput {
  const inputIds = weight(inputs, 'input_ids');
  const mask = paddingMask(inputIds);
  const text = embedText(config, weights, inputIds);
  const seen = embedVision(config, weights, weight(inputs, 'visual_feats'), weight(inputs, 'visual_pos'));
  const languageHidden = [text, ...languageEncoder(config, weights, text, mask)];
  const visionHidden = [seen, ...relationEncoder(config, weights, seen)];
  for (let i = 0; i < config.x_layers; i++) {
    const name = `bert.encoder.x_layers.${i}`;
    const language = languageHidden.at(-1)!;
    const vision = visionHidden.at(-1)!;
    languageHidden.push(crossLayerLanguage(config, weights, name, language, vision, mask));
    visionHidden.push(crossLayerVision(config, weights, name, language, vision, mask));
  }
  const language = languageHidden.at(-1)!;
  const pooled = pool(config, weights, language);
  return { language, vision: visionHidden.at(-1)!, pooled, languageHidden, visionHidden };
}

/** [B, T, D] → [B, D], from the state of the first token. */
export function pool(config: LxmertConfig, weights: Tensors, language: tf.Tensor): tf.Tensor {
  const [B] = language.shape as [number];
  const first = tf.reshape(tf.slice(language, [0, 0, 0], [B, 1, config.hidden_size]), [
    B,
    config.hidden_size,
  ]);
  return tf.tanh(dense(weights, 'bert.pooler.dense', first));
}
