/**
 * `bench database`: what the one thing that all servers and workers share can take, on this machine: records of
 * requests, notices, jobs, what a running job writes, and connections. On a Postgres of its own.
 */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { newId } from '../../database/ids.ts';
import { openRecords, type Records } from '../../database/open.ts';
import { createRuns } from '../../database/runs.ts';
import { NO_NEEDS } from '../../jobs/needs.ts';
import { openQueue } from '../../jobs/queue.ts';
import { createJobWork, createTrainJobs, type NewJob } from '../../jobs/train-jobs.ts';
import type { GivenTo } from '../define-command.ts';
import type { benchDatabase as description } from './commands.ts';
import { machineText } from './machine.ts';
import { postmaster } from './own-server.ts';
import { usedBy } from './process-tree.ts';

const LANES = 10;
const LISTENERS = [1, 10, 50];
const IDLE = [10, 50, 300];
const QUESTIONS = 500;
/** A painted picture of 128 × 128, as PNG. */
const PICTURE = new Uint8Array(30_000).fill(7);
const JOB: NewJob = {
  ...{ kind: 'vqa', dataset: 'scenes', seed: 1, components: {}, hyperparameters: {}, steps: 100_000 },
  ...{ suffix: undefined, metadata: {}, keyId: null, command: '' },
};

export async function databaseBench({
  flags: { seconds },
}: Pick<GivenTo<typeof description>, 'flags'>): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'bench-database-'));
  await chmod(dataDir, 0o755);
  const records = await openRecords({ dataDir, databaseUrl: undefined }, () => {});
  const print = (what: string, figure: string) => process.stdout.write(`| ${what} | ${figure} |\n`);
  const each = (done: number, took: number) => `${Math.round(done / took)} a second`;
  try {
    process.stdout.write(
      `${machineText()}; Postgres on the same cores, ${LANES} connections\n\n| | |\n|---|---:|\n`,
    );
    for (const picture of [false, true]) {
      const { done, took } = await lanes(seconds, () => request(records, picture));
      print(
        picture ? 'requests recorded, each with a picture of 30 kB' : 'requests recorded',
        each(done, took),
      );
    }
    for (const count of LISTENERS) {
      const { done, took, ms } = await notices(records, count, seconds);
      print(
        `notices, ${count} listening`,
        `${each(done, took)}, the last hears one after ${ms.toFixed(1)} ms`,
      );
    }
    const { submitted, taken } = await queue(records, seconds);
    print('jobs submitted', each(submitted.done, submitted.took));
    print('jobs taken up and ended', each(taken.done, taken.took));
    const written = await progress(records, seconds);
    print('seconds of training recorded, each of 10 steps', each(written.done, written.took));
    for (const count of IDLE) print(`${count} idle connections`, await connections(records, dataDir, count));
  } finally {
    await records.close();
    await rm(dataDir, { recursive: true, force: true });
  }
}

interface Count {
  done: number;
  took: number;
}

/** As often as it goes, on all connections. */
async function lanes(seconds: number, work: () => Promise<unknown>): Promise<Count> {
  let done = 0;
  const began = performance.now();
  const lane = async () => {
    for (; performance.now() - began < seconds * 1000; done++) await work();
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return { done, took: (performance.now() - began) / 1000 };
}

/** What a server writes of a request. */
async function request({ database, serverId }: Records, picture: boolean): Promise<void> {
  const runs = createRuns(database, serverId);
  const id = newId('run');
  const fields = { task: 'generate-image', requestId: id, model: 'm', stored: picture, keyId: null };
  await runs.accept({ ...fields, id, request: { prompt: 'a dog next to two red cars', seed: 1 } });
  await runs.succeed(id, {
    ...{ model: 'm', revision: 'r', engine: 'e', result: {}, queueMs: 1, computeMs: 1 },
    images: picture ? [{ contentType: 'image/png', bytes: PICTURE }] : [],
  });
}

/** One notice after the other: the next one when all have heard it. */
async function notices({ connection, database }: Records, count: number, seconds: number) {
  let heard = 0;
  let all = () => {};
  const clients = await Promise.all(
    Array.from({ length: count }, async () => {
      const client = await connected(connection);
      client.on('notification', () => {
        if (++heard === count) all();
      });
      await client.query('LISTEN bench');
      return client;
    }),
  );
  const began = performance.now();
  let done = 0;
  for (; performance.now() - began < seconds * 1000; done++) {
    heard = 0;
    const reached = new Promise<void>((resolve) => {
      all = resolve;
    });
    await database.pool.query(`NOTIFY bench`);
    await reached;
  }
  const took = (performance.now() - began) / 1000;
  await Promise.all(clients.map((client) => client.end()));
  return { done, took, ms: (took * 1000) / done };
}

async function queue({ database, connection }: Records, seconds: number) {
  const sender = await openQueue(connection, 'sender', () => {});
  const jobs = createTrainJobs(database, sender);
  const submitted = await lanes(seconds, () => jobs.create(JOB));
  const workers = await Promise.all(
    Array.from({ length: 4 }, () => openQueue(connection, 'worker', () => {})),
  );
  let done = 0;
  const began = performance.now();
  await Promise.all(
    workers.map(async (worker, i) => {
      const work = createJobWork(database, worker);
      await worker.work(NO_NEEDS, async (message) => {
        const claimed = await work.claim(message, newId('wrk'), `wrk_${i}`);
        if (claimed === undefined) return;
        await work.succeed(claimed.job.id, claimed.job.holder!, {});
        done++;
      });
    }),
  );
  await sleep(seconds * 1000);
  const taken = { done, took: (performance.now() - began) / 1000 };
  for (const one of [...workers, sender]) await one.close();
  return { submitted, taken };
}

/** What a worker writes of a job each second. */
async function progress({ database, connection }: Records, seconds: number): Promise<Count> {
  const sender = await openQueue(connection, 'sender', () => {});
  const jobs = createTrainJobs(database, sender);
  const work = createJobWork(database, sender);
  const held = await Promise.all(
    Array.from({ length: LANES }, async () => {
      const { id, messageId } = await jobs.create(JOB);
      const holder = newId('wrk');
      await work.claim({ id: messageId, jobId: id }, holder, 'wrk_bench');
      return { id, holder, step: 0 };
    }),
  );
  const counted = await lanes(seconds, async () => {
    const job = held.shift()!;
    const lines = Array.from({ length: 10 }, () => ({ step: ++job.step, loss: 1, learning_rate: 1 }));
    await work.record(job.id, job.holder, { lines, step: job.step, events: [] });
    held.push(job);
  });
  await sender.close();
  return counted;
}

/** Each of them has asked something. @returns what they cost, and how long a question takes beside them */
async function connections(
  { connection, database }: Records,
  dataDir: string,
  count: number,
): Promise<string> {
  const before = await memory(dataDir);
  const clients: pg.Client[] = [];
  try {
    while (clients.length < count) {
      const client = await connected(connection);
      clients.push(client);
      await client.query('SELECT count(*) FROM jobs');
    }
    const began = performance.now();
    for (let i = 0; i < QUESTIONS; i++) await database.pool.query('SELECT 1');
    const ms = (performance.now() - began) / QUESTIONS;
    const each = ((await memory(dataDir)) - before) / count;
    return `${each.toFixed(1)} MiB each; a question takes ${ms.toFixed(2)} ms`;
  } catch (error) {
    return `refused after ${clients.length}: ${(error as Error).message}`;
  } finally {
    await Promise.all(clients.map((client) => client.end()));
  }
}

async function connected(connection: pg.ClientConfig): Promise<pg.Client> {
  const client = new pg.Client(connection);
  client.on('error', () => {});
  await client.connect();
  return client;
}

async function memory(dataDir: string): Promise<number> {
  const pid = await postmaster(dataDir);
  return pid === undefined ? Number.NaN : (await usedBy(pid)).resident;
}
