import type { AddressInfo } from 'node:net';
import type { FastifyInstance, InjectOptions } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildApp } from '../../src/app.ts';
import { createTestRecords } from '../database/test-database.ts';
import { createFakeHost } from '../routes/fake-host.ts';
import { sendRaw } from './raw-request.ts';

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

const ask = async (method: string, url: string, more: InjectOptions = {}) => {
  const answer = await app.inject({ ...more, method: method as 'GET', url });
  const code = answer.statusCode < 400 ? undefined : answer.json().error.code;
  return [answer.statusCode, code, answer.headers.allow];
};

describe('a method that an address does not take', () => {
  it.each([
    ['GET', '/v1/generate-image', 'POST, OPTIONS'],
    ['PUT', '/v1/models', 'GET, HEAD, OPTIONS'],
    ['DELETE', '/v1/models?y=1', 'GET, HEAD, OPTIONS'],
    ['PATCH', '/v1/train-jobs/job_1', 'DELETE, GET, HEAD, OPTIONS'],
    ['POST', '/v1/train-jobs/job_1', 'DELETE, GET, HEAD, OPTIONS'],
    ['GET', '/v1/models/x/load/', 'POST, OPTIONS'],
    ['POST', '/health/live', 'GET, HEAD, OPTIONS'],
    ['TRACE', '/v1/vqa', 'POST, OPTIONS'],
    ['PROPFIND', '/docs', 'GET, HEAD, OPTIONS'],
  ])('%s %s is told those that it takes', async (method, url, allow) => {
    expect(await ask(method, url)).toEqual([405, 'method_not_allowed', allow]);
  });

  it('is refused before its body is read', async () => {
    const xml = { payload: '<x/>', headers: { 'content-type': 'text/xml' } };
    expect(await ask('PUT', '/v1/vqa', xml)).toEqual([405, 'method_not_allowed', 'POST, OPTIONS']);
    expect(await ask('POST', '/v1/nothing', xml)).toEqual([404, 'route_not_found', undefined]);
  });
});

it('OPTIONS tells what an address takes', async () => {
  expect(await ask('OPTIONS', '/v1/vqa')).toEqual([204, undefined, 'POST, OPTIONS']);
  expect(await ask('OPTIONS', '/v1/nothing')).toEqual([404, 'route_not_found', undefined]);
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const all = await sendRaw(port, 'OPTIONS * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
  expect([all.status, all.headers.allow]).toEqual([204, 'DELETE, GET, HEAD, POST, OPTIONS']);
});

it('a slash at the end makes no difference', async () => {
  for (const url of ['/v1/models/', '/v1/models/x-lxmert-scenes/', '/v1/runs/', '/health/live/', '/docs/']) {
    expect([url, (await ask('GET', url))[0]]).toEqual([url, 200]);
  }
});

it('an id of any length gets a sentence', async () => {
  const id = 'x'.repeat(9000);
  for (const [url, kind] of [
    [`/v1/runs/${id}`, 'a run'],
    [`/v1/models/${id}`, 'a model'],
    [`/v1/train-jobs/${id}/events`, 'a job'],
  ] as const) {
    const answer = await app.inject(url);
    expect([answer.statusCode, answer.json().error]).toMatchObject([
      400,
      { code: 'invalid_request', param: '/id' },
    ]);
    expect(answer.json().error.message).toContain(`id must be the id of ${kind}`);
  }
});
