/** The application of an inference worker: its models for servers, its health and its metrics for operators. */
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import { access } from './plugins/access.ts';
import { errors } from './plugins/errors.ts';
import { metrics } from './plugins/metrics.ts';
import { traces } from './plugins/traces.ts';
import { buildValidator } from './plugins/validation.ts';
import { type EndpointOptions, inferenceEndpoint } from './replicas/inference-endpoint.ts';
import { health } from './routes/health/index.ts';
import { metricsRoute } from './routes/metrics/index.ts';
import type { Services } from './services.ts';

/** Longer than servers keep a connection that is idle: one that is closed while it is used again is taken for a loss. */
const KEEP_ALIVE = 65_000;

export async function buildWorkerApp(
  services: Services,
  endpoint: EndpointOptions,
  logger?: FastifyBaseLogger,
): Promise<FastifyInstance> {
  const app = Fastify({
    ...(logger === undefined ? {} : { loggerInstance: logger }),
    logController: new LogController({ disableRequestLogging: true }),
    schemaController: { compilersFactory: { buildValidator } },
    keepAliveTimeout: KEEP_ALIVE,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
  });
  await app.register(traces);
  await app.register(errors);
  await app.register(access, { services });
  await app.register(metrics, { services });
  await app.register(health, { services });
  await app.register(metricsRoute);
  await app.register(inferenceEndpoint, endpoint);
  await app.ready();
  return app;
}
