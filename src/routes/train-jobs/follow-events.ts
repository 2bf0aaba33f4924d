/** A job's events as they come: what there is after the last one that the client saw, then what happens. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { JobEvent } from '../../generated/prisma/client.ts';
import { createEventStream, type EventStream } from '../server-sent-events.ts';

const POLL = 500;
const PAGE = 100;
const RETRY = 1000;

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
export function followEvents(
  after: string | undefined,
  read: (after: string | undefined, limit: number) => Promise<JobEvent[]>,
  ended: () => Promise<string | undefined>,
  signal: AbortSignal,
): EventStream['stream'] {
  const events = createEventStream();
  void (async () => {
    let last = after;
    await events.retryAfter(RETRY);
    while (!signal.aborted && events.stream.writable) {
      try {
        const over = await ended();
        const found = await read(last, PAGE);
        for (const event of found) {
          await events.send({ id: event.id, name: event.type, data: showEvent(event) });
          last = event.id;
        }
        if (found.length === PAGE) continue;
        if (over !== undefined) {
          // Without an id: whoever comes back all the same asks for what comes after the last event, and is told 204.
          await events.send({ name: 'done', data: { status: over } });
          break;
        }
      } catch {
        // Postgres is away: the client goes on where it was.
      }
      await sleep(POLL, undefined, { signal }).catch(() => {});
    }
    events.end();
  })();
  return events.stream;
}
