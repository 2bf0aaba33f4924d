/**
 * What painting and captioning run both, on an engine: compiled once for a model that does both, so that its weights
 * are in memory once.
 *
 * N rows of a batch, T text tokens (with padding), V visual positions, D hidden, K clusters.
 */
import type { CompiledFunction, Engine } from '../engines/engine.ts';
import { type ModelConfig, maskFeature, partsOf } from '../models/family.ts';
import { FOLDED, type PaintingFunction } from '../models/lxmert/painting.ts';
import { gridPositions } from '../models/lxmert/positions.ts';
import { float32, type HostTensor, type HostTensors, int32 } from '../tensor.ts';

/** The inputs and outputs of the layers in which words and picture meet. */
interface BothModalities {
  /** int32 [N, T], 0 is padding. */
  input_ids: HostTensor;
  /** [N, T, D] */
  language: HostTensor;
  /** [N, V, D] */
  vision: HostTensor;
}

export interface Backbone {
  /** input_ids int32 [N, T] → [N, T, D] */
  encodeLanguage(inputIds: HostTensor): Promise<HostTensor>;
  /** codes int32 [N, V], where K stands for a masked cell → [N, V, D] */
  encodeCodes(codes: HostTensor): Promise<HostTensor>;
  /** visual_feats [N, V, F] → [N, V, D] @throws Error when the model sees codes alone */
  encodeFeatures(features: HostTensor): Promise<HostTensor>;
  crossModality(states: BothModalities): Promise<BothModalities>;
  release(): Promise<void>;
}

/**
 * @param weights of the checkpoint; of a model of codes `vis_emb.weight` among them
 * @throws when the config has no grid
 */
export async function createBackbone(
  engine: Engine,
  config: ModelConfig,
  weights: HostTensors,
): Promise<Backbone> {
  const { grid } = config;
  if (!grid) throw new Error('cells need a config with `grid`');
  const { language, codes, features, cross } = await compileParts(engine, config, weights, grid);
  return {
    async encodeLanguage(inputIds) {
      const positions = textPositions(inputIds.shape[1]!);
      return (await language.run({ input_ids: inputIds, positions })).language!;
    },
    async encodeCodes(grids) {
      if (!codes) throw new Error('the model sees features, not codes');
      return (await codes.run({ codes: grids })).vision!;
    },
    async encodeFeatures(seen) {
      if (!features) throw new Error('the model sees codes, not features');
      return (await features.run({ visual_feats: seen })).vision!;
    },
    async crossModality(states) {
      if (!cross) return states;
      const output = await cross.run({ ...states });
      return { ...states, language: output.language!, vision: output.vision! };
    },
    async release() {
      await Promise.all([language, codes, features, cross].map((part) => part?.release()));
    },
  };
}

/** Where T tokens of a text are: int32 [T], 0, 1, 2, … */
export const textPositions = (T: number): HostTensor => int32([...Array(T).keys()], [T]);

/** A part with those of the weights that it uses. */
export function compilePart(
  engine: Engine,
  name: string,
  { fn, inputs, uses }: PaintingFunction,
  weights: HostTensors,
): Promise<CompiledFunction> {
  const own = Object.fromEntries(Object.entries(weights).filter(([weight]) => uses(weight)));
  return engine.compile({ name, fn, inputs, weights: own });
}

/** Computes what is folded of weights, in a function that is released again. */
export async function runOnce(
  engine: Engine,
  name: string,
  part: PaintingFunction,
  weights: HostTensors,
  inputs: HostTensors,
): Promise<HostTensors> {
  const compiled = await compilePart(engine, name, part, weights);
  try {
    return await compiled.run(inputs);
  } finally {
    await compiled.release();
  }
}

/** Apart from the closures of a backbone, which would keep the weights in memory beside the engine's copy. */
async function compileParts(
  engine: Engine,
  config: ModelConfig,
  weights: HostTensors,
  grid: number,
): Promise<{
  language: CompiledFunction;
  codes: CompiledFunction | undefined;
  features: CompiledFunction | undefined;
  cross: CompiledFunction | undefined;
}> {
  const parts = partsOf(config);
  const cross = parts.crossModality(grid * grid);
  const all = { ...weights, ...(await fold(engine, config, grid, weights)) };
  return {
    language: await compilePart(engine, 'encode-language', parts.encodeLanguage, all),
    codes:
      config.num_clusters > 0
        ? await compilePart(engine, 'encode-codes', parts.encodeCodes(grid * grid), all)
        : undefined,
    features: seesFeatures(config)
      ? await compilePart(engine, 'encode-features', parts.encodeFeatures(grid * grid), all)
      : undefined,
    cross: cross && (await compilePart(engine, 'cross-modality', cross, all)),
  };
}

/** Whether a picture of which nothing is masked is seen as its features are. */
export const seesFeatures = ({ exact_features, num_clusters }: ModelConfig): boolean =>
  exact_features === true || num_clusters === 0;

/** What every code and every cell of the grid is embedded as. */
async function fold(
  engine: Engine,
  config: ModelConfig,
  grid: number,
  weights: HostTensors,
): Promise<HostTensors> {
  const { num_clusters: K, visual_feat_dim: F } = config;
  const parts = partsOf(config);
  const positions = await runOnce(engine, 'fold-positions', parts.foldPositions, weights, {
    positions: gridPositions(grid, config.visual_pos_dim),
  });
  const folded = { [FOLDED.positions]: positions.embedding! };
  if (K === 0) return folded;
  const features = new Float32Array((K + 1) * F);
  features.set(weights['vis_emb.weight']!.data);
  features.set(maskFeature(config, weights), K * F);
  const codes = await runOnce(engine, 'fold-codes', parts.foldCodes, weights, {
    features: float32(features, [K + 1, F]),
  });
  return { ...folded, [FOLDED.codes]: codes.embedding! };
}
