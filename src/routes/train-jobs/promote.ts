/** From a finished job to a hosted model. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { CodedError } from '../../errors.ts';
import { changeErrorResponses } from '../../plugins/errors.ts';
import { hostRun } from '../../runs/promote.ts';
import { Model } from '../models/schema.ts';
import { showModel } from '../models/show.ts';
import { ref } from '../ref.ts';
import type { JobAccess } from './job-access.ts';
import { ChangedJobParams, config, PromoteBody, tags } from './schema.ts';

export const promote: FastifyPluginAsyncTypebox<{ access: JobAccess }> = async (app, { access }) => {
  app.post(
    '/v1/train-jobs/:id/promote',
    {
      config: { ...config, bodyOptional: true },
      schema: {
        tags,
        operationId: 'promoteTrainJob',
        summary: 'Host the result as a model',
        description:
          'Answers when the model is ready. Requests to other models go on meanwhile; the model stays when the server ' +
          'starts again, and when the job is deleted. Promoting to the same id again changes nothing.',
        params: ChangedJobParams,
        body: PromoteBody,
        response: { 200: ref(Model), ...changeErrorResponses(401, 404, 429) },
      },
    },
    async (request) => {
      const { jobs, dataDir, checkpointsDir } = access.training();
      const job = await access.find(request);
      if (job.status !== 'succeeded') {
        throw new CodedError('job_state', `The job ${job.id} has no result to promote: it is ${job.status}.`);
      }
      const suffix = job.suffix ?? job.id.slice('job_'.length);
      const model = request.body.model_id ?? `${job.kind}-${suffix}`;
      const { host } = access.services;
      const { already } = await hostRun(job.id, model, { dataDir, checkpointsDir }, host);
      if (!already || job.resultModel !== model) await jobs.promoted(job.id, model);
      return showModel(host, host.models().find(({ id }) => id === model)!);
    },
  );
};
