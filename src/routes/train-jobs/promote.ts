/** From a finished job to a hosted model. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { changeErrorResponses } from '../../plugins/errors.ts';
import { Model } from '../models/schema.ts';
import { showModel } from '../models/show.ts';
import { ref } from '../ref.ts';
import type { JobAccess } from './job-access.ts';
import { promoteJob, resultName } from './promotion.ts';
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
      const job = await access.find(request);
      const model = request.body.model_id ?? resultName(job);
      const { services, training } = access;
      return showModel(services.host, await promoteJob(services, training(), job, model));
    },
  );
};
