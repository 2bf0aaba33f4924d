import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildApp } from '../../src/app.ts';
import type { Services } from '../../src/services.ts';

const BUILT = fileURLToPath(new URL('../../web/dist', import.meta.url));
let app: FastifyInstance;

beforeAll(async () => {
  app = await buildApp({ records: {}, host: {} } as unknown as Services);
});
afterAll(() => app.close());

it('is there for everybody, and may load nothing from elsewhere', async () => {
  const { statusCode, headers, body } = await app.inject('/');
  expect([statusCode, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
  expect(headers['content-security-policy']).toMatch(
    /^default-src 'none'; script-src 'self'; style-src 'self';/,
  );
  expect(headers['content-security-policy']).not.toContain('unsafe');
  const addresses = [...body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address]) => address!);
  expect(addresses.length).toBeGreaterThan(2);
  for (const address of addresses) {
    const answer = await app.inject(address);
    expect([address, answer.statusCode]).toEqual([address, 200]);
    if (address.startsWith('/assets/')) expect(answer.headers['cache-control']).toContain('immutable');
  }
  // Nothing inline: the policy would refuse it.
  expect(body).not.toMatch(/<script(?![^>]* src=)|<style| style=| on\w+=/);
});

it('has at most 150 KB', () => {
  const files = readdirSync(BUILT, { recursive: true, encoding: 'utf8' }).map((name) =>
    statSync(join(BUILT, name)),
  );
  const bytes = files.filter((file) => file.isFile()).reduce((sum, { size }) => sum + size, 0);
  expect(bytes).toBeLessThan(150 * 1024);
});

it('has its mark on the documentation', async () => {
  const { body } = await app.inject('/docs/');
  expect(body).toContain('<title>xlxmert-zoo: API</title>');
});
