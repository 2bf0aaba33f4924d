import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildApp } from '../../src/app.ts';
import { createTestRecords } from '../database/test-database.ts';
import { createFakeHost, MODEL } from '../routes/fake-host.ts';

let records: Awaited<ReturnType<typeof createTestRecords>>;
let app: FastifyInstance;
let url: string;
beforeAll(async () => {
  records = await createTestRecords();
  app = await buildApp({ records, host: createFakeHost() });
  url = await app.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(async () => {
  await app.close();
  await records.close();
});

const post = async (path: string, type: string | undefined, body: string | ReadableStream) => {
  const answer = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: type === undefined ? {} : { 'content-type': type },
    body,
    ...(typeof body !== 'string' && { duplex: 'half' }),
  } as RequestInit);
  return [answer.status, ((await answer.json()) as { error?: { code: string } }).error?.code];
};
const chunked = (...chunks: string[]) =>
  Readable.toWeb(Readable.from(chunks, { objectMode: false })) as ReadableStream;
const LOAD = `/v1/models/${MODEL}/load`;
const TYPES = ['application/json', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'];

it.each([...TYPES, 'text/plain', 'nonsense', ''])('an empty body of type "%s" is none', async (type) => {
  expect(await post(LOAD, type, '')).toEqual([200, undefined]);
  expect(await post(LOAD, type, chunked())).toEqual([200, undefined]);
});

it('one that is not empty is what it says it is', async () => {
  expect(await post(LOAD, 'application/json', '{}')).toEqual([200, undefined]);
  expect(await post(LOAD, 'application/json', chunked('{', '}'))).toEqual([200, undefined]);
  expect(await post(LOAD, 'application/json', 'x')).toEqual([400, 'invalid_json']);
  expect(await post(LOAD, 'application/json', chunked('x'))).toEqual([400, 'invalid_json']);
  expect(await post(LOAD, 'text/plain', chunked('x'))).toEqual([415, 'unsupported_media_type']);
  expect(await post(LOAD, 'application/json', chunked('{"a": "', 'x'.repeat(2 ** 20), '"}'))).toEqual([
    413,
    'payload_too_large',
  ]);
});

it('is missed where a body is needed', async () => {
  expect(await post('/v1/generate-image', 'application/json', '')).toEqual([400, 'invalid_json']);
});
