/** Fine-tuning of X-UNITER on exact grid features: VQA and GQA with its QA head, NLVR2 in three setups. */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensors } from '../../engines/engine.ts';
import { float32, type HostTensor, type HostTensors } from '../../tensor.ts';
import type { Nlvr2Setup } from '../finetuning-choices.ts';
import type { NormalSource } from '../initialise.ts';
import { type AnswerNames, pairRows, takeOver } from '../lxmert/finetuning.ts';
import { weight } from '../lxmert/weights.ts';
import type { UniterConfig } from './config.ts';
import { answerScores, attendedPairScores, pairScores, tripletScores } from './heads.ts';
import { uniterOnGrid } from './pretraining.ts';
import { initialUniterWeight, uniterAnswerShapes, uniterBackboneShapes } from './weights.ts';

type Finetuned = UniterConfig & {
  head: string;
  num_answers: number;
  /** The setup of NLVR2; left out in checkpoints that are older than the choice: `pair`. */
  nlvr2_setup?: Nlvr2Setup;
};

/** VQA and GQA share a head of `answers` logits; those of NLVR2 have UNITER's single layer. */
export function uniterFinetunedShapes(config: Finetuned): Record<string, number[]> {
  return {
    ...uniterBackboneShapes(config),
    ...(config.head === 'nlvr2' ? nlvr2Shapes(config) : uniterAnswerShapes(config, config.num_answers)),
  };
}

function nlvr2Shapes({ hidden_size: D, nlvr2_setup: setup = 'pair' }: Finetuned): Record<string, number[]> {
  const shapes: Record<string, number[]> = {
    'nlvr2_output.weight': [2, setup === 'triplet' ? D : 2 * D],
    'nlvr2_output.bias': [2],
  };
  if (setup !== 'pair-attention') return shapes;
  for (const attention of ['attn1', 'attn2']) {
    shapes[`${attention}.in_proj_weight`] = [3 * D, D];
    shapes[`${attention}.in_proj_bias`] = [3 * D];
    shapes[`${attention}.out_proj.weight`] = [D, D];
    shapes[`${attention}.out_proj.bias`] = [D];
  }
  return {
    ...shapes,
    'fc.0.weight': [D, 2 * D],
    'fc.0.bias': [D],
    'attn_pool.fc.0.weight': [1, D],
    'attn_pool.fc.0.bias': [1],
  };
}

/** @param inputs as those of `finetunedLogits`. [B, A] */
export function uniterFinetunedLogits(config: Finetuned, weights: Tensors, inputs: Tensors): tf.Tensor {
  if (config.head !== 'nlvr2')
    return answerScores(config, weights, uniterOnGrid(config, weights, inputs).pooled);
  const { nlvr2_setup: setup = 'pair' } = config;
  if (setup === 'triplet') {
    return tripletScores(weights, uniterOnGrid(config, weights, tripletRows(inputs), 'second half').pooled);
  }
  const rows = pairRows(inputs);
  const { states, vision, pooled } = uniterOnGrid(config, weights, rows, 'odd rows');
  if (setup === 'pair') return pairScores(weights, pooled);
  const words = tf.cast(tf.notEqual(weight(rows, 'input_ids'), tf.scalar(0, 'int32')), 'int32'); // [2B, T]
  const mask = tf.concat([words, tf.ones(vision.shape.slice(0, 2), 'int32')], 1); // [2B, T + V]
  return attendedPairScores(config, weights, states, mask);
}

/** visual_feats [B, 2, V, F], visual_pos [V, P] or [B, 2, V, P] → both pictures in one row of 2V positions. */
function tripletRows(inputs: Tensors): Tensors {
  const features = weight(inputs, 'visual_feats');
  const positions = weight(inputs, 'visual_pos');
  if (features.rank !== 4 || features.shape[1] !== 2) {
    throw new Error(`NLVR2: visual_feats [${features.shape}], wanted [B, 2, V, F]`);
  }
  const [B, , V, F] = features.shape as [number, number, number, number];
  return {
    input_ids: weight(inputs, 'input_ids'),
    visual_feats: tf.reshape(features, [B, 2 * V, F]),
    visual_pos:
      positions.rank === 4
        ? tf.reshape(positions, [B, 2 * V, positions.shape[3]!])
        : tf.concat([positions, positions], 0),
  };
}

const TYPES = 'uniter.embeddings.token_type_embeddings.weight';
/** Token types of text, of a picture, and of the second picture of a pair. */
const PAIR_TYPES = 3;

/** A model of pairs tells its two pictures apart by their types (UNITER's `init_type_embedding`). */
export const uniterTypes = ({ type_vocab_size }: UniterConfig, head: string): number =>
  head === 'nlvr2' ? Math.max(PAIR_TYPES, type_vocab_size) : type_vocab_size;

/** As `initFinetuned` of LXMERT. The type of the second picture begins as that of the first. */
export function initUniterFinetuned(
  config: Finetuned,
  base: HostTensors,
  answers: AnswerNames,
  random: NormalSource,
): HostTensors {
  const types = base[TYPES];
  const known = types && { ...base, [TYPES]: withTypes(types, config.type_vocab_size) };
  return takeOver(uniterFinetunedShapes(config), known ?? base, answers, {
    isFresh: (name) => config.head === 'nlvr2' && !name.startsWith('uniter.'),
    isOutput: (name) => name.startsWith('vqa_output.3.'),
    initial: (name, shape) => initialUniterWeight(name, shape, random),
  });
}

/** [types, D] with its last row again until there are `count`. */
function withTypes({ data, shape }: HostTensor, count: number): HostTensor {
  const [types, D] = shape as [number, number];
  if (types >= count) return float32(data as Float32Array, [types, D]);
  const all = new Float32Array(count * D);
  all.set(data);
  for (let type = types; type < count; type++) all.set(data.subarray((types - 1) * D, types * D), type * D);
  return float32(all, [count, D]);
}
