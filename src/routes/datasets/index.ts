import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type from 'typebox';
import { listDatasets } from '../../jobs/datasets.ts';
import { errorResponses } from '../../plugins/errors.ts';

const Dataset = Type.Object(
  {
    id: Type.String(),
    object: Type.Literal('dataset'),
    type: Type.String({ description: '`scenes`: composed as they are needed.' }),
    description: Type.String(),
    parameters: Type.Unsafe<Record<string, unknown>>({ type: 'object', additionalProperties: true }),
    usable: Type.Boolean(),
    faults: Type.Array(Type.String(), { description: 'The first ten things that are wrong with it.' }),
  },
  { $id: 'Dataset' },
);

export const datasets: FastifyPluginAsyncTypebox = async (app) => {
  app.addSchema(Dataset);
  app.get(
    '/v1/datasets',
    {
      config: { scope: 'train' },
      schema: {
        tags: ['training'],
        summary: 'The data sets that jobs can be trained on',
        response: {
          200: Type.Object({
            object: Type.Literal('list'),
            data: Type.Array(Type.Unsafe<Type.Static<typeof Dataset>>({ $ref: 'Dataset#' })),
          }),
          ...errorResponses(401, 403, 429, 503),
        },
      },
    },
    async () => ({
      object: 'list' as const,
      data: listDatasets().map((dataset) => ({
        ...dataset,
        object: 'dataset' as const,
        usable: dataset.faults.length === 0,
      })),
    }),
  );
};
