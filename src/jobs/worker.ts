/**
 * A worker: takes jobs from the queue, one at a time, and runs each in a process of its own, because a computation
 * holds the event loop and a worker that does not answer is a dead one. This process stays small and awake: it
 * records what the training process says, and looks twice a second at what has become of the job meanwhile.
 */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LEAST_FREE } from '../disk-space.ts';
import { DEFAULT_ENGINE, type EngineChoice } from '../engines/choose.ts';
import type { Job } from '../generated/prisma/client.ts';
import { carrier } from '../tracing.ts';
import { JobRecorder } from './job-recorder.ts';
import { jobSpace } from './job-space.ts';
import { keepRun } from './kept-run.ts';
import type { Needs } from './needs.ts';
import { EVALUATE } from './plan-evaluation.ts';
import type { JobQueue, Message } from './queue.ts';
import { bringForJob, type SharedFiles } from './shared-files.ts';
import type { JobWork } from './train-jobs.ts';
import { NICENESS, startTrainingProcess, type TrainingProcess } from './training-process.ts';
import type { TrainingOrder } from './training-protocol.ts';

export interface WorkerOptions {
  id: string;
  work: JobWork;
  queue: JobQueue;
  dataDir: string;
  checkpointsDir: string;
  /** Left out: other workers see this DATA_DIR. */
  shared?: SharedFiles | undefined;
  /** No server works in this DATA_DIR. */
  ownDisk?: boolean;
  /** What computes; the default engine when left out. */
  engine?: EngineChoice;
  threads: number;
  /** What it has; left out: no labels, and all the memory that is needed. */
  offer?: Needs;
  /** Called when it takes a job up, and without one when it is done with it. */
  onJob?(id?: string): void;
  /** Niceness of the training process. */
  niceness?: number;
  /** Commit of the code, for the record. */
  commit: string;
  log: (level: 'info' | 'warn', message: string) => void;
  /** The training process's program; tests give their own. */
  trainingModule?: URL;
}

export interface JobWorker {
  /** Takes no more jobs; the running one is saved and queued again. */
  close(): Promise<void>;
}

const LOOK = 500;
/** After the store could not be reached. */
const STORE_LOOK = 5_000;
/** A message expires after a day: before that the job is handed back, and taken up again at once. */
const TURN = 20 * 3_600_000;

/** Where the output of a job's processes goes. */
export const jobLog = (dataDir: string, id: string) => join(dataDir, 'runs', `${id}.log`);

export async function startWorker(options: WorkerOptions): Promise<JobWorker> {
  const { work, queue, log, offer = { labels: [], memoryMb: Number.POSITIVE_INFINITY } } = options;
  const closing = new AbortController();
  let current: Promise<void> = Promise.resolve();
  await clearDisk(options);
  await work.abandonDead();

  await queue.work(offer, async (message) => {
    if (closing.signal.aborted) throw new Error('the worker stops');
    options.onJob?.(message.jobId);
    const job = runMessage(message, options, closing.signal).finally(() => options.onJob?.());
    current = job.catch(() => {});
    await job;
  });
  const has = [`${options.threads} threads`, ...offer.labels];
  log('info', `worker ${options.id} takes training jobs (${has.join(', ')})`);

  return {
    async close() {
      closing.abort();
      await current;
      await queue.close();
      await work.abandon(options.id);
    },
  };
}

async function runMessage(message: Message, options: WorkerOptions, closing: AbortSignal): Promise<void> {
  const { id: worker, work, log } = options;
  const holder = `${worker}/${randomUUID()}`;
  const claimed = await work.claim(message, holder, worker);
  if (claimed === undefined) return;
  const { job } = claimed;
  const space = jobSpace(job.id, holder, options, closing);
  if (!(await space.waitFor(LEAST_FREE))) {
    if (!(await work.handBack(job.id, holder))) await work.letGo(job.id, holder);
    return;
  }
  if (!(await bring(job, holder, options, closing))) return;
  log('info', `job ${job.id} (${job.kind}) starts at step ${job.checkpointStep} of ${job.steps}`);
  const recorder = new JobRecorder(work, job, holder, () => training.kill());
  const kept = keepRun(job.id, holder, options.shared?.runs, (error) =>
    log('warn', `job ${job.id} is not stored: ${error instanceof Error ? error.message : error}`),
  );
  const training = startTrainingProcess({
    order: orderOf(job, claimed.recorded, options),
    log: jobLog(options.dataDir, job.id),
    onMessage: (said) => {
      recorder.record(said);
      if (said.type === 'checkpoint' || said.type === 'saved') kept.changed();
    },
    ...(moduleOf(job, options) && { module: moduleOf(job, options)! }),
  });
  const watching = new AbortController();
  const watched = watch(
    job.id,
    holder,
    work,
    training,
    AbortSignal.any([closing, AbortSignal.timeout(TURN)]),
    watching.signal,
  );
  const outcome = await training.outcome;
  watching.abort();
  const handedBack = await watched;
  const recorded = await recorder.close();
  log('info', `job ${job.id}: ${outcome.type}${outcome.type === 'died' ? ` (${outcome.how})` : ''}`);
  await settle();
  await clearDisk(options);

  async function settle(): Promise<void> {
    const { id } = job;
    if (await change()) return;
    // Paused, cancelled, or taken over: nobody of us works in its folder any more.
    await work.letGo(id, holder);

    async function change(): Promise<boolean> {
      const needed = await space.lacking(outcome, recorded);
      if (needed !== undefined) {
        await kept.last(AbortSignal.abort());
        // Trying again would fail again, and is nobody's fault.
        const there = await space.waitFor(needed);
        return work.handBack(
          id,
          holder,
          there ? 'There is space on the disk again: waiting for a worker.' : undefined,
        );
      }
      switch (outcome.type) {
        case 'done':
          if (!(await kept.last(closing))) return work.handBack(id, holder);
          if (!recorded) {
            const message = 'Its metrics could not be recorded.';
            return work.fail(id, holder, { code: 'not_recorded', message, final: false });
          }
          return work.succeed(id, holder, outcome.metrics, outcome.report);
        case 'failed':
          await kept.last(AbortSignal.abort());
          return work.fail(id, holder, outcome);
        case 'interrupted':
          await kept.last(AbortSignal.abort());
          return work.handBack(id, holder);
        case 'died': {
          if (handedBack) return work.handBack(id, holder);
          const why = `The training process died (${outcome.how}).`;
          return work.fail(id, holder, { code: 'process_died', message: why, final: false });
        }
      }
    }
  }
}

/** On a disk that no server shows anything of, what is in the store only takes space. */
async function clearDisk({ id, shared, ownDisk, log }: WorkerOptions): Promise<void> {
  if (!ownDisk) return;
  await shared?.runs.clear(0).catch((error) => {
    log('warn', `worker ${id}: its disk was not cleared (${error instanceof Error ? error.message : error})`);
  });
}

/** What the job needs, from where it was left. @returns false when the store could not be reached: it is handed back */
async function bring(
  job: Job,
  holder: string,
  { shared, work, log }: WorkerOptions,
  closing: AbortSignal,
): Promise<boolean> {
  try {
    const components = Object.values(job.components as Record<string, { id: string }>);
    await bringForJob(shared, { dataset: job.dataset, references: components.map(({ id }) => id) });
    await shared?.runs.restore(job.id);
    return true;
  } catch (error) {
    const why = `The store cannot be read (${error instanceof Error ? error.message : error}): waiting for it.`;
    log('warn', `job ${job.id}: ${why}`);
    await sleep(STORE_LOOK, undefined, { signal: closing }).catch(() => {});
    await work.handBack(job.id, holder, why);
    return false;
  }
}

/**
 * Stops the training process when the job is not to run any more.
 * @param enough the worker stops, or has held the job for long enough
 * @returns whether it was stopped for that
 */
async function watch(
  id: string,
  holder: string,
  work: JobWork,
  training: TrainingProcess,
  enough: AbortSignal,
  over: AbortSignal,
): Promise<boolean> {
  let stopped = false;
  const either = AbortSignal.any([over, enough]);
  while (!over.aborted) {
    if (enough.aborted) {
      training.stop();
      return true;
    }
    // While Postgres is away nobody can have said anything.
    const seen = await work.look(id, holder).catch(() => ({ status: 'running', ours: true }) as const);
    if (seen?.status === 'paused' && seen.ours) {
      stopped = true;
      training.stop();
    } else if (seen === undefined || seen.status === 'cancelled' || !(seen.ours || stopped)) training.kill();
    await sleep(LOOK, undefined, { signal: either }).catch(() => {});
  }
  return false;
}

/** What to fork; undefined for the training process. */
function moduleOf({ kind }: Job, { trainingModule }: WorkerOptions): URL | undefined {
  return kind === EVALUATE ? new URL('./evaluation-child.ts', import.meta.url) : trainingModule;
}

function orderOf(job: Job, recorded: number, options: WorkerOptions): TrainingOrder {
  const components = job.components as Record<string, { id: string }>;
  const trace = carrier();
  return {
    ...(trace && { trace }),
    name: job.id,
    kind: job.kind,
    seed: Number(job.seed),
    dataset: job.dataset,
    hyperparameters: job.hyperparameters as Record<string, unknown>,
    components: Object.fromEntries(Object.entries(components).map(([role, { id }]) => [role, id])),
    command: job.command,
    commit: options.commit,
    dataDir: options.dataDir,
    checkpointsDir: options.checkpointsDir,
    engine: options.engine ?? DEFAULT_ENGINE,
    threads: options.threads,
    workerPid: process.pid,
    niceness: options.niceness ?? NICENESS,
    recorded,
  };
}
