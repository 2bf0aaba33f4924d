import { readFileSync } from 'node:fs';
import type { FastifyInstance, InjectOptions } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildApp } from '../../src/app.ts';
import type { Scope } from '../../src/database/api-keys.ts';
import { createTestRecords } from '../database/test-database.ts';
import { createFakeHost, MODEL } from '../routes/fake-host.ts';

let records: Awaited<ReturnType<typeof createTestRecords>>;
let closed: FastifyInstance;
let open: FastifyInstance;

beforeAll(async () => {
  records = await createTestRecords();
  const host = createFakeHost();
  closed = await buildApp({ records, host, access: { keysNeeded: true, rateLimit: 20 } });
  open = await buildApp({ records, host, access: { keysNeeded: false, rateLimit: 20 } });
});
afterAll(async () => {
  await closed.close();
  await open.close();
  await records.close();
});

const key = async (...scopes: Scope[]) => records.apiKeys.create('test', scopes);
const send = async (app: FastifyInstance, options: InjectOptions, token?: string) => {
  const answer = await app.inject({
    ...options,
    headers: { ...options.headers, ...(token !== undefined && { authorization: `Bearer ${token}` }) },
  });
  const body = answer.headers['content-type']?.toString().startsWith('application/json')
    ? answer.json()
    : null;
  return {
    status: answer.statusCode,
    code: body?.error?.code as string | undefined,
    headers: answer.headers,
    body,
  };
};
const PAINT: InjectOptions = { method: 'POST', url: '/v1/generate-image', payload: { prompt: 'a' } };

const { paths } = JSON.parse(readFileSync(new URL('../../openapi/openapi.json', import.meta.url), 'utf8'));
const operations = Object.entries(paths as Record<string, Record<string, unknown>>).flatMap(
  ([path, methods]) =>
    Object.keys(methods).map((method) => ({
      url: path.replaceAll(/\{\w+\}/g, 'x'),
      method: method.toUpperCase() as 'GET',
    })),
);

describe('where keys are needed', () => {
  it.each(operations)('$method $url wants one, unless it is for everybody', async (operation) => {
    const { status, code, headers } = await send(closed, operation);
    if (operation.url.startsWith('/health')) return expect(status).not.toBe(401);
    expect([status, code]).toEqual([401, 'api_key_missing']);
    expect(headers['www-authenticate']).toBe('Bearer');
  });

  it('documentation is for everybody', async () => {
    for (const url of ['/', '/docs', '/openapi.json', '/health/live']) {
      expect((await send(closed, { url })).status).toBeLessThan(400);
    }
  });

  it('a key does what its scopes say, and admin everything', async () => {
    const [infer, train, admin] = [await key('infer'), await key('train'), await key('admin')];
    const tried = async (options: InjectOptions) => {
      const results = [];
      for (const { key: token } of [infer, train, admin])
        results.push((await send(closed, options, token)).code);
      return results.map((code) => code ?? 'done');
    };
    expect(await tried(PAINT)).toEqual(['done', 'scope_missing', 'done']);
    expect(await tried({ url: '/v1/runs' })).toEqual(['done', 'scope_missing', 'done']);
    expect(await tried({ url: '/v1/datasets' })).toEqual(['scope_missing', 'done', 'done']);
    expect(await tried({ url: '/v1/models' })).toEqual(['done', 'done', 'done']);
    const unload: InjectOptions = { method: 'POST', url: '/v1/models/generator-scenes/unload' };
    expect(await tried(unload)).toEqual(['scope_missing', 'scope_missing', 'done']);
    expect(await tried({ url: '/metrics' })).toEqual(['scope_missing', 'scope_missing', 'done']);
    const watcher = (await key('metrics')).key;
    expect((await send(closed, { url: '/metrics' }, watcher)).status).toBe(200);
    expect((await send(closed, { url: '/v1/models/x' }, watcher)).code).not.toBe('scope_missing');
    expect((await send(closed, PAINT, watcher)).code).toBe('scope_missing');
  });

  it('a key may come from elsewhere, and goes when it is changed', async () => {
    const [first, second] = ['f'.repeat(32), 's'.repeat(32)];
    const list = { url: '/v1/train-jobs' };
    expect((await send(closed, list, first)).code).toBe('api_key_invalid');
    await records.apiKeys.adopt(first);
    await records.apiKeys.adopt(first);
    expect((await send(closed, list, first)).code).not.toBe('api_key_invalid');
    await records.apiKeys.adopt(second);
    expect((await send(closed, list, first)).code).toBe('api_key_invalid');
    expect((await send(closed, { url: '/metrics' }, second)).status).toBe(200);
  });

  it('what is not a key, or not any more, is refused', async () => {
    const { id, key: good } = await key('infer');
    const [prefix, ulid, secret] = good.split('_') as [string, string, string];
    const other = `${prefix}_${ulid}_${[...secret].reverse().join('')}`;
    for (const bad of ['', 'x', other, good.slice(0, -1), `${prefix}_${'0'.repeat(26)}_${secret}`]) {
      expect((await send(closed, PAINT, bad)).code).toBe('api_key_invalid');
    }
    const basic = { ...PAINT, headers: { authorization: 'Basic eA==' } };
    expect((await send(closed, basic)).code).toBe('api_key_invalid');
    expect((await send(closed, PAINT, good)).status).toBe(200);
    expect(await records.apiKeys.revoke(id)).toBe(true);
    expect(await records.apiKeys.revoke(id)).toBe(false);
    expect((await send(closed, PAINT, good)).code).toBe('api_key_invalid');
  });

  it('one that asks too often is told when to ask again, and no other is', async () => {
    const [often, seldom] = [await key('infer'), await key('infer')];
    const statuses = [];
    for (let i = 0; i < 21; i++) statuses.push((await send(closed, { url: '/v1/models' }, often.key)).status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(20);
    const { code, headers } = await send(closed, { url: '/v1/models' }, often.key);
    expect(code).toBe('rate_limited');
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    expect((await send(closed, { url: '/v1/models' }, seldom.key)).status).toBe(200);
  });
});

describe('quotas of a key', () => {
  it('are requests a minute in place of everybody’s', async () => {
    const { key: slow } = await records.apiKeys.create('slow', ['infer'], { requestsPerMinute: 2 });
    const asked = [];
    for (let i = 0; i < 3; i++) asked.push((await send(closed, { url: '/v1/models' }, slow)).code);
    expect(asked).toEqual([undefined, undefined, 'rate_limited']);
  });

  it('are pictures a day: who asks for too many may ask for fewer', async () => {
    const { key: few } = await records.apiKeys.create('few', ['infer'], { imagesPerDay: 5 });
    const paint = async (n: number) => {
      const { code, headers } = await send(closed, { ...PAINT, payload: { prompt: 'a', n } }, few);
      return [code, Number(headers['retry-after'] ?? 0) > 3600];
    };
    expect(await paint(3)).toEqual([undefined, false]);
    expect(await paint(3)).toEqual(['quota_exceeded', true]);
    expect(await paint(2)).toEqual([undefined, false]);
    expect(await paint(1)).toEqual(['quota_exceeded', true]);
    expect((await send(closed, { url: '/v1/runs' }, few)).body.data).toHaveLength(2);
  });
});

describe('the record of changes', () => {
  it('says who changed what, and what came of it, to an admin', async () => {
    const [infer, admin] = [await key('infer'), await key('admin')];
    const url = `/v1/models/${MODEL}/unload`;
    await send(closed, { method: 'POST', url }, infer.key);
    await send(closed, { method: 'POST', url, headers: { 'x-request-id': 'mine' } }, admin.key);
    await send(closed, { method: 'POST', url: `/v1/models/${MODEL}/load` }, admin.key);
    await send(closed, { method: 'POST', url });
    await send(closed, { ...PAINT }, admin.key);
    await send(closed, { method: 'DELETE', url: `/v1/models/${'x'.repeat(300)}` }, admin.key);
    const hook = { method: 'POST', url: '/v1/webhooks', payload: { url: 'https://example.org/' } } as const;
    const webhook = (await send(closed, hook, infer.key)).body;
    await records.apiKeys.revoke(infer.id);

    expect((await send(closed, { url: '/v1/audit' }, (await key('train')).key)).code).toBe('scope_missing');
    const read = async (query: string) =>
      (await send(closed, { url: `/v1/audit?limit=7${query}` }, admin.key)).body;
    const { data } = await read('');
    const seen = { object: 'audit_event', made_id: null };
    // The newest is the key that was not let in.
    expect(data.slice(1, 6)).toMatchObject([
      { ...seen, key_id: null, request_id: null, method: 'CLI', action: 'revokeKey', object_id: infer.id },
      { ...seen, key_id: infer.id, action: 'createWebhook', object_id: webhook.id, status: 201 },
      { ...seen, key_id: admin.id, action: 'loadModel', object_id: MODEL, status: 200, error_code: null },
      { ...seen, key_id: admin.id, action: 'unloadModel', object_id: MODEL, request_id: 'mine' },
      { ...seen, key_id: infer.id, action: 'unloadModel', status: 403, error_code: 'scope_missing' },
    ]);
    expect(JSON.stringify(data)).not.toContain(webhook.secret);
    const actions = async (query: string) =>
      (await read(query)).data.map((one: { action: string }) => one.action);
    expect(await actions(`&key_id=${admin.id}`)).toEqual(['loadModel', 'unloadModel']);
    expect(await actions(`&action=unloadModel&object_id=${MODEL}`)).toEqual(['unloadModel', 'unloadModel']);
    expect(await actions('&created_before=2001-01-01')).toEqual([]);
  });
});

describe('runs', () => {
  it('are deleted by their key and by an admin, once they have ended', async () => {
    const [mine, theirs, admin] = [await key('infer'), await key('infer'), await key('admin')];
    const { id } = (await send(closed, { ...PAINT, payload: { prompt: 'a', store: true } }, mine.key)).body;
    const other = (await send(closed, PAINT, mine.key)).body.id;
    const remove = async (run: string, token: string) => {
      const { status, code } = await send(closed, { method: 'DELETE', url: `/v1/runs/${run}` }, token);
      return [status, code];
    };
    expect(await remove(id, theirs.key)).toEqual([404, 'run_not_found']);
    await records.database.prisma.run.update({ where: { id }, data: { status: 'running' } });
    expect(await remove(id, mine.key)).toEqual([409, 'run_state']);
    await records.database.prisma.run.update({ where: { id }, data: { status: 'succeeded' } });
    expect(await remove('latest', mine.key)).toEqual([400, 'invalid_request']);
    expect(await remove(id, mine.key)).toEqual([204, undefined]);
    expect(await records.database.prisma.runImage.count({ where: { runId: id } })).toBe(0);
    expect(await remove(id, mine.key)).toEqual([404, 'run_not_found']);
    expect(await remove(other, admin.key)).toEqual([204, undefined]);
  });

  it('are their key’s own, and of an admin', async () => {
    const [mine, theirs, admin] = [await key('infer'), await key('infer'), await key('admin')];
    const { id } = (await send(closed, PAINT, mine.key)).body;
    expect((await send(closed, { url: `/v1/runs/${id}` }, mine.key)).status).toBe(200);
    expect((await send(closed, { url: `/v1/runs/${id}` }, admin.key)).status).toBe(200);
    for (const url of [`/v1/runs/${id}`, `/v1/runs/${id}/image`, '/v1/runs/latest']) {
      expect((await send(closed, { url }, theirs.key)).code).toBe('run_not_found');
    }
    expect((await send(closed, { url: '/v1/runs' }, theirs.key)).body.data).toEqual([]);
  });

  it('are not given to another key that repeats an idempotency key', async () => {
    const [mine, theirs] = [await key('infer'), await key('infer')];
    const once = { ...PAINT, headers: { 'idempotency-key': 'same' } };
    const first = await send(closed, once, mine.key);
    expect((await send(closed, once, mine.key)).body.id).toBe(first.body.id);
    const other = await send(closed, once, theirs.key);
    expect(other.status).toBe(200);
    expect(other.body.id).not.toBe(first.body.id);
  });
});

describe('on a loopback address', () => {
  it('nobody needs a key, and one that is sent is ignored', async () => {
    expect((await send(open, PAINT)).status).toBe(200);
    expect((await send(open, { url: '/metrics' })).status).toBe(200);
    const { key: token } = await key('train');
    for (const sent of ['wrong', token]) {
      const { id } = (await send(open, PAINT, sent)).body;
      expect((await send(open, { url: `/v1/runs/${id}` })).status).toBe(200);
    }
    const basic = { ...PAINT, headers: { authorization: 'Basic eA==' } };
    expect((await send(open, basic)).status).toBe(200);
  });
});
