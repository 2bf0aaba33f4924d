/** Numbers of a job, and their curves. */

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply } from 'fastify';
import sharp from 'sharp';
import Type from 'typebox';
import { readMetrics } from '../../jobs/job-metrics.ts';
import { plotSeries } from '../../jobs/plot.ts';
import { errorResponses } from '../../plugins/errors.ts';
import { ref } from '../ref.ts';
import type { JobAccess } from './job-access.ts';
import { config, file, JobParams, MetricSeries, MetricsQuery, PlotQuery, tags } from './schema.ts';

const MOST_POINTS = 1000;
const MOST_PLOTTED = 400;

export const metrics: FastifyPluginAsyncTypebox<{ access: JobAccess }> = async (app, { access }) => {
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
      const { id } = await access.find(request);
      const { name, split, points: most = MOST_POINTS } = request.query;
      const series = await access.retry(() => readMetrics(access.prisma(), id, { name, split, most }));
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
      const job = await access.find(request);
      const { name = 'loss', split, format = 'svg' } = request.query;
      const series = await access.retry(() =>
        readMetrics(access.prisma(), job.id, { name, split, most: MOST_PLOTTED }),
      );
      const svg = plotSeries(`${name} · ${job.kind} · ${job.id}`, series);
      reply.header('cache-control', 'no-store');
      if (format === 'svg') return sendBytes(reply, 'image/svg+xml', Buffer.from(svg));
      return sendBytes(reply, 'image/png', await sharp(Buffer.from(svg), { density: 144 }).png().toBuffer());
    },
  );
};

/** Bytes, whatever the route's schema says of JSON. */
const sendBytes = (reply: FastifyReply, type: string, bytes: Buffer) => reply.type(type).send(bytes);
