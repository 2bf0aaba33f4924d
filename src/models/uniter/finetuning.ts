/** Fine-tuning of X-UNITER on exact grid features: VQA and GQA with its QA head, NLVR2 in pairs. */
import type * as tf from '@tensorflow/tfjs-core';
import type { Tensors } from '../../engines/engine.ts';
import { pairRows } from '../lxmert/finetuning.ts';
import type { UniterConfig } from './config.ts';
import { answerScores, pairScores } from './heads.ts';
import { uniterOnGrid } from './pretraining.ts';
import { uniterAnswerShapes, uniterBackboneShapes } from './weights.ts';

/** VQA and GQA share a head of `answers` logits; a model of pairs has UNITER's single layer. */
export function uniterFinetunedShapes(
  config: UniterConfig & { head: string; num_answers: number },
): Record<string, number[]> {
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
  return pairScores(weights, uniterOnGrid(config, weights, pairRows(inputs)).pooled);
}
