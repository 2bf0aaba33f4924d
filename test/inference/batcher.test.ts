import { expect, test } from 'vitest';
import { invariantBatchSizes } from '../../src/inference/batch-invariance.ts';
import { createBatcher } from '../../src/inference/batcher.ts';

test('rows that wait run together, in the sizes allowed', async () => {
  const ran: number[][] = [];
  const batcher = createBatcher([1, 2, 4], async (rows: number[]) => {
    ran.push(rows);
    return rows.map((row) => row * 10);
  });
  expect(await Promise.all([1, 2, 3, 4, 5, 6, 7].map((row) => batcher.submit(row)))).toEqual([
    10, 20, 30, 40, 50, 60, 70,
  ]);
  expect(ran).toEqual([[1, 2, 3, 4], [5, 6], [7]]);
});

test('a row that comes while a batch runs joins the next', async () => {
  const ran: number[][] = [];
  let late: Promise<number> | undefined;
  const batcher = createBatcher([1, 2], async (rows: number[]) => {
    ran.push(rows);
    if (ran.length === 1) late = batcher.submit(4);
    return rows;
  });
  await Promise.all([1, 2, 3].map((row) => batcher.submit(row)));
  await late;
  expect(ran).toEqual([
    [1, 2],
    [3, 4],
  ]);
});

test('an aborted row leaves the queue; a failed run fails its rows only', async () => {
  const batcher = createBatcher([1], async (rows: string[]) => {
    if (rows[0] === 'bad') throw new Error('no');
    return rows;
  });
  const abort = new AbortController();
  const results = Promise.allSettled([
    batcher.submit('a'),
    batcher.submit('bad'),
    batcher.submit('gone', abort.signal),
    batcher.submit('b'),
  ]);
  abort.abort(new Error('left'));
  expect(
    (await results).map((r) => (r.status === 'fulfilled' ? r.value : (r.reason as Error).message)),
  ).toEqual(['a', 'no', 'left', 'b']);
  expect(batcher.waiting).toBe(0);
});

test('batch sizes whose rows differ by a bit, and larger ones, are not used', async () => {
  const engine = (breaksAt: number) => async (kinds: number[]) =>
    kinds.map((kind) => [Float32Array.of(kind, kinds.length >= breaksAt ? 0.1 + 2 ** -27 : 0.1)]);
  expect(await invariantBatchSizes([2, 4, 8], engine(99))).toEqual([1, 2, 4, 8]);
  expect(await invariantBatchSizes([2, 4, 8], engine(4))).toEqual([1, 2]);
  expect(await invariantBatchSizes([2, 4, 8], engine(2))).toEqual([1]);
  expect(await invariantBatchSizes([], engine(2))).toEqual([1]);
});
