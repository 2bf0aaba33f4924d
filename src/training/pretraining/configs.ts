/**
 * What the paper compares (tables 2 and 3): two backbones, each with and without its three refinements, and X-LXMERT
 * with one of them taken away.
 */
import { type ModelConfig, parseModelConfig } from '../../models/family.ts';

export interface PretrainingConfig {
  description: string;
  backbone: 'lxmert' | 'uniter';
  /** Codes and cluster-centroid classification; otherwise features, regressed, and classes of objects. */
  discrete: boolean;
  /** Any number of cells masked, all counts equally likely; otherwise each cell by itself, BERT's way. */
  uniformMasking: boolean;
  /** Codes (or features) predicted from captions alone; otherwise from questions too. */
  updatedData: boolean;
}

const REFINED = { discrete: true, uniformMasking: true, updatedData: true } as const;
const UNREFINED = { discrete: false, uniformMasking: false, updatedData: false } as const;

export const PRETRAINING_CONFIGS = {
  'x-lxmert': { description: 'X-LXMERT', backbone: 'lxmert', ...REFINED },
  'lxmert-grid': { description: 'LXMERT + Grid', backbone: 'lxmert', ...UNREFINED },
  'x-uniter': { description: 'X-UNITER', backbone: 'uniter', ...REFINED },
  'uniter-grid': { description: 'UNITER + Grid', backbone: 'uniter', ...UNREFINED },
  'without-discrete': {
    ...{ description: 'X-LXMERT without discrete visual representations', backbone: 'lxmert' },
    ...{ ...REFINED, discrete: false },
  },
  'without-uniform-masking': {
    ...{ description: 'X-LXMERT without uniform masking', backbone: 'lxmert' },
    ...{ ...REFINED, uniformMasking: false },
  },
  'without-updated-data': {
    ...{ description: 'X-LXMERT without updated pre-training data', backbone: 'lxmert' },
    ...{ ...REFINED, updatedData: false },
  },
} as const satisfies Record<string, PretrainingConfig>;

export type PretrainingConfigName = keyof typeof PRETRAINING_CONFIGS;

/** BERT's and LXMERT's. */
export const BERNOULLI_MASK_RATIO = 0.15;

/** The hyperparameters that shape a model. */
export interface ModelHyperparameters {
  hidden_size: number;
  num_attention_heads: number;
  intermediate_size: number;
  l_layers: number;
  r_layers: number;
  x_layers: number;
  num_hidden_layers: number;
  pre_norm: boolean;
  exact_features: boolean;
}

/** What the data decides. */
export interface ModelSizes {
  words: number;
  tokens: number;
  answers: number;
  /** Classes of objects, the background among them. */
  objects: number;
  clusters: number;
  featureWidth: number;
  grid: number;
}

export function pretrainingModelConfig(
  { backbone, discrete }: PretrainingConfig,
  h: ModelHyperparameters,
  sizes: ModelSizes,
): ModelConfig {
  const { hidden_size, num_attention_heads, intermediate_size, l_layers, r_layers, x_layers } = h;
  // Four or seven numbers of the box, and the cosines of each axis.
  const cosines = 2 * (sizes.grid - 1);
  return parseModelConfig({
    vocab_size: sizes.words,
    ...{ hidden_size, num_attention_heads, intermediate_size },
    ...(backbone === 'uniter'
      ? { num_hidden_layers: h.num_hidden_layers }
      : { l_layers, r_layers, x_layers }),
    max_position_embeddings: sizes.tokens,
    type_vocab_size: 2,
    visual_feat_dim: sizes.featureWidth,
    visual_pos_dim: cosines + (backbone === 'uniter' ? 7 : 4),
    num_clusters: discrete ? sizes.clusters : 0,
    num_qa_labels: sizes.answers,
    num_object_labels: discrete ? 0 : sizes.objects,
    hidden_act: 'gelu',
    layer_norm_eps: 1e-12,
    visual_losses: discrete ? ['obj'] : ['obj', 'feat'],
    ...(h.pre_norm && { pre_norm: true }),
    ...(discrete && h.exact_features && { exact_features: true }),
    grid: sizes.grid,
  });
}
