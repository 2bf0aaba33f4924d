/** The three ways that a task is answered: at once, as events, later. */
import type { FastifyInstance } from 'fastify';
import request from 'supertest';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buildApp } from '../../src/app.ts';
import { CodedError } from '../../src/errors.ts';
import { preferLater } from '../../src/routes/respond.ts';
import { createTestRecords } from '../database/test-database.ts';
import { picture } from '../pictures/sample-pictures.ts';
import { createFakeHost, type FakeHost, result } from './fake-host.ts';

let records: Awaited<ReturnType<typeof createTestRecords>>;
let host: FakeHost;
let app: FastifyInstance;
let url: string;
let image: string;

beforeAll(async () => {
  records = await createTestRecords();
  host = createFakeHost();
  app = await buildApp({ records, host });
  url = await app.listen({ host: '127.0.0.1', port: 0 });
  image = (await picture(20, 20).png().toBuffer()).toString('base64');
});
afterAll(async () => {
  await app.close();
  await records.close();
});
beforeEach(() => {
  host.behaviour = undefined;
  host.looking = undefined;
});

const post = (path: string, body: object, headers: Record<string, string> = {}) =>
  request(url).post(path).set(headers).send(body);
const later = { prefer: 'respond-async' };
const getRun = async (location: string) => (await request(url).get(location)).body;
async function ended(location: string) {
  for (;;) {
    const run = await getRun(location);
    if (run.status !== 'running') return run;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
/** What work waits for, until it is let go on. */
function gate() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}

describe('Prefer: respond-async', () => {
  it('paints later, and keeps the pictures', async () => {
    const { opened, open } = gate();
    host.behaviour = async (asked, options) => {
      await opened;
      return result(asked, options);
    };
    const { status, headers, body } = await post('/v1/generate-image', { prompt: 'a car', seed: 3 }, later);
    expect(status).toBe(202);
    expect(headers['preference-applied']).toBe('respond-async');
    expect(headers.location).toBe(`/v1/runs/${body.id}`);
    expect(body).toMatchObject({ object: 'run', status: 'running', task: 'generate-image', stored: true });
    open();
    const run = await ended(headers.location!);
    expect(run).toMatchObject({ status: 'succeeded', result: { images: [{ seed: 3 }] } });
    const file = await fetch(run.result.images[0].url);
    expect(await file.text()).toBe('a car/3/4');
  });

  it.each([
    ['/v1/caption', () => ({ image, n: 2 }), { captions: [{}, {}] }],
    ['/v1/vqa', () => ({ image, question: 'what is it?' }), { answers: [{ answer: 'red' }, {}, {}] }],
    ['/v1/nlvr2', () => ({ images: [image, image], statement: 'both' }), { label: true }],
  ])('%s answers later', async (path, body, wanted) => {
    const { opened, open } = gate();
    host.looking = () => opened;
    const accepted = await post(path, body(), later);
    expect([accepted.status, accepted.body.status]).toEqual([202, 'running']);
    open();
    expect(await ended(accepted.headers.location!)).toMatchObject({ status: 'succeeded', result: wanted });
  });

  it('waits as long as it is asked to', async () => {
    const quick = await post('/v1/vqa', { image, question: 'what?' }, { prefer: 'respond-async, wait=60' });
    expect([quick.status, quick.body.answer]).toEqual([200, 'red']);
    expect(quick.headers['preference-applied']).toBe('respond-async, wait=60');
    const { opened, open } = gate();
    host.looking = () => opened;
    const slow = await post('/v1/vqa', { image, question: 'what?' }, { prefer: 'respond-async, wait=0' });
    expect(slow.status).toBe(202);
    open();
    await ended(slow.headers.location!);
  });

  it('says what is wrong at once where it can, and in the run where it cannot', async () => {
    expect((await post('/v1/vqa', { image, question: ' ' }, later)).status).toBe(400);
    expect((await post('/v1/vqa', { image, question: 'a', model: 'none' }, later)).status).toBe(404);
    host.looking = async () => {
      throw new CodedError('image_damaged');
    };
    const { status, headers } = await post('/v1/vqa', { image, question: 'a' }, later);
    expect(status).toBe(202);
    expect(await ended(headers.location!)).toMatchObject({
      status: 'failed',
      error: { code: 'image_damaged' },
    });
  });

  it('is the same run for the same Idempotency-Key', async () => {
    const headers = { ...later, 'idempotency-key': 'later' };
    const [first, second] = [
      await post('/v1/vqa', { image, question: 'a' }, headers),
      await post('/v1/vqa', { image, question: 'a' }, headers),
    ];
    expect([second.status, second.body.id]).toEqual([202, first.body.id]);
    expect(second.headers.location).toBe(first.headers.location);
  });

  it.each([
    ['respond-async', { wait: undefined }],
    ['Respond-Async;x=1 , wait=10', { wait: 10 }],
    ['wait="3", respond-async', { wait: 3 }],
    ['wait=10', undefined],
    ['return=minimal', undefined],
    ['', undefined],
  ])('reads "%s"', (header, wanted) => expect(preferLater(header)).toEqual(wanted));
});

describe('events', () => {
  const events = (text: string) =>
    text
      .trim()
      .split('\n\n')
      .map((event) => {
        const [, name, data] = /^event: (.*)\ndata: (.*)$/.exec(event)!;
        return [name, JSON.parse(data!)];
      });
  const read = async (path: string, body: object, headers = {}) => {
    const answer = await post(path, body, headers);
    expect(answer.headers['content-type']).toBe('text/event-stream');
    return events(answer.text);
  };

  it('has every caption as it is there, and then all of them', async () => {
    const told = await read('/v1/caption/stream', { image, n: 3, seed: 5 });
    expect(told.map(([name]) => name)).toEqual(['caption', 'caption', 'caption', 'completed']);
    const { captions } = told[3]![1];
    expect(told.slice(0, 3).map(([, one]) => one)).toEqual(
      captions.map((one: object, index: number) => ({ index, ...one })),
    );
    const short = await read('/v1/caption', { image, n: 3, seed: 5 }, { accept: 'text/event-stream' });
    expect(short.map(([name]) => name)).toEqual(told.map(([name]) => name));
  });

  it('has an answer, and a judgement', async () => {
    const asked = await read('/v1/vqa/stream', { image, question: 'what?' });
    expect(asked.at(-1)).toMatchObject(['completed', { answer: 'red' }]);
    const judged = await read('/v1/nlvr2/stream', { images: [image, image], statement: 'both' });
    expect(judged).toMatchObject([['completed', { label: true }]]);
  });

  it('answers what fails before it with its status, and nothing to who wants something else', async () => {
    host.looking = async () => {
      throw new CodedError('queue_full');
    };
    expect((await post('/v1/caption/stream', { image })).status).toBe(429);
    expect((await post('/v1/caption', { image }, { accept: 'image/png' })).status).toBe(406);
    expect(
      (await post('/v1/vqa/stream', { image, question: 'a' }, { accept: 'application/json' })).status,
    ).toBe(406);
  });
});
