/** UNITER's family: the pre-training model of the authors (`uniter.…`), X-UNITER, and models fine-tuned from either. */
import { GRID } from '../../grid.ts';
import {
  type FinetunedModelConfig,
  finetunedModelShapes,
  modelWeightShapes,
  parseFinetunedModelConfig,
  parseModelConfig,
} from '../../models/family.ts';
import type { Nlvr2Setup } from '../../models/finetuning-choices.ts';
import { UNITER_TIED, UniterConfigError } from '../../models/uniter/index.ts';
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

export const isUniterFile = (tensors: StoredTensors): boolean =>
  tensors.has('uniter.img_embeddings.img_linear.weight');

/** Not type_vocab_size: the authors' config says 2 of their NLVR2 models too, which have a type for each picture. */
const FIELDS = [
  ...['vocab_size', 'hidden_size', 'intermediate_size', 'num_hidden_layers', 'max_position_embeddings'],
  ...['layer_norm_eps', 'hidden_act', 'pre_norm', 'grid', 'head'],
];
const OTHERS = ['generator'];

/** @param given what `config.json` says; may be empty */
export async function planUniter(
  file: StoredTensors,
  given: Readonly<Record<string, unknown>>,
): Promise<ImportPlan> {
  const tensors = new Map(file);
  for (const [copy, original] of Object.entries(UNITER_TIED)) {
    await checkTied(tensors, copy, original);
    tensors.delete(copy);
  }
  const size = (name: string, axis: number) => sizeOfAxis(tensors, name, axis);
  const optional = (name: string) => tensors.get(name)?.shape[0] ?? 0;
  const hidden = size('uniter.embeddings.word_embeddings.weight', 1);
  const clusters = optional('vis_emb.weight') || optional('obj_predict_head.out_cluster.bias');
  const objects = optional('region_classifier.net.3.weight');
  const answers = optional('vqa_output.3.weight');
  const { head, ...config } = withFields(
    {
      vocab_size: size('uniter.embeddings.word_embeddings.weight', 0),
      hidden_size: hidden,
      num_attention_heads: headsFor(hidden, given),
      intermediate_size: size('uniter.encoder.layer.0.intermediate.dense.weight', 0),
      num_hidden_layers: countLayers(tensors, 'uniter.encoder.layer.'),
      max_position_embeddings: size('uniter.embeddings.position_embeddings.weight', 0),
      type_vocab_size: size('uniter.embeddings.token_type_embeddings.weight', 0),
      visual_feat_dim: size('uniter.img_embeddings.img_linear.weight', 1),
      visual_pos_dim: size('uniter.img_embeddings.pos_linear.weight', 1),
      num_clusters: clusters,
      num_qa_labels: answers,
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
  const finetuned = ![...tensors.keys()].some((name) => name.startsWith('cls.'));
  const title = clusters > 0 ? 'X-UNITER' : 'UNITER';
  try {
    if (!finetuned) {
      const parsed = parseModelConfig(config);
      const architecture = clusters > 0 ? 'x-uniter' : 'uniter';
      return {
        architecture,
        title,
        config: { ...parsed },
        shapes: modelWeightShapes(parsed),
        tensors,
        leftOut: [],
      };
    }
    const setup = nlvr2Setup(tensors, hidden);
    const own: FinetunedModelConfig = parseFinetunedModelConfig({
      ...config,
      head: head ?? (setup ? 'nlvr2' : 'vqa'),
      num_answers: setup ? 2 : answers,
      ...(setup && { nlvr2_setup: setup }),
    });
    return {
      architecture: 'uniter',
      title: `UNITER fine-tuned (${setup ? `${own.head}, ${setup}` : own.head})`,
      config: { ...own },
      shapes: finetunedModelShapes(own),
      tensors,
      leftOut: [],
    };
  } catch (error) {
    if (!(error instanceof UniterConfigError)) throw error;
    throw new ImportError('bad_config', error.message, { cause: error });
  }
}

/** Which of UNITER's three heads for NLVR2 the weights are; undefined when they are none. */
function nlvr2Setup(tensors: StoredTensors, hidden: number): Nlvr2Setup | undefined {
  const output = tensors.get('nlvr2_output.weight');
  if (!output) return undefined;
  if (tensors.has('attn1.in_proj_weight')) return 'pair-attention';
  return output.shape[1] === hidden ? 'triplet' : 'pair';
}
