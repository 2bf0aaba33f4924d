/**
 * What captioning runs beside the parts that it shares with painting: codes once per picture, the end of the text's
 * side once per pass, the word head only for the positions that a pass reads.
 *
 * N rows of a batch and T text tokens (both symbolic), V visual positions, F visual feature, D hidden, K clusters, W words.
 */
import * as tf from '@tensorflow/tfjs-core';
import { nearestRow } from '../ops.ts';
import type { LxmertConfig } from './config.ts';
import { wordScores } from './heads.ts';
import { crossLayerLanguage } from './layers.ts';
import { bothModalities, lastLayer, type PaintingFunction, statesOf } from './painting.ts';
import { weight } from './weights.ts';

/**
 * Once per picture: every cell is seen as its nearest centroid, as in pre-training.
 * Input: visual_feats [N, V, F]. Output: codes int32 [N, V].
 */
export function nearestCodes(F: number, positions: number): PaintingFunction {
  return {
    fn: (weights, inputs) => {
      const features = tf.reshape(weight(inputs, 'visual_feats'), [-1, F]); // [N·V, F]
      const nearest = nearestRow(weight(weights, 'vis_emb.weight'), features);
      return { codes: tf.reshape(nearest, [-1, positions]) }; // [N, V]
    },
    inputs: { visual_feats: { dtype: 'float32', shape: ['N', positions, F] } },
    uses: (name) => name === 'vis_emb.weight',
  };
}

/** The text side of the last cross-modality layer. Inputs as `crossModality`. Output: language [N, T, D]. */
export function lastLanguage(config: LxmertConfig, positions: number): PaintingFunction {
  return {
    fn: (weights, inputs) => ({
      language: crossLayerLanguage(config, weights, lastLayer(config), ...statesOf(inputs)),
    }),
    inputs: bothModalities(config, positions),
    uses: (name) =>
      name.startsWith(`${lastLayer(config)}.`) && !name.startsWith(`${lastLayer(config)}.visn_`),
  };
}

/** For the positions that passes read, one after another. Input: language [N, D]. Output: logits [N, W]. */
export function predictWords(config: LxmertConfig): PaintingFunction {
  return {
    fn: (weights, inputs) => ({ logits: wordScores(config, weights, weight(inputs, 'language')) }),
    inputs: { language: { dtype: 'float32', shape: ['N', config.hidden_size] } },
    uses: (name) => name.startsWith('cls.predictions.') || name === 'bert.embeddings.word_embeddings.weight',
  };
}
