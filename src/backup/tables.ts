/** The rows of a database, out of one snapshot and into an empty database. */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Duplex, PassThrough, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import type pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { CREATE_TABLE, type Migration, readMigrations } from '../database/migrate.ts';
import { UsageError } from '../errors.ts';
import { hashOnce } from '../zoo/file-hashes.ts';
import { type BackedUpTable, type Contents, tableFile } from './contents.ts';

/** Of running processes, and of objects in a store: neither is there where a backup is restored. */
const OF_THE_MOMENT = ['servers', 'workers', 'rate_counts', 'stored_folders'];
export type Rows = Pick<Contents, 'migrations' | 'tables'>;

/** Rows are small or pictures that do not shrink: what there is to win is won at once. */
const GZIP = { level: 1 };

/**
 * Everything as it was at one moment, while others go on writing. The server's own snapshot gives that; a lock of
 * the tables, or a copy of its files, would not.
 * @param leftOut names of tables
 * @throws UsageError when there is nothing that a server has written
 */
export async function dumpTables(
  client: pg.Client,
  backup: string,
  leftOut: readonly string[] = OF_THE_MOMENT,
): Promise<Rows> {
  await client.query('BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY');
  try {
    const { rows } = await client.query<{ name: string; columns: string[] }>(
      `SELECT t.table_name AS name, array_agg(c.column_name::text ORDER BY c.ordinal_position) AS columns
       FROM information_schema.tables t JOIN information_schema.columns c USING (table_schema, table_name)
       WHERE t.table_schema = 'public' AND t.table_type = 'BASE TABLE' GROUP BY t.table_name ORDER BY t.table_name`,
    );
    if (!rows.some(({ name }) => name === '_prisma_migrations'))
      throw new UsageError('There is nothing to back up: no server has used this database yet.');
    const { rows: migrations } = await client.query<Contents['migrations'][number]>(
      `SELECT migration_name AS name, checksum FROM _prisma_migrations
       WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL ORDER BY migration_name`,
    );
    const tables: BackedUpTable[] = [];
    for (const { name, columns } of rows) {
      if (!leftOut.includes(name)) tables.push(await dump(client, backup, name, columns));
    }
    return { migrations, tables };
  } finally {
    await client.query('ROLLBACK');
  }
}

const listed = (columns: readonly string[]) => columns.map((name) => `"${name}"`).join(', ');

async function dump(client: pg.Client, backup: string, name: string, columns: string[]) {
  const file = tableFile(backup, name);
  await mkdir(dirname(file), { recursive: true });
  const out = client.query(copyTo(`COPY "${name}" (${listed(columns)}) TO STDOUT`));
  await pipeline(out, createGzip(GZIP), createWriteStream(file, { flags: 'wx' }));
  return { name, columns, rows: out.rowCount, sha256: await hashOnce(file) };
}

/**
 * In one transaction: the tables as the backup's migrations make them, and the rows. Later migrations are applied by
 * whoever opens the database next.
 * @throws UsageError when the backup is damaged or newer than this version, or the database is not empty
 */
export async function loadTables(client: pg.Client, backup: string, contents: Rows): Promise<void> {
  const migrations = await ours(contents);
  for (const { name, sha256 } of contents.tables) {
    const found = await hashOnce(tableFile(backup, name)).catch(() => undefined);
    if (found !== sha256) throw new UsageError(`${tableFile(backup, name)} is not there or is damaged.`);
  }
  await client.query('BEGIN');
  try {
    const { rows } = await client.query(`SELECT FROM pg_tables WHERE schemaname = 'public' LIMIT 1`);
    if (rows.length > 0)
      throw new UsageError(
        'The database is not empty. Make a new one for what is restored: CREATE DATABASE.',
      );
    for (const sql of [CREATE_TABLE, ...migrations.map((one) => one.sql)]) await client.query(sql);
    for (const table of await parentsFirst(client, contents.tables)) await load(client, backup, table);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {});
    throw error;
  }
}

/**
 * Whether tables that were loaded have the rows of the files, each byte as COPY writes it. For a database that is set up
 * as the one that the files are of, and that nobody has changed.
 */
export async function verifyTables(client: pg.Client, backup: string, { tables }: Rows): Promise<void> {
  // Rows come in the order in which they were loaded, rather than from where the last scan was.
  await client.query('SET synchronize_seqscans = off');
  for (const { name, columns } of tables) {
    const there = client.query(copyTo(`COPY "${name}" (${listed(columns)}) TO STDOUT`));
    const [expected, found] = await Promise.all([
      hashOf(createReadStream(tableFile(backup, name)), createGunzip()),
      hashOf(there, new PassThrough()),
    ]);
    if (expected !== found) throw new Error(`the rows of ${name} are not those that were there before`);
  }
}

async function hashOf(source: Readable, through: Duplex): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(source, through, hash);
  return hash.digest('hex');
}

/** The migrations that the backup's database had, of this version. @throws UsageError */
async function ours({ migrations }: Rows): Promise<Migration[]> {
  const known = new Map((await readMigrations()).map((one) => [one.name, one]));
  return migrations.map(({ name, checksum }) => {
    const found = known.get(name);
    if (found === undefined)
      throw new UsageError(`The backup is of a newer version (${name}). Restore it with that one.`);
    if (found.checksum !== checksum)
      throw new UsageError(
        `The backup is of another version: its migration ${name} differs from this one's.`,
      );
    return found;
  });
}

async function load(client: pg.Client, backup: string, { name, columns, rows }: BackedUpTable) {
  const into = client.query(copyFrom(`COPY "${name}" (${listed(columns)}) FROM STDIN`));
  await pipeline(createReadStream(tableFile(backup, name)), createGunzip(), into);
  if (into.rowCount !== rows) throw new Error(`${into.rowCount} of ${rows} rows of ${name} were restored`);
}

/** A row's parents must be there before it is. */
async function parentsFirst(client: pg.Client, tables: readonly BackedUpTable[]): Promise<BackedUpTable[]> {
  const { rows } = await client.query<{ child: string; parent: string }>(
    `SELECT conrelid::regclass::text AS child, confrelid::regclass::text AS parent
     FROM pg_constraint WHERE contype = 'f' AND conrelid <> confrelid`,
  );
  const sorted = new Set<BackedUpTable>();
  const visit = (table: BackedUpTable) => {
    for (const { child, parent } of rows) {
      const found = child === table.name ? tables.find(({ name }) => name === parent) : undefined;
      if (found !== undefined && !sorted.has(found)) visit(found);
    }
    sorted.add(table);
  };
  for (const table of tables) visit(table);
  return [...sorted];
}
