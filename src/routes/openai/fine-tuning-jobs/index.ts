import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import Type from 'typebox';
import { CodedError } from '../../../errors.ts';
import type { Job, JobEvent } from '../../../generated/prisma/client.ts';
import { listEvents } from '../../../jobs/job-events.ts';
import { listCheckpoints, openJobFolder } from '../../../jobs/job-files.ts';
import { readMetrics } from '../../../jobs/job-metrics.ts';
import { type JobRequest, planJob } from '../../../jobs/plan-job.ts';
import { bringDataset } from '../../../jobs/shared-files.ts';
import { changeErrorResponses, errorResponses } from '../../../plugins/errors.ts';
import { listDatasets } from '../../../runs/datasets.ts';
import type { Services, Training } from '../../../services.ts';
import { DEFAULT_LIMIT, FilteredQuery, Page, page } from '../../page.ts';
import { idempotencyHeader } from '../../pictures.ts';
import { promoteJob, resultName } from '../../train-jobs/promotion.ts';
import { ChangedJobParams, JobParams } from '../../train-jobs/schema.ts';
import { modelName, seconds } from '../model-name.ts';
import {
  type FineTuningBody,
  FineTuningBody as FineTuningBodySchema,
  FineTuningCheckpoint,
  FineTuningEvent,
  FineTuningJob,
  TUNED_KINDS,
} from './schema.ts';

/** Evaluations are jobs too, and what is made before there is a model to tune. */
const tuned = { kind: { in: [...TUNED_KINDS] } };
const config = { scope: 'train' } as const;
const tags = ['openai'];
const JobRef = Type.Unsafe<FineTuningJob>({ $ref: 'FineTuningJob#' });
/** OpenAI's SDKs may filter by things that these jobs do not have. */
const query = FilteredQuery({});
Object.assign(query, { additionalProperties: true });

const CREATE = `As OpenAI has it: a file that was sent (or any other data set) becomes a model that answers questions, judges
statements or captions. It is the training job of the same id under another name; when it has succeeded, its result is hosted as
\`fine_tuned_model\`. \`pause\` and \`resume\` work as with OpenAI.`;

export const fineTuningJobs: FastifyPluginAsyncTypebox<{ services: Services }> = async (
  app,
  { services },
) => {
  app.addSchema(FineTuningJob);
  const training = (): Training => {
    if (services.training !== undefined) return services.training;
    throw new CodedError('not_ready', 'This server takes no training jobs.');
  };
  const { database } = services.records;
  const find = (request: FastifyRequest<{ Params: { id: string } }>) =>
    training().jobs.find(request.params.id, request.owner(), tuned);

  /** The result of a job is hosted when somebody asks for it: workers host nothing. */
  async function hosted(job: Job): Promise<Job> {
    if (job.status !== 'succeeded' || job.resultModel !== null) return job;
    const resultModel = resultName(job);
    await promoteJob(services, training(), job, resultModel);
    return { ...job, resultModel };
  }

  app.post(
    '/v1/fine_tuning/jobs',
    {
      config,
      schema: {
        tags,
        operationId: 'createFineTuningJob',
        summary: 'Tune a model on a file, as OpenAI has it',
        description: CREATE,
        headers: idempotencyHeader,
        body: FineTuningBodySchema,
        response: { 200: JobRef, ...changeErrorResponses(401, 404, 429) },
      },
    },
    async (request) => {
      const { jobs, kinds, dataDir, checkpointsDir, shared } = training();
      const owner = request.owner();
      const mayUse = (id: string) =>
        jobs.find(id, owner).then(
          () => true,
          () => false,
        );
      const planned = await planJob(
        await plan(services, training(), request.body),
        kinds,
        { dataDir, checkpointsDir, shared },
        owner.keyId,
        mayUse,
      ).catch(underTheirNames);
      return show(await jobs.create(planned, request.keyClaim()));
    },
  );

  app.get(
    '/v1/fine_tuning/jobs',
    {
      config,
      schema: {
        tags,
        operationId: 'listFineTuningJobs',
        summary: 'Jobs, newest first',
        querystring: query,
        response: { 200: Page('FineTuningJobList', JobRef), ...errorResponses(401, 403, 429) },
      },
    },
    async (request) => {
      const { after, limit = DEFAULT_LIMIT } = request.query;
      const rows = await training().jobs.list(request.owner(), after, limit + 1, tuned);
      return page(rows.map(show), limit);
    },
  );

  app.get(
    '/v1/fine_tuning/jobs/:id',
    {
      config,
      schema: {
        tags,
        operationId: 'getFineTuningJob',
        summary: 'One job',
        params: JobParams,
        response: { 200: JobRef, ...errorResponses(401, 403, 404, 409, 429) },
      },
    },
    async (request) => show(await hosted(await find(request))),
  );

  for (const [action, summary] of [
    ['cancel', 'End a job for good'],
    ['pause', 'Stop a job with a checkpoint'],
    ['resume', 'Go on with a paused job'],
  ] as const) {
    app.post(
      `/v1/fine_tuning/jobs/:id/${action}`,
      {
        config,
        schema: {
          tags,
          operationId: `${action}FineTuningJob`,
          summary,
          params: ChangedJobParams,
          response: { 200: JobRef, ...changeErrorResponses(401, 404, 429) },
        },
      },
      async (request) => {
        const { id } = await find(request);
        return show(await training().jobs[action](id, request.owner()));
      },
    );
  }

  app.get(
    '/v1/fine_tuning/jobs/:id/events',
    {
      config,
      schema: {
        tags,
        operationId: 'listFineTuningEvents',
        summary: 'What happened to a job, the oldest first',
        params: JobParams,
        querystring: query,
        response: {
          200: Page('FineTuningEventList', FineTuningEvent),
          ...errorResponses(401, 403, 404, 429),
        },
      },
    },
    async (request) => {
      const { id } = await find(request);
      const { after, limit = DEFAULT_LIMIT } = request.query;
      const events = await database.retry(() => listEvents(database.prisma, id, after, limit + 1));
      return page(events.map(showEvent), limit);
    },
  );

  app.get(
    '/v1/fine_tuning/jobs/:id/checkpoints',
    {
      config,
      schema: {
        tags,
        operationId: 'listFineTuningCheckpoints',
        summary: 'Checkpoints of a job, the newest first',
        params: JobParams,
        querystring: query,
        response: {
          200: Page('FineTuningCheckpointList', FineTuningCheckpoint),
          ...errorResponses(401, 403, 404, 429),
        },
      },
    },
    async (request) => {
      const { id, steps } = await find(request);
      const { after, limit = DEFAULT_LIMIT } = request.query;
      const series = await database.retry(() =>
        readMetrics(database.prisma, id, { split: 'validation', most: 100_000 }),
      );
      const metricsAt = (at: number) => {
        const values = series.flatMap(({ name, points }) =>
          points.filter(({ step }) => step === at).map(({ value }) => [name, finite(value)]),
        );
        return { step: at, ...Object.fromEntries(values) } as Record<string, number | null>;
      };
      const known = [...new Set(series.flatMap(({ points }) => points.map(({ step }) => step)))];
      const { dataDir, shared } = training();
      const folder = await openJobFolder(dataDir, id, shared?.runs);
      const all = (await listCheckpoints(folder, id, steps, known)).reverse();
      const from = after === undefined ? 0 : all.findIndex((one) => one.id === after) + 1;
      const shown = all.slice(from).map((checkpoint) => ({
        id: checkpoint.id,
        object: 'fine_tuning.job.checkpoint' as const,
        created_at: checkpoint.createdAt === null ? 0 : seconds(checkpoint.createdAt),
        fine_tuning_job_id: id,
        fine_tuned_model_checkpoint: `/v1/train-jobs/${id}/checkpoints/${checkpoint.id}`,
        step_number: checkpoint.step,
        metrics: metricsAt(checkpoint.step),
      }));
      return page(shown, limit);
    },
  );
};

const THEIR_NAMES: Record<string, string> = {
  '/dataset': '/training_file',
  '/base_model': '/model',
  '/hyperparameters/epochs': '/hyperparameters/n_epochs',
  '/hyperparameters/learning_rate': '/hyperparameters/learning_rate_multiplier',
};

/** What is wrong stands in the body by OpenAI's names. */
function underTheirNames(error: unknown): never {
  const param = error instanceof CodedError ? THEIR_NAMES[error.param ?? ''] : undefined;
  if (!(error instanceof CodedError) || param === undefined) throw error;
  throw error.at(param);
}

const finite = (value: number) => (Number.isFinite(value) ? value : null);

/** @throws CodedError dataset_unusable, impossible_request, component_unusable */
async function plan(services: Services, training: Training, body: FineTuningBody): Promise<JobRequest> {
  if (typeof body.validation_file === 'string') {
    const message =
      'A data set brings its own validation split: send one zip with train.json and valid.json, or JSON lines, of which ' +
      'a tenth is validated on, and leave validation_file out.';
    throw new CodedError('impossible_request', message, { param: '/validation_file' });
  }
  const { type = 'supervised' } = body.method ?? {};
  if (type !== 'supervised') {
    const message = `Models are tuned with answers that are given: the method "${type}" is not known here. Leave it out.`;
    throw new CodedError('impossible_request', message, { param: '/method/type' });
  }
  const { training_file: dataset, suffix, seed, metadata } = body;
  await bringDataset(training.shared, dataset);
  const found = (await listDatasets(training.dataDir, training.kinds)).find(({ id }) => id === dataset);
  const kind = body.kind ?? TUNED_KINDS.find((one) => found?.kinds.includes(one));
  if (found === undefined || kind === undefined) {
    const what = found === undefined ? 'There is no file' : 'Nothing can be tuned on';
    throw new CodedError(
      'dataset_unusable',
      `${what} "${dataset}". GET /v1/files and /v1/datasets list them.`,
      {
        param: '/training_file',
      },
    );
  }
  const base = modelName(body.model) ?? services.host.defaultModel('caption');
  return {
    kind,
    dataset,
    ...(base !== undefined && { base_model: base }),
    hyperparameters: hyperparametersOf(training, kind, body),
    ...(typeof seed === 'number' && { seed }),
    ...(typeof suffix === 'string' && { suffix }),
    metadata: metadata ?? {},
  };
}

function hyperparametersOf({ kinds }: Training, kind: string, body: FineTuningBody): Record<string, unknown> {
  const given = { ...body.hyperparameters, ...body.method?.supervised?.hyperparameters };
  const { n_epochs: epochs, batch_size, learning_rate_multiplier: multiplier } = given;
  const properties = kinds.find(({ name }) => name === kind)?.hyperparameters.properties as
    | Record<string, { default?: unknown }>
    | undefined;
  const rate = Number(properties?.learning_rate?.default);
  return {
    ...(typeof epochs === 'number' && { epochs }),
    ...(typeof batch_size === 'number' && { batch_size }),
    ...(typeof multiplier === 'number' && { learning_rate: rate * multiplier }),
  };
}

function show(job: Job): FineTuningJob {
  const { status, step, steps, stepMs } = job;
  const given = job.hyperparameters as Record<string, unknown>;
  const hyperparameters = {
    n_epochs: 'auto' as const,
    batch_size: typeof given.batch_size === 'number' ? given.batch_size : ('auto' as const),
    learning_rate_multiplier: 'auto' as const,
  };
  const components = job.components as Record<string, { id: string }>;
  return {
    id: job.id,
    object: 'fine_tuning.job',
    created_at: seconds(job.createdAt),
    finished_at: job.finishedAt === null ? null : seconds(job.finishedAt),
    estimated_finish:
      status === 'running' && stepMs !== null
        ? seconds(new Date(Date.now() + (steps - step) * stepMs))
        : null,
    model: components.base_model?.id ?? job.kind,
    fine_tuned_model: job.resultModel,
    organization_id: 'xlxmert-zoo',
    status,
    training_file: job.dataset,
    validation_file: null,
    result_files: [],
    trained_tokens: null,
    error:
      job.errorCode === null ? null : { code: job.errorCode, message: job.errorMessage ?? '', param: null },
    hyperparameters,
    method: { type: 'supervised', supervised: { hyperparameters } },
    seed: Number(job.seed),
    metadata: job.metadata as Record<string, string>,
  };
}

const showEvent = ({ id, createdAt, type, level, message, data }: JobEvent) => {
  const values = data as Record<string, unknown>;
  const measured = type === 'validation' || (type === 'progress' && 'loss' in values);
  return {
    id,
    object: 'fine_tuning.job.event' as const,
    created_at: seconds(createdAt),
    level,
    message,
    type: measured ? ('metrics' as const) : ('message' as const),
    data: values,
  };
};
