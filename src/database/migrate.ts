/**
 * Applies prisma/migrations without Prisma's schema engine, which would have to be downloaded. Writes the same
 * table with the same checksums, so that `prisma migrate deploy` agrees with what was done here.
 */
import { createHash, randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type pg from 'pg';
import { UsageError } from '../errors.ts';

const MIGRATIONS = fileURLToPath(new URL('../../prisma/migrations', import.meta.url));
/** The advisory lock that Prisma's own engine takes. */
const LOCK = 72707369;

export const CREATE_TABLE = `
CREATE TABLE IF NOT EXISTS _prisma_migrations (
    id                      VARCHAR(36) PRIMARY KEY NOT NULL,
    checksum                VARCHAR(64) NOT NULL,
    finished_at             TIMESTAMPTZ,
    migration_name          VARCHAR(255) NOT NULL,
    logs                    TEXT,
    rolled_back_at          TIMESTAMPTZ,
    started_at              TIMESTAMPTZ NOT NULL DEFAULT now(),
    applied_steps_count     INTEGER NOT NULL DEFAULT 0
)`;

interface Applied {
  migration_name: string;
  checksum: string;
  finished_at: Date | null;
}

/**
 * @param client a connection of its own: the lock belongs to it.
 * @returns the names of the migrations that were applied now.
 * @throws UsageError when the database's history is not a beginning of ours.
 */
export async function migrate(client: pg.ClientBase, folder: string = MIGRATIONS): Promise<string[]> {
  await client.query('SELECT pg_advisory_lock($1)', [LOCK]);
  try {
    await client.query(CREATE_TABLE);
    const { rows } = await client.query<Applied>(
      'SELECT migration_name, checksum, finished_at FROM _prisma_migrations WHERE rolled_back_at IS NULL',
    );
    const applied = new Map(rows.map((row) => [row.migration_name, row]));
    const done: string[] = [];
    for (const { name, sql, checksum } of await readMigrations(folder)) {
      const row = applied.get(name);
      applied.delete(name);
      if (row === undefined) {
        await apply(client, name, sql, checksum);
        done.push(name);
      } else if (row.finished_at === null) {
        throw new UsageError(
          `Migration ${name} was begun by another tool and not finished. Repair the database, then mark it with ` +
            `"npx prisma migrate resolve --applied ${name}" or "--rolled-back ${name}".`,
        );
      } else if (row.checksum !== checksum) {
        throw new UsageError(
          `Migration ${name} was changed after this database applied it. Restore the file.`,
        );
      }
    }
    const [unknown] = applied.keys();
    if (unknown !== undefined) {
      throw new UsageError(
        `The database was migrated by a newer version (${unknown}). Start that version, or use another database.`,
      );
    }
    return done;
  } finally {
    await client.query('SELECT pg_advisory_unlock($1)', [LOCK]);
  }
}

/** One transaction for the change and its record. Prisma's engine uses two and can be left in between. */
async function apply(client: pg.ClientBase, name: string, sql: string, checksum: string): Promise<void> {
  await client.query('BEGIN');
  try {
    await client.query(sql);
    await client.query(
      `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count)
       VALUES ($1, $2, $3, clock_timestamp(), 1)`,
      [randomUUID(), checksum, name],
    );
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw new Error(`Migration ${name} failed`, { cause: error });
  }
}

export interface Migration {
  name: string;
  sql: string;
  checksum: string;
}

/** In their order. */
export async function readMigrations(folder: string = MIGRATIONS): Promise<Migration[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(
    names.sort().map(async (name) => {
      const bytes = await readFile(join(folder, name, 'migration.sql'));
      return {
        name,
        sql: bytes.toString('utf8'),
        checksum: createHash('sha256').update(bytes).digest('hex'),
      };
    }),
  );
}
