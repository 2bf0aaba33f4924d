/** What a job writes: sample sheets, its log, checkpoints. */

import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply } from 'fastify';
import Type from 'typebox';
import { CodedError } from '../../errors.ts';
import {
  checkpointFile,
  listCheckpoints,
  listSamples,
  openJobFolder,
  sampleFile,
} from '../../jobs/job-files.ts';
import { readMetrics } from '../../jobs/job-metrics.ts';
import { errorResponses } from '../../plugins/errors.ts';
import { ref } from '../ref.ts';
import type { JobAccess } from './job-access.ts';
import {
  CheckpointFileParams,
  config,
  file,
  JobCheckpoint,
  JobParams,
  SampleParams,
  tags,
} from './schema.ts';

export const files: FastifyPluginAsyncTypebox<{ access: JobAccess }> = async (app, { access }) => {
  const folderOf = (id: string) => {
    const { dataDir, shared } = access.training();
    return openJobFolder(dataDir, id, shared?.runs);
  };

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
      const { id } = await access.find(request);
      const sheets = await listSamples(await folderOf(id));
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
      const { id } = await access.find(request);
      return sendFile(reply, 'image/png', await sampleFile(await folderOf(id), request.params.name));
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
      const { id } = await access.find(request);
      return reply.type('text/plain; charset=utf-8').send(await (await folderOf(id)).log());
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
      const { id, steps, result } = await access.find(request);
      const series = await access.retry(() =>
        readMetrics(access.prisma(), id, { split: 'validation', most: 100_000 }),
      );
      const metrics = new Map<number, Record<string, number | null>>();
      for (const { name, points } of series) {
        for (const { step, value } of points) {
          const known = metrics.get(step) ?? {};
          metrics.set(step, { ...known, [name]: Number.isFinite(value) ? value : null });
        }
      }
      const checkpoints = await listCheckpoints(await folderOf(id), id, steps, [...metrics.keys()]);
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
      const { id } = await access.find(request);
      const { checkpoint, file: name } = request.params;
      const path = await checkpointFile(await folderOf(id), id, checkpoint, name);
      return sendFile(
        reply.header('content-disposition', `attachment; filename="${name}"`),
        'application/octet-stream',
        path,
      );
    },
  );
};

/** @throws CodedError file_not_found */
async function sendFile(reply: FastifyReply, type: string, path: string | undefined): Promise<FastifyReply> {
  if (path === undefined) {
    reply.removeHeader('content-disposition');
    throw new CodedError('file_not_found');
  }
  const { size } = await stat(path);
  return reply.type(type).header('content-length', size).send(createReadStream(path));
}
