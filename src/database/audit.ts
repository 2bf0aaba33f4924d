/** Who changed what. Secrets are no part of it: ids alone. */
import type { AuditEvent, Prisma } from '../generated/prisma/client.ts';
import type { Database } from './connect.ts';
import { newId } from './ids.ts';

export type NewAuditEvent = Pick<AuditEvent, 'method' | 'action'> &
  Partial<Pick<AuditEvent, 'keyId' | 'requestId' | 'objectId' | 'madeId' | 'status' | 'errorCode'>>;

/** What all of the listed have. */
export type AuditFilter = Partial<Pick<AuditEvent, 'keyId' | 'action' | 'objectId'>> & {
  /** Then or later, and before. */
  createdAt?: { gte?: Date; lt?: Date };
};

/** For `create` of Prisma, so that it may be part of a transaction. */
export const auditRow = (event: NewAuditEvent): Prisma.AuditEventCreateManyInput => ({
  id: newId('aud'),
  createdAt: new Date(),
  ...event,
});

/** Newest first, those older than `after`. */
export const listAudit = (
  { prisma, retry }: Database,
  filter: AuditFilter,
  after: string | undefined,
  limit: number,
): Promise<AuditEvent[]> =>
  retry(() =>
    prisma.auditEvent.findMany({
      where: { ...filter, ...(after !== undefined && { id: { lt: after } }) },
      orderBy: { id: 'desc' },
      take: limit,
    }),
  );
