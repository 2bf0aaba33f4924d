/**
 * Models of the paper's size with random weights: what the published checkpoints cost, without having them. Neither
 * speed nor memory depend on what the weights say.
 */
import { GRID } from '../grid.ts';
import { type DetectorConfig, PUBLISHED_DETECTOR } from '../models/detector/config.ts';
import { detectorWeightShapes } from '../models/detector/detector.ts';
import type { AnswerHead } from '../models/finetuning-choices.ts';
import type { SpadeGeneratorConfig } from '../models/generator/config.ts';
import { initialGenerator } from '../models/generator/generator.ts';
import { constant, type NormalSource, normal } from '../models/initialise.ts';
import type { LxmertConfig } from '../models/lxmert/config.ts';
import { finetunedWeightShapes, parseFinetunedConfig } from '../models/lxmert/index.ts';
import { initialWeight, initXLxmert } from '../models/lxmert/weights.ts';
import { createRandom } from '../random.ts';
import { float32, type HostTensors, sizeOf } from '../tensor.ts';

/** LXMERT base on an 8 × 8 grid of 10,000 clusters of 2,048-d features. */
export const PAPER_LXMERT: LxmertConfig & { grid: number } = {
  vocab_size: 30_522,
  hidden_size: 768,
  num_attention_heads: 12,
  intermediate_size: 3072,
  l_layers: 9,
  r_layers: 5,
  x_layers: 5,
  max_position_embeddings: 512,
  type_vocab_size: 2,
  visual_feat_dim: 2048,
  visual_pos_dim: 4,
  num_clusters: 10_000,
  // The answer head takes no part in painting.
  num_qa_labels: 0,
  num_object_labels: 0,
  hidden_act: 'gelu',
  layer_norm_eps: 1e-12,
  visual_losses: ['obj'],
  grid: GRID,
};

/** The authors' generator for 256 × 256 pixels. */
export const PAPER_GENERATOR: SpadeGeneratorConfig = {
  architecture: 'spade',
  emb_dim: PAPER_LXMERT.visual_feat_dim,
  codebook_dim: 256,
  base_dim: 32,
  spade_hidden: 128,
  extra_layers: 0,
  grid: GRID,
  target_size: 256,
};

/** X-152-32x8d-FPN with features of 2,048. */
export const PAPER_DETECTOR: DetectorConfig = {
  ...PUBLISHED_DETECTOR,
  pixel_mean: [...PUBLISHED_DETECTOR.pixel_mean],
  stem_out_channels: 64,
  depths: [3, 8, 36, 3],
  num_groups: 32,
  width_per_group: 8,
  res2_out_channels: 256,
  fpn_out_channels: 512,
  pooler_resolution: 7,
  mlp_head_dim: PAPER_LXMERT.visual_feat_dim,
};

/** The answers of VQA v2, as LXMERT counts them. */
const PAPER_ANSWERS = 3129;

export interface PaperSizeModel {
  lxmert: { config: typeof PAPER_LXMERT; weights: HostTensors };
  vocabulary: string[];
  generator: { config: SpadeGeneratorConfig; weights: HostTensors };
}

/** @param words a vocabulary with the special tokens; filled up to BERT's size */
export function paperSizeModel(words: readonly string[], seed: number): PaperSizeModel {
  const { num_clusters, visual_feat_dim } = PAPER_LXMERT;
  const random = repeatedNormals(seed);
  const centroids = new Float32Array(num_clusters * visual_feat_dim);
  for (let i = 0; i < centroids.length; i++) centroids[i] = random.normal();
  return {
    lxmert: {
      config: PAPER_LXMERT,
      weights: initXLxmert(PAPER_LXMERT, random, float32(centroids, [num_clusters, visual_feat_dim])),
    },
    vocabulary: paperSizeVocabulary(words),
    generator: { config: PAPER_GENERATOR, weights: initialGenerator(PAPER_GENERATOR, random) },
  };
}

/** Filled up to BERT's size. */
export function paperSizeVocabulary(words: readonly string[]): string[] {
  const unused = Array.from({ length: PAPER_LXMERT.vocab_size - words.length }, (_, i) => `[unused${i}]`);
  return [...words, ...unused];
}

/** An X-LXMERT fine-tuned to answer, with the answers that VQA v2 has. */
export function paperSizeFinetuned(head: AnswerHead) {
  const random = repeatedNormals(1);
  const num_answers = head === 'nlvr2' ? 2 : PAPER_ANSWERS;
  const config = parseFinetunedConfig({ ...PAPER_LXMERT, head, num_answers });
  const weights = Object.fromEntries(
    Object.entries(finetunedWeightShapes(config)).map(([name, shape]) => [
      name,
      initialWeight(name, shape, random),
    ]),
  );
  return { config, weights };
}

/** Each layer keeps the variance of what it sees, and each block adds a tenth to it: 50 of them stay finite. */
export function paperSizeDetector(): HostTensors {
  const random = repeatedNormals(2);
  return Object.fromEntries(
    Object.entries(detectorWeightShapes(PAPER_DETECTOR)).map(([name, shape]) => {
      if (shape.length === 1) return [name, constant(shape, 0)];
      const gain = name.includes('conv3') ? 0.3 : 1;
      // Filters are [kh, kw, in, out], the linear layer is [out, in].
      const fanIn = sizeOf(shape) / (shape.length === 4 ? shape[3]! : shape[0]!);
      return [name, normal(shape, gain * Math.sqrt(2 / fanIn), random)];
    }),
  );
}

/** 180 million draws one by one take 20 s; a prime number of them over and over do as well here. */
function repeatedNormals(seed: number): NormalSource {
  const random = createRandom(seed);
  const table = Float32Array.from({ length: 1_000_003 }, () => random.normal());
  let next = 0;
  return {
    normal: () => {
      next = next + 1 === table.length ? 0 : next + 1;
      return table[next]!;
    },
  };
}
