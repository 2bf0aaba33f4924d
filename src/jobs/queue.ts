/**
 * The queue between servers and workers: pg-boss, in a schema of its own on the same database. It hands messages
 * out and notices workers that died; what a job is and where it stands is in our own table (train-jobs.ts).
 */
import type pg from 'pg';
import { fromPrisma, PgBoss } from 'pg-boss';
import type { Prisma } from '../generated/prisma/client.ts';
import { type Carrier, carrier, continued } from '../tracing.ts';

const QUEUE = 'train-jobs';
const SCHEMA = 'pgboss';

/** A worker that says nothing for this long is dead: its message goes to another one. pg-boss's least. */
const HEARTBEAT_SECONDS = 10;
/** pg-boss's most. A job that runs for longer is handed over before: see worker.ts. */
const EXPIRE_SECONDS = 24 * 3600;
const POLL_SECONDS = 1;

export interface Message {
  id: string;
  jobId: string;
}

export interface JobQueue {
  /** Part of the caller's transaction. A message with an id that is there already changes nothing. */
  send(tx: Prisma.TransactionClient, message: Message): Promise<void>;
  /**
   * Takes one message at a time, for as long as the queue is open.
   * @param handle its end is the end of the message; should this process die in it, another worker gets the message
   */
  work(handle: (message: Message) => Promise<void>): Promise<void>;
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
    supervise: worker,
    schedule: false,
    useListenNotify: worker,
    // With the heartbeat: a dead worker's job is with another one within 13 seconds.
    superviseIntervalSeconds: 1,
    monitorIntervalSeconds: 1,
    // Weekly tables of these few messages have nothing to win.
    reindex: false,
    monitorVacuum: false,
  });
  boss.on('error', onError);
  await boss.start();
  await boss.createQueue(QUEUE, {
    policy: 'standard',
    heartbeatSeconds: HEARTBEAT_SECONDS,
    expireInSeconds: EXPIRE_SECONDS,
    // Failures are counted by us: a message comes back for as long as its workers die.
    retryLimit: 10_000,
    retryDelay: 0,
    // A job may wait for weeks, or be paused.
    retentionSeconds: 365 * 24 * 3600,
    deleteAfterSeconds: 24 * 3600,
    notify: true,
  });
  return {
    async send(tx, { id, jobId }) {
      await boss.send(QUEUE, { job_id: jobId, trace: carrier() }, { id, db: fromPrisma(tx) });
    },
    async work(handle) {
      await boss.work<{ job_id: string; trace?: Carrier }>(
        QUEUE,
        { batchSize: 1, pollingIntervalSeconds: POLL_SECONDS, notifyPollingIntervalSeconds: POLL_SECONDS },
        async ([message]) => {
          if (message === undefined) return;
          const { job_id: jobId, trace } = message.data;
          await continued(trace, 'job', { 'xlxmert.job': jobId }, () => handle({ id: message.id, jobId }));
        },
      );
    },
    async close() {
      await boss.stop({ graceful: true, timeout: 1_000 });
    },
  };
}
