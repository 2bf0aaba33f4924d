/** An evaluation as a job: asked for over HTTP, done by a worker, found by model, data set and metric. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildApp } from '../../src/app.ts';
import type { ModelStatus } from '../../src/inference/host.ts';
import { metricsOf } from '../../src/jobs/evaluations.ts';
import { evaluationArgs } from '../../src/jobs/plan-evaluation.ts';
import { type JobQueue, openQueue } from '../../src/jobs/queue.ts';
import { createJobWork, createTrainJobs } from '../../src/jobs/train-jobs.ts';
import { type JobWorker, startWorker } from '../../src/jobs/worker.ts';
import { KINDS } from '../../src/training/kinds.ts';
import { createZoo } from '../../src/zoo/discovery.ts';
import { writePaintingZoo } from '../commands/painting-zoo.ts';
import { createTestRecords } from '../database/test-database.ts';
import { createFakeHost } from './fake-host.ts';

let dataDir: string;
let records: Awaited<ReturnType<typeof createTestRecords>>;
let queues: JobQueue[];
let worker: JobWorker;
let app: FastifyInstance;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'evaluations-'));
  await writePaintingZoo(join(dataDir, 'checkpoints'));
  records = await createTestRecords();
  queues = [
    await openQueue(records.connection, 'sender', () => {}),
    await openQueue(records.connection, 'worker', () => {}),
  ];
  const checkpointsDir = join(dataDir, 'none');
  worker = await startWorker({
    ...{ id: 'wrk_1', queue: queues[1]!, work: createJobWork(records.database, queues[1]!) },
    ...{ dataDir, checkpointsDir, threads: 1, niceness: 0, commit: 'none', log: () => {} },
    offer: { labels: ['cpu'], memoryMb: 4096 },
  });
  const host = createFakeHost();
  const { entries } = await createZoo([join(dataDir, 'checkpoints')]).scan();
  const models = entries.map(
    ({ id, manifest, revision }): ModelStatus => ({
      ...{ id, manifest, revision, state: 'available', tasks: manifest.tasks },
      architecture: manifest.architecture,
    }),
  );
  // Deleted since it was listed.
  models.push({ ...models.find(({ id }) => id === 'model')!, id: 'gone' });
  models.push({ ...models.find(({ id }) => id === 'model')!, id: 'tuned', head: 'vqa' });
  host.models = () => models;
  const jobs = createTrainJobs(records.database, queues[0]!);
  app = await buildApp({ records, host, training: { jobs, kinds: KINDS, dataDir, checkpointsDir } });
}, 120_000);
afterAll(async () => {
  await app.close();
  await worker.close();
  await queues[0]!.close();
  await records.close();
  await rm(dataDir, { recursive: true, force: true });
});

const post = async (payload: object) => {
  const { statusCode, json } = await app.inject({ method: 'POST', url: '/v1/evaluations', payload });
  return { status: statusCode, body: json() };
};
const get = async (url: string) => (await app.inject(url)).json();

async function ended(id: string) {
  for (;;) {
    const job = await get(`/v1/train-jobs/${id}`);
    if (['succeeded', 'failed', 'cancelled'].includes(job.status)) return job;
    await sleep(100);
  }
}

describe('an evaluation', () => {
  it('is a job, and what it measured is found', async () => {
    const { status, body } = await post({ task: 'caption', model: 'model', count: 3, seed: 2 });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      kind: 'evaluate',
      dataset: 'lattice-1style',
      hyperparameters: { task: 'caption' },
    });
    const job = await ended(body.id);
    expect([job.status, job.error]).toEqual(['succeeded', null]);
    const { data } = await get('/v1/evaluations?model=model&dataset=lattice-1style&task=caption');
    expect(data).toMatchObject([{ task: 'caption', model: 'model', job: body.id, report: { seed: 2 } }]);
    expect(data[0].report.command).toContain('npm run evaluate -- caption --model model --seed 2 --scenes 3');
    expect(data[0].revision).toBe(data[0].report.checkpoints.model.revision);
    const [metric] = Object.keys(data[0].metrics);
    expect(data[0].metrics[metric!]).toEqual(expect.any(Number));
    expect((await get(`/v1/evaluations?metric=${encodeURIComponent(metric!)}`)).data).toHaveLength(1);
    expect((await get('/v1/evaluations?metric=none')).data).toEqual([]);
    expect((await get('/v1/evaluations?model=other')).data).toEqual([]);
    expect(await get('/v1/models/model')).toMatchObject({
      evaluations: [{ task: 'caption', dataset: 'lattice-1style', metrics: data[0].metrics }],
    });
    const promoted = await app.inject({ method: 'POST', url: `/v1/train-jobs/${body.id}/promote` });
    expect(promoted.json().error).toMatchObject({ code: 'job_state', message: /it made no model/ });
    // It tunes nothing.
    expect((await get('/v1/fine_tuning/jobs')).data).toEqual([]);
    expect((await get(`/v1/fine_tuning/jobs/${body.id}`)).error.code).toBe('job_not_found');
  }, 180_000);

  it('waits for a worker that has what it needs', async () => {
    const needs = { labels: ['gpu'], memory_mb: 8000 };
    const { status, body } = await post({ task: 'caption', model: 'model', count: 3, needs });
    expect([status, body.status, body.needs]).toEqual([201, 'queued', needs]);
    const few = { task: 'caption', model: 'model', count: 3, needs: { labels: ['cpu'] } };
    const { body: able } = await post(few);
    expect(able.needs).toEqual({ labels: ['cpu'], memory_mb: 0 });
    expect((await ended(able.id)).status).toBe('succeeded');
    // It passed the one that was there before it.
    expect(await get(`/v1/train-jobs/${body.id}`)).toMatchObject({
      status: 'queued',
      waiting_for: expect.stringMatching(/^a worker with the label gpu and 8000 MB of memory/),
    });
    await app.inject({ method: 'POST', url: `/v1/train-jobs/${body.id}/cancel` });
    expect((await ended(body.id)).status).toBe('cancelled');
  }, 180_000);

  it('that cannot be done says why, at once', async () => {
    const { body } = await post({ task: 'caption', model: 'gone' });
    const { status, error } = await ended(body.id);
    expect([status, error.code]).toEqual(['failed', 'evaluation_failed']);
    expect(error.message).toMatch(/gone/);
    expect((await get('/v1/evaluations?model=gone')).data).toEqual([]);
  }, 180_000);

  it.each([
    [{ task: 'caption', model: 'nothing' }, 404, '/model'],
    [{ task: 'caption', model: 'model', dataset: 'nothing' }, 422, '/dataset'],
    [{ task: 'caption', model: 'model', judge: 'judge' }, 422, '/judge'],
    [{ task: 'vqa', model: 'model', samplers: 'parallel' }, 422, '/samplers'],
    [{ task: 'vqa', model: 'model' }, 422, '/model'],
    [{ task: 'paint', model: 'generator' }, 422, '/model'],
    [{ task: 'match', model: 'model' }, 422, '/dataset'],
    [{ task: 'paint', model: 'model', samplers: 'mask-predict-4,parallel-9' }, 422, '/samplers'],
    [{ task: 'paint', model: 'model', samplers: 'dance' }, 422, '/samplers'],
    [{ task: 'images', model: 'model', samplers: 'parallel,parallel' }, 422, '/samplers'],
    [{ task: 'images', model: 'model', judge: 'generator' }, 404, '/judge'],
    [{ task: 'images', model: 'model', judge: 'tuned' }, 422, '/judge'],
    [{ task: 'paint', model: 'model', samplers: '; rm' }, 400, '/samplers'],
    [{ task: 'dance', model: 'model' }, 400, '/task'],
    [{ task: 'caption', model: 'model', count: 1 }, 400, '/count'],
    [{ task: 'caption', model: 'model', needs: { labels: ['GPU!'] } }, 400, '/needs/labels'],
    [{ task: 'caption', model: 'model', needs: { memory_mb: -1 } }, 400, '/needs/memory_mb'],
    [{ task: 'caption', model: 'model', needs: { cores: 2 } }, 400, '/needs/cores'],
  ])('%j is refused', async (body, status, param) => {
    expect(await post(body)).toMatchObject({ status, body: { error: { param } } });
  });
});

it('the command of an evaluation has the flags of its task', () => {
  expect(evaluationArgs({ task: 'images', count: 5, dataset: 'mine', samplers: 'parallel' }, 'm', 1)).toEqual(
    ['images', '--model', 'm', '--seed', '1', '--count', '5', '--captions', 'mine', '--sampler', 'parallel'],
  );
  // The questions of a folder are written down: the command takes no seed for them.
  expect(evaluationArgs({ task: 'vqa', dataset: 'mine' }, 'm', 0)).not.toContain('--seed');
});

it('numbers of a report are named by column and measure', () => {
  expect(
    metricsOf({ seed: 1, metrics: { fid: 2 }, columns: { model: { all: 0.5, by_type: { a: 1, b: null } } } }),
  ).toEqual({ fid: 2, 'model/all': 0.5, 'model/by_type/a': 1 });
});
