/** Addresses asked in a way that they do not take: 405 with `Allow`. OPTIONS is told the same list. */
import type { FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import FindMyWay, { type HTTPMethod } from 'find-my-way';
import { CodedError } from '../errors.ts';

export const methods = fp<{ maxParamLength: number }>(async (app, { maxParamLength }) => {
  // Fastify finds the route of a request, but tells nobody whether there is one for another method.
  const routes = FindMyWay({ ignoreTrailingSlash: true, maxParamLength });
  const known = new Set<HTTPMethod>();
  app.addHook('onRoute', ({ method, url }) => {
    for (const one of [method].flat() as HTTPMethod[]) {
      // What takes every address (preflights) says nothing of any.
      if (url === '*' || routes.findRoute(one, url) !== null) continue;
      routes.on(one, url, () => {});
      known.add(one);
    }
  });

  function allowed({ url }: FastifyRequest): string[] {
    const path = url.split(/[?#]/)[0]!;
    return [...known].filter((method) => path === '*' || routes.find(method, path) !== null).sort();
  }

  app.addHook('onRequest', async (request, reply) => {
    const asks = request.method === 'OPTIONS';
    if (!request.is404 && !asks) return;
    const able = allowed(request);
    if (able.length > 0) reply.header('allow', [...able, 'OPTIONS'].join(', '));
    if (asks && able.length > 0) return reply.code(204).send();
    if (able.length > 0) {
      const path = request.url.split('?')[0];
      throw new CodedError(
        'method_not_allowed',
        `${path} takes ${able.join(', ')}, and not ${request.method}.`,
      );
    }
    throw routeNotFound(request);
  });
});

export function routeNotFound({ method, url }: FastifyRequest): CodedError {
  const message = `There is nothing at ${method} ${url.split('?')[0]}. See /docs for what there is.`;
  return new CodedError('route_not_found', message);
}
