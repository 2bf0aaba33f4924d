import { expect, it } from 'vitest';
import { overSeeds } from '../../src/evaluation/over-seeds.ts';
import { Fault } from '../../src/fault.ts';

it('has Student’s interval of 95 %', () => {
  // 1, 2, 3: a deviation of 1, over √3, times 4.303.
  const { mean, half } = overSeeds([1, 2, 3]);
  expect(mean).toBe(2);
  expect(half).toBeCloseTo(4.303 / Math.sqrt(3), 10);
  expect(overSeeds([0.5])).toEqual({ mean: 0.5, half: null, values: [0.5] });
  expect(overSeeds([4, 4]).half).toBe(0);
  expect(() => overSeeds([])).toThrow(Fault);
});
