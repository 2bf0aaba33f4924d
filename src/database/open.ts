/** From configuration to a migrated, supervised, registered database. After this line embedded or not is the same. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { UsageError } from '../errors.ts';
import { type ApiKeys, createApiKeys } from './api-keys.ts';
import { connect, type Database } from './connect.ts';
import { checkDatabaseUrl, databaseFault } from './database-url.ts';
import { startEmbeddedPostgres } from './embedded/supervisor.ts';
import { createIdempotencyKeys, type IdempotencyKeys } from './idempotency-keys.ts';
import { createRuns, type Runs } from './runs.ts';
import { register } from './servers.ts';
import { type Storage, watchStorage } from './storage.ts';

export interface Records {
  readonly database: Database;
  /** Id of this process's row among the servers. */
  readonly serverId: string;
  readonly runs: Runs;
  readonly idempotencyKeys: IdempotencyKeys;
  readonly apiKeys: ApiKeys;
  /** For who needs a connection of its own. */
  readonly connection: pg.ClientConfig;
  /** Disconnects; ends the embedded Postgres when no other server uses it. */
  close(): Promise<void>;
  /** Ends the embedded Postgres that this process started, without waiting. Other servers on it start another. */
  endPostgres(): void;
}

/** Where the database is: at this address, or else embedded, in this folder. */
export interface DatabasePlace {
  readonly dataDir: string;
  readonly databaseUrl: string | undefined;
}

export type Log = (level: 'info' | 'warn', message: string) => void;

/** Name of the embedded one. */
export const DATABASE = 'xlxmert_zoo';
/** A folder of DATA_DIR in which a backup is being restored. */
export const RESTORING = '.restoring';

/** Before anything is written there: what is not empty cannot be restored into. @throws UsageError */
export function refuseHalfRestored(dataDir: string): void {
  if (!existsSync(join(dataDir, RESTORING))) return;
  throw new UsageError(
    `A backup is being restored into ${dataDir}, or was when that was stopped. Wait for it, or call npm run restore ` +
      'again.',
  );
}

/** @throws UsageError when there cannot be a database with this configuration. */
export async function openRecords({ dataDir, databaseUrl }: DatabasePlace, log: Log): Promise<Records> {
  refuseHalfRestored(dataDir);
  if (databaseUrl !== undefined) {
    checkDatabaseUrl(databaseUrl);
    return openRecordsOn({ connectionString: databaseUrl }, log).catch((error) => {
      throw databaseFault(error, databaseUrl);
    });
  }
  const postgres = await startEmbeddedPostgres(dataDir, { log });
  try {
    await createDatabase(postgres.connection);
    const leave = async (last: boolean) => {
      if (last) await postgres.stop();
      else postgres.abandon();
    };
    const connection = { ...postgres.connection, database: DATABASE };
    const records = await openRecordsOn(connection, log, leave, watchStorage(postgres.folder));
    return { ...records, endPostgres: () => postgres.end() };
  } catch (error) {
    if (postgres.ours()) await postgres.stop();
    else postgres.abandon();
    throw error;
  }
}

/** On a Postgres that runs already. */
export async function openRecordsOn(
  connection: pg.PoolConfig,
  log: Log,
  afterClose: (last: boolean) => Promise<void> = async () => {},
  storage?: Storage,
): Promise<Records> {
  const warn = (error: unknown) => log('warn', `database: ${error instanceof Error ? error.message : error}`);
  const database = await connect(connection, warn, storage);
  const registration = await register(database, warn);
  const runs = createRuns(database, registration.serverId);
  const idempotencyKeys = createIdempotencyKeys(database, registration.serverId);
  registration.onBeat(async () => {
    // They are to be written, and whoever writes next looks after them too.
    if (await database.storageFull()) return;
    await runs.settle();
    await idempotencyKeys.settle();
  });
  return {
    database,
    serverId: registration.serverId,
    runs,
    idempotencyKeys,
    apiKeys: createApiKeys(database),
    connection,
    endPostgres: () => {},
    async close() {
      // Without an answer nobody knows who else is there; Postgres is then left to be adopted.
      const last = await registration.leave().catch((error) => {
        warn(error);
        return false;
      });
      await database.close();
      await afterClose(last);
    },
  };
}

export async function createDatabase(connection: pg.ClientConfig): Promise<void> {
  const client = new pg.Client({ ...connection, database: 'postgres' });
  await client.connect();
  try {
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [DATABASE]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`);
  } catch (error) {
    // Another server made it between the two statements.
    if (!['42P04', '23505'].includes((error as { code?: string }).code ?? '')) throw error;
  } finally {
    await client.end();
  }
}
