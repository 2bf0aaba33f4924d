import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildApp } from '../../src/app.ts';
import type { Records } from '../../src/database/open.ts';
import { announceWorker } from '../../src/database/workers.ts';
import { type JobQueue, openQueue } from '../../src/jobs/queue.ts';
import { createJobWork, createTrainJobs } from '../../src/jobs/train-jobs.ts';
import { type JobWorker, startWorker } from '../../src/jobs/worker.ts';
import { readSafetensors } from '../../src/safetensors.ts';
import { vqa } from '../../src/training/finetuning/vqa.ts';
import { createZoo } from '../../src/zoo/discovery.ts';
import { createTestRecords } from '../database/test-database.ts';
import { tiny } from '../jobs/tiny-kind.ts';
import { createFakeHost } from './fake-host.ts';

let records: Records;
let sender: JobQueue;
let dataDir: string;
let app: FastifyInstance;
let url: string;
let worker: JobWorker | undefined;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'jobs-'));
  records = await createTestRecords();
  sender = await openQueue(records.connection, 'sender', () => {});
  const checkpointsDir = join(dataDir, 'none');
  const host = createFakeHost();
  const models = host.models();
  host.rescan = async () => {
    for (const { id, manifest, revision } of (await createZoo([join(dataDir, 'checkpoints')]).scan())
      .entries) {
      if (models.some((model) => model.id === id)) continue;
      const { architecture, tasks } = manifest;
      models.push({ id, state: 'available', tasks, manifest, revision, architecture });
    }
  };
  host.remove = async (id, check) => {
    await check?.([`promoted/${id}`]);
    await rm(join(dataDir, 'checkpoints/promoted', id), { recursive: true, force: true });
    models.splice(
      models.findIndex((model) => model.id === id),
      1,
    );
  };
  const jobs = createTrainJobs(records.database, sender);
  app = await buildApp({
    records,
    host,
    training: { jobs, kinds: [tiny, vqa], dataDir, checkpointsDir },
    access: { keysNeeded: false, rateLimit: 1000 },
  });
  url = await app.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(async () => {
  await worker?.close();
  await app.close();
  await sender.close();
  await records.close();
  await rm(dataDir, { recursive: true, force: true });
});

async function startWorking(): Promise<void> {
  const queue = await openQueue(records.connection, 'worker', () => {});
  worker = await startWorker({
    id: 'wrk_routes',
    queue,
    work: createJobWork(records.database, queue),
    dataDir,
    checkpointsDir: join(dataDir, 'none'),
    threads: 1,
    niceness: 0,
    commit: 'none',
    log: () => {},
    trainingModule: new URL('../jobs/tiny-training-child.ts', import.meta.url),
  });
}

const caller =
  (app: () => FastifyInstance) =>
  async (method: 'GET' | 'POST' | 'DELETE', path: string, payload?: object, key?: string) => {
    const answer = await app().inject({
      method,
      url: `/v1/train-jobs${path}`,
      ...(payload && { payload }),
      headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
    });
    return {
      status: answer.statusCode,
      headers: answer.headers,
      body: answer.body === '' ? null : answer.json(),
    };
  };
const call = caller(() => app);
const submit = async (hyperparameters: object = {}, more: object = {}) =>
  (await call('POST', '', { kind: 'tiny', dataset: 'scenes', hyperparameters, ...more })).body;

async function until(id: string, status: string) {
  for (;;) {
    const { body } = await call('GET', `/${id}`);
    if (body.status === status) return body;
    await sleep(50);
  }
}

interface Sent {
  id: string;
  type: string;
  data: { id: string; type: string; data: Record<string, unknown> };
}

/** What streams said at their end. */
const ended: string[] = [];

/** Reads a stream of events to its end, or until `enough` of them came. */
async function listen(id: string, last?: string, enough = Number.POSITIVE_INFINITY): Promise<Sent[]> {
  const headers = { accept: 'text/event-stream', ...(last !== undefined && { 'last-event-id': last }) };
  const answer = await fetch(`${url}/v1/train-jobs/${id}/events`, { headers });
  expect(answer.headers.get('content-type')).toBe('text/event-stream');
  const events: Sent[] = [];
  let text = '';
  for await (const chunk of answer.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const fields = new Map(
        text
          .slice(0, end)
          .split('\n')
          .map((line) => line.split(/: (.*)/s) as [string, string]),
      );
      text = text.slice(end + 2);
      if (!fields.has('data')) continue;
      if (fields.get('event') === 'done') {
        ended.push(JSON.parse(fields.get('data')!).status);
        continue;
      }
      events.push({
        id: fields.get('id')!,
        type: fields.get('event')!,
        data: JSON.parse(fields.get('data')!),
      });
      // Leaving the loop closes the connection.
      if (events.length === enough) return events;
    }
  }
  return events;
}

describe('a request for a job', () => {
  it.each([
    [{ kind: 'tiny', dataset: 'scenes', hyperparameters: { steps: 0 } }, 400, '/hyperparameters/steps'],
    [{ kind: 'tiny', dataset: 'scenes', hyperparameters: { steps: 1.5 } }, 400, '/hyperparameters/steps'],
    [{ kind: 'tiny', dataset: 'scenes', hyperparameters: { colour: 1 } }, 400, '/hyperparameters/colour'],
    [
      { kind: 'vqa', dataset: 'scenes', hyperparameters: { learning_rate: 2 } },
      400,
      '/hyperparameters/learning_rate',
    ],
    [
      { kind: 'vqa', dataset: 'scenes', hyperparameters: { text_only: 'yes' } },
      400,
      '/hyperparameters/text_only',
    ],
    [{ kind: 'sculpture', dataset: 'scenes' }, 400, '/kind'],
    [{ dataset: 'scenes' }, 400, '/kind'],
    [{ kind: 'tiny' }, 400, '/dataset'],
    [{ kind: 'tiny', dataset: 'scenes', seed: -1 }, 400, '/seed'],
    [{ kind: 'tiny', dataset: 'scenes', base_model: 'x' }, 400, '/base_model'],
    [{ kind: 'tiny', dataset: 'imagenet' }, 422, '/dataset'],
    [{ kind: 'vqa', dataset: 'scenes', base_model: 'nowhere' }, 422, '/base_model'],
    [{ kind: 'vqa', dataset: 'scenes', base_model: 'job_nowhere' }, 422, '/base_model'],
    [
      { kind: 'vqa', dataset: 'scenes', hyperparameters: { steps: 1, epochs: 1 } },
      422,
      '/hyperparameters/epochs',
    ],
    [[], 400, ''],
  ])('%j is refused: %i %s', async (body, status, param) => {
    const answer = await call('POST', '', body);
    expect([answer.status, answer.body.error.param]).toEqual([status, param]);
    expect(answer.body.error.message).not.toContain('--');
  });

  it('says the range of what is outside of it', async () => {
    const { body } = await call('POST', '', {
      kind: 'vqa',
      dataset: 'scenes',
      hyperparameters: { batch_size: 0 },
    });
    expect(body.error.message).toBe('hyperparameters.batch_size must be an integer from 1 to 4096.');
  });

  it('names the first faults of a data set, which are listed too', async () => {
    const folder = join(dataDir, 'datasets/mine/vqa');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'train.json'), '[{"img_id": "a"}, {"img_id": 3}');
    const { status, body } = await call('POST', '', { kind: 'vqa', dataset: 'mine' });
    expect([status, body.error.code, body.error.param]).toEqual([422, 'dataset_unusable', '/dataset']);
    expect(body.error.message).toMatch(/vqa\/train\.json, entry 0: .*\(entry_invalid\)/);
    const listed = (await app.inject('/v1/datasets')).json().data;
    const { usable, faults, fault_count, kinds } = listed.find(({ id }: { id: string }) => id === 'mine');
    expect([usable, fault_count, kinds]).toEqual([false, faults.length, ['vqa']]);
    expect(faults).toContainEqual(
      expect.objectContaining({ code: 'entry_invalid', file: 'vqa/train.json', entry: 0 }),
    );
    for (const { code } of faults) expect(body.error.message).toContain(code);
  });

  it('a data set is deleted with its files, unless a job that has not ended is trained on it', async () => {
    const remove = async (id: string) => {
      const answer = await app.inject({ method: 'DELETE', url: `/v1/datasets/${id}` });
      return [answer.statusCode, answer.body === '' ? null : answer.json().error.code];
    };
    const folder = join(dataDir, 'datasets/gone');
    await mkdir(join(folder, 'images'), { recursive: true });
    await symlink(folder, join(dataDir, 'datasets/linked'));
    const { id } = await submit();
    await records.database.prisma.job.update({ where: { id }, data: { dataset: 'gone' } });
    expect(await remove('gone')).toEqual([409, 'job_state']);
    expect(await remove('linked')).toEqual([204, null]);
    await call('POST', `/${id}/cancel`);
    expect(await remove('gone')).toEqual([204, null]);
    expect(await readdir(join(dataDir, 'datasets'))).toEqual(['mine']);
    expect(await remove('gone')).toEqual([404, 'dataset_not_found']);
    expect(await remove('scenes')).toEqual([409, 'dataset_shipped']);
    expect(await remove('..%2Fdatasets')).toEqual([404, 'dataset_not_found']);
    await call('DELETE', `/${id}`);
  });

  it('a key has no more jobs waiting than its quota', async () => {
    const key = await records.apiKeys.create('two at a time', ['train'], { waitingJobs: 2 });
    const jobs = createTrainJobs(records.database, sender);
    const create = () =>
      jobs
        .create({
          ...{ kind: 'tiny', dataset: 'scenes', seed: 1, components: {}, hyperparameters: {}, steps: 1 },
          ...{ suffix: undefined, metadata: {}, keyId: key.id, command: 'test' },
        })
        .then(
          ({ id }) => id,
          ({ code }) => code,
        );
    // All at once.
    const made = await Promise.all([create(), create(), create()]);
    expect(made.filter((id) => id === 'quota_exceeded')).toHaveLength(1);
    const ids = made.filter((id) => id !== 'quota_exceeded');
    await call('POST', `/${ids[0]}/cancel`);
    ids.push(await create());
    expect(await create()).toBe('quota_exceeded');
    for (const id of ids) {
      await call('POST', `/${id}/cancel`);
      await call('DELETE', `/${id}`);
    }
  });

  it('queues nothing that it refuses', async () => {
    expect((await call('GET', '')).body).toMatchObject({
      object: 'list',
      data: [],
      first_id: null,
      last_id: null,
      has_more: false,
    });
  });
});

describe('jobs that wait', () => {
  it('show everything resolved, and their places', async () => {
    const first = await call('POST', '', {
      kind: 'tiny',
      dataset: 'scenes',
      metadata: { who: 'me' },
      suffix: 'x',
    });
    expect(first.status).toBe(201);
    expect(first.headers.location).toBe(`/v1/train-jobs/${first.body.id}`);
    expect(first.body).toMatchObject({
      object: 'train_job',
      status: 'queued',
      queue_position: 1,
      hyperparameters: { steps: 20, slowness: 0 },
      metadata: { who: 'me' },
      suffix: 'x',
      error: null,
      result_model: null,
    });
    const second = await submit();
    expect(second.queue_position).toBe(2);
    expect((await call('POST', `/${first.body.id}/cancel`)).body.status).toBe('cancelled');
    expect((await call('GET', `/${second.id}`)).body.queue_position).toBe(1);
    await call('POST', `/${second.id}/cancel`);
  });

  it('say what they need, and what they wait for', async () => {
    const plain = await submit();
    expect(plain).toMatchObject({
      needs: { labels: [], memory_mb: 0 },
      waiting_for: 'a worker: none is running, npm run worker starts one',
    });
    const worker = {
      id: 'wrk_label',
      role: 'training',
      version: '1',
      labels: ['cpu'],
      memoryMb: 4096,
    } as const;
    const announced = await announceWorker(
      records.database,
      worker,
      () => ({}),
      () => {},
    );
    await sleep(250);
    const needy = await submit({}, { needs: { labels: ['gpu'], memory_mb: 8000 } });
    expect(needy).toMatchObject({
      needs: { labels: ['gpu'], memory_mb: 8000 },
      waiting_for:
        'a worker with the label gpu and 8000 MB of memory: those that are running have cpu, 4096 MB',
    });
    expect((await call('GET', `/${plain.id}`)).body.waiting_for).toBe('its turn');
    const metrics = (await app.inject('/metrics')).body;
    expect(metrics).toContain('xlxmert_queued_train_jobs{labels="gpu",memory_mb="8000"} 1');
    await announced.leave();
    for (const { id } of [plain, needy]) {
      const cancelled = (await call('POST', `/${id}/cancel`)).body;
      expect(cancelled.waiting_for).toBeNull();
    }
    const bad = await call('POST', '', { kind: 'tiny', dataset: 'scenes', needs: { labels: ['GPU!'] } });
    expect([bad.status, bad.body.error.param]).toEqual([400, '/needs/labels']);
    expect(bad.body.error.message).toContain('a-z');
  });

  it('can be paused, resumed and cancelled, twice; what has ended cannot', async () => {
    const { id } = await submit();
    const states = [];
    for (const action of ['pause', 'pause', 'resume', 'resume', 'cancel', 'cancel']) {
      states.push((await call('POST', `/${id}/${action}`)).body.status);
    }
    expect(states).toEqual(['paused', 'paused', 'queued', 'queued', 'cancelled', 'cancelled']);
    for (const action of ['pause', 'resume']) {
      const { status, body } = await call('POST', `/${id}/${action}`);
      expect([status, body.error.code]).toEqual([409, 'job_state']);
    }
    expect((await call('POST', '/job_none/cancel')).body.error.code).toBe('job_not_found');
  });

  it('settle what several ask for at once', async () => {
    const { id } = await submit();
    const asked = await Promise.all(
      ['pause', 'cancel', 'resume', 'cancel', 'pause', 'resume'].map((action) =>
        call('POST', `/${id}/${action}`),
      ),
    );
    for (const { status } of asked) expect([200, 409]).toContain(status);
    expect((await call('GET', `/${id}`)).body.status).toBe('cancelled');
    const { data } = (await call('GET', `/${id}/events?limit=100`)).body;
    expect(data.filter((event: Sent['data']) => event.data.status === 'cancelled')).toHaveLength(1);
  });

  it('are made once for an idempotency key', async () => {
    const ask = () =>
      app.inject({
        method: 'POST',
        url: '/v1/train-jobs',
        headers: { 'idempotency-key': 'once' },
        payload: { kind: 'tiny', dataset: 'scenes' },
      });
    const [first, again] = [await ask(), await ask()];
    expect(again.json().id).toBe(first.json().id);
    expect(again.headers.location).toBe(first.headers.location);
    await call('POST', `/${first.json().id}/cancel`);
  });
});

describe('a job that runs', () => {
  let id: string;
  let heard: Sent[];

  it('is followed to its end, over a stream that breaks, without gap or repetition', async () => {
    await startWorking();
    id = (await submit({ slowness: 60 }, { seed: 4, suffix: 'followed' })).id;
    const whole = listen(id);
    const parts: Sent[] = [];
    for (let i = 0; i < 3; i++) parts.push(...(await listen(id, parts.at(-1)?.id, 2)));
    parts.push(...(await listen(id, parts.at(-1)?.id)));
    heard = await whole;
    expect(parts).toEqual(heard);
    expect(ended).toEqual(['succeeded', 'succeeded']);
    expect(heard[0]!.data.data.status).toBe('queued');
    expect(heard.at(-1)!.data.data.status).toBe('succeeded');
    expect(heard.every((event) => event.id === event.data.id && event.type === event.data.type)).toBe(true);
    const list = (await call('GET', `/${id}/events?limit=100`)).body;
    expect(list.data).toEqual(heard.map(({ data }) => data));
    const again = (last: string) =>
      fetch(`${url}/v1/train-jobs/${id}/events`, {
        headers: { accept: 'text/event-stream', 'last-event-id': last },
      });
    // An EventSource that was told everything is to stop asking.
    expect((await again(heard.at(-1)!.id)).status).toBe(204);
    // At the address that it was given first, which says where that was.
    const first = `${url}/v1/train-jobs/${id}/events/stream?after=${heard[0]!.id}`;
    expect((await fetch(first, { headers: { 'last-event-id': heard.at(-1)!.id } })).status).toBe(204);
    expect(await (await again(heard.at(-2)!.id)).text()).toContain(heard.at(-1)!.id);
    const rest = (await call('GET', `/${id}/events?limit=1&after=${heard[0]!.id}`)).body;
    expect([rest.data[0].id, rest.has_more]).toEqual([heard[1]!.id, true]);
    expect(await call('GET', `/${id}`)).toMatchObject({
      body: { step: 20, eta: null, seed: 4, metrics: { weight: expect.any(Number) } },
    });
  });

  it('has metrics, and fewer points when fewer are asked for', async () => {
    const { data } = (await call('GET', `/${id}/metrics?name=loss`)).body;
    const points = data.flatMap((one: { points: { step: number }[] }) => one.points);
    expect(points).toHaveLength(20);
    const few = (await call('GET', `/${id}/metrics?name=loss&points=2`)).body.data;
    for (const one of few) expect(one.points.length).toBeLessThanOrEqual(2);
    const steps = few.flatMap((one: { points: { step: number }[] }) => one.points.map(({ step }) => step));
    expect(Math.max(...steps)).toBe(20);
    const { data: all } = (await call('GET', `/${id}/metrics`)).body;
    expect(new Set(all.map(({ name }: { name: string }) => name))).toEqual(
      new Set(['loss', 'grad_norm', 'largest', 'weight']),
    );
  });

  it('has a plot, a log, and its checkpoints to download', async () => {
    const svg = await app.inject(`/v1/train-jobs/${id}/plot`);
    expect([svg.statusCode, svg.headers['content-type']]).toEqual([200, 'image/svg+xml']);
    expect(svg.body).toContain('<path d="M');
    for (const name of ['%01', '%ef%bf%bf', '%3Csvg%3E', 'x'.repeat(101), '']) {
      for (const path of [`plot?format=png&name=${name}`, `plot?name=${name}`, `metrics?name=${name}`]) {
        const { status, body } = await call('GET', `/${id}/${path}`);
        expect([path, status, body.error.param]).toEqual([path, 400, '/name']);
      }
    }
    const png = await app.inject(`/v1/train-jobs/${id}/plot?format=png&name=weight`);
    expect((await sharp(png.rawPayload).metadata()).format).toBe('png');
    expect((await app.inject(`/v1/train-jobs/${id}/log`)).body).toContain('validation at step 20');
    const { data } = (await call('GET', `/${id}/checkpoints`)).body;
    expect(
      data.map(({ kind, step, files }: { kind: string; step: number; files: unknown[] }) => [
        kind,
        step,
        files.length > 0,
      ]),
    ).toEqual([
      ['training', 5, false],
      ['training', 10, false],
      ['training', 15, true],
      ['training', 20, true],
      ['result', 20, true],
    ]);
    expect(data[0].metrics).toEqual({ weight: expect.any(Number) });
    const { url: address, bytes } = data
      .at(-1)
      .files.find(({ name }: { name: string }) => name.endsWith('.safetensors'));
    const download = await app.inject(address);
    expect(download.rawPayload).toHaveLength(bytes);
    for (const wrong of [
      `${address}x`,
      address.replace('_result', '_7'),
      `/v1/train-jobs/${id}/samples/..%2Frun.json`,
    ]) {
      expect((await app.inject(wrong)).json().error.code).toMatch(/file_not_found|route_not_found/);
    }
    expect((await call('GET', `/${id}/samples`)).body.data).toEqual([]);
  });

  it('is promoted, which another id and another time change nothing about, and outlives its job', async () => {
    const promote = (body: object) => call('POST', `/${id}/promote`, body);
    expect((await promote({ model_id: 'generator-scenes' })).body.error.code).toBe('model_exists');
    expect((await promote({ model_id: 'A b' })).body.error.param).toBe('/model_id');
    const first = await promote({});
    expect(first).toMatchObject({ status: 200, body: { id: 'tiny-followed', architecture: 'recogniser' } });
    expect((await promote({ model_id: 'tiny-followed' })).body).toEqual(first.body);
    expect((await call('GET', `/${id}`)).body.result_model).toBe('tiny-followed');
    expect((await call('DELETE', `/${id}`)).status).toBe(204);
    expect((await call('GET', `/${id}`)).status).toBe(404);
    expect(existsSync(join(dataDir, 'runs', id))).toBe(false);
    const model = join(dataDir, 'checkpoints/promoted/tiny-followed/model.safetensors');
    expect(Object.keys((await readSafetensors(model)).tensors)).toEqual(['bias', 'weight']);
  });

  it('a model that a job is built on is not deleted before that has ended', async () => {
    const { prisma } = records.database;
    const job = await prisma.job.create({
      data: {
        ...{
          id: 'job_built',
          kind: 'tiny',
          status: 'paused',
          dataset: 'scenes',
          seed: 0n,
          steps: 1,
          command: '',
        },
        ...{ createdAt: new Date(), queuedAt: new Date(), messageId: randomUUID(), hyperparameters: {} },
        ...{ components: { base_model: { id: 'promoted/tiny-followed', revision: 'r' } }, metadata: {} },
        resultModel: 'tiny-followed',
      },
    });
    const remove = () => app.inject({ method: 'DELETE', url: '/v1/models/tiny-followed' });
    const refused = await remove();
    expect([refused.statusCode, refused.json().error]).toEqual([
      409,
      expect.objectContaining({ code: 'model_in_use', message: expect.stringContaining('job_built') }),
    ]);
    await prisma.job.update({ where: { id: job.id }, data: { status: 'cancelled' } });
    expect((await remove()).statusCode).toBe(204);
    expect((await app.inject('/v1/models/tiny-followed')).statusCode).toBe(404);
    // Nobody is told of a model that is gone.
    expect((await call('GET', '/job_built')).body.result_model).toBeNull();
    expect((await call('DELETE', '/job_built')).status).toBe(204);
  });

  it('cannot be promoted or deleted before it has ended', async () => {
    const running = await submit({ slowness: 200 });
    await until(running.id, 'running');
    for (const [method, path] of [
      ['POST', '/promote'],
      ['DELETE', ''],
    ] as const) {
      const { status, body } = await call(
        method,
        `/${running.id}${path}`,
        method === 'POST' ? {} : undefined,
      );
      expect([status, body.error.code]).toEqual([409, 'job_state']);
    }
    expect((await app.inject('/metrics')).body).toContain(
      `xlxmert_train_job_step{job="${running.id}",kind="tiny"}`,
    );
    expect((await call('POST', `/${running.id}/cancel`)).body.status).toBe('cancelled');
  });
});

describe('the latest job', () => {
  it('is read, and never changed: a form may have filled in its name', async () => {
    const { id } = await submit();
    expect((await call('GET', '/latest')).body.id).toBe(id);
    for (const [method, path] of [
      ['POST', '/latest/cancel'],
      ['POST', '/latest/pause'],
      ['POST', '/latest/resume'],
      ['POST', '/latest/promote'],
      ['DELETE', '/latest'],
      ['DELETE', '/l%61test/'],
    ] as const) {
      const { status, body } = await call(method, path);
      expect([path, status, body.error.code, body.error.param]).toEqual([
        path,
        400,
        'invalid_request',
        '/id',
      ]);
    }
    expect((await call('GET', `/${id}`)).body.status).not.toBe('cancelled');
    await call('POST', `/${id}/cancel`);
  });
});

describe('jobs of others', () => {
  let app: FastifyInstance;
  beforeAll(async () => {
    const jobs = createTrainJobs(records.database, sender);
    const training = { jobs, kinds: [tiny, vqa], dataDir, checkpointsDir: join(dataDir, 'none') };
    const access = { keysNeeded: true, rateLimit: 1000 };
    app = await buildApp({ records, host: createFakeHost(), training, access });
  });
  afterAll(() => app.close());
  const call = caller(() => app);

  it('are not there, but for an admin', async () => {
    const key = async (...scopes: ('infer' | 'train' | 'admin')[]) =>
      (await records.apiKeys.create('', scopes)).key;
    const [mine, theirs, admin, infer] = [
      await key('train'),
      await key('train'),
      await key('admin'),
      await key('infer'),
    ];
    const job = (await call('POST', '', { kind: 'tiny', dataset: 'scenes' }, mine)).body;
    expect((await call('GET', `/${job.id}`, undefined, mine)).status).toBe(200);
    expect((await call('GET', '', undefined, mine)).body.data).toHaveLength(1);
    expect((await call('GET', '', undefined, theirs)).body.data).toEqual([]);
    for (const [method, path] of [
      ['GET', ''],
      ['GET', '/events'],
      ['GET', '/metrics'],
      ['GET', '/plot'],
      ['GET', '/log'],
      ['GET', '/checkpoints'],
      ['GET', '/samples'],
      ['POST', '/cancel'],
      ['POST', '/pause'],
      ['DELETE', ''],
    ] as const) {
      const { status, body } = await call(method, `/${job.id}${path}`, undefined, theirs);
      expect([path, status, body.error.code]).toEqual([path, 404, 'job_not_found']);
    }
    const stolen = await call('POST', '', { kind: 'vqa', dataset: 'scenes', base_model: job.id }, theirs);
    expect(stolen.body.error).toMatchObject({
      code: 'component_unusable',
      message: `There is no job "${job.id}".`,
    });
    expect((await call('GET', `/${job.id}`, undefined, admin)).status).toBe(200);
    expect((await call('GET', '', undefined, infer)).body.error.code).toBe('scope_missing');
  });
});
