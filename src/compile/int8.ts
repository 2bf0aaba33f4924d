/** Numbers as integers of 8 bits, by the largest of them. */
import type { Constant } from './graph.ts';

/** The largest number of 8 bits with a sign, without the lowest: symmetric. */
export const LARGEST = 127;
/** Zeros need a scale, too. */
export const LEAST_SCALE = 1e-30;

/** What the largest of so many numbers is divided by to become {@link LARGEST}. */
export function scaleOf(count: number, at: (i: number) => number): number {
  let largest = 0;
  for (let i = 0; i < count; i++) largest = Math.max(largest, Math.abs(at(i)));
  return Math.max(largest / LARGEST, LEAST_SCALE);
}

export const scalar = (dtype: Constant['dtype'], data: Constant['data']): Constant => ({
  ...{ dtype, shape: [], data },
});
