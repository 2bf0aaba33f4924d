import type { FastifyInstance } from 'fastify';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildApp } from '../../src/app.ts';
import { createTestRecords } from '../database/test-database.ts';
import { createFakeHost, MODEL, result } from './fake-host.ts';

const host = createFakeHost();
let records: Awaited<ReturnType<typeof createTestRecords>>;
let app: FastifyInstance;

beforeAll(async () => {
  records = await createTestRecords();
  const encoded = await sharp({ create: { width: 128, height: 128, channels: 3, background: '#123456' } })
    .png()
    .toBuffer();
  host.behaviour = async (request, options) => {
    for (const step of request.shown!)
      if (step <= request.sampler.steps!)
        options.onStep?.({ image: 0, step, steps: request.sampler.steps!, encoded, updated: [] });
    return result(request, {});
  };
  app = await buildApp({ records, host });
});
afterAll(async () => {
  await app.close();
  await records.close();
});

const strip = (payload: object) =>
  app.inject({
    method: 'POST',
    url: '/v1/generate-image/strip',
    payload: { prompt: 'a red car', ...payload },
  });

it('is the paper’s figure unless told otherwise, and on record', async () => {
  const { statusCode, headers, rawPayload } = await strip({ seed: 5 });
  expect(statusCode).toBe(200);
  expect(headers).toMatchObject({ 'content-type': 'image/png', 'x-seed': '5', 'x-model': MODEL });
  expect(headers['x-steps']).toBe('1,5,10,15,20,25,30,35,40,50,60,70,100,140');
  const { width, height } = await sharp(rawPayload).metadata();
  expect([width, height]).toEqual([14 * 132 + 4, 128 + 22]);
  expect(host.requests.at(-1)).toMatchObject({
    sampler: { strategy: 'random', steps: 140 },
    unwritten: 'generator',
  });
  const run = (await app.inject(`/v1/runs/${headers['x-run-id']}`)).json();
  expect(run).toMatchObject({ status: 'succeeded', request: { seeds: [5], unwritten: 'generator' } });
});

it('shows the steps that there are, in order, in the format that is asked for', async () => {
  const sampler = { strategy: 'mask-predict', steps: 4 };
  const { headers } = await strip({ steps: [9, 2, 1], sampler, unwritten: 'grey', format: 'webp' });
  expect(headers).toMatchObject({ 'content-type': 'image/webp', 'x-steps': '1,2' });
  const painted = host.requests.length;
  const none = await strip({ steps: [9], sampler });
  expect([none.statusCode, none.json().error.param]).toEqual([422, '/steps']);
  // Nobody paints what is not shown.
  expect(host.requests.length).toBe(painted);
});

it.each([[{ steps: [] }], [{ steps: [0] }], [{ steps: [1, 1] }], [{ unwritten: 'red' }], [{ prompt: ' ' }]])(
  '%j is refused',
  async (body) => expect((await strip(body)).statusCode).toBe(400),
);
