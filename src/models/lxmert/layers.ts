/**
 * The layers of LXMERT (Tan and Bansal 2019, as Hugging Face's `modeling_lxmert.py` computes them), without
 * dropout.
 *
 * B batch, T text tokens, V visual positions, S positions attended to, D hidden, H heads.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensors } from '../../engines/engine.ts';
import { gelu, layerNorm, linear } from '../ops.ts';
import type { LxmertConfig } from './config.ts';
import { weight } from './weights.ts';

export function dense(weights: Tensors, name: string, x: tf.Tensor): tf.Tensor {
  return linear(x, weight(weights, `${name}.weight`), weight(weights, `${name}.bias`));
}

export function norm(config: LxmertConfig, weights: Tensors, name: string, x: tf.Tensor): tf.Tensor {
  return layerNorm(
    x,
    weight(weights, `${name}.weight`),
    weight(weights, `${name}.bias`),
    config.layer_norm_eps,
  );
}

/**
 * What is added to attention scores: 0 at words, -10000 at padding, whose weight after the softmax is then exactly
 * 0 in float32. The lowest float, which newer versions add, would overflow in float16.
 * @param inputIds int32 [B, T], 0 is padding
 * @returns [B, 1, 1, T]
 */
export function paddingMask(inputIds: tf.Tensor): tf.Tensor {
  const padding = tf.cast(tf.equal(inputIds, tf.scalar(0, 'int32')), 'float32');
  const [B, T] = inputIds.shape as [number, number];
  return tf.reshape(tf.mul(padding, tf.scalar(-10000)), [B, 1, 1, T]);
}

/** [B, S, D] → [B, H, S, D/H] */
function splitHeads(x: tf.Tensor, heads: number): tf.Tensor {
  const [B, S, D] = x.shape as [number, number, number];
  return tf.transpose(tf.reshape(x, [B, S, heads, D / heads]), [0, 2, 1, 3]);
}

/** Multi-head attention of `hidden` [B, T, D] to `context` [B, S, D] → [B, T, D], projections at `name`.query etc. */
function attention(
  config: LxmertConfig,
  weights: Tensors,
  name: string,
  hidden: tf.Tensor,
  context: tf.Tensor,
  mask?: tf.Tensor,
): tf.Tensor {
  const H = config.num_attention_heads;
  const [B, T, D] = hidden.shape as [number, number, number];
  const scale = tf.scalar(1 / Math.sqrt(D / H));
  const query = splitHeads(tf.mul(dense(weights, `${name}.query`, hidden), scale), H);
  const key = splitHeads(dense(weights, `${name}.key`, context), H);
  const value = splitHeads(dense(weights, `${name}.value`, context), H);
  let scores = tf.matMul(query, key, false, true); // [B, H, T, S]
  if (mask) scores = tf.add(scores, mask);
  const mixed = tf.matMul(tf.softmax(scores), value); // [B, H, T, D/H]
  return tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [B, T, D]);
}

/** norm(residual + dense(x)): the end of every attention and feed-forward block. */
function addAndNorm(
  config: LxmertConfig,
  weights: Tensors,
  name: string,
  x: tf.Tensor,
  residual: tf.Tensor,
): tf.Tensor {
  return norm(config, weights, `${name}.LayerNorm`, tf.add(dense(weights, `${name}.dense`, x), residual));
}

export function selfAttention(
  config: LxmertConfig,
  weights: Tensors,
  name: string,
  hidden: tf.Tensor,
  mask?: tf.Tensor,
): tf.Tensor {
  const mixed = attention(config, weights, `${name}.self`, hidden, hidden, mask);
  return addAndNorm(config, weights, `${name}.output`, mixed, hidden);
}

export function crossAttention(
  config: LxmertConfig,
  weights: Tensors,
  name: string,
  hidden: tf.Tensor,
  context: tf.Tensor,
  mask?: tf.Tensor,
): tf.Tensor {
  const mixed = attention(config, weights, `${name}.att`, hidden, context, mask);
  return addAndNorm(config, weights, `${name}.output`, mixed, hidden);
}

export function feedForward(
  config: LxmertConfig,
  weights: Tensors,
  intermediate: string,
  output: string,
  hidden: tf.Tensor,
): tf.Tensor {
  const inner = gelu(dense(weights, `${intermediate}.dense`, hidden));
  return addAndNorm(config, weights, output, inner, hidden);
}

/** One layer of the language or the object-relation encoder. */
export function singleLayer(
  config: LxmertConfig,
  weights: Tensors,
  name: string,
  hidden: tf.Tensor,
  mask?: tf.Tensor,
): tf.Tensor {
  const attended = selfAttention(config, weights, `${name}.attention`, hidden, mask);
  return feedForward(config, weights, `${name}.intermediate`, `${name}.output`, attended);
}

/** The text side of a cross-modality layer. The two directions share the weights of `visual_attention`. */
export function crossLayerLanguage(
  config: LxmertConfig,
  weights: Tensors,
  name: string,
  language: tf.Tensor,
  vision: tf.Tensor,
  mask: tf.Tensor,
): tf.Tensor {
  const crossed = crossAttention(config, weights, `${name}.visual_attention`, language, vision);
  const attended = selfAttention(config, weights, `${name}.lang_self_att`, crossed, mask);
  return feedForward(config, weights, `${name}.lang_inter`, `${name}.lang_output`, attended);
}

/**
 * The attention of the visual side of a cross-modality layer, from the same inputs as the text side: neither waits
 * for the other.
 */
export function crossLayerVisionAttention(
  config: LxmertConfig,
  weights: Tensors,
  name: string,
  language: tf.Tensor,
  vision: tf.Tensor,
  mask: tf.Tensor,
): tf.Tensor {
  const crossed = crossAttention(config, weights, `${name}.visual_attention`, vision, language, mask);
  return selfAttention(config, weights, `${name}.visn_self_att`, crossed);
}

/** What follows it, position by position. [..., D] → [..., D] */
export function crossLayerVisionForward(
  config: LxmertConfig,
  weights: Tensors,
  name: string,
  attended: tf.Tensor,
): tf.Tensor {
  return feedForward(config, weights, `${name}.visn_inter`, `${name}.visn_output`, attended);
}

/** The visual side of a cross-modality layer. */
export function crossLayerVision(
  config: LxmertConfig,
  weights: Tensors,
  name: string,
  language: tf.Tensor,
  vision: tf.Tensor,
  mask: tf.Tensor,
): tf.Tensor {
  const attended = crossLayerVisionAttention(config, weights, name, language, vision, mask);
  return crossLayerVisionForward(config, weights, name, attended);
}
