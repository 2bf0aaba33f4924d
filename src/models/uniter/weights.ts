/** Which weights a UNITER has: names as in the authors' checkpoints, shapes from the config. */
import { float32, type HostTensor, type HostTensors } from '../../tensor.ts';
import { constant, type NormalSource, normal } from '../initialise.ts';
import { IMAGE_LINEAR, MASK_EMBEDDING } from './backbone.ts';
import type { UniterConfig } from './config.ts';

/** Tensors that the published checkpoints store twice: tied name → the name that the model reads. */
export const UNITER_TIED: Readonly<Record<string, string>> = {
  'cls.predictions.decoder.weight': 'uniter.embeddings.word_embeddings.weight',
  'feat_regress.weight': IMAGE_LINEAR,
};

type Shapes = Record<string, number[]>;

const dense = (name: string, inputs: number, outputs: number): Shapes => ({
  [`${name}.weight`]: [outputs, inputs],
  [`${name}.bias`]: [outputs],
});

const norm = (name: string, width: number): Shapes => ({
  [`${name}.weight`]: [width],
  [`${name}.bias`]: [width],
});

/** Every `uniter.*`: what a fine-tuned model shares with the pre-trained one. */
export function uniterBackboneShapes(config: UniterConfig): Shapes {
  const { hidden_size: D, intermediate_size: inner, visual_feat_dim: F } = config;
  const shapes: Shapes = {
    'uniter.embeddings.word_embeddings.weight': [config.vocab_size, D],
    'uniter.embeddings.position_embeddings.weight': [config.max_position_embeddings, D],
    'uniter.embeddings.token_type_embeddings.weight': [config.type_vocab_size, D],
    ...norm('uniter.embeddings.LayerNorm', D),
    ...dense('uniter.img_embeddings.img_linear', F, D),
    ...norm('uniter.img_embeddings.img_layer_norm', D),
    ...dense('uniter.img_embeddings.pos_linear', config.visual_pos_dim, D),
    ...norm('uniter.img_embeddings.pos_layer_norm', D),
    [MASK_EMBEDDING]: [2, F],
    ...norm('uniter.img_embeddings.LayerNorm', D),
    ...dense('uniter.pooler.dense', D, D),
  };
  for (let i = 0; i < config.num_hidden_layers; i++) {
    const name = `uniter.encoder.layer.${i}`;
    for (const part of ['query', 'key', 'value'])
      Object.assign(shapes, dense(`${name}.attention.self.${part}`, D, D));
    Object.assign(
      shapes,
      dense(`${name}.attention.output.dense`, D, D),
      norm(`${name}.attention.output.LayerNorm`, D),
    );
    Object.assign(
      shapes,
      dense(`${name}.intermediate.dense`, D, inner),
      dense(`${name}.output.dense`, inner, D),
    );
    Object.assign(shapes, norm(`${name}.output.LayerNorm`, D));
  }
  return shapes;
}

/** Name and shape of every weight that the pre-training model reads, frozen ones included. */
export function uniterWeightShapes(config: UniterConfig): Shapes {
  const { hidden_size: D, visual_feat_dim: F, num_clusters: K } = config;
  const shapes: Shapes = {
    ...uniterBackboneShapes(config),
    ...dense('cls.predictions.transform.dense', D, D),
    ...norm('cls.predictions.transform.LayerNorm', D),
    'cls.predictions.bias': [config.vocab_size],
    ...dense('itm_output', D, 2),
    ...dense('feat_regress.net.0', D, D),
    ...norm('feat_regress.net.2', D),
    'feat_regress.bias': [F],
  };
  if (K > 0) {
    shapes['vis_emb.weight'] = [K, F];
    shapes['obj_predict_head.out_cluster.bias'] = [K];
  } else if (config.visual_losses.includes('obj')) {
    Object.assign(shapes, dense('region_classifier.net.0', D, D), norm('region_classifier.net.2', D));
    Object.assign(shapes, dense('region_classifier.net.3', D, config.num_object_labels));
  }
  if (config.num_qa_labels > 0) Object.assign(shapes, uniterAnswerShapes(config, config.num_qa_labels));
  return shapes;
}

/** The head of VQA. */
export function uniterAnswerShapes({ hidden_size: D }: UniterConfig, answers: number): Shapes {
  return {
    ...dense('vqa_output.0', D, 2 * D),
    ...norm('vqa_output.2', 2 * D),
    ...dense('vqa_output.3', 2 * D, answers),
  };
}

/**
 * Fresh weights, at the scales of `initXLxmert` and for its reasons. The layer that reads features is also the one
 * that predicts them: its scale is chosen for the logits of the codes, since a LayerNorm follows it as a reader.
 * @param centroids [K, F], the frozen visual vocabulary, where the config has one
 * @throws when the centroids do not fit the config
 */
export function initUniter(config: UniterConfig, random: NormalSource, centroids?: HostTensor): HostTensors {
  const rms = centroids ? rootMeanSquare(centroids) : 1;
  const weights: HostTensors = {};
  for (const [name, shape] of Object.entries(uniterWeightShapes(config))) {
    const [outputs = 1, inputs = 1] = shape;
    if (name === 'vis_emb.weight') weights[name] = visualVocabulary(config, centroids);
    else if (name === MASK_EMBEDDING) weights[name] = maskEmbedding(inputs, rms, random);
    else if (name === IMAGE_LINEAR)
      weights[name] = normal(shape, 1 / Math.sqrt(inputs * outputs) / rms, random);
    else weights[name] = initialUniterWeight(name, shape, random);
  }
  centrePositions(config, weights);
  return weights;
}

const OUTPUTS = /^(itm_output|vqa_output\.3|nlvr2_output|region_classifier\.net\.3)\./;

/** One fresh weight, by its name, of those that do not depend on the centroids. */
export function initialUniterWeight(
  name: string,
  shape: readonly number[],
  random: NormalSource,
): HostTensor {
  const [outputs = 1, inputs = 1] = shape;
  if (name.endsWith('bias')) return constant(shape, 0);
  if (shape.length === 1) return constant(shape, 1);
  const isSmall = OUTPUTS.test(name) || name.includes('.embeddings.');
  return normal(shape, isSmall ? 0.02 : Math.sqrt(2 / (inputs + outputs)), random);
}

function visualVocabulary(config: UniterConfig, centroids?: HostTensor): HostTensor {
  const wanted = [config.num_clusters, config.visual_feat_dim];
  if (centroids?.dtype !== 'float32' || centroids.shape.join() !== wanted.join()) {
    throw new Error(`centroids must be float32 [${wanted}], got ${centroids?.dtype} [${centroids?.shape}]`);
  }
  return float32(centroids.data as Float32Array, centroids.shape);
}

/** Row 0 is never added; row 1 stands for a masked feature, at the scale of one. */
function maskEmbedding(F: number, rms: number, random: NormalSource): HostTensor {
  const { data } = normal([2, F], rms, random);
  data.fill(0, 0, F);
  return float32(data as Float32Array, [2, F]);
}

function rootMeanSquare({ data }: HostTensor): number {
  let sum = 0;
  for (const x of data) sum += x * x;
  return Math.sqrt(sum / data.length);
}

/** pos_linear is 0 in the middle of the image: its LayerNorm keeps only the direction. */
function centrePositions(config: UniterConfig, weights: HostTensors): void {
  const { data } = weights['uniter.img_embeddings.pos_linear.weight']!;
  const bias = weights['uniter.img_embeddings.pos_linear.bias']!.data;
  const side = 1 / (config.grid ?? 1);
  const middle = [0.5, 0.5, 0.5, 0.5, side, side, side * side];
  for (let d = 0; d < config.hidden_size; d++) {
    for (const [p, x] of middle.entries()) bias[d]! -= x * data[d * config.visual_pos_dim + p]!;
  }
}
