/** `request.gone()`: a signal that is aborted when the client hangs up before its answer was sent. */
import fp from 'fastify-plugin';
import { CodedError } from '../errors.ts';

declare module 'fastify' {
  interface FastifyRequest {
    gone(): AbortSignal;
  }
}

export const clientSignal = fp(async (app) => {
  const signals = new WeakMap<object, AbortSignal>();
  app.addHook('onRequest', async (request, reply) => {
    const controller = new AbortController();
    signals.set(request, controller.signal);
    reply.raw.once('close', () => {
      if (!reply.raw.writableFinished) controller.abort(new CodedError('client_closed_request'));
    });
  });
  app.decorateRequest('gone', function () {
    return signals.get(this)!;
  });
});
