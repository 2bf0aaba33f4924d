/**
 * A line for every request, up to so many a minute; those beyond are counted in one, so that a busy server writes no
 * more than a quiet one. Probes, which come every few seconds for ever, are told at debug.
 */
import type { FastifyReply } from 'fastify';
import fp from 'fastify-plugin';
import { isProbe } from './probes.ts';

const MINUTE = 60_000;

/** @param limit lines a minute */
export const requestLog = fp<{ limit: number }>(async (app, { limit }) => {
  let told = 0;
  /** By status, those without a line. */
  let counted = new Map<number, number>();

  const next = () => {
    if (counted.size > 0) {
      const requests = [...counted.values()].reduce((sum, count) => sum + count, 0);
      app.log.info({ requests, by_status: Object.fromEntries(counted) }, 'answered, without a line each');
    }
    told = 0;
    counted = new Map();
  };
  const timer = setInterval(next, MINUTE);
  timer.unref();
  app.addHook('onClose', async () => {
    clearInterval(timer);
    next();
  });

  app.addHook('onResponse', async (request, reply) => {
    const line = () => lineOf(request.method, request.url, reply);
    if (isProbe(request)) request.log.debug(line(), 'answered');
    else if (told++ < limit) request.log.info(line(), 'answered');
    else counted.set(reply.statusCode, (counted.get(reply.statusCode) ?? 0) + 1);
  });
});

const lineOf = (method: string, url: string, reply: FastifyReply) => ({
  method,
  url,
  status: reply.statusCode,
  ms: Math.round(reply.elapsedTime),
});
