import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type from 'typebox';
import { errorResponses } from '../../plugins/errors.ts';

export const metricsRoute: FastifyPluginAsyncTypebox = async (app) => {
  const { registry } = app.metrics;
  app.get(
    '/metrics',
    {
      schema: {
        tags: ['operations'],
        operationId: 'getMetrics',
        summary: 'Prometheus metrics',
        description:
          'Requests, queue depth, batch sizes, queue and compute times, event-loop lag, memory of each process.',
        response: {
          200: { description: 'Text.', content: { 'text/plain': { schema: Type.String() } } },
          ...errorResponses(401, 403, 429),
        },
      },
    },
    async (_request, reply) => reply.type(registry.contentType).send(await registry.metrics()),
  );
};
