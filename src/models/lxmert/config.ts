/** Sizes of an LXMERT, as `config.json` of its checkpoint holds them (Hugging Face's names). */
import type { Dropping } from '../dropout.ts';
import { ConfigCheck } from '../transformer-config.ts';

/** What the object head is trained to say of a masked visual position: its class or code, its feature. */
type VisualLoss = 'obj' | 'feat';

export interface LxmertConfig extends Dropping {
  vocab_size: number;
  hidden_size: number;
  num_attention_heads: number;
  intermediate_size: number;
  /** Language, object-relation and cross-modality layers: 9, 5, 5 in the paper. */
  l_layers: number;
  r_layers: number;
  x_layers: number;
  max_position_embeddings: number;
  type_vocab_size: number;
  /** F, the width of a visual feature and of a cluster centroid. */
  visual_feat_dim: number;
  /** Numbers that say where a visual position is: x0, y0, x1, y1 in 0..1. */
  visual_pos_dim: number;
  /** K, the size of the visual vocabulary; 0 for an LXMERT that sees features of boxes. */
  num_clusters: number;
  num_qa_labels: number;
  num_object_labels: number;
  hidden_act: 'gelu';
  layer_norm_eps: number;
  visual_losses: VisualLoss[];
  /** LayerNorm before each block in place of after it (Xiong et al. 2020); false in the paper. */
  pre_norm?: boolean;
  /**
   * A picture of which nothing is masked is fed as its features are, not as the nearest centroids; false in the
   * reference, whose 10,000 centroids lose less of a feature than a small vocabulary's.
   */
  exact_features?: boolean;
  /** What its captions of several lengths are compared with, where a request says nothing else (sampling/text.ts). */
  length_penalty?: number;
  /** What it paints with, where a request names no strategy (sampling/sampler.ts). */
  sampler?: string;
  /** Noun → the word that its captions leave out before it where it is the usual one (inference/pipelines/unsaid.ts). */
  unsaid?: Record<string, string>;
  /** Cells on a side of the image's grid (8 in the paper). Only painting needs it. */
  grid?: number;
  /** In place of `grid`: a picture is seen as so many boxes. Only fine-tuned models are. */
  num_boxes?: number;
}

export class LxmertConfigError extends Error {}

const SIZES = [
  'vocab_size',
  'hidden_size',
  'num_attention_heads',
  'intermediate_size',
  'max_position_embeddings',
  'type_vocab_size',
  'visual_feat_dim',
  'visual_pos_dim',
] as const;
const COUNTS = [
  'l_layers',
  'r_layers',
  'x_layers',
  'num_clusters',
  'num_qa_labels',
  'num_object_labels',
] as const;

/** Checks what was read from a `config.json`. @throws LxmertConfigError that names every bad field. */
export function parseLxmertConfig(value: unknown): LxmertConfig {
  if (typeof value !== 'object' || value === null) {
    throw new LxmertConfigError('an LXMERT config is a JSON object');
  }
  const check = new ConfigCheck(value as Record<string, unknown>);
  const { bad, config } = check;
  for (const name of SIZES) check.integer(name, 1);
  for (const name of COUNTS) check.integer(name, 0);
  for (const name of ['grid', 'num_boxes']) if (config[name] !== undefined) check.integer(name, 1);
  // Without a cross-modality layer no word would reach the picture.
  check.integer('x_layers', 1);
  check.transformer();
  if (bad.length > 0) throw new LxmertConfigError(`LXMERT config: missing or bad ${bad.join(', ')}`);
  return value as LxmertConfig;
}
