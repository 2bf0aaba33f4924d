/**
 * Training jobs: where they stand, and who may change that.
 *
 *   queued ──claim──▶ running ──▶ succeeded
 *     ▲  ▲              │ │ └───▶ failed
 *     │  └──a failure───┘ │
 *   resume              pause
 *     └───── paused ◀─────┘        cancel: queued, running, paused ──▶ cancelled
 *
 * - A job waits (`queued`) with a message in the queue. The worker that gets the message claims the job: it draws a
 *   `holder`, which is the lock. Only the holder writes metrics, and only while the job is `running` may it complete
 *   or fail it, so a worker that lost its lock, or was overtaken by a request, changes nothing.
 * - `pause` and `cancel` change the row at once, whatever a worker is doing; the worker looks at the row twice a second,
 *   saves a checkpoint (pause) or ends its process (cancel), and lets go of the lock. A job that is paused while it is
 *   finishing stays paused, and is done as soon as it is resumed: all its steps are in its last checkpoint.
 * - Asking for what holds already (cancel twice, resume while queued or running) is answered with the job as it is, and
 *   changes nothing; asking for what can no longer be (pause what has ended) is a conflict.
 * - A worker that dies leaves the job `running`. The queue gives its message to another worker, whose claim takes the
 *   lock over and counts a failure. A process that ends badly is a failure too; the job is then queued again with a new
 *   message. The third failure without a new checkpoint in between ends the job as `failed`; a failure that would only
 *   repeat itself (a loss that diverged, components that changed) ends it at once.
 * - A worker that is told to stop saves a checkpoint and queues the job again, which is no failure.
 * - `succeeded`, `failed` and `cancelled` are final.
 *
 * Every change is one transaction: the row (with the state it must be in), its event, and the queue's message.
 * Operations are repeated while Postgres is away, and each finds out whether it had been done.
 */
import { randomUUID } from 'node:crypto';
import type { Database } from '../database/connect.ts';
import { type KeyClaim, madeBefore, noteMade } from '../database/idempotency-keys.ts';
import { newId } from '../database/ids.ts';
import { type Owner, ownedBy } from '../database/runs.ts';
import { takeDeadTrainingWorkers } from '../database/workers.ts';
import { CodedError } from '../errors.ts';
import type { Job, JobStatus, Prisma } from '../generated/prisma/client.ts';
import { storable } from '../text.ts';
import type { MetricsLine } from '../training/run/run-directory.ts';
import { insertEvaluation } from './evaluations.ts';
import { appendEvents, type NewEvent } from './job-events.ts';
import { insertMetrics, lastStep } from './job-metrics.ts';
import { type Needs, NO_NEEDS, readNeeds, writtenNeeds } from './needs.ts';
import type { JobQueue, Message } from './queue.ts';

export const ENDED: readonly JobStatus[] = ['succeeded', 'failed', 'cancelled'];
const MOST_FAILURES = 3;
/** While Postgres is away the work goes on; its records wait. */
const WORKER_PATIENCE = 10 * 60_000;

export interface NewJob {
  kind: string;
  dataset: string;
  seed: number;
  components: Record<string, { id: string; revision: string }>;
  hyperparameters: Record<string, unknown>;
  steps: number;
  suffix: string | undefined;
  metadata: Record<string, string>;
  keyId: string | null;
  command: string;
  /** Left out: any worker will do. */
  needs?: Needs;
}

/** What all of the listed have. */
interface JobFilter {
  kind?: string | { in: string[] };
  status?: JobStatus;
}

export interface TrainJobs {
  /**
   * @param claim the Idempotency-Key of the request: what was made under it before is returned, and not made again
   * @throws CodedError storage_full, quota_exceeded
   */
  create(job: NewJob, claim?: KeyClaim): Promise<Job>;
  /** `latest`: the newest one. @throws CodedError job_not_found */
  find(id: string, owner: Owner, filter?: JobFilter): Promise<Job>;
  /** Newest first, those older than `after`. */
  list(owner: Owner, after: string | undefined, limit: number, filter?: JobFilter): Promise<Job[]>;
  /** The place of a queued job in the queue: 1 is next. */
  position(job: Job): Promise<number | null>;
  /** @throws CodedError job_not_found, job_state */
  cancel(id: string, owner: Owner): Promise<Job>;
  pause(id: string, owner: Owner): Promise<Job>;
  resume(id: string, owner: Owner): Promise<Job>;
  /** Takes the rows away. @throws CodedError job_not_found, job_state while something may work in its folder */
  remove(id: string, owner: Owner): Promise<void>;
  promoted(id: string, model: string): Promise<void>;
  /** A job that has not ended and builds on one of the checkpoints, by their paths in the zoo. */
  buildingOn(paths: readonly string[]): Promise<string | undefined>;
  /** @throws CodedError job_state when a job that has not ended is trained on it */
  requireUnusedDataset(dataset: string): Promise<void>;
  /** The model is not hosted any more. */
  withdrawn(model: string): Promise<void>;
}

interface Failure {
  code: string;
  message: string;
  /** The same would happen again. */
  final: boolean;
}

/** What a worker does with the jobs it gets messages for. Every operation but `claim` wants the lock. */
export interface JobWork {
  /**
   * @param holder drawn by the caller for this one call
   * @returns the job, and the last step whose metrics are in the database; undefined when there is nothing to do
   */
  claim(
    message: Message,
    holder: string,
    worker: string,
  ): Promise<{ job: Job; recorded: number } | undefined>;
  /** Where the job stands, and whether the lock is still ours. */
  look(id: string, holder: string): Promise<{ status: JobStatus; ours: boolean } | undefined>;
  /** @returns false when the lock is not ours any more */
  record(id: string, holder: string, progress: Progress): Promise<boolean>;
  /** @param report of an evaluation, which is kept with its numbers */
  succeed(
    id: string,
    holder: string,
    result: Record<string, number>,
    report?: Record<string, unknown>,
  ): Promise<boolean>;
  fail(id: string, holder: string, failure: Failure): Promise<boolean>;
  /** The worker stops, or says why else: the job waits for another one. */
  handBack(id: string, holder: string, why?: string): Promise<boolean>;
  /** Nobody works in the folder of a job that was paused or cancelled any more. */
  letGo(id: string, holder: string): Promise<void>;
  /** A worker is gone: what it held is queued again at once. */
  abandon(worker: string): Promise<void>;
  /** The same of all that died on this machine: whoever starts here goes on with their jobs before it takes another. */
  abandonDead(): Promise<void>;
  /**
   * The database was made of another one's tables, without queue and workers: what waited or ran waits anew.
   * @param why a sentence's beginning, for the events of each
   * @returns how many jobs that are
   */
  restored(why: string): Promise<number>;
}

export interface Progress {
  lines: readonly MetricsLine[];
  step?: number;
  stepMs?: number | undefined;
  checkpointStep?: number | undefined;
  events: readonly NewEvent[];
}

type Transaction = Prisma.TransactionClient;

export function createTrainJobs(database: Database, queue: JobQueue): TrainJobs {
  const { prisma, retry } = database;

  async function find(id: string, owner: Owner, filter: JobFilter = {}): Promise<Job> {
    const where = { ...filter, ...ownedBy(owner), ...(id === 'latest' ? {} : { id }) };
    const job = await retry(() => prisma.job.findFirst({ where, orderBy: { id: 'desc' } }));
    if (job !== null) return job;
    throw new CodedError('job_not_found', `There is no job "${id}". GET /v1/train-jobs lists them.`);
  }

  /**
   * @param change false when the row is in none of the states it starts from
   * @param already the states in which there is nothing to do
   */
  async function transition(
    id: string,
    owner: Owner,
    doing: string,
    change: (tx: Transaction) => Promise<boolean>,
    already: readonly JobStatus[],
  ): Promise<Job> {
    await find(id, owner);
    const changed = await retry(() => prisma.$transaction(change));
    const job = await find(id, owner);
    if (changed || already.includes(job.status)) return job;
    throw new CodedError(
      'job_state',
      `The job ${id} cannot be ${doing}: it is ${job.status}.${job.status === 'failed' ? ' Submit a new one.' : ''}`,
    );
  }

  return {
    async create(fields, claim) {
      await database.requireSpace();
      const before = claim && (await madeBefore(database, claim));
      if (before !== undefined) return find(before, { keyId: null, all: true });
      const id = newId('job');
      const messageId = randomUUID();
      const now = new Date();
      await retry(() =>
        prisma.$transaction(async (tx) => {
          const { seed, components, hyperparameters, suffix, needs = NO_NEEDS, ...rest } = fields;
          const { count } = await tx.job.createMany({
            data: {
              id,
              status: 'queued',
              createdAt: now,
              queuedAt: now,
              messageId,
              ...rest,
              seed: BigInt(seed),
              components,
              hyperparameters: hyperparameters as Prisma.InputJsonValue,
              suffix: suffix ?? null,
              needs: writtenNeeds(needs),
            },
            skipDuplicates: true,
          });
          // Committed by the try before, whose answer was lost.
          if (count === 0) return;
          await refuseMoreThanQuota(tx, fields.keyId);
          await appendEvents(tx, id, [status('queued', 'Waiting for a worker.')]);
          await queue.send(tx, { id: messageId, jobId: id }, needs);
          if (claim) await noteMade(tx, claim, id);
        }),
      );
      return find(id, { keyId: null, all: true });
    },
    find,
    list: (owner, after, limit, filter = {}) =>
      retry(() =>
        prisma.job.findMany({
          where: { ...filter, ...ownedBy(owner), ...(after === undefined ? {} : { id: { lt: after } }) },
          orderBy: { id: 'desc' },
          take: limit,
        }),
      ),
    async position({ id, status, queuedAt }) {
      if (status !== 'queued') return null;
      const ahead = { status: 'queued', OR: [{ queuedAt: { lt: queuedAt } }, { queuedAt, id: { lt: id } }] };
      return 1 + (await retry(() => prisma.job.count({ where: ahead as Prisma.JobWhereInput })));
    },
    cancel: (id, owner) =>
      transition(
        id,
        owner,
        'cancelled',
        async (tx) => {
          const done = await tx.$executeRaw`
            UPDATE jobs SET status = 'cancelled', finished_at = now()
            WHERE id = ${id} AND status IN ('queued', 'running', 'paused')`;
          if (done > 0) await appendEvents(tx, id, [status('cancelled', 'Cancelled.')]);
          return done > 0;
        },
        ['cancelled'],
      ),
    pause: (id, owner) =>
      transition(
        id,
        owner,
        'paused',
        async (tx) => {
          const done = await tx.$executeRaw`
            UPDATE jobs SET status = 'paused' WHERE id = ${id} AND status IN ('queued', 'running')`;
          if (done > 0) await appendEvents(tx, id, [status('paused', 'Paused.')]);
          return done > 0;
        },
        ['paused'],
      ),
    async resume(id, owner) {
      const messageId = randomUUID();
      return transition(
        id,
        owner,
        'resumed',
        async (tx) => {
          const done = await tx.$executeRaw`
            UPDATE jobs SET status = 'queued', queued_at = now(), holder = NULL, message_id = ${messageId}::uuid,
              failures = 0
            WHERE id = ${id} AND status = 'paused'`;
          if (done === 0) return false;
          await appendEvents(tx, id, [status('queued', 'Resumed: waiting for a worker.')]);
          await queue.send(tx, { id: messageId, jobId: id }, await needsOfJob(tx, id));
          return true;
        },
        ['queued', 'running'],
      );
    },
    async remove(id, owner) {
      const job = await find(id, owner);
      const { count } = await retry(() =>
        prisma.job.deleteMany({ where: { id, holder: null, status: { not: 'running' } } }),
      );
      if (count > 0 || job.status === 'queued') return;
      const why =
        job.status === 'running' ? 'it is running; cancel it first' : 'its worker is still stopping';
      throw new CodedError('job_state', `The job ${id} cannot be deleted: ${why}.`, { retryAfter: 1 });
    },
    async buildingOn(paths) {
      const [job] = await retry(
        () => prisma.$queryRaw<{ id: string }[]>`
          SELECT id FROM jobs WHERE status IN ('queued', 'running', 'paused') AND EXISTS (
            SELECT FROM jsonb_each(components) AS component WHERE component.value ->> 'id' = ANY(${paths}::text[]))
          ORDER BY id LIMIT 1`,
      );
      return job?.id;
    },
    async requireUnusedDataset(dataset) {
      const where = { dataset, status: { notIn: [...ENDED] } };
      const job = await retry(() => prisma.job.findFirst({ where, select: { id: true } }));
      if (job === null) return;
      throw new CodedError('job_state', `The job ${job.id} is trained on it. Cancel it first.`);
    },
    async withdrawn(model) {
      await retry(() =>
        prisma.job.updateMany({ where: { resultModel: model }, data: { resultModel: null } }),
      );
    },
    async promoted(id, model) {
      const event: NewEvent = {
        id: newId('evt'),
        type: 'message',
        message: `Promoted: hosted as ${model}.`,
        data: { model },
      };
      await retry(() =>
        prisma.$transaction(async (tx) => {
          await tx.$executeRaw`UPDATE jobs SET result_model = ${model} WHERE id = ${id}`;
          await appendEvents(tx, id, [event]);
        }),
      );
    },
  };
}

export function createJobWork(database: Database, queue: JobQueue): JobWork {
  const { prisma } = database;
  const retry = <T>(operation: () => Promise<T>) => database.retry(operation, WORKER_PATIENCE);
  const inTransaction = <T>(change: (tx: Transaction) => Promise<T>) =>
    retry(() => prisma.$transaction(change, { timeout: 30_000 }));

  async function requeue(tx: Transaction, id: string, messageId: string, events: NewEvent[]): Promise<void> {
    await appendEvents(tx, id, events);
    await queue.send(tx, { id: messageId, jobId: id, again: true }, await needsOfJob(tx, id));
  }

  /** After a failure that was counted: the end, or another try. */
  async function settleFailure(
    tx: Transaction,
    job: Row,
    messageId: string,
    failure: Failure,
  ): Promise<void> {
    const { code, final } = failure;
    // It may quote what stands in a file.
    const message = storable(failure.message);
    const data = { code, failures: job.failures };
    if (final || job.failures >= MOST_FAILURES) {
      await tx.$executeRaw`
        UPDATE jobs SET status = 'failed', finished_at = now(), holder = NULL, error_code = ${code},
          error_message = ${message}
        WHERE id = ${job.id}`;
      await appendEvents(tx, job.id, [status('failed', message, 'error', data)]);
      return;
    }
    await tx.$executeRaw`
      UPDATE jobs SET status = 'queued', holder = NULL, message_id = ${messageId}::uuid
      WHERE id = ${job.id}`;
    const again = `${message} Tried again from the last checkpoint (failure ${job.failures} of ${MOST_FAILURES}).`;
    await requeue(tx, job.id, messageId, [status('queued', again, 'warn', data)]);
  }

  const lost: Failure = { code: 'worker_lost', message: 'The worker of the job died.', final: false };

  return {
    async claim(message, holder, worker) {
      const claimed = await inTransaction(async (tx) => {
        const [row] = await tx.$queryRaw<Row[]>`
          SELECT id, status, failures, holder, message_id FROM jobs WHERE id = ${message.jobId} FOR UPDATE`;
        if (row === undefined) return false;
        if (row.holder === holder) return true;
        const ours = row.message_id === message.id;
        if (row.status === 'running' && ours) {
          // The worker that had this message is dead.
          row.failures++;
          await tx.$executeRaw`UPDATE jobs SET failures = ${row.failures} WHERE id = ${row.id}`;
          if (row.failures >= MOST_FAILURES) {
            await settleFailure(tx, row, message.id, lost);
            return false;
          }
          await appendEvents(tx, row.id, [
            status('running', `${lost.message} Another one goes on from the last checkpoint.`, 'warn', {
              code: lost.code,
              failures: row.failures,
            }),
          ]);
        } else if (row.status !== 'queued') {
          // Paused or cancelled, by a worker that died before it let go.
          if (ours) await tx.$executeRaw`UPDATE jobs SET holder = NULL WHERE id = ${row.id}`;
          return false;
        } else if (!ours) return false;
        else await appendEvents(tx, row.id, [status('running', 'A worker has taken the job.')]);
        await tx.$executeRaw`
          UPDATE jobs SET status = 'running', holder = ${holder}, worker = ${worker},
            started_at = COALESCE(started_at, now()), step_ms = NULL
          WHERE id = ${row.id}`;
        return true;
      });
      if (!claimed) return undefined;
      return retry(async () => {
        const job = await prisma.job.findUnique({ where: { id: message.jobId } });
        return job === null ? undefined : { job, recorded: await lastStep(prisma, job.id) };
      });
    },
    async look(id, holder) {
      const job = await prisma.job.findUnique({ where: { id }, select: { status: true, holder: true } });
      return job === null ? undefined : { status: job.status, ours: job.holder === holder };
    },
    record: (id, holder, { lines, step, stepMs, checkpointStep, events }) => {
      const named = events.map((event) => ({ id: newId('evt'), ...event }));
      return inTransaction(async (tx) => {
        // A new checkpoint: what failed before it is behind us.
        const held = await tx.$executeRaw`
          UPDATE jobs SET step = COALESCE(${step ?? null}::int, step),
            step_ms = COALESCE(${stepMs ?? null}::float8, step_ms),
            failures = CASE WHEN ${checkpointStep ?? 0}::int > checkpoint_step THEN 0 ELSE failures END,
            checkpoint_step = GREATEST(checkpoint_step, ${checkpointStep ?? 0}::int)
          WHERE id = ${id} AND holder = ${holder} AND status IN ('running', 'paused')`;
        if (held === 0) return false;
        await insertMetrics(tx, id, lines);
        await appendEvents(tx, id, named);
        return true;
      });
    },
    succeed: (id, holder, result, report) =>
      inTransaction(async (tx) => {
        const done = await tx.$executeRaw`
          UPDATE jobs SET status = 'succeeded', finished_at = now(), step = steps, holder = NULL,
            result = ${JSON.stringify(result)}::jsonb
          WHERE id = ${id} AND holder = ${holder} AND status = 'running'`;
        if (done > 0) await appendEvents(tx, id, [status('succeeded', 'Done.', 'info', { metrics: result })]);
        if (done > 0 && report) await insertEvaluation(tx, id, result, report);
        return done > 0;
      }),
    fail: (id, holder, failure) => {
      const messageId = randomUUID();
      return inTransaction(async (tx) => {
        const [row] = await tx.$queryRaw<Row[]>`
          UPDATE jobs SET failures = failures + 1
          WHERE id = ${id} AND holder = ${holder} AND status = 'running'
          RETURNING id, status, failures, holder, message_id`;
        if (row === undefined) return false;
        await settleFailure(tx, row, messageId, failure);
        return true;
      });
    },
    handBack: (id, holder, why = 'The worker stops: waiting for another one.') => {
      const messageId = randomUUID();
      return inTransaction(async (tx) => {
        const done = await tx.$executeRaw`
          UPDATE jobs SET status = 'queued', holder = NULL, message_id = ${messageId}::uuid
          WHERE id = ${id} AND holder = ${holder} AND status = 'running'`;
        if (done === 0) return false;
        await requeue(tx, id, messageId, [status('queued', why)]);
        return true;
      });
    },
    async letGo(id, holder) {
      await retry(() => prisma.job.updateMany({ where: { id, holder }, data: { holder: null } }));
    },
    async abandon(worker) {
      const held = await retry(() =>
        prisma.job.findMany({ where: { worker, holder: { not: null } }, select: { id: true, holder: true } }),
      );
      for (const { id, holder } of held) {
        if (!(await this.fail(id, holder!, lost))) await this.letGo(id, holder!);
      }
    },
    async abandonDead() {
      for (const worker of await takeDeadTrainingWorkers(database)) await this.abandon(worker);
    },
    async restored(why) {
      await retry(() => prisma.job.updateMany({ data: { holder: null, worker: null } }));
      const waiting = await retry(() =>
        prisma.job.findMany({
          where: { status: { in: ['queued', 'running'] } },
          orderBy: [{ queuedAt: 'asc' }, { id: 'asc' }],
          select: { id: true },
        }),
      );
      for (const { id } of waiting) {
        const messageId = randomUUID();
        await inTransaction(async (tx) => {
          await tx.job.update({ where: { id }, data: { status: 'queued', messageId } });
          await requeue(tx, id, messageId, [status('queued', `${why}: waiting for a worker.`)]);
        });
      }
      return waiting.length;
    },
  };
}

/** The newest waiting job is counted. Of those that a key submits at a time, one after the other is. */
async function refuseMoreThanQuota(tx: Transaction, keyId: string | null): Promise<void> {
  if (keyId === null) return;
  const [key] = await tx.$queryRaw<{ most: number | null }[]>`
    SELECT waiting_jobs AS most FROM api_keys WHERE id = ${keyId} AND waiting_jobs IS NOT NULL FOR UPDATE`;
  if (key?.most == null) return;
  if ((await tx.job.count({ where: { keyId, status: 'queued' } })) <= key.most) return;
  throw new CodedError('quota_exceeded', `This API key may have ${key.most} jobs waiting.`);
}

async function needsOfJob(tx: Transaction, id: string): Promise<Needs> {
  const job = await tx.job.findUnique({ where: { id }, select: { needs: true } });
  return readNeeds(job?.needs);
}

interface Row {
  id: string;
  status: JobStatus;
  failures: number;
  holder: string | null;
  message_id: string;
}

function status(
  name: JobStatus,
  message: string,
  level: NewEvent['level'] = 'info',
  data: Record<string, unknown> = {},
): NewEvent {
  return { type: 'status', level, message, data: { status: name, ...data } };
}
