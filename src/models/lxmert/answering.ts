/**
 * What a fine-tuned model runs with every text. What it makes of a picture alone (`encodeFeatures`) is made once, and a
 * statement about two pictures is read once: the relation encoder is a third of a question's products, and the
 * language encoder a sixth.
 *
 * N rows of a batch and T text tokens (both symbolic), V visual positions, D hidden, A answers.
 */
import * as tf from '@tensorflow/tfjs-core';
import { pool } from './backbone.ts';
import type { FinetunedConfig } from './finetuning.ts';
import { answerScores } from './heads.ts';
import { crossLayerLanguage, paddingMask } from './layers.ts';
import { crossLayersButLast, encodeLanguage, lastLayer, type PaintingFunction } from './painting.ts';
import { weight } from './weights.ts';

/**
 * Inputs: input_ids int32 [N, T], 0 is padding; positions int32 [T], 0, 1, 2, …; vision of `encodeFeatures` [N, V, D],
 * or [N, 2, V, D] for nlvr2. Output: logits [N, A].
 */
export function answerTexts(config: FinetunedConfig, positions: number): PaintingFunction {
  const { hidden_size: D } = config;
  const reading = encodeLanguage(config);
  const pair = config.head === 'nlvr2';
  const last = lastLayer(config);
  return {
    fn: (weights, inputs) => {
      const mask = paddingMask(weight(inputs, 'input_ids'));
      const read = reading.fn(weights, inputs).language!;
      const vision = weight(inputs, 'vision');
      const states = pair
        ? { language: twice(read), vision: tf.reshape(vision, [-1, positions, D]) }
        : { language: read, vision };
      const masks = pair ? twice(mask) : mask;
      const crossed = crossLayersButLast(config, weights, states, masks);
      // Nothing reads the visual side of the last layer.
      const language = crossLayerLanguage(config, weights, last, crossed.language, crossed.vision, masks);
      const pooled = pool(config, weights, language);
      return { logits: answerScores(config, weights, pair ? tf.reshape(pooled, [-1, 2 * D]) : pooled) };
    },
    inputs: {
      ...reading.inputs,
      vision: { dtype: 'float32', shape: pair ? ['N', 2, positions, D] : ['N', positions, D] },
    },
    uses: (name) =>
      reading.uses(name) ||
      /^(bert\.pooler|answer_head)\./.test(name) ||
      (name.startsWith('bert.encoder.x_layers.') && !name.startsWith(`${last}.visn_`)),
  };
}

/** [N, …] → [2N, …], every row followed by itself. */
function twice(x: tf.Tensor): tf.Tensor {
  const once = tf.expandDims(x, 1);
  const [N, ...rest] = x.shape as [number, ...number[]];
  return tf.reshape(tf.concat([once, once], 1), [2 * N, ...rest]);
}
