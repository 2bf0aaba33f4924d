import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import { startEmbeddedPostgres } from '../../src/database/embedded/supervisor.ts';
import { openRecordsOn, type Records } from '../../src/database/open.ts';
import type { Storage } from '../../src/database/storage.ts';

export interface TestDatabase {
  readonly connection: pg.ClientConfig;
  close(): Promise<void>;
}

/** A database of its own, empty, on the Postgres of this run of the tests. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const postgres = await startEmbeddedPostgres(inject('postgresFolder'), {
    log: () => {},
    settings: { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off' },
  });
  const database = `test_${randomUUID().replaceAll('-', '')}`;
  const client = new pg.Client({ ...postgres.connection, database: 'postgres' });
  await client.connect();
  await client.query(`CREATE DATABASE ${database}`);
  await client.end();
  return {
    connection: { ...postgres.connection, database },
    async close() {
      postgres.abandon();
    },
  };
}

/** As a DATABASE_URL: through its Unix socket. */
export const addressOf = ({ user, host, port, database }: pg.ClientConfig): string =>
  `postgresql://${user}@localhost:${port}/${database}?host=${encodeURIComponent(String(host))}`;

/** Migrated, with a registered server. */
export async function createTestRecords(storage?: Storage): Promise<Records> {
  const { connection, close } = await createTestDatabase();
  const records = await openRecordsOn(connection, () => {}, undefined, storage);
  return {
    ...records,
    connection,
    async close() {
      await records.close();
      await close();
    },
  };
}
