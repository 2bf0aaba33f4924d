/**
 * Every request that changes what a server is or has is on record, written before its answer leaves: by whom, what was
 * asked, and what came of it. Work for a model is not among them: that is in the runs. Nor is what was refused before
 * anybody looked at it (a malformed request, a key that is none): nothing can come of that.
 *
 * A route is audited unless it is known not to be, so that a forgotten one is.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { auditRow } from '../database/audit.ts';
import type { Services } from '../services.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Left out: it is when it changes something, and what the scope `infer` gives is work for a model. */
    audited?: boolean;
  }
}

/** Milliseconds that an answer may wait for its record. */
const PATIENCE = 2_000;
/** May not, or not now, or it failed. */
const TOLD = [403, 409, 422];

export const audit = fp<{ services: Services }>(async (app, { services }) => {
  app.addHook('onSend', async (request, reply, payload) => {
    if (!isAudited(request, reply)) return payload;
    const { operationId = request.routeOptions.url } = (request.routeOptions.schema ?? {}) as {
      operationId?: string;
    };
    const { id, name } = (request.params ?? {}) as { id?: string; name?: string };
    const objectId = id ?? name ?? null;
    const answered = answerOf(payload);
    const row = auditRow({
      method: request.method,
      action: operationId ?? '',
      keyId: request.owner().keyId,
      requestId: request.id,
      objectId: objectId ?? answered.id ?? null,
      madeId: objectId !== null && answered.id !== objectId ? (answered.id ?? null) : null,
      status: reply.statusCode,
      errorCode: answered.error?.code ?? null,
    });
    const { database } = services.records;
    // What was done is done: that it is not on record is no reason to say that it failed.
    await database
      .retry(() => database.prisma.auditEvent.createMany({ data: [row], skipDuplicates: true }), PATIENCE)
      .catch((err) => request.log.warn({ err, action: row.action }, 'a change is not on record'));
    return payload;
  });
});

function isAudited(
  { method, routeOptions: { url = '', config } }: FastifyRequest,
  reply: FastifyReply,
): boolean {
  if (['GET', 'HEAD', 'OPTIONS'].includes(method) || !url.startsWith('/v1/')) return false;
  const { audited = method === 'DELETE' || config.scope !== 'infer' } = config;
  const { statusCode } = reply;
  if (!audited || reply.getHeader('idempotent-replayed') !== undefined) return false;
  return statusCode < 400 || TOLD.includes(statusCode) || statusCode >= 500;
}

interface Answer {
  id?: string;
  error?: { code: string };
}

function answerOf(payload: unknown): Answer {
  if (typeof payload !== 'string') return {};
  try {
    const { id, error } = JSON.parse(payload) as Answer;
    return { ...(typeof id === 'string' && { id }), ...(typeof error?.code === 'string' && { error }) };
  } catch {
    return {};
  }
}
