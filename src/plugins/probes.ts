import type { FastifyRequest } from 'fastify';

/** Requests of an orchestrator or a monitor, every few seconds for ever: no sign that anybody uses the server. */
export const isProbe = ({ routeOptions }: FastifyRequest): boolean =>
  /^\/(health\/|metrics$|inference\/status$)/.test(routeOptions.url ?? '');
