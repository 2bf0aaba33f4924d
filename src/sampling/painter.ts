/**
 * An X-LXMERT ready to paint on an engine: texts to states, sampling queries to predictions.
 *
 * T text tokens, V visual positions, F visual feature, D hidden, K clusters.
 */
import type { CompiledFunction, Engine } from '../engines/engine.ts';
import type { LxmertConfig } from '../models/lxmert/config.ts';
import {
  encodeCodes,
  encodeLanguage,
  FOLDED,
  foldCodes,
  foldPositions,
  type PaintingFunction,
  paintStep,
  predictCodes,
} from '../models/lxmert/painting.ts';
import { gridPositions } from '../models/lxmert/positions.ts';
import { float32, type HostTensors, int32 } from '../tensor.ts';
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
  /** @param inputIds per text at most T token ids; shorter ones are padded with 0 */
  encode(inputIds: readonly ArrayLike<number>[]): Promise<EncodedText[]>;
  /** One pass of the model for all queries together. */
  predict(queries: readonly { text: EncodedText; query: Query }[]): Promise<Prediction[]>;
  release(): Promise<void>;
}

/**
 * Compiles the parts of the model.
 * @param weights of the checkpoint, `vis_emb.weight` among them
 * @param tokens T, the longest text
 * @throws when the config has no grid or no clusters
 */
export async function createPainter(
  engine: Engine,
  config: LxmertConfig,
  weights: HostTensors,
  tokens: number,
): Promise<Painter> {
  const { grid, num_clusters: K, hidden_size: D } = config;
  if (!grid || K === 0) throw new Error('painting needs a config with `grid` and `num_clusters`');
  const V = grid * grid;
  const { language, grids, step, head } = await compileParts(engine, config, weights, tokens, grid);
  /** Where every picture begins; the same for every prompt. [V, D] */
  const blank = await encodeGrids([new Int32Array(V).fill(MASKED)]);

  async function encode(texts: readonly ArrayLike<number>[]): Promise<EncodedText[]> {
    if (texts.length === 0) return [];
    const ids = new Int32Array(texts.length * tokens);
    for (const [i, text] of texts.entries()) {
      if (text.length > tokens) throw new Error(`a text of ${text.length} tokens, at most ${tokens} fit`);
      ids.set(text, i * tokens);
    }
    const output = await language.run({ input_ids: int32(ids, [texts.length, tokens]) });
    const states = output.language!.data as Float32Array;
    return texts.map((_, i) => ({
      inputIds: ids.slice(i * tokens, (i + 1) * tokens),
      language: states.slice(i * tokens * D, (i + 1) * tokens * D),
    }));
  }

  /** What the object-relation encoder makes of grids, one after another: [grids · V · D]. */
  async function encodeGrids(all: readonly Int32Array[]): Promise<Float32Array> {
    const states = new Float32Array(all.length * V * D);
    // In runs of powers of two: those are the batch sizes for which rows are known not to depend on the batch.
    for (let first = 0, count = 0; first < all.length; first += count) {
      count = 2 ** Math.floor(Math.log2(all.length - first));
      const codes = new Int32Array(count * V);
      for (let i = 0; i < count; i++) {
        codes.set(
          all[first + i]!.map((code) => (code === MASKED ? K : code)),
          i * V,
        );
      }
      const output = await grids.run({ codes: int32(codes, [count, V]) });
      states.set(output.vision!.data as Float32Array, first * V * D);
    }
    return states;
  }

  async function predict(queries: readonly { text: EncodedText; query: Query }[]): Promise<Prediction[]> {
    const N = queries.length;
    const ids = new Int32Array(N * tokens);
    const states = new Float32Array(N * tokens * D);
    const vision = new Float32Array(N * V * D);
    const begun: number[] = [];
    for (const [i, { text, query }] of queries.entries()) {
      ids.set(text.inputIds, i * tokens);
      states.set(text.language, i * tokens * D);
      if (query.codes.every((code) => code === MASKED)) vision.set(blank, i * V * D);
      else begun.push(i);
    }
    const encoded = await encodeGrids(begun.map((i) => queries[i]!.query.codes));
    for (const [at, i] of begun.entries()) {
      vision.set(encoded.subarray(at * V * D, (at + 1) * V * D), i * V * D);
    }
    const output = await step.run({
      input_ids: int32(ids, [N, tokens]),
      language: float32(states, [N, tokens, D]),
      vision: float32(vision, [N, V, D]),
    });
    const reads = queries.flatMap(({ query }, i) => query.read.map((position) => i * V + position));
    const read = gatherRows(output.attended!.data as Float32Array, reads, D);
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
    await Promise.all([language, grids, step, head].map((part) => part.release()));
  }

  return { positions: V, clusters: K, encode, predict, release };
}

/** Apart from the closures of a painter, which would keep the weights in memory beside the engine's copy. */
async function compileParts(
  engine: Engine,
  config: LxmertConfig,
  weights: HostTensors,
  tokens: number,
  grid: number,
): Promise<Record<'language' | 'grids' | 'step' | 'head', CompiledFunction>> {
  const all = { ...weights, ...(await fold(engine, config, grid, weights)) };
  const compile = (name: string, part: PaintingFunction): Promise<CompiledFunction> =>
    engine.compile({ name, fn: part.fn, inputs: part.inputs, weights: only(all, part) });
  return {
    language: await compile('encode-language', encodeLanguage(config, tokens)),
    grids: await compile('encode-codes', encodeCodes(config, grid * grid)),
    step: await compile('paint-step', paintStep(config, tokens, grid * grid)),
    head: await compile('predict-codes', predictCodes(config)),
  };
}

/** Computes the folded weights once, in functions that are released again. */
async function fold(
  engine: Engine,
  config: LxmertConfig,
  grid: number,
  weights: HostTensors,
): Promise<HostTensors> {
  const { num_clusters: K, visual_feat_dim: F, hidden_size: D } = config;
  const once = async (name: string, part: PaintingFunction, inputs: HostTensors): Promise<HostTensors> => {
    const compiled = await engine.compile({
      name,
      fn: part.fn,
      inputs: part.inputs,
      weights: only(weights, part),
    });
    try {
      return await compiled.run(inputs);
    } finally {
      await compiled.release();
    }
  };
  const features = new Float32Array((K + 1) * F);
  features.set(weights['vis_emb.weight']!.data);
  features.set(weights.mask_feat!.data, K * F);
  const codes = await once('fold-codes', foldCodes(config), { features: float32(features, [K + 1, F]) });
  const positions = gridPositions(grid, config.visual_pos_dim);
  const where = await once('fold-positions', foldPositions(config), { positions });
  // The last row is mask_feat, which can be fed but not predicted.
  const headWeight = (codes.head_weight!.data as Float32Array).slice(0, K * D);
  const offset = codes.head_bias!.data;
  const bias = (weights['obj_predict_head.out_cluster.bias']!.data as Float32Array).map(
    (b, k) => b + offset[k]!,
  );
  return {
    [FOLDED.codes]: codes.embedding!,
    [FOLDED.positions]: where.embedding!,
    [FOLDED.headWeight]: float32(headWeight, [K, D]),
    [FOLDED.headBias]: float32(bias, [K]),
  };
}

function only(weights: HostTensors, part: PaintingFunction): HostTensors {
  return Object.fromEntries(Object.entries(weights).filter(([name]) => part.uses(name)));
}

function gatherRows(data: Float32Array, rows: readonly number[], width: number): Float32Array {
  const out = new Float32Array(rows.length * width);
  for (const [i, row] of rows.entries()) out.set(data.subarray(row * width, (row + 1) * width), i * width);
  return out;
}
