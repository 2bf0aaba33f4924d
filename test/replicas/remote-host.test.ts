import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { buildApp } from '../../src/app.ts';
import { openRecordsOn, type Records } from '../../src/database/open.ts';
import { inferenceWorkers } from '../../src/database/workers.ts';
import type { InferenceHost, PaintRequest, PaintStep } from '../../src/inference/host.ts';
import { createRemoteHost } from '../../src/replicas/remote-host.ts';
import { type SharedHost, shareHost } from '../../src/replicas/shared-host.ts';
import { float32 } from '../../src/tensor.ts';
import { createTestDatabase, type TestDatabase } from '../database/test-database.ts';
import { manifest, writeCheckpoint } from '../zoo/write-checkpoint.ts';
import { startTestWorker, type TestWorker } from './inference-worker.ts';

let root: string;
let database: TestDatabase;
let records: Records;
let inner: InferenceHost;
let host: SharedHost;
let app: FastifyInstance;
let workers: TestWorker[] = [];
const heard: string[] = [];
const wait = { timeout: 30_000, interval: 20 };

const write = (id: string, numbers = [1, 2]) =>
  writeCheckpoint(root, `promoted/${id}`, {
    manifest: manifest({ id }),
    weights: { a: float32(numbers, [2]) },
  });

async function worker(options?: Parameters<typeof startTestWorker>[2]): Promise<TestWorker> {
  const started = await startTestWorker(database, root, options);
  workers.push(started);
  return started;
}

const live = () => host.stats().workers!;
const stateOf = (id: string) => host.models().find((model) => model.id === id)?.state;
const stateOn = (one: TestWorker, id: string) => one.host.models().find((model) => model.id === id)?.state;

const paint = (prompt: string, change: Partial<PaintRequest> = {}): PaintRequest => ({
  ...{ prompts: [prompt], model: 'first', n: 1, seeds: [7], format: 'png', intermediate: false },
  sampler: { strategy: 'mask-predict' },
  ...change,
});

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'remote-'));
  database = await createTestDatabase();
  await write('first');
  records = await openRecordsOn(database.connection, () => {});
  const log = (_level: string, message: string) => heard.push(message);
  inner = await createRemoteHost({ ...records, checkpoints: [root], ownCheckpoints: root, log });
  host = await shareHost(inner, { ...records, remote: true, log });
  app = await buildApp({ records, host });
});
afterEach(async () => {
  await Promise.all(workers.map((one) => one.kill()));
  workers = [];
  await vi.waitFor(() => expect(live().live).toBe(0), wait);
});
afterAll(async () => {
  await app.close();
  await host.leave();
  await host.close(0);
  await records.close();
  await database.close();
  await rm(root, { recursive: true, force: true });
});

test('without a worker a request is refused with what to do, and so is readiness', async () => {
  await expect(host.paint(paint('ann'))).rejects.toMatchObject({ code: 'no_inference_worker' });
  const ready = await app.inject('/health/ready');
  expect(ready.json()).toMatchObject({
    error: { code: 'not_ready', message: expect.stringMatching(/npm run inference/) },
  });
  const metrics = await app.inject('/metrics');
  expect(metrics.body).toContain('xlxmert_inference_workers{state="ready"} 0');
});

test('a request that comes before its worker waits for it', async () => {
  const painted = host.paint(paint('ann'));
  await worker();
  const { images, engine, model } = await painted;
  expect([images[0]!.encoded.toString(), engine, model]).toEqual([
    expect.stringMatching(/^first ann 7 /),
    'fake',
    'first',
  ]);
  await vi.waitFor(async () => expect((await app.inject('/health/ready')).statusCode).toBe(200), wait);
});

test('two workers share what there is to do', async () => {
  await Promise.all([worker(), worker()]);
  await vi.waitFor(() => expect(live().ready).toBe(2), wait);
  const pictures = await Promise.all(Array.from({ length: 8 }, () => host.paint(paint('slow'))));
  const processes = pictures.map(({ images }) => images[0]!.encoded.toString().split(' ').at(-1)!);
  const counts = [...new Set(processes)].map((pid) => processes.filter((one) => one === pid).length);
  expect(counts).toEqual([4, 4]);
});

test('when a worker is lost, another one goes on, and no step is told twice', async () => {
  await Promise.all([worker(), worker()]);
  await vi.waitFor(() => expect(live().ready).toBe(2), wait);
  const steps: PaintStep[] = [];
  const onStep = (step: PaintStep) => steps.push(step);
  const painted = host.paint(paint('slow', { intermediate: true }), { onStep });
  await vi.waitFor(() => expect(steps.length).toBeGreaterThan(0), wait);
  const busy = workers.find(({ host }) => host.stats().activeWorks > 0)!;
  await busy.kill();
  const { images } = await painted;
  expect(steps.map(({ step }) => step)).toEqual([1, 2, 3]);
  expect(images[0]!.intermediate!.map(String)).toEqual(['7 step 1', '7 step 2', '7 step 3']);
  expect(live().retries).toBeGreaterThan(0);
});

test('a worker that is told to stop ends what it has, and gets nothing new', async () => {
  const [first] = await Promise.all([worker(), worker()]);
  await vi.waitFor(() => expect(live().ready).toBe(2), wait);
  const painted = Promise.all(Array.from({ length: 4 }, () => host.paint(paint('slow'))));
  await vi.waitFor(() => expect(first!.host.stats().activeWorks).toBeGreaterThan(0), wait);
  const { retries } = live();
  await first!.stop();
  await painted;
  expect(live().retries).toBe(retries);
  await vi.waitFor(() => expect(live().live).toBe(1), wait);
  await host.paint(paint('ann'));
});

test('what is loaded, replaced, unloaded and deleted is so on all workers', async () => {
  const [a, b] = await Promise.all([worker(), worker()]);
  await vi.waitFor(() => expect(live().ready).toBe(2), wait);
  await write('second');
  expect(await host.load('second')).toMatchObject({ state: 'ready', memoryBytes: expect.any(Number) });
  expect([stateOn(a!, 'second'), stateOn(b!, 'second')]).toEqual(['ready', 'ready']);

  const before = (await host.paint(paint('ann', { model: 'second' }))).revision;
  await write('second', [3, 4]);
  const { revision } = await host.load('second');
  expect(revision).not.toBe(before);
  const answers = await Promise.all([1, 2, 3, 4].map(() => host.paint(paint('ann', { model: 'second' }))));
  expect(answers.map((answer) => answer.revision)).toEqual(Array(4).fill(revision));

  // A worker that comes later has what is wanted.
  const late = await worker();
  await vi.waitFor(() => expect(stateOn(late, 'second')).toBe('ready'), wait);

  expect(await host.unload('second')).toMatchObject({ state: 'available' });
  expect([stateOn(a!, 'second'), stateOn(b!, 'second')]).toEqual(['available', 'available']);
  await host.load('second');
  await host.remove('second');
  expect(stateOf('second')).toBeUndefined();
  await vi.waitFor(() => expect(stateOn(a!, 'second')).toBeUndefined(), wait);
  await expect(host.paint(paint('ann', { model: 'second' }))).rejects.toMatchObject({
    code: 'model_not_found',
  });
});

test('refusals of a worker are those of a server; a full one is passed over', async () => {
  await worker({ queueLimit: 1 });
  await vi.waitFor(() => expect(live().ready).toBe(1), wait);
  await expect(host.paint(paint('refuse'))).rejects.toMatchObject({
    ...{ code: 'impossible_request', message: 'no', param: '/sampler/steps' },
  });
  await expect(host.paint(paint('throw'))).rejects.toMatchObject({ code: 'internal_error' });
  const gone = new AbortController();
  const given = host.paint(paint('slow'), { signal: gone.signal });
  gone.abort(new Error('the client hung up'));
  await expect(given).rejects.toThrow('the client hung up');
  await vi.waitFor(() => expect(workers[0]!.host.stats().pendingRequests).toBe(0), wait);

  const eight = paint('slow', { n: 9, seeds: Array.from({ length: 9 }, (_, i) => i) });
  const busy = host.paint(eight);
  await vi.waitFor(() => expect(workers[0]!.host.stats().queuedWorks).toBe(1), wait);
  await expect(host.paint(paint('ann'))).rejects.toMatchObject({ code: 'queue_full' });
  await worker();
  await vi.waitFor(() => expect(live().ready).toBe(2), wait);
  await Promise.all([busy, host.paint(paint('ann'))]);
});

test('a request that ends its worker’s process twice is not given to the next one', async () => {
  await Promise.all([worker(), worker()]);
  await vi.waitFor(() => expect(live().ready).toBe(2), wait);
  await expect(host.paint(paint('die'))).rejects.toMatchObject({ code: 'inference_unavailable' });
  expect(workers.map((one) => one.host.stats().restarts).sort()).toEqual([0, 2]);
});

test('a host that is closed answers what it still has, and ends', async () => {
  await worker();
  const log = () => {};
  const other = await createRemoteHost({ ...records, checkpoints: [root], ownCheckpoints: root, log });
  await vi.waitFor(() => expect(other.ready()).toBe(true), wait);
  const finished = other.paint(paint('slow'));
  const stuck = other.paint(paint('stuck')).catch((error) => error);
  await finished;
  await other.close(100);
  expect(await stuck).toMatchObject({ code: 'shutting_down' });
  await expect(other.paint(paint('ann'))).rejects.toMatchObject({ code: 'shutting_down' });
});

test('a worker of another protocol is not used, and the log says so', async () => {
  const { id } = await worker({ protocol: 999 });
  await vi.waitFor(() => expect(live().otherVersion).toBe(1), wait);
  expect(heard.join('\n')).toMatch(new RegExp(`${id}.*protocol 999`));
  expect((await app.inject('/health/ready')).json()).toMatchObject({
    error: { message: expect.stringMatching(/all inference workers are of another version/) },
  });
  await expect(host.paint(paint('ann'))).rejects.toMatchObject({ code: 'no_inference_worker' });
  await workers.pop()!.stop();
  await vi.waitFor(() => expect(live().otherVersion).toBe(0), { ...wait, timeout: 60_000 });
});

test('a worker answers nobody but the servers on its database', async () => {
  const { url, id } = await worker();
  const { token } = (await inferenceWorkers(records.database)).find((row) => row.id === id)!;
  const ask = (path: string, authorization?: string) =>
    fetch(`${url}${path}`, { headers: authorization === undefined ? {} : { authorization } });
  for (const wrong of [undefined, 'Bearer ', `Bearer ${token}x`, `Basic ${token}`]) {
    expect((await ask('/inference/status', wrong)).status).toBe(401);
    const headers = { 'content-type': 'application/msgpack', ...(wrong && { authorization: wrong }) };
    const body = new Uint8Array(8);
    expect((await fetch(`${url}/inference/ask`, { method: 'POST', headers, body })).status).toBe(401);
  }
  expect((await ask('/metrics')).status).toBe(401);
  expect((await ask('/health/live')).status).toBe(200);
  const status = await ask('/inference/status', `Bearer ${token}`);
  expect(status.status).toBe(200);
  await status.body!.cancel();
});
