/** Webhooks from their creation to a receiver on this machine, which the operator allows. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { Webhook, WebhookVerificationError } from 'standardwebhooks';
import request from 'supertest';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buildApp } from '../../src/app.ts';
import { checkWebhookUrl } from '../../src/webhooks/address.ts';
import { deliverWebhooks } from '../../src/webhooks/deliver.ts';
import { createTestRecords } from '../database/test-database.ts';
import { createFakeHost } from '../routes/fake-host.ts';

let records: Awaited<ReturnType<typeof createTestRecords>>;
let app: FastifyInstance;
let receiver: Server;
let address: string;
/** What came, and what is answered: the status of every next message, then 204. */
let received: { headers: Record<string, string>; body: string }[] = [];
let answers: number[] = [];
let stop: () => Promise<void> = async () => {};
const errors: unknown[] = [];

const HOSTS = ['localhost'];
const deliver = (hosts: readonly string[] = HOSTS) => {
  stop = deliverWebhooks(records.database, {
    ...{ hosts, everyMs: 10, pauses: [0.02, 0.02] },
    onError: (error) => errors.push(error),
  });
};

beforeAll(async () => {
  records = await createTestRecords();
  app = await buildApp({ records, host: createFakeHost(), webhookHosts: HOSTS });
  receiver = createServer((message, answer) => {
    let body = '';
    message.on('data', (piece) => {
      body += piece;
    });
    message.on('end', () => {
      received.push({ headers: message.headers as Record<string, string>, body });
      answer.writeHead(answers.shift() ?? 204, { location: '/elsewhere' }).end('thanks');
    });
  });
  await new Promise<void>((done) => receiver.listen(0, 'localhost', done));
  address = `http://localhost:${(receiver.address() as AddressInfo).port}/hook`;
});
afterAll(async () => {
  receiver.close();
  await app.close();
  await records.close();
});
beforeEach(async () => {
  await records.database.prisma.webhook.deleteMany();
  received = [];
  answers = [];
});
afterEach(async () => {
  await stop();
  stop = async () => {};
  expect(errors.splice(0)).toEqual([]);
});

const create = (body: object) => app.inject({ method: 'POST', url: '/v1/webhooks', payload: body });
const paint = (headers: Record<string, string> = { prefer: 'respond-async' }) =>
  app.inject({ method: 'POST', url: '/v1/generate-image', payload: { prompt: 'a car', seed: 1 }, headers });
const deliveries = async (id: string) =>
  (await app.inject(`/v1/webhooks/${id}/deliveries`)).json().data as {
    id: string;
    status: string;
    attempts: number;
    error: string | null;
  }[];
async function until<T>(look: () => Promise<T | undefined | false> | T | undefined | false): Promise<T> {
  for (;;) {
    const found = await look();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

describe('a message', () => {
  it('comes signed, when a run that nobody waited for has ended', async () => {
    const created = await create({ url: address, events: ['run.succeeded'] });
    expect(created.statusCode).toBe(201);
    const { id, secret } = created.json();
    expect(secret).toMatch(/^whsec_/);
    deliver();
    await paint({});
    const run = (await paint()).json();
    const { headers, body } = await until(() => received[0]);
    const verified = new Webhook(secret).verify(body, headers);
    expect(verified).toMatchObject({
      type: 'run.succeeded',
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      data: {
        ...{ object: 'run', id: run.id, task: 'generate-image', status: 'succeeded', error: null },
        result: { images: [{ seed: 1 }] },
      },
    });
    expect(() => new Webhook(secret).verify(`${body} `, headers)).toThrow(WebhookVerificationError);
    const [delivery] = await until(async () => {
      const all = await deliveries(id);
      return all[0]?.status === 'delivered' && all;
    });
    expect(delivery).toMatchObject({ id: headers['webhook-id'], attempts: 1, error: null });
    // The first run was waited for.
    expect(received).toHaveLength(1);
    // It is not shown again.
    expect((await app.inject(`/v1/webhooks/${id}`)).json()).not.toHaveProperty('secret');
  });

  it('comes for the ends of jobs that were asked for', async () => {
    await create({ url: address, events: ['job.failed'] });
    const { prisma } = records.database;
    const job = (id: string) => ({
      ...{ id, kind: 'vqa', status: 'running' as const, createdAt: new Date(), queuedAt: new Date() },
      ...{
        dataset: 'pets',
        seed: 1n,
        components: {},
        metadata: {},
        hyperparameters: {},
        command: '',
        steps: 5,
      },
      messageId: '00000000-0000-0000-0000-000000000000',
    });
    await prisma.job.create({ data: job('job_1') });
    await prisma.job.create({ data: job('job_2') });
    await prisma.job.update({ where: { id: 'job_1' }, data: { status: 'succeeded' } });
    const failed = { status: 'failed' as const, errorCode: 'dataset_unusable', errorMessage: 'no' };
    await prisma.job.update({ where: { id: 'job_2' }, data: failed });
    deliver();
    const { body } = await until(() => received[0]);
    expect(JSON.parse(body)).toMatchObject({
      type: 'job.failed',
      data: { object: 'train_job', id: 'job_2', error: { code: 'dataset_unusable' } },
    });
    expect(await prisma.webhookDelivery.count()).toBe(1);
  });

  it('is sent again under the same id, signed anew, by the next server when one stopped', async () => {
    const { id, secret } = (await create({ url: address })).json();
    answers = [500, 302];
    deliver();
    await paint();
    await until(() => received.length >= 1);
    await stop();
    deliver();
    await until(() => received.length === 3);
    expect(new Set(received.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    for (const { headers, body } of received) new Webhook(secret).verify(body, headers);
    const [delivery] = await until(async () => {
      const all = await deliveries(id);
      return all[0]?.status === 'delivered' && all;
    });
    expect(delivery!.attempts).toBe(3);
  });

  it('is given up in the end, with what came of it', async () => {
    const { id } = (await create({ url: address })).json();
    answers = [500, 500, 503, 204];
    deliver();
    await paint();
    const [delivery] = await until(async () => {
      const all = await deliveries(id);
      return all[0]?.status === 'given_up' && all;
    });
    expect(delivery).toMatchObject({ attempts: 3, error: 'answered with status 503' });
    expect(received).toHaveLength(3);
  });

  it('ends all others when the receiver is gone', async () => {
    const { id } = (await create({ url: address })).json();
    answers = [410];
    deliver();
    await paint();
    await until(async () => (await app.inject(`/v1/webhooks/${id}`)).json().disabled_at);
    await paint();
    expect(received).toHaveLength(1);
    expect(await deliveries(id)).toMatchObject([{ status: 'given_up', error: 'answered with status 410' }]);
  });

  it('that a dead server had claimed comes when its lease has ended', async () => {
    await create({ url: address });
    await paint();
    const claimed = { attempts: 1, nextAt: new Date(Date.now() + 300) };
    await until(
      async () => (await records.database.prisma.webhookDelivery.updateMany({ data: claimed })).count,
    );
    deliver();
    await until(() => received[0]);
    expect(Date.now()).toBeGreaterThanOrEqual(claimed.nextAt.getTime());
  });
});

describe('addresses', () => {
  it.each([
    'ftp://example.org/',
    'http://user@example.org/',
    'https://example.org:8443/',
    'http://127.0.0.1/',
    'http://0x7f.1/',
    'http://[::1]/',
    'http://2130706433/',
    'nonsense',
  ])('%s is refused', async (url) => {
    const answer = await create({ url });
    const { error } = answer.json();
    expect([answer.statusCode, error.code, error.param]).toEqual([422, 'webhook_url_not_allowed', '/url']);
  });

  it.each(['https://example.org/', 'http://example.org/a?b=c', 'https://localhost:9000/'])(
    '%s is taken',
    (url) => expect(checkWebhookUrl(url, HOSTS).href).toBe(url),
  );

  it('a name whose addresses are private is refused when it is resolved, and nothing is sent', async () => {
    const { id } = (await create({ url: address })).json();
    await records.database.prisma.webhook.updateMany({ data: { url: 'http://localhost/hook' } });
    deliver([]);
    await paint();
    const [delivery] = await until(async () => {
      const all = await deliveries(id);
      return all[0]?.status === 'given_up' && all;
    });
    expect(delivery!.error).toBe('localhost has no public address');
    expect(received).toEqual([]);
  });
});

it('belong to their key alone, are listed, and go with what is due to them', async () => {
  const { id } = (await create({ url: address, events: ['run.failed'] })).json();
  const listed = (await app.inject('/v1/webhooks')).json();
  expect(listed).toMatchObject({ first_id: id, has_more: false, data: [{ id, events: ['run.failed'] }] });
  expect((await app.inject({ method: 'DELETE', url: `/v1/webhooks/${id}` })).statusCode).toBe(204);
  const gone = await request(app.server).get(`/v1/webhooks/${id}`);
  expect([gone.status, gone.body.error.code]).toEqual([404, 'webhook_not_found']);
  const many = await Promise.all(Array.from({ length: 20 }, () => create({ url: address })));
  expect(many.every(({ statusCode }) => statusCode === 201)).toBe(true);
  expect((await create({ url: address })).statusCode).toBe(422);
  expect((await create({ url: address, events: ['run.begun'] })).statusCode).toBe(400);
});
