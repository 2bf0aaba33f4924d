/**
 * Runs: `running` → `succeeded` | `failed` | `cancelled`. The row is inserted when the request is accepted;
 * it is finished, pictures included, in one transaction before the client gets its answer, so an acknowledged
 * run is in the database.
 *
 * Pictures are rows and not files in DATA_DIR: they commit with their run, leave no orphans, and every server
 * on the same DATABASE_URL can show them. They are small (a 256×256 PNG is some 100 kB).
 *
 * While the disk is full no run is accepted. Those that were running when it filled up are finished as `failed` with
 * `storage_full` once there is space again.
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

export interface Runs {
  /** @throws CodedError storage_full, as the next two */
  accept(run: AcceptedRun): Promise<void>;
  succeed(id: string, run: FinishedRun): Promise<void>;
  fail(id: string, status: 'failed' | 'cancelled', code: ErrorCode, message: string): Promise<void>;
  /** `latest`: the newest one. */
  find(id: string, owner: Owner): Promise<Run | null>;
  /** Newest first, those older than `after`. */
  list(owner: Owner, after: string | undefined, limit: number): Promise<Run[]>;
  image(runId: string, index: number): Promise<{ contentType: string; bytes: Uint8Array } | null>;
}

/** Ids in memory. */
const MOST_UNFINISHED = 10_000;

const ownedBy = ({ keyId, all }: Owner) => (all ? {} : { keyId });

export function createRuns(database: Database, serverId: string): Runs {
  const { prisma, requireSpace } = database;
  const unfinished = new Set<string>();

  /** For the end of a run: one that cannot be written now is not forgotten. */
  async function finish<T>(id: string, operation: () => Promise<T>): Promise<T> {
    return database.retry(operation).catch((error) => {
      if (error instanceof CodedError && error.code === 'storage_full' && unfinished.size < MOST_UNFINISHED)
        unfinished.add(id);
      throw error;
    });
  }

  async function finishOthers(): Promise<void> {
    const ids = [...unfinished];
    if (ids.length === 0) return;
    await database.retry(() =>
      prisma.run.updateMany({
        where: { id: { in: ids }, status: 'running' },
        data: {
          status: 'failed',
          finishedAt: new Date(),
          errorCode: 'storage_full',
          errorMessage: ERRORS.storage_full.message,
        },
      }),
    );
    for (const id of ids) unfinished.delete(id);
  }

  return {
    async accept(run) {
      await requireSpace();
      await finishOthers();
      const data = { ...run, status: 'running' as const, createdAt: new Date(), serverId };
      // A second try after a commit whose answer was lost meets its own row.
      await database.retry(() => prisma.run.createMany({ data: [data], skipDuplicates: true }));
    },
    async succeed(id, { images, ...fields }) {
      const finishedAt = new Date();
      await finish(id, () =>
        prisma.$transaction([
          prisma.runImage.createMany({
            data: images.map((image, index) => ({ runId: id, index, ...image })),
            skipDuplicates: true,
          }),
          prisma.run.update({
            where: { id },
            data: { ...fields, status: 'succeeded', finishedAt, errorCode: null, errorMessage: null },
          }),
        ]),
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
    list: (owner, after, limit) =>
      prisma.run.findMany({
        where: { ...ownedBy(owner), ...(after === undefined ? {} : { id: { lt: after } }) },
        orderBy: { id: 'desc' },
        take: limit,
      }),
    image: (runId, index) =>
      prisma.runImage.findUnique({
        where: { runId_index: { runId, index } },
        select: { contentType: true, bytes: true },
      }),
  };
}
