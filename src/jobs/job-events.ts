/**
 * Events of a job, numbered without holes: the number is drawn from the job's row, whose lock is held until the event
 * is committed, so whoever has seen number n misses nothing that comes before n + 1. Ids made of clocks would not do:
 * servers and workers have a clock each.
 */
import { newId } from '../database/ids.ts';
import type { JobEvent, Prisma, PrismaClient } from '../generated/prisma/client.ts';
import { storable } from '../text.ts';

type EventType = 'status' | 'progress' | 'checkpoint' | 'validation' | 'message';

export interface NewEvent {
  /**
   * An event whose id is there already is left out: given by whoever may have to repeat the transaction without
   * knowing whether it was committed, or may come by the same step again.
   */
  id?: string;
  type: EventType;
  level?: 'info' | 'warn' | 'error';
  message: string;
  data?: Record<string, unknown>;
}

/** Part of the caller's transaction. */
export async function appendEvents(
  tx: Prisma.TransactionClient,
  jobId: string,
  given: readonly NewEvent[],
): Promise<void> {
  const ids = given.flatMap(({ id }) => (id === undefined ? [] : [id]));
  const there = await tx.jobEvent.findMany({ where: { id: { in: ids } }, select: { id: true } });
  const known = new Set(there.map(({ id }) => id));
  const events = given.filter(({ id }) => id === undefined || !known.has(id));
  if (events.length === 0) return;
  const [row] = await tx.$queryRaw<{ last_event: number }[]>`
    UPDATE jobs SET last_event = last_event + ${events.length} WHERE id = ${jobId} RETURNING last_event`;
  if (row === undefined) return;
  const before = row.last_event - events.length;
  const createdAt = new Date();
  await tx.jobEvent.createMany({
    data: events.map(({ id, type, level = 'info', message, data = {} }, i) => ({
      id: id ?? newId('evt'),
      jobId,
      seq: before + i + 1,
      createdAt,
      type,
      level,
      message: storable(message),
      data: data as Prisma.InputJsonValue,
    })),
  });
}

/** In their order, from the one after `after` (an event's id) on. */
export async function listEvents(
  prisma: PrismaClient,
  jobId: string,
  after: string | undefined,
  limit: number,
): Promise<JobEvent[]> {
  const seen = after === undefined ? null : await prisma.jobEvent.findUnique({ where: { id: after } });
  const seq = seen?.jobId === jobId ? seen.seq : 0;
  return prisma.jobEvent.findMany({
    where: { jobId, seq: { gt: seq } },
    orderBy: { seq: 'asc' },
    take: limit,
  });
}
