import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { collectAtRest } from '../../src/plugins/idle-memory.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('collects once, when requests have come to an end', () => {
  const activity = { begun: 0, running: 0 };
  const collect = vi.fn();
  const stop = collectAtRest(() => activity, collect);
  vi.advanceTimersByTime(60_000);
  expect(collect).not.toHaveBeenCalled();
  activity.begun = 5;
  activity.running = 1;
  vi.advanceTimersByTime(60_000);
  expect(collect).not.toHaveBeenCalled();
  activity.running = 0;
  vi.advanceTimersByTime(60_000);
  expect(collect).toHaveBeenCalledTimes(1);
  for (let i = 0; i < 10; i++) {
    activity.begun++;
    vi.advanceTimersByTime(5_000);
  }
  expect(collect).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(10_000);
  expect(collect).toHaveBeenCalledTimes(2);
  stop();
  activity.begun++;
  vi.advanceTimersByTime(60_000);
  expect(collect).toHaveBeenCalledTimes(2);
});

it('gives back buffers that nobody holds any more', async () => {
  const activity = { begun: 0, running: 0 };
  const stop = collectAtRest(() => activity);
  let held: Buffer[] | undefined = Array.from({ length: 40 }, () => Buffer.alloc(2 ** 20, 1));
  const one = new WeakRef(held[20]!);
  // A weak reference holds what it names until this turn of the event loop ends.
  await setImmediate();
  const before = process.memoryUsage().arrayBuffers;
  expect(held).toHaveLength(40);
  held = undefined;
  activity.begun = 1;
  vi.advanceTimersByTime(20_000);
  expect(one.deref()).toBeUndefined();
  stop();
  // The memory itself is freed in the background, a while after the collection.
  vi.useRealTimers();
  await expect
    .poll(() => process.memoryUsage().arrayBuffers, { timeout: 30_000 })
    .toBeLessThan(before - 20 * 2 ** 20);
});
