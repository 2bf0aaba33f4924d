import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type from 'typebox';
import { type Owner, runNotFound } from '../../database/runs.ts';
import { CodedError } from '../../errors.ts';
import type { Run as RunRow } from '../../generated/prisma/client.ts';
import type { ImageFormat } from '../../inference/encode-image.ts';
import { changeErrorResponses, errorResponses } from '../../plugins/errors.ts';
import type { Services } from '../../services.ts';
import { createdBetween } from '../created.ts';
import { DEFAULT_LIMIT, Page, page } from '../page.ts';
import { readSize, resized } from '../picture-size.ts';
import { pictureContent } from '../pictures.ts';
import { ChangedRunParams, ImageQuery, type Run, RunParams, RunsQuery } from './schema.ts';
import { showRun } from './show.ts';

const RunRef = Type.Unsafe<Type.Static<typeof Run>>({ $ref: 'Run#' });
const tags = ['records'];

export const runs: FastifyPluginAsyncTypebox<{ services: Services }> = async (app, { services }) => {
  const { database, runs: records } = services.records;

  app.get(
    '/v1/runs',
    {
      config: { scope: 'infer' },
      schema: {
        tags,
        operationId: 'listRuns',
        summary: 'List runs, newest first',
        querystring: RunsQuery,
        response: { 200: Page('RunList', RunRef), ...errorResponses(401, 403, 429) },
      },
    },
    async (request) => {
      const { after, limit = DEFAULT_LIMIT, stored, created_after, created_before, ...given } = request.query;
      const createdAt = createdBetween(request.query);
      const filter = { ...given, createdAt, ...(stored !== undefined && { stored: stored === 'true' }) };
      const rows = await database.retry(() => records.list(request.owner(), after, limit + 1, filter));
      return page(rows.map(showRun), limit);
    },
  );

  app.get(
    '/v1/runs/:id',
    {
      config: { scope: 'infer' },
      schema: {
        tags,
        operationId: 'getRun',
        summary: 'One run',
        params: RunParams,
        response: { 200: RunRef, ...errorResponses(401, 403, 404, 429) },
      },
    },
    async (request) => showRun(await find(request.params.id, request.owner())),
  );

  app.delete(
    '/v1/runs/:id',
    {
      config: { scope: 'infer' },
      schema: {
        tags,
        operationId: 'deleteRun',
        summary: 'Delete a run with its images',
        description:
          'Of a run that has ended. A stored answer to its `Idempotency-Key` stays for the day that it is kept.',
        params: ChangedRunParams,
        response: { 204: Type.Null({ description: 'Gone.' }), ...changeErrorResponses(401, 404, 429) },
      },
    },
    async (request, reply) => {
      await records.remove(request.params.id, request.owner());
      return reply.code(204).send(null);
    },
  );

  app.get(
    '/v1/runs/:id/image',
    {
      config: { scope: 'infer' },
      schema: {
        tags,
        operationId: 'getRunImage',
        summary: 'A painted image',
        description: 'Of a run that was asked to store its images (`"store": true`).',
        params: RunParams,
        querystring: ImageQuery,
        response: {
          200: {
            description: 'The file, in the format that was asked for.',
            content: {
              'image/png': pictureContent,
              'image/jpeg': pictureContent,
              'image/webp': pictureContent,
            },
          },
          ...errorResponses(401, 403, 404, 429),
        },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const { index = 0 } = request.query;
      const size = readSize(request.query.size);
      const run = await find(id, request.owner());
      const image = await database.retry(() => records.image(run.id, index));
      if (image === null) throw new CodedError('image_not_found');
      // A run's image never changes; "latest" does.
      if (id !== 'latest') reply.header('cache-control', 'private, max-age=31536000, immutable');
      reply.type(image.contentType);
      if (size === undefined) return reply.send(Buffer.from(image.bytes));
      const format = image.contentType.slice('image/'.length) as ImageFormat;
      return reply.send(await resized(image.bytes, format, { size }));
    },
  );

  async function find(id: string, owner: Owner): Promise<RunRow> {
    const run = await database.retry(() => records.find(id, owner));
    if (run === null) throw runNotFound(id);
    return run;
  }
};
