/** What becomes of a job: cancelled, paused, resumed, deleted. */

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type from 'typebox';
import { removeFiles } from '../../jobs/job-files.ts';
import { changeErrorResponses } from '../../plugins/errors.ts';
import type { JobAccess } from './job-access.ts';
import { ChangedJobParams, config, JobRef, tags } from './schema.ts';

export const control: FastifyPluginAsyncTypebox<{ access: JobAccess }> = async (app, { access }) => {
  for (const [action, summary, description] of [
    [
      'cancel',
      'End a job for good',
      'A running step hears of it within three seconds. Cancelling twice changes nothing.',
    ],
    ['pause', 'Stop a job with a checkpoint', 'A running step hears of it within three seconds.'],
    [
      'resume',
      'Go on with a paused job',
      'From its checkpoint: the loss curve is that of a job never paused.',
    ],
  ] as const) {
    app.post(
      `/v1/train-jobs/:id/${action}`,
      {
        config,
        schema: {
          tags,
          operationId: `${action}TrainJob`,
          summary,
          description,
          params: ChangedJobParams,
          response: { 200: JobRef, ...changeErrorResponses(401, 404, 429) },
        },
      },
      async (request) => {
        const { id } = await access.find(request);
        return access.show(await access.training().jobs[action](id, request.owner()));
      },
    );
  }

  app.delete(
    '/v1/train-jobs/:id',
    {
      config,
      schema: {
        tags,
        operationId: 'deleteTrainJob',
        summary: 'Delete a job with its files',
        description: 'Of a job that does not run. A model that it was promoted to stays.',
        params: ChangedJobParams,
        response: {
          204: Type.Null({ description: 'Gone.' }),
          ...changeErrorResponses(401, 404, 429),
        },
      },
    },
    async (request, reply) => {
      const { jobs, dataDir, shared } = access.training();
      const { id } = await access.find(request);
      await jobs.remove(id, request.owner());
      await removeFiles(dataDir, id, shared?.runs);
      return reply.code(204).send(null);
    },
  );
};
