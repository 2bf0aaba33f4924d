/**
 * How much is kept, so that a server that is used for years does not fill its disk: the oldest goes first, once a
 * minute, by one server of those that share the database. Every statement goes along an index and takes a bounded
 * number of rows; where little is stored, sizes of files tell so, and no row is read.
 */
import { Prisma } from '../generated/prisma/client.ts';
import type { Database } from './connect.ts';
import { firstIdOf } from './ids.ts';

export interface Retention {
  /** Days that runs are kept, with their pictures, messages to webhooks, and the record of changes. */
  readonly days: number;
  /** Most runs, and most changes on record. */
  readonly runs: number;
  /** Most bytes of stored pictures, of all runs. */
  readonly imageBytes: number;
  /** Most bytes of answers to Idempotency-Keys; each is kept for a day at most. */
  readonly answerBytes: number;
}

const DAY = 24 * 3_600_000;
const EVERY = 60_000;
/** Rows of a statement: locks are short, and what must go goes within a few rounds. */
const BATCH = 2_000;
/** Any constant that nobody else uses. */
const LOCK = 72707371;

/** @param round removes what is too much
 * @returns what stops it */
export function keepBounded(
  round: () => Promise<unknown>,
  onError: (error: unknown) => void,
): () => Promise<void> {
  let running: Promise<unknown> = Promise.resolve();
  const timer = setInterval(() => {
    running = running.then(round).catch(onError);
  }, EVERY);
  timer.unref();
  return async () => {
    clearInterval(timer);
    await running;
  };
}

/** One round. @returns how many rows went; more may be to go when it is a full batch */
export async function removeOld({ prisma }: Database, retention: Retention): Promise<number> {
  let removed = 0;
  // A transaction each: none holds its locks while the next one looks.
  for (const statement of statements(retention)) {
    removed += await prisma.$transaction(async (tx) => {
      const [lock] = await tx.$queryRaw<
        { ours: boolean }[]
      >`SELECT pg_try_advisory_xact_lock(${LOCK}) AS ours`;
      return lock?.ours === true ? tx.$executeRaw(statement) : 0;
    });
  }
  return removed;
}

function statements({ days, runs, imageBytes, answerBytes }: Retention): Prisma.Sql[] {
  const oldest = firstIdOf('run', Date.now() - days * DAY);
  return [
    // Ids are in the order of time.
    Prisma.sql`
      DELETE FROM runs WHERE id IN (
        SELECT id FROM runs WHERE id < ${oldest} AND status <> 'running' ORDER BY id LIMIT ${BATCH})`,
    Prisma.sql`
      DELETE FROM runs WHERE id IN (
        SELECT id FROM runs
        WHERE id <= (SELECT id FROM runs ORDER BY id DESC OFFSET ${runs} LIMIT 1) AND status <> 'running'
        ORDER BY id LIMIT ${BATCH})`,
    // A value that is stored outside its row has its length inside.
    Prisma.sql`
      DELETE FROM run_images WHERE pg_table_size('run_images') > ${imageBytes} AND (run_id, index) IN (
        SELECT run_id, index FROM (
          SELECT run_id, index, sum(octet_length(bytes)) OVER (ORDER BY run_id DESC, index DESC) AS total
          FROM run_images) AS sizes
        WHERE total > ${imageBytes} ORDER BY run_id, index LIMIT ${BATCH})`,
    Prisma.sql`
      DELETE FROM webhook_deliveries WHERE id IN (
        SELECT id FROM webhook_deliveries
        WHERE created_at < now() - make_interval(days => ${days}::int) AND next_at IS NULL
        ORDER BY created_at LIMIT ${BATCH})`,
    Prisma.sql`
      DELETE FROM audit_events WHERE id IN (
        SELECT id FROM audit_events
        WHERE id < ${firstIdOf('aud', Date.now() - days * DAY)}
          OR id <= (SELECT id FROM audit_events ORDER BY id DESC OFFSET ${runs} LIMIT 1)
        ORDER BY id LIMIT ${BATCH})`,
    Prisma.sql`
      DELETE FROM idempotency_keys WHERE key IN (
        SELECT key FROM idempotency_keys
        WHERE created_at < now() - interval '1 day' ORDER BY created_at LIMIT ${BATCH})`,
    Prisma.sql`
      DELETE FROM idempotency_keys WHERE pg_table_size('idempotency_keys') > ${answerBytes} AND key IN (
        SELECT key FROM (
          SELECT key, created_at, sum(octet_length(body)) OVER (ORDER BY created_at DESC, key) AS total
          FROM idempotency_keys WHERE answered_at IS NOT NULL) AS sizes
        WHERE total > ${answerBytes} ORDER BY created_at LIMIT ${BATCH})`,
  ];
}
