/** The application: composition only. Whoever calls it owns the services and closes them after the application. */
import { randomUUID } from 'node:crypto';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import { CodedError } from './errors.ts';
import { access } from './plugins/access.ts';
import { audit } from './plugins/audit.ts';
import { answerBrokenRequest, unmetExpectation } from './plugins/broken-requests.ts';
import { clientSignal } from './plugins/client-signal.ts';
import { crossSite } from './plugins/cross-site.ts';
import { emptyBody } from './plugins/empty-body.ts';
import { BODY_LIMIT, errors, sendError } from './plugins/errors.ts';
import { idempotency } from './plugins/idempotency.ts';
import { idleMemory } from './plugins/idle-memory.ts';
import { HEADERS_TIMEOUT, incomingBodies, REQUEST_TIMEOUT } from './plugins/incoming-bodies.ts';
import { jsonBodies } from './plugins/json-bodies.ts';
import { methods } from './plugins/methods.ts';
import { metrics } from './plugins/metrics.ts';
import { openapi } from './plugins/openapi.ts';
import { requestLog } from './plugins/request-log.ts';
import { buildSerializer } from './plugins/serialization.ts';
import { smallerAnswers } from './plugins/smaller-answers.ts';
import { traces } from './plugins/traces.ts';
import { uploads } from './plugins/uploads.ts';
import { buildValidator } from './plugins/validation.ts';
import { webPage } from './plugins/web-page.ts';
import { audit as auditRoutes } from './routes/audit/index.ts';
import { caption } from './routes/caption/index.ts';
import { datasets } from './routes/datasets/index.ts';
import { evaluations } from './routes/evaluations/index.ts';
import { generateImage } from './routes/generate-image/index.ts';
import { health } from './routes/health/index.ts';
import { metricsRoute } from './routes/metrics/index.ts';
import { models } from './routes/models/index.ts';
import { Model } from './routes/models/schema.ts';
import { nlvr2 } from './routes/nlvr2/index.ts';
import { Occlusion } from './routes/occlusion.ts';
import { openai } from './routes/openai/index.ts';
import { reconstruct } from './routes/reconstruct/index.ts';
import { runs } from './routes/runs/index.ts';
import { Run } from './routes/runs/schema.ts';
import { studies } from './routes/studies/index.ts';
import { trainJobs } from './routes/train-jobs/index.ts';
import { TrainJob } from './routes/train-jobs/schema.ts';
import { vqa } from './routes/vqa/index.ts';
import { webhooks } from './routes/webhooks/index.ts';
import type { Services } from './services.ts';

/** Longer ones than the schemas take, so that these and not the router say what is wrong with them. */
const LONGEST_PARAM = 2 ** 14;

export async function buildApp(services: Services, logger?: FastifyBaseLogger): Promise<FastifyInstance> {
  let closing = false;
  const app = Fastify({
    ...(logger === undefined ? {} : { loggerInstance: logger }),
    logController: new LogController({ disableRequestLogging: true }),
    schemaController: { compilersFactory: { buildValidator, buildSerializer } },
    bodyLimit: BODY_LIMIT,
    trustProxy: trustedProxies(services),
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: LONGEST_PARAM },
    // Node would answer in another shape than ours: see the hooks.
    http: { requireHostHeader: false, headersTimeout: HEADERS_TIMEOUT, connectionsCheckingInterval: 5_000 },
    requestTimeout: REQUEST_TIMEOUT,
    genReqId: (request) => {
      const given = request.headers['x-request-id'];
      return typeof given === 'string' && /^[\w.:-]{1,128}$/.test(given) ? given : `req_${randomUUID()}`;
    },
    // Connections that carry no request must not hold up a shutdown.
    forceCloseConnections: 'idle',
    // Fastify's own answer has another shape than ours: see the hook.
    return503OnClosing: false,
    // Addresses that the router cannot read.
    frameworkErrors: (error, request, reply) =>
      void sendError(request, reply.header('x-request-id', request.id), error),
    clientErrorHandler: answerBrokenRequest,
  }).withTypeProvider<TypeBoxTypeProvider>();

  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
    if (!closing) return;
    reply.header('connection', 'close');
    throw new CodedError('shutting_down');
  });
  app.addHook('preClose', async () => {
    closing = true;
  });
  await app.register(traces);
  await app.register(idleMemory);
  await app.register(requestLog, { limit: services.logRequests ?? Number.POSITIVE_INFINITY });

  // Fastify reads text too; nothing here takes any.
  app.removeContentTypeParser('text/plain');
  await app.register(errors);
  await app.register(clientSignal);
  await app.register(crossSite, { services });
  await app.register(access, { services });
  await app.register(methods, { maxParamLength: LONGEST_PARAM });
  await app.register(metrics, { services });
  await app.register(incomingBodies, { services });
  await app.register(emptyBody);
  await app.register(smallerAnswers);
  await app.register(openapi);
  await app.register(webPage);
  await app.register(jsonBodies);
  await app.register(idempotency, { services });
  await app.register(audit, { services });

  // Answered by more than one resource.
  app.addSchema(Model);
  app.addSchema(Run);
  app.addSchema(TrainJob);
  app.addSchema(Occlusion);
  await app.register(generateImage, { services });
  // Forms are read where pictures come in, and nowhere else.
  await app.register(async (scope) => {
    await scope.register(uploads, { services });
    await scope.register(caption, { services });
    await scope.register(vqa, { services });
    await scope.register(nlvr2, { services });
    await scope.register(reconstruct, { services });
  });
  await app.register(models, { services });
  await app.register(runs, { services });
  await app.register(trainJobs, { services });
  await app.register(datasets, { services });
  await app.register(openai, { services });
  await app.register(evaluations, { services });
  await app.register(studies, { services });
  await app.register(webhooks, { services });
  await app.register(auditRoutes, { services });
  await app.register(health, { services });
  await app.register(metricsRoute);
  await app.ready();
  app.server.on('checkExpectation', unmetExpectation);
  return app;
}

/** A number is one of proxies that stand one behind the other, as Express counts them. */
function trustedProxies({ access }: Services) {
  const { trustProxy = false } = access ?? {};
  return typeof trustProxy === 'number' ? (_address: string, hop: number) => hop < trustProxy : trustProxy;
}
