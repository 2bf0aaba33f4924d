/** What a download does when the connection breaks, or says nothing any more: against a server that does just that. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openS3Store } from '../../src/store/s3-store.ts';

const CONTENT = randomBytes(300_000);

let scratch: string;
let server: Server;
let ranges: (string | undefined)[];

beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 's3-'));
  ranges = [];
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await rm(scratch, { recursive: true, force: true });
});

/** @param breaks what becomes of an answer of which a part was sent; undefined: it is sent whole */
async function storeThat(breaks: (attempt: number, answer: ServerResponse) => (() => void) | undefined) {
  server = createServer((request, answer) => {
    const { range } = request.headers;
    ranges.push(range);
    const start = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
    const left = CONTENT.subarray(start);
    answer.writeHead(range === undefined ? 200 : 206, { 'content-length': left.length });
    const broken = breaks(ranges.length, answer);
    if (broken === undefined) answer.end(left);
    else answer.write(left.subarray(0, 100_000), broken);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const env = {
    AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  };
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' });
  return openS3Store({ bucket: 'bucket', prefix: '' }, { env, silence: 300 });
}

it('is opened without a warning, on Node.js 20 too', async () => {
  const warnings: Error[] = [];
  const note = (warning: Error) => warnings.push(warning);
  process.on('warning', note);
  const store = await storeThat(() => undefined);
  await store.get('key', join(scratch, 'file'));
  process.off('warning', note);
  expect(warnings).toEqual([]);
});

it.each([
  ['breaks', (answer: ServerResponse) => () => void setTimeout(() => answer.destroy(), 100)],
  ['falls silent', () => () => {}],
])('a download whose connection %s goes on from where it was', async (_how, broken) => {
  const store = await storeThat((attempt, answer) => (attempt <= 2 ? broken(answer) : undefined));
  const file = join(scratch, 'file');
  await store.get('key', file);
  expect(CONTENT.equals(await readFile(file))).toBe(true);
  expect(ranges[0]).toBeUndefined();
  expect(ranges.at(-1)).toMatch(/^bytes=[1-9]\d*-$/);
});
