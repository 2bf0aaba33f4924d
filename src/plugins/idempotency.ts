/**
 * The Idempotency-Key header, for every POST: the same key and body give the stored answer, whatever the route.
 * Only successes are stored; after an error the same key may try again, with a corrected body too.
 */
import { createHash, randomUUID } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import type { KeyClaim, StoredAnswer } from '../database/idempotency-keys.ts';
import { CodedError } from '../errors.ts';
import type { Services } from '../services.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** For answers that are streams, which the plugin cannot keep: stores what a repetition is to be given. */
    keepAnswer(answer: StoredAnswer): Promise<void>;
    /** The key that it holds, if it came with one. */
    keyClaim(): KeyClaim | undefined;
  }
}

/** What belongs to the answer, rather than to the connection that carried it. */
const KEPT_HEADERS = /^(content-type|location|content-disposition|preference-applied|x-(?!request-id).*)$/;

export const idempotency = fp<{ services: Services }>(async (app, { services }) => {
  const keys = services.records.idempotencyKeys;
  /** The holder is not the request's id, which a client may choose and repeat. */
  const held = new WeakMap<FastifyRequest, KeyClaim>();

  app.addHook('preHandler', async (request, reply) => {
    const key = request.headers['idempotency-key'];
    if (request.method !== 'POST' || key === undefined) return;
    if (typeof key !== 'string' || !/^[\x21-\x7e]{1,255}$/.test(key)) {
      throw new CodedError('invalid_request', 'Idempotency-Key must be 1 to 255 visible ASCII characters.');
    }
    const holder = randomUUID();
    // Of this API key: another's answer is none of its business.
    const { keyId } = request.owner();
    const own = keyId === null ? key : `${keyId}/${key}`;
    const stored = await keys.claim(own, fingerprint(request), holder);
    if (stored === undefined) {
      held.set(request, { key: own, holder });
      return;
    }
    return reply
      .code(stored.status)
      .headers({ ...stored.headers, 'idempotent-replayed': 'true' })
      .send(Buffer.from(stored.body));
  });

  app.addHook('onSend', async (request, reply, payload) => {
    const claim = held.get(request);
    if (claim === undefined) return;
    if (reply.statusCode >= 400) {
      held.delete(request);
      // A failure to release must not hide the answer; the key frees itself when this server ends.
      await keys
        .release(claim.key, claim.holder)
        .catch((err) => request.log.warn({ err }, 'idempotency key not released'));
    } else if (
      payload === null ||
      payload === undefined ||
      typeof payload === 'string' ||
      Buffer.isBuffer(payload)
    ) {
      const headers: Record<string, string> = {};
      for (const [name, value] of Object.entries(reply.getHeaders())) {
        if (KEPT_HEADERS.test(name) && value !== undefined) headers[name] = String(value);
      }
      await request.keepAnswer({ status: reply.statusCode, headers, body: Buffer.from(payload ?? '') });
    }
  });

  // A stream that ended without an answer to keep.
  app.addHook('onResponse', async (request) => {
    const claim = held.get(request);
    if (claim !== undefined) await keys.release(claim.key, claim.holder);
  });

  app.decorateRequest('keyClaim', function (this: FastifyRequest) {
    return held.get(this);
  });

  app.decorateRequest('keepAnswer', async function (this: FastifyRequest, answer: StoredAnswer) {
    const claim = held.get(this);
    if (claim === undefined) return;
    await keys.answer(claim.key, claim.holder, answer);
    held.delete(this);
  });
});

function fingerprint({ method, url, headers, body }: FastifyRequest): string {
  return createHash('sha256')
    .update(JSON.stringify([method, url, headers.accept ?? '*/*', canonical(body)]))
    .digest('hex');
}

/** The order of fields does not make a different body. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, inner]) => [name, canonical(inner)]);
}
