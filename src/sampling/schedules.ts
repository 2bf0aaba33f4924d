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
 * @param open what the first pass masks and writes
 */
function* maskPredict(positions: number, steps: number, open = range(positions)): Schedule {
  const confidence = yield { mask: open, read: readIn(positions, steps, 1, open), write: () => open };
  yield* refine(positions, steps, confidence);
}

/** Mask-predict after its first pass, which was as sure as `confidence`. */
function* refine(positions: number, steps: number, first: Float32Array): Schedule {
  let confidence = first;
  for (let step = 1; step < steps; step++) {
    // In this order of operations: 10 steps on 64 positions must give 64, 57, 51, 44, ... as the reference.
    const count = Math.trunc(((steps - step) / steps) * positions);
    const mask = ranked(range(positions), (a, b) => confidence[a]! - confidence[b]!).slice(0, count);
    confidence = yield { mask, read: readIn(positions, steps, step + 1, mask), write: () => mask };
  }
}

/** After the last pass nobody asks how sure it was of what it did not write. */
const readIn = (
  positions: number,
  steps: number,
  pass: number,
  written: readonly number[],
): readonly number[] => (pass === steps ? written : range(positions));

/**
 * Less sure than this of the first position, a model does not know which ground the text means: of captions that name
 * one, x-lxmert-scenes is surer of it in 19 of 20, of those that name none in 1 of 14.
 */
const SETTLED = 0.9;

/**
 * The same, but where the first pass is not sure of the first position, it writes that alone. Written all at once,
 * positions agree on nothing that the text leaves open: a caption without a ground got pieces of two. With one of them
 * to see they take its ground. A caption that names its ground is painted as by mask-predict.
 */
function* anchoredMaskPredict(positions: number, steps: number): Schedule {
  const all = range(positions);
  if (steps === 1 || positions === 1) return yield* maskPredict(positions, steps);
  let settled = true;
  const write = (confidence: Float32Array): readonly number[] => {
    settled = confidence[0]! >= SETTLED;
    return settled ? all : [0];
  };
  const confidence = yield { mask: all, read: all, write };
  yield* settled ? refine(positions, steps, confidence) : maskPredict(positions, steps - 1, all.slice(1));
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
