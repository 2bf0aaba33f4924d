/**
 * Painting by regression, as the paper probes LXMERT (section 4): Gibbs sampling over features instead of codes. The
 * model predicts the features of masked cells, they are written as they are, and the next pass sees them, noise and
 * all; nothing draws them back to a vocabulary.
 *
 * The schedules are those of codes (schedules.ts). A regressed feature comes with no confidence, and neither the paper
 * nor the authors' code has one: a random one stands in. So mask-predict fills every cell at once, then refines ever
 * fewer cells at random, and the paper's own way (4.1: as Wang and Cho 2019) is the strategy random.
 *
 * V positions, F visual feature.
 */
import type { Engine } from '../engines/engine.ts';
import { type ModelConfig, modelRegressedFeatures } from '../models/family.ts';
import { gridPositions } from '../models/lxmert/positions.ts';
import { createRandom } from '../random.ts';
import { float32, type HostTensors, int32 } from '../tensor.ts';
import { resolveSampler, type Sampler, SamplerError } from './sampler.ts';
import { createSchedule } from './schedules.ts';

interface RegressionRow {
  /** At most as many token ids as the painter was made for; 0 is padding. */
  inputIds: ArrayLike<number>;
  /** Seed of the order of its positions. */
  seed: number;
}

/** A picture in the making, after a pass. */
export interface RegressionStep {
  /** From 0. */
  step: number;
  /** [V, F]; whatever it is where nothing is written. */
  features: Float32Array;
  /** [V], 1 where a feature is written. */
  written: Uint8Array;
  /** Positions that this pass wrote. */
  updated: readonly number[];
}

export interface RegressionPainter {
  /** One picture, pass by pass. @throws SamplerError */
  steps(row: RegressionRow, sampler: Sampler): AsyncGenerator<RegressionStep, void>;
  /** @returns features [V, F] of each row @throws SamplerError */
  paint(rows: readonly RegressionRow[], sampler: Sampler): Promise<Float32Array[]>;
  release(): Promise<void>;
}

/** Rows of a pass. The last group of rows is padded to it: a picture must not depend on how many are painted. */
const BATCH = 16;

/**
 * @param weights of the checkpoint
 * @param tokens that every text is padded to
 * @param options `batch`: rows of a pass, which all groups are padded to
 * @throws when the config has no grid
 */
export async function createRegressionPainter(
  engine: Engine,
  config: ModelConfig,
  weights: HostTensors,
  tokens: number,
  { batch = BATCH }: { batch?: number } = {},
): Promise<RegressionPainter> {
  const { grid, visual_feat_dim: F, visual_pos_dim } = config;
  if (!grid) throw new Error('painting needs a config with `grid`');
  const V = grid * grid;
  const model = await engine.compile({
    name: 'regress-features',
    weights: { ...weights, visual_pos: gridPositions(grid, visual_pos_dim) },
    inputs: {
      input_ids: { dtype: 'int32', shape: [batch, tokens] },
      visual_feats: { dtype: 'float32', shape: [batch, V, F] },
      vis_mask: { dtype: 'int32', shape: [batch, V] },
    },
    fn: ({ visual_pos, ...own }, inputs) => ({
      features: modelRegressedFeatures(config, own, { ...inputs, visual_pos: visual_pos! }),
    }),
  });

  /** All rows take the same number of passes, so that they go side by side. */
  async function* passes(
    rows: readonly RegressionRow[],
    sampler: Sampler,
  ): AsyncGenerator<RegressionStep[], void> {
    refuseConfidence(sampler);
    const resolved = resolveSampler(sampler, V, 1);
    const ids = new Int32Array(batch * tokens);
    const features = new Float32Array(batch * V * F);
    const masks = new Int32Array(batch * V).fill(1);
    const gibbs = rows.map(({ seed }) => {
      const random = createRandom(seed);
      const schedule = createSchedule(resolved, V, random);
      return { random, schedule, next: schedule.next() };
    });
    for (const [i, { inputIds }] of rows.entries())
      ids.set(Array.from(inputIds).slice(0, tokens), i * tokens);
    const written = rows.map(() => new Uint8Array(V));
    for (let step = 0; gibbs.some(({ next }) => !next.done); step++) {
      for (const [i, { next }] of gibbs.entries()) {
        if (!next.done) for (const position of next.value.mask) masks[i * V + position] = 1;
      }
      const output = await model.run({
        input_ids: int32(ids, [batch, tokens]),
        visual_feats: float32(features, [batch, V, F]),
        vis_mask: int32(masks, [batch, V]),
      });
      const predicted = output.features!.data as Float32Array;
      const updated = gibbs.map((row, i) => {
        if (row.next.done) return [];
        const confidence = Float32Array.from({ length: V }, () => row.random.next());
        const positions = row.next.value.write(confidence);
        for (const position of positions) {
          const at = i * V + position;
          features.set(predicted.subarray(at * F, (at + 1) * F), at * F);
          masks[at] = 0;
          written[i]![position] = 1;
        }
        row.next = row.schedule.next(confidence);
        return positions;
      });
      yield rows.map((_, i) => ({
        step,
        features: features.slice(i * V * F, (i + 1) * V * F),
        written: written[i]!.slice(),
        updated: updated[i]!,
      }));
    }
  }

  return {
    async paint(rows, sampler) {
      const painted: Float32Array[] = [];
      for (let first = 0; first < rows.length; first += batch) {
        let last: RegressionStep[] = [];
        for await (const step of passes(rows.slice(first, first + batch), sampler)) last = step;
        painted.push(...last.map(({ features }) => features));
      }
      return painted;
    },
    async *steps(row, sampler) {
      for await (const [step] of passes([row], sampler)) yield step!;
    },
    release: () => model.release(),
  };
}

/** @throws SamplerError for what only codes with their probabilities can do */
export function refuseConfidence({ strategy, temperature = 0, top_k }: Sampler): void {
  if (strategy === 'easy-first' || strategy === 'adaptive-easy-first') {
    throw new SamplerError(
      'strategy',
      `${strategy} needs a confidence, which a regressed feature does not have.`,
    );
  }
  if (temperature > 0 || top_k !== undefined) {
    throw new SamplerError(
      'temperature',
      'a regressed feature is not drawn: temperature must be 0, without top_k.',
    );
  }
}
