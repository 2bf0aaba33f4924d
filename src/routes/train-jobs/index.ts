import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply, FastifyRequest } from 'fastify';
import sharp from 'sharp';
import Type from 'typebox';
import { CodedError } from '../../errors.ts';
import type { Job } from '../../generated/prisma/client.ts';
import { listEvents } from '../../jobs/job-events.ts';
import {
  checkpointFile,
  listCheckpoints,
  listSamples,
  readLog,
  removeFiles,
  sampleFile,
} from '../../jobs/job-files.ts';
import { readMetrics } from '../../jobs/job-metrics.ts';
import { type JobRequest, planJob } from '../../jobs/plan-job.ts';
import { plotSeries } from '../../jobs/plot.ts';
import { ENDED } from '../../jobs/train-jobs.ts';
import { changeErrorResponses, errorResponses } from '../../plugins/errors.ts';
import { promoteRun } from '../../runs/promote.ts';
import type { Services, Training } from '../../services.ts';
import { KINDS } from '../../training/kinds.ts';
import { negotiate } from '../accept.ts';
import { Model } from '../models/schema.ts';
import { showModel } from '../models/show.ts';
import { DEFAULT_LIMIT, Page, PageQuery, page } from '../page.ts';
import { showEvent, streamEvents } from './events.ts';
import {
  ChangedJobParams,
  CheckpointFileParams,
  JobBody,
  JobCheckpoint,
  JobEvent,
  JobParams,
  JobsQuery,
  MetricSeries,
  MetricsQuery,
  PlotQuery,
  PromoteBody,
  SampleParams,
  TrainJob,
} from './schema.ts';

const JSON_TYPE = 'application/json';
const EVENTS_TYPE = 'text/event-stream';
const MOST_POINTS = 1000;
const MOST_PLOTTED = 400;
const tags = ['training'];
const config = { scope: 'train' } as const;
const file = { schema: { type: 'string', format: 'binary' } };
const ref = <T extends Type.TSchema>(schema: T & { $id?: string }) =>
  Type.Unsafe<Type.Static<T>>({ $ref: `${schema.$id}#` });
const JobRef = ref(TrainJob);

const SUBMIT = `Everything is checked now, and a job that cannot run is refused: hyperparameters outside their ranges (400), an
unknown data set, a base model that does not fit (422). The job then waits for a worker; the server has one, and
\`npm run worker\` starts more.`;

const STREAMED = `Server-sent events as they come (\`id\`, \`event\`, and a TrainJobEvent as \`data\`), until the job has ended and \`done\`
says so. A client that was cut off sends \`Last-Event-ID\` and misses nothing; one that has them all is answered 204, at
which an EventSource stops.`;

/** One handler: the first address answers a stream too, to those who accept one. */
const EVENT_ADDRESSES = [
  {
    url: '/v1/train-jobs/:id/events',
    offered: [JSON_TYPE, EVENTS_TYPE],
    documents: [JSON_TYPE],
    operationId: 'listTrainJobEvents',
    summary: 'What happened to a job, the oldest first',
    description: 'With `Accept: text/event-stream` the answer is that of the next operation.',
  },
  {
    url: '/v1/train-jobs/:id/events/stream',
    offered: [EVENTS_TYPE],
    documents: [EVENTS_TYPE],
    operationId: 'streamTrainJobEvents',
    summary: 'What happens to a job, as it happens',
    description: STREAMED,
  },
] as const;

export const trainJobs: FastifyPluginAsyncTypebox<{ services: Services }> = async (app, { services }) => {
  for (const schema of [TrainJob, JobEvent, JobCheckpoint, MetricSeries]) app.addSchema(schema);
  const closing = new AbortController();
  app.addHook('preClose', async () => closing.abort());

  const training = (): Training => {
    if (services.training === undefined) {
      throw new CodedError('not_ready', 'This server takes no training jobs.');
    }
    return services.training;
  };
  const prisma = () => services.records.database.prisma;
  const retry = <T>(read: () => Promise<T>) => services.records.database.retry(read);
  const findJob = (request: FastifyRequest<{ Params: { id: string } }>) =>
    training().jobs.find(request.params.id, request.owner());

  async function show(job: Job): Promise<Type.Static<typeof TrainJob>> {
    const { step, steps, stepMs, status } = job;
    const eta =
      status === 'running' && stepMs !== null
        ? new Date(Date.now() + (steps - step) * stepMs).toISOString()
        : null;
    return {
      id: job.id,
      object: 'train_job',
      kind: job.kind,
      status,
      created_at: job.createdAt.toISOString(),
      started_at: job.startedAt?.toISOString() ?? null,
      finished_at: job.finishedAt?.toISOString() ?? null,
      step,
      steps,
      eta,
      queue_position: await training().jobs.position(job),
      error: job.errorCode === null ? null : { code: job.errorCode, message: job.errorMessage ?? '' },
      dataset: job.dataset,
      components: job.components as Record<string, { id: string; revision: string }>,
      hyperparameters: job.hyperparameters as Record<string, unknown>,
      seed: Number(job.seed),
      suffix: job.suffix,
      metadata: job.metadata as Record<string, string>,
      metrics: job.result as Record<string, number> | null,
      result_model: job.resultModel,
      failures: job.failures,
    };
  }

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
        body: JobBody(services.training?.kinds ?? KINDS),
        response: {
          201: {
            description: 'Queued.',
            headers: { location: { type: 'string' } },
            content: { [JSON_TYPE]: { schema: JobRef } },
          },
          ...changeErrorResponses(401, 429),
        },
      },
    },
    async (request, reply) => {
      const { jobs, kinds, dataDir, checkpointsDir } = training();
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
      const planned = await planJob(body, kinds, { dataDir, checkpointsDir }, owner.keyId, mayUse);
      const job = await jobs.create(planned);
      return reply
        .code(201)
        .header('location', `/v1/train-jobs/${job.id}`)
        .send(await show(job));
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
      const rows = await training().jobs.list(request.owner(), after, limit + 1, filter);
      return page(await Promise.all(rows.map(show)), limit);
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
    async (request) => show(await findJob(request)),
  );

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
        const { id } = await findJob(request);
        return show(await training().jobs[action](id, request.owner()));
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
      const { jobs, dataDir } = training();
      const { id } = await findJob(request);
      await jobs.remove(id, request.owner());
      await removeFiles(dataDir, id);
      return reply.code(204).send(null);
    },
  );

  for (const { url, offered, documents, ...described } of EVENT_ADDRESSES) {
    app.get(
      url,
      {
        config: { ...config, documents },
        schema: {
          tags,
          ...described,
          params: JobParams,
          querystring: PageQuery,
          headers: Type.Object({
            'last-event-id': Type.Optional(Type.String({ description: 'The last event that was seen.' })),
          }),
          response: {
            200: {
              description: 'A page, or a stream.',
              content: {
                [JSON_TYPE]: { schema: Page('TrainJobEventList', ref(JobEvent)) },
                [EVENTS_TYPE]: { schema: ref(JobEvent) },
              },
            },
            204: Type.Null({ description: 'A stream of events that would stay empty: the job has ended.' }),
            ...errorResponses(401, 403, 404, 406, 429),
          },
        },
      },
      async (request, reply) => {
        const { id } = await findJob(request);
        const type = negotiate<string>(request.headers.accept, offered);
        if (type === undefined) throw new CodedError('not_acceptable');
        const { limit = DEFAULT_LIMIT, ...query } = request.query;
        // An EventSource comes back to the address that it was given, and says what it saw meanwhile.
        const after = request.headers['last-event-id'] ?? query.after;
        const read = (from: string | undefined, most: number) => listEvents(prisma(), id, from, most);
        if (type === JSON_TYPE) {
          const events = await retry(() => read(after, limit + 1));
          return reply.send(page(events.map(showEvent), limit));
        }
        const ended = async () => {
          const job = await prisma().job.findUnique({ where: { id }, select: { status: true } });
          if (job === null) return 'deleted';
          return ENDED.includes(job.status) ? job.status : undefined;
        };
        // An EventSource would come back for ever; this is how the standard ends it.
        const over = after === undefined ? undefined : await retry(ended);
        if (over !== undefined && (await retry(() => read(after, 1))).length === 0)
          return reply.code(204).send(null);
        return sendStream(
          reply.headers({
            'content-type': EVENTS_TYPE,
            'cache-control': 'no-store',
            // nginx would collect the events.
            'x-accel-buffering': 'no',
            // A shutdown need not wait for a connection that its client will not use again.
            connection: 'close',
          }),
          streamEvents(after, read, ended, AbortSignal.any([request.gone(), closing.signal])),
        );
      },
    );
  }

  app.get(
    '/v1/train-jobs/:id/metrics',
    {
      config,
      schema: {
        tags,
        operationId: 'getTrainJobMetrics',
        summary: 'Numbers of the steps of a job',
        params: JobParams,
        querystring: MetricsQuery,
        response: {
          200: Type.Object({ object: Type.Literal('list'), data: Type.Array(ref(MetricSeries)) }),
          ...errorResponses(401, 403, 404, 429),
        },
      },
    },
    async (request) => {
      const { id } = await findJob(request);
      const { name, split, points: most = MOST_POINTS } = request.query;
      const series = await retry(() => readMetrics(prisma(), id, { name, split, most }));
      // JSON has no word for what is not finite.
      const finite = (value: number) => (Number.isFinite(value) ? value : null);
      return {
        object: 'list' as const,
        data: series.map((one) => ({
          ...one,
          points: one.points.map(({ step, value }) => ({ step, value: finite(value) })),
        })),
      };
    },
  );

  app.get(
    '/v1/train-jobs/:id/plot',
    {
      config,
      schema: {
        tags,
        operationId: 'plotTrainJobMetric',
        summary: 'A picture of the curves of a metric',
        params: JobParams,
        querystring: PlotQuery,
        response: {
          200: { description: 'The picture.', content: { 'image/svg+xml': file, 'image/png': file } },
          ...errorResponses(401, 403, 404, 429),
        },
      },
    },
    async (request, reply) => {
      const job = await findJob(request);
      const { name = 'loss', split, format = 'svg' } = request.query;
      const series = await retry(() => readMetrics(prisma(), job.id, { name, split, most: MOST_PLOTTED }));
      const svg = plotSeries(`${name} · ${job.kind} · ${job.id}`, series);
      reply.header('cache-control', 'no-store');
      if (format === 'svg') return sendBytes(reply, 'image/svg+xml', Buffer.from(svg));
      return sendBytes(reply, 'image/png', await sharp(Buffer.from(svg), { density: 144 }).png().toBuffer());
    },
  );

  app.get(
    '/v1/train-jobs/:id/samples',
    {
      config,
      schema: {
        tags,
        operationId: 'listTrainJobSamples',
        summary: 'Sample sheets: pictures of what the model makes, at its checkpoints',
        description: 'Of the kinds visual-vocabulary, generator and pretrain.',
        params: JobParams,
        response: {
          200: Type.Object({
            object: Type.Literal('list'),
            data: Type.Array(Type.Object({ name: Type.String(), bytes: Type.Integer(), url: Type.String() })),
          }),
          ...errorResponses(401, 403, 404, 429),
        },
      },
    },
    async (request) => {
      const { id } = await findJob(request);
      const sheets = await listSamples(training().dataDir, id);
      const data = sheets.map((sheet) => ({ ...sheet, url: `/v1/train-jobs/${id}/samples/${sheet.name}` }));
      return { object: 'list' as const, data };
    },
  );

  app.get(
    '/v1/train-jobs/:id/samples/:name',
    {
      config,
      schema: {
        tags,
        operationId: 'getTrainJobSample',
        summary: 'A sample sheet',
        params: SampleParams,
        response: {
          200: { description: 'The picture.', content: { 'image/png': file } },
          ...errorResponses(401, 403, 404, 429),
        },
      },
    },
    async (request, reply) => {
      const { id } = await findJob(request);
      return sendFile(reply, 'image/png', await sampleFile(training().dataDir, id, request.params.name));
    },
  );

  app.get(
    '/v1/train-jobs/:id/log',
    {
      config,
      schema: {
        tags,
        operationId: 'getTrainJobLog',
        summary: 'What its processes wrote',
        params: JobParams,
        response: {
          200: { description: 'Text.', content: { 'text/plain': { schema: Type.String() } } },
          ...errorResponses(401, 403, 404, 429),
        },
      },
    },
    async (request, reply) => {
      const { id } = await findJob(request);
      return reply.type('text/plain; charset=utf-8').send(await readLog(training().dataDir, id));
    },
  );

  app.get(
    '/v1/train-jobs/:id/checkpoints',
    {
      config,
      schema: {
        tags,
        operationId: 'listTrainJobCheckpoints',
        summary: 'Checkpoints of a job, the oldest first, and its result',
        params: JobParams,
        response: {
          200: Type.Object({ object: Type.Literal('list'), data: Type.Array(ref(JobCheckpoint)) }),
          ...errorResponses(401, 403, 404, 429),
        },
      },
    },
    async (request) => {
      const { id, steps, result } = await findJob(request);
      const series = await retry(() => readMetrics(prisma(), id, { split: 'validation', most: 100_000 }));
      const metrics = new Map<number, Record<string, number | null>>();
      for (const { name, points } of series) {
        for (const { step, value } of points) {
          const known = metrics.get(step) ?? {};
          metrics.set(step, { ...known, [name]: Number.isFinite(value) ? value : null });
        }
      }
      const checkpoints = await listCheckpoints(training().dataDir, id, steps, [...metrics.keys()]);
      return {
        object: 'list' as const,
        data: checkpoints.map((checkpoint) => ({
          id: checkpoint.id,
          object: 'train_job.checkpoint' as const,
          kind: checkpoint.kind,
          step: checkpoint.step,
          created_at: checkpoint.createdAt?.toISOString() ?? null,
          metrics:
            checkpoint.kind === 'result'
              ? ((result ?? {}) as Record<string, number>)
              : (metrics.get(checkpoint.step) ?? {}),
          files: checkpoint.files.map(({ name, bytes }) => ({
            name,
            bytes,
            url: `/v1/train-jobs/${id}/checkpoints/${checkpoint.id}/${name}`,
          })),
        })),
      };
    },
  );

  app.get(
    '/v1/train-jobs/:id/checkpoints/:checkpoint/:file',
    {
      config,
      schema: {
        tags,
        operationId: 'downloadTrainJobFile',
        summary: 'Download a file of a checkpoint',
        description: '`model.safetensors` of the result is the model; GET …/checkpoints lists what there is.',
        params: CheckpointFileParams,
        response: {
          200: { description: 'The file.', content: { 'application/octet-stream': file } },
          ...errorResponses(401, 403, 404, 429),
        },
      },
    },
    async (request, reply) => {
      const { id } = await findJob(request);
      const { checkpoint, file: name } = request.params;
      const path = await checkpointFile(training().dataDir, id, checkpoint, name);
      return sendFile(
        reply.header('content-disposition', `attachment; filename="${name}"`),
        'application/octet-stream',
        path,
      );
    },
  );

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
      const { jobs, dataDir, checkpointsDir } = training();
      const job = await findJob(request);
      if (job.status !== 'succeeded') {
        throw new CodedError('job_state', `The job ${job.id} has no result to promote: it is ${job.status}.`);
      }
      const suffix = job.suffix ?? job.id.slice('job_'.length);
      const model = request.body.model_id ?? `${job.kind}-${suffix}`;
      const { host } = services;
      const taken = (id: string) => host.models().some((one) => one.id === id);
      const promotion = await promoteRun(job.id, model, { dataDir, checkpointsDir }, taken);
      await host.rescan();
      if (promotion.tasks.length > 0) {
        await host.load(model).catch(async (error) => {
          if (!promotion.already) await promotion.undo();
          await host.rescan();
          throw error;
        });
      }
      if (!promotion.already || job.resultModel !== model) await jobs.promoted(job.id, model);
      return showModel(host, host.models().find(({ id }) => id === model)!);
    },
  );
};

/** Bytes, whatever the route's schema says of JSON. */
const sendBytes = (reply: FastifyReply, type: string, bytes: Buffer) => reply.type(type).send(bytes);

const sendStream = (reply: FastifyReply, stream: NodeJS.ReadableStream) => reply.send(stream);

/** @throws CodedError file_not_found */
async function sendFile(reply: FastifyReply, type: string, path: string | undefined): Promise<FastifyReply> {
  if (path === undefined) {
    reply.removeHeader('content-disposition');
    throw new CodedError('file_not_found');
  }
  const { size } = await stat(path);
  return reply.type(type).header('content-length', size).send(createReadStream(path));
}
