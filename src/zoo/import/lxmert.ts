/**
 * LXMERT's family: X-LXMERT and LXMERT of the authors (`bert.…`), Hugging Face's LXMERT (`lxmert.…`), and models
 * fine-tuned from either (`lxrt_encoder.model.bert.…` with `logit_fc.…` in the original LXMERT).
 */
import { GRID } from '../../grid.ts';
import {
  type FinetunedConfig,
  finetunedWeightShapes,
  type LxmertConfig,
  LxmertConfigError,
  lxmertWeightShapes,
  parseFinetunedConfig,
  parseLxmertConfig,
  TIED_WEIGHTS,
} from '../../models/lxmert/index.ts';
import { ImportError } from './error.ts';
import {
  checkTied,
  countLayers,
  headsFor,
  type ImportPlan,
  type StoredTensors,
  sizeOfAxis,
  withFields,
} from './plan.ts';
import type { StoredTensor } from './weight-file.ts';

export const isLxmert = (tensors: StoredTensors): boolean =>
  [...tensors.keys()].some((name) =>
    /^(bert|lxmert|lxrt_encoder\.model\.bert)\.encoder\.visn_fc\./.test(name),
  );

/** A file's name for a weight → ours. */
function rename(name: string): string {
  return name
    .replace(/^lxrt_encoder\.model\./, '')
    .replace(/^lxmert\./, 'bert.')
    .replace(/^logit_fc\./, 'answer_head.logit_fc.')
    .replace(/^cls\.predictions\.decoder\.bias$/, 'cls.predictions.bias')
    .replace(/^obj_predict_head\.decoder_dict\.feat\./, 'obj_predict_head.linear_feat.')
    .replace(/LayerNorm\.gamma$/, 'LayerNorm.weight')
    .replace(/LayerNorm\.beta$/, 'LayerNorm.bias');
}

/**
 * Counters of positions that newer versions store, and the original LXMERT's classifiers of objects and attributes,
 * which look at the hidden state where X-LXMERT's look at the predicted feature.
 */
const LEFT_OUT =
  /(^|\.)position_ids$|^obj_predict_head\.decoder_dict\.(obj|attr)\.|^obj_predict_head\.out_attr\./;

/** Fields of a config.json that count; the number of clusters, objects and answers is what the weights have. */
const FIELDS = [
  ...['vocab_size', 'hidden_size', 'intermediate_size', 'l_layers', 'r_layers', 'x_layers'],
  ...['max_position_embeddings', 'type_vocab_size', 'visual_feat_dim', 'visual_pos_dim', 'layer_norm_eps'],
  ...['hidden_act', 'visual_losses', 'pre_norm', 'grid', 'head'],
];
/** Hugging Face's says how many layers there are of each kind, under the name by which a UNITER is known here. */
const OTHERS = ['num_hidden_layers', 'generator'];

/** @param given what `config.json` says; may be empty */
export async function planLxmert(
  file: StoredTensors,
  given: Readonly<Record<string, unknown>>,
): Promise<ImportPlan> {
  const tensors = new Map<string, StoredTensor>();
  const leftOut: string[] = [];
  for (const [name, tensor] of file) {
    if (LEFT_OUT.test(name)) leftOut.push(name);
    else tensors.set(rename(name), tensor);
  }
  for (const [copy, original] of Object.entries(TIED_WEIGHTS)) {
    const tied = tensors.get(copy);
    if (!tied) continue;
    await checkTied(tensors, copy, original);
    tensors.delete(copy);
    if (!tensors.has(original)) tensors.set(original, tied);
  }
  const finetuned = ![...tensors.keys()].some((name) => /^(cls|obj_predict_head)\./.test(name));
  const config = finetuned ? finetunedConfig(tensors, given) : pretrainedConfig(tensors, given);
  const clusters = config.num_clusters > 0;
  return {
    architecture: clusters || finetuned ? 'x-lxmert' : 'lxmert',
    title: finetuned
      ? `LXMERT fine-tuned (${(config as FinetunedConfig).head})`
      : clusters
        ? 'X-LXMERT'
        : 'LXMERT',
    config: { ...config },
    shapes: finetuned ? finetunedWeightShapes(config as FinetunedConfig) : lxmertWeightShapes(config),
    tensors,
    leftOut,
  };
}

function inferred(tensors: StoredTensors, given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const size = (name: string, axis: number) => sizeOfAxis(tensors, name, axis);
  const optional = (name: string) => tensors.get(name)?.shape[0] ?? 0;
  const hidden = size('bert.embeddings.word_embeddings.weight', 1);
  const clusters = optional('vis_emb.weight') || optional('obj_predict_head.out_cluster.bias');
  const objects = optional('obj_predict_head.out_obj.weight');
  return withFields(
    {
      vocab_size: size('bert.embeddings.word_embeddings.weight', 0),
      hidden_size: hidden,
      num_attention_heads: headsFor(hidden, given),
      intermediate_size: size('bert.encoder.x_layers.0.lang_inter.dense.weight', 0),
      l_layers: countLayers(tensors, 'bert.encoder.layer.'),
      r_layers: countLayers(tensors, 'bert.encoder.r_layers.'),
      x_layers: countLayers(tensors, 'bert.encoder.x_layers.'),
      max_position_embeddings: size('bert.embeddings.position_embeddings.weight', 0),
      type_vocab_size: size('bert.embeddings.token_type_embeddings.weight', 0),
      visual_feat_dim: size('bert.encoder.visn_fc.visn_fc.weight', 1),
      visual_pos_dim: size('bert.encoder.visn_fc.box_fc.weight', 1),
      num_clusters: clusters,
      num_qa_labels: optional('answer_head.logit_fc.3.weight'),
      num_object_labels: objects,
      hidden_act: 'gelu',
      layer_norm_eps: 1e-12,
      visual_losses: clusters > 0 ? ['obj'] : objects > 0 ? ['obj', 'feat'] : ['feat'],
      grid: GRID,
    },
    given,
    FIELDS,
    OTHERS,
  );
}

function pretrainedConfig(tensors: StoredTensors, given: Readonly<Record<string, unknown>>): LxmertConfig {
  const { head: _, ...config } = inferred(tensors, given);
  return parsed(() => parseLxmertConfig(config));
}

/** Which task a head is for follows from its width only for NLVR2; a GQA model says so in its config. */
function finetunedConfig(tensors: StoredTensors, given: Readonly<Record<string, unknown>>): FinetunedConfig {
  const config = inferred(tensors, given);
  const width = sizeOfAxis(tensors, 'answer_head.logit_fc.0.weight', 1);
  const head = config.head ?? (width === 2 * Number(config.hidden_size) ? 'nlvr2' : 'vqa');
  return parsed(() => parseFinetunedConfig({ ...config, head, num_answers: config.num_qa_labels }));
}

function parsed<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof LxmertConfigError)) throw error;
    throw new ImportError('bad_config', error.message, { cause: error });
  }
}
