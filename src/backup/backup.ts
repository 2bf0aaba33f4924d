/** A copy of all that a server keeps, taken while it serves. */
import { existsSync } from 'node:fs';
import { chmod, mkdir } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import { makeFolderAtomically } from '../atomic-files.ts';
import { checkServer } from '../database/database-url.ts';
import { existingBase } from '../database/embedded/cluster.ts';
import type { DatabasePlace, Log } from '../database/open.ts';
import { visitDatabase, withClient } from '../database/visit.ts';
import { UsageError } from '../errors.ts';
import { openStore } from '../store/open-store.ts';
import { type Contents, filesIn, writeContents } from './contents.ts';
import { copyFiles } from './files.ts';
import { dumpTables } from './tables.ts';

export interface BackupPlace extends DatabasePlace {
  readonly storeUrl: string | undefined;
}

/**
 * The database first: files are then as new as it or newer, and training goes on from files that are.
 * @param to a folder that is not there; it is, once all of it is
 * @throws UsageError
 */
export async function backUp(place: BackupPlace, to: string, log: Log): Promise<Contents> {
  const { dataDir, databaseUrl, storeUrl } = place;
  const target = resolve(to);
  if (existsSync(target))
    throw new UsageError(`${to} is there already. Name a folder that is not there yet.`);
  if (`${target}${sep}`.startsWith(resolve(dataDir) + sep))
    throw new UsageError(`${to} is in DATA_DIR, which a backup is to outlive. Name a folder elsewhere.`);
  if (databaseUrl === undefined && existingBase(dataDir) === undefined)
    throw new UsageError(
      `There is nothing to back up: ${dataDir} has no database. DATA_DIR names the folder.`,
    );

  const objects = storeUrl === undefined ? undefined : await openStore(storeUrl);
  let contents: Contents | undefined;
  await makeFolderAtomically(target, async (backup) => {
    // Keys of webhooks are in it, as they are.
    await chmod(backup, 0o700);
    await mkdir(filesIn(backup), { recursive: true });
    contents = await visitDatabase(place, log, (connection) =>
      withClient(connection, async (client): Promise<Contents> => {
        await checkServer(client);
        const tables = await dumpTables(client, backup);
        const store = objects && { client, objects };
        const files = await copyFiles(dataDir, backup, store, (message) => log('warn', message));
        return { format: 1, created_at: new Date().toISOString(), ...tables, files };
      }),
    );
    await writeContents(backup, contents);
  });
  return contents!;
}
