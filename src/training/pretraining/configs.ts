/** What a model of pre-training is like, of those that are compared. */

import type { PretrainingConfig, PretrainingConfigName } from '../../models/compared-configs.ts';
import { type ModelConfig, parseModelConfig } from '../../models/family.ts';
import type { LxmertConfig } from '../../models/lxmert/index.ts';
import type { UniterConfig } from '../../models/uniter/index.ts';
import type { HostTensors } from '../../tensor.ts';

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
  position_cosines: boolean;
}

/** What the data decides. */
export interface ModelSizes {
  words: number;
  tokens: number;
  answers: number;
  /** Classes of objects, the background among them; 0 where nobody knows them: then features alone are predicted. */
  objects: number;
  clusters: number;
  featureWidth: number;
  grid: number;
  /** What captions of the data leave out. */
  unsaid?: Readonly<Record<string, string>> | undefined;
}

export function pretrainingModelConfig(
  { backbone, discrete }: PretrainingConfig,
  h: ModelHyperparameters,
  sizes: ModelSizes,
): ModelConfig {
  const { hidden_size, num_attention_heads, intermediate_size, l_layers, r_layers, x_layers } = h;
  // Four or seven numbers of the box, and the cosines of each axis.
  const cosines = h.position_cosines ? 2 * (sizes.grid - 1) : 0;
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
    visual_losses: discrete ? ['obj'] : sizes.objects > 0 ? ['obj', 'feat'] : ['feat'],
    ...(h.pre_norm && { pre_norm: true }),
    ...(discrete && h.exact_features && { exact_features: true }),
    grid: sizes.grid,
    unsaid: sizes.unsaid,
  });
}

/** What a base model decides, unless the request says otherwise: its sizes, and which of the models it is. */
export function inheritedFrom({ architecture, config }: { architecture: string; config: unknown }) {
  const own = config as Partial<LxmertConfig> & Partial<UniterConfig>;
  const sizes = [
    ...(['hidden_size', 'num_attention_heads', 'intermediate_size'] as const),
    ...(['l_layers', 'r_layers', 'x_layers', 'num_hidden_layers', 'pre_norm', 'exact_features'] as const),
  ];
  const names: Record<string, PretrainingConfigName> = {
    lxmert: 'lxmert-grid',
    'x-uniter': 'x-uniter',
    uniter: 'uniter-grid',
  };
  const name = names[architecture];
  return {
    ...(name && { config: name }),
    ...Object.fromEntries(sizes.flatMap((size) => (own[size] === undefined ? [] : [[size, own[size]]]))),
  };
}

/**
 * The config of what goes on from a base model: what its weights decide stays as it is (the numbers of a position, how many
 * positions a text has), the rest is what is trained on.
 */
export function furtherModelConfig(
  base: unknown,
  { discrete }: PretrainingConfig,
  { exact_features }: Pick<ModelHyperparameters, 'exact_features'>,
  sizes: ModelSizes,
): ModelConfig {
  const { exact_features: _, ...own } = parseModelConfig(base) as ModelConfig & { visual_losses: string[] };
  const features = own.visual_losses.includes('feat') ? own.visual_losses : ['obj', 'feat'];
  const known = features.filter((loss) => loss !== 'obj' || sizes.objects > 0);
  return parseModelConfig({
    ...own,
    vocab_size: sizes.words,
    num_clusters: discrete ? sizes.clusters : 0,
    num_qa_labels: sizes.answers,
    num_object_labels: discrete ? 0 : sizes.objects,
    visual_losses: discrete ? ['obj'] : known,
    ...(discrete && exact_features && { exact_features: true }),
    grid: sizes.grid,
    unsaid: sizes.unsaid,
  });
}

/** Rows are answers. */
const ANSWER_OUTPUT = /^(answer_head\.logit_fc|vqa_output)\.3\./;

/**
 * The weights of a base model where they fit, and fresh ones where it has none: codes of another vocabulary, a head
 * that it never had.
 * @param sameAnswers whether the logits of its QA head stand for the answers that are trained on
 */
export const goOnFrom = (base: HostTensors, fresh: HostTensors, sameAnswers: boolean): HostTensors =>
  Object.fromEntries(
    Object.entries(fresh).map(([name, tensor]) => {
      const own = base[name];
      const fits = own?.shape.join() === tensor.shape.join() && (sameAnswers || !ANSWER_OUTPUT.test(name));
      return [name, fits ? own : tensor];
    }),
  );
