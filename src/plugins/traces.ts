/** A span for every request but those of probes, a part of its client's trace where `traceparent` names one. */
import fp from 'fastify-plugin';
import { beginRequestSpan, type Carrier, type OpenSpan, tracing, within } from '../tracing.ts';
import { isProbe } from './probes.ts';

export const traces = fp(async (app) => {
  if (!tracing()) return;
  const spans = new WeakMap<object, OpenSpan>();
  app.addHook('onRequest', (request, _reply, done) => {
    if (isProbe(request)) return done();
    const { method } = request;
    const path = request.url.split('?', 1)[0]!;
    // A path that no route has is whatever a client made up.
    const route = request.is404 ? undefined : request.routeOptions.url;
    const span = beginRequestSpan(
      route === undefined ? method : `${method} ${route}`,
      {
        ...{ 'http.request.method': method, 'url.path': path, 'xlxmert.request_id': request.id },
        ...(route !== undefined && { 'http.route': route }),
      },
      headersOf(request.headers),
    );
    spans.set(request, span);
    within(span, done);
  });
  // What reads a body goes on outside.
  app.addHook('preValidation', (request, _reply, done) => {
    const span = spans.get(request);
    if (span) within(span, done);
    else done();
  });
  app.addHook('onResponse', async (request, reply) => {
    const span = spans.get(request);
    span?.set({ 'http.response.status_code': reply.statusCode });
    span?.end(reply.statusCode >= 500 ? `status ${reply.statusCode}` : undefined);
  });
});

const headersOf = (headers: Readonly<Record<string, unknown>>): Carrier =>
  Object.fromEntries(
    ['traceparent', 'tracestate'].flatMap((name) =>
      typeof headers[name] === 'string' ? [[name, headers[name]]] : [],
    ),
  );
