/** Which weights an LXMERT has: names as in the authors' checkpoints, shapes from the config. */
import type * as tf from '@tensorflow/tfjs-core';
import type { Tensors } from '../../engines/engine.ts';
import { float32, type HostTensor, type HostTensors } from '../../tensor.ts';
import { constant, type NormalSource, normal } from '../initialise.ts';
import type { LxmertConfig } from './config.ts';

/**
 * Tensors that the published checkpoints store twice: tied name → the name that the model reads. Drop them with
 * `dropTiedWeights` after reading a file; checkpoints of this project do not hold them.
 */
export const TIED_WEIGHTS: Readonly<Record<string, string>> = {
  'cls.predictions.decoder.weight': 'bert.embeddings.word_embeddings.weight',
  'obj_predict_head.out_cluster.weight': 'vis_emb.weight',
};

/** The visual vocabulary is never trained, neither as input nor as the last layer of the object head (3.2). */
export const FROZEN_WEIGHTS: ReadonlySet<string> = new Set(['vis_emb.weight']);

/** One weight as a tensor. @throws when the record lacks it, which loading should have found. */
export function weight<T extends tf.Tensor = tf.Tensor>(weights: Tensors, name: string): T {
  const tensor = weights[name];
  if (!tensor) throw new Error(`LXMERT: no weight ${name}`);
  return tensor as T;
}

/**
 * Removes the second copy of tied tensors. A file that holds only the tied copy gives its tensor to the other.
 * @throws when two copies differ: then they are not tied, and the checkpoint is for another model.
 */
export function dropTiedWeights(weights: HostTensors): HostTensors {
  const kept = { ...weights };
  for (const [copy, original] of Object.entries(TIED_WEIGHTS)) {
    const tied = kept[copy];
    if (!tied) continue;
    delete kept[copy];
    const first = kept[original];
    if (!first) kept[original] = tied;
    else if (first.data.length !== tied.data.length || first.data.some((x, i) => x !== tied.data[i])) {
      throw new Error(`${copy} and ${original} are tied, but hold different numbers`);
    }
  }
  return kept;
}

type Shapes = Record<string, number[]>;

function dense(name: string, inputs: number, outputs: number): Shapes {
  return { [`${name}.weight`]: [outputs, inputs], [`${name}.bias`]: [outputs] };
}

function norm(name: string, width: number): Shapes {
  return { [`${name}.weight`]: [width], [`${name}.bias`]: [width] };
}

function attentionShapes(name: string, projections: string, D: number): Shapes {
  return {
    ...dense(`${name}.${projections}.query`, D, D),
    ...dense(`${name}.${projections}.key`, D, D),
    ...dense(`${name}.${projections}.value`, D, D),
    ...dense(`${name}.output.dense`, D, D),
    ...norm(`${name}.output.LayerNorm`, D),
  };
}

function feedForwardShapes(intermediate: string, output: string, D: number, inner: number): Shapes {
  return {
    ...dense(`${intermediate}.dense`, D, inner),
    ...dense(`${output}.dense`, inner, D),
    ...norm(`${output}.LayerNorm`, D),
  };
}

function transformShapes(name: string, D: number): Shapes {
  return { ...dense(`${name}.dense`, D, D), ...norm(`${name}.LayerNorm`, D) };
}

/** Every `bert.*`: what a fine-tuned model shares with the pre-trained one. */
export function backboneShapes(config: LxmertConfig): Record<string, number[]> {
  const { hidden_size: D, intermediate_size: inner } = config;
  const shapes: Shapes = {
    'bert.embeddings.word_embeddings.weight': [config.vocab_size, D],
    'bert.embeddings.position_embeddings.weight': [config.max_position_embeddings, D],
    'bert.embeddings.token_type_embeddings.weight': [config.type_vocab_size, D],
    ...norm('bert.embeddings.LayerNorm', D),
    ...dense('bert.encoder.visn_fc.visn_fc', config.visual_feat_dim, D),
    ...norm('bert.encoder.visn_fc.visn_layer_norm', D),
    ...dense('bert.encoder.visn_fc.box_fc', config.visual_pos_dim, D),
    ...norm('bert.encoder.visn_fc.box_layer_norm', D),
    ...dense('bert.pooler.dense', D, D),
  };
  const single = { layer: config.l_layers, r_layers: config.r_layers };
  for (const [stack, layers] of Object.entries(single)) {
    for (let i = 0; i < layers; i++) {
      const name = `bert.encoder.${stack}.${i}`;
      Object.assign(shapes, attentionShapes(`${name}.attention`, 'self', D));
      Object.assign(shapes, feedForwardShapes(`${name}.intermediate`, `${name}.output`, D, inner));
    }
  }
  for (let i = 0; i < config.x_layers; i++) {
    const name = `bert.encoder.x_layers.${i}`;
    Object.assign(shapes, attentionShapes(`${name}.visual_attention`, 'att', D));
    for (const side of ['lang', 'visn']) {
      Object.assign(shapes, attentionShapes(`${name}.${side}_self_att`, 'self', D));
      Object.assign(shapes, feedForwardShapes(`${name}.${side}_inter`, `${name}.${side}_output`, D, inner));
    }
  }
  return shapes;
}

/** Name and shape of every weight that the pre-training model reads, frozen ones included. */
export function lxmertWeightShapes(config: LxmertConfig): Record<string, number[]> {
  const { hidden_size: D, visual_feat_dim: F, num_clusters: K } = config;
  const shapes: Shapes = {
    ...backboneShapes(config),
    ...transformShapes('cls.predictions.transform', D),
    'cls.predictions.bias': [config.vocab_size],
    ...dense('cls.seq_relationship', D, 2),
    ...transformShapes('obj_predict_head.transform', D),
    ...dense('obj_predict_head.linear_feat', D, F),
    mask_feat: [F],
  };
  if (K > 0) {
    shapes['vis_emb.weight'] = [K, F];
    shapes['obj_predict_head.out_cluster.bias'] = [K];
  } else if (config.visual_losses.includes('obj')) {
    Object.assign(shapes, dense('obj_predict_head.out_obj', F, config.num_object_labels));
  }
  if (config.num_qa_labels > 0) Object.assign(shapes, answerHeadShapes(config, D, config.num_qa_labels));
  return shapes;
}

/** linear, GELU, LayerNorm, linear: from `inputs` to twice the hidden size to `outputs`. */
export function answerHeadShapes(
  { hidden_size: D }: LxmertConfig,
  inputs: number,
  outputs: number,
): Record<string, number[]> {
  return {
    ...dense('answer_head.logit_fc.0', inputs, 2 * D),
    ...norm('answer_head.logit_fc.2', 2 * D),
    ...dense('answer_head.logit_fc.3', 2 * D, outputs),
  };
}

const isNormWeight = (name: string): boolean =>
  /(LayerNorm|layer_norm|answer_head\.logit_fc\.2)\.weight$/.test(name);

/**
 * Fresh weights: linear layers normal with deviation sqrt(2 / (in + out)), embeddings and the heads' last layers
 * 0.02, biases 0, LayerNorm 1 and 0. `centroids` [K, F] become the frozen visual vocabulary. Departures from the reference, which starts from a
 * trained LXMERT:
 *
 * - BERT draws linear layers at 0.02, which fits 768 wide layers. At 192 the output of attention is a few hundredths
 *   of what it is added to. With everything masked, 180 steps on codes made of cell labels gave an accuracy of 0.33
 *   with this scale and 0.09 with 0.02 (one seed).
 * - mask_feat is drawn at the scale of the centroids. The reference's zeros, with biases of 0, would give visn_fc's
 *   LayerNorm a zero vector, and its gradient a factor of a million.
 * - box_fc is centred on the middle of the image. LayerNorm keeps only the direction of box_fc(position), and
 *   uncentred the cells of a diagonal all point the same way.
 * @throws when the centroids do not fit the config.
 */
export function initXLxmert(config: LxmertConfig, random: NormalSource, centroids?: HostTensor): HostTensors {
  const weights: HostTensors = {};
  for (const [name, shape] of Object.entries(lxmertWeightShapes(config))) {
    if (name === 'vis_emb.weight') weights[name] = visualVocabulary(config, centroids);
    else if (name === 'mask_feat')
      weights[name] = normal(shape, centroids ? rootMeanSquare(centroids) : 1, random);
    else weights[name] = initialWeight(name, shape, random, centroids);
  }
  centreBoxes(config, weights);
  return weights;
}

/** One fresh weight, by its name. */
export function initialWeight(
  name: string,
  shape: readonly number[],
  random: NormalSource,
  centroids?: HostTensor,
): HostTensor {
  if (name.endsWith('bias')) return constant(shape, 0);
  if (isNormWeight(name)) return constant(shape, 1);
  return normal(shape, deviation(name, shape, centroids), random);
}

function deviation(
  name: string,
  [outputs = 1, inputs = 1]: readonly number[],
  centroids?: HostTensor,
): number {
  // Times the centroids, this gives logits around 1.
  if (name === 'obj_predict_head.linear_feat.weight')
    return 1 / Math.sqrt(inputs * outputs) / (centroids ? rootMeanSquare(centroids) : 1);
  const isOutput = /^(cls\.seq_relationship|answer_head\.logit_fc\.3|obj_predict_head\.out_obj)\./.test(name);
  return isOutput || name.startsWith('bert.embeddings.') ? 0.02 : Math.sqrt(2 / (inputs + outputs));
}

function visualVocabulary(config: LxmertConfig, centroids?: HostTensor): HostTensor {
  const wanted = [config.num_clusters, config.visual_feat_dim];
  if (centroids?.dtype !== 'float32' || centroids.shape.join() !== wanted.join()) {
    throw new Error(`centroids must be float32 [${wanted}], got ${centroids?.dtype} [${centroids?.shape}]`);
  }
  return float32(centroids.data as Float32Array, centroids.shape);
}

function rootMeanSquare(tensor: HostTensor): number {
  let sum = 0;
  for (const x of tensor.data) sum += x * x;
  return Math.sqrt(sum / tensor.data.length);
}

/** bias = -box_fc(x0, y0, x1, y1 = 0.5): only the four coordinates have a middle other than 0. */
function centreBoxes(config: LxmertConfig, weights: HostTensors): void {
  const { data } = weights['bert.encoder.visn_fc.box_fc.weight']!;
  const bias = weights['bert.encoder.visn_fc.box_fc.bias']!.data;
  const P = config.visual_pos_dim;
  for (let d = 0; d < config.hidden_size; d++) {
    for (let p = 0; p < Math.min(4, P); p++) bias[d]! -= 0.5 * data[d * P + p]!;
  }
}
