import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import request from 'supertest';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buildApp } from '../../src/app.ts';
import { CodedError } from '../../src/errors.ts';
import { createTestRecords } from '../database/test-database.ts';
import { createFakeHost, type FakeHost, MODEL, REVISION, result } from './fake-host.ts';

let host: FakeHost;
let records: Awaited<ReturnType<typeof createTestRecords>>;
let app: FastifyInstance;
let url: string;

beforeAll(async () => {
  records = await createTestRecords();
  host = createFakeHost();
  app = await buildApp({ records, host });
  url = await app.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(async () => {
  await app.close();
  await records.close();
});
beforeEach(() => {
  host.behaviour = undefined;
  host.requests.length = 0;
  host.statistics.queuedWorks = 0;
});

const post = (body: object | string) =>
  request(url).post('/v1/generate-image').set('content-type', 'application/json').send(body);
const run = async (id: string) => (await request(url).get(`/v1/runs/${id}`)).body;

describe('JSON', () => {
  it('answers with everything that repeats the image', async () => {
    const { status, body, headers } = await post({ prompt: 'a zebra', seed: 7 });
    expect(status).toBe(200);
    expect(headers['x-request-id']).toMatch(/^req_/);
    expect(body).toEqual({
      id: expect.stringMatching(/^run_[0-9a-z]{26}$/),
      model: MODEL,
      revision: REVISION,
      engine: 'fake',
      sampler: { strategy: 'easy-first', steps: 4 },
      images: [
        {
          prompt: 'a zebra',
          truncated: false,
          unknown_words: ['zebra'],
          seed: 7,
          width: 128,
          height: 128,
          format: 'png',
          b64_json: Buffer.from('a zebra/7/4').toString('base64'),
          codes: Array.from({ length: 64 }, (_, i) => i),
        },
      ],
      timing: { queue_ms: 1.5, compute_ms: 20.25 },
    });
  });

  it('paints n images of every prompt, seeds counting up and wrapping, the same for every prompt', async () => {
    const { body } = await post({ prompt: ['a', 'b'], n: 3, seed: 2 ** 32 - 2 });
    const seeds = [2 ** 32 - 2, 2 ** 32 - 1, 0];
    expect(body.images.map((image: { seed: number }) => image.seed)).toEqual([...seeds, ...seeds]);
    expect(body.images.map((image: { prompt: string }) => image.prompt)).toEqual([
      'a',
      'a',
      'a',
      'b',
      'b',
      'b',
    ]);
  });

  it('draws a seed when there is none, and another one next time', async () => {
    const [first, second] = [(await post({ prompt: 'a' })).body, (await post({ prompt: 'a' })).body];
    expect(first.images[0].seed).not.toBe(second.images[0].seed);
  });

  it.each([
    [{ sampler: { strategy: 'parallel', steps: 2 } }, /exactly 1 step/],
    [{ sampler: { steps: 65 } }, /1 to 64 steps/],
    [{ prompt: Array(8).fill('a'), n: 8, sampler: { steps: 64 } }, /a request may have 2048/],
    [{ n: 8, intermediate: true, sampler: { strategy: 'random', steps: 65 } }, /a request may have 512/],
  ])('%j is refused before anything is recorded', async (body, message) => {
    const runs = async () => (await app.inject('/v1/runs?limit=1')).json().data[0]?.id;
    const before = await runs();
    expect(await post({ prompt: 'a', ...body })).toMatchObject({
      status: 422,
      body: { error: { param: '/sampler/steps', message: expect.stringMatching(message) } },
    });
    expect([host.requests, await runs()]).toEqual([[], before]);
  });

  it('hands sampler, format and intermediate to the host, and the pictures of every step back', async () => {
    const sampler = { strategy: 'random', steps: 2, temperature: 0.5, top_k: 3 };
    const { body } = await post({ prompt: 'a', seed: 1, sampler, format: 'webp', intermediate: true });
    expect(host.requests[0]).toMatchObject({ sampler, format: 'webp', intermediate: true });
    expect(body.images[0].intermediate.map((text: string) => Buffer.from(text, 'base64').toString())).toEqual(
      ['a/1/1', 'a/1/2'],
    );
  });

  it("defaults to the model's own sampler, else to mask-predict; a strategy that is named has steps of its own", async () => {
    for (const sampler of [{}, { steps: 8 }, { strategy: 'random' }]) await post({ prompt: 'a', sampler });
    const model = host.models().find(({ id }) => id === MODEL)!;
    const { sampler } = model;
    delete model.sampler;
    await post({ prompt: 'a' });
    model.sampler = sampler!;
    expect(host.requests.map(({ sampler }) => sampler)).toEqual([
      { strategy: 'easy-first', steps: 4 },
      { strategy: 'easy-first', steps: 8 },
      { strategy: 'random' },
      { strategy: 'mask-predict' },
    ]);
  });

  it('draws several pictures of one prompt, so that they differ, unless a temperature is asked for', async () => {
    await post({ prompt: 'a', n: 2 });
    await post({ prompt: 'a', n: 2, sampler: { temperature: 0 } });
    await post({ prompt: 'a', n: 2, sampler: { top_k: 3 } });
    expect(host.requests.map(({ sampler }) => sampler)).toEqual([
      { strategy: 'easy-first', steps: 4, temperature: 0.5 },
      { strategy: 'easy-first', steps: 4, temperature: 0 },
      { strategy: 'easy-first', steps: 4, top_k: 3 },
    ]);
  });

  it('takes prompts in any script', async () => {
    const { status, body } = await post({ prompt: '长颈鹿 🦒 жираф' });
    expect(status).toBe(200);
    expect(body.images[0].prompt).toBe('长颈鹿 🦒 жираф');
  });
});

describe('the file itself', () => {
  it.each(['png', 'jpeg', 'webp'])('as image/%s, the rest in headers', async (format) => {
    const { status, body, headers } = await post({ prompt: 'a', seed: 5 }).set('accept', `image/${format}`);
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'content-type': `image/${format}`,
      'x-model': MODEL,
      'x-revision': REVISION,
      'x-engine': 'fake',
      'x-seed': '5',
      'x-truncated': 'false',
      'x-unknown-words': '',
    });
    expect(headers['x-codes']!.split(',')).toHaveLength(64);
    expect(Buffer.from(body).toString()).toBe('a/5/4');
    expect(host.requests[0]!.format).toBe(format);
    expect((await run(headers['x-run-id']!)).status).toBe('succeeded');
  });

  it('with the unknown words in a header that every client can take', async () => {
    const words = ['жz', 'a,z', ...Array.from({ length: 400 }, (_, i) => `z${i}`)];
    const { headers } = await post({ prompt: words.join(' ') }).set('accept', 'image/png');
    const told = headers['x-unknown-words']!;
    expect(told.length).toBeLessThanOrEqual(2000);
    expect(told.split(',').map(decodeURIComponent).slice(0, 3)).toEqual(['жz', 'a,z', 'z0']);
    const { result } = await run(headers['x-run-id']!);
    expect(result.images[0].unknown_words).toEqual(words);
  });

  it('with what was read where the prompt leaves something out, as the JSON has it', async () => {
    const { headers } = await post({ prompt: 'a bus' }).set('accept', 'image/png');
    expect(headers['x-revised-prompt']).toBe('a%20yellow%20bus');
    const { body } = await post({ prompt: ['a bus', 'a cat'] });
    expect(body.images.map((one: { revised_prompt?: string }) => one.revised_prompt)).toEqual([
      'a yellow bus',
      undefined,
    ]);
    expect((await post({ prompt: 'a cat' }).set('accept', 'image/png')).headers).not.toHaveProperty(
      'x-revised-prompt',
    );
  });

  it('as the format of the body when any image will do', async () => {
    const { headers } = await post({ prompt: 'a', format: 'jpeg' }).set('accept', 'image/*');
    expect(headers['content-type']).toBe('image/jpeg');
  });

  it.each([
    [{ prompt: 'a', n: 2 }, '/n'],
    [{ prompt: ['a', 'b'] }, '/n'],
    [{ prompt: 'a', intermediate: true }, '/intermediate'],
    [{ prompt: 'a', format: 'webp' }, '/format'],
  ])('refuses what does not fit into one: %j', async (body, param) => {
    const answer = await post(body).set('accept', 'image/png');
    expect(answer.status).toBe(422);
    expect(answer.body.error).toMatchObject({ code: 'impossible_request', param });
    expect(host.requests).toHaveLength(0);
  });

  it.each([
    [{ format: 'webp' }, 'image/png, image/webp;q=0.5', 'image/webp'],
    [{ format: 'jpeg' }, 'image/webp, image/*;q=0.2', 'image/jpeg'],
    [{ format: 'webp' }, 'image/png, application/json;q=0.1', 'application/json'],
    [{ n: 2 }, 'image/png, application/json;q=0.1', 'application/json'],
    [{ intermediate: true }, 'image/*, */*;q=0.1', 'application/json'],
    [{}, 'image/webp;q=0.4, image/jpeg;q=0.8, */*;q=0.1', 'image/jpeg'],
  ])('is what both the body and the header allow: %j, %s → %s', async (body, accept, type) => {
    const { status, headers } = await post({ prompt: 'a', ...body }).set('accept', accept);
    expect([status, headers['content-type']!.split(';')[0]]).toEqual([200, type]);
  });

  it('refuses types it cannot make', async () => {
    const { status, body } = await post({ prompt: 'a' }).set('accept', 'image/tiff');
    expect(status).toBe(406);
    expect(body.error.code).toBe('not_acceptable');
  });
});

describe('events', () => {
  const events = (text: string) =>
    text
      .split('\n\n')
      .filter((block) => block.startsWith('event: '))
      .map((block) => {
        const [name, data] = block.split('\n');
        return { name: name!.slice('event: '.length), data: JSON.parse(data!.slice('data: '.length)) };
      });

  it('sends a picture after every step, then the whole answer', async () => {
    const answer = await post({ prompt: 'a', seed: 1 }).set('accept', 'text/event-stream');
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('text/event-stream');
    const list = events(answer.text);
    expect(list.map(({ name }) => name)).toEqual(['step', 'step', 'step', 'step', 'completed']);
    expect(list[0]!.data).toEqual({
      image: 0,
      step: 1,
      steps: 4,
      b64_json: Buffer.from('a/1/1').toString('base64'),
      updated: [1],
    });
    expect(list.at(-1)!.data.images[0].seed).toBe(1);
    expect((await run(list.at(-1)!.data.id)).status).toBe('succeeded');
  });

  it('is an ordinary error when it fails before the first event', async () => {
    host.behaviour = async () => Promise.reject(new CodedError('queue_full'));
    const answer = await post({ prompt: 'a' }).set('accept', 'text/event-stream');
    expect(answer.status).toBe(429);
    expect(answer.body.error.code).toBe('queue_full');
  });

  it('ends with the event error when it fails later', async () => {
    host.behaviour = async (_request, { onStep }) => {
      onStep!({ image: 0, step: 1, steps: 4, encoded: Buffer.from('x'), updated: [] });
      await sleep(20);
      throw new CodedError('inference_unavailable');
    };
    const answer = await post({ prompt: 'a' }).set('accept', 'text/event-stream');
    const list = events(answer.text);
    expect(list.map(({ name }) => name)).toEqual(['step', 'error']);
    expect(list[1]!.data.error).toMatchObject({
      code: 'inference_unavailable',
      request_id: answer.headers['x-request-id'],
    });
  });
});

describe('bad input', () => {
  it.each<[object, string]>([
    [{ prompt: '' }, '/prompt'],
    [{ prompt: ' \n ' }, '/prompt'],
    [{ prompt: 5 }, '/prompt'],
    [{ prompt: null }, '/prompt'],
    [{ prompt: [] }, '/prompt'],
    [{ prompt: ['a', 5] }, '/prompt'],
    [{ prompt: Array(9).fill('a') }, '/prompt'],
    [{ prompt: 'x'.repeat(10_000) }, '/prompt'],
    [{}, '/prompt'],
    [{ prompt: 'a', n: 0 }, '/n'],
    [{ prompt: 'a', n: 1000 }, '/n'],
    [{ prompt: 'a', n: 1.5 }, '/n'],
    [{ prompt: 'a', n: '1' }, '/n'],
    [{ prompt: 'a', seed: -1 }, '/seed'],
    [{ prompt: 'a', format: 'gif' }, '/format'],
    [{ prompt: 'a', store: 'yes' }, '/store'],
    [{ prompt: 'a', sampler: { strategy: 'diffusion' } }, '/sampler/strategy'],
    [{ prompt: 'a', sampler: { strategy: 'random', steps: -1 } }, '/sampler/steps'],
    [{ prompt: 'a', sampler: { temperature: -0.1 } }, '/sampler/temperature'],
    [{ prompt: 'a', sampler: { topk: 4 } }, '/sampler/topk'],
    [{ prompt: 'a', size: '256x256' }, '/size'],
    [[], ''],
  ])('case %# is refused where it is wrong', async (body, param) => {
    const answer = await post(body);
    expect(answer.status).toBe(400);
    expect(answer.body.error).toEqual({
      code: 'invalid_request',
      message: expect.any(String),
      param,
      type: 'invalid_request_error',
      request_id: answer.headers['x-request-id'],
    });
    expect(host.requests).toHaveLength(0);
  });

  it('says what it wants', async () => {
    expect((await post({ prompt: 'a', n: 0 })).body.error.message).toBe(
      'n must be a whole number from 1 to 8.',
    );
    expect((await post({ prompt: 'a', size: 1 })).body.error.message).toMatch(
      /no field "size"\. Known ones: prompt, model/,
    );
    expect((await post({ prompt: 'a', sampler: { steps: 'x' } })).body.error.message).toBe(
      'sampler.steps must be a whole number from 1 to 1024.',
    );
  });

  it('knows no other model, and none that cannot paint', async () => {
    const unknown = await post({ prompt: 'a', model: 'dall-e-3' });
    expect(unknown.status).toBe(404);
    expect(unknown.body.error).toMatchObject({ code: 'model_not_found', param: '/model' });
    const part = await post({ prompt: 'a', model: 'generator-scenes' });
    expect(part.status).toBe(422);
    expect(part.body.error).toMatchObject({ code: 'task_not_supported', param: '/model' });
  });

  it('says of a model of features why it cannot paint, also after it could not be loaded', async () => {
    const models = host.models();
    models.push({ id: 'lxmert-grid', architecture: 'lxmert', tasks: [], state: 'failed', reason: 'no task' });
    const { status, body } = await post({ prompt: 'a', model: 'lxmert-grid' });
    models.pop();
    expect(status).toBe(422);
    expect(body.error).toMatchObject({ code: 'task_not_supported', param: '/model' });
    expect(body.error.message).toBe(
      'The model "lxmert-grid" cannot paint: a model of features needs a generator and a visual vocabulary for that; ' +
        'train or import it with them. GET /v1/models shows who can.',
    );
  });

  it('refuses what is not JSON', async () => {
    const broken = await post('{"prompt": "a"');
    expect([broken.status, broken.body.error.code]).toEqual([400, 'invalid_json']);
    const empty = await post('');
    expect([empty.status, empty.body.error.code]).toEqual([400, 'invalid_json']);
    const form = await request(url).post('/v1/generate-image').type('form').send('prompt=a');
    expect([form.status, form.body.error.code]).toEqual([415, 'unsupported_media_type']);
    const text = await request(url).post('/v1/generate-image').type('text/plain').send('a');
    expect([text.status, text.body.error.code]).toEqual([415, 'unsupported_media_type']);
  });

  it('refuses 50 MB and still answers the client that keeps sending', async () => {
    const body = `{"prompt": "${'x'.repeat(50_000_000)}"}`;
    const answer = await fetch(`${url}/v1/generate-image`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    expect(answer.status).toBe(413);
    expect(await answer.json()).toMatchObject({ error: { code: 'payload_too_large' } });
    expect((await post({ prompt: 'a' })).status).toBe(200);
  });

  it('takes no polluted prototype', async () => {
    const { status } = await post('{"prompt": "a", "__proto__": {"n": 8}}');
    expect(status).toBe(400);
  });
});

describe('a full queue', () => {
  it('is 429 with Retry-After, and leaves no run', async () => {
    const newest = async () => (await request(url).get('/v1/runs?limit=1')).body.data[0]?.id;
    const before = await newest();
    host.statistics.queuedWorks = host.statistics.queueLimit;
    const { status, headers, body } = await post({ prompt: 'a' });
    expect(status).toBe(429);
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    expect(body.error).toMatchObject({ code: 'queue_full', type: 'rate_limit_error' });
    expect(await newest()).toBe(before);
  });
});

describe('a client that hangs up', () => {
  /** Paints when told, ends when aborted. */
  const pending = () => {
    let finish = () => {};
    let seen: AbortSignal | undefined;
    const started = new Promise<void>((resolve) => {
      host.behaviour = (paintRequest, options) =>
        new Promise((done, failed) => {
          seen = options.signal;
          finish = () => done(result(paintRequest, options));
          options.signal?.addEventListener('abort', () => failed(options.signal!.reason));
          resolve();
        });
    });
    return { started, finish: () => finish(), signal: () => seen };
  };
  const latest = async () => (await request(url).get('/v1/runs/latest')).body;
  const until = async (status: string) => {
    for (let i = 0; i < 200; i++) {
      const found = await latest();
      if (found.status === status) return found;
      await sleep(20);
    }
    throw new Error(`the run never was ${status}`);
  };
  const send = (body: object, signal: AbortSignal, accept = 'application/json') =>
    fetch(`${url}/v1/generate-image`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept },
      body: JSON.stringify(body),
      signal,
    }).catch(() => undefined);

  it.each(['application/json', 'text/event-stream'])('frees its place (%s)', async (accept) => {
    const host_ = pending();
    const client = new AbortController();
    const answer = send({ prompt: 'a' }, client.signal, accept);
    await host_.started;
    client.abort();
    await answer;
    expect(await until('cancelled')).toMatchObject({ error: { code: 'client_closed_request' } });
    expect(host_.signal()!.aborted).toBe(true);
  });

  it('gets its stored run all the same', async () => {
    const host_ = pending();
    const client = new AbortController();
    const answer = send({ prompt: 'kept', seed: 3, store: true }, client.signal);
    await host_.started;
    client.abort();
    await answer;
    await sleep(50);
    host_.finish();
    const { id } = await until('succeeded');
    const image = await request(url).get(`/v1/runs/${id}/image`);
    expect(Buffer.from(image.body).toString()).toBe('kept/3/4');
  });
});

describe('Idempotency-Key', () => {
  const keyed = (key: string, body: object) => post(body).set('idempotency-key', key);

  it('gives the stored answer to the same request', async () => {
    const first = await keyed('k1', { prompt: 'a', n: 2 });
    const second = await keyed('k1', { n: 2, prompt: 'a' });
    expect(second.status).toBe(200);
    expect(second.body).toEqual(first.body);
    expect(second.headers['idempotent-replayed']).toBe('true');
    expect(second.headers['x-request-id']).not.toBe(first.headers['x-request-id']);
    expect(host.requests).toHaveLength(1);
  });

  it('gives the stored file and its headers', async () => {
    const ask = () => keyed('k2', { prompt: 'a' }).set('accept', 'image/png');
    const [first, second] = [await ask(), await ask()];
    expect(second.headers['content-type']).toBe('image/png');
    expect(second.headers['x-seed']).toBe(first.headers['x-seed']);
    expect(Buffer.from(second.body).equals(Buffer.from(first.body))).toBe(true);
    expect(host.requests).toHaveLength(1);
  });

  it('gives the stored end of the events', async () => {
    const ask = () => keyed('k3', { prompt: 'a' }).set('accept', 'text/event-stream');
    const [first, second] = [await ask(), await ask()];
    expect(second.text).toMatch(/^event: completed\n/);
    expect(first.text.endsWith(second.text)).toBe(true);
    expect(host.requests).toHaveLength(1);
  });

  it('refuses another body, address or type under the same key', async () => {
    await keyed('k4', { prompt: 'a' });
    for (const answer of [
      await keyed('k4', { prompt: 'b' }),
      await keyed('k4', { prompt: 'a' }).set('accept', 'image/png'),
      await request(url).post(`/v1/models/${MODEL}/load`).set('idempotency-key', 'k4'),
    ]) {
      expect(answer.status).toBe(422);
      expect(answer.body.error.code).toBe('idempotency_key_reused');
    }
  });

  it('is 409 while the first request runs', async () => {
    let finish = () => {};
    host.behaviour = (paintRequest, options) =>
      new Promise((done) => {
        finish = () => done(result(paintRequest, options));
      });
    const first = keyed('k5', { prompt: 'a' }).then((answer) => answer);
    while (host.requests.length === 0) await sleep(5);
    const second = await keyed('k5', { prompt: 'a' });
    expect(second.status).toBe(409);
    expect(second.body.error.code).toBe('idempotency_key_in_flight');
    expect(Number(second.headers['retry-after'])).toBeGreaterThan(0);
    finish();
    expect((await first).status).toBe(200);
    expect((await keyed('k5', { prompt: 'a' })).headers['idempotent-replayed']).toBe('true');
  });

  it('paints once for ten requests at once, even of one request id', async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => keyed('k6', { prompt: 'a' }).set('x-request-id', 'same')),
    );
    expect(host.requests).toHaveLength(1);
    expect(answers.every(({ status }) => status === 200 || status === 409)).toBe(true);
    expect(new Set(answers.filter(({ status }) => status === 200).map(({ body }) => body.id)).size).toBe(1);
  });

  it('is free again after an error', async () => {
    host.behaviour = async () => Promise.reject(new CodedError('inference_unavailable'));
    expect((await keyed('k7', { prompt: 'a' })).status).toBe(503);
    expect((await keyed('k7', { prompt: 'a' }).set('accept', 'text/event-stream')).status).toBe(503);
    host.behaviour = undefined;
    expect((await keyed('k7', { prompt: 'corrected' })).status).toBe(200);
  });

  it('must be readable', async () => {
    expect((await keyed('x'.repeat(256), { prompt: 'a' })).status).toBe(400);
  });
});

describe('the record', () => {
  it('holds the request as understood, and the answer without pictures', async () => {
    const { body } = await post({ prompt: 'a', seed: 9 }).set('x-request-id', 'mine-1');
    expect(await run(body.id)).toMatchObject({
      task: 'generate-image',
      status: 'succeeded',
      request_id: 'mine-1',
      model: MODEL,
      revision: REVISION,
      engine: 'fake',
      request: {
        prompts: ['a'],
        n: 1,
        seeds: [9],
        sampler: { strategy: 'easy-first', steps: 4 },
        format: 'png',
      },
      timing: { queue_ms: 1.5, compute_ms: 20.25 },
      stored: false,
      error: null,
    });
    expect(JSON.stringify((await run(body.id)).result)).not.toContain('b64_json');
  });

  it('holds failures by their code; what a bug says stays in the log', async () => {
    host.behaviour = async () => Promise.reject(new Error('secret /etc/passwd'));
    const { status, body, headers } = await post({ prompt: 'a' });
    expect(status).toBe(500);
    expect(JSON.stringify(body)).not.toContain('secret');
    expect(body.error.request_id).toBe(headers['x-request-id']);
    const latest = await run('latest');
    expect(latest).toMatchObject({ status: 'failed', error: { code: 'internal_error' } });
    expect(JSON.stringify(latest)).not.toContain('secret');
  });

  it('shows stored images at their address', async () => {
    const { body } = await post({ prompt: 'a', n: 2, seed: 4, store: true, format: 'webp' });
    const image = await fetch(body.images[1].url);
    expect(image.headers.get('content-type')).toBe('image/webp');
    expect(await image.text()).toBe('a/5/4');
  });
});
