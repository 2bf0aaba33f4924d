/** `npm run inference`: runs models for servers that have none in them, here or on another machine. */
import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isLoopback } from '../../config.ts';
import { newId } from '../../database/ids.ts';
import { openRecords } from '../../database/open.ts';
import { announceWorker } from '../../database/workers.ts';
import { aborted, endSignals } from '../../end-signals.ts';
import { createInferenceHost } from '../../inference/host-process.ts';
import { openSharedFiles } from '../../jobs/shared-files.ts';
import { createLogger } from '../../logger.ts';
import { makeFolder } from '../../make-folder.ts';
import { PROTOCOL } from '../../replicas/inference-wire.ts';
import { shareHost } from '../../replicas/shared-host.ts';
import { startTracing } from '../../tracing.ts';
import { VERSION } from '../../version.ts';
import { buildWorkerApp } from '../../worker-app.ts';
import { rememberHashes } from '../../zoo/file-hashes.ts';
import type { Flags, Given } from '../define-command.ts';
import { listenFault } from '../listen-fault.ts';
import { workingEngine } from '../working-engine.ts';
import { reachableAt } from './address.ts';

/** Answers that are on their way when the grace period ends get this long to leave. */
const LAST_WORDS = 1_000;

export async function inference({ config: settings }: Given<Flags>): Promise<void> {
  // Servers find it by the database: any port will do, and beside a server its own is taken.
  process.env.PORT ||= '0';
  const config = settings();
  const logger = createLogger(config.logLevel);
  const log = (level: 'info' | 'warn', message: string) => logger[level](message);
  const warn = (error: unknown) => log('warn', error instanceof Error ? error.message : String(error));
  const endTracing = await startTracing('inference-worker');
  const engine = await workingEngine(config, (message) => log('warn', message));
  let insisted = (code: number): void => process.exit(code);
  const { asked, hurried } = endSignals((code) => insisted(code));
  makeFolder(config.dataDir, 'DATA_DIR');
  rememberHashes(config.dataDir);

  const ownCheckpoints = join(config.dataDir, 'checkpoints');
  const records = await openRecords(config, log);
  insisted = (code) => {
    records.endPostgres();
    process.exit(code);
  };
  const { storeUrl } = config;
  const shared =
    storeUrl === undefined
      ? undefined
      : await openSharedFiles(storeUrl, config, records.database, (message) => log('warn', message));
  // MODELS may name what was promoted.
  await shared?.attempt(shared.checkpoints.bring());
  const inner = await createInferenceHost({
    checkpoints: [config.checkpointsDir, ownCheckpoints],
    ...{ ownCheckpoints, threads: config.threads, engine, models: config.models, log },
  }).catch(async (error) => {
    await records.close();
    throw error;
  });
  const host = await shareHost(inner, { ...records, log, checkpoints: shared?.checkpoints });
  const token = randomBytes(32).toString('base64url');
  const [closing, over] = [new AbortController(), new AbortController()];
  const access = { keysNeeded: !isLoopback(config.host), rateLimit: config.rateLimit };
  const app = await buildWorkerApp(
    { records, host, access },
    {
      ...{ host: inner, token, closing: closing.signal, over: over.signal, onError: warn },
      refresh: () => host.refresh(),
    },
    logger,
  );
  const close = async (grace: number) => {
    await Promise.race([inner.close(grace), aborted(hurried).then(() => inner.close(0))]);
    over.abort();
    const closed = app.close();
    await Promise.race([closed, sleep(LAST_WORDS)]);
    app.server.closeAllConnections();
    await Promise.all([closed, host.leave()]);
    await records.close();
    await endTracing().catch(() => {});
  };
  try {
    await app.listen({
      host: config.host,
      port: config.port,
      listenTextResolver: (url) => `listening on ${url}`,
    });
  } catch (error) {
    await close(0);
    throw listenFault(error, config);
  }
  const { port } = app.server.address() as AddressInfo;
  const address = config.workerAddress ?? reachableAt(config.host, port);
  const id = newId('wrk');
  const announced = await announceWorker(
    records.database,
    { id, role: 'inference', version: VERSION, labels: [], memoryMb: 0, token },
    () => ({
      ...{ address, protocol: PROTOCOL, threads: config.threads, device: engine.device },
      engine: inner.stats().engine ?? engine.engine,
      ready: host.ready(),
      models: host.models().flatMap((model) => (model.state === 'ready' ? [model.id] : [])),
      works: inner.stats().queuedWorks + inner.stats().activeWorks,
    }),
    warn,
  );
  logger.info(`inference worker ${id} is at ${address} for the servers on this database`);
  await aborted(asked);
  logger.info(`stopping; running requests have ${config.shutdownGrace / 1000} s to finish`);
  closing.abort();
  await announced.leave().catch(warn);
  await close(config.shutdownGrace);
  logger.info('stopped');
  process.exit(0);
}
