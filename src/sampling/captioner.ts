/**
 * A model of words and pictures ready to caption on an engine: features to states, passes over texts to logits of words.
 *
 * T text tokens (with padding), V visual positions, F visual feature, D hidden, R positions read, W words.
 */
import type { CompiledFunction, Engine } from '../engines/engine.ts';
import { type ModelConfig, paddedTextLength, partsOf } from '../models/family.ts';
import { float32, type HostTensors, int32, joined } from '../tensor.ts';
import { type Backbone, compilePart, createBackbone, seesFeatures } from './backbone.ts';
import type { TextQuery } from './text.ts';

/** A picture as the cross-modality encoder takes it. */
export interface PictureStates {
  /** [V, D] */
  vision: Float32Array;
  /** [V], the nearest centroid of every cell; [0] of a model without codes. */
  codes: Int32Array;
}

export interface TextPass {
  picture: PictureStates;
  query: TextQuery;
}

export interface Captioner {
  /** V, F and W. */
  readonly positions: number;
  readonly featureSize: number;
  readonly words: number;
  /** @param features [V, F] per picture */
  encode(features: readonly Float32Array[]): Promise<PictureStates[]>;
  /** One pass of the model, every text padded to T tokens. Logits [R, W] of each. */
  predict(passes: readonly TextPass[], T: number): Promise<Float32Array[]>;
  release(): Promise<void>;
}

/**
 * Compiles the parts of the model.
 * @param weights of the pre-trained checkpoint; of a model of codes `vis_emb.weight` among them
 * @param shared the model's backbone where it paints too; it stays with whoever made it
 * @throws when the config has no grid
 */
export async function createCaptioner(
  engine: Engine,
  config: ModelConfig,
  weights: HostTensors,
  shared?: Backbone,
): Promise<Captioner> {
  const { grid, hidden_size: D, visual_feat_dim: F, vocab_size: W } = config;
  if (!grid) throw new Error('captioning needs a config with `grid`');
  const V = grid * grid;
  const backbone = shared ?? (await createBackbone(engine, config, weights));
  const { nearest, last, head } = await compileParts(engine, config, weights, grid);

  async function encode(features: readonly Float32Array[]): Promise<PictureStates[]> {
    const N = features.length;
    const input = float32(joined(features, V * F, 'features of a picture'), [N, V, F]);
    const seen = nearest && (await nearest.run({ visual_feats: input })).codes!;
    const codes = (seen?.data ?? new Int32Array()) as Int32Array;
    const states =
      !seen || seesFeatures(config) ? backbone.encodeFeatures(input) : backbone.encodeCodes(seen);
    const vision = (await states).data as Float32Array;
    return features.map((_, i) => ({
      vision: vision.slice(i * V * D, (i + 1) * V * D),
      codes: codes.slice(i * V, (i + 1) * V),
    }));
  }

  async function predict(passes: readonly TextPass[], length: number): Promise<Float32Array[]> {
    const T = paddedTextLength(config) ?? length;
    const N = passes.length;
    const ids = new Int32Array(N * T);
    for (const [i, { query }] of passes.entries()) {
      if (query.ids.length > T)
        throw new Error(`a text of ${query.ids.length} tokens does not fit into ${T}`);
      ids.set(query.ids, i * T);
    }
    const visions = passes.map(({ picture }) => picture.vision);
    const inputIds = int32(ids, [N, T]);
    const states = await backbone.crossModality({
      input_ids: inputIds,
      language: await backbone.encodeLanguage(inputIds),
      vision: float32(joined(visions, V * D, 'states of a picture'), [N, V, D]),
    });
    const language = (last ? (await last.run({ ...states })).language! : states.language)
      .data as Float32Array;
    const rows = passes.flatMap(({ query }, i) => query.read.map((position) => i * T + position));
    const read = joined(
      rows.map((row) => language.subarray(row * D, (row + 1) * D)),
      D,
      'state of a token',
    );
    const answer = await head.run({ language: float32(read, [rows.length, D]) });
    const logits = answer.logits!.data as Float32Array;
    let at = 0;
    return passes.map(({ query }) => {
      const from = at;
      at += query.read.length * W;
      return logits.slice(from, at);
    });
  }

  async function release(): Promise<void> {
    await Promise.all([nearest, last, head, shared ? undefined : backbone].map((part) => part?.release()));
  }

  return { positions: V, featureSize: F, words: W, encode, predict, release };
}

/** Apart from the closures of a captioner, which would keep the weights in memory beside the engine's copy. */
async function compileParts(
  engine: Engine,
  config: ModelConfig,
  weights: HostTensors,
  grid: number,
): Promise<{
  nearest: CompiledFunction | undefined;
  last: CompiledFunction | undefined;
  head: CompiledFunction;
}> {
  const parts = partsOf(config);
  const last = parts.lastLanguage(grid * grid);
  return {
    nearest:
      config.num_clusters > 0
        ? await compilePart(engine, 'nearest-codes', parts.nearestCodes(grid * grid), weights)
        : undefined,
    last: last && (await compilePart(engine, 'last-language', last, weights)),
    head: await compilePart(engine, 'predict-words', parts.predictWords, weights),
  };
}
