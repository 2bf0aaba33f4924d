/**
 * Which positions of the grid a sampler masks, reads and writes at each step (paper, 3.3, and the reference's
 * `tasks/imggen_model.py`). V positions, numbered row by row.
 *
 * A schedule is a generator of moves. It is sent the confidence of every position in the newest pass (NaN where
 * the move did not read), and knows nothing of models or codes.
 */
import type { Random } from '../random.ts';
import type { ResolvedSampler } from './sampler.ts';

export interface Move {
  /** Masked for this pass, even if they held a code. Positions that were never written are masked anyway. */
  mask: readonly number[];
  /** Whose prediction is needed. The cluster head runs for these only. */
  read: readonly number[];
  /** Which of those read are written, given their confidence. */
  write(confidence: Float32Array): readonly number[];
}

export type Schedule = Generator<Move, void, Float32Array>;

export function createSchedule(sampler: ResolvedSampler, positions: number, random: Random): Schedule {
  const { strategy, steps } = sampler;
  switch (strategy) {
    case 'anchored-mask-predict':
      return anchoredMaskPredict(positions, steps);
    case 'mask-predict':
      return maskPredict(positions, steps);
    case 'parallel':
      return maskPredict(positions, 1);
    case 'top-left':
      return visit(inGroups(range(positions), steps));
    case 'random':
      return visit(inGroups(randomOrder(positions, steps, random), steps));
    case 'easy-first':
      return easyFirst(positions, steps);
  }
}

/**
 * Mask-Predict (Ghazvininejad et al. 2019): everything is written in the first pass, then ever fewer positions,
 * those that the newest pass is least sure of, also where it only saw its own earlier code.
 */
function* maskPredict(positions: number, steps: number, open = range(positions)): Schedule {
  const all = range(positions);
  let mask: readonly number[] = open;
  for (let step = 0; step < steps; step++) {
    const write = mask;
    // After the last pass nobody asks how sure it was of the rest.
    const read = step === steps - 1 ? mask : all;
    const confidence = yield { mask, read, write: () => write };
    // In this order of operations: 10 steps on 64 positions must give 64, 57, 51, 44, ... as the reference.
    const next = Math.trunc(((steps - (step + 1)) / steps) * positions);
    mask = ranked(all, (a, b) => confidence[a]! - confidence[b]!).slice(0, next);
  }
}

/**
 * The same, after a first pass that writes the first position alone. Written all at once, positions agree on nothing
 * that the text leaves open: a caption without a ground got pieces of two. With one of them to see they take its ground.
 */
function* anchoredMaskPredict(positions: number, steps: number): Schedule {
  const [anchor, ...rest] = range(positions) as [number, ...number[]];
  if (steps === 1 || rest.length === 0) return yield* maskPredict(positions, steps);
  yield { mask: [], read: [anchor], write: () => [anchor] };
  yield* maskPredict(positions, steps - 1, rest);
}

/** Given groups of positions one after another, each masked (again), predicted and written. */
export function* visit(groups: readonly (readonly number[])[]): Schedule {
  for (const group of groups) yield { mask: group, read: group, write: () => group };
}

/** Writes, of the positions not yet written, the one (or few) that the model is surest of. */
function* easyFirst(positions: number, steps: number): Schedule {
  let open = range(positions);
  for (const { length } of inGroups(open, steps)) {
    let chosen: readonly number[] = [];
    const write = (confidence: Float32Array): readonly number[] => {
      chosen = ranked(open, (a, b) => confidence[b]! - confidence[a]!).slice(0, length);
      return chosen;
    };
    yield { mask: [], read: open, write };
    open = open.filter((position) => !chosen.includes(position));
  }
}

/** Every position once in random order; with more steps than positions, some of them again. */
export function randomOrder(positions: number, steps: number, random: Random): number[] {
  const order = random.shuffle(range(positions));
  if (steps <= positions) return order;
  const again = random.shuffle(range(steps - positions));
  return [...order, ...again.map((position) => position % positions)];
}

/** Cuts a list into this many runs of nearly equal length: one position per step, or several when steps are few. */
export function inGroups(order: readonly number[], steps: number): number[][] {
  const cut = (step: number): number => Math.floor((step * order.length) / steps);
  return range(steps).map((step) => order.slice(cut(step), cut(step + 1)));
}

function range(length: number): number[] {
  return Array.from({ length }, (_, i) => i);
}

/** Sorted; equals keep the order of their positions. */
function ranked(positions: readonly number[], compare: (a: number, b: number) => number): number[] {
  return [...positions].sort(compare);
}
