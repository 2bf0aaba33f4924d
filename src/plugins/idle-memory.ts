/**
 * Gives back what requests left. V8 collects garbage when something is allocated, and buffers outside its heap hardly
 * count until there are 64 MB of them; a server that has come to rest allocates nothing, and would hold on to all that
 * its last requests had, for as long as it rests.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fp from 'fastify-plugin';
import { isProbe } from './probes.ts';

/** Milliseconds between two looks. */
const LOOK = 5_000;
/** Looks without a request that make a rest. */
const REST = 2;

export const idleMemory = fp(async (app) => {
  const activity = { begun: 0, running: 0 };
  app.addHook('onRequest', async (request) => {
    if (isProbe(request)) return;
    activity.begun++;
    activity.running++;
  });
  app.addHook('onResponse', async (request) => {
    if (!isProbe(request)) activity.running--;
  });
  const stop = collectAtRest(() => activity);
  app.addHook('onClose', async () => stop());
});

/**
 * @param activity requests so far, and how many of them run
 * @param collect what gives memory back; tests give their own
 * @returns what stops it
 */
export function collectAtRest(
  activity: () => { begun: number; running: number },
  collect: () => void = garbageCollector(),
): () => void {
  let seen = 0;
  let quiet = 0;
  let collected = 0;
  const timer = setInterval(() => {
    const { begun, running } = activity();
    quiet = running === 0 && begun === seen ? quiet + 1 : 0;
    seen = begun;
    if (quiet < REST || collected === begun) return;
    collected = begun;
    collect();
  }, LOOK);
  timer.unref();
  return () => clearInterval(timer);
}

/** Node shows it to programs that are started with --expose-gc; the flag can be set later for a new context. */
function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  setFlagsFromString('--no-expose-gc');
  return collect;
}
