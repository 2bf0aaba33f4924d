import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type from 'typebox';
import { CodedError } from '../../errors.ts';
import { errorResponses } from '../../plugins/errors.ts';
import type { Services } from '../../services.ts';

const Health = Type.Object({ status: Type.Literal('ok') });

export const health: FastifyPluginAsyncTypebox<{ services: Services }> = async (app, { services }) => {
  app.get(
    '/health/live',
    {
      schema: {
        tags: ['operations'],
        operationId: 'getLiveness',
        summary: 'The process answers',
        response: { 200: Health, ...errorResponses() },
      },
    },
    async () => ({ status: 'ok' as const }),
  );

  app.get(
    '/health/ready',
    {
      schema: {
        tags: ['operations'],
        operationId: 'getReadiness',
        summary: 'Database reachable, space on its disk, inference process alive, models loaded',
        description:
          'Models that are wanted at the start are waited for once. Later one that can be used, or be loaded by the ' +
          'next request, will do.',
        response: { 200: Health, ...errorResponses() },
      },
    },
    async () => {
      const { host, records } = services;
      const faults: string[] = [];
      if (!(await records.database.reachable())) faults.push('the database does not answer');
      if (await records.database.storageFull()) faults.push('the disk is full, nothing can be recorded');
      if (!host.alive()) faults.push(noInference(services));
      else if (!host.ready()) faults.push(modelFault(services));
      if (faults.length > 0) throw new CodedError('not_ready', `Not ready: ${faults.join('; ')}.`);
      return { status: 'ok' as const };
    },
  );
};

function noInference({ host }: Services): string {
  const { workers } = host.stats();
  if (workers === undefined) return 'the inference process is starting';
  return workers.otherVersion > 0
    ? 'all inference workers are of another version than this server'
    : 'no inference worker is there, start one with "npm run inference" on the same database';
}

function modelFault({ host }: Services): string {
  const failed = host.models().find(({ state }) => state === 'failed');
  if (failed !== undefined)
    return `model ${failed.id} failed to load (${failed.reason ?? 'no reason given'})`;
  return host.models().some(({ state }) => state === 'loading')
    ? 'models are still loading'
    : 'no model is ready';
}
