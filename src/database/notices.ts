/**
 * What servers tell each other through Postgres (LISTEN and NOTIFY). Notices are lost while nobody listens, so whoever
 * begins to listen, or does so again after the connection broke, is told to look for itself.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

const AGAIN = 1_000;
/** A peer that vanished without a word is noticed by asking. */
const ASK_EVERY = 5_000;

/**
 * @param onNotice given the payload, or undefined when notices may have been missed; never called twice at a time
 * @returns resolves when it listens; the function stops it
 */
export async function listen(
  connection: pg.ClientConfig,
  channel: string,
  onNotice: (payload: string | undefined) => Promise<void>,
  onError: (error: unknown) => void,
): Promise<() => Promise<void>> {
  const over = new AbortController();
  // One for each connection: whoever waits on a signal that outlives many of them is remembered by it.
  let gone = new AbortController();
  let handling: Promise<void> = Promise.resolve();
  const tell = (payload: string | undefined) => {
    handling = handling.then(() => onNotice(payload)).catch(onError);
  };
  let first: (() => void) | undefined;
  const listening = new Promise<void>((resolve) => {
    first = resolve;
  });

  async function hold(): Promise<void> {
    const client = new pg.Client({
      ...connection,
      application_name: 'xlxmert-zoo notices',
      keepAlive: true,
      connectionTimeoutMillis: 3_000,
      query_timeout: 3_000,
    });
    const broken = new AbortController();
    gone = broken;
    client.once('end', () => broken.abort());
    client.on('error', () => broken.abort());
    client.on('notification', ({ payload }) => tell(payload ?? ''));
    try {
      await client.connect();
      await client.query(`LISTEN ${client.escapeIdentifier(channel)}`);
      tell(undefined);
      first?.();
      while (!broken.signal.aborted && !over.signal.aborted) {
        await sleep(ASK_EVERY, undefined, { ref: false, signal: broken.signal }).catch(() => {});
        if (!broken.signal.aborted) await client.query('SELECT 1');
      }
    } finally {
      await client.end().catch(() => {});
    }
  }

  const held = (async () => {
    while (!over.signal.aborted) {
      await hold().catch((error) => {
        if (!over.signal.aborted) onError(error);
      });
      await sleep(AGAIN, undefined, { signal: over.signal }).catch(() => {});
    }
    first?.();
  })();
  await listening;
  return async () => {
    over.abort();
    gone.abort();
    await held;
    await handling;
  };
}
