/**
 * Idempotency keys: free → in flight (inserted by one request, its holder) → answered, or free again when the
 * holder's answer was an error, when its client hung up, or when its server died. Answers are kept for a day, or as
 * long as there is room for them (retention.ts).
 * Only the holder may store an answer or release the key.
 */
import { CodedError } from '../errors.ts';
import type { Database } from './connect.ts';

export interface StoredAnswer {
  status: number;
  headers: Record<string, string>;
  body: Uint8Array;
}

export interface IdempotencyKeys {
  /**
   * @returns the stored answer, or undefined when the key is now held by `holder`.
   * @throws CodedError idempotency_key_in_flight, idempotency_key_reused, storage_full
   */
  claim(key: string, fingerprint: string, holder: string): Promise<StoredAnswer | undefined>;
  answer(key: string, holder: string, answer: StoredAnswer): Promise<void>;
  release(key: string, holder: string): Promise<void>;
}

export function createIdempotencyKeys(database: Database, serverId: string): IdempotencyKeys {
  const { prisma, retry, requireSpace } = database;
  const keys = prisma.idempotencyKey;
  return {
    async claim(key, fingerprint, holder) {
      await requireSpace();
      for (;;) {
        const row = await retry(async () => {
          const claimed = await prisma.$executeRaw`
            INSERT INTO idempotency_keys (key, fingerprint, holder, server_id, created_at)
            VALUES (${key}, ${fingerprint}, ${holder}, ${serverId}, now()) ON CONFLICT (key) DO NOTHING`;
          return claimed > 0 ? undefined : keys.findUnique({ where: { key } });
        });
        if (row === undefined) return undefined;
        // Released between the two statements: try to get it.
        if (row === null) continue;
        if (row.holder === holder) return undefined;
        if (row.fingerprint !== fingerprint) throw new CodedError('idempotency_key_reused');
        if (row.status === null || row.body === null) throw new CodedError('idempotency_key_in_flight');
        return { status: row.status, headers: row.headers as Record<string, string>, body: row.body };
      }
    },
    async answer(key, holder, { status, headers, body }) {
      const data = { answeredAt: new Date(), status, headers, body: new Uint8Array(body) };
      await retry(() => keys.updateMany({ where: { key, holder }, data }));
    },
    async release(key, holder) {
      await retry(() => keys.deleteMany({ where: { key, holder, answeredAt: null } }));
    },
  };
}
