/**
 * The embedded database of another major version of Postgres becomes one of the version that is installed: its tables are
 * written out by a Postgres of its own version, and read in by the new one.
 *
 * All of it is made in a hidden folder beside the two clusters, which lie at `<base>/<major>/cluster`. Until the new one
 * is renamed to its place servers refuse to start, and the old one is as it was; from then on they open the new one. What
 * a move that was killed has left is removed, or finished, by the next.
 */
import { existsSync, rmSync } from 'node:fs';
import { chmod, chown, mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { writeAtomically } from '../atomic-files.ts';
import { type Account, accountFor } from '../database/embedded/account.ts';
import { installedPackage, majorOf } from '../database/embedded/binaries.ts';
import { CLAIM_RENEWAL, claimOf, renewClaim, respectClaim } from '../database/embedded/claim.ts';
import { existingBase, majorsIn } from '../database/embedded/cluster.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../database/embedded/supervisor.ts';
import { createDatabase, DATABASE, type Log, refuseHalfRestored } from '../database/open.ts';
import { withClient } from '../database/visit.ts';
import { requireSpaceFor } from '../disk-space.ts';
import { UsageError } from '../errors.ts';
import { settle } from './restore.ts';
import { makerOf, makeStaging, removeStaging } from './staging.ts';
import { dumpTables, loadTables, verifyTables } from './tables.ts';

export interface Upgraded {
  /** Major versions. */
  from: string;
  to: string;
  tables: number;
  rows: number;
  /** Jobs that wait again. */
  queued: number;
  /** Where the old one is now. */
  kept: string;
}

/** A folder of the base. */
const MOVING = '.moving';
/** Written into it when the new cluster is complete. */
const COMPLETE = 'complete.json';
/** Milliseconds for a Postgres to start: nobody waits who could be told to come again. */
const START = 180_000;
/** Clients of a process that was killed are noticed within this time. Milliseconds. */
const CLIENTS_PATIENCE = 8_000;

/**
 * @param programsOf the folder of a package with the programs of a major version: the one that it is given, into which
 *   they are brought, or another one
 * @throws UsageError when there is nothing to move, or somebody works with it
 */
export async function upgradePostgres(
  dataDir: string,
  programsOf: (major: string, folder: string) => Promise<string>,
  log: Log,
): Promise<Upgraded> {
  refuseHalfRestored(dataDir);
  const base = existingBase(dataDir);
  const majors = base === undefined ? [] : majorsIn(base);
  if (base === undefined || majors.length === 0)
    throw new UsageError(`There is no database in ${dataDir}. DATA_DIR names the folder.`);
  const to = majorOf(installedPackage());
  const staging = join(base, MOVING);
  const claim = claimOf(base);
  await respectClaim(claim);
  const pid = await makerOf(staging);
  if (pid !== undefined) throw new UsageError(`Process ${pid} is moving the database in ${dataDir} now.`);
  renewClaim(claim);
  const renewal = setInterval(() => renewClaim(claim), CLAIM_RENEWAL);
  try {
    if (!majors.includes(to)) await make(dataDir, { base, from: majors[0]!, to }, programsOf, log);
    else if (!existsSync(join(staging, COMPLETE)))
      throw new UsageError(`The database in ${dataDir} is of Postgres ${to}, which this version comes with.`);
    return await finish(base, to);
  } finally {
    clearInterval(renewal);
    rmSync(claim, { force: true });
  }
}

/** Puts the new one in its place when it is complete. */
async function make(
  dataDir: string,
  { base, from, to }: { base: string; from: string; to: string },
  programsOf: Parameters<typeof upgradePostgres>[1],
  log: Log,
): Promise<void> {
  const staging = join(base, MOVING);
  await removeStaging(staging);
  await makeStaging(staging);
  try {
    // The new cluster is of who has the old one, wherever that Postgres may go.
    const account = accountFor(join(base, from, 'cluster'));
    await give(staging, account);
    await mkdir(join(staging, 'postgres'));
    await give(join(staging, 'postgres'), account);
    const programs = await programsOf(from, join(staging, 'programs'));
    if (majorOf(programs) !== from)
      throw new UsageError(`${programs} has Postgres ${majorOf(programs)}, and the database is of ${from}.`);
    const old = await startAlone(dataDir, programs, log);
    let stopped = false;
    try {
      await withClient(databaseOf(old), (locker) =>
        withClient(databaseOf(old), async (dumper) => {
          const copied = await copy({ locker, dumper }, staging, log);
          await writeAtomically(
            join(staging, COMPLETE),
            JSON.stringify({ from, kept: freeName(base, from), ...copied }),
          );
          // While the tables are locked.
          await old.stop();
          stopped = true;
        }),
      );
    } finally {
      if (!stopped && (await isAlone(old).catch(() => true))) await old.stop();
      else if (!stopped) old.abandon();
    }
    await mkdir(join(base, to), { recursive: true });
    await give(join(base, to), account);
    await rename(join(staging, 'postgres', to, 'cluster'), join(base, to, 'cluster'));
    await sync(join(base, to));
    await sync(base);
  } catch (error) {
    await removeStaging(staging);
    throw error;
  }
}

const databaseOf = ({ connection }: EmbeddedPostgres) => ({ ...connection, database: DATABASE });

/** A Postgres that a killed process left is ended; one that is used is not. @throws UsageError */
async function startAlone(dataDir: string, programs: string, log: Log): Promise<EmbeddedPostgres> {
  for (;;) {
    const postgres = await startEmbeddedPostgres(dataDir, { log, programs, deadline: START });
    if (postgres.ours()) return postgres;
    if (!(await isAlone(postgres))) {
      postgres.abandon();
      throw new UsageError(IN_USE);
    }
    await postgres.stop();
  }
}

const IN_USE = 'Servers or workers use the database. End them, and call this again; nothing was changed.';

/** Waits for clients that were killed. */
function isAlone({ connection }: EmbeddedPostgres): Promise<boolean> {
  return withClient({ ...connection, database: 'postgres' }, async (client) => {
    const own = [await idOf(client)];
    const end = Date.now() + CLIENTS_PATIENCE;
    while (await hasOthers(client, own)) {
      if (Date.now() > end) return false;
      await sleep(200);
    }
    return true;
  });
}

const idOf = async (client: pg.Client): Promise<number> =>
  (await client.query<{ id: number }>('SELECT pg_backend_pid() AS id')).rows[0]!.id;

async function hasOthers(client: pg.Client, known: readonly number[]): Promise<boolean> {
  const { rows } = await client.query(
    `SELECT FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> ALL ($1) LIMIT 1`,
    [known],
  );
  return rows.length > 0;
}

/** Of the old database into a new one in the hidden folder, which runs only meanwhile. @throws UsageError */
async function copy(
  { locker, dumper }: { locker: pg.Client; dumper: pg.Client },
  staging: string,
  log: Log,
): Promise<Pick<Upgraded, 'tables' | 'rows' | 'queued'>> {
  const { rows: names } = await dumper.query<{ name: string; bytes: string }>(
    `SELECT format('%I.%I', schemaname, tablename) AS name, pg_database_size(current_database()) AS bytes
     FROM pg_tables WHERE schemaname = 'public'`,
  );
  // The rows' files beside the new database; a new cluster is some 45 MB.
  if (names.length > 0) await requireSpaceFor(staging, 2 * Number(names[0]!.bytes) + 64 * 2 ** 20);
  // A server that starts meanwhile waits, and is seen at the end.
  await locker.query("BEGIN; SET LOCAL lock_timeout = '10s'");
  for (const { name } of names) await locker.query(`LOCK TABLE ${name} IN SHARE MODE`);
  const contents = await dumpTables(dumper, staging, []);
  const young = await startEmbeddedPostgres(staging, { log, deadline: START });
  let queued: number;
  try {
    await createDatabase(young.connection);
    await withClient(databaseOf(young), async (client) => {
      await loadTables(client, staging, contents);
      await verifyTables(client, staging, contents);
    });
    const place = { dataDir: staging, storeUrl: undefined, cacheBytes: 0 };
    queued = await settle(databaseOf(young), place, 'The database was moved', log);
  } finally {
    await young.stop();
  }
  if (await hasOthers(locker, [await idOf(locker), await idOf(dumper)])) throw new UsageError(IN_USE);
  const rows = contents.tables.reduce((sum, table) => sum + table.rows, 0);
  return { tables: contents.tables.length, rows, queued };
}

/** The new one is in its place: the old one gets another name. */
async function finish(base: string, to: string): Promise<Upgraded> {
  const staging = join(base, MOVING);
  const made = JSON.parse(await readFile(join(staging, COMPLETE), 'utf8')) as Omit<Upgraded, 'to'>;
  if (existsSync(join(base, made.from))) await rename(join(base, made.from), made.kept);
  await sync(base);
  await removeStaging(staging);
  return { ...made, to };
}

/** For the old one. */
function freeName(base: string, major: string): string {
  let name = join(base, `${major}.old`);
  for (let n = 2; existsSync(name); n++) name = join(base, `${major}.old${n}`);
  return name;
}

/** Nobody else may enter. */
async function give(folder: string, account: Account): Promise<void> {
  if (account !== undefined) await chown(folder, account.uid, account.gid);
  await chmod(folder, 0o700);
}

/** A name that was changed in it outlives a power cut. */
async function sync(folder: string): Promise<void> {
  const handle = await open(folder);
  await handle.sync();
  await handle.close();
}
