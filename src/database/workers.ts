/**
 * Which workers live: processes that run models for servers elsewhere (`inference`), or train them (`training`).
 *
 * A worker writes its row when it can work and renews it every few seconds, by the database's clock; whoever renews
 * removes rows that are old. What was said in a row may have become wrong meanwhile: it tells whom to ask.
 */
import { hostname } from 'node:os';
import { isAlive, processPlace } from '../processes.ts';
import type { Database } from './connect.ts';

type WorkerRole = 'inference' | 'training';

/** Given to whoever listens when a worker comes or goes; the notice is its role. */
export const WORKERS_CHANNEL = 'xlxmert_workers';

const HEARTBEAT = 5_000;
const DEAD_AFTER_SECONDS = 30;

export interface NewWorker {
  id: string;
  role: WorkerRole;
  version: string;
  /** What it has, by name. */
  labels: readonly string[];
  /** Megabytes (2^20) of the device that computes. */
  memoryMb: number;
  /** Whoever asks it shows this. */
  token?: string;
}

export interface WorkerRow extends Omit<NewWorker, 'token'> {
  token: string | null;
  /** Name of its machine. */
  host: string;
  details: Record<string, unknown>;
  startedAt: Date;
  heartbeatAt: Date;
}

export interface Announcement {
  /** Writes what the details are now. */
  update(): Promise<void>;
  leave(): Promise<void>;
}

/** @param details what else there is to say, asked again with every heartbeat */
export async function announceWorker(
  database: Database,
  worker: NewWorker,
  details: () => Record<string, unknown>,
  onError: (error: unknown) => void,
): Promise<Announcement> {
  const { id, role, version, labels, memoryMb, token } = worker;
  const own: OwnProcess = { place: processPlace(), pid: process.pid };
  const beat = async () => {
    const { rows } = await database.pool.query<{ came: boolean }>(
      `INSERT INTO workers (id, role, host, version, labels, memory_mb, details, token, started_at, heartbeat_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, now(), now())
       ON CONFLICT (id) DO UPDATE SET details = excluded.details, heartbeat_at = excluded.heartbeat_at
       RETURNING xmax = 0 AS came`,
      [id, role, hostname(), version, labels, memoryMb, { ...details(), process: own }, token ?? null],
    );
    await database.pool.query(
      `DELETE FROM workers WHERE heartbeat_at < now() - interval '${DEAD_AFTER_SECONDS} seconds'`,
    );
    // Also when others had given it up: a machine that was cut off is back.
    if (rows[0]?.came) await tell(database, role);
  };
  await database.retry(beat);
  let beating: Promise<void> = Promise.resolve();
  const again = () => {
    beating = beating.then(beat).catch(onError);
    return beating;
  };
  const timer = setInterval(() => void again(), HEARTBEAT);
  timer.unref();
  return {
    update: again,
    async leave() {
      clearInterval(timer);
      await beating;
      await database.pool.query('DELETE FROM workers WHERE id = $1', [id]);
      await tell(database, role);
    },
  };
}

const tell = (database: Database, role: WorkerRole) =>
  database.pool.query('SELECT pg_notify($1, $2)', [WORKERS_CHANNEL, role]);

interface OwnProcess {
  place: string;
  pid: number;
}

/** Ids of training workers whose process on this machine is gone, each told of once. */
export async function takeDeadTrainingWorkers(database: Database): Promise<string[]> {
  const place = processPlace();
  const dead = (await trainingWorkers(database)).filter(({ details }) => {
    const { process } = details as { process?: OwnProcess };
    return process?.place === place && !isAlive(process.pid);
  });
  const { rows } = await database.retry(() =>
    database.pool.query<{ id: string }>('DELETE FROM workers WHERE id = ANY ($1) RETURNING id', [
      dead.map(({ id }) => id),
    ]),
  );
  return rows.map(({ id }) => id);
}

/** In the order in which they came. */
export const trainingWorkers = (database: Database): Promise<WorkerRow[]> => workerRows(database, 'training');

/** Those that run models, in the order in which they came. */
export const inferenceWorkers = (database: Database): Promise<WorkerRow[]> =>
  workerRows(database, 'inference');

async function workerRows({ pool, retry }: Database, role?: WorkerRole): Promise<WorkerRow[]> {
  const { rows } = await retry(() =>
    pool.query<WorkerRow>(
      `SELECT id, role, host, version, labels, memory_mb AS "memoryMb", details, token, started_at AS "startedAt",
         heartbeat_at AS "heartbeatAt"
       FROM workers
       WHERE heartbeat_at > now() - interval '${DEAD_AFTER_SECONDS} seconds' AND ($1::text IS NULL OR role = $1)
       ORDER BY id`,
      [role ?? null],
    ),
  );
  return rows;
}
