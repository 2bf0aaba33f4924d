/**
 * Gibbs sampling of an image's codes (paper, 3.3): one loop for every strategy.
 *
 * A row is one image. Rows ask for predictions and are answered together, but share nothing: each has its own
 * random numbers, so an image does not depend on what else is in the batch.
 *
 * V positions, K codes, R positions read.
 */
import type { Random } from '../random.ts';
import { drawCode } from './draw.ts';
import type { ResolvedSampler } from './sampler.ts';
import { createSchedule, type Schedule } from './schedules.ts';

/** What a masked position holds in place of a code. */
export const MASKED = -1;

/** What one row wants to know from one pass of the model. */
export interface Query {
  /** [V], MASKED where the model is to see mask_feat. Valid until the row is answered. */
  codes: Int32Array;
  /** Positions to predict. */
  read: readonly number[];
  /** Whether the logits are wanted too, or only the likeliest codes. */
  logits: boolean;
}

/** The answer, in the order of `read`. */
export interface Prediction {
  /** [R], the likeliest code. */
  ids: Int32Array;
  /** [R], its probability. */
  confidence: Float32Array;
  /** [R, K] if asked for. */
  logits?: Float32Array;
}

/** What a step did. */
export interface SampledStep {
  /** From 0. */
  step: number;
  /** How many there are at most; of the last one, how many there were. */
  steps: number;
  /** [V] after the step, MASKED where nothing was written yet. */
  codes: Int32Array;
  /** Positions written in this step. */
  updated: readonly number[];
  /** How sure the pass was of its prediction at every position that is painted; NaN where it was not read. */
  confidence: Float32Array;
}

/** One image in the making: yields what it wants to know, is sent the answer, returns its codes [V]. */
export type Row = Generator<Query, Int32Array, Prediction>;

export interface RowOptions {
  sampler: ResolvedSampler;
  /** V */
  positions: number;
  /** [V], the codes of a picture that is repainted in part, MASKED where; left out: all of it is painted. */
  begin?: Int32Array;
  random: Random;
  onStep?: (step: SampledStep) => void;
}

/** A row that samples as its sampler says. */
export function sampleRow(options: RowOptions): Row {
  const { sampler, random } = options;
  return runSchedule(createSchedule(sampler, openPositions(options).length, random), options);
}

/** The positions that are MASKED, in their order. */
export const holesOf = (codes: Int32Array): number[] =>
  [...codes.keys()].filter((position) => codes[position] === MASKED);

/** Where codes are wanted, in their order. */
const openPositions = ({ positions, begin }: Pick<RowOptions, 'positions' | 'begin'>): number[] =>
  begin ? holesOf(begin) : [...Array(positions).keys()];

/**
 * The loop. `schedule` says where to look and where to write; this masks, asks, draws and writes. A schedule numbers the
 * open positions alone: what a picture keeps is seen by every pass, and never masked or written.
 */
export function* runSchedule(schedule: Schedule, options: RowOptions): Row {
  const { sampler, positions, begin, random } = options;
  const codes = begin?.slice() ?? new Int32Array(positions).fill(MASKED);
  const open = openPositions(options);
  const logits = sampler.temperature > 0;
  let next = schedule.next();
  for (let step = 0; !next.done; step++) {
    const { mask, read, write } = next.value;
    for (const at of mask) codes[open[at]!] = MASKED;
    const prediction = yield { codes, read: read.map((at) => open[at]!), logits };
    const confidence = new Float32Array(open.length).fill(Number.NaN);
    for (const [i, at] of read.entries()) confidence[at] = prediction.confidence[i]!;
    const updated = write(confidence);
    const place = new Map(read.map((at, i) => [at, i]));
    for (const at of updated) {
      const i = place.get(at)!;
      codes[open[at]!] = prediction.ids[i]!;
      if (!logits) continue;
      const K = prediction.logits!.length / read.length;
      const row = prediction.logits!.subarray(i * K, (i + 1) * K);
      const drawn = drawCode(row, sampler.temperature, sampler.topK, random);
      codes[open[at]!] = drawn.id;
      confidence[at] = drawn.confidence;
    }
    next = schedule.next(confidence);
    options.onStep?.({
      ...{ step, steps: next.done ? step + 1 : sampler.steps, codes: codes.slice() },
      ...{ updated: updated.map((at) => open[at]!), confidence },
    });
  }
  return codes;
}

/** Answers the queries of the rows given by index, all in one pass of the model. */
export type Predict = (queries: readonly { row: number; query: Query }[]) => Promise<Prediction[]>;

/**
 * Runs rows side by side until all are done; a row with fewer steps leaves the batch early.
 * @throws the signal's reason when it is aborted, between two passes
 */
export async function sampleRows(
  rows: readonly Row[],
  predict: Predict,
  signal?: AbortSignal,
): Promise<Int32Array[]> {
  const codes: Int32Array[] = [];
  let open: { row: number; query: Query }[] = [];
  const advance = (row: number, result: IteratorResult<Query, Int32Array>): void => {
    if (result.done) codes[row] = result.value;
    else open.push({ row, query: result.value });
  };
  for (const [row, generator] of rows.entries()) advance(row, generator.next());
  while (open.length > 0) {
    signal?.throwIfAborted();
    const asked = open;
    const predictions = await predict(asked);
    open = [];
    for (const [i, { row }] of asked.entries()) advance(row, rows[row]!.next(predictions[i]!));
  }
  return codes;
}
