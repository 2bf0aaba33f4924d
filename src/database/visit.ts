/** A database as it is: not migrated, and without this process among its servers. */
import pg from 'pg';
import { checkDatabaseUrl, databaseFault } from './database-url.ts';
import { startEmbeddedPostgres } from './embedded/supervisor.ts';
import { createDatabase, DATABASE, type DatabasePlace, type Log } from './open.ts';

/**
 * @param make an embedded database that is not there
 * @throws UsageError when the database cannot be reached
 */
export async function visitDatabase<T>(
  { dataDir, databaseUrl }: DatabasePlace,
  log: Log,
  visit: (connection: pg.ClientConfig) => Promise<T>,
  make = false,
): Promise<T> {
  if (databaseUrl !== undefined) {
    checkDatabaseUrl(databaseUrl);
    return visit({ connectionString: databaseUrl }).catch((error) => {
      throw databaseFault(error, databaseUrl);
    });
  }
  const postgres = await startEmbeddedPostgres(dataDir, { log });
  const connection = { ...postgres.connection, database: DATABASE };
  try {
    if (make) await createDatabase(postgres.connection);
    return await visit(connection);
  } finally {
    // A server that came meanwhile has adopted it.
    if (postgres.ours() && !(await hasServers(connection))) await postgres.stop();
    else postgres.abandon();
  }
}

/** A client of one's own, for what takes long. */
export async function withClient<T>(
  connection: pg.ClientConfig,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({
    ...connection,
    application_name: 'xlxmert-zoo',
    connectionTimeoutMillis: 10_000,
  });
  client.on('error', () => {});
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end().catch(() => {});
  }
}

const hasServers = (connection: pg.ClientConfig): Promise<boolean> =>
  withClient(connection, async (client) => {
    const { rows } = await client.query(
      "SELECT FROM servers WHERE heartbeat_at > now() - interval '30 seconds' LIMIT 1",
    );
    return rows.length > 0;
  }).catch(() => false);
