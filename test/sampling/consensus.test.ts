import { expect, test } from 'vitest';
import { agreement } from '../../src/sampling/consensus.ts';

test('counts by hand: cosines of runs of one to four words, less for other lengths, weighted by scores', () => {
  // Two of three words in common, one pair of two, no run of three: (2/3 + 1/2 + 0 + 0) / 4.
  const near = (2 / 3 + 1 / 2) / 4;
  // One word of two and of three in common, one word apart.
  const far = (1 / Math.sqrt(6) / 4) * Math.exp(-1 / 72);
  const none = Math.exp(-1 / 72) * (1 / Math.sqrt(6) / 4);
  const likely = Math.exp(-0.1 / 0.2);
  const found = agreement(
    [
      [1, 2, 3],
      [1, 2, 4],
      [1, 9],
    ],
    [-1, -1.1, -1.1],
  );
  expect(found[0]).toBeCloseTo((likely * near + likely * far) / (2 * likely), 12);
  expect(found[1]).toBeCloseTo((near + likely * far) / (1 + likely), 12);
  expect(found[2]).toBeCloseTo((none + likely * none) / (1 + likely), 12);
});

test('a text alone, and one that shares nothing, agrees with nobody', () => {
  expect(agreement([[1, 2]], [-1])).toEqual([0]);
  expect(agreement([[1, 2], [1, 2], [3]], [-1, -1, -1])[2]).toBe(0);
});

test('the same word twice counts twice', () => {
  expect(
    agreement(
      [
        [5, 5],
        [5, 6],
      ],
      [0, 0],
    )[0],
  ).toBeCloseTo(Math.SQRT1_2 / 4, 12);
});
