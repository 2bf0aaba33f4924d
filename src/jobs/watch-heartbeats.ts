/**
 * Looks for workers that died, every second: those whose heartbeat the database has not seen of late. That says
 * something only when it could have seen it. Where the database was away, or cut off, or we ourselves were asleep, every
 * worker looks dead, so they get the time to be heard first. Else jobs would be taken away from workers that live, and a
 * failure counted that nobody is to blame for.
 */
import { setTimeout as sleep } from 'node:timers/promises';

const EVERY = 1_000;
/** Shorter ones than the pause between two heartbeats are missed by nobody. */
const BREAK = 5_000;

export interface HeartbeatWatch {
  /** One look: hands on the messages of those that are silent. */
  look: () => Promise<void>;
  /** Whether the database answers. */
  ask: () => Promise<void>;
  /** Milliseconds for which it has been there when we begin. */
  up: number;
  /** Milliseconds after which a worker that is silent is dead: so long all are given. */
  grace: number;
  onError: (error: unknown) => void;
  clock?: { now(): number; rest(ms: number, signal: AbortSignal): Promise<void> };
}

const CLOCK = {
  now: () => performance.now(),
  rest: (ms: number, signal: AbortSignal) => sleep(ms, undefined, { signal }).catch(() => {}),
};

/** @returns what stops it */
export function watchHeartbeats(options: HeartbeatWatch): () => Promise<void> {
  const { look, ask, up, grace, onError, clock = CLOCK } = options;
  const over = new AbortController();
  /** When it last began to answer, without a break since. */
  let since = clock.now() - up;
  let answered = clock.now();
  const watching = (async () => {
    for (;;) {
      await clock.rest(EVERY, over.signal);
      if (over.signal.aborted) return;
      if (clock.now() - answered > BREAK) since = clock.now();
      try {
        await (clock.now() - since >= grace ? look() : ask());
        if (clock.now() - answered > BREAK) since = clock.now();
        answered = clock.now();
      } catch (error) {
        if (!over.signal.aborted) onError(error);
      }
    }
  })();
  return async () => {
    over.abort();
    await watching;
  };
}
