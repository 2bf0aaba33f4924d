/** Text that Postgres does not take, or that is not UTF-8, in every place of a request that holds text. */
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import type { FastifyInstance, InjectOptions } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildApp } from '../../src/app.ts';
import { CodedError } from '../../src/errors.ts';
import { type JobQueue, openQueue } from '../../src/jobs/queue.ts';
import { createTrainJobs } from '../../src/jobs/train-jobs.ts';
import { EXAMPLE_PICTURE } from '../../src/routes/pictures.ts';
import { createTestRecords } from '../database/test-database.ts';
import { tiny } from '../jobs/tiny-kind.ts';
import { createFakeHost } from '../routes/fake-host.ts';

let records: Awaited<ReturnType<typeof createTestRecords>>;
let queue: JobQueue;
let app: FastifyInstance;

const image = EXAMPLE_PICTURE.slice(EXAMPLE_PICTURE.indexOf(',') + 1);

beforeAll(async () => {
  records = await createTestRecords();
  queue = await openQueue(records.connection, 'sender', () => {});
  const jobs = createTrainJobs(records.database, queue);
  const training = { jobs, kinds: [tiny], dataDir: '/nowhere', checkpointsDir: '/nowhere' };
  app = await buildApp({
    records,
    host: createFakeHost(),
    training,
    access: { keysNeeded: false, rateLimit: 1000 },
  });
});
afterAll(async () => {
  await app.close();
  await queue.close();
  await records.close();
});

async function send(options: InjectOptions) {
  const answer = await app.inject(options);
  const { error } = answer.json();
  return { status: answer.statusCode, headers: answer.headers, error };
}
const JSON_HEADER = { 'content-type': 'application/json' };
const raw = (url: string, payload: string | Buffer, headers: Record<string, string> = JSON_HEADER) =>
  send({ method: 'POST', url, payload, headers });

const BAD = { NUL: 'a\0b', 'a high half': 'a\ud800b', 'a low half': '\udc00' };
const bodies = (bad: string): [url: string, body: object, param: string][] => [
  ['/v1/generate-image', { prompt: bad }, '/prompt'],
  ['/v1/generate-image', { prompt: ['x', bad] }, '/prompt/1'],
  ['/v1/generate-image', { prompt: 'x', model: bad }, '/model'],
  ['/v1/caption', { image, prefix: bad }, '/prefix'],
  ['/v1/caption', { image, model: bad }, '/model'],
  ['/v1/vqa', { image, question: bad }, '/question'],
  ['/v1/nlvr2', { images: [image, image], statement: bad }, '/statement'],
  ['/v1/train-jobs', { kind: 'tiny', dataset: bad }, '/dataset'],
  ['/v1/train-jobs', { kind: 'tiny', dataset: 'scenes', suffix: bad }, '/suffix'],
  ['/v1/train-jobs', { kind: 'tiny', dataset: 'scenes', metadata: { a: bad } }, '/metadata/a'],
  ['/v1/train-jobs', { kind: 'tiny', dataset: 'scenes', metadata: { [bad]: 'x' } }, '/metadata'],
  ['/v1/train-jobs', { kind: 'tiny', dataset: 'scenes', base_model: bad }, '/base_model'],
];

describe.each(Object.entries(BAD))('%s', (_name, bad) => {
  it.each(bodies(bad))('in a body of %s is told: %j', async (url, body, param) => {
    const { status, error } = await raw(url, JSON.stringify(body));
    expect([status, error.code, error.param]).toEqual([400, 'invalid_request', param]);
  });

  it.each([
    ['/v1/caption', { prefix: bad }, '/prefix'],
    ['/v1/vqa', { question: bad }, '/question'],
  ])('in a form for %s is told', async (url, fields, param) => {
    const form = new FormData();
    form.append('image', new Blob([Buffer.from(image, 'base64')]), 'a.png');
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    const sent = new Response(form);
    const headers = { 'content-type': sent.headers.get('content-type')! };
    const { status, error } = await raw(url, Buffer.from(await sent.arrayBuffer()), headers);
    // A browser turns half a pair into U+FFFD before it sends it.
    if (bad.isWellFormed())
      expect([status, error.code, error.param]).toEqual([400, 'invalid_request', param]);
    else expect(status).toBe(200);
  });
});

const { paths } = JSON.parse(readFileSync(new URL('../../openapi/openapi.json', import.meta.url), 'utf8'));
const named = Object.entries(paths as Record<string, Record<string, object>>).flatMap(([path, methods]) =>
  path.includes('{') ? Object.keys(methods).map((method) => [method.toUpperCase(), path] as const) : [],
);

it.each(named)('%s %s knows no id with NUL', async (method, path) => {
  // A side is one of two words, no id.
  const url = path.replace('{side}', '0').replaceAll(/\{\w+\}/g, 'a%00b');
  const payload = /promote/.test(url) ? {} : /import/.test(url) ? { csv: 'a' } : undefined;
  const { status, error } = await send({ method: method as 'GET', url, ...(payload && { payload }) });
  expect(status).toBe(404);
  expect(error.code).toMatch(/^(run|job|model|study|sent_file|webhook|dataset)_not_found$/);
});

const lists = Object.entries(
  paths as Record<string, { get?: { parameters?: { in: string; name: string }[] } }>,
)
  .filter(([path]) => !path.includes('{'))
  .flatMap(([path, { get }]) =>
    (get?.parameters ?? []).flatMap(({ in: where, name }) =>
      where === 'query' ? [[path, name] as const] : [],
    ),
  );

it.each(lists)('GET %s?%s=%%00 is told', async (path, name) => {
  const { status, error } = await send({ url: `${path}?${name}=a%00b` });
  expect([status, error.code, error.param]).toEqual([400, 'invalid_request', `/${name}`]);
});

it.each(['/v1/models/a%ED%A0%80b', '/v1/runs?after=%ED%A0%80', '/%00', '/docs/static/%00', '/docs/%00'])(
  '%s is no fault of the server',
  async (url) => {
    const { statusCode } = await app.inject({ url });
    expect(statusCode).toBeLessThan(500);
  },
);

it('a failure that quotes what cannot be stored is told and recorded all the same', async () => {
  const host = createFakeHost();
  host.behaviour = async () => {
    throw new CodedError('impossible_request', 'a\0b \ud800');
  };
  const own = await buildApp({ records, host });
  const answer = await own.inject({ method: 'POST', url: '/v1/generate-image', payload: { prompt: 'x' } });
  expect(answer.statusCode).toBe(422);
  const [run] = (await own.inject({ url: '/v1/runs?limit=1' })).json().data;
  expect(run).toMatchObject({ status: 'failed', error: { message: 'a\ufffdb \ufffd' } });
  await own.close();
});

describe('a body', () => {
  const latin1 = Buffer.from('{"prompt": "un caf\xe9"}', 'latin1');
  const about = Buffer.from(`{"image": "${image}", "question": "un caf\xe9"}`, 'latin1');

  it.each([
    ['/v1/generate-image', latin1],
    ['/v1/vqa', about],
    ['/v1/vqa', Buffer.concat([about.subarray(0, -1), Buffer.alloc(300_000, 0x20), Buffer.from('}')])],
    ['/v1/generate-image', Buffer.from('{"prompt": "a"}', 'utf16le')],
  ])('for %s that is not UTF-8 is not JSON', async (url, body) => {
    expect(await raw(url, body)).toMatchObject({ status: 400, error: { code: 'invalid_json' } });
  });

  it.each(['latin1', 'ISO-8859-1', '"windows-1252"', 'utf-16'])(
    'in charset %s is refused',
    async (charset) => {
      const headers = { 'content-type': `application/json; charset=${charset}` };
      for (const [url, body] of [
        ['/v1/generate-image', latin1],
        ['/v1/vqa', about],
      ] as const) {
        const { status, error } = await raw(url, body, headers);
        expect([status, error.code]).toEqual([415, 'unsupported_media_type']);
        expect(error.message).toContain('UTF-8');
      }
    },
  );

  it.each(['utf-8', 'UTF8', '"utf-8"', 'us-ascii'])('in charset %s is read', async (charset) => {
    const headers = { 'content-type': `application/json; charset=${charset}` };
    const answer = await app.inject({
      method: 'POST',
      url: '/v1/generate-image',
      headers,
      payload: '{"prompt": "a"}',
    });
    expect(answer.statusCode).toBe(200);
  });

  it.each(['gzip', 'br', 'deflate', 'x-unknown'])('with content-encoding %s is refused', async (coding) => {
    const headers = { ...JSON_HEADER, 'content-encoding': coding };
    for (const url of ['/v1/generate-image', '/v1/vqa', '/v1/train-jobs']) {
      const { status, error, headers: sent } = await raw(url, gzipSync('{}'), headers);
      expect([status, error.code, sent['accept-encoding']]).toEqual([
        415,
        'unsupported_media_type',
        'identity',
      ]);
      expect(error.message).toContain(coding);
    }
  });

  const part = (head: string, body: Buffer | string) =>
    Buffer.concat([Buffer.from(`--x\r\n${head}\r\n\r\n`), Buffer.from(body), Buffer.from('\r\n')]);
  const formOf = (...parts: Buffer[]) => Buffer.concat([...parts, Buffer.from('--x--\r\n')]);
  const FORM = { 'content-type': 'multipart/form-data; boundary=x' };
  const picture = () =>
    part('content-disposition: form-data; name="image"; filename="a.png"', Buffer.from(image, 'base64'));
  const question = 'content-disposition: form-data; name="question"';

  it.each([
    ['Latin-1', question, Buffer.from('un caf\xe9', 'latin1')],
    [
      'Latin-1 that says so',
      `${question}\r\ncontent-type: text/plain; charset=iso-8859-1`,
      Buffer.from('caf\xe9', 'latin1'),
    ],
    ['UTF-16', `${question}\r\ncontent-type: text/plain; charset=utf-16le`, Buffer.from('what?', 'utf16le')],
    ['half a character', question, Buffer.from([0x61, 0xc3])],
    ['base64', `${question}\r\ncontent-transfer-encoding: base64`, Buffer.from('what?').toString('base64')],
  ])('that is a form with a text in %s is refused', async (_name, head, text) => {
    const { status, error } = await raw('/v1/vqa', formOf(picture(), part(head, text)), FORM);
    expect([status, error.code, error.param]).toEqual([400, 'invalid_request', '/question']);
  });

  it('that is a form is read in UTF-8', async () => {
    const host = createFakeHost();
    const own = await buildApp({ records, host });
    const payload = formOf(
      picture(),
      part(`${question}\r\ncontent-type: text/plain; charset=utf-8`, 'un café?'),
    );
    const answer = await own.inject({ method: 'POST', url: '/v1/vqa', payload, headers: FORM });
    expect([answer.statusCode, host.looks[0]]).toMatchObject([200, { question: 'un café?' }]);
    await own.close();
  });

  it.each([
    ['a type alone', '\r\ncontent-type: image/png'],
    ['nothing', ''],
  ])('that is a form may name no file: %s', async (_name, more) => {
    const file = (bytes: Buffer | string) =>
      part(`content-disposition: form-data; name="image"${more}`, bytes);
    const ask = part(question, 'what?');
    const answer = await app.inject({
      method: 'POST',
      url: '/v1/vqa',
      payload: formOf(file(Buffer.from(image, 'base64')), ask),
      headers: FORM,
    });
    expect(answer.statusCode).toBe(200);
    const none = await raw('/v1/vqa', formOf(file('no picture'), ask), FORM);
    expect(none).toMatchObject({ status: 400, error: { param: '/image' } });
  });
});
