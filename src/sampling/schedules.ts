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
    case 'adaptive-easy-first':
      return adaptiveEasyFirst(positions, steps);
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
function* maskPredict(positions: number, steps: number): Schedule {
  const all = range(positions);
  let confidence = yield { mask: all, read: all, write: () => all };
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

/** Given groups of positions one after another, each masked (again), predicted and written. */
export function* visit(groups: readonly (readonly number[])[]): Schedule {
  for (const group of groups) yield { mask: group, read: group, write: () => group };
}

/** Writes, of the positions not yet written, the one (or few) that the model is surest of. */
function easyFirst(positions: number, steps: number): Schedule {
  const groups = inGroups(range(positions), steps);
  return surestFirst(positions, steps, (_, pass) => groups[pass]!.length);
}

/** Of what one pass writes, so many positions may be expected to be wrong: more than one, or it might write none. */
const EXPECTED_MISTAKES = 1.5;

/**
 * The same with as many at a time as the model is sure of together (Ben-Hamu et al. 2025, who bound their entropies):
 * positions that are written in one pass agree on nothing that the text leaves open, such as where a thing stands. The
 * last pass writes what is left.
 */
function adaptiveEasyFirst(positions: number, steps: number): Schedule {
  return surestFirst(positions, steps, (confidences, pass) => {
    if (pass === steps - 1) return confidences.length;
    let mistakes = 0;
    for (const [i, confidence] of confidences.entries()) {
      mistakes += 1 - confidence;
      if (mistakes > EXPECTED_MISTAKES) return i;
    }
    return confidences.length;
  });
}

/** @param count how many positions a pass (from 0) writes, given the confidence of those that are open, surest first */
function* surestFirst(
  positions: number,
  steps: number,
  count: (confidences: readonly number[], pass: number) => number,
): Schedule {
  let open: readonly number[] = range(positions);
  for (let pass = 0; pass < steps && open.length > 0; pass++) {
    let surest = open;
    let written = 0;
    const write = (confidence: Float32Array): readonly number[] => {
      surest = ranked(open, (a, b) => confidence[b]! - confidence[a]!);
      written = count(
        surest.map((position) => confidence[position]!),
        pass,
      );
      return surest.slice(0, written);
    };
    yield { mask: [], read: open, write };
    open = surest.slice(written).sort((a, b) => a - b);
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
