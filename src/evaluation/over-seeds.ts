/** A number that was measured with several seeds. */
import { Fault } from '../fault.ts';

export interface Interval {
  mean: number;
  /** Half the width of the mean's interval of 95 %, by Student's t; null of a single seed. */
  half: number | null;
  values: readonly number[];
}

/** Quantiles of Student's t for 95 %, by degrees of freedom from 1. */
const T = [
  ...[12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228],
  ...[2.201, 2.179, 2.16, 2.145, 2.131, 2.12, 2.11, 2.101, 2.093],
];
/** As far as the quantiles go. */
export const MOST_SEEDS = T.length + 1;

/** @throws Fault without a value, or with more than MOST_SEEDS */
export function overSeeds(values: readonly number[]): Interval {
  const n = values.length;
  if (n === 0 || n > MOST_SEEDS) throw new Fault(`${n} seeds: from 1 to ${MOST_SEEDS} are needed.`);
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  if (n === 1) return { mean, half: null, values };
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1);
  return { mean, half: T[n - 2]! * Math.sqrt(variance / n), values };
}
