/** The pool, the Prisma client on it, and what to do while Postgres is away. */
import { setTimeout as sleep } from 'node:timers/promises';
import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { CodedError } from '../errors.ts';
import { PrismaClient } from '../generated/prisma/client.ts';
import { isConnectionLoss } from './connection-loss.ts';
import { checkServer } from './database-url.ts';
import { migrate } from './migrate.ts';
import { isStorageFull, type Storage, watchStorage } from './storage.ts';

export interface Database {
  readonly prisma: PrismaClient;
  readonly pool: pg.Pool;
  /**
   * Runs an operation again while the connection fails, up to `patience` milliseconds. The operation must be
   * idempotent: when the connection breaks during a commit, nobody knows whether it happened. A full disk is waited
   * for by those alone who bring their own patience.
   * @throws CodedError database_unavailable, storage_full
   */
  retry<T>(operation: () => Promise<T>, patience?: number): Promise<T>;
  /** Whether the disk that it is on is full. */
  storageFull(): Promise<boolean>;
  /** For who is about to write something new. @throws CodedError storage_full */
  requireSpace(): Promise<void>;
  /** One question to Postgres, within a second. */
  reachable(): Promise<boolean>;
  close(): Promise<void>;
}

/** A restarted Postgres answers within a second or two; a client's own timeout is rarely under 30 s. */
const PATIENCE = 15_000;

/**
 * A machine that is cut off or loses its power leaves its connections behind, for hours by default, and with them the
 * locks of a transaction that it was in: whoever takes its work up waits for those.
 */
const FORGET_THE_GONE = `
  SET idle_in_transaction_session_timeout = '15s';
  SET tcp_keepalives_idle = 10;
  SET tcp_keepalives_interval = 5;
  SET tcp_keepalives_count = 3`;

/** Migrates, then connects. @throws UsageError when the database is one that cannot be used */
export async function connect(
  connection: pg.PoolConfig,
  onError: (error: Error) => void,
  storage: Storage = watchStorage(undefined),
): Promise<Database> {
  const pool = new pg.Pool({
    max: 10,
    connectionTimeoutMillis: 3_000,
    // A Postgres that hangs counts as one that is away.
    query_timeout: 10_000,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    application_name: 'xlxmert-zoo',
    // By a statement: PgBouncer takes no such parameters while it connects.
    onConnect: (client) => client.query(FORGET_THE_GONE),
    ...connection,
  });
  // Without a listener the end of an idle connection would end this process.
  pool.on('error', onError);

  const migrator = new pg.Client({ ...connection, connectionTimeoutMillis: 10_000 });
  migrator.on('error', onError);
  try {
    await migrator.connect();
    await migrator.query(FORGET_THE_GONE);
    await checkServer(migrator);
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
    storageFull: () => storage.full(),
    async requireSpace() {
      if (await storage.full()) throw new CodedError('storage_full');
    },
    async retry(operation, patience) {
      const end = Date.now() + (patience ?? PATIENCE);
      for (let delay = 50; ; delay = Math.min(delay * 2, 500)) {
        try {
          return await operation();
        } catch (error) {
          const refused = isStorageFull(error);
          if (refused) storage.refused();
          if (!refused && !isConnectionLoss(error, true)) throw error;
          const over = Date.now() + delay > end;
          if ((patience === undefined || over) && (await storage.full())) {
            throw new CodedError('storage_full', undefined, { cause: error });
          }
          if (over) throw new CodedError('database_unavailable', undefined, { cause: error });
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
