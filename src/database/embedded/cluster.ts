/** Where the embedded database lives on disk, and its first creation. */
import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { UsageError } from '../../errors.ts';
import { makeFolder } from '../../make-folder.ts';
import { isAlive } from '../../processes.ts';
import { type Account, accountFor, canEnter } from './account.ts';
import { type Binaries, majorOf } from './binaries.ts';

export const SUPERUSER = 'xlxmert';
/** The number in the socket's file name, `.s.PGSQL.5432`; nothing listens on TCP. */
export const SOCKET_PORT = 5432;
/** sockaddr_un holds 104 bytes on macOS and 108 on Linux, with the final zero. */
const LONGEST_SOCKET_PATH = 103;

export interface Cluster {
  readonly account: Account;
  /** Belongs to the account, mode 0700. Holds the rest. */
  readonly base: string;
  /** PGDATA. Exists once {@link createCluster} has run. */
  readonly data: string;
  readonly sockets: string;
  readonly log: string;
  /** Where a copy of the programs goes, if one is needed. */
  readonly programs: string;
}

/**
 * Makes the folders around the cluster; not the cluster itself.
 * @param installed the folder of the package that is to run it
 * @throws UsageError
 */
export function locateCluster(dataDir: string, installed: string): Cluster {
  makeFolder(dataDir, 'DATA_DIR');
  const base = baseFolder(resolve(dataDir));
  // Part of the path: a later major version cannot open the files of this one.
  const major = majorOf(installed);
  const data = join(base, major, 'cluster');
  if (!existsSync(data)) refuseOtherMajor(base, dataDir, major);
  const account = accountFor(existsSync(data) ? data : base);
  const sockets = socketFolder(base);
  for (const folder of [base, join(base, major), sockets]) {
    makeFolder(folder, 'A folder of the database', 0o700);
    refuseStranger(folder, account);
    if (account !== undefined) chownSync(folder, account.uid, account.gid);
    // Whoever can open the socket is let in without a password, so only the owner may reach it.
    chmodSync(folder, 0o700);
  }
  return {
    account,
    base,
    data,
    sockets,
    log: join(base, major, 'postgres.log'),
    programs: join(base, 'programs'),
  };
}

/** An empty database beside a full one that cannot be opened would look like one that lost everything. @throws UsageError */
function refuseOtherMajor(base: string, dataDir: string, major: string): void {
  const [other] = majorsIn(base);
  if (other === undefined) return;
  throw new UsageError(
    `The database in ${dataDir} is of Postgres ${other}, and this version comes with Postgres ${major}, which cannot ` +
      'open it; nothing was changed. End the servers and workers of the version that made it, and move it: ' +
      'npm run upgrade-postgres (with the same DATA_DIR).',
  );
}

/** Of which major versions there are clusters, the latest first. */
export function majorsIn(base: string): string[] {
  const names = existsSync(base) ? readdirSync(base) : [];
  const held = (name: string) => /^\d+$/.test(name) && existsSync(join(base, name, 'cluster', 'PG_VERSION'));
  return names.filter(held).sort((a, b) => Number(b) - Number(a));
}

/** Where the embedded database of a data directory lies; undefined where none has been. */
export function existingBase(dataDir: string): string | undefined {
  const inside = join(resolve(dataDir), 'postgres');
  const note = join(resolve(dataDir), 'postgres.location');
  if (existsSync(note)) return readFileSync(note, 'utf8').trim();
  return existsSync(inside) ? inside : undefined;
}

/**
 * `<dataDir>/postgres`, unless this is root and the account that Postgres runs as cannot enter dataDir: then a
 * folder that it can enter, noted in `<dataDir>/postgres.location`. Opening dataDir to other users instead
 * was rejected: root had reasons to close it.
 */
function baseFolder(dataDir: string): string {
  const existing = existingBase(dataDir);
  if (existing !== undefined) return existing;
  const inside = join(dataDir, 'postgres');
  const note = join(dataDir, 'postgres.location');
  if (canEnter(dataDir, accountFor(inside))) return inside;

  const outside = join('/var/lib/xlxmert-zoo', randomUUID());
  mkdirSync(outside, { recursive: true, mode: 0o700 });
  chmodSync(dirname(outside), 0o755);
  if (!canEnter(dirname(outside), accountFor(outside))) {
    throw new UsageError(
      `Postgres cannot run as root, and no other user can enter ${dataDir}. Set DATA_DIR to a folder that other ` +
        'users can enter (mode 0755, its parents too), start the server as an ordinary user, or set DATABASE_URL.',
    );
  }
  const draft = `${note}.${process.pid}.tmp`;
  writeFileSync(draft, `${outside}\n`);
  try {
    linkSync(draft, note);
    return outside;
  } catch (error) {
    // Another server that starts at the same time was faster: its folder it is.
    rmSync(outside, { recursive: true });
    if (!existsSync(note)) throw error;
    return readFileSync(note, 'utf8').trim();
  } finally {
    rmSync(draft);
  }
}

/** The socket's folder may lie in /tmp, where anybody could have made it, or a link in its place, before us. */
function refuseStranger(folder: string, account: Account): void {
  const found = lstatSync(folder);
  const owners = [process.getuid?.(), account?.uid];
  if (found.isDirectory() && owners.includes(found.uid)) return;
  throw new UsageError(`${folder} is not a folder of yours. Remove it, or set DATA_DIR to another folder.`);
}

function socketFolder(base: string): string {
  const beside = join(base, 'socket');
  if (Buffer.byteLength(join(beside, `.s.PGSQL.${SOCKET_PORT}`)) <= LONGEST_SOCKET_PATH) return beside;
  // The same for everybody who opens this base, so that a second server finds it.
  return join('/tmp', `xlxmert-zoo-${createHash('sha256').update(base).digest('hex').slice(0, 16)}`);
}

/** initdb into a temporary folder, renamed when complete: a crash or a second server leaves no half of one. */
export async function createCluster(cluster: Cluster, binaries: Binaries): Promise<void> {
  const parent = dirname(cluster.data);
  for (const name of readdirSync(parent)) {
    const pid = /^cluster\.(\d+)\.tmp$/.exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid)))
      rmSync(join(parent, name), { recursive: true, force: true });
  }
  const temporary = `${cluster.data}.${process.pid}.tmp`;
  const args = ['-D', temporary, '-U', SUPERUSER, '--auth=trust', '--encoding=UTF8'];
  // The builtin provider sorts the same on every machine, whatever libc it has.
  args.push('--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8');
  await promisify(execFile)(binaries.initdb, args, {
    ...cluster.account,
    cwd: cluster.base,
    env: postgresEnvironment(),
  });
  try {
    renameSync(temporary, cluster.data);
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true });
    if (!existsSync(cluster.data)) throw error;
  }
}

/** Nothing of the server's own environment reaches Postgres: PGDATA, LANG or PGOPTIONS would change it. */
export const postgresEnvironment = () => ({ PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C' });
