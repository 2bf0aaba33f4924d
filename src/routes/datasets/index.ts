import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type from 'typebox';
import { errorResponses } from '../../plugins/errors.ts';
import { listDatasets } from '../../runs/datasets.ts';
import type { Services } from '../../services.ts';

const Size = Type.Object({
  examples: Type.Integer({
    description: 'Questions, statements, or (for `pretrain`) pictures with captions.',
  }),
  pictures: Type.Integer(),
});

const Dataset = Type.Object(
  {
    id: Type.String(),
    object: Type.Literal('dataset'),
    type: Type.Enum(['scenes', 'directory'], {
      description: '`scenes`: composed as they are needed. `directory`: files on the server.',
    }),
    description: Type.String(),
    parameters: Type.Unsafe<Record<string, unknown>>({ type: 'object', additionalProperties: true }),
    kinds: Type.Array(Type.String(), { description: 'Kinds of jobs that can be trained on it.' }),
    sizes: Type.Record(Type.String(), Type.Object({ train: Size, validation: Size }), {
      description: 'Of a directory, by kind.',
    }),
    usable: Type.Boolean({ description: 'It has no faults.' }),
    faults: Type.Array(
      Type.Object({
        code: Type.String(),
        message: Type.String(),
        file: Type.String({ description: 'In the directory; empty when it is about the directory.' }),
        entry: Type.Union([Type.Integer(), Type.Null()], {
          description: 'Place in the array of the file, from 0.',
        }),
      }),
      { description: 'The first ten things that are wrong with it.' },
    ),
    fault_count: Type.Integer({ description: 'Of all of them.' }),
  },
  { $id: 'Dataset' },
);

export const datasets: FastifyPluginAsyncTypebox<{ services: Services }> = async (app, { services }) => {
  app.addSchema(Dataset);
  app.get(
    '/v1/datasets',
    {
      config: { scope: 'train' },
      schema: {
        tags: ['training'],
        operationId: 'listDatasets',
        summary: 'The data sets that jobs can be trained on',
        description:
          'The composed scenes, and the directories in `DATA_DIR/datasets`, each read and checked: a large one takes a ' +
          'minute when it is asked for the first time.',
        response: {
          200: Type.Object({
            object: Type.Literal('list'),
            data: Type.Array(Type.Unsafe<Type.Static<typeof Dataset>>({ $ref: 'Dataset#' })),
          }),
          ...errorResponses(401, 403, 429),
        },
      },
    },
    async () => {
      const { training } = services;
      const shared = training?.shared;
      await shared?.attempt(shared.datasets.sync());
      const found = training ? await listDatasets(training.dataDir, training.kinds) : [];
      return {
        object: 'list' as const,
        data: found.map(({ faults, faultCount, ...dataset }) => ({
          ...dataset,
          object: 'dataset' as const,
          usable: faultCount === 0,
          faults: [...faults],
          fault_count: faultCount,
        })),
      };
    },
  );
};
