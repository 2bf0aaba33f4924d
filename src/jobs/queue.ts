/**
 * The queue between servers and workers: pg-boss, in a schema of its own on the same database. It hands messages
 * out and notices workers that died; what a job is and where it stands is in our own table (train-jobs.ts).
 *
 * There is one queue for every combination of needs (needs.ts) that jobs have had. A worker takes the oldest message of
 * all queues whose needs it has, and then the next one: pg-boss's own workers would take one of each queue at a time.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { fromPrisma, type JobWithMetadata, PgBoss } from 'pg-boss';
import { listen } from '../database/notices.ts';
import type { Prisma } from '../generated/prisma/client.ts';
import { type Carrier, carrier, continued } from '../tracing.ts';
import { type Needs, NO_NEEDS, needsOf, queueOf, satisfies } from './needs.ts';
import { watchHeartbeats } from './watch-heartbeats.ts';

const SCHEMA = 'pgboss';
/** Given when a message is put in. */
const CHANNEL = 'xlxmert_train_jobs';

/** A worker that says nothing for this long is dead: its message goes to another one. pg-boss's least. */
const HEARTBEAT_SECONDS = 10;
/** pg-boss's most. A job that runs for longer is handed over before: see worker.ts. */
const EXPIRE_SECONDS = 24 * 3600;
/** Messages of dead workers come back without a notice. */
const POLL = 1_000;

export interface Message {
  id: string;
  jobId: string;
  /** It was taken before: it does not wait behind those that came later. */
  again?: boolean;
}

interface Payload {
  job_id: string;
  trace?: Carrier;
}

export interface JobQueue {
  /** Part of the caller's transaction. A message with an id that is there already changes nothing. */
  send(tx: Prisma.TransactionClient, message: Message, needs?: Needs): Promise<void>;
  /**
   * Takes one message at a time, for as long as the queue is open.
   * @param worker what it has
   * @param handle its end is the end of the message; should this process die in it, another worker gets the message
   */
  work(worker: Needs, handle: (message: Message) => Promise<void>): Promise<void>;
  /** Takes no more messages. */
  close(): Promise<void>;
}

/** @param role `sender`s put messages in, `worker`s also look after the queue. */
export async function openQueue(
  connection: pg.ClientConfig,
  role: 'sender' | 'worker',
  onError: (error: unknown) => void,
): Promise<JobQueue> {
  const worker = role === 'worker';
  const boss = new PgBoss({
    ...(connection as { host?: string; connectionString?: string }),
    schema: SCHEMA,
    application_name: `xlxmert-zoo ${role}`,
    max: 3,
    connectionTimeoutMillis: 3_000,
    // A connection whose other end vanished is given up, not waited for. Handed on to its pool.
    ...{ query_timeout: 10_000, keepAlive: true },
    // By us: see below.
    supervise: false,
    schedule: false,
    // With the heartbeat: a dead worker's job is with another one within 13 seconds.
    superviseIntervalSeconds: 1,
    monitorIntervalSeconds: 1,
    // Weekly tables of these few messages have nothing to win.
    reindex: false,
    monitorVacuum: false,
  });
  boss.on('error', onError);
  await boss.start();
  const made = new Set<string>();
  async function make(queue: string): Promise<void> {
    if (made.has(queue)) return;
    await boss.createQueue(queue, {
      policy: 'standard',
      heartbeatSeconds: HEARTBEAT_SECONDS,
      expireInSeconds: EXPIRE_SECONDS,
      // Failures are counted by us: a message comes back for as long as its workers die.
      retryLimit: 10_000,
      retryDelay: 0,
      // A job may wait for weeks, or be paused.
      retentionSeconds: 365 * 24 * 3600,
      deleteAfterSeconds: 24 * 3600,
    });
    made.add(queue);
  }
  await make(queueOf(NO_NEEDS));

  const stopWatching = worker ? watchHeartbeats(await heartbeatsOf(boss, onError)) : undefined;

  const closed = new AbortController();
  let working: Promise<void> = Promise.resolve();

  /** The oldest message that the worker can take. */
  async function next(
    offer: Needs,
  ): Promise<{ queue: string; message: JobWithMetadata<Payload> } | undefined> {
    const { rows } = await boss.getDb().executeSql(
      `SELECT name FROM ${SCHEMA}.job WHERE state < 'active' AND start_after <= now()
         GROUP BY name ORDER BY min(created_on)`,
    );
    for (const { name: queue } of rows as { name: string }[]) {
      const needs = needsOf(queue);
      if (needs === undefined || !satisfies(offer, needs)) continue;
      const [message] = await boss.fetch<Payload>(queue, { batchSize: 1, includeMetadata: true });
      if (message !== undefined) return { queue, message };
    }
    return undefined;
  }

  async function take(
    { queue, message }: NonNullable<Awaited<ReturnType<typeof next>>>,
    handle: (message: Message) => Promise<void>,
  ): Promise<void> {
    const { job_id: jobId, trace } = message.data;
    const alive = setInterval(
      () => void boss.touch(queue, message).catch(onError),
      (HEARTBEAT_SECONDS * 1000) / 2,
    );
    try {
      await continued(trace, 'job', { 'xlxmert.job': jobId }, () => handle({ id: message.id, jobId }));
      await boss.complete(queue, message);
    } catch (error) {
      await boss.fail(queue, message, { message: (error as Error).message });
    } finally {
      clearInterval(alive);
    }
  }

  return {
    async send(tx, { id, jobId, again }, needs = NO_NEEDS) {
      const queue = queueOf(needs);
      await make(queue);
      await boss.send(
        queue,
        { job_id: jobId, trace: carrier() },
        { id, priority: again ? 1 : 0, db: fromPrisma(tx) },
      );
      await tx.$executeRaw`SELECT pg_notify(${CHANNEL}, '')`;
    },
    async work(offer, handle) {
      let wake = () => {};
      let noticed = false;
      const stop = await listen(
        connection,
        CHANNEL,
        async () => {
          noticed = true;
          wake();
        },
        onError,
      );
      const run = async () => {
        while (!closed.signal.aborted) {
          noticed = false;
          try {
            const found = await next(offer);
            if (found) {
              await take(found, handle);
              continue;
            }
          } catch (error) {
            onError(error);
            await sleep(POLL, undefined, { signal: closed.signal }).catch(() => {});
          }
          if (noticed) continue;
          const pause = new AbortController();
          wake = () => pause.abort();
          const over = AbortSignal.any([pause.signal, closed.signal]);
          await sleep(POLL, undefined, { signal: over }).catch(() => {});
        }
        await stop();
      };
      working = run();
    },
    async close() {
      closed.abort();
      await working;
      await stopWatching?.();
      await boss.stop({ graceful: true, timeout: 1_000 });
    },
  };
}

async function heartbeatsOf(boss: PgBoss, onError: (error: unknown) => void) {
  const database = boss.getDb();
  const { rows } = await database.executeSql(
    'SELECT extract(epoch FROM now() - pg_postmaster_start_time())::float8 * 1000 AS up',
  );
  return {
    look: () => boss.supervise(),
    ask: async () => void (await database.executeSql('SELECT 1')),
    up: (rows[0] as { up: number }).up,
    grace: HEARTBEAT_SECONDS * 1000,
    onError,
  };
}
