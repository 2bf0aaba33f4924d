import Fastify, { LogController } from 'fastify';
import pino from 'pino';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { requestLog } from '../../src/plugins/request-log.ts';

let lines: Record<string, unknown>[];

beforeEach(() => {
  lines = [];
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
});
afterEach(() => vi.useRealTimers());

async function server(limit: number) {
  const stream = { write: (line: string) => void lines.push(JSON.parse(line)) };
  const app = Fastify({
    loggerInstance: pino({ base: null }, stream),
    logController: new LogController({ disableRequestLogging: true }),
  });
  await app.register(requestLog, { limit });
  app.get('/x', async () => 'x');
  app.get('/health/live', async () => 'x');
  await app.ready();
  return app;
}

it('tells so many requests a minute, and counts the rest', async () => {
  const app = await server(2);
  for (const url of ['/x', '/x', '/x', '/nothing', '/x']) await app.inject(url);
  expect(lines).toEqual([
    expect.objectContaining({ msg: 'answered', url: '/x', status: 200 }),
    expect.objectContaining({ msg: 'answered', url: '/x', status: 200 }),
  ]);
  vi.advanceTimersByTime(60_000);
  expect(lines[2]).toMatchObject({ requests: 3, by_status: { 200: 2, 404: 1 } });
  await app.inject('/x');
  expect(lines[3]).toMatchObject({ msg: 'answered', url: '/x' });
  vi.advanceTimersByTime(600_000);
  await app.close();
  expect(lines).toHaveLength(4);
});

it('tells no probes', async () => {
  const app = await server(100);
  await app.inject('/health/live');
  await app.close();
  expect(lines).toEqual([]);
});
