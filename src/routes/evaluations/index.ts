import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type, { type Static } from 'typebox';
import { CodedError } from '../../errors.ts';
import type { Evaluation as EvaluationRow } from '../../generated/prisma/client.ts';
import { listEvaluations } from '../../jobs/evaluations.ts';
import { type EvaluationTask, planEvaluation } from '../../jobs/plan-evaluation.ts';
import { bringDataset } from '../../jobs/shared-files.ts';
import { changeErrorResponses, errorResponses } from '../../plugins/errors.ts';
import type { Services } from '../../services.ts';
import { findModel } from '../models/find.ts';
import { DEFAULT_LIMIT, Page, page } from '../page.ts';
import { ref } from '../ref.ts';
import { jobAccess } from '../train-jobs/job-access.ts';
import { TrainJob } from '../train-jobs/schema.ts';
import { assertAble } from './assert-able.ts';
import { Evaluation, EvaluationBody, EvaluationsQuery } from './schema.ts';

const tags = ['training'];

export const evaluations: FastifyPluginAsyncTypebox<{ services: Services }> = async (app, { services }) => {
  const { host, records } = services;
  const access = jobAccess(services);
  app.addSchema(Evaluation);

  app.post(
    '/v1/evaluations',
    {
      config: { scope: 'train' },
      schema: {
        tags,
        operationId: 'createEvaluation',
        summary: 'Evaluate a model',
        description:
          'A job of the kind `evaluate`, in the queue of the training jobs: watch, cancel and read it at ' +
          '/v1/train-jobs/{id}. When it is done, its numbers are at GET /v1/evaluations and in the model.',
        headers: Type.Object({
          'idempotency-key': Type.Optional(
            Type.String({ description: 'The same key and body give the stored answer.' }),
          ),
        }),
        body: EvaluationBody,
        response: {
          201: {
            description: 'Queued.',
            headers: { location: { type: 'string' } },
            content: { 'application/json': { schema: ref(TrainJob) } },
          },
          ...changeErrorResponses(401, 404, 429),
        },
      },
    },
    async (request, reply) => {
      const { jobs, dataDir, kinds, shared } = access.training();
      const { model: id, ...asked } = request.body;
      const model = await findModel(host, id, '/model');
      if (asked.judge !== undefined) await findModel(host, asked.judge, '/judge');
      if (model.revision === undefined || model.manifest === undefined)
        throw new CodedError('model_not_ready', model.reason, { param: '/model' });
      const { revision, manifest } = model;
      const about = { id, revision, data: manifest.data.name };
      await bringDataset(shared, asked.dataset ?? manifest.data.name);
      const planned = await planEvaluation(asked, about, request.owner().keyId, dataDir, kinds);
      assertAble(host, asked, model);
      const job = await jobs.create(planned, request.keyClaim());
      return reply
        .code(201)
        .header('location', `/v1/train-jobs/${job.id}`)
        .send(await access.show(job));
    },
  );

  app.get(
    '/v1/evaluations',
    {
      config: { scope: 'train' },
      schema: {
        tags,
        operationId: 'listEvaluations',
        summary: 'What evaluations measured, newest first',
        querystring: EvaluationsQuery,
        response: { 200: Page('EvaluationList', ref(Evaluation)), ...errorResponses(401, 403, 429) },
      },
    },
    async (request) => {
      const { after, limit = DEFAULT_LIMIT, ...filter } = request.query;
      const rows = await listEvaluations(records.database, request.owner(), filter, after, limit + 1);
      return page(rows.map(show), limit);
    },
  );
};

function show(row: EvaluationRow): Static<typeof Evaluation> {
  return {
    id: row.id,
    object: 'evaluation',
    created_at: row.createdAt.toISOString(),
    task: row.task as EvaluationTask,
    model: row.model,
    revision: row.revision,
    dataset: row.dataset,
    metrics: row.metrics as Record<string, number>,
    report: row.report as Record<string, unknown>,
    job: row.jobId,
  };
}
