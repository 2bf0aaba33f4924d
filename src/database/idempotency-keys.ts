/**
 * Idempotency keys: free → in flight (inserted by one request, its holder) → answered, or free again when the
 * holder's answer was an error, when its client hung up, or when its server died. Answers are kept for a day, or as
 * long as there is room for them (retention.ts).
 * Only the holder may store an answer or release the key. One that could do neither, for the database was away, holds it
 * no longer: `settle` frees what is in flight on record and in nobody's hands here.
 *
 * A request that makes something which others work at from then on (a job) writes its id beside the key, in the
 * transaction that makes it. Should its answer be lost, the key is not free again but without a holder: the next request
 * with it becomes the holder, and answers with what was made.
 */
import { CodedError } from '../errors.ts';
import type { Prisma } from '../generated/prisma/client.ts';
import type { Database } from './connect.ts';

export interface StoredAnswer {
  status: number;
  headers: Record<string, string>;
  body: Uint8Array;
}

/** A key in a request's hands. */
export interface KeyClaim {
  key: string;
  holder: string;
}

export interface IdempotencyKeys {
  /**
   * @returns the stored answer, or undefined when the key is now held by `holder`.
   * @throws CodedError idempotency_key_in_flight, idempotency_key_reused, storage_full
   */
  claim(key: string, fingerprint: string, holder: string): Promise<StoredAnswer | undefined>;
  answer(key: string, holder: string, answer: StoredAnswer): Promise<void>;
  release(key: string, holder: string): Promise<void>;
  /** Frees the keys of this server whose requests have ended. */
  settle(): Promise<void>;
}

/** Id of what was made under the key before, and nobody was told. */
export async function madeBefore({ prisma, retry }: Database, claim: KeyClaim): Promise<string | undefined> {
  const row = await retry(() => prisma.idempotencyKey.findFirst({ where: { ...claim } }));
  return row?.madeId ?? undefined;
}

/** Part of the transaction that makes it. */
export async function noteMade(tx: Prisma.TransactionClient, claim: KeyClaim, madeId: string): Promise<void> {
  await tx.idempotencyKey.updateMany({ where: { ...claim }, data: { madeId } });
}

/** Keys without an answer → free, or for the next one who comes. */
async function letGo(tx: Prisma.TransactionClient, where: Prisma.IdempotencyKeyWhereInput) {
  await tx.idempotencyKey.deleteMany({ where: { ...where, answeredAt: null, madeId: null } });
  await tx.idempotencyKey.updateMany({ where: { ...where, answeredAt: null }, data: { holder: '' } });
}

export function createIdempotencyKeys(database: Database, serverId: string): IdempotencyKeys {
  const { prisma, retry, requireSpace } = database;
  const keys = prisma.idempotencyKey;
  /** Whose requests go on, and what they ask. */
  const holders = new Map<string, string>();

  async function claim(key: string, fingerprint: string, holder: string): Promise<StoredAnswer | undefined> {
    for (;;) {
      const row = await retry(async () => {
        const claimed = await prisma.$executeRaw`
            INSERT INTO idempotency_keys (key, fingerprint, holder, server_id, created_at)
            VALUES (${key}, ${fingerprint}, ${holder}, ${serverId}, now())
            ON CONFLICT (key) DO UPDATE SET holder = excluded.holder, server_id = excluded.server_id
            WHERE idempotency_keys.holder = '' AND idempotency_keys.fingerprint = excluded.fingerprint
              AND idempotency_keys.answered_at IS NULL`;
        return claimed > 0 ? undefined : keys.findUnique({ where: { key } });
      });
      if (row === undefined) return undefined;
      // Released between the two statements: try to get it.
      if (row === null || (row.holder === '' && row.fingerprint === fingerprint)) continue;
      if (row.holder === holder) return undefined;
      if (row.fingerprint !== fingerprint) throw new CodedError('idempotency_key_reused');
      if (row.status === null || row.body === null) throw new CodedError('idempotency_key_in_flight');
      return { status: row.status, headers: row.headers as Record<string, string>, body: row.body };
    }
  }

  /** Whatever comes of it: the request is over. */
  const lastly = async (holder: string, operation: () => Promise<unknown>) => {
    try {
      await retry(operation);
    } finally {
      holders.delete(holder);
    }
  };

  return {
    async claim(key, fingerprint, holder) {
      await requireSpace();
      holders.set(holder, fingerprint);
      let held = false;
      try {
        const stored = await claim(key, fingerprint, holder);
        held = stored === undefined;
        return stored;
      } finally {
        if (!held) holders.delete(holder);
      }
    },
    async answer(key, holder, { status, headers, body }) {
      const fingerprint = holders.get(holder) ?? '';
      // One that was taken for dead meanwhile has lost its row. Its answer is what counts, unless another has the key.
      await lastly(
        holder,
        () => prisma.$executeRaw`
          INSERT INTO idempotency_keys AS kept
            (key, fingerprint, holder, server_id, created_at, answered_at, status, headers, body)
          VALUES (${key}, ${fingerprint}, ${holder}, ${serverId}, now(), now(), ${status}::int,
            ${JSON.stringify(headers)}::jsonb, ${new Uint8Array(body)})
          ON CONFLICT (key) DO UPDATE SET answered_at = excluded.answered_at, status = excluded.status,
            headers = excluded.headers, body = excluded.body
          WHERE kept.holder = excluded.holder`,
      );
    },
    release: (key, holder) => lastly(holder, () => letGo(prisma, { key, holder })),
    async settle() {
      const where = { serverId, answeredAt: null, holder: { not: '' } };
      const held = await keys.findMany({ where, select: { key: true, holder: true } });
      for (const { key, holder } of held) if (!holders.has(holder)) await letGo(prisma, { key, holder });
    },
  };
}
