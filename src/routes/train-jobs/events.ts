/** A job's events as server-sent events: what there is after the last one that the client saw, then what comes. */
import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JobEvent } from '../../generated/prisma/client.ts';

const POLL = 500;
const PAGE = 100;
const KEEP_ALIVE = 10_000;

export const showEvent = ({ id, createdAt, type, level, message, data }: JobEvent) => ({
  id,
  object: 'train_job.event' as const,
  created_at: createdAt.toISOString(),
  type,
  level,
  message,
  data: data as Record<string, unknown>,
});

/**
 * Asks the database twice a second, rather than listening to it: a listener would have to find out what it missed
 * whenever Postgres was away, which is this query.
 * @param read the events after that one
 * @param ended how it ended, where no more can come; asked before reading, so that the last ones are read
 */
export function streamEvents(
  after: string | undefined,
  read: (after: string | undefined, limit: number) => Promise<JobEvent[]>,
  ended: () => Promise<string | undefined>,
  signal: AbortSignal,
): PassThrough {
  const stream = new PassThrough();
  // The client hung up: there is nobody to tell.
  stream.on('error', () => {});
  const write = (text: string) =>
    new Promise<void>((resolve) => {
      if (!stream.writable || stream.write(text)) return resolve();
      // A client that reads slowly is waited for, and one that is gone too.
      stream.once('drain', resolve);
      stream.once('close', resolve);
    });
  void (async () => {
    let last = after;
    let wrote = Date.now();
    await write('retry: 1000\n\n');
    while (!signal.aborted && stream.writable) {
      try {
        const over = await ended();
        const events = await read(last, PAGE);
        for (const event of events) {
          const { id, type } = event;
          await write(`id: ${id}\nevent: ${type}\ndata: ${JSON.stringify(showEvent(event))}\n\n`);
          last = id;
          wrote = Date.now();
        }
        if (events.length === PAGE) continue;
        if (over !== undefined) {
          // Without an id: whoever comes back all the same asks for what comes after the last event, and is told 204.
          await write(`event: done\ndata: ${JSON.stringify({ status: over })}\n\n`);
          break;
        }
      } catch {
        // Postgres is away: the client goes on where it was.
      }
      if (Date.now() - wrote > KEEP_ALIVE) {
        await write(': waiting\n\n');
        wrote = Date.now();
      }
      await sleep(POLL, undefined, { signal }).catch(() => {});
    }
    stream.end();
  })();
  return stream;
}
