/** Two machines with disks of their own, one database, one store. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { buildApp } from '../../src/app.ts';
import { openRecordsOn, type Records } from '../../src/database/open.ts';
import { createInferenceHost } from '../../src/inference/host-process.ts';
import { NO_NEEDS } from '../../src/jobs/needs.ts';
import { type JobQueue, openQueue } from '../../src/jobs/queue.ts';
import { openSharedFiles, type SharedFiles } from '../../src/jobs/shared-files.ts';
import { createJobWork, createTrainJobs, type TrainJobs } from '../../src/jobs/train-jobs.ts';
import { type JobWorker, startWorker } from '../../src/jobs/worker.ts';
import { type SharedHost, shareHost } from '../../src/replicas/shared-host.ts';
import { createTestDatabase, type TestDatabase } from '../database/test-database.ts';
import { NO_S3, newFolderStore, type S3Server, startS3 } from '../store/stores.ts';
import { tiny } from './tiny-kind.ts';

interface Machine {
  dataDir: string;
  records: Records;
  shared: SharedFiles;
  host: SharedHost;
  jobs: TrainJobs;
  app: FastifyInstance;
  queues: JobQueue[];
}

let database: TestDatabase;
let s3: S3Server | undefined;
let scratch: string;
let a: Machine;
let b: Machine;

async function machine(store: string): Promise<Machine> {
  const dataDir = await mkdtemp(join(tmpdir(), 'machine-'));
  const records = await openRecordsOn(database.connection, () => {});
  const shared = await openSharedFiles(store, { dataDir, cacheBytes: 2 ** 30 }, records.database, () => {});
  const own = join(dataDir, 'checkpoints');
  const inner = await createInferenceHost({
    checkpoints: [own],
    ownCheckpoints: own,
    threads: 1,
    models: [],
    childModule: new URL('../inference/fake-child.ts', import.meta.url),
  });
  const host = await shareHost(inner, { ...records, checkpoints: shared.checkpoints, log: () => {} });
  const queue = await openQueue(records.connection, 'sender', () => {});
  const jobs = createTrainJobs(records.database, queue);
  const training = { jobs, kinds: [tiny], dataDir, checkpointsDir: join(dataDir, 'none'), shared };
  const app = await buildApp({ records, host, training });
  return { dataDir, records, shared, host, jobs, app, queues: [queue] };
}

async function work({ dataDir, records, shared, queues }: Machine, id: string): Promise<JobWorker> {
  const queue = await openQueue(records.connection, 'worker', () => {});
  queues.push(queue);
  return startWorker({
    ...{ id, queue, dataDir, shared, ownDisk: true, threads: 1, niceness: 0, commit: 'none', log: () => {} },
    work: createJobWork(records.database, queue),
    checkpointsDir: join(dataDir, 'none'),
    trainingModule: new URL('./tiny-training-child.ts', import.meta.url),
  });
}

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'takeover-'));
  database = await createTestDatabase();
  if (NO_S3 === undefined) s3 = await startS3();
  const store = s3 === undefined ? await newFolderStore(scratch) : await s3.bucket();
  [a, b] = [await machine(store), await machine(store)];
});
afterAll(async () => {
  for (const { app, host, queues, records, dataDir } of [a, b].filter(Boolean)) {
    await app.close();
    await host.leave();
    await host.close(0);
    for (const queue of queues) await queue.close();
    await records.close();
    await rm(dataDir, { recursive: true, force: true });
  }
  await database.close();
  s3?.close();
  await rm(scratch, { recursive: true, force: true });
});

const read = async ({ app }: Machine, path: string) => (await app.inject(path)).json();
async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await sleep(50);
}

describe(`machines with disks of their own${s3 === undefined ? '' : ' and S3'}`, () => {
  let job: string;

  it('go on with each other’s jobs from the last saved state', async () => {
    const submitted = await a.app.inject({
      method: 'POST',
      url: '/v1/train-jobs',
      payload: { kind: 'tiny', dataset: 'scenes', seed: 0, hyperparameters: { steps: 40, slowness: 100 } },
    });
    job = submitted.json().id;
    const first = await work(a, 'wrk_a');
    await until(async () => ((await a.shared.runs.get(job))?.step ?? 0) > 0);
    await first.close();
    const stored = (await a.shared.runs.get(job))!.step;
    expect(existsSync(join(b.dataDir, 'runs', job))).toBe(false);

    const second = await work(b, 'wrk_b');
    await until(async () => (await read(b, `/v1/train-jobs/${job}`)).status === 'succeeded');
    await second.close();
    // What is in the store takes no space on the disk of whoever made it.
    for (const { dataDir } of [a, b]) expect(existsSync(join(dataDir, 'runs', job))).toBe(false);
    const { data } = await read(a, `/v1/train-jobs/${job}/metrics?name=loss`);
    const steps = data.flatMap(({ points }: { points: { step: number }[] }) =>
      points.map(({ step }) => step),
    );
    expect(steps.sort((x: number, y: number) => x - y)).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
    // What was done on A was not done again.
    expect(stored).toBeGreaterThan(0);
    expect(
      (await read(b, `/v1/train-jobs/${job}/events?limit=100`)).data
        .map((one: { message: string }) => one.message)
        .join('\n'),
    ).not.toContain('Step 1 of');
  });

  it('show what another one made', async () => {
    const list = await read(a, `/v1/train-jobs/${job}/checkpoints`);
    const result = list.data.at(-1);
    expect(result).toMatchObject({ kind: 'result', step: 40 });
    const { url, bytes } = result.files.find(({ name }: { name: string }) => name === 'model.safetensors');
    const download = await a.app.inject(url);
    expect(download.rawPayload).toHaveLength(bytes);
    expect((await a.app.inject(`/v1/train-jobs/${job}/log`)).body).toContain('validation at step 40');
  });

  it('host what was promoted on one of them, until it is deleted on one of them', async () => {
    const promoted = await a.app.inject({
      method: 'POST',
      url: `/v1/train-jobs/${job}/promote`,
      payload: { model_id: 'shared' },
    });
    expect(promoted.json()).toMatchObject({ id: 'shared' });
    const wait = { timeout: 30_000, interval: 20 };
    const ids = ({ host }: Machine) => host.models().map(({ id }) => id);
    await vi.waitFor(() => expect(ids(b)).toContain('shared'), wait);
    expect((await read(b, '/v1/models/shared')).revision).toBe(promoted.json().revision);

    expect((await b.app.inject({ method: 'DELETE', url: '/v1/models/shared' })).statusCode).toBe(204);
    await vi.waitFor(() => expect(ids(a)).not.toContain('shared'), wait);
    await a.app.inject('/v1/models');
    expect(ids(b)).not.toContain('shared');
  });

  it('do not put a job that one hands back behind those that came later', async () => {
    const submit = async () => {
      const payload = { kind: 'tiny', dataset: 'scenes', hyperparameters: { steps: 1 } };
      return (await a.app.inject({ method: 'POST', url: '/v1/train-jobs', payload })).json().id as string;
    };
    const [first, later] = [await submit(), await submit()];
    const queue = await openQueue(b.records.connection, 'worker', () => {});
    const work = createJobWork(b.records.database, queue);
    const taken: string[] = [];
    await queue.work(NO_NEEDS, async (message) => {
      taken.push(message.jobId);
      await work.claim(message, `holder ${taken.length}`, 'wrk_c');
      if (taken.length === 1) await work.handBack(message.jobId, 'holder 1');
      else await work.succeed(message.jobId, `holder ${taken.length}`, {});
    });
    await until(async () => (await read(a, `/v1/train-jobs/${later}`)).status === 'succeeded');
    await queue.close();
    expect(taken).toEqual([first, first, later]);
  });

  it('keep nothing of a job that is deleted', async () => {
    expect((await a.app.inject({ method: 'DELETE', url: `/v1/train-jobs/${job}` })).statusCode).toBe(204);
    expect(await b.shared.runs.get(job)).toBeUndefined();
  });
});
