/** The generated client against a server: what it sends is read, and what it says of the answers is so. */
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createZooClient, paintSteps, type ZooClient } from '../../clients/typescript/src/index.ts';
import { buildApp } from '../../src/app.ts';
import { createTestRecords } from '../database/test-database.ts';
import { picture } from '../pictures/sample-pictures.ts';
import { createFakeHost, MODEL, SEEING } from '../routes/fake-host.ts';

let records: Awaited<ReturnType<typeof createTestRecords>>;
let app: FastifyInstance;
let zoo: ZooClient;
let image: Blob;

beforeAll(async () => {
  records = await createTestRecords();
  app = await buildApp({ records, host: createFakeHost() });
  zoo = createZooClient({ baseUrl: await app.listen({ host: '127.0.0.1', port: 0 }), apiKey: 'any' });
  image = new Blob([new Uint8Array(await picture(60, 40).png().toBuffer())], { type: 'image/png' });
});
afterAll(async () => {
  await app.close();
  await records.close();
});

it('paints, and finds the run', async () => {
  const { data } = await zoo.POST('/v1/generate-image', { body: { prompt: 'a red car', seed: 7 } });
  expect(data).toMatchObject({ model: MODEL, images: [{ prompt: 'a red car', seed: 7, format: 'png' }] });
  const found = await zoo.GET('/v1/runs/{id}', { params: { path: { id: data!.id! } } });
  expect(found.data).toMatchObject({ id: data!.id, task: 'generate-image', status: 'succeeded' });
});

it('gets a file as a file', async () => {
  const { data, response } = await zoo.POST('/v1/generate-image/file', {
    body: { prompt: 'a red car', seed: 7, format: 'webp' },
    parseAs: 'arrayBuffer',
  });
  expect(response.headers.get('content-type')).toBe('image/webp');
  expect(Buffer.from(data as unknown as ArrayBuffer).toString()).toBe('a red car/7/4');
});

it('watches a picture grow', async () => {
  const seen: unknown[] = [];
  for await (const event of paintSteps(zoo, { prompt: 'a red car', seed: 7 })) {
    seen.push(event.type === 'step' ? event.step.step : event.answer.images[0]!.seed);
  }
  expect(seen).toEqual([1, 2, 3, 4, 7]);
});

it('uploads files as forms, with lists and objects beside them', async () => {
  const asked = await zoo.POST('/v1/vqa/upload', { body: { image, question: 'what is it?', top_k: 2 } });
  expect(asked.data).toMatchObject({ model: SEEING.vqa, answers: expect.any(Array) });
  const captioned = await zoo.POST('/v1/caption/upload', {
    body: { image, n: 2, seed: 1, sampler: { strategy: 'gibbs' } },
  });
  expect(captioned.data?.captions).toHaveLength(2);
  const judged = await zoo.POST('/v1/nlvr2/upload', {
    body: { images: [image, image], statement: 'two dogs' },
  });
  expect(judged.data).toMatchObject({ model: SEEING.nlvr2, label: expect.any(Boolean) });
});

it('filters and pages', async () => {
  const query = { task: 'generate-image', status: 'succeeded', limit: 1 } as const;
  const first = (await zoo.GET('/v1/runs', { params: { query } })).data!;
  expect(first.data.map(({ task }) => task)).toEqual(['generate-image']);
  expect([first.first_id, first.last_id, first.has_more]).toEqual([
    first.data[0]!.id,
    first.data[0]!.id,
    true,
  ]);
  const next = await zoo.GET('/v1/runs', { params: { query: { ...query, after: first.last_id! } } });
  expect(next.data!.data[0]!.id < first.last_id!).toBe(true);
  const models = await zoo.GET('/v1/models', { params: { query: { task: 'vqa' } } });
  expect(models.data!.data.map(({ id }) => id)).toEqual([SEEING.vqa]);
});

it('gives errors their type', async () => {
  const { error, response } = await zoo.GET('/v1/models/{id}', { params: { path: { id: 'none' } } });
  expect([response.status, error?.error.code]).toEqual([404, 'model_not_found']);
});
