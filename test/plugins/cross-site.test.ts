import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildApp } from '../../src/app.ts';
import type { Services } from '../../src/services.ts';
import { createTestRecords } from '../database/test-database.ts';
import { createFakeHost } from '../routes/fake-host.ts';
import { sendRaw } from './raw-request.ts';

type Access = NonNullable<Services['access']>;

let records: Awaited<ReturnType<typeof createTestRecords>>;
const apps = new Map<string, FastifyInstance>();
/** One of each kind for all tests. */
const start = async (access: Partial<Access> = {}) => {
  const kind = JSON.stringify(access);
  const app =
    apps.get(kind) ??
    (await buildApp({
      records,
      host: createFakeHost(),
      access: { keysNeeded: false, rateLimit: 100, ...access },
    }));
  apps.set(kind, app);
  return app;
};
beforeAll(async () => {
  records = await createTestRecords();
});
afterAll(async () => {
  for (const app of apps.values()) await app.close();
  await records.close();
});

const PAINT = { method: 'POST', url: '/v1/generate-image', payload: { prompt: 'a', store: true } } as const;
const outcome = (answer: { statusCode: number; body: string }) =>
  answer.statusCode < 400 ? 'answered' : JSON.parse(answer.body).error.code;

describe('Host', () => {
  const OWN = [
    'localhost',
    'localhost:3000',
    'LOCALHOST',
    'localhost.',
    '127.0.0.1:80',
    '127.8.9.1',
    '[::1]',
  ];
  it.each([...OWN, '[::1]:3000', '[0:0:0:0:0:0:0:1]:1', '[::ffff:127.0.0.1]:3000', 'zoo.localhost:3000'])(
    'may be %s',
    async (host) => {
      const app = await start();
      expect(outcome(await app.inject({ ...PAINT, headers: { host } }))).toBe('answered');
    },
  );

  const FOREIGN = ['evil.example', 'evil.example:3000', '192.168.1.7:3000', '127.0.0.1.evil.example'];
  it.each([...FOREIGN, 'localhost.evil.example', '[2001:db8::1]:3000', '0.0.0.0:3000', 'notlocalhost'])(
    '%s is told that it is at the wrong place, whatever it asks for',
    async (host) => {
      const app = await start();
      for (const url of [
        '/',
        '/docs',
        '/docs/json',
        '/openapi.json',
        '/health/live',
        '/metrics',
        '/v1/runs',
        '/x',
      ]) {
        const answer = await app.inject({ url, headers: { host } });
        expect([url, answer.statusCode, outcome(answer)]).toEqual([url, 421, 'host_not_allowed']);
      }
      expect((await app.inject({ ...PAINT, headers: { host } })).statusCode).toBe(421);
    },
  );

  it('may be one of ALLOWED_HOSTS', async () => {
    const app = await start({ allowedHosts: ['zoo.lan', '10.0.0.7', '2001:db8::1'] });
    for (const host of ['zoo.lan:3000', 'ZOO.lan', '10.0.0.7', '[2001:db8::1]:3000', 'localhost']) {
      expect((await app.inject({ url: '/v1/runs', headers: { host } })).statusCode).toBe(200);
    }
    expect((await app.inject({ url: '/v1/runs', headers: { host: 'www.zoo.lan' } })).statusCode).toBe(421);
  });

  it('may be anything where keys are needed', async () => {
    const app = await start({ keysNeeded: true });
    const { key } = await records.apiKeys.create('test', ['infer']);
    const headers = { host: 'zoo.example', authorization: `Bearer ${key}`, origin: 'https://evil.example' };
    expect((await app.inject({ ...PAINT, headers })).json().images[0].url).toMatch(
      /^http:\/\/zoo\.example\/v1/,
    );
  });

  it('is there once', async () => {
    const app = await start();
    await app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = app.server.address() as AddressInfo;
    for (const hosts of ['', 'Host: localhost\r\nHost: evil.example\r\n', 'Host: a b\r\n', 'Host: \r\n']) {
      const answer = await sendRaw(port, `GET /v1/models HTTP/1.1\r\n${hosts}Connection: close\r\n\r\n`);
      expect([hosts, answer.status]).toEqual([hosts, 400]);
      expect(JSON.parse(answer.body).error).toMatchObject({ code: 'invalid_request', param: null });
    }
    expect((await sendRaw(port, 'GET /v1/models HTTP/1.0\r\n\r\n')).status).toBe(200);
  });
});

describe('a page of another origin', () => {
  const own = { host: 'localhost:3000' };
  it.each([
    [{}, true],
    [{ origin: 'http://localhost:3000' }, true],
    [{ origin: 'https://localhost:3000' }, true],
    [{ origin: 'http://localhost:8080' }, false],
    [{ origin: 'http://127.0.0.1:3000' }, false],
    [{ origin: 'https://evil.example' }, false],
    [{ origin: 'null' }, false],
    [{ origin: '' }, false],
    [{ 'sec-fetch-site': 'none' }, true],
    [{ 'sec-fetch-site': 'same-origin', origin: 'http://localhost:3000' }, true],
    [{ 'sec-fetch-site': 'same-site', origin: 'http://localhost:8080' }, false],
    [{ 'sec-fetch-site': 'cross-site' }, false],
    [{ 'sec-fetch-site': 'cross-site', origin: 'http://localhost:3000' }, false],
  ])('%j may change something: %s', async (headers, may) => {
    const app = await start();
    const changes = [
      PAINT,
      { method: 'POST', url: '/v1/models/generator-scenes/unload' },
      { method: 'POST', url: '/v1/train-jobs/x/cancel' },
      { method: 'DELETE', url: '/v1/train-jobs/x' },
    ] as const;
    for (const change of changes) {
      const refused = outcome(await app.inject({ ...change, headers: { ...own, ...headers } }));
      expect([change.url, refused === 'origin_not_allowed']).toEqual([change.url, !may]);
    }
    // Nothing changes, and no browser lets the page see the answer.
    const seen = await app.inject({ url: '/v1/runs', headers: { ...own, ...headers } });
    expect([seen.statusCode, seen.headers['access-control-allow-origin']]).toEqual([200, undefined]);
  });

  it('may not show answers in frames, nor pictures', async () => {
    for (const [cors, policy] of [
      [[], 'same-origin'],
      [['https://app.example.org'], 'cross-origin'],
    ] as const) {
      const app = await start(cors.length > 0 ? { corsOrigins: cors } : {});
      for (const url of ['/docs', '/v1/models', '/v1/runs/none/image']) {
        expect((await app.inject(url)).headers).toMatchObject({
          'x-frame-options': 'DENY',
          'x-content-type-options': 'nosniff',
          'cross-origin-resource-policy': policy,
        });
      }
    }
  });

  it('gets no preflight answered', async () => {
    const app = await start();
    const headers = {
      'access-control-request-private-network': 'true',
      origin: 'https://evil.example',
      'access-control-request-method': 'POST',
    };
    const answer = await app.inject({ method: 'OPTIONS', url: PAINT.url, headers });
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  });
});

describe('CORS_ORIGINS', () => {
  const origin = 'https://app.example.org';
  const preflight = { origin, 'access-control-request-method': 'POST' };

  it('lets the pages that it names in, with preflights', async () => {
    const app = await start({ corsOrigins: [origin] });
    const asked = await app.inject({
      method: 'OPTIONS',
      url: PAINT.url,
      headers: {
        ...preflight,
        'access-control-request-headers': 'content-type,idempotency-key',
        'access-control-request-private-network': 'true',
      },
    });
    expect(asked.statusCode).toBe(204);
    expect(asked.headers).toMatchObject({
      'access-control-allow-origin': origin,
      'access-control-allow-methods': 'GET, HEAD, POST, DELETE',
      'access-control-allow-headers': 'content-type,idempotency-key',
      'access-control-max-age': '600',
      'access-control-allow-private-network': 'true',
    });
    expect(asked.headers.vary).toContain('Origin');
    const headers = { origin, 'sec-fetch-site': 'cross-site' };
    const painted = await app.inject({ ...PAINT, headers });
    expect([painted.statusCode, painted.headers['access-control-allow-origin']]).toEqual([200, origin]);
    expect(painted.headers['access-control-expose-headers']).toContain('x-request-id');
    // Errors too: a page has to be able to read what went wrong.
    const wrong = await app.inject({ ...PAINT, payload: {}, headers });
    expect([wrong.statusCode, wrong.headers['access-control-allow-origin']]).toEqual([400, origin]);
  });

  it('lets no others in', async () => {
    const app = await start({ corsOrigins: [origin] });
    for (const other of [
      'https://app.example.org.evil.example',
      'http://app.example.org',
      'https://example.org',
    ]) {
      const headers = { ...preflight, origin: other };
      const asked = await app.inject({ method: 'OPTIONS', url: PAINT.url, headers });
      expect(asked.headers['access-control-allow-origin']).toBeUndefined();
      const answer = await app.inject({ ...PAINT, headers: { origin: other } });
      expect(outcome(answer)).toBe('origin_not_allowed');
    }
  });

  it('opens a server with keys to everybody who has one', async () => {
    const app = await start({ keysNeeded: true, corsOrigins: ['*'] });
    const asked = await app.inject({
      method: 'OPTIONS',
      url: PAINT.url,
      headers: { ...preflight, 'access-control-request-headers': 'authorization' },
    });
    expect([asked.statusCode, asked.headers['access-control-allow-origin']]).toEqual([204, origin]);
    const refused = await app.inject({ ...PAINT, headers: { origin } });
    expect([refused.statusCode, refused.headers['access-control-allow-origin']]).toEqual([401, origin]);
  });
});

describe('behind a proxy', () => {
  const forwarded = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'zoo.example.org' };
  const url = async (app: FastifyInstance, headers: Record<string, string>) =>
    new URL((await app.inject({ ...PAINT, headers })).json().images[0].url).origin;

  it.each(['loopback', '127.0.0.1', '127.0.0.0/8', 1, true] as const)(
    'that TRUST_PROXY=%s trusts, addresses are the proxy’s',
    async (trustProxy) => {
      const app = await start({ trustProxy });
      expect(await url(app, { host: '127.0.0.1:3000', ...forwarded })).toBe('https://zoo.example.org');
      // Its own documentation may use it.
      const origin = 'https://zoo.example.org';
      expect(await url(app, { host: '127.0.0.1:3000', ...forwarded, origin })).toBe(origin);
      const foreign = { host: '127.0.0.1:3000', ...forwarded, origin: 'https://evil.example' };
      expect(outcome(await app.inject({ ...PAINT, headers: foreign }))).toBe('origin_not_allowed');
      // A page can send these headers too, but not another Host.
      const rebound = await app.inject({ ...PAINT, headers: { ...forwarded, host: 'evil.example' } });
      expect(rebound.statusCode).toBe(421);
    },
  );

  it('that nobody trusts, they are not', async () => {
    expect(await url(await start(), { host: 'localhost:3000', ...forwarded })).toBe('http://localhost:3000');
    const other = await start({ trustProxy: '10.0.0.0/8' });
    expect(await url(other, { host: 'localhost:3000', ...forwarded })).toBe('http://localhost:3000');
  });

  it('that says nonsense, they are the server’s own', async () => {
    const app = await start({ trustProxy: 'loopback' });
    const nonsense = { 'x-forwarded-proto': 'javascript', 'x-forwarded-host': '"><script>' };
    expect(await url(app, { host: 'localhost:3000', ...nonsense })).toBe('http://localhost:3000');
  });
});

it('documentation works in the page that it is', async () => {
  const app = await start();
  const headers = {
    host: '127.0.0.1:3000',
    origin: 'http://127.0.0.1:3000',
    'sec-fetch-site': 'same-origin',
  };
  expect((await app.inject({ url: '/docs/', headers })).statusCode).toBe(200);
  expect((await app.inject({ ...PAINT, headers })).statusCode).toBe(200);
});
