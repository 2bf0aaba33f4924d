import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type EndSignals, endSignals } from '../src/end-signals.ts';

let signals: EndSignals;
const insisted = vi.fn();

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
  signals = endSignals(insisted);
});
afterEach(() => {
  signals.off();
  vi.useRealTimers();
});

const send = (signal: NodeJS.Signals, number: number) =>
  (process as NodeJS.EventEmitter).emit(signal, signal, number);
const state = () => [signals.asked.aborted, signals.hurried.aborted, insisted.mock.calls.length];

it('takes the signals of one Ctrl-C, which npm and tsx pass on, for one request', () => {
  send('SIGINT', 2);
  vi.advanceTimersByTime(5);
  send('SIGINT', 2);
  vi.advanceTimersByTime(1_500);
  send('SIGTERM', 15);
  expect(state()).toEqual([true, false, 0]);
});

it('hurries at the second request, and ends at the third', () => {
  send('SIGHUP', 1);
  vi.advanceTimersByTime(2_100);
  send('SIGINT', 2);
  send('SIGINT', 2);
  expect(state()).toEqual([true, true, 0]);
  vi.advanceTimersByTime(2_100);
  send('SIGTERM', 15);
  expect(insisted.mock.calls).toEqual([[143]]);
});
