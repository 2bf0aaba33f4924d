/** Who is told of ends, and what they are told. A trigger writes the messages (prisma/migrations/…_webhooks). */
import { randomBytes } from 'node:crypto';
import { newId } from '../database/ids.ts';
import type { Records } from '../database/open.ts';
import { type Owner, ownedBy } from '../database/runs.ts';
import { CodedError } from '../errors.ts';
import type { Webhook, WebhookDelivery } from '../generated/prisma/client.ts';

export const WEBHOOK_EVENTS = [
  'run.succeeded',
  'run.failed',
  'run.cancelled',
  'job.succeeded',
  'job.failed',
  'job.cancelled',
] as const;
export type WebhookEvent = (typeof WEBHOOK_EVENTS)[number];

/** Most webhooks of one API key. Every end is a message to each. */
const MOST_WEBHOOKS = 20;

export interface Webhooks {
  /** @throws CodedError impossible_request when there are too many */
  create(webhook: { url: string; events: readonly WebhookEvent[]; keyId: string | null }): Promise<Webhook>;
  list(owner: Owner, after: string | undefined, limit: number): Promise<Webhook[]>;
  /** @throws CodedError webhook_not_found, as the next one */
  find(id: string, owner: Owner): Promise<Webhook>;
  remove(id: string, owner: Owner): Promise<void>;
  /** Newest first. */
  deliveries(id: string, after: string | undefined, limit: number): Promise<WebhookDelivery[]>;
}

export function createWebhooks({ database }: Pick<Records, 'database'>): Webhooks {
  const prisma = () => database.prisma;
  const retry = <T>(operation: () => Promise<T>) => database.retry(operation);
  const find: Webhooks['find'] = async (id, owner) => {
    const webhook = await retry(() => prisma().webhook.findFirst({ where: { id, ...ownedBy(owner) } }));
    if (webhook !== null) return webhook;
    const message = `There is no webhook "${id}". GET /v1/webhooks lists them.`;
    throw new CodedError('webhook_not_found', message);
  };
  return {
    async create({ url, events, keyId }) {
      await database.requireSpace();
      const count = await retry(() => prisma().webhook.count({ where: { keyId } }));
      if (count >= MOST_WEBHOOKS) {
        const message = `There are ${count} webhooks, which is the most. Delete one first.`;
        throw new CodedError('impossible_request', message);
      }
      // As many bytes as HMAC-SHA256 makes use of.
      const secret = `whsec_${randomBytes(32).toString('base64')}`;
      const data = { id: newId('whk'), createdAt: new Date(), keyId, url, secret, events: [...events] };
      return retry(() => prisma().webhook.create({ data }));
    },
    list: (owner, after, limit) =>
      retry(() =>
        prisma().webhook.findMany({
          where: { ...ownedBy(owner), ...(after === undefined ? {} : { id: { lt: after } }) },
          orderBy: { id: 'desc' },
          take: limit,
        }),
      ),
    find,
    async remove(id, owner) {
      await find(id, owner);
      await retry(() => prisma().webhook.deleteMany({ where: { id } }));
    },
    deliveries: (webhookId, after, limit) =>
      retry(() =>
        prisma().webhookDelivery.findMany({
          where: { webhookId },
          orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
          ...(after !== undefined && { cursor: { id: after }, skip: 1 }),
          take: limit,
        }),
      ),
  };
}
