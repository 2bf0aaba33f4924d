/** A server's links to all inference workers that are in the database and speak its language. */
import type { Database } from '../database/connect.ts';
import { listen } from '../database/notices.ts';
import { inferenceWorkers, WORKERS_CHANNEL, type WorkerRow } from '../database/workers.ts';
import { PROTOCOL } from './inference-wire.ts';
import { WorkerLink } from './worker-link.ts';

/** Rows of machines that were cut off come back without a notice that could be heard. */
const LOOK = 5_000;

export interface WorkerDirectory {
  links(): readonly WorkerLink[];
  /** Workers that live and speak another language. */
  strangers(): number;
  close(): Promise<void>;
}

export interface DirectoryOptions {
  database: Database;
  connection: Parameters<typeof listen>[0];
  /** A worker came, went, or stands differently. */
  onChange(): void;
  log: (level: 'info' | 'warn', message: string) => void;
}

export async function followWorkers(options: DirectoryOptions): Promise<WorkerDirectory> {
  const { database, connection, onChange, log } = options;
  const links = new Map<string, WorkerLink>();
  let strangers = new Set<string>();
  const warn = (error: unknown) =>
    log('warn', `inference workers: ${error instanceof Error ? error.message : error}`);

  async function look(): Promise<void> {
    const rows = await inferenceWorkers(database);
    const foreign = rows.filter(({ details }) => details.protocol !== PROTOCOL);
    for (const { id, host, version, details } of foreign) {
      if (strangers.has(id)) continue;
      log(
        'warn',
        `inference worker ${id} on ${host} is of version ${version}, which speaks protocol ${details.protocol} and not ` +
          `${PROTOCOL} as this server: it is not used. Bring both to one version.`,
      );
    }
    strangers = new Set(foreign.map(({ id }) => id));
    const known = rows.filter((row) => !foreign.includes(row));
    for (const row of known) {
      if (!links.has(row.id)) links.set(row.id, linkTo(row));
    }
    for (const [id, link] of links) {
      // One that answers lives, whatever the database knows.
      if (known.some((row) => row.id === id) || link.status() !== undefined) continue;
      links.delete(id);
      link.close();
      log('info', `inference worker ${id} is gone`);
    }
    onChange();
  }

  function linkTo({ id, host, token, details }: WorkerRow): WorkerLink {
    const address = String(details.address);
    log('info', `inference worker ${id} on ${host} is at ${address}`);
    return new WorkerLink({ id, address, token: token ?? '' }, onChange);
  }

  let looking: Promise<void> = Promise.resolve();
  const lookAgain = () => {
    looking = looking.then(look).catch(warn);
    return looking;
  };
  const stop = await listen(connection, WORKERS_CHANNEL, lookAgain, warn);
  const timer = setInterval(() => void lookAgain(), LOOK);
  timer.unref();
  await lookAgain();
  return {
    links: () => [...links.values()],
    strangers: () => strangers.size,
    async close() {
      clearInterval(timer);
      await stop();
      await looking;
      for (const link of links.values()) link.close();
    },
  };
}
