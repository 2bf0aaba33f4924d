/**
 * The way of command-line.test.ts over HTTP. Importing, converting and files of predictions have no route: those files
 * lie on the server's disk, and its command line makes them. All between is asked of a server, whose jobs run as they
 * do behind any: each in a process of its own.
 */
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildApp } from '../../src/app.ts';
import type { Records } from '../../src/database/open.ts';
import { openFeatureFile } from '../../src/datasets/feature-files.ts';
import type { InferenceHost } from '../../src/inference/host.ts';
import { createInferenceHost } from '../../src/inference/host-process.ts';
import { type JobQueue, openQueue } from '../../src/jobs/queue.ts';
import { createJobWork, createTrainJobs } from '../../src/jobs/train-jobs.ts';
import { type JobWorker, jobLog, startWorker } from '../../src/jobs/worker.ts';
import { KINDS } from '../../src/training/kinds.ts';
import { createTestRecords } from '../database/test-database.ts';
import {
  ANSWERS,
  ASKED,
  convertPublishedFiles,
  fixture,
  importDetector,
  options,
  PICTURES,
  pictureFile,
  predictedIds,
  smallModelOptions,
  typed,
  writePublishedFiles,
} from './published-files.ts';

let root: string;
let data: string;
let records: Records;
let host: InferenceHost;
let queues: JobQueue[];
let workers: JobWorker[];
let app: FastifyInstance;
let url: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'authors-files-http-'));
  await chmod(root, 0o755);
  data = join(root, 'data');
  const folders = options({ 'data-dir': data, 'checkpoints-dir': join(root, 'none') });
  await writePublishedFiles(root);
  for (const dataset of ['pictures', 'extracted']) await convertPublishedFiles(root, data, dataset);
  await importDetector(root, data);
  const parts = options({
    generator: fixture('generator-tiny/G_60.pth'),
    centroids: fixture('x-lxmert-tiny/centroids.npy'),
    'grid-encoder': 'detector/published',
  });
  const model = [...(await smallModelOptions(root)), ...parts, ...folders];
  for (const [name, file] of [
    ['x-lxmert', 'x-lxmert-tiny/Epoch20_LXRT.pth'],
    ['uniter', 'uniter-tiny/uniter-tiny.pt'],
  ] as const)
    await typed('import', [...options({ from: fixture(file), as: `${name}/published` }), ...model]);

  records = await createTestRecords();
  const checkpoints = join(data, 'checkpoints');
  const checkpointsDir = join(root, 'none');
  host = await createInferenceHost({
    ...{ checkpoints: [checkpoints], ownCheckpoints: checkpoints, threads: 1, models: [] },
  });
  queues = await Promise.all(
    ['sender', 'worker', 'worker'].map((role) =>
      openQueue(records.connection, role as 'sender' | 'worker', () => {}),
    ),
  );
  const [sender, ...taking] = queues as [JobQueue, ...JobQueue[]];
  const jobs = createTrainJobs(records.database, sender);
  app = await buildApp({
    ...{ records, host, training: { jobs, kinds: KINDS, dataDir: data, checkpointsDir } },
    access: { keysNeeded: false, rateLimit: 100_000 },
  });
  url = await app.listen({ host: '127.0.0.1', port: 0 });
  // As those that a server starts, but for their priority: on a busy machine its jobs wait for all else.
  workers = await Promise.all(
    taking.map((queue, i) =>
      startWorker({
        ...{ id: `wrk_${i}`, queue, work: createJobWork(records.database, queue) },
        ...{ dataDir: data, checkpointsDir, threads: 1, niceness: 0, commit: 'none', log: () => {} },
      }),
    ),
  );
});
afterAll(async () => {
  for (const worker of workers ?? []) await worker.close();
  await app?.close();
  await host?.close(0);
  for (const queue of queues ?? []) await queue.close();
  await records?.close();
  await rm(root, { recursive: true, force: true });
});

// biome-ignore lint/suspicious/noExplicitAny: what answers look like is the contract's test to say.
async function call(path: string, body?: object): Promise<any> {
  const form = body instanceof FormData;
  const answer = await fetch(`${url}${path}`, {
    ...(body && { method: 'POST', body: form ? body : JSON.stringify(body) }),
    ...(body && !form && { headers: { 'content-type': 'application/json' } }),
  });
  const said = await answer.json();
  expect(answer.ok, `${path}: ${JSON.stringify(said)}`).toBe(true);
  return said;
}

/** A busy machine takes its time. */
const PATIENCE = 900_000;
const TINY = { steps: 2, batch_size: 2, checkpoint_every: 2 };

/** @returns the job's id, when it has succeeded */
async function trains(kind: string, dataset: string, given: object, hyperparameters = {}): Promise<string> {
  const { id } = await call('/v1/train-jobs', { kind, dataset, seed: 1, ...given, hyperparameters });
  for (;;) {
    const { status, error } = await call(`/v1/train-jobs/${id}`);
    if (status === 'succeeded') return id;
    if (status === 'failed')
      throw new Error(`${kind}: ${JSON.stringify(error)}\n${await readFile(jobLog(data, id), 'utf8')}`);
    await sleep(100);
  }
}

/** @returns what the model can be asked for */
async function promotes(job: string, model_id: string): Promise<string[]> {
  await call(`/v1/train-jobs/${job}/promote`, { model_id });
  return (await call(`/v1/models/${model_id}`)).tasks;
}

const jpeg = async (picture: string) =>
  new Blob([new Uint8Array(await readFile(pictureFile(root, picture)))]);

async function asks(model: string): Promise<string> {
  const form = new FormData();
  form.set('model', model);
  form.set('question', 'What colour is it?');
  form.set('image', await jpeg('COCO_val2014_000000000042'), 'photo.jpg');
  return (await call('/v1/vqa', form)).answer;
}

async function judges(model: string): Promise<boolean> {
  const form = new FormData();
  form.set('model', model);
  form.set('statement', 'One wall is red.');
  for (const side of ['img0', 'img1']) form.append('images', await jpeg(`dev-1-0-${side}`), `${side}.jpg`);
  return (await call('/v1/nlvr2', form)).label;
}

/** The features of the second data set, which its first user waits for. */
let extraction: Promise<string> | undefined;

it.each([
  // The tasks that are trained on features of files; the others look at the pictures.
  ['x-lxmert', ['gqa']],
  ['uniter', ['vqa', 'nlvr2']],
])(
  '%s is pre-trained on, fine-tuned, promoted, asked, and writes predictions',
  async (name, fromFeatures) => {
    extraction ??= trains('extract', 'extracted', { components: { grid_encoder: 'detector-published' } });
    const pretraining = trains('pretrain', 'pictures', { base_model: `${name}-published` }, TINY);
    const [further] = await Promise.all([pretraining, extraction]);
    expect(await promotes(further, `${name}-further`)).toEqual(['paint', 'caption']);
    const request = { model: `${name}-further`, prompt: 'a red wall', seed: 1 };
    expect((await call('/v1/generate-image', request)).images[0].codes).toHaveLength(64);
    await Promise.all(
      (['vqa', 'gqa', 'nlvr2'] as const).map(async (task) => {
        const dataset = fromFeatures.includes(task) ? 'extracted' : 'pictures';
        const model = `${name}-${task}`;
        const job = await trains(task, dataset, { base_model: further }, TINY);
        expect(await promotes(job, model)).toEqual([task === 'nlvr2' ? 'nlvr2' : 'vqa']);
        if (task === 'nlvr2') expect(await judges(model)).toBeTypeOf('boolean');
        else expect(ANSWERS).toContain(await asks(model));
      }),
    );
    for (const [task, asked] of Object.entries(ASKED)) {
      const output = join(root, `${name}-${task}`);
      const given = { model: `${name}-${task}`, dataset: 'pictures', output, 'data-dir': data };
      await typed('predict', [task, ...options({ ...given, 'checkpoints-dir': join(root, 'none') })]);
      expect(await predictedIds(output)).toEqual(asked);
    }
  },
  PATIENCE,
);

it('the features of every picture were extracted', async () => {
  const folder = join(data, 'datasets/extracted/features');
  const [name, ...more] = await readdir(folder);
  expect(more).toEqual([]);
  const file = await openFeatureFile(join(folder, name!));
  expect(file.imageIds.toSorted()).toEqual([...PICTURES].sort());
  expect(file.shape(PICTURES[0]!)).toEqual([8, 8, 40]);
  file.close();
});
