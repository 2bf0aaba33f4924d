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
  steps: number;
  /** [V] after the step, MASKED where nothing was written yet. */
  codes: Int32Array;
  /** Positions written in this step. */
  updated: readonly number[];
  /** [V], how sure the pass was of its prediction; NaN where it was not read. */
  confidence: Float32Array;
}

/** One image in the making: yields what it wants to know, is sent the answer, returns its codes [V]. */
export type Row = Generator<Query, Int32Array, Prediction>;

export interface RowOptions {
  sampler: ResolvedSampler;
  /** V */
  positions: number;
  random: Random;
  onStep?: (step: SampledStep) => void;
}

/** A row that samples as its sampler says. */
export function sampleRow(options: RowOptions): Row {
  return runSchedule(createSchedule(options.sampler, options.positions, options.random), options);
}

/** The loop. `schedule` says where to look and where to write; this masks, asks, draws and writes. */
export function* runSchedule(schedule: Schedule, options: RowOptions): Row {
  const { sampler, positions, random } = options;
  const codes = new Int32Array(positions).fill(MASKED);
  const logits = sampler.temperature > 0;
  let next = schedule.next();
  for (let step = 0; !next.done; step++) {
    const { mask, read, write } = next.value;
    for (const position of mask) codes[position] = MASKED;
    const prediction = yield { codes, read, logits };
    const confidence = new Float32Array(positions).fill(Number.NaN);
    for (const [i, position] of read.entries()) confidence[position] = prediction.confidence[i]!;
    const updated = write(confidence);
    const place = new Map(read.map((position, i) => [position, i]));
    for (const position of updated) {
      const i = place.get(position)!;
      codes[position] = prediction.ids[i]!;
      if (!logits) continue;
      const K = prediction.logits!.length / read.length;
      const row = prediction.logits!.subarray(i * K, (i + 1) * K);
      const drawn = drawCode(row, sampler.temperature, sampler.topK, random);
      codes[position] = drawn.id;
      confidence[position] = drawn.confidence;
    }
    options.onStep?.({ step, steps: sampler.steps, codes: codes.slice(), updated, confidence });
    next = schedule.next(confidence);
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
