import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildApp } from '../../src/app.ts';
import { createTestRecords } from '../database/test-database.ts';
import { createFakeHost } from '../routes/fake-host.ts';

let records: Awaited<ReturnType<typeof createTestRecords>>;
let app: FastifyInstance;

beforeAll(async () => {
  records = await createTestRecords();
  app = await buildApp({ records, host: createFakeHost() });
});
afterAll(async () => {
  await app.close();
  await records.close();
});

const get = (url: string, headers: Record<string, string> = {}) => app.inject({ url, headers });

it('tells a client that has it already', async () => {
  const first = await get('/v1/models');
  const tag = String(first.headers.etag);
  expect(tag).toMatch(/^W\/"[\w-]+"$/);
  for (const known of [tag, `"other", ${tag}`, tag.slice(2), '*']) {
    const again = await get('/v1/models', { 'if-none-match': known });
    expect([again.statusCode, again.body, again.headers.etag]).toEqual([304, '', tag]);
  }
  expect((await get('/v1/models', { 'if-none-match': 'W/"other"' })).statusCode).toBe(200);
  expect((await get('/v1/models?task=paint')).headers.etag).not.toBe(tag);
});

it('compresses what is large for those who accept it, under the same tag', async () => {
  const plain = await get('/openapi.json');
  expect(plain.headers['content-encoding']).toBeUndefined();
  for (const [coding, decompress] of [
    ['br', brotliDecompressSync],
    ['gzip', gunzipSync],
  ] as const) {
    const answer = await get('/openapi.json', { 'accept-encoding': coding });
    expect([answer.headers['content-encoding'], answer.headers.vary]).toEqual([
      coding,
      expect.stringContaining('accept-encoding'),
    ]);
    expect(decompress(answer.rawPayload).toString()).toBe(plain.body);
    expect(answer.rawPayload.length).toBeLessThan(plain.body.length / 4);
    expect(answer.headers.etag).toBe(plain.headers.etag);
  }
  expect(
    (await get('/health/live', { 'accept-encoding': 'br' })).headers['content-encoding'],
  ).toBeUndefined();
});

it('keeps an answer for its idempotency key as it is, whoever compresses it', async () => {
  const ask = (coding: string) =>
    app.inject({
      method: 'POST',
      url: '/v1/generate-image',
      headers: { 'idempotency-key': 'smaller', 'accept-encoding': coding },
      payload: { prompt: Array(8).fill('a red car on a road'), n: 8, seed: 1 },
    });
  const first = await ask('br');
  const again = await ask('identity');
  expect([first.headers['content-encoding'], again.headers['content-encoding']]).toEqual(['br', undefined]);
  expect(again.headers['idempotent-replayed']).toBe('true');
  expect(brotliDecompressSync(first.rawPayload).toString()).toBe(again.body);
  expect(again.headers.etag).toBeUndefined();
});
