/**
 * Keeps one Postgres running on a data directory for as long as this server lives.
 *
 * States: `starting` → `running` → (`starting` again when Postgres ends) → `closed`.
 * - starting: connect to the socket. If somebody answers, adopt it: Postgres outlives a server that was
 *   killed, and two servers may share one data directory. Otherwise start our own, and connect again. An attempt
 *   may lose a race, or meet the remains of a killed Postgres (its lock file, its last processes); so attempts
 *   repeat until they succeed, or until the first start's deadline passes.
 * - running: a Postgres of ours ends with its `exit` event; of an adopted one the process is looked at.
 * - closed: no more attempts. `stop()` ends Postgres, ours or adopted; `abandon()` leaves it to the others.
 *
 * Postgres's own lock file keeps a second Postgres of this machine away from the files; claim.ts those of other ones.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import {
  chownSync,
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { freeBytesOf, LEAST_FREE, megabytes } from '../../disk-space.ts';
import { UsageError } from '../../errors.ts';
import { isAlive, isWorkedIn } from '../../processes.ts';
import { installedPackage, prepareBinaries } from './binaries.ts';
import { CLAIM_RENEWAL, claimOf, renewClaim, respectClaim } from './claim.ts';
import {
  type Cluster,
  createCluster,
  locateCluster,
  postgresEnvironment,
  SOCKET_PORT,
  SUPERUSER,
} from './cluster.ts';

export interface EmbeddedPostgres {
  /** Where its files are. Absolute. */
  readonly folder: string;
  /** For pg: a Unix socket, no password. */
  readonly connection: { readonly host: string; readonly port: number; readonly user: string };
  /** Process id of the postmaster, as its lock file has it. */
  pid(): number | undefined;
  /** Started by this process, rather than adopted. */
  ours(): boolean;
  /** Ends supervision and Postgres. */
  stop(): Promise<void>;
  /** Ends supervision and leaves Postgres running. */
  abandon(): void;
  /** Ends supervision and, without waiting, a Postgres that this process started. */
  end(): void;
}

export interface EmbeddedOptions {
  log: (level: 'info' | 'warn', message: string) => void;
  /** Milliseconds for the first start. */
  deadline?: number;
  /** Postgres settings beside ours. */
  settings?: Record<string, string>;
  /** The folder of the package to run, where it is not the one that came with this version. */
  programs?: string;
}

const POLL = 100;
/** Least milliseconds between two starts. */
const RELAUNCH = 250;

const SETTINGS: Record<string, string> = {
  listen_addresses: '',
  unix_socket_permissions: '0700',
  // The pools of several servers and workers on one data directory.
  max_connections: '60',
  // The rows are small; the default of 128 MB is better spent on models.
  shared_buffers: '32MB',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_min_messages: 'warning',
  // A client that vanished (kill -9) must not hold its locks.
  client_connection_check_interval: '2s',
};

/** @throws UsageError when Postgres cannot run here, Error when it does not answer before the deadline. */
export async function startEmbeddedPostgres(
  dataDir: string,
  options: EmbeddedOptions,
): Promise<EmbeddedPostgres> {
  const { log } = options;
  forgetClientSettings();
  const programs = options.programs ?? installedPackage();
  const cluster = locateCluster(dataDir, programs);
  await refuseFullDisk(cluster, dataDir);
  const claim = claimOf(cluster.base);
  let child: ChildProcess | undefined;
  let launchedAt = 0;
  let closed = false;
  let watch: Promise<void> = Promise.resolve();

  const pid = () => postmasterPid(cluster);

  async function launchOurs(): Promise<void> {
    await respectClaim(claim);
    const binaries = prepareBinaries(cluster.account, cluster.programs, programs);
    if (!existsSync(cluster.data)) await createCluster(cluster, binaries);
    clearStaleLock(cluster, log);
    const launched = launch(cluster, binaries.postgres, { ...SETTINGS, ...options.settings });
    const ended = () => {
      if (child === launched) child = undefined;
    };
    launched.once('exit', ended);
    launched.once('error', ended);
    child = launched;
  }

  async function bringUp(deadline: number): Promise<void> {
    let start = Date.now();
    while (!closed) {
      if (await answers(cluster)) {
        if (child === undefined) log('info', `adopted the Postgres that runs in ${cluster.data}`);
        renewClaim(claim);
        return;
      }
      if (Date.now() - start > deadline) {
        throw new Error(`Postgres does not start in ${cluster.data}:\n${tail(cluster.log)}`);
      }
      if (child === undefined) {
        // One that ended at once, for want of space say, will do so again.
        if (Date.now() - launchedAt < RELAUNCH) await sleep(RELAUNCH);
        launchedAt = Date.now();
        await launchOurs();
        // The making of a cluster, which takes long on a busy machine, has no deadline.
        start += Date.now() - launchedAt;
      }
      await sleep(POLL / 2);
    }
  }

  /** Adopted from another container on the same kernel: the socket works, the process cannot be seen. */
  async function answersFromElsewhere(): Promise<boolean> {
    if (!(await answers(cluster))) return false;
    await sleep(1_000);
    return true;
  }

  async function supervise(): Promise<void> {
    let renewed = Date.now();
    while (!closed) {
      await sleep(POLL);
      if (closed) return;
      try {
        if (child !== undefined || isAlive(pid() ?? -1) || (await answersFromElsewhere())) {
          if (Date.now() - renewed < CLAIM_RENEWAL) continue;
          renewed = Date.now();
          renewClaim(claim);
        } else {
          log('warn', 'Postgres ended; starting it again');
          await bringUp(Number.POSITIVE_INFINITY);
          if (!closed) log('warn', 'Postgres answers again');
        }
      } catch (error) {
        log('warn', `Postgres could not be started: ${error instanceof Error ? error.message : error}`);
        await sleep(1_000);
      }
    }
  }

  try {
    await bringUp(options.deadline ?? 30_000);
  } catch (error) {
    closed = true;
    child?.kill('SIGINT');
    throw error;
  }
  watch = supervise();

  return {
    folder: cluster.base,
    connection: { host: cluster.sockets, port: SOCKET_PORT, user: SUPERUSER },
    pid,
    ours: () => child !== undefined,
    async stop() {
      closed = true;
      await watch;
      const running = pid();
      // The id may be from another container's numbering, where it is somebody else here.
      if (running === undefined || isWorkedIn(cluster.data, running) === false) return;
      await end(running);
      rmSync(claim, { force: true });
    },
    abandon() {
      closed = true;
      child?.removeAllListeners();
    },
    end() {
      closed = true;
      child?.kill('SIGINT');
    },
  };
}

/** libpq's variables are meant for another server: PGSSLMODE, PGOPTIONS and the like would keep us from this one. */
function forgetClientSettings(): void {
  for (const name of Object.keys(process.env)) if (/^PG[A-Z_]+$/.test(name)) delete process.env[name];
}

/** @throws UsageError */
async function refuseFullDisk(cluster: Cluster, dataDir: string): Promise<void> {
  const free = await freeBytesOf(cluster.base);
  // A new cluster is some 45 MB.
  const needed = LEAST_FREE * (existsSync(cluster.data) ? 1 : 3);
  if (free >= needed) return;
  throw new UsageError(
    `The disk that ${dataDir} is on is full: ${megabytes(free)} are left, and the database needs ${megabytes(needed)}. ` +
      'Free some space, or set DATA_DIR to a folder on another disk.',
  );
}

function launch(cluster: Cluster, program: string, settings: Record<string, string>): ChildProcess {
  if (existsSync(cluster.log) && statSync(cluster.log).size > 5_000_000) {
    renameSync(cluster.log, `${cluster.log}.1`);
  }
  const output = openSync(cluster.log, 'a', 0o600);
  if (cluster.account !== undefined) chownSync(cluster.log, cluster.account.uid, cluster.account.gid);
  const args = ['-D', cluster.data, '-k', cluster.sockets, '-p', String(SOCKET_PORT)];
  for (const [name, value] of Object.entries(settings)) args.push('-c', `${name}=${value}`);
  const child = spawn(program, args, {
    ...cluster.account,
    cwd: cluster.base,
    env: postgresEnvironment(),
    // Its own session: Ctrl-C in a terminal must not end Postgres under the requests that are finishing.
    detached: true,
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  child.unref();
  return child;
}

async function answers(cluster: Cluster): Promise<boolean> {
  if (!existsSync(join(cluster.sockets, `.s.PGSQL.${SOCKET_PORT}`))) return false;
  const client = new pg.Client({
    host: cluster.sockets,
    port: SOCKET_PORT,
    user: SUPERUSER,
    database: 'postgres',
    connectionTimeoutMillis: 2_000,
  });
  client.on('error', () => {});
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}

function postmasterPid(cluster: Cluster): number | undefined {
  try {
    const pid = Number(readFileSync(join(cluster.data, 'postmaster.pid'), 'utf8').split('\n')[0]);
    return Number.isInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Postgres takes its lock file for valid while any process has that id: also a zombie that nobody collects
 * (containers without an init process) and a stranger who got the id after a restart of the machine. Then
 * nothing works in the data directory, and the file may go.
 */
function clearStaleLock(cluster: Cluster, log: EmbeddedOptions['log']): void {
  const pid = postmasterPid(cluster);
  if (pid === undefined || isWorkedIn(cluster.data) !== false) return;
  // A Postgres that another server started meanwhile has entered the folder before it wrote its own file.
  if (postmasterPid(cluster) !== pid) return;
  log('warn', `removed the lock file of a Postgres that is gone (process ${pid})`);
  rmSync(join(cluster.data, 'postmaster.pid'), { force: true });
  rmSync(join(cluster.sockets, `.s.PGSQL.${SOCKET_PORT}.lock`), { force: true });
}

/** Fast shutdown (clients are disconnected, nothing is lost), then immediate shutdown. */
async function end(pid: number): Promise<void> {
  for (const [signal, patience] of [
    ['SIGINT', 10_000],
    ['SIGQUIT', 5_000],
  ] as const) {
    try {
      process.kill(pid, signal);
    } catch {
      return;
    }
    for (const until = Date.now() + patience; Date.now() < until; await sleep(20)) {
      if (!isAlive(pid)) return;
    }
  }
}

function tail(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(-15).join('\n') : '(no log)';
}
