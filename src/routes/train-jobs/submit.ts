/** Jobs as they are submitted, and as they stand. */

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type from 'typebox';
import { CodedError } from '../../errors.ts';
import { type JobRequest, planJob } from '../../jobs/plan-job.ts';
import { changeErrorResponses, errorResponses } from '../../plugins/errors.ts';
import { DEFAULT_LIMIT, Page, page } from '../page.ts';
import type { JobAccess } from './job-access.ts';
import { config, JobBody, JobParams, JobRef, JobsQuery, tags } from './schema.ts';

const SUBMIT = `Everything is checked now, and a job that cannot run is refused: hyperparameters outside their ranges (400), an
unknown data set, a base model that does not fit (422). The job then waits for a worker; the server has one, and
\`npm run worker\` starts more.`;

export const submit: FastifyPluginAsyncTypebox<{ access: JobAccess }> = async (app, { access }) => {
  app.post(
    '/v1/train-jobs',
    {
      config,
      schema: {
        tags,
        operationId: 'createTrainJob',
        summary: 'Submit a training job',
        description: SUBMIT,
        headers: Type.Object({
          'idempotency-key': Type.Optional(
            Type.String({ description: 'The same key and body give the stored answer.' }),
          ),
        }),
        body: JobBody(access.kinds),
        response: {
          201: {
            description: 'Queued.',
            headers: { location: { type: 'string' } },
            content: { 'application/json': { schema: JobRef } },
          },
          ...changeErrorResponses(401, 429),
        },
      },
    },
    async (request, reply) => {
      const { jobs, kinds, dataDir, checkpointsDir, shared } = access.training();
      const body = request.body as JobRequest;
      const owner = request.owner();
      const mayUse = (job: string) =>
        jobs.find(job, owner).then(
          () => true,
          (error) => {
            if (error instanceof CodedError && error.code === 'job_not_found') return false;
            throw error;
          },
        );
      const planned = await planJob(body, kinds, { dataDir, checkpointsDir, shared }, owner.keyId, mayUse);
      const job = await jobs.create(planned, request.keyClaim());
      return reply
        .code(201)
        .header('location', `/v1/train-jobs/${job.id}`)
        .send(await access.show(job));
    },
  );

  app.get(
    '/v1/train-jobs',
    {
      config,
      schema: {
        tags,
        operationId: 'listTrainJobs',
        summary: 'List training jobs, newest first',
        querystring: JobsQuery,
        response: { 200: Page('TrainJobList', JobRef), ...errorResponses(401, 403, 429) },
      },
    },
    async (request) => {
      const { after, limit = DEFAULT_LIMIT, ...filter } = request.query;
      const rows = await access.training().jobs.list(request.owner(), after, limit + 1, filter);
      return page(await Promise.all(rows.map(access.show)), limit);
    },
  );

  app.get(
    '/v1/train-jobs/:id',
    {
      config,
      schema: {
        tags,
        operationId: 'getTrainJob',
        summary: 'One training job',
        params: JobParams,
        response: { 200: JobRef, ...errorResponses(401, 403, 404, 429) },
      },
    },
    async (request) => access.show(await access.find(request)),
  );
};
