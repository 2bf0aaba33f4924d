/**
 * The backbone cut into what captioning runs how often: the picture's side up to the first cross-modality layer once
 * per picture, the rest once per pass, the word head only for the positions that a pass reads.
 *
 * N rows of a batch and T text tokens (both symbolic), V visual positions, F visual feature, D hidden, K clusters,
 * W words.
 */
import * as tf from '@tensorflow/tfjs-core';
import { embedding, nearestRow } from '../ops.ts';
import { embedTextAt, embedVision, languageEncoder, relationEncoder } from './backbone.ts';
import type { LxmertConfig } from './config.ts';
import { wordScores } from './heads.ts';
import { crossLayerLanguage, crossLayerVision, paddingMask } from './layers.ts';
import type { PaintingFunction } from './painting.ts';
import { weight } from './weights.ts';

export type CaptioningFunction = PaintingFunction;

/** Name under which `seePicture` wants the positions of the grid's cells [V, P] among its weights. */
export const CELL_POSITIONS = 'captioning.positions';

/**
 * Once per picture. Every cell is seen as its nearest centroid, as in pre-training.
 * Input: visual_feats [N, V, F]. Outputs: vision [N, V, D] after the object-relation encoder; codes int32 [N, V].
 */
export function seePicture(config: LxmertConfig, positions: number): CaptioningFunction {
  const { visual_feat_dim: F } = config;
  return {
    fn: (weights, inputs) => {
      const centroids = weight(weights, 'vis_emb.weight'); // [K, F]
      const features = tf.reshape(weight(inputs, 'visual_feats'), [-1, F]); // [N·V, F]
      const codes = tf.reshape(nearestRow(centroids, features), [-1, positions]); // [N, V]
      const seen = embedVision(config, weights, embedding(centroids, codes), weight(weights, CELL_POSITIONS));
      return { vision: relationEncoder(config, weights, seen).at(-1) ?? seen, codes };
    },
    inputs: { visual_feats: { dtype: 'float32', shape: ['N', positions, F] } },
    uses: (name) =>
      name === 'vis_emb.weight' ||
      name === CELL_POSITIONS ||
      /^bert\.encoder\.(visn_fc|r_layers)\./.test(name),
  };
}

const lastLayer = ({ x_layers }: LxmertConfig): string => `bert.encoder.x_layers.${x_layers - 1}`;

/**
 * Once per pass: the language encoder and the cross-modality layers, without the visual side of the last, which
 * nobody reads. Inputs: input_ids int32 [N, T], 0 is padding; positions int32 [T], 0, 1, 2, …; vision [N, V, D] of
 * `seePicture`. Output: language [N, T, D].
 */
export function readText(config: LxmertConfig, positions: number): CaptioningFunction {
  return {
    fn: (weights, inputs) => {
      const ids = weight(inputs, 'input_ids');
      const mask = paddingMask(ids);
      const text = embedTextAt(config, weights, ids, weight(inputs, 'positions'));
      let language = languageEncoder(config, weights, text, mask).at(-1) ?? text;
      let vision = weight(inputs, 'vision');
      for (let i = 0; i < config.x_layers - 1; i++) {
        const name = `bert.encoder.x_layers.${i}`;
        const nextLanguage = crossLayerLanguage(config, weights, name, language, vision, mask);
        vision = crossLayerVision(config, weights, name, language, vision, mask);
        language = nextLanguage;
      }
      return { language: crossLayerLanguage(config, weights, lastLayer(config), language, vision, mask) };
    },
    inputs: {
      input_ids: { dtype: 'int32', shape: ['N', 'T'] },
      positions: { dtype: 'int32', shape: ['T'] },
      vision: { dtype: 'float32', shape: ['N', positions, config.hidden_size] },
    },
    uses: (name) =>
      /^bert\.(embeddings|encoder\.layer|encoder\.x_layers)\./.test(name) &&
      !name.startsWith(`${lastLayer(config)}.visn_`),
  };
}

/** For the positions that passes read, one after another. Input: language [N, D]. Output: logits [N, W]. */
export function predictWords(config: LxmertConfig): CaptioningFunction {
  return {
    fn: (weights, inputs) => ({ logits: wordScores(config, weights, weight(inputs, 'language')) }),
    inputs: { language: { dtype: 'float32', shape: ['N', config.hidden_size] } },
    uses: (name) => name.startsWith('cls.predictions.') || name === 'bert.embeddings.word_embeddings.weight',
  };
}
