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

it('gives back buffers that nobody holds any more', () => {
  const activity = { begun: 0, running: 0 };
  const stop = collectAtRest(() => activity);
  let held: Buffer[] | undefined = Array.from({ length: 40 }, () => Buffer.alloc(2 ** 20, 1));
  // Old enough not to go with the first garbage that comes.
  const before = process.memoryUsage().arrayBuffers;
  expect(held).toHaveLength(40);
  held = undefined;
  activity.begun = 1;
  vi.advanceTimersByTime(20_000);
  expect(process.memoryUsage().arrayBuffers).toBeLessThan(before - 20 * 2 ** 20);
  stop();
});
