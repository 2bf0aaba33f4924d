/**
 * Folders in the store, by name. Postgres knows which files a folder has and which object each of them is; the objects
 * have keys that are never used twice. So a reader sees a folder as it was or as it is, and a writer that lost its right
 * to write (a worker that was cut off, and whose job another one took up) changes nothing: what it has sent is not
 * named by anything.
 */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Database } from '../database/connect.ts';
import type { Prisma } from '../generated/prisma/client.ts';
import { hashFile } from '../zoo/file-hashes.ts';
import { ObjectCache, type StoredFile } from './object-cache.ts';
import { ObjectMissing, type ObjectStore } from './object-store.ts';

export interface StoredFolder {
  name: string;
  version: string;
  files: readonly StoredFile[];
  step: number;
  storedAt: Date;
}

export interface StoredFolders {
  get(name: string): Promise<StoredFolder | undefined>;
  /** Names and versions of those whose name begins so. */
  list(prefix: string): Promise<Pick<StoredFolder, 'name' | 'version'>[]>;
  /**
   * Stores what a folder holds, in place of what is stored under the name. Nobody may change its files meanwhile.
   * @param allow asked in the transaction that makes it so; false: it does not become so
   * @returns undefined when it was not allowed
   */
  put(
    name: string,
    folder: string,
    options?: { step?: number; allow?: (tx: Prisma.TransactionClient) => Promise<boolean> },
  ): Promise<StoredFolder | undefined>;
  /**
   * Makes a folder of it here, in place of one that is there.
   * @param wanted left out: all of its files
   * @returns undefined when nothing is stored under the name
   */
  fetch(name: string, folder: string, wanted?: (path: string) => boolean): Promise<StoredFolder | undefined>;
  /** Takes the other files away from it. Nobody may be storing it. */
  keep(name: string, wanted: (path: string) => boolean): Promise<void>;
  /** The content of one of its files, to be read and not changed. */
  file(file: StoredFile): Promise<string>;
  remove(name: string): Promise<void>;
}

const AT_ONCE = 4;
/** Others who store under the same name, or take away what is being read. */
const TRIES = 5;

export function createStoredFolders(
  database: Database,
  store: ObjectStore,
  cache: { folder: string; bytes: number },
): StoredFolders {
  const { prisma, retry } = database;
  const objects = new ObjectCache(cache.folder, store, cache.bytes);
  const known = (row: { files: Prisma.JsonValue } & Omit<StoredFolder, 'files'>): StoredFolder => ({
    ...row,
    files: row.files as unknown as StoredFile[],
  });

  async function get(name: string): Promise<StoredFolder | undefined> {
    const row = await retry(() => prisma.storedFolder.findUnique({ where: { name } }));
    return row === null ? undefined : known(row);
  }

  return {
    get,
    list: (prefix) =>
      retry(() =>
        prisma.storedFolder.findMany({
          where: { name: { startsWith: prefix } },
          select: { name: true, version: true },
          orderBy: { name: 'asc' },
        }),
      ),
    async put(name, folder, { step = 0, allow } = {}) {
      const found = await hashed(folder);
      for (let attempt = 1; ; attempt++) {
        const before = await get(name);
        const there = new Map(before?.files.map((file) => [file.sha256, file.key]));
        const place = `${name}/${randomUUID()}`;
        const sent = new Map<string, string>();
        await severally(found, async ({ path, sha256 }) => {
          if (there.has(sha256) || sent.has(sha256)) return;
          const key = `${place}/${sha256}`;
          sent.set(sha256, key);
          sent.set(sha256, await store.put(key, join(folder, path)));
        });
        const files = found.map((file) => ({
          ...file,
          key: (there.get(file.sha256) ?? sent.get(file.sha256))!,
        }));
        const version = versionOf(found);
        const row = { name, version, files, step, storedAt: new Date() };
        const outcome = await retry(() =>
          prisma.$transaction(async (tx) => {
            // One after the other, also when there is no row yet.
            await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${name}, 72707372))`;
            if (allow !== undefined && !(await allow(tx))) return 'refused';
            const now = await tx.storedFolder.findUnique({ where: { name } });
            const ours = JSON.stringify((now?.files as unknown as StoredFile[])?.map(({ key }) => key));
            // Committed by the try before, whose answer was lost.
            if (now !== null && ours === JSON.stringify(files.map(({ key }) => key))) return 'done';
            if (now?.storedAt.getTime() !== before?.storedAt.getTime()) return 'changed';
            await tx.storedFolder.upsert({ where: { name }, create: row, update: row });
            return 'done';
          }),
        );
        const done = outcome === 'done';
        const unneeded = done ? (before?.files ?? []).map(({ key }) => key) : [...sent.values()];
        const named = new Set((done ? files : (await get(name))?.files)?.map(({ key }) => key));
        // What stays by mistake costs space alone.
        await store.remove(unneeded.filter((key) => !named.has(key))).catch(() => {});
        if (done) return row;
        if (outcome === 'refused') return undefined;
        if (attempt === TRIES) throw new Error(`others store under ${name} all the time`);
      }
    },
    async fetch(name, folder, wanted = () => true) {
      for (let attempt = 1; ; attempt++) {
        const stored = await get(name);
        if (stored === undefined) return undefined;
        const incomplete = join(dirname(folder), `.${randomUUID()}.incomplete`);
        try {
          await mkdir(incomplete, { recursive: true });
          const files = stored.files.filter(({ path }) => wanted(path));
          await severally(files, async (file) => {
            const target = join(incomplete, file.path);
            await mkdir(dirname(target), { recursive: true });
            await objects.copy(file, target);
          });
          await rm(folder, { recursive: true, force: true });
          await rename(incomplete, folder);
          return stored;
        } catch (error) {
          await rm(incomplete, { recursive: true, force: true });
          // It was replaced while it was read.
          if (!(error instanceof ObjectMissing) || attempt === TRIES) throw error;
        }
      }
    },
    async keep(name, wanted) {
      const before = await get(name);
      if (before === undefined) return;
      const files = before.files.filter(({ path }) => wanted(path));
      const { count } = await retry(() =>
        prisma.storedFolder.updateMany({
          where: { name, version: before.version },
          data: { files: files as unknown as Prisma.InputJsonValue, version: versionOf(files) },
        }),
      );
      if (count === 0) return;
      const left = new Set(files.map(({ key }) => key));
      const gone = before.files.map(({ key }) => key).filter((key) => !left.has(key));
      await store.remove(gone).catch(() => {});
    },
    file: (file) => objects.path(file),
    async remove(name) {
      const removed = await get(name);
      if (removed === undefined) return;
      await retry(() => prisma.storedFolder.deleteMany({ where: { name } }));
      await store.remove(removed.files.map(({ key }) => key)).catch(() => {});
    },
  };
}

/** Names and contents of the files of a folder, hidden ones left out, in the order of names. */
export async function hashed(folder: string): Promise<Omit<StoredFile, 'key'>[]> {
  const files: Omit<StoredFile, 'key'>[] = [];
  for (const { path, size } of await filesIn(folder)) {
    files.push({ path, sha256: await hashFile(join(folder, path)), bytes: size });
  }
  return files;
}

/** Links are followed: what they lead to is not on other machines. */
export async function filesIn(
  folder: string,
  below = '',
): Promise<{ path: string; size: number; mtimeMs: number }[]> {
  const found: { path: string; size: number; mtimeMs: number }[] = [];
  for (const name of (await readdir(join(folder, below))).sort()) {
    if (name.startsWith('.')) continue;
    const path = below === '' ? name : `${below}/${name}`;
    const entry = await stat(join(folder, path));
    if (entry.isDirectory()) found.push(...(await filesIn(folder, path)));
    else found.push({ path, size: entry.size, mtimeMs: entry.mtimeMs });
  }
  return found;
}

export const versionOf = (files: readonly Omit<StoredFile, 'key'>[]): string =>
  createHash('sha256')
    .update(files.map(({ path, sha256 }) => `${path}\0${sha256}\n`).join(''))
    .digest('hex');

async function severally<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = items.values();
  const lanes = Array.from({ length: AT_ONCE }, async () => {
    for (const item of left) await work(item);
  });
  const ended = await Promise.allSettled(lanes);
  const failed = ended.find((lane) => lane.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
