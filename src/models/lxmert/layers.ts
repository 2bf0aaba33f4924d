/**
 * The layers of LXMERT (Tan and Bansal 2019, as Hugging Face's `modeling_lxmert.py` computes them); what is
 * trained with dropout drops where it does.
 *
 * B batch, T text tokens, V visual positions, S positions attended to, D hidden, H heads.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensors } from '../../engines/engine.ts';
import { type Dropping, dropped } from '../dropout.ts';
import { gelu, layerNorm, linear } from '../ops.ts';
import type { LxmertConfig } from './config.ts';
import { weight } from './weights.ts';

/** What a layer needs to know of its model; UNITER's layers are the same. */
export type LayerConfig = Pick<LxmertConfig, 'num_attention_heads' | 'layer_norm_eps' | 'pre_norm'> &
  Dropping;

export function dense(weights: Tensors, name: string, x: tf.Tensor): tf.Tensor {
  return linear(x, weight(weights, `${name}.weight`), weight(weights, `${name}.bias`));
}

export function norm(config: LayerConfig, weights: Tensors, name: string, x: tf.Tensor): tf.Tensor {
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

/**
 * States [B, S, D] as [B·S, D]. Between two attentions everything goes row by row; kept flat, it is a third of the
 * nodes that reshaping for every product would make.
 */
interface Rows {
  x: tf.Tensor;
  B: number;
  S: number;
}

function toRows(states: tf.Tensor): Rows {
  const [B, S, D] = states.shape as [number, number, number];
  return { x: tf.reshape(states, [B * S, D]), B, S };
}

function fromRows({ x, B, S }: Rows): tf.Tensor {
  return tf.reshape(x, [B, S, x.shape[1]!]);
}

/** [B·S, D] → [B, H, S, D/H] */
function splitHeads({ B, S }: Rows, x: tf.Tensor, heads: number): tf.Tensor {
  return tf.transpose(tf.reshape(x, [B, S, heads, x.shape[1]! / heads]), [0, 2, 1, 3]);
}

/**
 * norm(residual + dense(x)): the end of every attention and feed-forward block. With `pre_norm` the same norm stands
 * before the block instead (`blockInput`).
 */
function addAndNorm(
  config: LayerConfig,
  weights: Tensors,
  name: string,
  x: tf.Tensor,
  residual: tf.Tensor,
): tf.Tensor {
  const sum = tf.add(dropped(config, dense(weights, `${name}.dense`, x)), residual);
  return config.pre_norm ? sum : norm(config, weights, `${name}.LayerNorm`, sum);
}

/** What a block computes from: its states as they are, or normalised where the norm stands before the block. */
function blockInput(config: LayerConfig, weights: Tensors, name: string, x: tf.Tensor): tf.Tensor {
  return config.pre_norm ? norm(config, weights, `${name}.LayerNorm`, x) : x;
}

/**
 * Multi-head attention of `hidden` (T rows each) to `context` (S rows each), projections at `projections`.query
 * etc., then addAndNorm at `output`.
 * @param mask [B, 1, 1, S], added to the scores
 */
function attention(
  config: LayerConfig,
  weights: Tensors,
  { projections, output }: { projections: string; output: string },
  hidden: Rows,
  context: Rows,
  mask?: tf.Tensor,
): Rows {
  const H = config.num_attention_heads;
  const { B, S: T } = hidden;
  const D = hidden.x.shape[1]!;
  const own = blockInput(config, weights, output, hidden.x);
  const other = context === hidden ? own : blockInput(config, weights, output, context.x);
  const query = splitHeads(hidden, dense(weights, `${projections}.query`, own), H);
  const key = splitHeads(context, dense(weights, `${projections}.key`, other), H);
  const value = splitHeads(context, dense(weights, `${projections}.value`, other), H);
  const products = tf.matMul(query, key, false, true); // [B, H, T, S]
  let scores: tf.Tensor = tf.mul(products, tf.scalar(1 / Math.sqrt(D / H)));
  if (mask) scores = tf.add(scores, mask);
  const mixed = tf.matMul(dropped(config, tf.softmax(scores)), value); // [B, H, T, D/H]
  const joined = tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [B * T, D]);
  return { ...hidden, x: addAndNorm(config, weights, output, joined, hidden.x) };
}

function selfAttention(
  config: LayerConfig,
  weights: Tensors,
  name: string,
  hidden: Rows,
  mask?: tf.Tensor,
): Rows {
  const names = { projections: `${name}.self`, output: `${name}.output` };
  return attention(config, weights, names, hidden, hidden, mask);
}

function crossAttention(
  config: LayerConfig,
  weights: Tensors,
  name: string,
  hidden: Rows,
  context: Rows,
  mask?: tf.Tensor,
): Rows {
  const names = { projections: `${name}.att`, output: `${name}.output` };
  return attention(config, weights, names, hidden, context, mask);
}

function feedForward(
  config: LayerConfig,
  weights: Tensors,
  intermediate: string,
  output: string,
  hidden: Rows,
): Rows {
  const inner = gelu(dense(weights, `${intermediate}.dense`, blockInput(config, weights, output, hidden.x)));
  return { ...hidden, x: addAndNorm(config, weights, output, inner, hidden.x) };
}

/** One layer of the language or the object-relation encoder. [B, S, D] → [B, S, D] */
export function singleLayer(
  config: LayerConfig,
  weights: Tensors,
  name: string,
  hidden: tf.Tensor,
  mask?: tf.Tensor,
): tf.Tensor {
  const attended = selfAttention(config, weights, `${name}.attention`, toRows(hidden), mask);
  return fromRows(feedForward(config, weights, `${name}.intermediate`, `${name}.output`, attended));
}

/** The text side of a cross-modality layer. The two directions share the weights of `visual_attention`. */
export function crossLayerLanguage(
  config: LayerConfig,
  weights: Tensors,
  name: string,
  language: tf.Tensor,
  vision: tf.Tensor,
  mask: tf.Tensor,
): tf.Tensor {
  const text = toRows(language);
  const crossed = crossAttention(config, weights, `${name}.visual_attention`, text, toRows(vision));
  const attended = selfAttention(config, weights, `${name}.lang_self_att`, crossed, mask);
  return fromRows(feedForward(config, weights, `${name}.lang_inter`, `${name}.lang_output`, attended));
}

/**
 * The attention of the visual side of a cross-modality layer, from the same inputs as the text side: neither waits
 * for the other.
 */
export function crossLayerVisionAttention(
  config: LayerConfig,
  weights: Tensors,
  name: string,
  language: tf.Tensor,
  vision: tf.Tensor,
  mask: tf.Tensor,
): tf.Tensor {
  const text = toRows(language);
  const crossed = crossAttention(config, weights, `${name}.visual_attention`, toRows(vision), text, mask);
  return fromRows(selfAttention(config, weights, `${name}.visn_self_att`, crossed));
}

/** What follows it, position by position. [B, S, D] or rows [N, D] → the same */
export function crossLayerVisionForward(
  config: LayerConfig,
  weights: Tensors,
  name: string,
  attended: tf.Tensor,
): tf.Tensor {
  const names = [`${name}.visn_inter`, `${name}.visn_output`] as const;
  if (attended.rank === 3) return fromRows(feedForward(config, weights, ...names, toRows(attended)));
  return feedForward(config, weights, ...names, { x: attended, B: attended.shape[0]!, S: 1 }).x;
}

/** The visual side of a cross-modality layer. */
export function crossLayerVision(
  config: LayerConfig,
  weights: Tensors,
  name: string,
  language: tf.Tensor,
  vision: tf.Tensor,
  mask: tf.Tensor,
): tf.Tensor {
  const attended = crossLayerVisionAttention(config, weights, name, language, vision, mask);
  return crossLayerVisionForward(config, weights, name, attended);
}
