import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { migrate, readMigrations } from '../../src/database/migrate.ts';
import { createTestDatabase, type TestDatabase } from './test-database.ts';

let database: TestDatabase;
let client: pg.Client;
let folder: string;

beforeAll(async () => {
  database = await createTestDatabase();
  client = new pg.Client(database.connection);
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database.close();
});
beforeEach(async () => {
  await client.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
  folder = mkdtempSync(join(tmpdir(), 'xlxmert-migrations-'));
  write('1_one', 'CREATE TABLE one (id int);');
  return () => rmSync(folder, { recursive: true });
});

function write(name: string, sql: string) {
  mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(join(folder, name, 'migration.sql'), sql);
}
const history = async () =>
  (
    await client.query(
      'SELECT migration_name, applied_steps_count, finished_at IS NOT NULL AS finished FROM _prisma_migrations ORDER BY started_at',
    )
  ).rows;

it('applies what is new, in order, once', async () => {
  write('2_two', 'CREATE TABLE two (id int); INSERT INTO two VALUES (1);');
  expect(await migrate(client, folder)).toEqual(['1_one', '2_two']);
  expect(await migrate(client, folder)).toEqual([]);
  write('3_three', 'INSERT INTO two VALUES (2);');
  expect(await migrate(client, folder)).toEqual(['3_three']);
  expect((await client.query('SELECT * FROM two')).rows).toHaveLength(2);
  expect(await history()).toEqual(
    ['1_one', '2_two', '3_three'].map((migration_name) => ({
      migration_name,
      applied_steps_count: 1,
      finished: true,
    })),
  );
});

it('leaves nothing of a migration that fails, and can go on when it is repaired', async () => {
  write('2_two', 'CREATE TABLE two (id int); SELECT * FROM missing;');
  await expect(migrate(client, folder)).rejects.toThrow('2_two');
  expect(await history()).toHaveLength(1);
  write('2_two', 'CREATE TABLE two (id int);');
  expect(await migrate(client, folder)).toEqual(['2_two']);
});

it('refuses a file that was changed after it was applied', async () => {
  await migrate(client, folder);
  write('1_one', 'CREATE TABLE one (id bigint);');
  await expect(migrate(client, folder)).rejects.toThrow('1_one was changed');
});

it('refuses a database that a newer version migrated', async () => {
  write('2_two', 'SELECT 1;');
  await migrate(client, folder);
  rmSync(join(folder, '2_two'), { recursive: true });
  await expect(migrate(client, folder)).rejects.toThrow(/newer version \(2_two\)/);
});

it('refuses to go on past a migration that another tool left unfinished', async () => {
  await migrate(client, folder);
  await client.query('UPDATE _prisma_migrations SET finished_at = NULL');
  await expect(migrate(client, folder)).rejects.toThrow('not finished');
});

it('lets one of two servers that start at once do it', async () => {
  const other = new pg.Client(database.connection);
  await other.connect();
  const done = await Promise.all([migrate(client, folder), migrate(other, folder)]);
  await other.end();
  expect(done.flat()).toEqual(['1_one']);
});

it('applies the migrations of this repository', async () => {
  cpSync(fileURLToPath(new URL('../../prisma/migrations', import.meta.url)), folder, { recursive: true });
  rmSync(join(folder, '1_one'), { recursive: true });
  await migrate(client, folder);
  const { rows } = await client.query("SELECT tablename FROM pg_tables WHERE schemaname = 'public'");
  expect(rows.map(({ tablename }) => tablename)).toEqual(
    expect.arrayContaining(['runs', 'run_images', 'servers', 'idempotency_keys']),
  );
});

it('only adds to tables, so that servers of the version before can go on', async () => {
  const statements = (await readMigrations())
    .flatMap(({ name, sql }) => sql.split(';').map((statement) => `${name}: ${statement}`))
    .filter((statement) => /\b(DROP|RENAME)\b|ALTER COLUMN .* (TYPE|SET NOT NULL)/is.test(statement));
  expect(statements).toEqual([]);
  const required = (await readMigrations()).filter(({ sql }) =>
    sql.split(/[,;]/).some((part) => /ADD COLUMN(?!.*DEFAULT).*NOT NULL/is.test(part)),
  );
  expect(required.map(({ name }) => name)).toEqual([]);
});
