/**
 * An X-LXMERT or X-UNITER ready to paint on an engine: texts to states, sampling queries to predictions.
 *
 * T text tokens (of one text, with its padding), V visual positions, F visual feature, D hidden, K clusters.
 */
import type { CompiledFunction, Engine } from '../engines/engine.ts';
import { type ModelConfig, paddedTextLength, partsOf } from '../models/family.ts';
import { FOLDED } from '../models/lxmert/painting.ts';
import { float32, type HostTensors, int32 } from '../tensor.ts';
import { SHORT_TEXT_TOKENS } from '../text-lengths.ts';
import { type Backbone, compilePart, createBackbone, runOnce } from './backbone.ts';
import { MASKED, type Prediction, type Query } from './sample.ts';

/** A prompt after the language encoder. */
export interface EncodedText {
  /** [T] */
  inputIds: Int32Array;
  /** [T, D] */
  language: Float32Array;
}

export interface Painter {
  /** V and K, which `resolveSampler` and `sampleRow` ask for. */
  readonly positions: number;
  readonly clusters: number;
  /** @param inputIds per text at most as many token ids as the painter was made for; 0 is padding */
  encode(inputIds: readonly ArrayLike<number>[]): Promise<EncodedText[]>;
  /** One pass of the model for all queries together. */
  predict(queries: readonly { text: EncodedText; query: Query }[]): Promise<Prediction[]>;
  release(): Promise<void>;
}

/**
 * Compiles the parts of the model.
 * @param weights of the checkpoint, `vis_emb.weight` among them
 * @param tokens of the longest text
 * @param shared the model's backbone where it captions too; it stays with whoever made it
 * @throws when the config has no grid or no clusters
 */
export async function createPainter(
  engine: Engine,
  config: ModelConfig,
  weights: HostTensors,
  tokens: number,
  shared?: Backbone,
): Promise<Painter> {
  const { grid, num_clusters: K, hidden_size: D } = config;
  if (!grid || K === 0) throw new Error('painting needs a config with `grid` and `num_clusters`');
  const V = grid * grid;
  const backbone = shared ?? (await createBackbone(engine, config, weights));
  const { last, head } = await compileParts(engine, config, weights, grid);
  /** Where every picture begins; the same for every prompt. [V, D] */
  const blank = await encodeGrids([new Int32Array(V).fill(MASKED)]);

  async function encode(texts: readonly ArrayLike<number>[]): Promise<EncodedText[]> {
    for (const { length } of texts) {
      if (length > tokens) throw new Error(`a text of ${length} tokens, at most ${tokens} fit`);
    }
    const lengths = texts.map((text) => paddedTextLength(config) ?? paddedLength(text, tokens));
    const encoded = new Array<EncodedText>(texts.length);
    for (const group of sameLengths(lengths)) {
      const T = lengths[group[0]!]!;
      const ids = new Int32Array(group.length * T);
      for (const [at, i] of group.entries()) ids.set(Array.from(texts[i]!).slice(0, T), at * T);
      const language = await backbone.encodeLanguage(int32(ids, [group.length, T]));
      const states = language.data as Float32Array;
      for (const [at, i] of group.entries()) {
        encoded[i] = {
          inputIds: ids.slice(at * T, (at + 1) * T),
          language: states.slice(at * T * D, (at + 1) * T * D),
        };
      }
    }
    return encoded;
  }

  /** What the object-relation encoder makes of grids, one after another: [grids · V · D]. */
  async function encodeGrids(all: readonly Int32Array[]): Promise<Float32Array> {
    const states = new Float32Array(all.length * V * D);
    for (const [first, count] of powersOfTwo(all.length)) {
      const codes = new Int32Array(count * V);
      for (let i = 0; i < count; i++) {
        codes.set(
          all[first + i]!.map((code) => (code === MASKED ? K : code)),
          i * V,
        );
      }
      const vision = await backbone.encodeCodes(int32(codes, [count, V]));
      states.set(vision.data as Float32Array, first * V * D);
    }
    return states;
  }

  async function predict(queries: readonly { text: EncodedText; query: Query }[]): Promise<Prediction[]> {
    const vision = new Float32Array(queries.length * V * D);
    const begun: number[] = [];
    for (const [i, { query }] of queries.entries()) {
      if (query.codes.every((code) => code === MASKED)) vision.set(blank, i * V * D);
      else begun.push(i);
    }
    const encoded = await encodeGrids(begun.map((i) => queries[i]!.query.codes));
    for (const [at, i] of begun.entries()) {
      vision.set(encoded.subarray(at * V * D, (at + 1) * V * D), i * V * D);
    }
    const attended = new Float32Array(queries.length * V * D);
    for (const group of sameLengths(queries.map(({ text }) => text.inputIds.length))) {
      const T = queries[group[0]!]!.text.inputIds.length;
      const N = group.length;
      const states = await backbone.crossModality({
        input_ids: int32(
          joined(
            Int32Array,
            group.map((i) => queries[i]!.text.inputIds),
          ),
          [N, T],
        ),
        language: float32(
          joined(
            Float32Array,
            group.map((i) => queries[i]!.text.language),
          ),
          [N, T, D],
        ),
        vision: float32(gatherRows(vision, group, V * D), [N, V, D]),
      });
      const seen = (last ? (await last.run({ ...states })).vision! : states.vision).data as Float32Array;
      for (const [at, i] of group.entries()) {
        attended.set(seen.subarray(at * V * D, (at + 1) * V * D), i * V * D);
      }
    }
    const reads = queries.flatMap(({ query }, i) => query.read.map((position) => i * V + position));
    const read = gatherRows(attended, reads, D);
    const logits = queries.some(({ query }) => query.logits);
    const wanted = logits ? ['ids', 'confidence', 'logits'] : ['ids', 'confidence'];
    const answer = await head.run({ attended: float32(read, [reads.length, D]) }, wanted);
    let at = 0;
    return queries.map(({ query }) => {
      const from = at;
      at += query.read.length;
      return {
        ids: (answer.ids!.data as Int32Array).slice(from, at),
        confidence: (answer.confidence!.data as Float32Array).slice(from, at),
        ...(query.logits ? { logits: (answer.logits!.data as Float32Array).slice(from * K, at * K) } : {}),
      };
    });
  }

  async function release(): Promise<void> {
    await Promise.all([last, head, shared ? undefined : backbone].map((part) => part?.release()));
  }

  return { positions: V, clusters: K, encode, predict, release };
}

/** To one of two lengths, by the text alone: an image must not depend on the texts that it is painted with. */
function paddedLength(text: ArrayLike<number>, tokens: number): number {
  let length = text.length;
  while (length > 0 && text[length - 1] === 0) length--;
  return length <= SHORT_TEXT_TOKENS ? Math.min(SHORT_TEXT_TOKENS, tokens) : tokens;
}

/** Indices of equal lengths together, in runs of powers of two. */
function sameLengths(lengths: readonly number[]): number[][] {
  return [...new Set(lengths)].flatMap((length) => {
    const group = [...lengths.keys()].filter((i) => lengths[i] === length);
    return powersOfTwo(group.length).map(([first, count]) => group.slice(first, first + count));
  });
}

/** Runs [first, count] that cover 0..count: batch sizes for which rows are known not to depend on the batch. */
function powersOfTwo(count: number): [first: number, count: number][] {
  if (count === 0) return [];
  const run = 2 ** Math.floor(Math.log2(count));
  return [[0, run], ...powersOfTwo(count - run).map(([f, c]): [number, number] => [run + f, c])];
}

/** Apart from the closures of a painter, which would keep the weights in memory beside the engine's copy. */
async function compileParts(
  engine: Engine,
  config: ModelConfig,
  weights: HostTensors,
  grid: number,
): Promise<{ last: CompiledFunction | undefined; head: CompiledFunction }> {
  const parts = partsOf(config);
  const last = parts.lastVision(grid * grid);
  const all = { ...weights, ...(await foldHead(engine, config, weights)) };
  return {
    last: last && (await compilePart(engine, 'last-vision', last, all)),
    head: await compilePart(engine, 'predict-codes', parts.predictCodes, all),
  };
}

async function foldHead(engine: Engine, config: ModelConfig, weights: HostTensors): Promise<HostTensors> {
  const folded = await runOnce(engine, 'fold-head', partsOf(config).foldHead, weights, {
    centroids: weights['vis_emb.weight']!,
  });
  const offset = folded.head_bias!.data;
  const bias = (weights['obj_predict_head.out_cluster.bias']!.data as Float32Array).map(
    (b, k) => b + offset[k]!,
  );
  return {
    [FOLDED.headWeight]: folded.head_weight!,
    [FOLDED.headBias]: float32(bias, [config.num_clusters]),
  };
}

function gatherRows(data: Float32Array, rows: readonly number[], width: number): Float32Array {
  const out = new Float32Array(rows.length * width);
  for (const [i, row] of rows.entries()) out.set(data.subarray(row * width, (row + 1) * width), i * width);
  return out;
}

function joined<T extends Int32Array | Float32Array>(
  array: { new (length: number): T },
  parts: readonly T[],
): T {
  const all = new array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
