import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type from 'typebox';
import type { Owner } from '../../database/runs.ts';
import { CodedError } from '../../errors.ts';
import { createSentFiles } from '../../jobs/sent-files.ts';
import { bringDataset } from '../../jobs/shared-files.ts';
import { changeErrorResponses, errorResponses } from '../../plugins/errors.ts';
import { EXPECTED } from '../../plugins/validation.ts';
import { isComposed, listDatasets, removeDataset } from '../../runs/datasets.ts';
import type { Services, Training } from '../../services.ts';

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

const DatasetParams = Type.Object({
  id: Type.String({
    maxLength: 200,
    description: 'The name of a data set.',
    [EXPECTED]: 'the name of a data set',
  }),
});

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

  app.delete(
    '/v1/datasets/:id',
    {
      config: { scope: 'admin' },
      schema: {
        tags: ['training'],
        operationId: 'deleteDataset',
        summary: 'Delete a data set with its files',
        description:
          'A directory of `DATA_DIR/datasets` that no waiting, running or paused job is trained on. Of one that was sent ' +
          '(`POST /v1/files`) the file goes too; of a link, what it leads to stays.',
        params: DatasetParams,
        response: { 204: Type.Null({ description: 'Gone.' }), ...changeErrorResponses(401, 404, 429) },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const { training } = services;
      if (isComposed(id)) throw new CodedError('dataset_shipped');
      await training?.jobs.requireUnusedDataset(id);
      if (training === undefined || !(await remove(training, id, request.owner())))
        throw new CodedError(
          'dataset_not_found',
          `There is no data set "${id}". GET /v1/datasets lists them.`,
        );
      return reply.code(204).send(null);
    },
  );
};

/** @returns false when it is not there */
async function remove({ dataDir, shared }: Training, id: string, owner: Owner): Promise<boolean> {
  const sent = createSentFiles(dataDir, shared);
  const file = (await sent.list(owner)).find((one) => one.id === id);
  if (file !== undefined) {
    await sent.remove(file);
    return true;
  }
  await bringDataset(shared, id);
  let removed = false;
  const removing = async () => {
    removed = await removeDataset(dataDir, id);
  };
  await (shared === undefined ? removing() : shared.datasets.deleting(removing));
  return removed;
}
