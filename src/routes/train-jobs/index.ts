/** Training as jobs: each file has the routes of one concern. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { Services } from '../../services.ts';
import { control } from './control.ts';
import { events } from './events.ts';
import { files } from './files.ts';
import { jobAccess } from './job-access.ts';
import { metrics } from './metrics.ts';
import { promote } from './promote.ts';
import { JobCheckpoint, JobEvent, MetricSeries } from './schema.ts';
import { submit } from './submit.ts';

export const trainJobs: FastifyPluginAsyncTypebox<{ services: Services }> = async (app, { services }) => {
  for (const schema of [JobEvent, JobCheckpoint, MetricSeries]) app.addSchema(schema);
  const access = jobAccess(services);
  for (const routes of [submit, control, events, metrics, files, promote]) {
    await app.register(routes, { access });
  }
};
