/**
 * A backup becomes a DATA_DIR and its database again, or a database of one's own in place of the embedded one.
 *
 * All of it is put into a hidden folder of DATA_DIR, where no server starts, and moved to its place when it is complete:
 * DATA_DIR itself may be where a volume is mounted, and cannot be renamed.
 */
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkServer } from '../database/database-url.ts';
import { isAlive } from '../database/embedded/processes.ts';
import { startEmbeddedPostgres } from '../database/embedded/supervisor.ts';
import { type Log, openRecordsOn, RESTORING } from '../database/open.ts';
import { visitDatabase, withClient } from '../database/visit.ts';
import { UsageError } from '../errors.ts';
import { openQueue } from '../jobs/queue.ts';
import { openSharedFiles } from '../jobs/shared-files.ts';
import { createJobWork } from '../jobs/train-jobs.ts';
import { makeFolder } from '../make-folder.ts';
import type { BackupPlace } from './backup.ts';
import { type Contents, readContents } from './contents.ts';
import { restoreFiles } from './files.ts';
import { loadTables } from './tables.ts';

export interface Restored {
  contents: Contents;
  /** Jobs that wait again. */
  queued: number;
}

/** @throws UsageError when DATA_DIR or the database is not empty, or the backup is damaged or of a newer version */
export async function restore(
  place: BackupPlace & { cacheBytes: number },
  from: string,
  log: Log,
): Promise<Restored> {
  const { dataDir, databaseUrl } = place;
  const contents = await readContents(from);
  makeFolder(dataDir, 'DATA_DIR');
  const staging = join(dataDir, RESTORING);
  await requireEmpty(dataDir, staging);
  await mkdir(staging);
  const holder = join(staging, HOLDER);
  try {
    await writeFile(holder, `${process.pid}`);
    await restoreFiles(from, contents, staging);
    const queued = await visitDatabase(
      { dataDir: staging, databaseUrl },
      log,
      async (connection) => {
        await withClient(connection, async (client) => {
          await checkServer(client);
          await loadTables(client, from, contents);
        });
        return settle(connection, { ...place, dataDir: staging }, log);
      },
      true,
    );
    await rm(holder);
    for (const name of await readdir(staging)) await rename(join(staging, name), join(dataDir, name));
    await rmdir(staging);
    return { contents, queued };
  } catch (error) {
    await removeStaging(staging);
    throw error;
  }
}

const HOLDER = 'restored-by';
/** What a disk of its own has, mounted as DATA_DIR. */
const NOTHING = ['lost+found'];

/** One that was killed has left a folder that nobody needs. @throws UsageError */
async function requireEmpty(dataDir: string, staging: string): Promise<void> {
  const pid = Number(await readFile(join(staging, HOLDER), 'utf8').catch(() => Number.NaN));
  if (isAlive(pid)) throw new UsageError(`Process ${pid} is restoring into ${dataDir} now.`);
  const names = (await readdir(dataDir)).filter((name) => ![RESTORING, ...NOTHING].includes(name));
  if (names.length > 0) {
    throw new UsageError(
      `DATA_DIR is "${dataDir}", which is not empty (${names.slice(0, 5).join(', ')}). A backup is restored into an ` +
        'empty folder: set DATA_DIR to a new one.',
    );
  }
  await removeStaging(staging);
}

/** Also the Postgres in it, which outlives a restore that was killed. */
async function removeStaging(staging: string): Promise<void> {
  const note = join(staging, 'postgres.location');
  // Where root's Postgres cannot enter DATA_DIR, its files lie elsewhere.
  const elsewhere = existsSync(note) ? readFileSync(note, 'utf8').trim() : undefined;
  const base = elsewhere ?? join(staging, 'postgres');
  const majors = await readdir(base).catch(() => []);
  if (majors.some((major) => existsSync(join(base, major, 'cluster', 'postmaster.pid')))) {
    const left = await startEmbeddedPostgres(staging, { log: () => {} });
    await left.stop();
  }
  if (elsewhere !== undefined) await rm(elsewhere, { recursive: true, force: true });
  await rm(staging, { recursive: true, force: true });
}

/** Brings the database up to this version, and has go on what was going on. @returns how many jobs wait */
async function settle(
  connection: Parameters<typeof openRecordsOn>[0],
  { dataDir, storeUrl, cacheBytes }: { dataDir: string; storeUrl: string | undefined; cacheBytes: number },
  log: Log,
): Promise<number> {
  const records = await openRecordsOn(connection, log);
  try {
    const queue = await openQueue(records.connection, 'sender', () => {});
    try {
      if (storeUrl !== undefined) {
        const { runs } = await openSharedFiles(
          storeUrl,
          { dataDir, cacheBytes },
          records.database,
          (message) => log('warn', message),
        );
        // The other folders are stored by the server that starts here; runs by whoever works in them.
        for (const job of await readdir(join(dataDir, 'runs')).catch(() => []))
          if (/^job_[a-z0-9]+$/.test(job)) await runs.save(job);
      }
      return await createJobWork(records.database, queue).restored();
    } finally {
      await queue.close();
    }
  } finally {
    await records.close();
  }
}
