import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Records } from '../../src/database/open.ts';
import { openStore } from '../../src/store/open-store.ts';
import { createStoredFolders, type StoredFolders } from '../../src/store/stored-folders.ts';
import { syncFolders } from '../../src/store/synced-folders.ts';
import { createTestRecords } from '../database/test-database.ts';
import { NO_S3, newFolderStore, type S3Server, startS3 } from './stores.ts';

let records: Records;
let s3: S3Server | undefined;
let scratch: string;
let count = 0;

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'stored-'));
  records = await createTestRecords();
  if (NO_S3 === undefined) s3 = await startS3();
});
afterAll(async () => {
  s3?.close();
  await records.close();
  await rm(scratch, { recursive: true, force: true });
});

/** One machine's view of a store. */
const machine = async (url: string): Promise<StoredFolders> =>
  createStoredFolders(records.database, await openStore(url), {
    folder: join(scratch, `cache-${count++}`),
    bytes: 2 ** 30,
  });

async function folder(files: Record<string, string | Uint8Array>): Promise<string> {
  const path = join(scratch, `folder-${count++}`);
  await write(path, files);
  return path;
}
async function write(path: string, files: Record<string, string | Uint8Array>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(join(path, name, '..'), { recursive: true });
    await writeFile(join(path, name), content);
  }
}
const contents = async (path: string) => {
  const entries = await readdir(path, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const read = files.sort().map(async (file) => [file.slice(path.length + 1), await readFile(file, 'utf8')]);
  return Object.fromEntries(await Promise.all(read));
};
const name = () => `runs/job_${count++}`;

const STORES: [string, () => Promise<string>, boolean][] = [
  ['a folder', () => newFolderStore(scratch), false],
  [`S3${NO_S3 === undefined ? '' : `: ${NO_S3}`}`, () => s3!.bucket(), NO_S3 !== undefined],
];

describe.each(STORES)('%s', (_store, newStore, absent) => {
  it.skipIf(absent)('has on another machine what one put there, and what it put in its place', async () => {
    const url = await newStore();
    const [a, b] = [await machine(url), await machine(url)];
    const key = name();
    const path = await folder({ 'run.json': '{}', 'checkpoints/step-1/state': 'one', '.hidden': 'x' });
    await a.put(key, path, { step: 1 });
    const there = join(scratch, `there-${count++}`);
    expect(await b.fetch(key, there)).toMatchObject({ step: 1 });
    expect(await contents(there)).toEqual({ 'run.json': '{}', 'checkpoints/step-1/state': 'one' });

    await rm(join(path, 'checkpoints'), { recursive: true });
    await write(path, { 'checkpoints/step-2/state': 'two', empty: '' });
    await a.put(key, path, { step: 2 });
    await b.fetch(key, there);
    expect(await contents(there)).toEqual({ 'run.json': '{}', 'checkpoints/step-2/state': 'two', empty: '' });
    expect(await b.fetch('runs/nothing', there)).toBeUndefined();

    await b.remove(key);
    expect(await a.get(key)).toBeUndefined();
  });

  it.skipIf(absent)('takes files of many parts', async () => {
    const url = await newStore();
    const [a, b] = [await machine(url), await machine(url)];
    const key = name();
    const large = randomBytes(21 * 2 ** 20);
    await a.put(key, await folder({ state: large }));
    const there = join(scratch, `there-${count++}`);
    await b.fetch(key, there);
    expect(large.equals(await readFile(join(there, 'state')))).toBe(true);
  });

  it.skipIf(absent)('is not changed by who may not, and by one of two at a time', async () => {
    const url = await newStore();
    const [a, b] = [await machine(url), await machine(url)];
    const key = name();
    const [first, second] = [await folder({ state: 'first' }), await folder({ state: 'second' })];
    await a.put(key, first);
    expect(await b.put(key, second, { allow: async () => false })).toBeUndefined();
    const there = join(scratch, `there-${count++}`);
    await b.fetch(key, there);
    expect(await contents(there)).toEqual({ state: 'first' });

    await Promise.all([1, 2, 3, 4].map((i) => (i % 2 ? a.put(key, first) : b.put(key, second))));
    await b.fetch(key, there);
    expect(['first', 'second']).toContain((await contents(there)).state);
  });
});

it('gives out nothing that is damaged', async () => {
  const url = await newFolderStore(scratch);
  const [a, b] = [await machine(url), await machine(url)];
  const key = name();
  const put = await a.put(key, await folder({ state: 'good' }));
  await writeFile(join(fileURLToPath(url), put!.files[0]!.key), 'evil');
  await expect(b.fetch(key, join(scratch, 'never'))).rejects.toThrow(/damaged/);
  expect(await contents(join(scratch, 'never'))).toEqual({});
});

it('says of a store that cannot be used why', async () => {
  await expect(openStore('file:///proc/none/store')).rejects.toThrow(/STORE_URL is/);
  if (s3 !== undefined) await expect(openStore('s3://no-such-bucket/x')).rejects.toThrow(/no such bucket/);
});

describe('folders that every machine has', () => {
  async function two() {
    const url = await newFolderStore(scratch);
    const warnings: string[] = [];
    const sides = await Promise.all(
      ['a', 'b'].map(async (side) => {
        const root = join(scratch, `${side}-${count++}`);
        const memory = join(scratch, `memory-${count++}`);
        const stored = await machine(url);
        const folders = syncFolders(stored, 'datasets', root, 1, memory, (text) => warnings.push(text));
        return { root, stored, folders };
      }),
    );
    return { a: sides[0]!, b: sides[1]!, warnings, name: `pets-${count++}` };
  }

  it('come, change and go everywhere', async () => {
    const { a, b, name } = await two();
    await write(join(a.root, name), { 'vqa/train.json': '[]' });
    await a.folders.bring();
    await b.folders.sync();
    expect(await contents(join(b.root, name))).toEqual({});
    await a.folders.sync();
    await b.folders.bring();
    expect(await contents(join(b.root, name))).toEqual({ 'vqa/train.json': '[]' });

    await write(join(b.root, name), { 'vqa/train.json': '[1]' });
    await b.folders.sync();
    await a.folders.sync();
    expect(await contents(join(a.root, name))).toEqual({ 'vqa/train.json': '[1]' });

    await a.folders.deleting(() => rm(join(a.root, name), { recursive: true }));
    await b.folders.sync();
    expect(await readdir(b.root)).not.toContain(name);
    await a.folders.sync();
    expect(await readdir(a.root)).not.toContain(name);
  });

  it('are kept, and told of, where two were changed', async () => {
    const { a, b, name, warnings } = await two();
    await write(join(a.root, name), { x: '1' });
    await a.folders.sync();
    await b.folders.sync();
    await write(join(a.root, name), { x: 'of a' });
    await write(join(b.root, name), { x: 'of b' });
    await a.folders.sync();
    await b.folders.sync();
    expect(await contents(join(b.root, name))).toEqual({ x: 'of b' });
    expect(warnings).toEqual([expect.stringContaining(`differs from datasets/${name}`)]);
  });
});
