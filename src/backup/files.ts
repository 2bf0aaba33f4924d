/** What DATA_DIR holds beside the database, and what a store holds in its place, copied while others work in it. */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync, type Stats } from 'node:fs';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type pg from 'pg';
import { UsageError } from '../errors.ts';
import { isUnfinished, LOG, snapshotOf } from '../jobs/stored-runs.ts';
import { isAlive } from '../processes.ts';
import type { StoredFile } from '../store/object-cache.ts';
import { ObjectMissing, type ObjectStore } from '../store/object-store.ts';
import { type BackedUpFile, type Contents, filesIn } from './contents.ts';

/** The database has its own way; what is cached is made again. */
const LEFT_OUT = ['postgres', 'postgres.location', 'cache'];
/** Others who take away what is being read. */
const TRIES = 20;

/** @returns what was copied, by its path within DATA_DIR */
export async function copyFiles(
  dataDir: string,
  backup: string,
  store: { client: pg.Client; objects: ObjectStore } | undefined,
  warn: (message: string) => void,
): Promise<BackedUpFile[]> {
  const copied: BackedUpFile[] = [];
  const stored = store === undefined ? [] : await storedNames(store.client);
  for (const name of stored) copied.push(...(await copyStored(name, store!, backup)));
  const there = new Set(copied.map(({ path }) => path));
  // A machine that works with a database and a store may have none yet.
  if (!existsSync(dataDir)) return copied;
  const snapshots = join(dataDir, `.backup.${process.pid}.tmp`);
  await removeLeftovers(dataDir);
  try {
    for (const name of await unitsIn(dataDir)) {
      // The store has what all machines agree on.
      if (stored.includes(name) || there.has(name)) continue;
      copied.push(...(await copyUnit(dataDir, name, backup, snapshots, warn)));
    }
  } finally {
    await rm(snapshots, { recursive: true, force: true });
  }
  return copied;
}

/** Of backups that were killed. */
async function removeLeftovers(dataDir: string): Promise<void> {
  for (const name of await readdir(dataDir)) {
    const pid = /^\.backup\.(\d+)\.tmp$/.exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid)))
      await rm(join(dataDir, name), { recursive: true, force: true });
  }
}

/** What is written by one writer, and comes or goes as one: `checkpoints/<model>/<variant>`, `runs/<job>`, … */
async function unitsIn(dataDir: string): Promise<string[]> {
  const units: string[] = [];
  for (const top of await namesIn(dataDir)) {
    if (LEFT_OUT.includes(top)) continue;
    for (const name of await namesBelow(dataDir, top)) {
      units.push(...(top === 'checkpoints' ? await namesBelow(dataDir, name) : [name]));
    }
  }
  return units;
}

const namesIn = async (folder: string) =>
  (await readdir(folder)).filter((name) => !isUnfinished(name)).sort();

/** Of what is in it, where it is a folder; its own, where it is not. */
async function namesBelow(dataDir: string, name: string): Promise<string[]> {
  const found = await stat(join(dataDir, name)).catch(() => undefined);
  if (!found?.isDirectory()) return [name];
  const names = await namesIn(join(dataDir, name)).catch(() => []);
  return names.map((below) => `${name}/${below}`);
}

async function copyUnit(
  dataDir: string,
  name: string,
  backup: string,
  snapshots: string,
  warn: (message: string) => void,
): Promise<BackedUpFile[]> {
  const folder = join(dataDir, name);
  const target = join(filesIn(backup), name);
  for (let attempt = 1; ; attempt++) {
    try {
      // Training replaces its states every few seconds.
      const snapshot = join(snapshots, name);
      const running = name.startsWith('runs/') && (await stat(folder)).isDirectory();
      if (running) await snapshotOf(folder, snapshot);
      return await copyTree(running ? snapshot : folder, target, name, [], warn);
    } catch (error) {
      if (attempt === TRIES || (error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      await rm(target, { recursive: true, force: true });
      if ((await stat(folder).catch(() => undefined)) === undefined) return [];
    }
  }
}

/** Links are followed: what they lead to may not be there where the backup is restored. */
async function copyTree(
  from: string,
  to: string,
  path: string,
  above: readonly Stats[],
  warn: (message: string) => void,
): Promise<BackedUpFile[]> {
  const found = await stat(from);
  if (!found.isDirectory()) {
    if (!found.isFile()) return [];
    await mkdir(dirname(to), { recursive: true });
    return [{ path, ...(await copyHashed(from, to)) }];
  }
  if (above.some(({ dev, ino }) => dev === found.dev && ino === found.ino)) {
    warn(`${from} leads to a folder that it is in; it is left out`);
    return [];
  }
  await mkdir(to, { recursive: true });
  const copied: BackedUpFile[] = [];
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const { name } = entry;
    if (isUnfinished(name)) continue;
    const below = join(from, name);
    if (entry.isSymbolicLink() && (await stat(below).catch(() => undefined)) === undefined) {
      warn(`${below} leads nowhere; it is left out`);
      continue;
    }
    copied.push(...(await copyTree(below, join(to, name), `${path}/${name}`, [...above, found], warn)));
  }
  return copied;
}

async function copyHashed(from: string, to: string): Promise<Omit<BackedUpFile, 'path'>> {
  const hash = createHash('sha256');
  let bytes = 0;
  await pipeline(
    createReadStream(from, { highWaterMark: 2 ** 20 }),
    async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        hash.update(chunk);
        bytes += chunk.length;
        yield chunk;
      }
    },
    createWriteStream(to, { flags: 'wx' }),
  );
  return { bytes, sha256: hash.digest('hex') };
}

async function storedNames(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>('SELECT name FROM stored_folders ORDER BY name');
  return rows.map(({ name }) => name);
}

/** As it stands when it is read: later than the database's snapshot, which jobs go on from all the same. */
async function copyStored(
  name: string,
  { client, objects }: { client: pg.Client; objects: ObjectStore },
  backup: string,
): Promise<BackedUpFile[]> {
  for (let attempt = 1; ; attempt++) {
    const { rows } = await client.query<{ files: StoredFile[] }>(
      'SELECT files FROM stored_folders WHERE name = $1',
      [name],
    );
    try {
      const copied: BackedUpFile[] = [];
      for (const { path, key, sha256, bytes } of rows[0]?.files ?? []) {
        // On a disk, a job's log lies beside its folder.
        const own = name.startsWith('runs/') && path === LOG ? `${name}.log` : `${name}/${path}`;
        const file = join(filesIn(backup), own);
        await mkdir(dirname(file), { recursive: true });
        await objects.get(key, `${file}.tmp`);
        await rename(`${file}.tmp`, file);
        copied.push({ path: own, bytes, sha256 });
      }
      return copied;
    } catch (error) {
      if (!(error instanceof ObjectMissing) || attempt === TRIES) throw error;
      await rm(join(filesIn(backup), name), { recursive: true, force: true });
    }
  }
}

/** Into a folder that nobody reads yet. @throws UsageError when one is damaged, or the list is not what is there */
export async function restoreFiles(backup: string, { files }: Contents, folder: string): Promise<void> {
  const root = filesIn(backup);
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const there = new Set(
    entries
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => relative(root, join(parentPath, name)).split(sep).join('/')),
  );
  const missing = files.find(({ path }) => !there.has(path));
  if (missing !== undefined) throw new UsageError(`${join(root, missing.path)} is not there.`);
  for (const { path, sha256 } of files) {
    const target = join(folder, path);
    await mkdir(dirname(target), { recursive: true });
    if ((await copyHashed(join(root, path), target)).sha256 === sha256) continue;
    throw new UsageError(`${join(root, path)} is damaged: its content has another hash.`);
  }
}
