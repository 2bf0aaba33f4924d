import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { buildApp } from '../../src/app.ts';
import { createTestRecords } from '../database/test-database.ts';
import { createFakeHost, type FakeHost, MODEL, SEEING } from './fake-host.ts';

let host: FakeHost;
let records: Awaited<ReturnType<typeof createTestRecords>>;
let app: FastifyInstance;

beforeAll(async () => {
  records = await createTestRecords();
  host = createFakeHost();
  app = await buildApp({ records, host });
});
afterAll(async () => {
  await app.close();
  await records.close();
});

const get = async (url: string) => {
  const { statusCode, headers, json } = await app.inject(url);
  return { status: statusCode, headers, body: json() };
};
const paint = async (body: object) =>
  (await app.inject({ method: 'POST', url: '/v1/generate-image', payload: body })).json();

describe('/v1/runs', () => {
  it('is empty at first', async () => {
    expect((await get('/v1/runs')).body).toMatchObject({
      object: 'list',
      data: [],
      first_id: null,
      has_more: false,
    });
    const { status, body } = await get('/v1/runs/latest');
    expect(status).toBe(404);
    expect(body.error.code).toBe('run_not_found');
  });

  it('pages from the newest to the oldest', async () => {
    const ids: string[] = [];
    for (const prompt of ['a', 'b', 'c', 'd', 'e']) ids.unshift((await paint({ prompt })).id);
    const first = (await get('/v1/runs?limit=2')).body;
    const second = (await get(`/v1/runs?limit=2&after=${first.data[1].id}`)).body;
    const third = (await get(`/v1/runs?limit=2&after=${second.data[1].id}`)).body;
    expect([first, second, third].flatMap(({ data }) => data.map((run: { id: string }) => run.id))).toEqual(
      ids,
    );
    expect([first, second, third].map(({ has_more }) => has_more)).toEqual([true, true, false]);
    expect((await get('/v1/runs/latest')).body.id).toBe(ids[0]);
  });

  it('filters by time, days and moments of any zone', async () => {
    const [old, young] = [await paint({ prompt: 'a' }), await paint({ prompt: 'b' })].map(({ id }) => id);
    const createdAt = new Date('2001-02-03T23:30:00Z');
    await records.database.prisma.run.update({ where: { id: old }, data: { createdAt } });
    const ids = async (query: string) =>
      (await get(`/v1/runs?${query}`)).body.data.map((run: { id: string }) => run.id);
    expect(await ids('created_before=2001-02-04')).toEqual([old]);
    expect(
      await ids(`created_after=2001-02-04T00:30:00${encodeURIComponent('+01:00')}&created_before=2002-01-01`),
    ).toEqual([old]);
    expect(await ids('created_before=2001-02-03T23:30:00Z')).toEqual([]);
    const later = await ids('created_after=2001-02-04&limit=100');
    expect([later.includes(young), later.includes(old)]).toEqual([true, false]);
  });

  it.each([
    ...[
      'created_after=yesterday',
      'created_before=2001-13-01',
      'created_after=2001-01-01T08:00',
      'created_after=0000-01-01',
    ],
    ...['limit=0', 'limit=101', 'limit=x', 'limit=1.5', 'page=2'],
  ])('refuses ?%s', async (query) => {
    const { status, body } = await get(`/v1/runs?${query}`);
    expect(status).toBe(400);
    expect(body.error).toMatchObject({ code: 'invalid_request', param: `/${query.split('=')[0]}` });
  });

  it('has no image that was not stored, and none beyond the last', async () => {
    const { id } = await paint({ prompt: 'a' });
    expect((await get(`/v1/runs/${id}/image`)).body.error.code).toBe('image_not_found');
    const stored = await paint({ prompt: 'a', store: true });
    expect((await get(`/v1/runs/${stored.id}/image?index=1`)).body.error.code).toBe('image_not_found');
    expect((await get('/v1/runs/run_0/image')).body.error.code).toBe('run_not_found');
    const { statusCode, headers } = await app.inject(`/v1/runs/${stored.id}/image`);
    expect([statusCode, headers['content-type']]).toEqual([200, 'image/png']);
  });
});

describe('/v1/models', () => {
  it('lists the hosted models, as OpenAI lists its own', async () => {
    const { body } = await get('/v1/models');
    expect(body).toMatchObject({ object: 'list', has_more: false });
    expect(body.data).toMatchObject([
      { id: 'generator-scenes', object: 'model', default: false, tasks: [] },
      {
        id: MODEL,
        object: 'model',
        owned_by: 'xlxmert-zoo',
        default: true,
        default_for: ['paint', 'caption'],
        tasks: ['paint', 'caption'],
        state: 'ready',
      },
      { id: SEEING.nlvr2, default_for: ['nlvr2'] },
      { id: SEEING.vqa, default_for: ['vqa'] },
    ]);
    const page = (await get('/v1/models?limit=1')).body;
    expect(page.has_more).toBe(true);
    expect((await get(`/v1/models?limit=1&after=${page.data[0].id}`)).body.data[0].id).toBe(MODEL);
  });

  it('lists all of them at once, as a client of OpenAI’s list asks for no second page', async () => {
    const [one] = host.models();
    const many = Array.from({ length: 150 }, (_, i) => ({
      ...one!,
      id: `model-${String(i).padStart(3, '0')}`,
    }));
    const models = vi.spyOn(host, 'models').mockReturnValue(many);
    const { body } = await get('/v1/models');
    expect([body.data.length, body.has_more]).toEqual([150, false]);
    models.mockRestore();
  });

  it('shows, unloads and loads one', async () => {
    const post = async (url: string) => (await app.inject({ method: 'POST', url })).json();
    expect((await get(`/v1/models/${MODEL}`)).body).toMatchObject({ id: MODEL, parameters: 1000 });
    expect(await post(`/v1/models/${MODEL}/unload`)).toMatchObject({ state: 'available' });
    expect(await post(`/v1/models/${MODEL}/load`)).toMatchObject({ state: 'ready' });
    for (const missing of [(await get('/v1/models/none')).body, await post('/v1/models/none/load')]) {
      expect(missing.error.code).toBe('model_not_found');
    }
  });
});

describe('operations', () => {
  it('is alive, and ready when the models are', async () => {
    expect((await get('/health/live')).body).toEqual({ status: 'ok' });
    expect((await get('/health/ready')).status).toBe(200);
    host.isReady = false;
    const { status, headers, body } = await get('/health/ready');
    host.isReady = true;
    expect(status).toBe(503);
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    expect(body.error.code).toBe('not_ready');
  });

  it('measures requests, queue, batches, times, the event loop and memory', async () => {
    await paint({ prompt: 'a' });
    const { body, headers } = await app.inject('/metrics');
    expect(headers['content-type']).toMatch(/^text\/plain/);
    for (const line of [
      /http_request_duration_seconds_count\{method="POST",route="\/v1\/generate-image",status="200"\} \d/,
      /xlxmert_queue_seconds_sum\{task="generate-image",model="x-lxmert-scenes"\} 0\.0/,
      /xlxmert_compute_seconds_count\{task="generate-image",model="x-lxmert-scenes"\} \d/,
      /xlxmert_batch_size_bucket\{le="1"\} 2/,
      /xlxmert_batch_size_count 3/,
      /xlxmert_stage_seconds_total\{stage="encode"\} 0\.5/,
      /xlxmert_queue_limit 4/,
      /xlxmert_resident_memory_bytes\{process="inference"\} 1234/,
      /nodejs_eventloop_lag_seconds /,
    ]) {
      expect(body).toMatch(line);
    }
    // The same counts of the child are not observed twice.
    const again = (await app.inject('/metrics')).body;
    expect(again).toMatch(/xlxmert_batch_size_count 3/);
    expect(again).toMatch(/xlxmert_stage_seconds_total\{stage="encode"\} 0\.5/);
  });

  it('shows the page and Swagger UI', async () => {
    expect((await app.inject('/')).body).toContain('<title>xlxmert-zoo</title>');
    expect((await app.inject('/docs')).body).toContain('swagger-ui');
    expect((await get('/openapi.json')).body.openapi).toBe('3.1.0');
  });

  it('answers everything else with the one error shape', async () => {
    const { status, body } = await get('/v2/nothing');
    expect(status).toBe(404);
    expect(body.error).toMatchObject({ code: 'route_not_found', type: 'not_found_error', param: null });
    expect((await get('/%E0%A4%A')).body.error.code).toBe('invalid_request');
    expect((await get(`/v1/models/${'x'.repeat(101)}`)).body.error.code).toBe('invalid_request');
  });

  it('takes the x-request-id of the client when it is a sensible one', async () => {
    const ask = (id: string) => app.inject({ url: '/health/live', headers: { 'x-request-id': id } });
    expect((await ask('trace-1')).headers['x-request-id']).toBe('trace-1');
    expect((await ask('a b\u00e9')).headers['x-request-id']).toMatch(/^req_/);
  });
});
