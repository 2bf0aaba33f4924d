import { expect, it } from 'vitest';
import { watchHeartbeats } from '../../src/jobs/watch-heartbeats.ts';

/** @param answers whether the database answers in a second of the clock, and how long that takes */
async function looksOf(seconds: number, up: number, answers: (second: number) => number | 'away' = () => 0) {
  let now = 0;
  const looks: number[] = [];
  let stop: Promise<void> | undefined;
  const ask = async () => {
    const outcome = answers(Math.floor(now / 1000));
    if (outcome === 'away') throw new Error('away');
    now += outcome;
  };
  const end = watchHeartbeats({
    ...{ up, grace: 10_000, onError: () => {}, ask },
    async look() {
      const second = Math.floor(now / 1000);
      await ask();
      looks.push(second);
    },
    clock: {
      now: () => now,
      async rest(ms) {
        now += ms;
        if (now > seconds * 1000) stop ??= end();
      },
    },
  });
  while (stop === undefined) await new Promise((resolve) => setImmediate(resolve));
  await stop;
  return looks;
}

it('looks every second at a database that has been there', async () => {
  expect(await looksOf(5, 60_000)).toEqual([1, 2, 3, 4, 5]);
});

it('gives everybody time to be heard after the start of the database', async () => {
  expect(await looksOf(12, 2_000)).toEqual([8, 9, 10, 11, 12]);
});

it('gives it again after the database was away, but not after a moment', async () => {
  const away = (from: number, to: number) => (second: number) => (second >= from && second < to ? 'away' : 0);
  expect(await looksOf(40, 60_000, away(3, 25))).toEqual([1, 2, 35, 36, 37, 38, 39, 40]);
  expect(await looksOf(9, 60_000, away(3, 6))).toEqual([1, 2, 6, 7, 8, 9]);
});

it('gives it again after a long wait for an answer, or a long sleep of its own', async () => {
  const looks = await looksOf(40, 60_000, (second) => (second === 3 ? 20_000 : 0));
  expect(looks.slice(0, 5)).toEqual([1, 2, 3, 33, 34]);
});
