/**
 * What answering and judging share: a text and one picture or two through a fine-tuned model, rows of all requests
 * together. What the model makes of a picture alone is made once, however much is asked about it.
 *
 * N rows, T text tokens, V regions of a picture (cells of a grid, or boxes), F visual feature, D hidden, A answers.
 */
import type { CompiledFunction, Engine } from '../../engines/engine.ts';
import {
  answeringPartsOf,
  type FinetunedModelConfig,
  paddedTextLength,
  partsOf,
} from '../../models/family.ts';
import { gridPositions } from '../../models/lxmert/index.ts';
import { FOLDED } from '../../models/lxmert/painting.ts';
import { boxInputs, regionsOf } from '../../models/regions.ts';
import { createRandom } from '../../random.ts';
import { compilePart, runOnce, textPositions } from '../../sampling/backbone.ts';
import { float32, type HostTensors, int32, joined } from '../../tensor.ts';
import { MAX_TEXT_TOKENS, SHORT_TEXT_TOKENS } from '../../text-lengths.ts';
import { loadTokenizer, type Reading } from '../../tokenizer.ts';
import { batchCandidates, invariantBatchSizes, measuredOnce } from '../batch-invariance.ts';
import { createBatcher } from '../batcher.ts';
import { type EncodedPicture, keptWithPicture } from './encode-picture.ts';
import type { PipelineOptions } from './options.ts';

/** What is needed of a checkpoint. */
export interface FinetunedParts {
  config: FinetunedModelConfig;
  weights: HostTensors;
  /** Tokens in the order of their ids. */
  vocabulary: readonly string[];
}

export interface FinetunedModel {
  /** Batch sizes of texts, the longest ones; what invariance allowed. */
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
  /** What the model makes of each picture alone: [V, D], or its rows (`Regions`) where it makes nothing. */
  pictures: readonly Float32Array[];
}

export async function createFinetunedModel(
  engine: Engine,
  { config, weights, vocabulary }: FinetunedParts,
  stage: 'answer' | 'verify',
  { maxBatch = 8, onPass }: PipelineOptions = {},
): Promise<FinetunedModel> {
  const { count: V, width: W, boxes } = regionsOf(config);
  const count = config.head === 'nlvr2' ? 2 : 1;
  const most = Math.min(MAX_TEXT_TOKENS, config.max_position_embeddings);
  const tokenizer = loadTokenizer(vocabulary);
  const { encoder, model, width } = await compileParts(engine, config, weights, stage);
  /** A text is padded to the first that it fits into: by its length alone, not by its company. */
  const lengths = paddedTextLength(config) || most <= SHORT_TEXT_TOKENS ? [most] : [SHORT_TEXT_TOKENS, most];

  const visual = (rows: Float32Array, lead: readonly number[]): HostTensors =>
    boxes ? { ...boxInputs(config, rows, lead) } : { visual_feats: float32(rows, [...lead, W]) };

  async function encode(features: readonly Float32Array[]): Promise<Float32Array[]> {
    const N = features.length;
    const { vision } = await encoder!.run(visual(joined(features, V * W, 'features of a picture'), [N, V]));
    const states = vision!.data as Float32Array;
    return features.map((_, i) => states.slice(i * V * width, (i + 1) * V * width));
  }

  async function read(rows: readonly Row[], T: number): Promise<Float32Array[]> {
    const N = rows.length;
    const all = rows.flatMap((row) => row.pictures);
    const visions = joined(all, V * width, 'states of a picture');
    const lead = count === 2 ? [N, 2, V] : [N, V];
    const ids = rows.flatMap((row) => row.ids);
    const input_ids = int32(ids, [N, T]);
    const inputs: HostTensors = encoder
      ? { input_ids, positions: textPositions(T), vision: float32(visions, [...lead, width]) }
      : { input_ids, ...visual(visions, lead) };
    const { logits } = await model.run(inputs);
    const A = logits!.shape[1]!;
    const data = logits!.data as Float32Array;
    return rows.map((_, i) => data.slice(i * A, (i + 1) * A));
  }

  function timed<Item, Result>(
    work: (items: readonly Item[]) => Promise<Result[]>,
    of: typeof stage | 'picture',
  ) {
    return async (items: Item[]): Promise<Result[]> => {
      const start = performance.now();
      const results = await work(items);
      onPass?.(of, items.length, performance.now() - start);
      return results;
    };
  }

  async function measureBatchSizes(): Promise<{ picture: readonly number[]; texts: readonly number[][] }> {
    const candidates = batchCandidates(maxBatch);
    const random = createRandom('batch sizes');
    const numbers = (length: number) => Float32Array.from({ length }, () => random.normal());
    const shown = [numbers(V * W), numbers(V * W)];
    const picture = encoder
      ? await invariantBatchSizes(candidates, async (kinds) =>
          (await encode(kinds.map((kind) => shown[kind]!))).map((states) => [states]),
        )
      : [];
    const texts: number[][] = [];
    for (const T of lengths) {
      // A short text and a long one: padding takes part in every product.
      const examples = ['is it', 'is it there '.repeat(T)].map(
        (text): Row => ({
          ids: tokenizer.encode(text, T).ids,
          pictures: Array.from({ length: count }, () => numbers(V * width)),
        }),
      );
      const run = async (kinds: number[]) => {
        const rows = kinds.map((kind) => examples[kind]!);
        return (await read(rows, T)).map((logits) => [logits]);
      };
      texts.push(await invariantBatchSizes(candidates, run));
    }
    return { picture, texts };
  }

  const sizes = await measuredOnce(engine, [stage, config, maxBatch], measureBatchSizes);
  const pictures = encoder && createBatcher(sizes.picture, timed(encode, 'picture'));
  const batchers = lengths.map((T, i) =>
    createBatcher(
      sizes.texts[i]!,
      timed((rows: readonly Row[]) => read(rows, T), stage),
    ),
  );

  /** Once for all texts about a picture. No signal: another text may wait for the same picture. */
  const statesOf = keptWithPicture(async ({ features }) => pictures?.submit(features) ?? features);

  return {
    batchSizes: sizes.texts.at(-1)!,
    async ask(text, asked, signal) {
      for (const { features } of asked) {
        if (features.length !== V * W) {
          throw new Error(`features of a picture: ${features.length} numbers, wanted ${V} × ${W}`);
        }
      }
      const { ids, ...reading } = tokenizer.read(text, most);
      const states = await Promise.all(asked.map(statesOf));
      const length = ids.lastIndexOf(tokenizer.sep) + 1;
      const at = lengths.findIndex((T) => length <= T);
      const row = { ids: ids.slice(0, lengths[at]), pictures: states };
      return { logits: await batchers[at]!.submit(row, signal), ...reading };
    },
    async release() {
      await Promise.all([encoder?.release(), model.release()]);
    },
  };
}

/** Apart from the closures of a model, which would keep the weights in memory beside the engine's copy. */
async function compileParts(
  engine: Engine,
  config: FinetunedModelConfig,
  weights: HostTensors,
  stage: string,
): Promise<{ encoder: CompiledFunction | undefined; model: CompiledFunction; width: number }> {
  const { count, width, boxes } = regionsOf(config);
  const { encodePicture, answerTexts } = answeringPartsOf(config, count);
  // The cells are where they are in every picture.
  const cells = boxes ? undefined : gridPositions(config.grid!, config.visual_pos_dim);
  if (!encodePicture) {
    const all = { ...weights, ...(cells && { visual_pos: cells }) };
    return { encoder: undefined, model: await compilePart(engine, stage, answerTexts, all), width };
  }
  let all = weights;
  if (cells) {
    const { foldPositions } = partsOf(config);
    const folded = await runOnce(engine, 'fold-positions', foldPositions, weights, { positions: cells });
    all = { ...weights, [FOLDED.positions]: folded.embedding! };
  }
  return {
    encoder: await compilePart(engine, 'encode-features', encodePicture, all),
    model: await compilePart(engine, stage, answerTexts, weights),
    width: config.hidden_size,
  };
}
