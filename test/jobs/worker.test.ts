import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Records } from '../../src/database/open.ts';
import type { Job, JobStatus } from '../../src/generated/prisma/client.ts';
import { listEvents } from '../../src/jobs/job-events.ts';
import { readMetrics } from '../../src/jobs/job-metrics.ts';
import type { Needs } from '../../src/jobs/needs.ts';
import { type JobQueue, openQueue } from '../../src/jobs/queue.ts';
import { createJobWork, createTrainJobs, type TrainJobs } from '../../src/jobs/train-jobs.ts';
import { type JobWorker, jobLog, startWorker } from '../../src/jobs/worker.ts';
import { createTestRecords } from '../database/test-database.ts';

const EVERYBODY = { keyId: null, all: true };
let records: Records;
let sender: JobQueue;
let jobs: TrainJobs;
let dataDir: string;
let worker: JobWorker;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'jobs-'));
  records = await createTestRecords();
  sender = await openQueue(records.connection, 'sender', () => {});
  jobs = createTrainJobs(records.database, sender);
  worker = await start('wrk_1');
});
afterAll(async () => {
  await worker.close();
  await sender.close();
  await records.close();
  await rm(dataDir, { recursive: true, force: true });
});

async function start(id: string, offer?: Needs): Promise<JobWorker> {
  const queue = await openQueue(records.connection, 'worker', () => {});
  return startWorker({
    ...(offer && { offer }),
    id,
    queue,
    work: createJobWork(records.database, queue),
    dataDir,
    checkpointsDir: join(dataDir, 'none'),
    threads: 1,
    // On a busy machine a test would wait for ever.
    niceness: 0,
    commit: 'none',
    log: () => {},
    trainingModule: new URL('./tiny-training-child.ts', import.meta.url),
  });
}

const submit = (hyperparameters: Record<string, number> = {}, needs?: Needs): Promise<Job> => {
  const all = { steps: 20, slowness: 0, diverges_at: 0, dies_at: 0, throws_at: 0, ...hyperparameters };
  return jobs.create({
    kind: 'tiny',
    dataset: 'lattice-1style',
    seed: 0,
    components: {},
    hyperparameters: all,
    steps: all.steps,
    suffix: undefined,
    metadata: {},
    keyId: null,
    command: 'test',
    ...(needs && { needs }),
  });
};
const find = (id: string) => jobs.find(id, EVERYBODY);

async function until(id: string, holds: (job: Job) => boolean): Promise<Job> {
  for (;;) {
    const job = await find(id);
    if (holds(job)) return job;
    await sleep(50);
  }
}
const ends = (id: string, status: JobStatus) => until(id, (job) => job.status === status);
const freed = (id: string) => until(id, ({ holder }) => holder === null);
const curve = async (id: string) =>
  (await readMetrics(records.database.prisma, id, { name: 'loss', most: 1000 })).flatMap(
    ({ points }) => points,
  );
const events = async (id: string) => listEvents(records.database.prisma, id, undefined, 1000);
const byStep = (points: { step: number; value: number }[]) => [...points].sort((a, b) => a.step - b.step);
const STEPS = Array.from({ length: 20 }, (_, i) => i + 1);
let plain: { step: number; value: number }[];

describe('a worker', () => {
  it('runs a job to its end: metrics, events, result, log', async () => {
    const { id } = await submit();
    const job = await ends(id, 'succeeded');
    expect(job).toMatchObject({ step: 20, steps: 20, holder: null, failures: 0, checkpointStep: 20 });
    expect(job.result).toEqual({ weight: expect.any(Number) });
    plain = byStep(await curve(id));
    expect(plain.map(({ step }) => step)).toEqual(STEPS);
    const seen = await events(id);
    expect(seen.map(({ seq }) => seq)).toEqual(seen.map((_, i) => i + 1));
    expect(
      seen.filter(({ type }) => type === 'status').map(({ data }) => (data as { status: string }).status),
    ).toEqual(['queued', 'running', 'succeeded']);
    expect(seen.filter(({ type }) => type === 'validation')).toHaveLength(4);
    expect(await readFile(jobLog(dataDir, id), 'utf8')).toContain('validation at step 20');
    expect(readdirSync(join(dataDir, 'runs', id, 'result'))).toContain('manifest.json');
    // What the file says is what the database says.
    const lines = readFileSync(join(dataDir, 'runs', id, 'metrics.jsonl'), 'utf8')
      .trim()
      .split('\n');
    const losses = lines.map((line) => JSON.parse(line)).filter(({ split }) => split === undefined);
    expect(byStep(losses.map(({ step, loss }) => ({ step, value: loss })))).toEqual(plain);
  });

  it('pauses long before its end, and resumes on the same curve', async () => {
    // Five seconds are left when it is asked to; on a quiet machine it pauses within one.
    const { id } = await submit({ slowness: 300 });
    await until(id, ({ step }) => step >= 3);
    expect((await jobs.pause(id, EVERYBODY)).status).toBe('paused');
    await freed(id);
    const { step } = await find(id);
    expect(step).toBeLessThan(20);
    await sleep(300);
    expect(await find(id)).toMatchObject({ status: 'paused', step });
    expect((await jobs.resume(id, EVERYBODY)).status).toBe('queued');
    expect(await ends(id, 'succeeded')).toMatchObject({ failures: 0 });
    expect(byStep(await curve(id))).toEqual(plain);
  });

  it('leaves a job alone whose needs it lacks; who has them takes it, after a pause too', async () => {
    const needs = { labels: ['gpu'], memoryMb: 2000 };
    const { id } = await submit({}, needs);
    const { id: paused } = await submit({}, needs);
    await jobs.pause(paused, EVERYBODY);
    await jobs.resume(paused, EVERYBODY);
    const { id: plain } = await submit();
    await ends(plain, 'succeeded');
    expect((await find(id)).status).toBe('queued');
    const small = await start('wrk_small', { labels: ['gpu'], memoryMb: 1000 });
    await sleep(1_500);
    expect((await find(id)).status).toBe('queued');
    await small.close();
    const able = await start('wrk_able', { labels: ['cuda', 'gpu'], memoryMb: 2048 });
    expect(await ends(id, 'succeeded')).toMatchObject({ worker: 'wrk_able' });
    expect(await ends(paused, 'succeeded')).toMatchObject({ worker: 'wrk_able' });
    await able.close();
  });

  it('cancels long before its end', async () => {
    const { id } = await submit({ slowness: 500 });
    await until(id, ({ holder }) => holder !== null);
    expect((await jobs.cancel(id, EVERYBODY)).status).toBe('cancelled');
    await freed(id);
    const job = await find(id);
    expect(job).toMatchObject({ status: 'cancelled', finishedAt: expect.any(Date) });
    expect(job.step).toBeLessThan(20);
  });

  it('fails a job at once that would fail again', async () => {
    const { id } = await submit({ diverges_at: 7 });
    expect(await ends(id, 'failed')).toMatchObject({
      errorCode: 'diverged',
      errorMessage: 'it diverged',
      failures: 1,
      checkpointStep: 5,
    });
  });

  it('fails a job whose code throws at the third time, and keeps its log', async () => {
    const { id } = await submit({ throws_at: 7 });
    expect(await ends(id, 'failed')).toMatchObject({ errorCode: 'training_failed', failures: 3 });
    expect((await readFile(jobLog(dataDir, id), 'utf8')).match(/a fault of the code/g)).toHaveLength(3);
    // The steps before the call that threw, each once.
    const done = byStep(await curve(id));
    expect(done.length).toBeGreaterThanOrEqual(5);
    expect(done).toEqual(plain.slice(0, done.length));
  });

  it('fails a job whose process dies at the third time', async () => {
    const { id } = await submit({ dies_at: 3 });
    const job = await ends(id, 'failed');
    expect(job).toMatchObject({ errorCode: 'process_died', failures: 3 });
    expect(job.errorMessage).toContain('SIGKILL');
  });

  it('goes on with a job whose machine is gone and left its lock behind', async () => {
    const { id } = await submit({ slowness: 100 });
    await until(id, ({ step }) => step >= 3);
    await worker.close();
    await writeFile(join(dataDir, 'runs', id, 'lock'), '21 machine-b\n');
    worker = await start('wrk_3');
    expect(await ends(id, 'succeeded')).toMatchObject({ worker: 'wrk_3', failures: 0 });
    expect(byStep(await curve(id))).toEqual(plain);
  });

  it('hands its job to another one when it is told to stop', async () => {
    const { id } = await submit({ slowness: 100 });
    await until(id, ({ step }) => step >= 3);
    await worker.close();
    const waiting = await find(id);
    expect(waiting).toMatchObject({ status: 'queued', holder: null, failures: 0 });
    worker = await start('wrk_2');
    expect(await ends(id, 'succeeded')).toMatchObject({ worker: 'wrk_2' });
    expect(byStep(await curve(id))).toEqual(plain);
  });
});
