/**
 * A backup becomes a DATA_DIR and its database again, or a database of one's own in place of the embedded one.
 *
 * All of it is put into a hidden folder of DATA_DIR, where no server starts, and moved to its place when it is complete:
 * DATA_DIR itself may be where a volume is mounted, and cannot be renamed.
 */
import { readdir, rename, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { checkServer } from '../database/database-url.ts';
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
import { MAKER, makerOf, makeStaging, removeStaging } from './staging.ts';
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
  await makeStaging(staging);
  try {
    await restoreFiles(from, contents, staging);
    const queued = await visitDatabase(
      { dataDir: staging, databaseUrl },
      log,
      async (connection) => {
        await withClient(connection, async (client) => {
          await checkServer(client);
          await loadTables(client, from, contents);
        });
        return settle(connection, { ...place, dataDir: staging }, 'Restored from a backup', log);
      },
      true,
    );
    await rm(join(staging, MAKER));
    for (const name of await readdir(staging)) await rename(join(staging, name), join(dataDir, name));
    await rmdir(staging);
    return { contents, queued };
  } catch (error) {
    await removeStaging(staging);
    throw error;
  }
}

/** What a disk of its own has, mounted as DATA_DIR. */
const NOTHING = ['lost+found'];

/** @throws UsageError */
async function requireEmpty(dataDir: string, staging: string): Promise<void> {
  const pid = await makerOf(staging);
  if (pid !== undefined) throw new UsageError(`Process ${pid} is restoring into ${dataDir} now.`);
  const names = (await readdir(dataDir)).filter(
    (name) => !name.startsWith(RESTORING) && !NOTHING.includes(name),
  );
  if (names.length > 0) {
    throw new UsageError(
      `DATA_DIR is "${dataDir}", which is not empty (${names.slice(0, 5).join(', ')}). A backup is restored into an ` +
        'empty folder: set DATA_DIR to a new one.',
    );
  }
  await removeStaging(staging);
}

/**
 * Brings the database up to this version, and has go on what was going on.
 * @param why jobs wait again
 * @returns how many do
 */
export async function settle(
  connection: Parameters<typeof openRecordsOn>[0],
  { dataDir, storeUrl, cacheBytes }: { dataDir: string; storeUrl: string | undefined; cacheBytes: number },
  why: string,
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
      return await createJobWork(records.database, queue).restored(why);
    } finally {
      await queue.close();
    }
  } finally {
    await records.close();
  }
}
