import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import pg from 'pg';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { buildApp } from '../../src/app.ts';
import { openRecordsOn, type Records } from '../../src/database/open.ts';
import type { InferenceHost } from '../../src/inference/host.ts';
import { createInferenceHost } from '../../src/inference/host-process.ts';
import { type SharedHost, shareHost } from '../../src/replicas/shared-host.ts';
import { hostRun } from '../../src/runs/promote.ts';
import { float32 } from '../../src/tensor.ts';
import { createTestDatabase, type TestDatabase } from '../database/test-database.ts';
import { manifest, writeCheckpoint } from '../zoo/write-checkpoint.ts';

interface Replica {
  records: Records;
  inner: InferenceHost;
  host: SharedHost;
  app: FastifyInstance;
}

let dataDir: string;
let root: string;
let database: TestDatabase;
let replicas: [Replica, Replica];
const heard: string[] = [];

async function start(): Promise<Replica> {
  const records = await openRecordsOn(database.connection, () => {});
  const inner = await createInferenceHost({
    checkpoints: [root],
    ownCheckpoints: root,
    threads: 1,
    models: ['first'],
    childModule: new URL('../inference/fake-child.ts', import.meta.url),
  });
  const host = await shareHost(inner, { ...records, log: (_level, message) => heard.push(message) });
  const access = { keysNeeded: true, rateLimit: 10 };
  return { records, inner, host, app: await buildApp({ records, host, access }) };
}

const write = (id: string, numbers = [1, 2]) =>
  writeCheckpoint(root, `promoted/${id}`, {
    manifest: manifest({ id }),
    weights: { a: float32(numbers, [2]) },
  });

const stateOn = ({ host }: Replica, id: string) => host.models().find((model) => model.id === id)?.state;
const wait = { timeout: 30_000, interval: 20 };

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'replicas-'));
  root = join(dataDir, 'checkpoints');
  database = await createTestDatabase();
  await write('first');
  replicas = [await start(), await start()];
});
afterAll(async () => {
  for (const { app, host, records } of replicas ?? []) {
    await app.close();
    await host.leave();
    await host.close(0);
    await records.close();
  }
  await database.close();
  await rm(dataDir, { recursive: true, force: true });
});

test('what is loaded, unloaded and deleted on one server is so on the other', async () => {
  const [a, b] = replicas;
  await write('second');
  await a.host.load('second');
  await vi.waitFor(() => expect(stateOn(b, 'second')).toBe('ready'), wait);

  await b.host.unload('second');
  await vi.waitFor(() => expect(stateOn(a, 'second')).toBe('available'), wait);

  await a.host.load('second');
  await vi.waitFor(() => expect(stateOn(b, 'second')).toBe('ready'), wait);
  await a.host.remove('second');
  await vi.waitFor(() => expect(stateOn(b, 'second')).toBeUndefined(), wait);
});

test('a result that is promoted on one server is loaded on both; one that cannot be loaded is gone from both', async () => {
  const [a, b] = replicas;
  const folders = { dataDir, checkpointsDir: join(dataDir, 'none') };
  const result = (run: string, config: object) =>
    writeCheckpoint(dataDir, `runs/${run}/result`, {
      manifest: manifest({ id: run, tasks: ['vqa'] }),
      ...{ config, weights: { a: float32([5, run.length], [2]) } },
    });
  await result('good', {});
  expect(await hostRun('good', 'promoted', folders, a.host)).toEqual({ already: false });
  expect(stateOn(a, 'promoted')).toBe('ready');
  await vi.waitFor(() => expect(stateOn(b, 'promoted')).toBe('ready'), wait);
  expect(await hostRun('good', 'promoted', folders, b.host)).toEqual({ already: true });

  await result('broken', { load: 'throw' });
  await expect(hostRun('broken', 'hopeless', folders, a.host)).rejects.toMatchObject({
    code: 'model_not_ready',
  });
  expect(stateOn(a, 'hopeless')).toBeUndefined();
  await vi.waitFor(() => expect(stateOn(b, 'hopeless')).toBeUndefined(), wait);
});

test('an id whose files became others is loaded again, and no answer is of the old ones', async () => {
  const [a, b] = replicas;
  await write('changing');
  await a.host.load('changing');
  await vi.waitFor(() => expect(stateOn(b, 'changing')).toBe('ready'), wait);
  const before = b.host.models().find(({ id }) => id === 'changing')?.revision;
  await write('changing', [3, 4]);
  const { revision } = await a.host.load('changing');
  expect(revision).not.toBe(before);
  await vi.waitFor(
    () =>
      expect(b.host.models().find(({ id }) => id === 'changing')).toMatchObject({ revision, state: 'ready' }),
    wait,
  );
});

test('a model that nobody told of is looked for before it is said not to be there', async () => {
  const [a, b] = replicas;
  const { key } = await a.records.apiKeys.create('test', ['infer']);
  await cp(join(root, 'promoted/first'), join(root, 'promoted/quiet'), { recursive: true });
  await write('quiet');
  const ask = (model: string) =>
    b.app.inject({
      method: 'POST',
      url: '/v1/generate-image',
      headers: { authorization: `Bearer ${key}` },
      payload: { prompt: 'ann', model },
    });
  expect((await ask('quiet')).statusCode).toBe(200);
  expect((await ask('nowhere')).json()).toMatchObject({ error: { code: 'model_not_found' } });
});

test('after the connection broke, what was missed is made up for', async () => {
  const [a, b] = replicas;
  const admin = new pg.Client(database.connection);
  await admin.connect();
  await admin.query(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'xlxmert-zoo notices' AND datname = current_database()",
  );
  await admin.end();
  await write('third');
  await a.host.load('third');
  await vi.waitFor(() => expect(stateOn(b, 'third')).toBe('ready'), wait);
});

test('a key asks as often as one server allows, on all of them together; an answer is stored for all', async () => {
  const [a, b] = replicas;
  const { key } = await a.records.apiKeys.create('busy', ['infer']);
  const headers = { authorization: `Bearer ${key}` };
  const paint = ({ app }: Replica) =>
    app.inject({
      method: 'POST',
      url: '/v1/generate-image',
      headers: { ...headers, 'idempotency-key': 'once' },
      payload: { prompt: 'ann', model: 'first' },
    });
  const answers = [await paint(a), await paint(b)];
  expect(answers[1]!.headers['idempotent-replayed']).toBe('true');
  expect(answers[1]!.body).toBe(answers[0]!.body);
  const list = async ({ app }: Replica) => (await app.inject({ url: '/v1/models', headers })).statusCode;
  const statuses = await Promise.all([a, b, a, b, a, b, a, b, a, b].map(list));
  expect(statuses.filter((status) => status === 429)).toHaveLength(2);
});
