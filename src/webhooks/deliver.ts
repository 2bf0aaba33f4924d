/**
 * Sends what is due to webhooks, signed as Standard Webhooks has it, until it is taken or given up.
 *
 * A message is claimed with a lease, by one server of those that share the database; when that one dies, the lease ends
 * and the message is due again. So everything arrives at least once, and `webhook-id` tells a receiver what it has had.
 */
import { Webhook } from 'standardwebhooks';
import type { Database } from '../database/connect.ts';
import { post } from './address.ts';

/** Seconds between attempts: about a day and a half in all. */
const PAUSES = [5, 30, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600];
/** Seconds; longer than an attempt takes. */
const LEASE = 60;
const EVERY_MS = 1_000;
const MOST_AT_A_TIME = 16;

export interface DeliveryOptions {
  /** That the operator allows, whatever their addresses and ports are. */
  hosts: readonly string[];
  onError(error: unknown): void;
  /** Seconds after an attempt that failed; tests do not wait so long. */
  pauses?: readonly number[];
  everyMs?: number;
}

interface Due {
  id: string;
  body: string;
  attempts: number;
  webhook_id: string;
  url: string;
  secret: string;
}

/** @returns what stops it; attempts that are on their way are waited for */
export function deliverWebhooks(database: Database, options: DeliveryOptions): () => Promise<void> {
  const { hosts, onError, pauses = PAUSES, everyMs = EVERY_MS } = options;
  const { prisma } = database;
  const sending = new Set<Promise<void>>();
  let round: Promise<void> = Promise.resolve();
  let stopped = false;

  const claim = (most: number) => prisma.$queryRaw<Due[]>`
    UPDATE webhook_deliveries AS due SET attempts = attempts + 1, next_at = now() + make_interval(secs => ${LEASE})
    FROM webhooks
    WHERE webhooks.id = due.webhook_id AND due.id IN (
      SELECT id FROM webhook_deliveries WHERE next_at <= now() ORDER BY next_at LIMIT ${most} FOR UPDATE SKIP LOCKED)
    RETURNING due.id, due.body, due.attempts, due.webhook_id, webhooks.url, webhooks.secret`;

  async function send({ id, body, attempts, webhook_id: webhookId, url, secret }: Due): Promise<void> {
    const at = new Date();
    const headers = {
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': new Webhook(secret).sign(id, at, body),
    };
    const outcome = await post(url, body, headers, hosts).catch((error: Error) => error);
    if (typeof outcome === 'number' && outcome >= 200 && outcome < 300) {
      const data = { deliveredAt: new Date(), nextAt: null, error: null };
      await database.retry(() => prisma.webhookDelivery.updateMany({ where: { id }, data }));
      return;
    }
    const error = typeof outcome === 'number' ? `answered with status ${outcome}` : wordsOf(outcome);
    if (outcome === 410) {
      const where = { id: webhookId };
      await database.retry(() => prisma.webhook.updateMany({ where, data: { disabledAt: new Date() } }));
      const data = { nextAt: null, error };
      const due = { webhookId, nextAt: { not: null } };
      await database.retry(() => prisma.webhookDelivery.updateMany({ where: due, data }));
      return;
    }
    const pause = pauses[attempts - 1];
    const nextAt = pause === undefined ? null : new Date(Date.now() + pause * 1000);
    await database.retry(() => prisma.webhookDelivery.updateMany({ where: { id }, data: { nextAt, error } }));
  }

  async function look(): Promise<void> {
    const free = MOST_AT_A_TIME - sending.size;
    if (free === 0 || stopped) return;
    for (const due of await claim(free)) {
      const sent = send(due)
        .catch(onError)
        .finally(() => sending.delete(sent));
      sending.add(sent);
    }
  }

  const timer = setInterval(() => {
    round = round.then(look).catch(onError);
  }, everyMs);
  timer.unref();
  return async () => {
    stopped = true;
    clearInterval(timer);
    await round;
    await Promise.all(sending);
  };
}

/** Errors of connections to several addresses have no message of their own. */
const wordsOf = (error: Error & { code?: string }): string =>
  (error.message || error.code || error.name).slice(0, 500);
