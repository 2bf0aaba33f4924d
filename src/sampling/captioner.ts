/**
 * An X-LXMERT or X-UNITER ready to caption on an engine: features to states, passes over texts to logits of words.
 *
 * T text tokens (with padding), V visual positions, F visual feature, D hidden, R positions read, W words.
 */
import type { CompiledFunction, Engine } from '../engines/engine.ts';
import { type ModelConfig, paddedTextLength, partsOf } from '../models/family.ts';
import { type CaptioningFunction, CELL_POSITIONS } from '../models/lxmert/captioning.ts';
import { gridPositions } from '../models/lxmert/positions.ts';
import { float32, type HostTensors, int32 } from '../tensor.ts';
import type { TextQuery } from './text.ts';

/** A picture as the cross-modality encoder takes it. */
export interface EncodedPicture {
  /** [V, D] */
  vision: Float32Array;
  /** [V], the nearest centroid of every cell. */
  codes: Int32Array;
}

export interface TextPass {
  picture: EncodedPicture;
  query: TextQuery;
}

export interface Captioner {
  /** V, F and W. */
  readonly positions: number;
  readonly featureSize: number;
  readonly words: number;
  /** @param features [V, F] per picture */
  encode(features: readonly Float32Array[]): Promise<EncodedPicture[]>;
  /** One pass of the model, every text padded to T tokens. Logits [R, W] of each. */
  predict(passes: readonly TextPass[], T: number): Promise<Float32Array[]>;
  release(): Promise<void>;
}

/**
 * Compiles the parts of the model.
 * @param weights of the pre-trained checkpoint, `vis_emb.weight` among them
 * @throws when the config has no grid or no clusters
 */
export async function createCaptioner(
  engine: Engine,
  config: ModelConfig,
  weights: HostTensors,
): Promise<Captioner> {
  const { grid, num_clusters: K, hidden_size: D, visual_feat_dim: F, vocab_size: W } = config;
  if (!grid || K === 0) throw new Error('captioning needs a config with `grid` and `num_clusters`');
  const V = grid * grid;
  const { picture, text, head } = await compileParts(engine, config, weights, grid);

  async function encode(features: readonly Float32Array[]): Promise<EncodedPicture[]> {
    const N = features.length;
    const input = float32(joined(features, V * F, 'features of a picture'), [N, V, F]);
    const output = await picture.run({ visual_feats: input });
    const vision = output.vision!.data as Float32Array;
    const codes = output.codes!.data as Int32Array;
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
    const output = await text.run({
      input_ids: int32(ids, [N, T]),
      positions: int32(
        Array.from({ length: T }, (_, position) => position),
        [T],
      ),
      vision: float32(joined(visions, V * D, 'states of a picture'), [N, V, D]),
    });
    const states = output.language!.data as Float32Array;
    const rows = passes.flatMap(({ query }, i) => query.read.map((position) => i * T + position));
    const read = joined(
      rows.map((row) => states.subarray(row * D, (row + 1) * D)),
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
    await Promise.all([picture, text, head].map((part) => part.release()));
  }

  return { positions: V, featureSize: F, words: W, encode, predict, release };
}

/** Apart from the closures of a captioner, which would keep the weights in memory beside the engine's copy. */
async function compileParts(
  engine: Engine,
  config: ModelConfig,
  weights: HostTensors,
  grid: number,
): Promise<Record<'picture' | 'text' | 'head', CompiledFunction>> {
  const all: HostTensors = { ...weights, [CELL_POSITIONS]: gridPositions(grid, config.visual_pos_dim) };
  const compile = (name: string, { fn, inputs, uses }: CaptioningFunction): Promise<CompiledFunction> =>
    engine.compile({
      name,
      fn,
      inputs,
      weights: Object.fromEntries(Object.entries(all).filter(([weight]) => uses(weight))),
    });
  const parts = partsOf(config);
  return {
    picture: await compile('see-picture', parts.seePicture(grid * grid)),
    text: await compile('read-text', parts.readText(grid * grid)),
    head: await compile('predict-words', parts.predictWords),
  };
}

function joined(parts: readonly Float32Array[], length: number, what: string): Float32Array {
  const all = new Float32Array(parts.length * length);
  for (const [i, part] of parts.entries()) {
    if (part.length !== length) throw new Error(`${what}: ${part.length} numbers, wanted ${length}`);
    all.set(part, i * length);
  }
  return all;
}
