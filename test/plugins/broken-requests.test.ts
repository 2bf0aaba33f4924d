import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildApp } from '../../src/app.ts';
import { createTestRecords } from '../database/test-database.ts';
import { createFakeHost } from '../routes/fake-host.ts';
import { sendRaw } from './raw-request.ts';

let records: Awaited<ReturnType<typeof createTestRecords>>;
let app: FastifyInstance;
let port: number;
beforeAll(async () => {
  records = await createTestRecords();
  app = await buildApp({ records, host: createFakeHost() });
  await app.listen({ host: '127.0.0.1', port: 0 });
  ({ port } = app.server.address() as AddressInfo);
});
afterAll(async () => {
  await app.close();
  await records.close();
});

const HEAD = 'GET /v1/models HTTP/1.1\r\nHost: localhost\r\n';
it.each([
  ['headers without end', `${HEAD}X: ${'x'.repeat(20_000)}\r\n\r\n`, 431, 'headers_too_large'],
  ['an address without end', `GET /v1/${'x'.repeat(20_000)} HTTP/1.1\r\n\r\n`, 431, 'headers_too_large'],
  ['an expectation', `${HEAD}Expect: the-unexpected\r\n\r\n`, 417, 'expectation_failed'],
  ['no HTTP', 'HELO zoo\r\n\r\n', 400, 'invalid_request'],
  ['two lengths', `${HEAD}Content-Length: 1\r\nContent-Length: 2\r\n\r\nx`, 400, 'invalid_request'],
  [
    'a length and chunks',
    `${HEAD}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    400,
    'invalid_request',
  ],
  [
    'an address that is none',
    'GET /v1/models/%zz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
    400,
    'invalid_request',
  ],
])('%s', async (_what, text, status, code) => {
  const answer = await sendRaw(port, text);
  expect(answer.status).toBe(status);
  expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
  const { error } = JSON.parse(answer.body);
  expect(error).toMatchObject({ code, param: null });
  expect(answer.headers['x-request-id']).toBe(error.request_id);
});
