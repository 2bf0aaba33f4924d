/** The pool, the Prisma client on it, and what to do while Postgres is away. */
import { setTimeout as sleep } from 'node:timers/promises';
import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { CodedError } from '../errors.ts';
import { PrismaClient } from '../generated/prisma/client.ts';
import { isConnectionLoss } from './connection-loss.ts';
import { migrate } from './migrate.ts';

export interface Database {
  readonly prisma: PrismaClient;
  readonly pool: pg.Pool;
  /**
   * Runs an operation again while the connection fails, up to `patience` milliseconds. The operation must be
   * idempotent: when the connection breaks during a commit, nobody knows whether it happened.
   * @throws CodedError database_unavailable
   */
  retry<T>(operation: () => Promise<T>, patience?: number): Promise<T>;
  /** One question to Postgres, within a second. */
  reachable(): Promise<boolean>;
  close(): Promise<void>;
}

/** A restarted Postgres answers within a second or two; a client's own timeout is rarely under 30 s. */
const PATIENCE = 15_000;

/** Migrates, then connects. */
export async function connect(connection: pg.PoolConfig, onError: (error: Error) => void): Promise<Database> {
  const pool = new pg.Pool({
    max: 10,
    connectionTimeoutMillis: 3_000,
    // A Postgres that hangs counts as one that is away.
    query_timeout: 10_000,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    application_name: 'xlxmert-zoo',
    ...connection,
  });
  // Without a listener the end of an idle connection would end this process.
  pool.on('error', onError);

  const migrator = new pg.Client({ ...connection, connectionTimeoutMillis: 10_000 });
  migrator.on('error', onError);
  try {
    await migrator.connect();
    await migrate(migrator);
  } catch (error) {
    await pool.end();
    throw error;
  } finally {
    await migrator.end().catch(onError);
  }

  const prisma = new PrismaClient({ adapter: new PrismaPg(pool, { onPoolError: onError }) });
  return {
    prisma,
    pool,
    async retry(operation, patience = PATIENCE) {
      const end = Date.now() + patience;
      for (let delay = 50; ; delay = Math.min(delay * 2, 500)) {
        try {
          return await operation();
        } catch (error) {
          if (!isConnectionLoss(error)) throw error;
          if (Date.now() + delay > end) {
            throw new CodedError('database_unavailable', undefined, { cause: error });
          }
          await sleep(delay);
        }
      }
    },
    async reachable() {
      const timeout = sleep(1_000, false, { ref: false });
      const answer = pool.query('SELECT 1').then(
        () => true,
        () => false,
      );
      return Promise.race([answer, timeout]);
    },
    async close() {
      await prisma.$disconnect();
      if (!pool.ended) await pool.end();
    },
  };
}
