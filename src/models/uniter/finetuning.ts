/** Fine-tuning of X-UNITER on exact grid features: VQA and GQA with its QA head, NLVR2 in pairs. */
import type * as tf from '@tensorflow/tfjs-core';
import type { Tensors } from '../../engines/engine.ts';
import { float32, type HostTensor, type HostTensors } from '../../tensor.ts';
import type { NormalSource } from '../initialise.ts';
import { type AnswerNames, pairRows, takeOver } from '../lxmert/finetuning.ts';
import type { UniterConfig } from './config.ts';
import { answerScores, pairScores } from './heads.ts';
import { uniterOnGrid } from './pretraining.ts';
import { initialUniterWeight, uniterAnswerShapes, uniterBackboneShapes } from './weights.ts';

type Finetuned = UniterConfig & { head: string; num_answers: number };

/** VQA and GQA share a head of `answers` logits; a model of pairs has UNITER's single layer. */
export function uniterFinetunedShapes(config: Finetuned): Record<string, number[]> {
  const { hidden_size: D, head, num_answers } = config;
  return {
    ...uniterBackboneShapes(config),
    ...(head === 'nlvr2'
      ? { 'nlvr2_output.weight': [2, 2 * D], 'nlvr2_output.bias': [2] }
      : uniterAnswerShapes(config, num_answers)),
  };
}

/** @param inputs as those of `finetunedLogits`. [B, A] */
export function uniterFinetunedLogits(
  config: UniterConfig & { head: string },
  weights: Tensors,
  inputs: Tensors,
): tf.Tensor {
  if (config.head !== 'nlvr2')
    return answerScores(config, weights, uniterOnGrid(config, weights, inputs).pooled);
  return pairScores(weights, uniterOnGrid(config, weights, pairRows(inputs), 2).pooled);
}

const TYPES = 'uniter.embeddings.token_type_embeddings.weight';
/** Of text, of a picture, and of the second picture of a pair. */
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
    isFresh: (name) => name.startsWith('nlvr2_output.'),
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
