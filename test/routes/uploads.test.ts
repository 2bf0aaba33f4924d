/** Pictures through HTTP: forms and JSON, what is answered and what is refused, by a host without models. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buildApp } from '../../src/app.ts';
import { CodedError } from '../../src/errors.ts';
import type { Nlvr2Request, VqaRequest } from '../../src/inference/host.ts';
import { MAX_PICTURE_BYTES } from '../../src/pictures/picture-header.ts';
import type { RemoteImages } from '../../src/remote-images.ts';
import { createTestRecords } from '../database/test-database.ts';
import { NOT_PICTURES, picture, pngHeader, sampleFiles } from '../pictures/sample-pictures.ts';
import { createFakeHost, type FakeHost, REVISION, SEEING } from './fake-host.ts';

/** Bytes that bodies may hold together. */
const MOST_HELD = 30e6;
/** Longer than a busy machine keeps a sender from sending. */
const SILENCE_MS = 6_000;

let host: FakeHost;
let records: Awaited<ReturnType<typeof createTestRecords>>;
let app: FastifyInstance;
let url: string;
let files: Record<string, Buffer>;
const remote: { fetching: RemoteImages['fetch'] } = { fetching: async () => Buffer.alloc(0) };

beforeAll(async () => {
  files = await sampleFiles();
  records = await createTestRecords();
  host = createFakeHost();
  const remoteImages: RemoteImages = { fetch: (...asked) => remote.fetching(...asked) };
  app = await buildApp({ records, host, remoteImages, bodies: { mostHeld: MOST_HELD, silenceMs: 180_000 } });
  url = await app.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(async () => {
  await app.close();
  await records.close();
});
beforeEach(() => {
  host.looking = undefined;
  host.looks.length = 0;
  host.statistics.queuedWorks = 0;
});

type Field = string | Buffer;
function form(fields: Record<string, Field | Field[]>): FormData {
  const data = new FormData();
  for (const [name, values] of Object.entries(fields)) {
    for (const value of [values].flat()) {
      if (typeof value === 'string') data.append(name, value);
      else data.append(name, new Blob([new Uint8Array(value)]), 'picture');
    }
  }
  return data;
}

async function post(path: string, body: FormData | object, headers: Record<string, string> = {}) {
  const isForm = body instanceof FormData;
  const answer = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: isForm ? headers : { 'content-type': 'application/json', ...headers },
    body: isForm ? body : JSON.stringify(body),
  });
  return { status: answer.status, headers: answer.headers, body: JSON.parse(await answer.text()) };
}
const latest = async () => JSON.parse(await (await fetch(`${url}/v1/runs/latest`)).text());
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
const base64 = (bytes: Buffer) => bytes.toString('base64');
const png = () => files.png!;

describe('the three tasks', () => {
  const served = (model: string) => ({
    id: expect.stringMatching(/^run_/),
    model,
    revision: REVISION,
    engine: 'fake',
    truncated: false,
    unknown_words: [] as string[],
    timing: { queue_ms: 1.5, compute_ms: 20.25 },
  });

  it('captions, with as many captions as asked for', async () => {
    const fields = {
      prefix: 'The zebra',
      n: '2',
      seed: '7',
      max_tokens: '12',
      sampler: '{"strategy":"confidence"}',
    };
    const { status, body } = await post('/v1/caption', form({ image: png(), ...fields }));
    expect(status).toBe(200);
    expect(body).toEqual({
      ...served(SEEING.caption),
      unknown_words: ['zebra'],
      captions: [
        { text: 'The zebra picture', score: -7, seed: 7 },
        { text: 'The zebra picture', score: -8, seed: 8 },
      ],
    });
    expect(host.looks[0]).toMatchObject({
      prefix: 'The zebra',
      maxTokens: 12,
      sampler: { strategy: 'confidence' },
      seeds: [7, 8],
    });
    const plain = await post('/v1/caption', { image: base64(png()) });
    expect(plain.body.captions).toHaveLength(1);
    expect(host.looks[1]).toMatchObject({ prefix: 'A', maxTokens: 20, sampler: { strategy: 'parallel' } });
  });

  it('answers a question, with the best answers', async () => {
    const { status, body } = await post(
      '/v1/vqa',
      form({ image: png(), question: 'what zebra', top_k: '2' }),
    );
    expect(status).toBe(200);
    expect(body).toEqual({
      ...served(SEEING.vqa),
      unknown_words: ['zebra'],
      answer: 'red',
      answers: [
        { answer: 'red', score: 0.5 },
        { answer: 'blue', score: 0.25 },
      ],
    });
    await post('/v1/vqa', { image: base64(png()), question: 'what colour?' });
    expect(host.looks.map((look) => (look as VqaRequest).topK)).toEqual([2, 5]);
  });

  it('judges a statement about two pictures, the left one first', async () => {
    const images = [png(), files.jpeg!];
    const { status, body } = await post('/v1/nlvr2', form({ images, statement: 'zebras differ' }));
    expect(status).toBe(200);
    expect(body).toEqual({ ...served(SEEING.nlvr2), unknown_words: ['zebras'], label: false, score: 0.25 });
    const same = await post('/v1/nlvr2', {
      images: [base64(png()), base64(png())],
      statement: 'they differ',
    });
    expect(same.body.label).toBe(true);
    const [first] = host.looks as Nlvr2Request[];
    expect([first!.left.hash, first!.right.hash]).toEqual(images.map(sha256));
  });

  it('say what an answer rests on, when they are asked to', async () => {
    const asked = await post(
      '/v1/vqa',
      form({ image: png(), question: 'what?', occlusion: '2', top_k: '1' }),
    );
    const [first, ...others] = asked.body.occlusion.blocks;
    expect(asked.body.occlusion).toMatchObject({ grid: 2, answer: 'red', score: 0.5 });
    expect(first).toEqual({ image: 0, row: 0, column: 0, score: 0.125, fall: 0.375, answer: 'blue' });
    expect(others.map(({ row, column, fall }: Record<string, number>) => [row, column, fall])).toEqual([
      [0, 1, 0],
      [1, 0, 0],
      [1, 1, 0],
    ]);
    expect((await latest()).result.occlusion).toEqual(asked.body.occlusion);
    const images = [base64(png()), base64(files.jpeg!)];
    const judged = await post('/v1/nlvr2', { images, statement: 'zebras differ', occlusion: 3 });
    const { grid, answer, score, blocks } = judged.body.occlusion;
    expect([grid, answer, score, blocks.length]).toEqual([3, 'false', 0.75, 18]);
    expect(blocks[9]).toEqual({ image: 1, row: 0, column: 0, score: 0.5, fall: 0.25, answer: 'false' });
    const refused = await post('/v1/vqa', { image: base64(png()), question: 'what?', occlusion: 9 });
    expect([refused.status, refused.body.error.param]).toEqual([400, '/occlusion']);
  });

  it('record what was asked, the hash of the picture, and the answer', async () => {
    const image = { sha256: sha256(png()), bytes: png().length, format: 'png', width: 48, height: 32 };
    const { body } = await post('/v1/vqa', form({ image: png(), question: 'why zebras' }), {
      'x-request-id': 'mine-2',
    });
    expect(await latest()).toMatchObject({
      id: body.id,
      task: 'vqa',
      status: 'succeeded',
      model: SEEING.vqa,
      revision: REVISION,
      request_id: 'mine-2',
      request: { image, question: 'why zebras', top_k: 5 },
      result: { answers: body.answers, truncated: false, unknown_words: ['zebras'] },
      timing: { queue_ms: 1.5, compute_ms: 20.25 },
    });
    await post('/v1/caption', { image: base64(png()), seed: 3, prefix: 'Where' });
    expect(await latest()).toMatchObject({
      task: 'caption',
      request: {
        image,
        prefix: 'Where',
        n: 1,
        max_tokens: 20,
        sampler: { strategy: 'parallel' },
        seeds: [3],
      },
      result: { captions: [{ text: 'Where picture', score: -3, seed: 3 }] },
    });
    await post('/v1/reconstruct', form({ image: png(), format: 'webp' }));
    expect(await latest()).toMatchObject({
      task: 'reconstruct',
      request: { image, format: 'webp' },
      result: { width: 128, height: 128, codes: expect.arrayContaining([0, 63]) },
    });
    await post('/v1/nlvr2', form({ images: [png(), png()], statement: 'x' }));
    expect(await latest()).toMatchObject({
      task: 'nlvr2',
      request: { images: [image, image], statement: 'x' },
      result: { label: true, score: 0.75 },
    });
  });
});

describe('reconstruct', () => {
  const ask = (body: object, accept?: string) =>
    fetch(`${url}/v1/reconstruct`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(accept !== undefined && { accept }) },
      body: JSON.stringify(body),
    });

  it('answers JSON, or the file in the format that is accepted', async () => {
    const json = (await (await ask({ image: base64(png()) })).json()) as { b64_json: string };
    expect(json).toMatchObject({ model: SEEING.caption, width: 128, format: 'png', codes: { length: 64 } });
    const answer = await ask({ image: base64(png()) }, 'image/webp');
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'image/webp']);
    expect(answer.headers.get('x-run-id')).toMatch(/^run_/);
    expect(Buffer.from(await answer.arrayBuffer()).equals(Buffer.from(json.b64_json, 'base64'))).toBe(true);
  });

  it('refuses what no answer can be', async () => {
    const image = base64(png());
    const code = async (body: object, accept?: string) => {
      const answer = await ask(body, accept);
      const { error } = (await answer.json()) as { error: { code: string } };
      return [answer.status, error.code];
    };
    expect(await code({ image }, 'text/plain')).toEqual([406, 'not_acceptable']);
    expect(await code({ image, format: 'png' }, 'image/webp')).toEqual([406, 'not_acceptable']);
    expect(await code({ image, model: SEEING.vqa })).toEqual([422, 'task_not_supported']);
    expect(await code({ image, format: 'gif' })).toEqual([400, 'invalid_request']);
    expect(await code({})).toEqual([400, 'invalid_request']);
  });
});

describe('pictures', () => {
  it('of every kind come in as files, as base64 and as data URLs, byte for byte', async () => {
    for (const [name, file] of Object.entries(files)) {
      const question = 'what is it?';
      const wrapped = base64(file).replace(/.{76}/g, '$&\n');
      const bodies = [
        form({ question, image: file }),
        { image: base64(file), question },
        { image: wrapped, question },
        { image: file.toString('base64url'), question },
        { image: `data:image/whatever;base64,${base64(file)}`, question },
      ];
      for (const body of bodies) expect([name, (await post('/v1/vqa', body)).status]).toEqual([name, 200]);
      const seen = host.looks.splice(0) as VqaRequest[];
      expect(seen).toHaveLength(bodies.length);
      for (const { picture: found } of seen) {
        expect(found.hash).toBe(sha256(file));
        expect(file.equals(found.bytes)).toBe(true);
      }
    }
  });

  const cases = [
    ...Object.entries(NOT_PICTURES).map(([name, file]) => [name, file, 415, 'image_not_supported'] as const),
    ['12,000 × 12,000 pixels', pngHeader(12_000, 12_000), 413, 'image_too_large'] as const,
    ['a header cut short', pngHeader(9, 9).subarray(0, 18), 422, 'image_damaged'] as const,
  ];
  it.each(cases)(
    'that are %s are refused with their code, and leave no run',
    async (_name, file, status, code) => {
      const before = (await latest()).id;
      const error = { code, param: '/image', request_id: expect.any(String) };
      for (const body of [form({ image: file, question: 'x' }), { image: base64(file), question: 'x' }]) {
        expect(await post('/v1/vqa', body)).toMatchObject({ status, body: { error } });
      }
      for (const body of [
        form({ images: [png(), file], statement: 'x' }),
        { images: [base64(png()), base64(file)], statement: 'x' },
      ]) {
        expect(await post('/v1/nlvr2', body)).toMatchObject({
          status,
          body: { error: { ...error, param: '/images/1' } },
        });
      }
      expect(host.looks).toHaveLength(0);
      expect((await latest()).id).toBe(before);
    },
  );

  it('of 20 MB are taken, larger ones refused, and the sender reads the answer', async () => {
    const large = Buffer.concat([png(), Buffer.alloc(MAX_PICTURE_BYTES - png().length)]);
    expect((await post('/v1/caption', form({ image: large }))).status).toBe(200);
    expect((await post('/v1/caption', { image: base64(large) })).status).toBe(200);
    for (const more of [1, 15e6, 40e6]) {
      const huge = Buffer.concat([large, Buffer.alloc(more)]);
      for (const body of [form({ image: huge }), { image: base64(huge) }]) {
        const { status, body: answer } = await post('/v1/caption', body);
        expect([more, status]).toEqual([more, 413]);
        expect(answer.error.code).toMatch(/image_too_large|payload_too_large/);
      }
    }
    expect(host.looks).toHaveLength(2);
    expect((await post('/v1/caption', form({ image: png() }))).status).toBe(200);
  });

  it('that fill a large body are read beside the server, as those of a small one are', async () => {
    const large = Buffer.concat([png(), Buffer.alloc(2e6)]);
    const images = [base64(large), base64(png())];
    expect((await post('/v1/nlvr2', { images, statement: 'x' })).status).toBe(200);
    const [{ left, right }] = host.looks as [Nlvr2Request];
    expect([left.hash, right.hash]).toEqual([large, png()].map(sha256));
    expect(large.equals(left.bytes)).toBe(true);

    const wrong = await post('/v1/nlvr2', { images: ['%'.repeat(1e6), images[1]], statement: 'x' });
    expect([wrong.status, wrong.body.error.param]).toEqual([400, '/images/0']);
    const fault = await post('/v1/vqa', { image: images[0], question: ' ', __proto__: null });
    expect([fault.status, fault.body.error.param]).toEqual([400, '/question']);
    for (const [body, status, code] of [
      [`{"image": "${images[0]}"`, 400, 'invalid_json'],
      [`{"image": "${images[0]}", "__proto__": {"n": 1}}`, 400, 'invalid_json'],
      [`{"image": "${images[0]}", "prefix": "${'x'.repeat(2e6)}"}`, 413, 'payload_too_large'],
      [`["${images[0]}"]`, 413, 'payload_too_large'],
      ['', 400, 'invalid_json'],
    ] as const) {
      const headers = { 'content-type': 'application/json' };
      const answer = await fetch(`${url}/v1/caption`, { method: 'POST', headers, body });
      expect([answer.status, JSON.parse(await answer.text()).error.code]).toEqual([status, code]);
    }
    const key = { 'idempotency-key': 'large-1' };
    const first = await post('/v1/caption', { image: images[0] }, key);
    expect((await post('/v1/caption', { image: images[0] }, key)).body).toEqual(first.body);
    expect((await post('/v1/caption', { image: images[1] }, key)).status).toBe(422);
  });

  it('by address come from where the operator allows', async () => {
    const fetched: string[] = [];
    remote.fetching = async (address) => {
      fetched.push(address);
      return png();
    };
    const { body } = await post('/v1/caption', { image: 'https://pictures.example/a.png?key=secret' });
    expect(host.looks).toMatchObject([{ picture: { hash: sha256(png()) } }]);
    const from = 'https://pictures.example/a.png';
    expect(await latest()).toMatchObject({
      id: body.id,
      request: { image: { sha256: sha256(png()), from } },
    });
    const both = ['https://pictures.example/b.png', base64(png())];
    expect((await post('/v1/nlvr2', { images: both, statement: 'x' })).status).toBe(200);
    expect(fetched).toEqual(['https://pictures.example/a.png?key=secret', 'https://pictures.example/b.png']);

    remote.fetching = async (_address, param) => {
      throw new CodedError('image_not_reachable', undefined, { param });
    };
    const gone = await post('/v1/nlvr2', { images: [...both].reverse(), statement: 'x' });
    expect([gone.status, gone.body.error.code, gone.body.error.param]).toEqual([
      422,
      'image_not_reachable',
      '/images/1',
    ]);
    remote.fetching = async () => Buffer.from('<html>');
    expect((await post('/v1/caption', { image: both[0] })).body.error.code).toBe('image_not_supported');
  });

  describe('in a data URL', () => {
    const encoded = () => base64(png());
    const escaped = (text: string) =>
      text.replaceAll('+', '%2B').replaceAll('/', '%2f').replaceAll('=', '%3D');
    const percent = () => [...png()].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');

    it.each<[string, () => string]>([
      ['no type', () => `data:;base64,${encoded()}`],
      ['upper case', () => `DATA:IMAGE/PNG;BASE64,${encoded()}`],
      ['parameters', () => `data:image/png;charset=utf-8;name=a%20b.png;base64,${encoded()}`],
      ['many parameters', () => `data:image/png;${'x=y;'.repeat(100)}base64,${encoded()}`],
      ['space before base64', () => `data:image/png; base64,${encoded()}`],
      ['space around it', () => `  data:image/png;base64,${encoded()}\n`],
      ['another type', () => `data:text/plain;base64,${encoded()}`],
      ['percent-escapes', () => `data:image/png;base64,${escaped(encoded())}`],
      ['escaped line breaks', () => `data:image/png;base64,${encoded().replace(/.{76}/g, '$&%0D%0A')}`],
      ['the alphabet of addresses', () => `data:image/png;base64,${png().toString('base64url')}`],
      ['no padding', () => `data:image/png;base64,${encoded().replace(/=+$/, '')}`],
      ['line breaks and tabs', () => `data:image/png;base64,${encoded().replace(/.{10}/g, '$&\r\n\t')}`],
      ['a fragment', () => `data:image/png;base64,${encoded()}#part`],
      ['escapes alone', () => `data:image/png,${percent()}`],
      [
        'escapes where needed',
        () =>
          `data:image/png,${percent().replace(/%4[1-9]/g, (e) => String.fromCharCode(Number.parseInt(e.slice(1), 16)))}`,
      ],
    ])('is read with %s', async (_name, image) => {
      const { status, body } = await post('/v1/caption', { image: image() });
      expect([status, body.error]).toEqual([200, undefined]);
      expect(host.looks).toMatchObject([{ picture: { hash: sha256(png()) } }]);
    });

    it('that holds something else is no picture', async () => {
      for (const image of ['data:image/png,xx', 'data:image/png,%89PN', 'data:,']) {
        const { status, body } = await post('/v1/caption', { image });
        expect([status, body.error.code, body.error.param]).toEqual([415, 'image_not_supported', '/image']);
      }
    });
  });

  it.each([76, 1])('of 20 MB come in lines of %d', async (length) => {
    const bytes = Buffer.concat([png(), Buffer.alloc(MAX_PICTURE_BYTES - png().length, 'x')]);
    const lines = base64(bytes).replace(new RegExp(`.{${length}}`, 'g'), length > 4 ? '$&\r\n' : '$&\n');
    const { status, body } = await post('/v1/caption', { image: lines });
    expect([status, body.error]).toEqual([200, undefined]);
    expect(host.looks).toMatchObject([{ picture: { hash: sha256(bytes) } }]);
    const more = await post('/v1/caption', { image: `${lines}\nAAAA` });
    expect([more.status, more.body.error.code]).toEqual([413, 'image_too_large']);
  });

  it.each([['data:image/png;base64,not base64!'], ['data:'], ['%%%%'], ['AAAAA'], ['iVBORw0KGgo=x']])(
    'in JSON must be base64: %s',
    async (image) => {
      const { status, body } = await post('/v1/caption', { image });
      expect([status, body.error.code, body.error.param]).toEqual([400, 'invalid_request', '/image']);
      expect(body.error.message).toContain('base64');
    },
  );
});

it('optional fields of a form that were left empty are left out', async () => {
  const empty = { model: '', n: '', seed: '', sampler: '', max_tokens: '' };
  const { status } = await post('/v1/caption', form({ image: png(), prefix: '', ...empty }));
  expect(status).toBe(200);
  expect(host.looks[0]).toMatchObject({ prefix: '', maxTokens: 20, sampler: { strategy: 'parallel' } });
  const question = await post('/v1/vqa', form({ image: png(), question: '' }));
  expect([question.status, question.body.error.param]).toEqual([400, '/question']);
});

describe('bad requests', () => {
  it.each<[string, Record<string, Field | Field[]>, string]>([
    ['/v1/vqa', { question: 'x' }, '/image'],
    ['/v1/vqa', { image: 'text', question: 'x' }, '/image'],
    [
      '/v1/vqa',
      { image: [Buffer.from(pngHeader(1, 1)), Buffer.from(pngHeader(1, 1))], question: 'x' },
      '/image',
    ],
    ['/v1/vqa', { image: pngHeader(1, 1) }, '/question'],
    ['/v1/vqa', { image: pngHeader(1, 1), question: ' ' }, '/question'],
    ['/v1/vqa', { image: pngHeader(1, 1), question: ['x', 'y'] }, '/question'],
    ['/v1/vqa', { image: pngHeader(1, 1), question: 'x'.repeat(70_000) }, '/question'],
    ['/v1/vqa', { image: pngHeader(1, 1), question: 'x', top_k: '0' }, '/top_k'],
    ['/v1/vqa', { image: pngHeader(1, 1), question: 'x', top_k: 'five' }, '/top_k'],
    ['/v1/vqa', { image: pngHeader(1, 1), question: 'x', seed: '5' }, '/seed'],
    ['/v1/vqa', { picture: pngHeader(1, 1), question: 'x' }, '/picture'],
    ['/v1/caption', { image: pngHeader(1, 1), n: '9' }, '/n'],
    ['/v1/caption', { image: pngHeader(1, 1), max_tokens: '21' }, '/max_tokens'],
    ['/v1/caption', { image: pngHeader(1, 1), prefix: 'x'.repeat(1001) }, '/prefix'],
    ['/v1/caption', { image: pngHeader(1, 1), sampler: 'gibbs' }, '/sampler'],
    ['/v1/caption', { image: pngHeader(1, 1), sampler: '{"strategy":"x"}' }, '/sampler/strategy'],
    ['/v1/nlvr2', { images: pngHeader(1, 1), statement: 'x' }, '/images'],
    ['/v1/nlvr2', { images: [1, 2, 3].map(() => pngHeader(1, 1)), statement: 'x' }, '/images'],
    ['/v1/nlvr2', { images: [1, 2].map(() => pngHeader(1, 1)) }, '/statement'],
  ])('%s, form %#, is refused where it is wrong', async (path, fields, param) => {
    const { status, body } = await post(path, form(fields));
    expect([status, body.error.code, body.error.param]).toEqual([400, 'invalid_request', param]);
    expect(host.looks).toHaveLength(0);
  });

  it.each<[string, object, string]>([
    ['/v1/vqa', { question: 'x' }, '/image'],
    ['/v1/vqa', { image: 5, question: 'x' }, '/image'],
    ['/v1/vqa', { image: 'x', question: 'x', top_k: '5' }, '/top_k'],
    ['/v1/vqa', { image: 'x' }, '/question'],
    ['/v1/caption', { image: 'x', sampler: '{}' }, '/sampler'],
    ['/v1/nlvr2', { images: ['x'], statement: 'x' }, '/images'],
    ['/v1/nlvr2', { images: 'x', statement: 'x' }, '/images'],
  ])('%s, JSON %j, is refused where it is wrong', async (path, fields, param) => {
    const { status, body } = await post(path, fields);
    expect([status, body.error.code, body.error.param]).toEqual([400, 'invalid_request', param]);
  });

  it('of another type, or of none, are refused', async () => {
    for (const headers of [{ 'content-type': 'image/png' }, { 'content-type': 'text/plain' }] as const) {
      const answer = await fetch(`${url}/v1/vqa`, { method: 'POST', headers, body: new Uint8Array(png()) });
      expect([answer.status, JSON.parse(await answer.text()).error.code]).toEqual([
        415,
        'unsupported_media_type',
      ]);
    }
    const none = await fetch(`${url}/v1/vqa`, { method: 'POST' });
    expect([none.status, JSON.parse(await none.text()).error.code]).toEqual([415, 'unsupported_media_type']);
    const painting = await post('/v1/generate-image', form({ prompt: 'x' }));
    expect([painting.status, painting.body.error.code]).toEqual([415, 'unsupported_media_type']);
  });

  it.each([
    ['no boundary', 'multipart/form-data', 'x'],
    ['nothing', 'multipart/form-data; boundary=b', ''],
    [
      'no end',
      'multipart/form-data; boundary=b',
      '--b\r\ncontent-disposition: form-data; name="question"\r\n\r\nx',
    ],
    [
      'a prototype',
      'multipart/form-data; boundary=b',
      '--b\r\ncontent-disposition: form-data; name="__proto__"\r\n\r\nx\r\n--b--\r\n',
    ],
    ['no names', 'multipart/form-data; boundary=b', '--b\r\n\r\nx\r\n--b--\r\n'],
    [
      'an empty file',
      'multipart/form-data; boundary=b',
      '--b\r\ncontent-disposition: form-data; name="image"; filename=""\r\ncontent-type: application/octet-stream\r\n\r\n\r\n--b--\r\n',
    ],
  ])('with a form of %s are refused', async (_name, type, body) => {
    const answer = await fetch(`${url}/v1/vqa`, { method: 'POST', headers: { 'content-type': type }, body });
    expect([answer.status, JSON.parse(await answer.text()).error.code]).toEqual([400, 'invalid_request']);
  });

  it('know no other model, and none that cannot do the task', async () => {
    const unknown = await post('/v1/vqa', form({ image: png(), question: 'x', model: 'gpt' }));
    expect([unknown.status, unknown.body.error.code]).toEqual([404, 'model_not_found']);
    const unable = await post('/v1/vqa', form({ image: png(), question: 'x', model: SEEING.caption }));
    expect([unable.status, unable.body.error.code]).toEqual([422, 'task_not_supported']);
    expect(unable.body.error.message).toContain('cannot answer questions about images');
  });
});

describe('under load', () => {
  it('a full queue is told before the body is read', async () => {
    host.statistics.queuedWorks = host.statistics.queueLimit;
    const { status, headers, body } = await post('/v1/vqa', form({ image: png(), question: 'x' }));
    expect([status, body.error.code]).toEqual([429, 'queue_full']);
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  });

  const sockets: Socket[] = [];
  const hangUp = () => {
    for (const socket of sockets.splice(0)) socket.destroy();
  };
  // Also when a test failed: a server does not close before its connections do.
  afterEach(hangUp);

  /** Bytes of uploads that the server says it holds. */
  const held = async () => {
    const text = await (await fetch(`${url}/metrics`)).text();
    return Number(/^xlxmert_upload_bytes (\S+)$/m.exec(text)![1]);
  };
  const untilHeld = async (bytes: number) => {
    while ((await held()) !== bytes) await sleep(10);
  };

  const HEAD = '--b\r\ncontent-disposition: form-data; name="image"; filename="x.png"\r\n\r\n';
  const beginRequest = (type: string, length: number, begin: Buffer | string) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    sockets.push(socket);
    socket.write(
      `POST /v1/caption HTTP/1.1\r\nhost: localhost\r\ncontent-type: ${type}\r\ncontent-length: ${length}\r\n\r\n`,
    );
    socket.write(begin);
    return socket;
  };
  /** Says that it will send a picture of `length` bytes, and sends the first ones, `sent` of which are of the picture. */
  const beginUpload = (length: number, sent: number) =>
    beginRequest(
      'multipart/form-data; boundary=b',
      length,
      Buffer.concat([Buffer.from(HEAD), png(), Buffer.alloc(sent - png().length)]),
    );
  const beginUploads = async (count: number, sent: number) => {
    for (let i = 0; i < count; i++) beginUpload(20.5e6, sent);
    // Of the last bytes some may be kept until it is known that they are no boundary.
    while ((await held()) < count * (sent - 1000)) await sleep(10);
  };
  const answerTo = async (socket: Socket) => {
    let text = '';
    for await (const chunk of socket) text += chunk;
    return { status: Number(text.split(' ')[1]), body: JSON.parse(text.split('\r\n\r\n')[1]!) };
  };

  it('uploads beyond what memory holds are told to come back', async () => {
    await beginUploads(13, 2.2e6);
    const large = () => form({ image: Buffer.concat([png(), Buffer.alloc(3e6)]) });
    const refused = await post('/v1/caption', large());
    expect([refused.status, refused.body.error.code]).toEqual([429, 'queue_full']);
    const json = await post('/v1/caption', { image: base64(Buffer.concat([png(), Buffer.alloc(3e6)])) });
    expect([json.status, json.body.error.code]).toEqual([429, 'queue_full']);
    hangUp();
    // All of it is given back.
    await untilHeld(0);
    await beginUploads(12, 2.2e6);
    expect((await post('/v1/caption', form({ image: png() }))).status).toBe(200);
    expect((await post('/v1/caption', large())).status).toBe(200);
  });

  it('what was only announced takes nobody’s place', async () => {
    for (let i = 0; i < 40; i++) {
      beginRequest('multipart/form-data; boundary=b', 20e6, '--b\r\n');
      beginRequest('application/json', 20e6, '{"ima');
    }
    const answers = await Promise.all(
      Array.from({ length: 32 }, async (_, i) => {
        const image = Buffer.concat([png(), Buffer.alloc(32_000)]);
        const { status } = await fetch(`${url}/v1/caption`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: Readable.toWeb(Readable.from([`{"seed": ${i}, "image": "`, base64(image), '"}'])),
          duplex: 'half',
        } as RequestInit);
        return status;
      }),
    );
    expect(new Set(answers)).toEqual(new Set([200]));
  });

  it('a sender that falls silent is told so, and holds nothing', async () => {
    const strict = await buildApp({ records, host, bodies: { silenceMs: SILENCE_MS } });
    const patient = url;
    url = await strict.listen({ host: '127.0.0.1', port: 0 });
    const silent = [
      beginUpload(1e6, 1000),
      beginRequest('multipart/form-data; boundary=b', 1e6, '--'),
      beginRequest('application/json', 1e6, '{"image'),
    ];
    // One that goes on, however slowly, is waited for.
    const text = JSON.stringify({ image: base64(png()) });
    const slow = beginRequest('application/json', text.length, text.slice(0, 1));
    const going = (async () => {
      for (let at = 1; at < text.length; at += Math.ceil(text.length / 12)) {
        await sleep(SILENCE_MS / 10);
        slow.write(text.slice(at, at + Math.ceil(text.length / 12)));
      }
    })();
    for (const { status, body } of await Promise.all(silent.map(answerTo))) {
      expect([status, body.error.code]).toEqual([408, 'request_timeout']);
    }
    await going;
    const [chunk] = await once(slow, 'data');
    expect(String(chunk)).toMatch(/^HTTP\/1.1 200/);
    hangUp();
    await untilHeld(0);
    url = patient;
    await strict.close();
  });

  it('a client that hangs up frees its place', async () => {
    let reason: unknown;
    const asked = new Promise<void>((seen) => {
      host.looking = ({ signal }) =>
        new Promise((_resolve, reject) => {
          signal!.addEventListener('abort', () => {
            reason = signal!.reason;
            reject(reason);
          });
          seen();
        });
    });
    const client = new AbortController();
    const body = form({ image: png(), question: 'x' });
    const answer = fetch(`${url}/v1/vqa`, { method: 'POST', body, signal: client.signal }).catch(
      () => 'gone',
    );
    await asked;
    client.abort();
    expect(await answer).toBe('gone');
    while ((await latest()).status === 'running') await sleep(20);
    expect(await latest()).toMatchObject({ status: 'cancelled', error: { code: 'client_closed_request' } });
    expect(reason).toMatchObject({ code: 'client_closed_request' });
  });

  it('a client that hangs up in the middle of its upload leaves nothing behind', async () => {
    await beginUploads(1, 500_000);
    hangUp();
    await untilHeld(0);
    expect(host.looks).toHaveLength(0);
    expect((await post('/v1/caption', form({ image: png() }))).status).toBe(200);
  });

  it('a picture that cannot be decoded is a 422 with a record of it', async () => {
    host.looking = async () => {
      throw new CodedError('image_damaged', undefined, { param: '/image' });
    };
    const { status, body } = await post('/v1/vqa', form({ image: png(), question: 'x' }));
    expect([status, body.error.code, body.error.param]).toEqual([422, 'image_damaged', '/image']);
    expect(await latest()).toMatchObject({ status: 'failed', error: { code: 'image_damaged' } });
  });
});

describe('Idempotency-Key', () => {
  it('knows a form by what is in it', async () => {
    const ask = (image: Buffer, key: string) =>
      post('/v1/vqa', form({ image, question: 'x' }), { 'idempotency-key': key });
    const first = await ask(png(), 'form-1');
    const again = await ask(png(), 'form-1');
    expect(again.body).toEqual(first.body);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(host.looks).toHaveLength(1);
    const other = await ask(await picture(5, 5).png().toBuffer(), 'form-1');
    expect([other.status, other.body.error.code]).toEqual([422, 'idempotency_key_reused']);
  });
});
