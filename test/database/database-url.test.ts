/** Every mistake in a DATABASE_URL, made against a real Postgres that asks for passwords. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createConnection, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/database/embedded/supervisor.ts';
import { openRecords } from '../../src/database/open.ts';
import { UsageError } from '../../src/errors.ts';

let folder: string;
let postgres: EmbeddedPostgres;
let port: number;
let door: Server;
let deaf: Server;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'xlxmert-url-'));
  chmodSync(folder, 0o755);
  const hba = join(folder, 'hba.conf');
  const rules = `local all xlxmert trust
local all stranger reject
local all all scram-sha-256
`;
  writeFileSync(hba, rules);
  postgres = await startEmbeddedPostgres(folder, { log: () => {}, settings: { hba_file: hba } });
  const { host, port: number } = postgres.connection;
  // It listens on no port of its own.
  door = createServer((socket) => {
    const inside = createConnection(join(host, `.s.PGSQL.${number}`));
    for (const one of [socket, inside]) one.on('error', () => {});
    socket.pipe(inside).pipe(socket);
  });
  await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve));
  ({ port } = door.address() as AddressInfo);
  deaf = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')).listen(0, '127.0.0.1');
  const client = new pg.Client({ ...postgres.connection, database: 'postgres' });
  await client.connect();
  for (const statement of [
    "CREATE ROLE owner LOGIN PASSWORD 'secret'",
    "CREATE ROLE guest LOGIN PASSWORD 'secret'",
    "CREATE ROLE stranger LOGIN PASSWORD 'secret'",
    'CREATE DATABASE zoo OWNER owner',
    "CREATE DATABASE latin OWNER owner TEMPLATE template0 ENCODING 'LATIN1' LOCALE_PROVIDER libc LOCALE 'C'",
  ]) {
    await client.query(statement);
  }
  await client.end();
});
afterAll(async () => {
  deaf.close();
  door.close();
  await postgres.stop();
  rmSync(folder, { recursive: true, force: true });
});

const open = (databaseUrl: string) => openRecords({ dataDir: folder, databaseUrl }, () => {});

it.each<[string, () => string, RegExp]>([
  ['no server', () => 'postgres://owner:secret@127.0.0.1:1/zoo', /no Postgres listens on 127\.0\.0\.1:1\b/],
  [
    'no such host',
    () => 'postgres://owner:secret@nowhere.invalid/zoo',
    /there is no host "nowhere\.invalid"/,
  ],
  ['no socket', () => 'postgres:///zoo?host=/no/such/folder', /no Postgres listens/],
  [
    'something else',
    () => `postgres://owner:secret@127.0.0.1:${(deaf.address() as AddressInfo).port}/zoo`,
    /does not answer as a Postgres does/,
  ],
  [
    'a wrong password',
    () => `postgres://owner:wrong@127.0.0.1:${port}/zoo`,
    /does not accept the password of "owner"/,
  ],
  ['no password', () => `postgres://owner@127.0.0.1:${port}/zoo`, /wants a password for "owner"/],
  [
    'no such user',
    () => `postgres://nobody:secret@127.0.0.1:${port}/zoo`,
    /does not accept the password of "nobody"/,
  ],
  [
    'a user who is kept out',
    () => `postgres://stranger:secret@127.0.0.1:${port}/zoo`,
    /does not let "stranger" in/,
  ],
  [
    'no such database',
    () => `postgres://owner:secret@127.0.0.1:${port}/zo`,
    /no database "zo".*CREATE DATABASE zo/,
  ],
  ['no rights', () => `postgres://guest:secret@127.0.0.1:${port}/zoo`, /"guest" may not make tables.*GRANT/],
  ['another encoding', () => `postgres://owner:secret@127.0.0.1:${port}/latin`, /encoded in LATIN1.*UTF8/],
  ['a bare percent sign', () => 'postgres://owner:100%secret@127.0.0.1/zoo', /percent sign.*%25/],
  [
    "Prisma's schema",
    () => `postgres://owner:secret@127.0.0.1:${port}/zoo?schema=mine`,
    /"\?schema=…".*not supported/,
  ],
  ['TLS', () => `postgres://owner:secret@127.0.0.1:${port}/zoo?sslmode=require`, /does not speak TLS/],
])('%s is a sentence', async (_name, url, sentence) => {
  const error = await open(url()).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(UsageError);
  expect((error as Error).message).toMatch(sentence);
  expect((error as Error).message).not.toContain('secret');
});

it('a good address works', async () => {
  const records = await open(`postgres://owner:secret@127.0.0.1:${port}/zoo`);
  expect(await records.database.reachable()).toBe(true);
  await records.close();
});

it('variables for psql do not reach the embedded Postgres', async () => {
  Object.assign(process.env, {
    PGSSLMODE: 'require',
    PGOPTIONS: '-c nonsense=1',
    PGPASSWORD: 'x',
    PGHOST: 'nowhere',
  });
  const second = await startEmbeddedPostgres(folder, { log: () => {} });
  const client = new pg.Client({ ...second.connection, database: 'postgres' });
  await client.connect();
  await client.end();
  second.abandon();
  expect(Object.keys(process.env).filter((name) => /^PG/.test(name))).toEqual([]);
});
