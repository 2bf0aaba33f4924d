/** From texts and pictures' features to whether they belong together: a pre-trained model's objective, made a task. */
import * as tf from '@tensorflow/tfjs-core';
import type { Engine } from '../../engines/engine.ts';
import { type ModelConfig, modelPretrainingLoss } from '../../models/family.ts';
import { gridPositions } from '../../models/lxmert/index.ts';
import { seesCodes } from '../../models/lxmert/pretraining.ts';
import { float32, type HostTensors, int32 } from '../../tensor.ts';
import { MAX_TEXT_TOKENS } from '../../text-lengths.ts';
import { loadTokenizer } from '../../tokenizer.ts';
import type { EncodedPicture } from './encode-picture.ts';
import { createNearestCodes } from './nearest-codes.ts';

/** What is needed of a checkpoint. */
export interface MatchingParts {
  config: ModelConfig & { grid: number };
  weights: HostTensors;
  /** Tokens in the order of their ids. */
  vocabulary: readonly string[];
}

export interface MatchPipeline {
  /** For each pair the logit of "they belong together" less that of "they do not". */
  match(pairs: readonly { text: string; picture: EncodedPicture }[]): Promise<number[]>;
  release(): Promise<void>;
}

const BATCH = 16;

export async function createMatchPipeline(
  engine: Engine,
  { config, weights, vocabulary }: MatchingParts,
): Promise<MatchPipeline> {
  const { grid, visual_feat_dim: F, visual_pos_dim } = config;
  const V = grid * grid;
  const T = Math.min(MAX_TEXT_TOKENS, config.max_position_embeddings);
  const tokenizer = loadTokenizer(vocabulary);
  const model = await engine.compile({
    name: 'match',
    weights,
    inputs: {
      input_ids: { dtype: 'int32', shape: [BATCH, T] },
      cluster_ids: { dtype: 'int32', shape: [BATCH, V] },
      visual_feats: { dtype: 'float32', shape: [BATCH, V, F] },
      // Of the loss, which is computed along the way.
      matched_labels: { dtype: 'int32', shape: [BATCH] },
    },
    fn: (tensors, inputs) => {
      const { data, shape } = gridPositions(grid, visual_pos_dim);
      const visual_pos = tf.tensor(data as Float32Array, shape as number[]);
      const { outputs } = modelPretrainingLoss(
        config,
        tensors,
        { ...inputs, visual_pos },
        { task: 'matched' },
      );
      return { scores: outputs.matched_scores! };
    },
  });
  const nearest = seesCodes(config, false)
    ? await createNearestCodes(engine, config, weights['vis_emb.weight']!)
    : undefined;

  /** @param codesOf of the pictures that were met before */
  async function matchBatch(
    pairs: Parameters<MatchPipeline['match']>[0],
    codesOf: Map<EncodedPicture, Int32Array>,
  ): Promise<number[]> {
    const codes = new Int32Array(BATCH * V);
    const features = new Float32Array(BATCH * V * F);
    const ids = new Int32Array(BATCH * T);
    // Rows that are left over repeat the first.
    for (let row = 0; row < BATCH; row++) {
      const { text, picture } = pairs[row] ?? pairs[0]!;
      features.set(picture.features, row * V * F);
      if (nearest) {
        const known = codesOf.get(picture) ?? (await nearest.codesOf(picture.features));
        codesOf.set(picture, known);
        codes.set(known, row * V);
      }
      ids.set(tokenizer.encode(text, T).ids, row * T);
    }
    const { scores } = await model.run({
      input_ids: int32(ids, [BATCH, T]),
      cluster_ids: int32(codes, [BATCH, V]),
      visual_feats: float32(features, [BATCH, V, F]),
      matched_labels: int32(new Int32Array(BATCH), [BATCH]),
    });
    return pairs.map((_, row) => scores!.data[2 * row + 1]! - scores!.data[2 * row]!);
  }

  return {
    async match(pairs) {
      const margins: number[] = [];
      const codesOf = new Map<EncodedPicture, Int32Array>();
      for (let first = 0; first < pairs.length; first += BATCH)
        margins.push(...(await matchBatch(pairs.slice(first, first + BATCH), codesOf)));
      return margins;
    },
    async release() {
      await model.release();
      await nearest?.release();
    },
  };
}
