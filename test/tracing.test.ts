import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TINY_MODEL } from './runs/tiny-runs.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

interface Span {
  role: string;
  name: string;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  attributes: Record<string, unknown>;
}

interface KeyValue {
  key: string;
  value: Record<string, unknown>;
}

const valuesOf = (list: readonly KeyValue[]) =>
  Object.fromEntries(list.map(({ key, value }) => [key, Object.values(value)[0]]));

/** What OpenTelemetry's collector would be sent. */
const spans: Span[] = [];
let collector: Server;
let dataDir: string;
let collectorPort: number;
const processes: ChildProcess[] = [];
let url: string;

/** @returns what it says that matches */
async function start(command: string, env: Record<string, string>, said: RegExp): Promise<string> {
  const child = spawn(process.execPath, ['bin/xlxmert-zoo.mjs', command, '--port', '0'], {
    cwd: root,
    env: {
      ...{ PATH: process.env.PATH, DATA_DIR: dataDir, MODELS: 'x-lxmert-scenes', ...env },
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${collectorPort}`,
      OTEL_BSP_SCHEDULE_DELAY: '100',
    },
  });
  processes.push(child);
  let output = '';
  for (const stream of [child.stdout!, child.stderr!])
    stream.on('data', (chunk) => {
      output += chunk;
    });
  for (;;) {
    const found = said.exec(output);
    if (found !== null) return found[1] ?? found[0];
    if (child.exitCode !== null) throw new Error(output);
    await sleep(50);
  }
}

beforeAll(async () => {
  collector = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const { resourceSpans } = JSON.parse(body) as {
      resourceSpans: {
        resource: { attributes: KeyValue[] };
        scopeSpans: { spans: (Omit<Span, 'role' | 'attributes'> & { attributes: KeyValue[] })[] }[];
      }[];
    };
    for (const { resource, scopeSpans } of resourceSpans) {
      const { 'xlxmert.role': role } = valuesOf(resource.attributes);
      for (const span of scopeSpans.flatMap((scope) => scope.spans))
        spans.push({ ...span, role: String(role), attributes: valuesOf(span.attributes) });
    }
    response.setHeader('content-type', 'application/json').end('{}');
  });
  collector.listen(0, '127.0.0.1');
  await once(collector, 'listening');
  const { port } = collector.address() as AddressInfo;
  dataDir = await mkdtemp(join(tmpdir(), 'tracing-'));
  collectorPort = port;
  url = await start('serve', {}, /listening on (http:\/\/[\d.:]+)/);
  while ((await fetch(`${url}/health/ready`)).status !== 200) await sleep(200);
});
afterAll(async () => {
  for (const child of processes.reverse()) {
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
  collector.close();
  await rm(dataDir, { recursive: true, force: true });
});

async function spanOf(traceId: string, role: string, name: string | RegExp): Promise<Span> {
  for (;;) {
    const found = spans.find(
      (span) =>
        span.traceId === traceId &&
        span.role === role &&
        (typeof name === 'string' ? span.name === name : name.test(span.name)),
    );
    if (found) return found;
    await sleep(50);
  }
}

const post = (path: string, body: unknown, headers: Record<string, string> = {}, at = url) =>
  fetch(`${at}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });

it('a picture’s trace goes from its client over queue and batch to the session in another process', async () => {
  const traceId = `${'f'.repeat(31)}1`;
  const client = 'a'.repeat(16);
  const answer = await post(
    '/v1/generate-image',
    { prompt: 'a dog', seed: 1 },
    { traceparent: `00-${traceId}-${client}-01` },
  );
  expect(answer.status).toBe(200);
  const request = await spanOf(traceId, 'server', 'POST /v1/generate-image');
  expect(request.parentSpanId).toBe(client);
  expect(request.attributes).toMatchObject({
    'http.response.status_code': 200,
    'xlxmert.request_id': answer.headers.get('x-request-id'),
  });
  const asked = await spanOf(traceId, 'server', 'inference paint');
  expect(asked.parentSpanId).toBe(request.spanId);
  expect(asked.attributes['xlxmert.model']).toBe('x-lxmert-scenes');
  expect((await spanOf(traceId, 'server', 'queue')).parentSpanId).toBe(asked.spanId);
  const work = await spanOf(traceId, 'server', 'work');
  expect(work.parentSpanId).toBe(asked.spanId);
  const painted = await spanOf(traceId, 'inference', 'paint');
  expect(painted.parentSpanId).toBe(work.spanId);
  const pass = await spanOf(traceId, 'inference', 'pass');
  expect(pass.parentSpanId).toBe(painted.spanId);
  const session = await spanOf(traceId, 'inference', /^session /);
  expect(spans.find(({ spanId }) => spanId === session.parentSpanId)?.name).toBe('pass');
});

it('a job’s goes on in its worker, and in its training process', async () => {
  const traceId = `${'f'.repeat(31)}2`;
  const headers = { traceparent: `00-${traceId}-${'b'.repeat(16)}-01` };
  const hyperparameters = { steps: 2, batch_size: 4, checkpoint_every: 2, ...TINY_MODEL };
  const job = { kind: 'pretrain', dataset: 'lattice-1style', seed: 1, hyperparameters };
  const answer = await post('/v1/train-jobs', job, headers);
  expect(answer.status).toBe(201);
  const submitted = await spanOf(traceId, 'server', 'POST /v1/train-jobs');
  const taken = await spanOf(traceId, 'worker', 'job');
  expect(taken.parentSpanId).toBe(submitted.spanId);
  const trained = await spanOf(traceId, 'training', 'train pretrain');
  expect(trained.parentSpanId).toBe(taken.spanId);
  const { id } = (await answer.json()) as { id: string };
  expect(trained.attributes['xlxmert.job']).toBe(id);
});

it('a picture’s goes on in an inference worker, and in its process', async () => {
  const remote = await start(
    'serve',
    { INFERENCE: 'remote', WORKERS: '0' },
    /listening on (http:\/\/[\d.:]+)/,
  );
  await start('inference', {}, /inference worker wrk_/);
  const traceId = `${'f'.repeat(31)}3`;
  const headers = { traceparent: `00-${traceId}-${'c'.repeat(16)}-01` };
  const answer = await post('/v1/generate-image', { prompt: 'a dog', seed: 1 }, headers, remote);
  expect(answer.status).toBe(200);
  const request = await spanOf(traceId, 'server', 'POST /v1/generate-image');
  const asked = await spanOf(traceId, 'server', 'remote paint');
  expect(asked.parentSpanId).toBe(request.spanId);
  expect(asked.attributes['xlxmert.worker']).toMatch(/^wrk_/);
  const heard = await spanOf(traceId, 'inference-worker', 'POST /inference/ask');
  expect(heard.parentSpanId).toBe(asked.spanId);
  expect((await spanOf(traceId, 'inference-worker', 'inference paint')).parentSpanId).toBe(heard.spanId);
  const work = await spanOf(traceId, 'inference-worker', 'work');
  expect((await spanOf(traceId, 'inference', 'paint')).parentSpanId).toBe(work.spanId);
});
