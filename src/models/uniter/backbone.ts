/**
 * UNITER's backbone (Chen et al. 2020): text and image embeddings side by side in one stream of self-attention.
 *
 * B batch, T text tokens, V visual positions, L = T + V (or what a gather index makes of it), F visual feature,
 * P numbers of a position, D hidden.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensors } from '../../engines/engine.ts';
import { dropped } from '../dropout.ts';
import { dense, norm, singleLayer } from '../lxmert/layers.ts';
import { weight } from '../lxmert/weights.ts';
import { embedding } from '../ops.ts';
import type { UniterConfig } from './config.ts';

const TEXT = 'uniter.embeddings';
const IMAGE = 'uniter.img_embeddings';
export const MASK_EMBEDDING = `${IMAGE}.mask_embedding.weight`;
export const IMAGE_LINEAR = `${IMAGE}.img_linear.weight`;
export const WORD_EMBEDDINGS = `${TEXT}.word_embeddings.weight`;

/** One row of a table [N, D], with its gradient: [1, D]. */
function row(table: tf.Tensor, at: number): tf.Tensor {
  return tf.slice(table, [at, 0], [1, table.shape[1]!]);
}

/** Words, places and the type of text, normalised. int32 [B, T], int32 [T] or [1, T] → [B, T, D] */
export function embedText(
  config: UniterConfig,
  weights: Tensors,
  inputIds: tf.Tensor,
  positions: tf.Tensor,
): tf.Tensor {
  const words = embedding(weight(weights, WORD_EMBEDDINGS), inputIds, 0);
  const places = embedding(weight(weights, `${TEXT}.position_embeddings.weight`), positions);
  const type = row(weight(weights, `${TEXT}.token_type_embeddings.weight`), 0);
  return dropped(config, norm(config, weights, `${TEXT}.LayerNorm`, tf.add(tf.add(words, places), type)));
}

/** norm(img_linear(features)): the half that says what. [..., F] → [..., D] */
export function embedFeatures(config: UniterConfig, weights: Tensors, features: tf.Tensor): tf.Tensor {
  return norm(config, weights, `${IMAGE}.img_layer_norm`, dense(weights, `${IMAGE}.img_linear`, features));
}

/** norm(pos_linear(positions)): the half that says where. [..., P] → [..., D] */
export function embedPositions(config: UniterConfig, weights: Tensors, positions: tf.Tensor): tf.Tensor {
  return norm(config, weights, `${IMAGE}.pos_layer_norm`, dense(weights, `${IMAGE}.pos_linear`, positions));
}

/**
 * Both halves and the type of the picture, normalised together.
 * @param where embedded positions
 * @param types int32 [B, V] (or what fits it) for NLVR2, whose pictures are of types 1 and 2; every other is of type 1
 */
export function joinImage(
  config: UniterConfig,
  weights: Tensors,
  what: tf.Tensor,
  where: tf.Tensor,
  types?: tf.Tensor,
): tf.Tensor {
  const table = weight(weights, `${TEXT}.token_type_embeddings.weight`);
  const type = types ? embedding(table, types) : row(table, 1);
  return dropped(config, norm(config, weights, `${IMAGE}.LayerNorm`, tf.add(tf.add(what, where), type)));
}

/** features + mask · mask_embedding row 1; row 0 is always zero. [B, V, F], int32 [B, V] → [B, V, F] */
export function withMask(weights: Tensors, features: tf.Tensor, masks: tf.Tensor): tf.Tensor {
  const mask = tf.cast(tf.expandDims(masks, -1), 'float32');
  return tf.add(features, tf.mul(mask, row(weight(weights, MASK_EMBEDDING), 1)));
}

/** What is added to attention scores: 0 where the mask is 1, -10000 where it is 0. [B, L] → [B, 1, 1, L] */
function attentionMask(mask: tf.Tensor): tf.Tensor {
  const hidden = tf.sub(tf.scalar(1), tf.cast(mask, 'float32'));
  return tf.expandDims(tf.expandDims(tf.mul(hidden, tf.scalar(-10000)), 1), 1);
}

/** The states after each layer. [B, L, D] */
export function encode(
  config: UniterConfig,
  weights: Tensors,
  states: tf.Tensor,
  mask: tf.Tensor,
): tf.Tensor[] {
  const layers: tf.Tensor[] = [];
  for (let i = 0; i < config.num_hidden_layers; i++) {
    layers.push(singleLayer(config, weights, `uniter.encoder.layer.${i}`, layers.at(-1) ?? states, mask));
  }
  return layers;
}

/** tanh(dense(state of the first token)). [B, L, D] → [B, D] */
export function pool(weights: Tensors, states: tf.Tensor): tf.Tensor {
  const [B, , D] = states.shape as [number, number, number];
  const first = tf.reshape(tf.slice(states, [0, 0, 0], [B, 1, D]), [B, D]);
  return tf.tanh(dense(weights, 'uniter.pooler.dense', first));
}

export interface UniterOutput {
  text?: tf.Tensor;
  image?: tf.Tensor;
  layers: tf.Tensor[];
  /** [B, L, D] */
  states: tf.Tensor;
  /** [B, D] */
  pooled: tf.Tensor;
}

/**
 * The whole backbone on batches as UNITER's collate functions make them.
 * @param inputs attn_masks int32 [B, L]; for text input_ids int32 [B, T] and position_ids int32 [1, T]; for pictures
 *   img_feat [B, V, F], img_pos_feat [B, V, P], and where wanted img_masks int32 [B, V] and img_type_ids int32
 *   [B, V]; for both gather_index int32 [B, L], the place of each position in text and image side by side, which
 *   moves all padding to the end
 */
export function uniter(config: UniterConfig, weights: Tensors, inputs: Tensors): UniterOutput {
  const { input_ids, position_ids, img_feat, img_masks, img_type_ids } = inputs;
  const text =
    input_ids && embedText(config, weights, input_ids, position_ids ?? weight(inputs, 'position_ids'));
  let image: tf.Tensor | undefined;
  if (img_feat) {
    const seen = img_masks ? withMask(weights, img_feat, img_masks) : img_feat;
    const what = embedFeatures(config, weights, seen);
    image = joinImage(
      config,
      weights,
      what,
      embedPositions(config, weights, weight(inputs, 'img_pos_feat')),
      img_type_ids,
    );
  }
  const embedded =
    text && image ? gathered(tf.concat([text, image], 1), weight(inputs, 'gather_index')) : (text ?? image);
  if (!embedded) throw new Error('UNITER: neither input_ids nor img_feat');
  const layers = encode(config, weights, embedded, attentionMask(weight(inputs, 'attn_masks')));
  const states = layers.at(-1) ?? embedded;
  return { ...(text && { text }), ...(image && { image }), layers, states, pooled: pool(weights, states) };
}

/** Rows of each sample in another order. [B, M, D], int32 [B, L] → [B, L, D] */
function gathered(states: tf.Tensor, index: tf.Tensor): tf.Tensor {
  const [B, M, D] = states.shape as [number, number, number];
  const samples = tf.tensor2d(
    Array.from({ length: B }, (_, b) => b * M),
    [B, 1],
    'int32',
  );
  return embedding(tf.reshape(states, [B * M, D]), tf.add(index, samples));
}

/** Text and picture side by side, padding of the text masked in place. int32 [B, T], [B, T, D], [B, V, D] */
export function joinStream(
  inputIds: tf.Tensor,
  text: tf.Tensor,
  image: tf.Tensor,
): { states: tf.Tensor; mask: tf.Tensor } {
  const padding = tf.cast(tf.equal(inputIds, tf.scalar(0, 'int32')), 'float32');
  const hidden = tf.mul(padding, tf.scalar(-10000)); // [B, T]
  const visible = tf.zeros(image.shape.slice(0, 2)); // [B, V]
  const mask = tf.expandDims(tf.expandDims(tf.concat([hidden, visible], 1), 1), 1);
  return { states: tf.concat([text, image], 1), mask };
}
