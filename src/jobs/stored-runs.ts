/**
 * The folders of jobs in the store, so that any machine goes on with any job, and every server shows what it made. The
 * worker that holds a job stores its folder after every saved state; a worker that takes a job up begins with what
 * is stored, unless its own disk has a later state of it.
 */
import { randomUUID } from 'node:crypto';
import { copyFile, link, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Database } from '../database/connect.ts';
import type { Prisma } from '../generated/prisma/client.ts';
import { isLitter } from '../litter.ts';
import type { StoredFolder, StoredFolders } from '../store/stored-folders.ts';

export interface StoredRuns {
  /**
   * What the folder of the job holds now.
   * @param holder left out: nobody works in it
   * @returns false when the lock is not the holder's any more
   */
  save(job: string, holder?: string): Promise<boolean>;
  /** Brings the folder here when the store has a later state than this disk. */
  restore(job: string): Promise<void>;
  /** Brings the result of a job here, which others build on or promote. */
  result(job: string): Promise<void>;
  /**
   * Takes saved states away from what is stored of it.
   * @param spare of the names of its states, those that go
   */
  prune(job: string, spare: (states: readonly string[]) => readonly string[]): Promise<void>;
  /** What is stored of it. */
  get(job: string): Promise<StoredFolder | undefined>;
  /** A file of it. */
  file: StoredFolders['file'];
  remove(job: string): Promise<void>;
  /**
   * Takes from this disk what is in the store and nobody works at: folders of jobs that ended or wait.
   * @param age milliseconds for which a folder was left alone
   */
  clear(age: number): Promise<void>;
}

/** What a job's processes write, within its stored folder. */
export const LOG = 'log.txt';
const nameOf = (job: string) => `runs/${job}`;
/** A training process that removes an old checkpoint while the folder is read. */
const TRIES = 20;

export function createStoredRuns(
  stored: StoredFolders,
  dataDir: string,
  { prisma }: Pick<Database, 'prisma'>,
): StoredRuns {
  const runs = join(dataDir, 'runs');
  const folderOf = (job: string) => join(runs, job);

  /** Whether somebody may work in it or read it, or has what only this disk has. */
  async function isNeeded(tx: Prisma.TransactionClient, job: string): Promise<boolean> {
    // Whoever claims it waits for us, and then looks what is here.
    const [row] = await tx.$queryRaw<
      { holder: string | null }[]
    >`SELECT holder FROM jobs WHERE id = ${job} FOR UPDATE`;
    // Of a job that the database does not know only what was brought here to be read can be had again.
    if (row === undefined) return (await lastStep(folderOf(job))) !== undefined;
    if (row.holder !== null) return true;
    const [builder] = await tx.$queryRaw<unknown[]>`
      SELECT FROM jobs, jsonb_each(components) AS component
      WHERE status IN ('queued', 'running', 'paused') AND component.value ->> 'id' IN (${job}, ${`${job}/result`})
      LIMIT 1`;
    if (builder !== undefined) return true;
    const there = await stored.get(nameOf(job));
    return there === undefined || there.step < ((await lastStep(folderOf(job))) ?? 0);
  }

  async function clearOne(job: string): Promise<void> {
    const hidden = join(runs, `.${job}.${randomUUID()}.removed`);
    const gone = await prisma.$transaction(async (tx) => {
      if (await isNeeded(tx, job)) return false;
      await rename(folderOf(job), hidden);
      return true;
    });
    if (!gone) return;
    await rm(hidden, { recursive: true, force: true });
    await rm(join(runs, `${job}.log`), { force: true });
  }

  return {
    async save(job, holder) {
      const step = await lastStep(folderOf(job));
      if (step === undefined) return true;
      const snapshot = join(runs, `.${job}.${randomUUID()}.snapshot`);
      try {
        await snapshotOf(folderOf(job), snapshot);
        await copyFile(join(runs, `${job}.log`), join(snapshot, LOG)).catch(() => {});
        const allow = async (tx: Prisma.TransactionClient) =>
          (
            await tx.$queryRaw<
              unknown[]
            >`SELECT 1 FROM jobs WHERE id = ${job} AND holder = ${holder} FOR SHARE`
          ).length > 0;
        const put = await stored.put(nameOf(job), snapshot, {
          step: (await lastStep(snapshot)) ?? step,
          ...(holder !== undefined && { allow }),
        });
        return put !== undefined;
      } finally {
        await rm(snapshot, { recursive: true, force: true });
      }
    },
    async restore(job) {
      const there = await stored.get(nameOf(job));
      const here = await lastStep(folderOf(job));
      if (there === undefined || (here !== undefined && here >= there.step)) return;
      await mkdir(runs, { recursive: true });
      await stored.fetch(nameOf(job), folderOf(job));
      await rename(join(folderOf(job), LOG), join(runs, `${job}.log`)).catch(() => {});
    },
    async result(job) {
      if ((await readdir(join(folderOf(job), 'result')).catch(() => [])).length > 0) return;
      const there = await stored.get(nameOf(job));
      if (!there?.files.some(({ path }) => path.startsWith('result/'))) return;
      const part = join(runs, `.${job}.${randomUUID()}.result`);
      try {
        await stored.fetch(nameOf(job), part, (path) => path.startsWith('result/'));
        await mkdir(folderOf(job), { recursive: true });
        await rename(join(part, 'result'), join(folderOf(job), 'result')).catch((error) => {
          // Somebody else was faster.
          if (!['ENOTEMPTY', 'EEXIST'].includes(error.code)) throw error;
        });
      } finally {
        await rm(part, { recursive: true, force: true });
      }
    },
    async prune(job, spare) {
      const there = await stored.get(nameOf(job));
      const stateOf = (path: string) => /^checkpoints\/([^/]+)\//.exec(path)?.[1];
      const states = new Set(there?.files.flatMap(({ path }) => stateOf(path) ?? []));
      const going = spare([...states]);
      if (going.length > 0) await stored.keep(nameOf(job), (path) => !going.includes(stateOf(path) ?? ''));
    },
    get: (job) => stored.get(nameOf(job)),
    file: (file) => stored.file(file),
    remove: (job) => stored.remove(nameOf(job)),
    async clear(age) {
      const names = await readdir(runs).catch(() => []);
      for (const job of names.filter((name) => /^job_[0-9a-z]+$/.test(name))) {
        const { mtimeMs } = await stat(folderOf(job)).catch(() => ({ mtimeMs: Date.now() }));
        if (Date.now() - mtimeMs >= age) await clearOne(job);
      }
    },
  };
}

/** Step of the newest saved state; undefined where nothing was begun. */
export async function lastStep(folder: string): Promise<number | undefined> {
  if (!(await stat(join(folder, 'run.json')).catch(() => undefined))) return undefined;
  // A result has all its steps behind it.
  if (await stat(join(folder, 'result')).catch(() => undefined)) return 2 ** 31 - 1;
  const names = await readdir(join(folder, 'checkpoints')).catch(() => []);
  return Math.max(0, ...names.map((name) => Number(/^(?:step|resume)-(\d+)$/.exec(name)?.[1] ?? 0)));
}

/**
 * The folder of a run as it is at one moment, while it is worked in: states are written once, and renamed into place; the
 * rest grows, and is copied.
 * @param snapshot on the same file system
 */
export async function snapshotOf(folder: string, snapshot: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    await rm(snapshot, { recursive: true, force: true });
    try {
      await copyFolder(folder, snapshot, '');
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || attempt === TRIES) throw error;
    }
  }
}

/** What is being written, and what tells who writes. */
export const isUnfinished = (name: string): boolean =>
  isLitter(name) || /^incomplete-|\.(incomplete|tmp)$|^lock$/.test(name);

async function copyFolder(from: string, to: string, below: string): Promise<void> {
  await mkdir(join(to, below), { recursive: true });
  for (const entry of await readdir(join(from, below), { withFileTypes: true })) {
    const { name } = entry;
    const path = join(below, name);
    if (isUnfinished(name)) continue;
    if (entry.isDirectory()) await copyFolder(from, to, path);
    else if (/(^|\/)(checkpoints|result|samples)\//.test(path)) await link(join(from, path), join(to, path));
    else await copyFile(join(from, path), join(to, path));
  }
}
