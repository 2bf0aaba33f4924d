/**
 * Requests of every kind at a whole server, against what the OpenAPI document says of the answers. A short form runs with
 * the other tests; `npm run fuzz` sends 10,000 and more, and holds the server to 5 seconds and to its memory.
 * FUZZ_SEED repeats the requests of another run; FUZZ_PATIENCE is those seconds, for a machine that is busy.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addressOf, createTestDatabase, type TestDatabase } from '../database/test-database.ts';
import { TINY, writeTinyTasks } from '../inference/tiny-tasks.ts';
import { sampleFiles } from '../pictures/sample-pictures.ts';
import { createContract, type Document, dereferenced } from './contract.ts';
import { type Answer, exchange, type Outcome, type Sent } from './exchange.ts';
import { requestsOf, type World } from './requests.ts';

const LONG = process.env.FUZZ_REQUESTS !== undefined;
const REQUESTS = Number(process.env.FUZZ_REQUESTS ?? 600);
const SEED = Number(process.env.FUZZ_SEED ?? (LONG ? Date.now() % 2 ** 31 : 1));
const AT_A_TIME = 8;
/** Between them, memory is looked at. */
const PARTS = LONG ? 10 : 3;
/** A busy machine does other things beside the tests. */
const PATIENCE_MS = Number(process.env.FUZZ_PATIENCE ?? (LONG ? 5 : 60)) * 1000;

const root = fileURLToPath(new URL('../..', import.meta.url));
let folder: string;
let database: TestDatabase;
let server: ChildProcess;
let log = '';
let port: number;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'xlxmert-fuzz-'));
  chmodSync(folder, 0o755);
  await writeTinyTasks(join(folder, 'zoo'));
  database = await createTestDatabase();
  server = spawn(
    process.execPath,
    ['--expose-gc', '--import', COLLECT, 'bin/xlxmert-zoo.mjs', 'serve', '--port', '0', '--workers', '0'],
    {
      cwd: root,
      env: {
        PATH: process.env.PATH,
        DATA_DIR: join(folder, 'data'),
        DATABASE_URL: addressOf(database.connection),
        CHECKPOINTS_DIR: join(folder, 'zoo'),
        THREADS: '1',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  for (const stream of [server.stdout!, server.stderr!]) {
    stream.on('data', (chunk) => {
      log += chunk;
    });
  }
  for (;;) {
    port = Number(/listening on http:\/\/127\.0\.0\.1:(\d+)/.exec(log)?.[1]);
    if (server.exitCode !== null) throw new Error(log);
    if (port > 0 && (await fetch(`http://127.0.0.1:${port}/health/ready`)).ok) break;
    await sleep(50);
  }
});
afterAll(async () => {
  server.kill('SIGTERM');
  if (server.exitCode === null) await once(server, 'exit');
  await database.close();
  rmSync(folder, { recursive: true, force: true });
});

const document = JSON.parse(readFileSync(join(root, 'openapi/openapi.json'), 'utf8')) as Document;

/** So that what is left is what is kept, and not what nobody has thrown away yet. */
const COLLECT = 'data:text/javascript,process.on("SIGUSR2",()=>gc())';

/** MiB, while nothing is asked: what the server keeps in its heap and beside it, and what the inference process takes. */
async function memory(): Promise<{ kept: number; inference: number }> {
  // Work of clients that hung up has ended by then.
  await sleep(1_000);
  server.kill('SIGUSR2');
  await sleep(500);
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const read = (name: string) =>
    Number(
      text
        .split('\n')
        .find((line) => line.startsWith(`${name} `))!
        .split(' ')[1],
    ) /
    2 ** 20;
  return {
    kept: read('nodejs_heap_size_used_bytes') + read('nodejs_external_memory_bytes'),
    inference: read('xlxmert_resident_memory_bytes{process="inference"}'),
  };
}

/** Ids that the server made meanwhile: later requests ask for them. */
function learn(world: Known, outcome: Outcome): void {
  if (typeof outcome === 'string') return;
  const text = outcome.body.subarray(0, 2_000).toString('latin1');
  const [, id, kind] = /"((run|job|file|std)_[0-9a-z]{26})"/.exec(text) ?? [];
  if (id === undefined || kind === undefined) return;
  const ids = world[({ run: 'runs', job: 'jobs', file: 'files', std: 'studies' } as const)[kind as 'run']];
  if (!ids.includes(id)) ids.unshift(id);
  ids.splice(20);
}

type Known = { [kind in keyof World]: string[] };

async function make(world: Known, path: string, body: object): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const text = Buffer.from(await answer.text());
  if (!answer.ok) throw new Error(String(text));
  learn(world, { status: answer.status, headers: {}, body: text });
}

const shown = ({ kind, bytes }: Sent) =>
  `${kind}: ${JSON.stringify(bytes.subarray(0, 700).toString('latin1'))}`;

describe(`seed ${SEED}`, () => {
  it(`${REQUESTS} requests are answered as the document says`, async () => {
    const pictures = Object.values(await sampleFiles(12, 8));
    const requests = requestsOf(dereferenced(document), {
      models: Object.values(TINY),
      datasets: ['scenes', 'lattice-1style', 'none'],
      pictures,
    });
    const plans = fc.sample(requests, { numRuns: REQUESTS, seed: SEED });
    const check = createContract(document);
    const world: Known = { runs: [], jobs: [], files: [], studies: [] };
    await make(world, '/v1/generate-image', { prompt: 'two dogs', store: true });
    for (let i = 0; i < 5; i++) {
      await make(world, '/v1/train-jobs', { kind: 'grid-encoder', dataset: 'lattice-1style' });
    }
    const faults = new Map<string, string>();
    const statuses: Record<string, number> = {};
    let next = 0;
    const sizes: { kept: number; inference: number }[] = [];
    const client = async (end: number) => {
      while (next < end) {
        const at = next++;
        const sent = plans[at]!(world);
        const outcome = await exchange(port, sent, PATIENCE_MS);
        learn(world, outcome);
        for (const fault of check(sent, outcome)) {
          const name = `${sent.operation ?? sent.kind}: ${fault}`;
          if (!faults.has(name)) faults.set(name, `${shown(sent)} → ${showAnswer(outcome)}`);
        }
        const status = typeof outcome === 'string' ? outcome : String(outcome.status);
        statuses[status] = (statuses[status] ?? 0) + 1;
      }
    };
    for (let part = 1; part <= PARTS; part++) {
      const end = Math.ceil((plans.length * part) / PARTS);
      await Promise.all(Array.from({ length: AT_A_TIME }, () => client(end)));
      sizes.push(await memory());
    }
    if (LONG) console.log({ seed: SEED, requests: plans.length, statuses, sizes });

    expect(Object.fromEntries(faults)).toEqual({});
    // They are neither all refused nor all alike.
    const often = [200, 400, 404, 405, 415, 422];
    for (const status of LONG ? [...often, 201, 204, 403, 409, 413, 417, 421, 431] : often) {
      expect([status, (statuses[status] ?? 0) > 0]).toEqual([status, true]);
    }
    expect([server.exitCode, server.signalCode]).toEqual([null, null]);
    const [warm, end] = [sizes[Math.floor(PARTS / 3)]!, sizes.at(-1)!];
    expect([end.kept - warm.kept < 16, end.inference - warm.inference < 64]).toEqual([true, true]);
    expect(log).not.toMatch(/"level":(50|60)|inference process ended|UnhandledPromise|uncaught/);
  }, 3_600_000);

  it('senders that stall hold nobody up, and are told', async () => {
    const HEAD = 'POST /v1/vqa HTTP/1.1\r\nHost: localhost\r\n';
    const stalls = [
      'POST /v1/v',
      `${HEAD}X: `,
      `${HEAD}Content-Type: application/json\r\nContent-Length: 20000000\r\n\r\n{"ima`,
      `${HEAD}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"im`,
      `${HEAD}Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 20000000\r\n\r\n--b\r\n`,
    ];
    const sockets: { socket: Socket; text: () => string }[] = [];
    for (let i = 0; i < 50; i++) {
      const socket = connect(port, '127.0.0.1', () => socket.write(stalls[i % stalls.length]!));
      let text = '';
      socket.on('data', (chunk) => {
        text += chunk;
      });
      socket.on('error', () => {});
      sockets.push({ socket, text: () => text });
    }
    const live = { kind: 'live', method: 'GET', after: 'wait' } as const;
    const bytes = Buffer.from('GET /v1/models HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
    expect(((await exchange(port, { ...live, bytes }, PATIENCE_MS)) as Answer).status).toBe(200);
    await Promise.all(sockets.map(({ socket }) => once(socket, 'close')));
    for (const { text } of sockets) expect(text().slice(0, 12)).toBe('HTTP/1.1 408');
  });
});

function showAnswer(outcome: Outcome): string {
  if (typeof outcome === 'string') return outcome;
  return `${outcome.status} ${outcome.headers['content-type'] ?? ''} ${outcome.body.subarray(0, 400).toString('latin1')}`;
}
