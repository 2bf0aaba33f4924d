/** `npm start`: the server, from its configuration to its last breath. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { buildApp } from '../../app.ts';
import { type Config, isLoopback, refuseOpenAddress } from '../../config.ts';
import { databaseFault } from '../../database/database-url.ts';
import { openRecords, refuseHalfRestored } from '../../database/open.ts';
import { keepBounded, removeOld } from '../../database/retention.ts';
import { aborted, endSignals } from '../../end-signals.ts';
import { createInferenceHost } from '../../inference/host-process.ts';
import { pruneJobs } from '../../jobs/prune-jobs.ts';
import { type JobQueue, openQueue } from '../../jobs/queue.ts';
import { openSharedFiles } from '../../jobs/shared-files.ts';
import { superviseWorkers } from '../../jobs/supervise-workers.ts';
import { createJobWork, createTrainJobs } from '../../jobs/train-jobs.ts';
import { createLogger } from '../../logger.ts';
import { createRemoteImages } from '../../remote-images.ts';
import { createRemoteHost } from '../../replicas/remote-host.ts';
import { type SharedHost, shareHost } from '../../replicas/shared-host.ts';
import type { Services } from '../../services.ts';
import { startTracing } from '../../tracing.ts';
import { KINDS } from '../../training/kinds.ts';
import { deliverWebhooks } from '../../webhooks/deliver.ts';
import { rememberHashes } from '../../zoo/file-hashes.ts';
import { TASKS } from '../../zoo/manifest.ts';
import type { Flags, Given } from '../define-command.ts';
import { listenFault } from '../listen-fault.ts';
import { workingEngine } from '../working-engine.ts';

/** A running job gets at least this long to save a checkpoint. */
const WORKER_GRACE = 5_000;
/** What of a job lies here and in the store is taken away here, when nobody wrote it for so long. */
const LEFT_ALONE = 3_600_000;
/** Answers that are on their way when the grace period ends get this long to leave. */
const LAST_WORDS = 1_000;

export async function serve({ config: settings }: Given<Flags>): Promise<void> {
  const config = settings();
  const started = performance.now();
  const seconds = () => `${((performance.now() - started) / 1000).toFixed(1)} s`;
  const logger = createLogger(config.logLevel);
  const log = (level: 'info' | 'warn', message: string) => logger[level](message);

  const endTracing = await startTracing('server');
  refuseHalfRestored(config.dataDir);
  const engine = await workingEngine(config, (message) => log('warn', message));

  let insisted = (code: number): void => process.exit(code);
  // Signals that come while the parts start are kept until there is something to stop.
  const { asked, hurried } = endSignals((code) => insisted(code));
  rememberHashes(config.dataDir);

  const ownCheckpoints = join(config.dataDir, 'checkpoints');
  const hosted = {
    checkpoints: [config.checkpointsDir, ownCheckpoints],
    ...{ ownCheckpoints, models: config.models, log },
  };
  const remote = config.inference === 'remote';
  // The two slow parts start side by side.
  const [opening, hosting] = await Promise.allSettled([
    openRecords(config, log),
    remote ? undefined : createInferenceHost({ ...hosted, threads: config.threads, engine }),
  ]);
  let inner = hosting.status === 'fulfilled' ? hosting.value : undefined;
  let host: SharedHost | undefined;
  const closeServices = async (grace: number) => {
    await host?.leave();
    await inner?.close(grace);
    if (opening.status === 'fulfilled') await opening.value.close();
  };
  if (opening.status === 'rejected' || hosting.status === 'rejected') {
    await closeServices(0);
    throw opening.status === 'rejected' ? opening.reason : (hosting as PromiseRejectedResult).reason;
  }

  const records = opening.value;
  let queue: JobQueue | undefined;
  let services: Services;
  let app: FastifyInstance;
  try {
    if (config.adminKey !== undefined) await records.apiKeys.adopt(config.adminKey);
    refuseOpenAddress(config, await records.apiKeys.count());
    const warn = (error: unknown) => log('warn', `queue: ${error instanceof Error ? error.message : error}`);
    queue = await openQueue(records.connection, 'sender', warn).catch((error) => {
      throw config.databaseUrl === undefined ? error : databaseFault(error, config.databaseUrl);
    });
    const { storeUrl } = config;
    const shared =
      storeUrl === undefined
        ? undefined
        : await openSharedFiles(storeUrl, config, records.database, (message) => log('warn', message));
    const checkpoints = shared?.checkpoints;
    // MODELS may name what was promoted.
    if (remote) await shared?.attempt(shared.checkpoints.bring());
    inner ??= await createRemoteHost({ ...hosted, ...records, publish: async () => checkpoints?.sync() });
    host = await shareHost(inner, { ...records, remote, log, checkpoints });
    const { dataDir, checkpointsDir, rateLimit, allowedHosts, corsOrigins, trustProxy } = config;
    services = {
      records,
      host,
      training: {
        jobs: createTrainJobs(records.database, queue),
        kinds: KINDS,
        dataDir,
        checkpointsDir,
        shared,
      },
      logRequests: config.logRequests,
      remoteImages: createRemoteImages({ hosts: config.imageHosts }),
      webhookHosts: config.webhookHosts,
      access: {
        keysNeeded: !isLoopback(config.host),
        ...{ rateLimit, allowedHosts, corsOrigins },
        ...(trustProxy !== undefined && { trustProxy }),
      },
    };
    app = await buildApp(services, logger);
  } catch (error) {
    await queue?.close();
    await closeServices(0);
    throw error;
  }
  try {
    await app.listen({
      host: config.host,
      port: config.port,
      listenTextResolver: (url) =>
        `listening on ${url} after ${seconds()}: a page to try it is at ${url}, its API at ${url}/docs`,
    });
  } catch (error) {
    await app.close();
    await queue.close();
    await closeServices(0);
    throw listenFault(error, config);
  }
  const { dataDir, keep, keepJobs } = config;
  const removeTooMuch = async () => {
    await removeOld(records.database, keep);
    const runs = services.training?.shared?.runs;
    await pruneJobs(records.database, { ...keepJobs, dataDir, runs });
    await runs?.clear(LEFT_ALONE);
  };
  const stopRemoving = keepBounded(removeTooMuch, (error) => {
    log('warn', `old records were not removed: ${error instanceof Error ? error.message : error}`);
  });
  const stopDelivering = deliverWebhooks(records.database, {
    hosts: config.webhookHosts,
    onError: (error) => log('warn', `webhooks: ${error instanceof Error ? error.message : error}`),
  });
  const work = createJobWork(records.database, queue);
  const workers = superviseWorkers({
    count: config.workers,
    args: workerArguments({ ...config, engine }),
    ...(config.databaseUrl !== undefined && { env: { DATABASE_URL: config.databaseUrl } }),
    onGone: (worker) => work.abandon(worker),
    log,
  });
  void announceReady(services, logger.info.bind(logger), seconds);

  // Nothing that was started outlives this process, however little time is left.
  insisted = (code) => {
    workers.kill();
    records.endPostgres();
    process.exit(code);
  };
  await aborted(asked);
  logger.info(`stopping; running requests have ${config.shutdownGrace / 1000} s to finish`);
  hurried.addEventListener('abort', () => logger.info('not waiting for them any longer'));
  await Promise.all([
    stop(app, services, config.shutdownGrace, hurried),
    workers.close(Math.max(config.shutdownGrace, WORKER_GRACE), hurried),
  ]);
  await Promise.all([stopRemoving(), stopDelivering(), host.leave()]);
  await queue.close();
  await records.close();
  await endTracing().catch(() => {});
  logger.info('stopped');
  // Whatever still holds the event loop has had its time.
  process.exit(0);
}

/** A worker is to have the configuration of this server, wherever it came from. */
function workerArguments(config: Config): string[] {
  const flags = {
    'data-dir': config.dataDir,
    ...(config.storeUrl !== undefined && { 'store-url': config.storeUrl }),
    'store-cache-mb': config.cacheBytes / 2 ** 20,
    'checkpoints-dir': config.checkpointsDir,
    engine: config.engine.engine,
    device: config.engine.device,
    'engines-dir': config.enginesDir,
    'train-threads': config.trainThreads,
    'worker-labels': config.workerLabels.join(),
    ...(config.workerMemoryMb !== undefined && { 'worker-memory-mb': config.workerMemoryMb }),
    'log-level': config.logLevel,
  };
  return Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]);
}

/** Stops accepting; what runs may finish; what is left after the grace period is answered with 503. */
async function stop(
  app: FastifyInstance,
  { host }: Services,
  grace: number,
  hurried: AbortSignal,
): Promise<void> {
  const closed = app.close();
  await Promise.race([host.close(grace), aborted(hurried).then(() => host.close(0))]);
  await Promise.race([closed, sleep(LAST_WORDS)]);
  app.server.closeAllConnections();
  await Promise.race([closed, sleep(LAST_WORDS)]);
}

async function announceReady(
  { host }: Services,
  say: (message: string) => void,
  seconds: () => string,
): Promise<void> {
  const able = TASKS.map((task) => ({ task, model: host.defaultModel(task) })).filter(({ model }) => model);
  if (able.length === 0) {
    say('no model is hosted: put checkpoints into CHECKPOINTS_DIR or DATA_DIR/checkpoints');
    return;
  }
  while (!host.ready()) await sleep(50, undefined, { ref: false });
  say(`ready after ${seconds()}: ${able.map(({ task, model }) => `${task} with ${model}`).join(', ')}`);
}
