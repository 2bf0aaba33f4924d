/**
 * Fine-tuning of X-LXMERT (paper, section 4 and "Finetuning"; the reference's tasks/vqa_model.py, nlvr2_model.py):
 * the backbone and one head of two layers with GELU and LayerNorm on what it pools.
 *
 * A fine-tuned model sees the exact features of the grid, not their nearest centroids.
 *
 * B batch, T text tokens, V visual positions, F visual feature, P numbers of a position, D hidden, A answers.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensors } from '../../engines/engine.ts';
import type { HostTensor, HostTensors } from '../../tensor.ts';
import { ANSWER_HEADS, ANSWER_LOSSES, type AnswerHead, type AnswerLoss } from '../finetuning-choices.ts';
import type { NormalSource } from '../initialise.ts';
import { crossEntropy } from '../ops.ts';
import { lxmert } from './backbone.ts';
import { type LxmertConfig, LxmertConfigError, parseLxmertConfig } from './config.ts';
import { answerScores } from './heads.ts';
import { answerHeadShapes, backboneShapes, initialWeight, weight } from './weights.ts';

export interface FinetunedConfig extends LxmertConfig {
  head: AnswerHead;
  /** A; 2 for nlvr2: false, true. */
  num_answers: number;
  /** What vqa was trained with; left out: binary. */
  answer_loss?: AnswerLoss;
}

const TRUTH_VALUES = 2;

/** @throws LxmertConfigError that names every bad field */
export function parseFinetunedConfig(value: unknown): FinetunedConfig {
  const config = parseLxmertConfig(value) as LxmertConfig & Record<string, unknown>;
  const bad: string[] = [];
  if (!ANSWER_HEADS.includes(config.head as AnswerHead)) bad.push(`head (one of ${ANSWER_HEADS.join(', ')})`);
  const answers = config.num_answers;
  if (!Number.isSafeInteger(answers) || (answers as number) < 1)
    bad.push('num_answers (an integer of at least 1)');
  else if (config.head === 'nlvr2' && answers !== TRUTH_VALUES) bad.push(`num_answers (${TRUTH_VALUES})`);
  if (config.answer_loss !== undefined && !ANSWER_LOSSES.includes(config.answer_loss as AnswerLoss))
    bad.push(`answer_loss (one of ${ANSWER_LOSSES.join(', ')})`);
  if (bad.length > 0)
    throw new LxmertConfigError(`fine-tuned LXMERT config: missing or bad ${bad.join(', ')}`);
  return config as unknown as FinetunedConfig;
}

/** Name and shape of every weight: the backbone and its head. NLVR2's head reads two pooled outputs. */
export function finetunedWeightShapes(config: FinetunedConfig): Record<string, number[]> {
  const { hidden_size: D, head, num_answers } = config;
  return {
    ...backboneShapes(config),
    ...answerHeadShapes(config, head === 'nlvr2' ? 2 * D : D, num_answers),
  };
}

/**
 * VQA and GQA.
 * @param inputs input_ids int32 [B, T], 0 is padding; visual_feats [B, V, F]; visual_pos [B, V, P] or [V, P]
 * @returns logits [B, A]
 */
function answerLogits(config: LxmertConfig, weights: Tensors, inputs: Tensors): tf.Tensor {
  return answerScores(config, weights, lxmert(config, weights, inputs).pooled);
}

/**
 * NLVR2.
 * @param inputs as `answerLogits`, with 2B rows: image 0 and image 1 of a pair follow each other, the statement is
 *   there for both (`pairRows` lays them out)
 * @returns logits of [false, true], [B, 2]
 */
function nlvr2Logits(config: LxmertConfig, weights: Tensors, inputs: Tensors): tf.Tensor {
  const { pooled } = lxmert(config, weights, inputs); // [2B, D]
  const [rows, D] = pooled.shape as [number, number];
  return answerScores(config, weights, tf.reshape(pooled, [rows / 2, 2 * D]));
}

/** input_ids [B, T], visual_feats [B, 2, V, F], visual_pos [V, P] or [B, 2, V, P] → the 2B rows of `nlvr2Logits`. */
export function pairRows(inputs: Tensors): Tensors {
  const ids = weight(inputs, 'input_ids');
  const features = weight(inputs, 'visual_feats');
  const positions = weight(inputs, 'visual_pos');
  if (features.rank !== 4 || features.shape[1] !== 2) {
    throw new Error(`NLVR2: visual_feats [${features.shape}], wanted [B, 2, V, F]`);
  }
  const [B, T] = ids.shape as [number, number];
  const once = tf.expandDims(ids, 1);
  const flat = (x: tf.Tensor): tf.Tensor => tf.reshape(x, [2 * B, ...x.shape.slice(2)]);
  return {
    input_ids: tf.reshape(tf.concat([once, once], 1), [2 * B, T]),
    visual_feats: flat(features),
    visual_pos: positions.rank === 4 ? flat(positions) : positions,
  };
}

/** Logits of any head. For nlvr2 the pictures are [B, 2, V, F]. [B, A] */
export function finetunedLogits(config: FinetunedConfig, weights: Tensors, inputs: Tensors): tf.Tensor {
  if (config.head === 'nlvr2') return nlvr2Logits(config, weights, pairRows(inputs));
  return answerLogits(config, weights, inputs);
}

/**
 * The loss of logits [B, A], the mean over the batch.
 * - vqa: binary cross-entropy with `targets` [B, A], soft scores in 0..1, mean over batch and answers (the original
 *   LXMERT and UNITER multiply by A, X-LXMERT does not); or, as `softmax`, cross-entropy with the soft scores
 * - gqa, nlvr2: cross-entropy with `labels` int32 [B]
 */
export function answerLoss(
  head: AnswerHead,
  logits: tf.Tensor,
  batch: Tensors,
  kind: AnswerLoss = 'binary',
): tf.Scalar {
  if (head !== 'vqa') return crossEntropy(logits, weight(batch, 'labels'));
  const targets = weight(batch, 'targets');
  return kind === 'binary' ? binaryCrossEntropy(logits, targets) : softCrossEntropy(logits, targets);
}

/** -t log softmax(x), summed over the answers; mean over the batch. */
function softCrossEntropy(logits: tf.Tensor, targets: tf.Tensor): tf.Scalar {
  return tf.mean(tf.sum(tf.neg(tf.mul(targets, tf.logSoftmax(logits))), -1)) as tf.Scalar;
}

/** -t log σ(x) - (1 - t) log(1 - σ(x)) = softplus(x) - x t, mean over all elements. */
function binaryCrossEntropy(logits: tf.Tensor, targets: tf.Tensor): tf.Scalar {
  return tf.mean(tf.sub(tf.softplus(logits), tf.mul(logits, targets))) as tf.Scalar;
}

export interface AnswerNames {
  own: readonly string[];
  base: readonly string[];
}

/**
 * Where fine-tuning starts: the pre-trained backbone, and for VQA and GQA the pre-trained QA head, whose rows are
 * found by the answers' names; an answer that pre-training did not know gets a fresh row. NLVR2's head is fresh, and so
 * is that of a model that was never asked.
 * @param base weights of the pre-trained model; they must be there with the shapes of `config`
 * @param answers the model's own and the base's, in the order of their logits
 * @throws when the base lacks a weight, or has it in another shape
 */
export function initFinetuned(
  config: FinetunedConfig,
  base: HostTensors,
  answers: AnswerNames,
  random: NormalSource,
): HostTensors {
  return takeOver(finetunedWeightShapes(config), base, answers, {
    isFresh: (name) => config.head === 'nlvr2' && name.startsWith('answer_head.'),
    isOutput: (name) => name.startsWith('answer_head.logit_fc.3.'),
    initial: (name, shape) => initialWeight(name, shape, random),
  });
}

/** Which weights of a fine-tuned model are its own. */
export interface FinetunedHead {
  /** Made anew, whatever the base has. */
  isFresh(name: string): boolean;
  /** Has a row for each answer. */
  isOutput(name: string): boolean;
  initial(name: string, shape: readonly number[]): HostTensor;
}

/** `initFinetuned` for a backbone of these weights. */
export function takeOver(
  shapes: Record<string, number[]>,
  base: HostTensors,
  answers: AnswerNames,
  { isFresh, isOutput, initial }: FinetunedHead,
): HostTensors {
  const rowOf = new Map(answers.base.map((answer, i) => [answer, i]));
  const weights: HostTensors = {};
  for (const [name, shape] of Object.entries(shapes)) {
    const trained = base[name];
    const unknown = answers.base.length === 0 && (isOutput(name) || (!trained && !isBackbone(name)));
    if (isFresh(name) || unknown) {
      weights[name] = initial(name, shape);
      continue;
    }
    const wanted = isOutput(name) ? [answers.base.length, ...shape.slice(1)] : shape;
    if (trained?.shape.join() !== wanted.join()) {
      throw new Error(
        `base model: ${name} is ${trained ? `[${trained.shape}]` : 'missing'}, wanted [${wanted}]`,
      );
    }
    weights[name] = isOutput(name) ? withRows(initial(name, shape), trained, answers.own, rowOf) : trained;
  }
  return weights;
}

/** Whether a weight is the backbone's, in either family. */
const isBackbone = (name: string): boolean => /^(bert|uniter)\./.test(name);

/** `fresh` with the rows of `trained` where its name is known. */
function withRows(
  fresh: HostTensor,
  trained: HostTensor,
  names: readonly string[],
  rowOf: ReadonlyMap<string, number>,
): HostTensor {
  const width = fresh.data.length / names.length;
  for (const [i, name] of names.entries()) {
    const row = rowOf.get(name);
    if (row !== undefined) fresh.data.set(trained.data.subarray(row * width, (row + 1) * width), i * width);
  }
  return fresh;
}
