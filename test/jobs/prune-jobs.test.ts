import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Records } from '../../src/database/open.ts';
import type { JobStatus } from '../../src/generated/prisma/client.ts';
import { appendEvents } from '../../src/jobs/job-events.ts';
import { insertMetrics, lastStep } from '../../src/jobs/job-metrics.ts';
import { pruneJobs } from '../../src/jobs/prune-jobs.ts';
import { type JobQueue, openQueue } from '../../src/jobs/queue.ts';
import { openSharedFiles, type SharedFiles } from '../../src/jobs/shared-files.ts';
import { createTrainJobs } from '../../src/jobs/train-jobs.ts';
import { createTestRecords } from '../database/test-database.ts';
import { newFolderStore } from '../store/stores.ts';

const DAY = 24 * 3_600_000;
const STATES = ['resume-00000030', 'step-00000010', 'step-00000020'];
let records: Records;
let queue: JobQueue;
let dataDir: string;
let shared: SharedFiles;

beforeAll(async () => {
  records = await createTestRecords();
  queue = await openQueue(records.connection, 'sender', () => {});
});
afterAll(async () => {
  await queue.close();
  await records.close();
});
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'prune-'));
  shared = await openSharedFiles(
    ...([await newFolderStore(dataDir), { dataDir, cacheBytes: 1e9 }, records.database, () => {}] as const),
  );
  return () => rm(dataDir, { recursive: true });
});

/** With three saved states of 1,000 bytes. */
async function job(status: JobStatus, age: number): Promise<string> {
  const { id } = await createTrainJobs(records.database, queue).create({
    ...{ kind: 'tiny', dataset: 'scenes', seed: 1, components: {}, hyperparameters: {}, steps: 30 },
    ...{ suffix: undefined, metadata: {}, keyId: null, command: 'test' },
  });
  const finishedAt = new Date(Date.now() - age * DAY);
  await records.database.prisma.job.update({ where: { id }, data: { status, finishedAt } });
  const folder = join(dataDir, 'runs', id);
  for (const state of STATES) {
    await mkdir(join(folder, 'checkpoints', state), { recursive: true });
    await writeFile(join(folder, 'checkpoints', state, 'state.safetensors'), `${state}${id}`.padEnd(1_000));
  }
  await writeFile(join(folder, 'run.json'), '{}');
  return id;
}
const statesOf = async (id: string) => (await readdir(join(dataDir, 'runs', id, 'checkpoints'))).sort();
const prune = (limits: { days?: number; stateBytes?: number } = {}) =>
  pruneJobs(records.database, { days: 30, stateBytes: 1e9, ...limits, dataDir, runs: shared.runs });

it('leaves of saved states the newest where there is no result, and none where there is one', async () => {
  const [done, failed] = [await job('succeeded', 31), await job('failed', 31)];
  const [young, waiting] = [await job('succeeded', 29), await job('queued', 31)];
  await shared.runs.save(failed);
  expect(await prune()).toBe(2);
  expect([await statesOf(done), await statesOf(failed)]).toEqual([[], ['resume-00000030']]);
  expect([await statesOf(young), await statesOf(waiting)]).toEqual([STATES, STATES]);
  const { files } = (await shared.runs.get(failed))!;
  expect(files.map(({ path }) => path)).toEqual([
    'checkpoints/resume-00000030/state.safetensors',
    'run.json',
  ]);
  expect(await prune()).toBe(0);
});

it('keeps no more than so many bytes of them, the newest', async () => {
  const ids = [await job('cancelled', 3), await job('cancelled', 2), await job('cancelled', 1)];
  await prune({ stateBytes: 6_000 });
  expect(await Promise.all(ids.map(statesOf))).toEqual([['resume-00000030'], STATES, STATES]);
});

it('thins curves, and leaves their last points, validations and what happened', async () => {
  const id = await job('succeeded', 31);
  const { prisma } = records.database;
  await prisma.$transaction(async (tx) => {
    const steps = Array.from({ length: 2_500 }, (_, i) => ({ step: i + 1, split: 'train', loss: i }));
    const validations = steps.map(({ step }) => ({ step, split: 'validation', loss: 1 }));
    await insertMetrics(tx, id, [...steps, ...validations] as Parameters<typeof insertMetrics>[2]);
    const types = ['progress', 'validation', 'progress', 'checkpoint'] as const;
    await appendEvents(
      tx,
      id,
      types.map((type) => ({ type, message: type })),
    );
  });
  await prune();
  const count = (split: string) => prisma.jobMetric.count({ where: { jobId: id, split } });
  expect([await count('train'), await count('validation')]).toEqual([834, 2_500]);
  expect(await lastStep(prisma, id)).toBe(2_500);
  const events = await prisma.jobEvent.findMany({ where: { jobId: id }, orderBy: { seq: 'asc' } });
  expect(events.map(({ type }) => type)).toEqual(['status', 'validation', 'checkpoint']);
});
