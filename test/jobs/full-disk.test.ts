/** Jobs on a disk of its own that fills up under them: they wait, say so, and go on by themselves. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { mountSmallDisk } from '../small-disk.ts';

const disk = mountSmallDisk(256);
let server: ChildProcess | undefined;
let url: string;

beforeAll(async () => {
  if (disk === undefined) return;
  server = spawn(
    process.execPath,
    ['--import', 'tsx', join(import.meta.dirname, 'chaos-server.ts'), disk.folder],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const [line] = (await once(server.stdout!, 'data')) as [Buffer];
  url = line.toString().trim();
});
// Also where a test failed: the next has a disk with space.
afterEach(() => disk?.empty());
afterAll(async () => {
  if (server !== undefined && server.exitCode === null) {
    server.kill('SIGTERM');
    await once(server, 'exit');
  }
  disk?.remove();
});

interface Job {
  id: string;
  status: string;
  step: number;
  failures: number;
}
interface Point {
  step: number;
  value: number;
}

async function ask<T>(path: string, body?: object): Promise<T> {
  const answer = await fetch(`${url}/v1/train-jobs${path}`, {
    ...(body && {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    }),
  });
  if (!answer.ok) throw new Error(await answer.text());
  return (await answer.json()) as T;
}

const submit = (slowness: number) =>
  ask<Job>('', { kind: 'tiny', dataset: 'scenes', seed: 0, hyperparameters: { steps: 20, slowness } });

async function until(id: string, holds: (job: Job) => boolean | Promise<boolean>): Promise<Job> {
  for (;;) {
    const job = await ask<Job>(`/${id}`);
    if (await holds(job)) return job;
    await sleep(100);
  }
}
const succeeds = (id: string) =>
  until(id, ({ status }) => {
    expect(['cancelled', 'failed']).not.toContain(status);
    return status === 'succeeded';
  });
const messages = async (id: string) =>
  (await ask<{ data: { message: string }[] }>(`/${id}/events`)).data.map(({ message }) => message);
const waits = (id: string) =>
  until(id, async () => (await messages(id)).some((message) => message.startsWith('The disk is full')));

/** Postgres may give segments of its log back at any time. */
async function refused(): Promise<void> {
  for (;;) {
    await disk!.fill(8 * 2 ** 20);
    const said = await submit(0)
      .then(({ id }) => ask(`/${id}/cancel`, {}))
      .catch((error: Error) => error.message);
    if (typeof said === 'string') return expect(said).toContain('storage_full');
  }
}

async function curve(id: string): Promise<Point[]> {
  const { data } = await ask<{ data: { points: Point[] }[] }>(`/${id}/metrics?name=loss`);
  return data.flatMap(({ points }) => points).sort((a, b) => a.step - b.step);
}

it.skipIf(disk === undefined)('a job goes on where it was when there is space again', async () => {
  const plain = await submit(0);
  await succeeds(plain.id);
  const { id } = await submit(200);
  // The one behind it finds the disk full when its turn comes.
  const next = await submit(0);
  await until(id, ({ step }) => step >= 3);
  // Enough for Postgres's rows and logs, and none for a state.
  await disk!.fill(8 * 2 ** 20);
  await waits(id);
  expect(await ask<Job>(`/${id}`)).toMatchObject({ status: 'running', failures: 0 });
  await refused();
  disk!.empty();
  expect(await succeeds(id)).toMatchObject({ failures: 0 });
  expect(await curve(id)).toEqual(await curve(plain.id));
  expect(await messages(id)).toContain('There is space on the disk again: waiting for a worker.');
  await succeeds(next.id);
  expect(readdirSync(join(disk!.folder, 'runs', id, 'checkpoints')).join()).not.toContain('incomplete');
});

it.skipIf(disk === undefined)('one that waits for space can be cancelled, and deleted', async () => {
  const { id } = await submit(200);
  await until(id, ({ step }) => step >= 3);
  await disk!.fill(8 * 2 ** 20);
  await waits(id);
  expect(await ask<Job>(`/${id}/cancel`, {})).toMatchObject({ status: 'cancelled' });
  for (;;) {
    const { status } = await fetch(`${url}/v1/train-jobs/${id}`, { method: 'DELETE' });
    if (status === 204) break;
    expect(status).toBe(409);
    await sleep(200);
  }
});

it.skipIf(disk === undefined)('nor does a disk without one byte lose a job', async () => {
  const { id } = await submit(200);
  await until(id, ({ step }) => step >= 3);
  await disk!.fill();
  await sleep(8_000);
  disk!.empty();
  expect(await succeeds(id)).toMatchObject({ failures: 0 });
  expect((await curve(id)).map(({ step }) => step)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
});
