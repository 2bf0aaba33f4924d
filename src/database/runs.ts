/**
 * Runs: `running` → `succeeded` | `failed` | `cancelled`. The row is inserted when the request is accepted;
 * it is finished, pictures included, in one transaction before the client gets its answer, so an acknowledged
 * run is in the database.
 *
 * Pictures are rows and not files in DATA_DIR: they commit with their run, leave no orphans, and every server
 * on the same DATABASE_URL can show them. They are small (a 256×256 PNG is some 100 kB).
 *
 * While the disk is full no run is accepted. One whose end cannot be written, for the disk is full or the database away,
 * is finished as `failed` once it can be: `settle` takes what is `running` on record and is not in our hands.
 */
import { CodedError, ERRORS, type ErrorCode } from '../errors.ts';
import type { Prisma, Run } from '../generated/prisma/client.ts';
import { storable } from '../text.ts';
import type { Database } from './connect.ts';

export interface AcceptedRun {
  id: string;
  task: string;
  requestId: string;
  model: string;
  request: Prisma.InputJsonValue;
  stored: boolean;
  /** The API key that asked. */
  keyId: string | null;
}

/** Whose runs are asked for: an API key's own, or everybody's. */
export interface Owner {
  keyId: string | null;
  all: boolean;
}

export interface FinishedRun {
  model: string;
  revision: string;
  engine: string;
  result: Prisma.InputJsonValue;
  queueMs: number;
  computeMs: number;
  images: { contentType: string; bytes: Uint8Array<ArrayBuffer> }[];
}

/** What all of the listed have. */
type RunFilter = Partial<Pick<Run, 'task' | 'model' | 'status' | 'stored'>> & {
  /** Accepted then or later, and before. */
  createdAt?: { gte?: Date; lt?: Date };
};

export interface Runs {
  /** @throws CodedError storage_full, as the next two */
  accept(run: AcceptedRun): Promise<void>;
  succeed(id: string, run: FinishedRun): Promise<void>;
  fail(id: string, status: 'failed' | 'cancelled', code: ErrorCode, message: string): Promise<void>;
  /** `latest`: the newest one. */
  find(id: string, owner: Owner): Promise<Run | null>;
  /** Newest first, those older than `after`. */
  list(owner: Owner, after: string | undefined, limit: number, filter?: RunFilter): Promise<Run[]>;
  /**
   * With its pictures.
   * @throws CodedError run_not_found, and run_state while it is being answered
   */
  remove(id: string, owner: Owner): Promise<void>;
  image(runId: string, index: number): Promise<{ contentType: string; bytes: Uint8Array } | null>;
  /** Finishes those of this server that nobody works at any more: their end could not be written. */
  settle(): Promise<void>;
}

/** Ids in memory. */
const MOST_UNFINISHED = 10_000;

export const runNotFound = (id: string) =>
  new CodedError('run_not_found', `There is no run "${id}". GET /v1/runs lists them.`);

/** For a `where`: what an owner sees. */
export const ownedBy = ({ keyId, all }: Owner) => (all ? {} : { keyId });

export function createRuns(database: Database, serverId: string): Runs {
  const { prisma, requireSpace } = database;
  /** In our hands: from before its row is there until its end is written, or given up. */
  const active = new Set<string>();
  /** Why the end of a run could not be written. */
  const unfinished = new Map<string, ErrorCode>();

  /** For the end of a run: one that cannot be written now is not forgotten. */
  async function finish<T>(id: string, operation: () => Promise<T>): Promise<T> {
    try {
      const done = await database.retry(operation);
      unfinished.delete(id);
      return done;
    } catch (error) {
      if (error instanceof CodedError && unfinished.size < MOST_UNFINISHED) unfinished.set(id, error.code);
      throw error;
    } finally {
      active.delete(id);
    }
  }

  async function settle(): Promise<void> {
    const why = new Map(unfinished);
    const running = await prisma.run.findMany({
      where: { serverId, status: 'running' },
      select: { id: true },
    });
    const left = running.map(({ id }) => id).filter((id) => !active.has(id));
    for (const code of new Set(left.map((id) => why.get(id) ?? 'database_unavailable'))) {
      const ids = left.filter((id) => (why.get(id) ?? 'database_unavailable') === code);
      await prisma.run.updateMany({
        where: { id: { in: ids }, status: 'running' },
        data: {
          status: 'failed',
          finishedAt: new Date(),
          errorCode: code,
          errorMessage: ERRORS[code].message,
        },
      });
    }
    for (const id of why.keys()) unfinished.delete(id);
  }

  return {
    settle,
    async accept(run) {
      await requireSpace();
      if (unfinished.size > 0) await database.retry(settle);
      const { id, task, requestId, model, stored, keyId } = run;
      const request = JSON.stringify(run.request);
      active.add(id);
      // A second try after a commit whose answer was lost meets its own row.
      await database
        .retry(
          () => prisma.$executeRaw`
          INSERT INTO runs (id, task, status, created_at, request_id, model, request, stored, server_id, key_id)
          VALUES (${id}, ${task}, 'running', now(), ${requestId}, ${model}, ${request}::jsonb, ${stored}, ${serverId}, ${keyId})
          ON CONFLICT (id) DO NOTHING`,
        )
        .catch((error) => {
          active.delete(id);
          throw error;
        });
    },
    async succeed(id, { images, model, revision, engine, result, queueMs, computeMs }) {
      // One statement for row and pictures: a transaction of Prisma's own takes four more trips to Postgres, on the
      // path of every request.
      await finish(
        id,
        () => prisma.$executeRaw`
          WITH finished AS (
            UPDATE runs SET status = 'succeeded', finished_at = now(), error_code = NULL, error_message = NULL,
              model = ${model}, revision = ${revision}, engine = ${engine}, result = ${JSON.stringify(result)}::jsonb,
              queue_ms = ${queueMs}, compute_ms = ${computeMs}
            WHERE id = ${id} RETURNING id)
          INSERT INTO run_images (run_id, index, content_type, bytes)
          SELECT finished.id, image.index - 1, image.content_type, image.bytes
          FROM finished, unnest(${images.map(({ contentType }) => contentType)}::text[],
            ${images.map(({ bytes }) => bytes)}::bytea[]) WITH ORDINALITY AS image (content_type, bytes, index)
          ON CONFLICT (run_id, index) DO NOTHING`,
      );
    },
    async fail(id, status, errorCode, errorMessage) {
      const data = { status, errorCode, errorMessage: storable(errorMessage), finishedAt: new Date() };
      await finish(id, () => prisma.run.updateMany({ where: { id }, data }));
    },
    find: (id, owner) =>
      prisma.run.findFirst({
        where: { ...ownedBy(owner), ...(id === 'latest' ? {} : { id }) },
        orderBy: { id: 'desc' },
      }),
    list: (owner, after, limit, filter = {}) =>
      prisma.run.findMany({
        where: { ...filter, ...ownedBy(owner), ...(after === undefined ? {} : { id: { lt: after } }) },
        orderBy: { id: 'desc' },
        take: limit,
      }),
    async remove(id, owner) {
      const where = { id, ...ownedBy(owner) };
      const { count } = await database.retry(() =>
        prisma.run.deleteMany({ where: { ...where, status: { not: 'running' } } }),
      );
      if (count > 0) return;
      const found = await database.retry(() => prisma.run.count({ where }));
      throw found > 0 ? new CodedError('run_state') : runNotFound(id);
    },
    image: (runId, index) =>
      prisma.runImage.findUnique({
        where: { runId_index: { runId, index } },
        select: { contentType: true, bytes: true },
      }),
  };
}
