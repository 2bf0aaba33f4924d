/** Jobs whose batches are shared by processes: they end as others do, and leave none of their processes behind. */
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Records } from '../../src/database/open.ts';
import type { Job } from '../../src/generated/prisma/client.ts';
import { readMetrics } from '../../src/jobs/job-metrics.ts';
import { planJob } from '../../src/jobs/plan-job.ts';
import { type JobQueue, openQueue } from '../../src/jobs/queue.ts';
import { createJobWork, createTrainJobs, type TrainJobs } from '../../src/jobs/train-jobs.ts';
import { type JobWorker, jobLog, startWorker } from '../../src/jobs/worker.ts';
import { KINDS } from '../../src/training/kinds.ts';
import { createTestRecords } from '../database/test-database.ts';
import { TINY_MODEL } from '../runs/tiny-runs.ts';

const EVERYBODY = { keyId: null, all: true };
const STEPS = 50;
const checkpointsDir = fileURLToPath(new URL('../../checkpoints', import.meta.url));
let records: Records;
let queue: JobQueue;
let jobs: TrainJobs;
let dataDir: string;
let worker: JobWorker;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'jobs-'));
  records = await createTestRecords();
  queue = await openQueue(records.connection, 'sender', () => {});
  jobs = createTrainJobs(records.database, queue);
  const own = await openQueue(records.connection, 'worker', () => {});
  const work = createJobWork(records.database, own);
  worker = await startWorker({
    ...{ id: 'wrk_1', queue: own, work, dataDir, checkpointsDir, threads: 2, niceness: 0, commit: 'none' },
    log: () => {},
  });
});
afterAll(async () => {
  await worker.close();
  await queue.close();
  await records.close();
  await rm(dataDir, { recursive: true, force: true });
});

const plan = (hyperparameters: Record<string, number>) =>
  planJob(
    {
      ...{ kind: 'pretrain', dataset: 'lattice-1style', seed: 1 },
      hyperparameters: {
        ...{ steps: STEPS, batch_size: 4, checkpoint_every: STEPS, learning_rate: 1e-3, ...TINY_MODEL },
        ...hyperparameters,
      },
    },
    ...([KINDS, { dataDir, checkpointsDir }, null, async () => true] as const),
  );

async function until(id: string, holds: (job: Job) => boolean): Promise<Job> {
  for (;;) {
    const job = await jobs.find(id, EVERYBODY);
    if (holds(job)) return job;
    if (job.status === 'failed') throw new Error(readFileSync(jobLog(dataDir, id), 'utf8'));
    await sleep(50);
  }
}
const ends = (id: string) => until(id, ({ status }) => status === 'succeeded');
const freed = (id: string) => until(id, ({ holder }) => holder === null);
const losses = async (id: string) =>
  (await readMetrics(records.database.prisma, id, { name: 'loss', most: 1000 }))
    .flatMap(({ points }) => points)
    .sort((a, b) => a.step - b.step);

const linesOf = (id: string) => join(dataDir, 'runs', id, 'metrics.jsonl');

const onLinux = process.platform === 'linux';
/** The further processes of all jobs of this test's worker: its children's children. */
function others(): number[] {
  const parentOf = (pid: number) =>
    Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
        return command.includes('peer-child') && parentOf(parentOf(pid)) === process.pid;
      } catch {
        return false;
      }
    });
}

it.skipIf(!onLinux)(
  'they survive a process, are paused, resumed and cancelled as others are',
  async () => {
    const plain = await jobs.create(await plan({ processes: 2 }));
    const disturbed = await jobs.create(await plan({ processes: 2 }));
    await ends(plain.id);
    const whole = await losses(plain.id);
    expect(whole).toHaveLength(STEPS);

    // The file, not the database, which hears of steps a moment later.
    while (!(await readFile(linesOf(disturbed.id), 'utf8').catch(() => '')).includes('"step":2,'))
      await sleep(20);
    const [other, ...more] = others();
    expect(more).toEqual([]);
    process.kill(other!, 'SIGKILL');
    await until(
      disturbed.id,
      ({ failures, holder }) => failures === 1 && holder !== null && others().length === 1,
    );
    await jobs.pause(disturbed.id, EVERYBODY);
    await freed(disturbed.id);
    expect(others()).toEqual([]);
    await jobs.resume(disturbed.id, EVERYBODY);
    await ends(disturbed.id);
    expect(await losses(disturbed.id)).toEqual(whole);
    expect(readFileSync(jobLog(dataDir, disturbed.id), 'utf8')).toContain(
      'process 1 of the training ended with SIGKILL',
    );

    const cancelled = await jobs.create(await plan({ processes: 2, steps: 100_000 }));
    await until(cancelled.id, ({ step }) => step >= 2);
    expect(others()).toHaveLength(1);
    await jobs.cancel(cancelled.id, EVERYBODY);
    await freed(cancelled.id);
    while (others().length > 0) await sleep(50);
  },
  600_000,
);

it('they are refused where the batch does not share out', async () => {
  await expect(plan({ processes: 3 })).rejects.toMatchObject({
    code: 'impossible_request',
    param: '/hyperparameters/processes',
  });
});
