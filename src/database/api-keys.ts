/**
 * API keys: `xlz_<ULID>_<secret>`. The row is found by the ULID, and the secret's hash compared in constant time. A
 * secret has 256 random bits, so one SHA-256 is enough: there is nothing to guess that a slow hash would protect.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { ApiKey } from '../generated/prisma/client.ts';
import { auditRow } from './audit.ts';
import type { Database } from './connect.ts';
import { newId } from './ids.ts';

export const SCOPES = ['infer', 'train', 'metrics', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

/** What a key may do at most; null: what every key may. */
export type Quota = Pick<ApiKey, 'requestsPerMinute' | 'imagesPerDay' | 'waitingJobs'>;

export interface ApiKeys {
  /** The only time that the key itself is seen. */
  create(
    name: string,
    scopes: readonly Scope[],
    quota?: Partial<Quota>,
  ): Promise<{ id: string; key: string }>;
  /**
   * Takes a secret that somebody else drew as a key of the scope admin. One that was taken before it is revoked.
   * @param secret 32 random characters at least
   */
  adopt(secret: string): Promise<void>;
  /** The oldest first, revoked ones too. */
  list(): Promise<ApiKey[]>;
  /** @returns false when there is no such key, or it was revoked */
  change(id: string, change: Partial<Quota & { name: string; scopes: Scope[] }>): Promise<boolean>;
  /** @returns false when there is no such key, or it was revoked before */
  revoke(id: string): Promise<boolean>;
  /** Keys that are not revoked. */
  count(): Promise<number>;
  /** undefined for a key that is not ours, or not any more. */
  verify(key: string): Promise<{ id: string; scopes: readonly Scope[]; quota: Quota } | undefined>;
}

const FORM = /^xlz_([a-z0-9]{26})_([A-Za-z0-9_-]{43})$/;
/** Name of the key that ADMIN_KEY gives. */
const ADOPTED = 'ADMIN_KEY';
/** Id for a secret that has no ULID in it: half of another hash of it, which tells nothing about the secret. */
const adoptedId = (secret: string) =>
  `key_${createHash('sha256').update(`id of ${secret}`).digest('hex').slice(0, 26)}`;
const hashOf = (secret: string) => createHash('sha256').update(secret).digest();

export function createApiKeys({ prisma, retry }: Database): ApiKeys {
  const keys = prisma.apiKey;
  return {
    async create(name, scopes, quota = {}) {
      const id = newId('key');
      const secret = randomBytes(32).toString('base64url');
      const row = {
        id,
        name,
        scopes: [...scopes],
        hash: new Uint8Array(hashOf(secret)),
        createdAt: new Date(),
        ...quota,
      };
      const audited = auditRow({ method: 'CLI', action: 'createKey', objectId: id });
      await retry(() =>
        prisma.$transaction([
          keys.createMany({ data: [row], skipDuplicates: true }),
          prisma.auditEvent.createMany({ data: [audited], skipDuplicates: true }),
        ]),
      );
      return { id, key: `xlz_${id.slice('key_'.length)}_${secret}` };
    },
    async adopt(secret) {
      const id = adoptedId(secret);
      const row = { id, name: ADOPTED, scopes: ['admin'], hash: new Uint8Array(hashOf(secret)) };
      const audited = auditRow({ method: 'CLI', action: 'adoptKey', objectId: id });
      await retry(() =>
        prisma.$transaction(async (tx) => {
          await tx.apiKey.updateMany({
            where: { name: ADOPTED, id: { not: id }, revokedAt: null },
            data: { revokedAt: new Date() },
          });
          const data = [{ ...row, createdAt: new Date() }];
          const { count } = await tx.apiKey.createMany({ data, skipDuplicates: true });
          if (count > 0) await tx.auditEvent.create({ data: audited });
        }),
      );
    },
    list: () => retry(() => keys.findMany({ orderBy: { id: 'asc' } })),
    async change(id, change) {
      const audited = auditRow({ method: 'CLI', action: 'changeKey', objectId: id });
      return retry(() =>
        prisma.$transaction(async (tx) => {
          const { count } = await tx.apiKey.updateMany({ where: { id, revokedAt: null }, data: change });
          if (count > 0) await tx.auditEvent.create({ data: audited });
          return count > 0;
        }),
      );
    },
    async revoke(id) {
      const data = { revokedAt: new Date() };
      const audited = auditRow({ method: 'CLI', action: 'revokeKey', objectId: id });
      return retry(() =>
        prisma.$transaction(async (tx) => {
          const { count } = await tx.apiKey.updateMany({ where: { id, revokedAt: null }, data });
          if (count > 0) await tx.auditEvent.create({ data: audited });
          return count > 0;
        }),
      );
    },
    count: () => retry(() => keys.count({ where: { revokedAt: null } })),
    async verify(key) {
      const [, ulid, drawn] = FORM.exec(key) ?? [];
      const secret = drawn ?? key;
      const id = ulid === undefined ? adoptedId(key) : `key_${ulid}`;
      const row = await retry(() => keys.findUnique({ where: { id } }));
      if (row === null || !timingSafeEqual(hashOf(secret), row.hash) || row.revokedAt !== null)
        return undefined;
      return { id: row.id, scopes: row.scopes as Scope[], quota: row };
    },
  };
}
