/**
 * What answering and judging share: a text and one picture or two through a fine-tuned model, rows of all requests
 * together.
 *
 * N rows, T text tokens, V visual positions, F visual feature, A answers.
 */
import type { Engine } from '../../engines/engine.ts';
import { type FinetunedModelConfig, modelLogits } from '../../models/family.ts';
import { gridPositions } from '../../models/lxmert/index.ts';
import { createRandom } from '../../random.ts';
import { float32, type HostTensors, int32 } from '../../tensor.ts';
import { loadTokenizer, MAX_TEXT_TOKENS, type Reading } from '../../tokenizer.ts';
import { batchCandidates, invariantBatchSizes } from '../batch-invariance.ts';
import { createBatcher } from '../batcher.ts';
import type { EncodedPicture } from './encode-picture.ts';
import type { PipelineOptions } from './options.ts';

/** What is needed of a checkpoint. */
export interface FinetunedParts {
  config: FinetunedModelConfig;
  weights: HostTensors;
  /** Tokens in the order of their ids. */
  vocabulary: readonly string[];
}

export interface FinetunedModel {
  readonly batchSizes: readonly number[];
  /**
   * @param pictures one, or two for a model of pairs
   * @returns logits [A]
   * @throws the signal's reason when it is aborted before the row's turn
   */
  ask(
    text: string,
    pictures: readonly EncodedPicture[],
    signal?: AbortSignal,
  ): Promise<{ logits: Float32Array } & Reading>;
  release(): Promise<void>;
}

interface Row {
  /** [T] */
  ids: readonly number[];
  /** [V, F] each */
  pictures: readonly EncodedPicture[];
}

export async function createFinetunedModel(
  engine: Engine,
  { config, weights, vocabulary }: FinetunedParts,
  stage: 'answer' | 'verify',
  { maxBatch = 8, onPass }: PipelineOptions = {},
): Promise<FinetunedModel> {
  const { grid, visual_feat_dim: F } = config;
  if (!grid) throw new Error('a fine-tuned model of grid features needs a config with `grid`');
  const V = grid * grid;
  const pair = config.head === 'nlvr2';
  const T = Math.min(MAX_TEXT_TOKENS, config.max_position_embeddings);
  const tokenizer = loadTokenizer(vocabulary);
  const model = await engine.compile({
    name: stage,
    // The cells are where they are in every picture.
    weights: { ...weights, visual_pos: gridPositions(grid, config.visual_pos_dim) },
    inputs: {
      input_ids: { dtype: 'int32', shape: ['N', T] },
      visual_feats: { dtype: 'float32', shape: pair ? ['N', 2, V, F] : ['N', V, F] },
    },
    fn: ({ visual_pos, ...own }, inputs) => ({
      logits: modelLogits(config, own, { ...inputs, visual_pos: visual_pos! }),
    }),
  });

  async function run(rows: readonly Row[]): Promise<Float32Array[]> {
    const N = rows.length;
    const pictures = pair ? 2 : 1;
    const features = new Float32Array(N * pictures * V * F);
    for (const [i, row] of rows.entries()) {
      for (const [k, picture] of row.pictures.entries())
        features.set(picture.features, (i * pictures + k) * V * F);
    }
    const { logits } = await model.run({
      input_ids: int32(
        rows.flatMap(({ ids }) => ids),
        [N, T],
      ),
      visual_feats: float32(features, pair ? [N, 2, V, F] : [N, V, F]),
    });
    const A = logits!.shape[1]!;
    const data = logits!.data as Float32Array;
    return rows.map((_, i) => data.slice(i * A, (i + 1) * A));
  }

  const random = createRandom('batch sizes');
  // A short text and a long one: padding takes part in every product.
  const examples = ['is it', 'is it there '.repeat(T)].map(
    (text): Row => ({
      ids: tokenizer.encode(text, T).ids,
      pictures: Array.from({ length: pair ? 2 : 1 }, () => ({
        features: Float32Array.from({ length: V * F }, () => random.normal()),
      })),
    }),
  );
  const batchSizes = await invariantBatchSizes(batchCandidates(maxBatch), async (kinds) =>
    (await run(kinds.map((kind) => examples[kind]!))).map((logits) => [logits]),
  );
  const batcher = createBatcher(batchSizes, async (rows: Row[]) => {
    const start = performance.now();
    const logits = await run(rows);
    onPass?.(stage, rows.length, performance.now() - start);
    return logits;
  });

  return {
    batchSizes,
    async ask(text, pictures, signal) {
      for (const { features } of pictures) {
        if (features.length !== V * F) {
          throw new Error(`features of a picture: ${features.length} numbers, wanted ${V} × ${F}`);
        }
      }
      const { ids, ...reading } = tokenizer.read(text, T);
      return { logits: await batcher.submit({ ids, pictures }, signal), ...reading };
    },
    release: () => model.release(),
  };
}
