/**
 * Where an X-LXMERT begins that has no BERT to begin from: words and features in one space, found in closed form.
 *
 * From fresh weights a model of photographs spends its first hundred thousand examples on finding out which words go
 * with which features, and does not look at either until then. A linear reading of the features tells the nouns of a
 * caption after seconds of linear algebra. So that is done first: the directions of the (pooled) features that tell
 * the words of the captions best, canonical correlations with a ridge (Hotelling 1936; Vinod 1976), become the first
 * visual embedding, and each word's loadings on them its first word embedding. Attention between words and cells
 * begins as what such a space asks for, the product of the two, and masked words begin with what their cells say.
 *
 * N pictures, F visual feature, D hidden, W words.
 */

import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { CELLS } from '../../grid.ts';
import type { LxmertConfig } from '../../models/lxmert/index.ts';
import { float32, type HostTensor, type HostTensors } from '../../tensor.ts';
import { MAX_TEXT_TOKENS, type Tokenizer } from '../../tokenizer.ts';
import type { SceneFeatures } from '../features/scene-features.ts';

export interface GroundingSource {
  /** Indices of the pictures that have captions, and these. */
  pictures: readonly number[];
  captions(index: number): readonly string[];
  features: SceneFeatures;
  tokenizer: Tokenizer;
}

/** Of the mean of the features' variances: what is added to each. */
const RIDGE = 0.1;
/** A word in fewer pictures says more about these than about itself. */
const FEWEST_PICTURES = 5;
/** Root mean square of a word's loadings in its embedding, beside 0.02 of what it had. */
const WORD_SCALE = 0.03;
/** How much of what attention reads is added to a word at first. */
const READ_SCALE = 0.5;
/** At this bias GELU is almost the identity, and the LayerNorm after it takes the bias away again. */
const LINEAR_GELU = 2;
const LOGIT_SCALE = 2;

/** The same weights with the words, features and their attention in one space. @throws Error when D > F */
export function groundedWeights(
  config: LxmertConfig,
  weights: HostTensors,
  source: GroundingSource,
): HostTensors {
  const { hidden_size: D, x_layers, vocab_size } = config;
  const { pooled, mean } = pooledFeatures(source);
  const { words, presence, unigrams } = wordsOfPictures(source, vocab_size);
  const { directions, loadings } = canonical(pooled, presence, D); // [F, D], [W, D]
  const grounded: HostTensors = { ...weights };
  const set = (name: string, tensor: HostTensor) => {
    if (weights[name]?.shape.join() !== tensor.shape.join())
      throw new Error(`grounding: ${name} is not there`);
    grounded[name] = tensor;
  };
  const F = pooled.columns;
  const embed = directions.transpose(); // [D, F]
  set('bert.encoder.visn_fc.visn_fc.weight', float32(embed.to1DArray(), [D, F]));
  const centre = embed.mmul(Matrix.columnVector(mean)).mul(-1);
  set('bert.encoder.visn_fc.visn_fc.bias', float32(centre.to1DArray(), [D]));

  const embeddings = Float32Array.from(weights['bert.embeddings.word_embeddings.weight']!.data);
  const rms = Math.sqrt(loadings.norm('frobenius') ** 2 / (loadings.rows * D));
  for (const [row, word] of words.entries())
    for (let d = 0; d < D; d++) embeddings[word * D + d]! += (WORD_SCALE / rms) * loadings.get(row, d);
  set('bert.embeddings.word_embeddings.weight', float32(embeddings, [vocab_size, D]));
  set('bert.embeddings.position_embeddings.weight', sinusoids(config.max_position_embeddings, D));

  for (let layer = 0; layer < x_layers; layer++) {
    const name = `bert.encoder.x_layers.${layer}.visual_attention`;
    for (const part of ['query', 'key', 'value']) set(`${name}.att.${part}.weight`, identity(D, 1));
    set(`${name}.output.dense.weight`, identity(D, READ_SCALE));
  }
  set('cls.predictions.transform.dense.weight', identity(D, 1));
  set('cls.predictions.transform.dense.bias', float32(new Float32Array(D).fill(LINEAR_GELU), [D]));
  set('cls.predictions.transform.LayerNorm.weight', float32(new Float32Array(D).fill(LOGIT_SCALE), [D]));
  set('cls.predictions.bias', float32(unigrams, [vocab_size]));
  return grounded;
}

function identity(D: number, scale: number): HostTensor {
  const data = new Float32Array(D * D);
  for (let d = 0; d < D; d++) data[d * (D + 1)] = scale;
  return float32(data, [D, D]);
}

/** Of geometric periods from 4 to 4 T tokens: that a word is next to another is then a rotation. */
function sinusoids(T: number, D: number): HostTensor {
  const half = D / 2;
  const amplitude = 0.02 * Math.SQRT2;
  const data = new Float32Array(T * D);
  for (let t = 0; t < T; t++) {
    for (let i = 0; i < half; i++) {
      const angle = (2 * Math.PI * t) / (4 * T ** (i / half));
      data[t * D + i] = amplitude * Math.sin(angle);
      data[t * D + half + i] = amplitude * Math.cos(angle);
    }
  }
  return float32(data, [T, D]);
}

/** Mean over the cells, less its mean over the pictures. */
function pooledFeatures({ pictures, features }: GroundingSource): { pooled: Matrix; mean: number[] } {
  const F = features.width;
  const row = new Float32Array(CELLS * F);
  const mean = new Float64Array(F);
  const pooled = new Matrix(pictures.length, F);
  for (const [n, index] of pictures.entries()) {
    features.read(index, row, 0);
    const sum = new Float64Array(F);
    for (let at = 0, f = 0; at < row.length; at++, f = f + 1 === F ? 0 : f + 1) sum[f]! += row[at]! / CELLS;
    for (let f = 0; f < F; f++) {
      mean[f]! += sum[f]! / pictures.length;
      pooled.set(n, f, sum[f]!);
    }
  }
  pooled.subRowVector([...mean]);
  return { pooled, mean: [...mean] };
}

/**
 * @returns words (ids) in enough pictures, in which pictures each is (rows as in `pictures`), and every token's log
 *   share of all
 */
function wordsOfPictures(
  { pictures, captions, tokenizer }: GroundingSource,
  vocabulary: number,
): { words: number[]; presence: number[][]; unigrams: Float32Array } {
  const inPictures = new Map<number, number[]>();
  const counts = new Float64Array(vocabulary).fill(0.5);
  const special = new Set([tokenizer.pad, tokenizer.cls, tokenizer.sep, tokenizer.unk]);
  for (const [n, index] of pictures.entries()) {
    for (const caption of captions(index)) {
      for (const id of tokenizer.encode(caption, MAX_TEXT_TOKENS).ids) {
        if (special.has(id)) continue;
        counts[id]!++;
        const known = inPictures.get(id);
        if (!known) inPictures.set(id, [n]);
        else if (known.at(-1) !== n) known.push(n);
      }
    }
  }
  const frequent = [...inPictures].filter(([, where]) => where.length >= FEWEST_PICTURES);
  const total = counts.reduce((sum, count) => sum + count, 0);
  return {
    words: frequent.map(([id]) => id),
    presence: frequent.map(([, where]) => where),
    unigrams: Float32Array.from(counts, (count) => Math.log(count / total)),
  };
}

/**
 * The D directions of the features that tell the words best, and each word's loadings on them.
 * @param pooled [N, F], centred
 * @param presence rows in which each word is
 */
export function canonical(
  pooled: Matrix,
  presence: readonly (readonly number[])[],
  D: number,
): { directions: Matrix; loadings: Matrix } {
  const { rows: N, columns: F } = pooled;
  if (D > F) throw new Error(`grounding: ${D} directions of ${F} features`);
  const covariance = pooled.transpose().mmul(pooled).div(N);
  const ridge = (RIDGE * covariance.trace()) / F;
  for (let f = 0; f < F; f++) covariance.set(f, f, covariance.get(f, f) + ridge);
  const whitening = inverseRoot(covariance); // [F, F]
  // Features with words; words are centred and of variance 1, so that rare ones count.
  const crossed = new Matrix(F, presence.length);
  for (const [w, where] of presence.entries()) {
    const share = where.length / N;
    const scale = 1 / (N * Math.sqrt(share * (1 - share) || 1));
    for (const n of where)
      for (let f = 0; f < F; f++) crossed.set(f, w, crossed.get(f, w) + pooled.get(n, f) * scale);
  }
  const white = whitening.mmul(crossed); // [F, W]
  const { vectors } = sorted(white.mmul(white.transpose()));
  const top = vectors.subMatrix(0, F - 1, 0, D - 1); // [F, D]
  return { directions: whitening.mmul(top), loadings: white.transpose().mmul(top) };
}

function inverseRoot(symmetric: Matrix): Matrix {
  const { values, vectors } = sorted(symmetric);
  const scaled = vectors.clone();
  for (const [i, value] of values.entries()) scaled.mulColumn(i, 1 / Math.sqrt(value));
  return scaled.mmul(vectors.transpose());
}

/** Eigenvalues from the largest on, with their vectors as columns. */
function sorted(symmetric: Matrix): { values: number[]; vectors: Matrix } {
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(symmetric, {
    assumeSymmetric: true,
  });
  const order = [...realEigenvalues.keys()].sort((a, b) => realEigenvalues[b]! - realEigenvalues[a]!);
  const all = order.map((_, i) => i);
  return {
    values: order.map((i) => realEigenvalues[i]!),
    vectors: eigenvectorMatrix.selection(all, order),
  };
}
