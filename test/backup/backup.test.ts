/** A server is backed up while it serves and trains, and another one, on an empty folder, has all of it. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { backUp } from '../../src/backup/backup.ts';
import { restore } from '../../src/backup/restore.ts';
import { newId } from '../../src/database/ids.ts';
import { openRecordsOn } from '../../src/database/open.ts';
import { openSharedFiles } from '../../src/jobs/shared-files.ts';
import { addressOf, createTestDatabase, type TestDatabase } from '../database/test-database.ts';
import { TINY_MODEL } from '../runs/tiny-runs.ts';
import { NO_S3, newFolderStore, startS3 } from '../store/stores.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const main = ['bin/xlxmert-zoo.mjs'];
const children: ChildProcess[] = [];
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'backup-'));
  // Run by root, Postgres runs as somebody else, who must be able to enter.
  await chmod(folder, 0o755);
});
afterAll(async () => {
  for (const child of children) await stop(child);
  await rm(folder, { recursive: true, force: true });
});

const environment = (name: string) => ({
  ...{ PATH: process.env.PATH, DATA_DIR: join(folder, name), PORT: '0', MODELS: 'x-lxmert-scenes' },
});

async function serve(name: string): Promise<string> {
  const child = spawn(process.execPath, [...main, 'serve'], { cwd: root, env: environment(name) });
  children.push(child);
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      text += chunk;
    });
  }
  for (;;) {
    const url = /listening on (http:\/\/[\d.:]+)/.exec(text)?.[1];
    if (url !== undefined && text.includes('ready after')) return url;
    if (child.exitCode !== null) throw new Error(text);
    await sleep(50);
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}

async function call(name: string, ...args: string[]): Promise<string> {
  const how = { cwd: root, env: environment(name) };
  return (await promisify(execFile)(process.execPath, [...main, ...args], how)).stdout;
}
const place = (name: string) => ({
  ...{ dataDir: join(folder, name), databaseUrl: undefined, storeUrl: undefined, cacheBytes: 0 },
});
const quiet = () => {};

async function ask<T>(url: string, path: string, body?: unknown): Promise<T> {
  const init = body && {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  };
  const answer = await fetch(url + path, init || {});
  expect([path, answer.status]).toEqual([path, expect.toBeOneOf([200, 201])]);
  return (await answer.json()) as T;
}

interface JobView {
  id: string;
  status: string;
  step: number;
}
const train = (url: string, steps: number) =>
  ask<JobView>(url, '/v1/train-jobs', {
    ...{ kind: 'pretrain', dataset: 'lattice-1style', seed: 1 },
    hyperparameters: { steps, batch_size: 4, checkpoint_every: 50, ...TINY_MODEL },
  });
async function until(url: string, { id }: JobView, holds: (job: JobView) => boolean): Promise<JobView> {
  for (;;) {
    const job = await ask<JobView>(url, `/v1/train-jobs/${id}`);
    if (holds(job)) return job;
    if (job.status === 'failed') throw new Error(JSON.stringify(job));
    await sleep(100);
  }
}
async function paint(url: string, model: string, store = false): Promise<{ id: string; picture: string }> {
  const request = { model, prompt: 'a red car', seed: 7, store };
  const { id, images } = await ask<{ id: string; images: { b64_json: string }[] }>(
    ...([url, '/v1/generate-image', request] as const),
  );
  return { id, picture: images[0]!.b64_json };
}

it('has all of a server that was backed up while it worked', async () => {
  const first = await serve('first');
  const done = await train(first, 2);
  await until(first, done, ({ status }) => status === 'succeeded');
  await ask(first, `/v1/train-jobs/${done.id}/promote`, { model_id: 'mine' });
  const painted = await paint(first, 'x-lxmert-scenes', true);
  const mine = await paint(first, 'mine');
  await mkdir(join(folder, 'first/datasets/pets'), { recursive: true });
  await writeFile(join(folder, 'first/datasets/pets/notes.txt'), 'of mine');
  // Two that cannot end: one is at work, the other one waits.
  const running = await train(first, 1_000_000);
  const waiting = await train(first, 1_000_000);
  await until(first, running, ({ step }) => step > 50);

  const backup = join(folder, 'backups/monday');
  expect(await call('first', 'backup', '--to', backup)).toMatch(
    /^backed up into .*monday: \d+ rows of \d+ tables, \d+ files/,
  );
  expect((await readdir(join(folder, 'first'))).filter((name) => name.includes('backup'))).toEqual([]);
  await expect(backUp(place('first'), backup, quiet)).rejects.toThrow(/is there already/);
  await expect(restore(place('first'), backup, quiet)).rejects.toThrow(/not empty/);
  expect((await ask<JobView>(first, `/v1/train-jobs/${running.id}`)).status).toBe('running');
  const runs = await ask<{ data: unknown[] }>(first, '/v1/runs');
  await stop(children[0]!);
  await rm(join(folder, 'first'), { recursive: true });

  // A volume is a folder that is there.
  await mkdir(join(folder, 'second'));
  expect(await call('second', 'restore', '--from', backup)).toContain('2 jobs wait to go on');
  const second = await serve('second');
  expect(await ask(second, '/v1/runs')).toEqual(runs);
  const image = await fetch(`${second}/v1/runs/${painted.id}/image`);
  expect(Buffer.from(await image.arrayBuffer()).toString('base64')).toBe(painted.picture);
  expect((await paint(second, 'x-lxmert-scenes')).picture).toBe(painted.picture);
  expect((await paint(second, 'mine')).picture).toBe(mine.picture);
  const { step } = await until(second, running, ({ status }) => status === 'running');
  expect(step).toBeGreaterThanOrEqual(50);
  expect(await ask(second, `/v1/train-jobs/${waiting.id}`)).toMatchObject({ status: 'queued' });
  expect(await ask(second, `/v1/train-jobs/${done.id}`)).toMatchObject({ result_model: 'mine' });
  expect(await readdir(join(folder, 'second/datasets/pets'))).toEqual(['notes.txt']);

  const [file] = await readdir(join(backup, 'files/runs', done.id, 'result'));
  await appendFile(join(backup, 'files/runs', done.id, 'result', file!), 'x');
  await expect(restore(place('third'), backup, quiet)).rejects.toThrow(/is damaged/);
  expect(await readdir(join(folder, 'third'))).toEqual([]);
});

it.each([
  ['a folder', undefined],
  ['S3', NO_S3],
])('moves a database and what is in a store to others: %s', async (store, absent) => {
  if (absent !== undefined) {
    process.stderr.write(`skipped: ${absent}\n`);
    return;
  }
  const s3 = store === 'S3' ? await startS3() : undefined;
  const [from, to] = [await createTestDatabase(), await createTestDatabase()];
  const here = async (name: string, { connection }: TestDatabase) => ({
    ...place(name),
    databaseUrl: addressOf(connection),
    storeUrl: await (s3?.bucket() ?? newFolderStore(folder)),
    cacheBytes: 2 ** 20,
  });
  const [old, young] = [await here(`old ${store}`, from), await here(`young ${store}`, to)];
  const warn = () => {};
  const records = await openRecordsOn(from.connection, quiet);
  const { id } = await records.apiKeys.create('of the old one', ['infer']);
  const job = newId('job');
  await mkdir(join(old.dataDir, 'runs', job, 'checkpoints/step-00000004'), { recursive: true });
  await mkdir(join(old.dataDir, 'datasets/pets'), { recursive: true });
  for (const file of [
    `runs/${job}/run.json`,
    `runs/${job}/checkpoints/step-00000004/x`,
    'datasets/pets/a.json',
  ])
    await writeFile(join(old.dataDir, file), file);
  const shared = await openSharedFiles(old.storeUrl, old, records.database, warn);
  await shared.runs.save(job);
  await shared.datasets.sync();
  await records.close();
  // A machine of its own, which has nothing on its disk.
  await rm(old.dataDir, { recursive: true });

  const backup = join(folder, `backups/moved ${store}`);
  await backUp(old, backup, quiet);
  await restore(young, backup, quiet);
  const moved = await openRecordsOn(to.connection, quiet);
  expect((await moved.apiKeys.list()).map((key) => key.id)).toEqual([id]);
  expect(await readFile(join(young.dataDir, 'datasets/pets/a.json'), 'utf8')).toBe('datasets/pets/a.json');
  const { runs } = await openSharedFiles(young.storeUrl, young, moved.database, warn);
  expect((await runs.get(job))?.step).toBe(4);
  await moved.close();
  const again = { ...young, dataDir: join(folder, `again ${store}`) };
  await expect(restore(again, backup, quiet)).rejects.toThrow(/database is not empty/);
  await from.close();
  await to.close();
  s3?.close();
});
