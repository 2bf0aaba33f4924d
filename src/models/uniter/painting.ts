/**
 * The stream cut into what painting and captioning run how often. Words and picture meet in the first layer, so that
 * only the embeddings can be made ahead: of the text once per prompt, of the picture once per grid or picture.
 *
 * N rows of a batch and T text tokens (both symbolic), V visual positions, F visual feature, D hidden, K clusters.
 */

import * as tf from '@tensorflow/tfjs-core';
import { MAX_TEXT_TOKENS } from '../../text-lengths.ts';
import { FOLDED, type PaintingFunction, scoreCodes } from '../lxmert/painting.ts';
import { weight } from '../lxmert/weights.ts';
import { embedding } from '../ops.ts';
import {
  embedFeatures,
  embedPositions,
  embedText,
  encode,
  IMAGE_LINEAR,
  joinImage,
  joinStream,
} from './backbone.ts';
import type { UniterConfig } from './config.ts';
import { net, wordScores } from './heads.ts';

/** As LXMERT's: features [N, F] → embedding [N, D]. */
export function foldCodes(config: UniterConfig): PaintingFunction {
  return {
    fn: (weights, inputs) => ({ embedding: embedFeatures(config, weights, weight(inputs, 'features')) }),
    inputs: { features: { dtype: 'float32', shape: ['N', config.visual_feat_dim] } },
    uses: (name) => /^uniter\.img_embeddings\.img_/.test(name),
  };
}

/** centroids [N, F] → head_weight [N, D], head_bias [N] */
export function foldHead(config: UniterConfig): PaintingFunction {
  return {
    fn: (weights, inputs) => {
      const centroids = weight<tf.Tensor2D>(inputs, 'centroids');
      const bias = tf.reshape(weight(weights, 'feat_regress.bias'), [config.visual_feat_dim, 1]);
      return {
        head_weight: tf.matMul(centroids, weight<tf.Tensor2D>(weights, IMAGE_LINEAR), false, true),
        head_bias: tf.reshape(tf.matMul(centroids, bias as tf.Tensor2D), [centroids.shape[0]]),
      };
    },
    inputs: { centroids: { dtype: 'float32', shape: ['N', config.visual_feat_dim] } },
    uses: (name) => name === IMAGE_LINEAR || name === 'feat_regress.bias',
  };
}

/** positions [N, P] → embedding [N, D] */
export function foldPositions(config: UniterConfig): PaintingFunction {
  return {
    fn: (weights, inputs) => ({ embedding: embedPositions(config, weights, weight(inputs, 'positions')) }),
    inputs: { positions: { dtype: 'float32', shape: ['N', config.visual_pos_dim] } },
    uses: (name) => name.startsWith('uniter.img_embeddings.pos_'),
  };
}

/** input_ids int32 [N, T], positions int32 [T] → language [N, T, D], embedded only. */
export function encodeLanguage(config: UniterConfig): PaintingFunction {
  return {
    fn: (weights, inputs) => ({
      language: embedText(config, weights, weight(inputs, 'input_ids'), weight(inputs, 'positions')),
    }),
    inputs: {
      input_ids: { dtype: 'int32', shape: ['N', 'T'] },
      positions: { dtype: 'int32', shape: ['T'] },
    },
    uses: (name) => name.startsWith('uniter.embeddings.'),
  };
}

const joins = (name: string): boolean =>
  name.startsWith('uniter.img_embeddings.LayerNorm.') ||
  name === 'uniter.embeddings.token_type_embeddings.weight';

/** codes int32 [N, V], where K is the masked feature → vision [N, V, D], embedded only. */
export function encodeCodes(config: UniterConfig, positions: number): PaintingFunction {
  return {
    fn: (weights, inputs) => {
      const what = embedding(weight(weights, FOLDED.codes), weight(inputs, 'codes'));
      return { vision: joinImage(config, weights, what, weight(weights, FOLDED.positions)) };
    },
    inputs: { codes: { dtype: 'int32', shape: ['N', positions] } },
    uses: (name) => name === FOLDED.codes || name === FOLDED.positions || joins(name),
  };
}

/** The same of features as they are: visual_feats [N, V, F] → vision [N, V, D], embedded only. */
export function encodeFeatures(config: UniterConfig, positions: number): PaintingFunction {
  return {
    fn: (weights, inputs) => {
      const what = embedFeatures(config, weights, weight(inputs, 'visual_feats'));
      return { vision: joinImage(config, weights, what, weight(weights, FOLDED.positions)) };
    },
    inputs: { visual_feats: { dtype: 'float32', shape: ['N', positions, config.visual_feat_dim] } },
    uses: (name) => name === FOLDED.positions || /^uniter\.img_embeddings\.img_/.test(name) || joins(name),
  };
}

/**
 * T, to which every text of the stream is padded: the compiler knows multiples of a symbolic dimension, not the sum
 * T + V. Padding short texts costs a tenth; a second compilation would double the memory.
 */
export const streamTokens = (config: UniterConfig): number =>
  Math.min(MAX_TEXT_TOKENS, config.max_position_embeddings);

/**
 * All layers, once per sampling step or pass over a text: input_ids int32 [N, T], language [N, T, D], vision
 * [N, V, D] → language [N, T, D], vision [N, V, D].
 */
export function crossModality(config: UniterConfig, positions: number): PaintingFunction {
  const T = streamTokens(config);
  const D = config.hidden_size;
  return {
    fn: (weights, inputs) => {
      const ids = weight(inputs, 'input_ids');
      const { states: embedded, mask } = joinStream(
        ids,
        weight(inputs, 'language'),
        weight(inputs, 'vision'),
      );
      const states = encode(config, weights, embedded, mask).at(-1) ?? embedded;
      const N = ids.shape[0]!;
      return {
        language: tf.slice(states, [0, 0, 0], [N, T, D]),
        vision: tf.slice(states, [0, T, 0], [N, positions, D]),
      };
    },
    inputs: {
      input_ids: { dtype: 'int32', shape: ['N', T] },
      language: { dtype: 'float32', shape: ['N', T, D] },
      vision: { dtype: 'float32', shape: ['N', positions, D] },
    },
    uses: (name) => name.startsWith('uniter.encoder.'),
  };
}

/** For the positions that a step reads: attended [N, D] → logits [N, K], ids int32 [N], confidence [N]. */
export function predictCodes(config: UniterConfig): PaintingFunction {
  return {
    fn: (weights, inputs) => {
      const hidden = net(config, weights, 'feat_regress.net', weight(inputs, 'attended'));
      return scoreCodes(weights, hidden);
    },
    inputs: { attended: { dtype: 'float32', shape: ['N', config.hidden_size] } },
    uses: (name) =>
      name.startsWith('feat_regress.net.') || name === FOLDED.headWeight || name === FOLDED.headBias,
  };
}

/** language [N, D] → logits [N, W] */
export function predictWords(config: UniterConfig): PaintingFunction {
  return {
    fn: (weights, inputs) => ({ logits: wordScores(config, weights, weight(inputs, 'language')) }),
    inputs: { language: { dtype: 'float32', shape: ['N', config.hidden_size] } },
    uses: (name) =>
      name.startsWith('cls.predictions.') || name === 'uniter.embeddings.word_embeddings.weight',
  };
}
