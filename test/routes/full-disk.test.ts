/** A full disk: what must be recorded is refused, what need not be goes on, and all is well again by itself. */
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { buildApp } from '../../src/app.ts';
import type { Records } from '../../src/database/open.ts';
import { isStorageFull, watchStorage } from '../../src/database/storage.ts';
import { LEAST_FREE } from '../../src/disk-space.ts';
import { createTestRecords } from '../database/test-database.ts';
import { picture } from '../pictures/sample-pictures.ts';
import { createFakeHost, result } from './fake-host.ts';

type Task = { task: string };
let free = Number.POSITIVE_INFINITY;
const storage = watchStorage('/', async () => free);
const host = createFakeHost();
let records: Records;
let app: FastifyInstance;

beforeAll(async () => {
  records = await createTestRecords({
    // Without the second that an answer holds.
    full: async () => free < LEAST_FREE || storage.full(),
    refused: () => storage.refused(),
  });
  app = await buildApp({ records, host });
});
beforeEach(() => {
  free = Number.POSITIVE_INFINITY;
  host.behaviour = undefined;
});
afterAll(async () => {
  await app.close();
  await records.close();
});

async function paint(body: object = {}, headers: Record<string, string> = {}) {
  const payload = { prompt: 'a', ...body };
  const answer = await app.inject({ method: 'POST', url: '/v1/generate-image', payload, headers });
  return { status: answer.statusCode, retryAfter: answer.headers['retry-after'], body: answer.json() };
}
const ready = async () => (await app.inject('/health/ready')).statusCode;
const statusOf = async (id: string) => (await app.inject(`/v1/runs/${id}`)).json().status;

it('paints without a record, refuses what is to be kept, and says so', async () => {
  free = LEAST_FREE - 1;
  const { status, body } = await paint();
  expect([status, body.recorded, body.id]).toEqual([200, false, null]);
  for (const answer of [await paint({ store: true }), await paint({}, { 'idempotency-key': 'k' })]) {
    expect(answer).toMatchObject({
      status: 507,
      retryAfter: '30',
      body: { error: { code: 'storage_full' } },
    });
  }
  expect(await ready()).toBe(503);
  free = LEAST_FREE;
  const kept = await paint({ store: true });
  expect([kept.status, await statusOf(kept.body.id), await ready()]).toEqual([200, 'succeeded', 200]);
  expect(kept.body.recorded).toBeUndefined();
});

it('names no run of an answer that is not on record, in any route', async () => {
  free = LEAST_FREE - 1;
  const image = `data:image/png;base64,${(await picture(40, 40).png().toBuffer()).toString('base64')}`;
  const content = [
    { type: 'text', text: 'what is it?' },
    { type: 'image_url', image_url: { url: image } },
  ];
  const asked: [string, object][] = [
    ['/v1/vqa', { image, question: 'what is it?' }],
    ['/v1/caption', { image }],
    ['/v1/nlvr2', { images: [image, image], statement: 'both' }],
    ['/v1/reconstruct', { image }],
    ['/v1/images/generations', { prompt: 'a' }],
    ['/v1/chat/completions', { model: 'gpt-4o', messages: [{ role: 'user', content }] }],
  ];
  for (const [url, payload] of asked) {
    const answer = await app.inject({ method: 'POST', url, payload });
    const body = answer.json();
    expect([url, answer.statusCode, body.recorded]).toEqual([url, 200, false]);
    expect(body.id ?? '').not.toContain('run_');
  }
  const file = await app.inject({ method: 'POST', url: '/v1/generate-image/file', payload: { prompt: 'a' } });
  expect([file.headers['x-run-id'], file.headers['x-recorded']]).toEqual([undefined, 'false']);
  expect(
    (await app.inject('/v1/runs')).json().data.filter(({ task }: Task) => task !== 'generate-image'),
  ).toEqual([]);
});

it('a run that it fills up under is answered, and its record ends when there is space again', async () => {
  const { pool } = records.database;
  await pool.query(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $f$ ${REFUSED} $f$`);
  host.behaviour = async (request, options) => {
    await pool.query('CREATE TRIGGER full_disk BEFORE UPDATE ON runs FOR EACH ROW EXECUTE FUNCTION refuse()');
    return result(request, options);
  };
  const { status, body } = await paint();
  expect([status, body.recorded, await statusOf(body.id)]).toEqual([200, false, 'running']);
  await pool.query('DROP TRIGGER full_disk ON runs');
  host.behaviour = undefined;
  // What Postgres said holds for a second.
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  await paint();
  expect((await app.inject(`/v1/runs/${body.id}`)).json()).toMatchObject({
    status: 'failed',
    error: { code: 'storage_full' },
  });
});

it('keeps nobody with a key from asking', async () => {
  const { pool } = records.database;
  const { key } = await records.apiKeys.create('test', ['infer']);
  const closed = await buildApp({ records, host, access: { keysNeeded: true, rateLimit: 20 } });
  await pool.query(
    'CREATE TRIGGER full_disk BEFORE INSERT ON rate_counts FOR EACH ROW EXECUTE FUNCTION refuse()',
  );
  const answer = await closed.inject({
    method: 'POST',
    url: '/v1/generate-image',
    payload: { prompt: 'a' },
    headers: { authorization: `Bearer ${key}` },
  });
  expect([answer.statusCode, answer.json().recorded]).toEqual([200, false]);
  await pool.query('DROP TRIGGER full_disk ON rate_counts');
  await closed.close();
});

const REFUSED = "BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END";
const REFUSE = `DO $$ ${REFUSED} $$`;

it('knows a full disk in what Postgres, Prisma and the file system say', async () => {
  const { prisma, pool } = records.database;
  const thrown = (promise: Promise<unknown>) =>
    promise.then(() => undefined).catch((error: unknown) => error);
  expect(isStorageFull(await thrown(pool.query(REFUSE)))).toBe(true);
  expect(isStorageFull(await thrown(prisma.$executeRawUnsafe(REFUSE)))).toBe(true);
  expect(isStorageFull(await thrown(prisma.$transaction((tx) => tx.$executeRawUnsafe(REFUSE))))).toBe(true);
  expect(isStorageFull(Object.assign(new Error(), { code: 'ENOSPC' }))).toBe(true);
  expect(isStorageFull(await thrown(pool.query('SELECT nonsense')))).toBe(false);
});
