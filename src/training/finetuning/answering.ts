/** A fine-tuned model at work on batches: its loss for training, its answers for validation and evaluation. */

import * as tf from '@tensorflow/tfjs-core';
import type { Engine, Tensors } from '../../engines/engine.ts';
import { dropout } from '../../models/dropout.ts';
import { type FinetunedModelConfig, modelFinetuningLoss, modelLogits } from '../../models/family.ts';
import type { AnswerLoss } from '../../models/finetuning-choices.ts';
import { gridPositions } from '../../models/lxmert/index.ts';
import type { HostTensors } from '../../tensor.ts';
import type { Loss } from '../run/gradient-step.ts';
import type { BatchMaker, Example } from './batches.ts';

/** Boxes are where the batch says. */
function withPositions(config: FinetunedModelConfig, batch: Tensors): Tensors {
  if (config.num_boxes !== undefined) return batch;
  const { data, shape } = gridPositions(config.grid!, config.visual_pos_dim);
  return { ...batch, visual_pos: tf.tensor(data as Float32Array, shape as number[]) };
}

/**
 * The loss, and the share of the batch whose likeliest answer is right.
 * @param rate of dropout; the batch then has a dropout_seed
 */
export function finetuningTaskLoss(config: FinetunedModelConfig, kind?: AnswerLoss, rate = 0): Loss {
  return (weights, batch) => {
    const trained = rate > 0 ? { ...config, drop: dropout(rate, batch.dropout_seed!) } : config;
    const { loss, logits } = modelFinetuningLoss(trained, weights, withPositions(config, batch), kind);
    const best = tf.cast(tf.argMax(logits, -1), 'int32');
    const accuracy = tf.mean(tf.cast(tf.equal(best, batch.labels!), 'float32'));
    return { loss, aux: { accuracy } };
  };
}

/** The place of the likeliest answer to each example. `batch` must be as many rows as it makes. */
export async function predict(
  engine: Engine,
  config: FinetunedModelConfig,
  weights: HostTensors,
  maker: BatchMaker,
  examples: readonly Example[],
  onProgress: (done: number) => void = () => {},
): Promise<Int32Array> {
  const { labels: _, targets: __, ...inputs } = maker.inputs;
  const compiled = await engine.compile({
    name: `predict-${config.head}`,
    weights,
    inputs,
    fn: (tensors, batch) => {
      const logits = modelLogits(config, tensors, withPositions(config, batch));
      return { best: tf.cast(tf.argMax(logits, -1), 'int32') };
    },
  });
  try {
    const B = inputs.input_ids!.shape[0] as number;
    const predicted = new Int32Array(examples.length);
    for (let first = 0; first < examples.length; first += B) {
      const group = examples.slice(first, first + B);
      const batch = maker.fill(group);
      const given = Object.fromEntries(Object.keys(inputs).map((name) => [name, batch[name]!]));
      const { best } = await compiled.run(given);
      predicted.set((best!.data as Int32Array).subarray(0, group.length), first);
      onProgress(first + group.length);
    }
    return predicted;
  } finally {
    await compiled.release();
  }
}
