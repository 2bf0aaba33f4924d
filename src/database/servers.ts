/**
 * Which servers live, and what happens to the work of those that died.
 *
 * A server inserts its row before it takes work and renews `heartbeat_at` every few seconds, by the database's
 * clock. It is dead when its process is gone from this machine, or when its heartbeat is old (another machine), and the
 * database has been there to hear it: after a time without Postgres all hearts look as if they had stopped.
 * Whoever notices removes the row; running runs and unanswered idempotency keys without a server are then
 * failed and released. A server that was only slow finds its row missing, inserts it again, and finishes its
 * runs all the same: finishing goes by id, and its answer is newer than the verdict.
 */
import { ERRORS } from '../errors.ts';
import type { Prisma } from '../generated/prisma/client.ts';
import { isAlive, machineIdentity } from '../processes.ts';
import type { Database } from './connect.ts';
import { newId } from './ids.ts';

const HEARTBEAT = 5_000;
const DEAD_AFTER_SECONDS = 30;
/** Two beats: so long everybody is given to be heard again. */
const GRACE_SECONDS = 10;
/** Any constant that nobody else uses. */
const LEAVING_LOCK = 72707370;

export interface Registration {
  readonly serverId: string;
  /** Done after every heartbeat, while the database listens. */
  onBeat(settle: () => Promise<void>): void;
  /** @returns whether no other server lives on this database. */
  leave(): Promise<boolean>;
}

export async function register(database: Database, onError: (error: unknown) => void): Promise<Registration> {
  const serverId = newId('srv');
  const machine = machineIdentity();
  let heard = performance.now();
  /** When the database began to hear us, without a break since. */
  let since = Number.NEGATIVE_INFINITY;
  const judges = () => performance.now() - since >= GRACE_SECONDS * 1000;
  const beat = async () => {
    if (performance.now() - heard > 2 * HEARTBEAT) since = performance.now();
    await database.prisma.$executeRaw`
      INSERT INTO servers (id, machine, pid, started_at, heartbeat_at)
      VALUES (${serverId}, ${machine}, ${process.pid}, now(), now())
      ON CONFLICT (id) DO UPDATE SET heartbeat_at = now()`;
    await database.prisma.$transaction((tx) => sweep(tx, serverId, machine, judges()));
    heard = performance.now();
  };
  await database.retry(beat);

  let settle = async () => {};
  let beating: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    beating = beating
      .then(beat)
      .then(() => settle())
      .catch(onError);
  }, HEARTBEAT);
  timer.unref();

  return {
    serverId,
    onBeat(given) {
      settle = given;
    },
    async leave() {
      clearInterval(timer);
      await beating;
      return database.prisma.$transaction(async (tx) => {
        // Two that leave at once: the second sees the first one's row gone.
        await tx.$executeRaw`SELECT pg_advisory_xact_lock(${LEAVING_LOCK})`;
        await sweep(tx, serverId, machine, judges());
        await tx.server.deleteMany({ where: { id: serverId } });
        return (await tx.server.count()) === 0;
      });
    },
  };
}

/** @param judges whether silence says something */
async function sweep(
  tx: Prisma.TransactionClient,
  self: string,
  machine: string,
  judges: boolean,
): Promise<void> {
  const servers = await tx.$queryRaw<{ id: string; machine: string; pid: number; silent: boolean }[]>`
    SELECT id, machine, pid, heartbeat_at < now() - make_interval(secs => ${DEAD_AFTER_SECONDS})
      AND pg_postmaster_start_time() < now() - make_interval(secs => ${GRACE_SECONDS}) AS silent
    FROM servers`;
  const dead = servers.filter(
    (server) =>
      server.id !== self &&
      ((judges && server.silent) ||
        // Our own process id in another row: a container that was restarted.
        (server.machine === machine && (server.pid === process.pid || !isAlive(server.pid)))),
  );
  if (dead.length > 0) await tx.server.deleteMany({ where: { id: { in: dead.map(({ id }) => id) } } });
  await tx.$executeRaw`
    UPDATE runs SET status = 'failed', finished_at = now(), error_code = 'server_lost', error_message = ${ERRORS.server_lost.message}
    WHERE status = 'running' AND server_id NOT IN (SELECT id FROM servers)`;
  await tx.$executeRaw`
    DELETE FROM idempotency_keys
    WHERE answered_at IS NULL AND made_id IS NULL AND server_id NOT IN (SELECT id FROM servers)`;
  await tx.$executeRaw`
    UPDATE idempotency_keys SET holder = ''
    WHERE answered_at IS NULL AND holder <> '' AND server_id NOT IN (SELECT id FROM servers)`;
}
