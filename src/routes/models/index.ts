import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type from 'typebox';
import { CodedError } from '../../errors.ts';
import type { ModelStatus } from '../../inference/host.ts';
import { latestEvaluations } from '../../jobs/evaluations.ts';
import { changeErrorResponses, errorResponses } from '../../plugins/errors.ts';
import type { Services } from '../../services.ts';
import { Page, page } from '../page.ts';
import { findModel } from './find.ts';
import { ChangedModelParams, MOST_MODELS, type Model, ModelParams, ModelsQuery } from './schema.ts';
import { showModel } from './show.ts';

const ModelRef = Type.Unsafe<Type.Static<typeof Model>>({ $ref: 'Model#' });
const tags = ['models'];

export const models: FastifyPluginAsyncTypebox<{ services: Services }> = async (
  app,
  { services: { host, records, training } },
) => {
  const show = (status: ModelStatus) => showModel(host, status);

  app.get(
    '/v1/models',
    {
      config: { scope: 'any' },
      schema: {
        tags,
        operationId: 'listModels',
        summary: 'List the hosted models',
        querystring: ModelsQuery,
        response: { 200: Page('ModelList', ModelRef), ...errorResponses(401, 403, 429) },
      },
    },
    async ({ query: { after, limit = MOST_MODELS, task, state } }) => {
      await host.rescan();
      const rest = host
        .models()
        .filter(({ id }) => after === undefined || id > after)
        .filter(({ tasks }) => task === undefined || tasks.includes(task))
        .filter((model) => state === undefined || model.state === state);
      return page(rest.map(show), limit);
    },
  );

  app.get(
    '/v1/models/:id',
    {
      config: { scope: 'any' },
      schema: {
        tags,
        operationId: 'getModel',
        summary: 'One model',
        params: ModelParams,
        response: { 200: ModelRef, ...errorResponses(401, 403, 404, 429) },
      },
    },
    async (request) => {
      const { id } = request.params;
      const status = await findModel(host, id);
      // What is hosted does not depend on the database.
      const latest = await latestEvaluations(records.database, request.owner(), id).catch(() => {});
      if (!latest) return show(status);
      const evaluations = latest.map(({ createdAt, task, dataset, revision, metrics, ...row }) => ({
        ...{ id: row.id, created_at: createdAt.toISOString(), task, dataset, revision },
        metrics: metrics as Record<string, number>,
      }));
      return { ...show(status), evaluations };
    },
  );

  app.delete(
    '/v1/models/:id',
    {
      config: { scope: 'admin' },
      schema: {
        tags,
        operationId: 'deleteModel',
        summary: 'Delete a model with its files',
        description:
          'Of a model that was promoted or imported, which others do not build on. What it is working on is finished first.',
        params: ChangedModelParams,
        response: { 204: Type.Null({ description: 'Gone.' }), ...changeErrorResponses(401, 404, 429) },
      },
    },
    async ({ params: { id } }, reply) => {
      const jobs = training?.jobs;
      await host.remove(id, async (paths) => {
        const job = await jobs?.buildingOn(paths);
        if (job === undefined) return;
        throw new CodedError(
          'model_in_use',
          `The job ${job} is built on the model "${id}". Cancel it first.`,
        );
      });
      await jobs?.withdrawn(id);
      return reply.code(204).send(null);
    },
  );

  for (const action of ['load', 'unload'] as const) {
    app.post(
      `/v1/models/:id/${action}`,
      {
        config: { scope: 'admin' },
        schema: {
          tags,
          operationId: `${action}Model`,
          summary: action === 'load' ? 'Load a model, or load its files again' : 'Give its memory back',
          description:
            action === 'load'
              ? 'Answers when the model is ready.'
              : 'Answers when it is done; what the model is working on is finished first.',
          params: ChangedModelParams,
          response: { 200: ModelRef, ...changeErrorResponses(401, 404, 429) },
        },
      },
      async ({ params: { id } }) => show(await host[action](id)),
    );
  }
};
