/** `npm run worker`: takes training jobs, here or on another machine that shares the database and DATA_DIR. */
import { databaseFault } from '../../database/database-url.ts';
import { newId } from '../../database/ids.ts';
import { openRecords } from '../../database/open.ts';
import { announceWorker } from '../../database/workers.ts';
import { endSignals } from '../../end-signals.ts';
import { openQueue } from '../../jobs/queue.ts';
import { openSharedFiles } from '../../jobs/shared-files.ts';
import { createJobWork } from '../../jobs/train-jobs.ts';
import { startWorker, type WorkerOptions } from '../../jobs/worker.ts';
import { createLogger } from '../../logger.ts';
import { makeFolder } from '../../make-folder.ts';
import { startTracing } from '../../tracing.ts';
import { VERSION } from '../../version.ts';
import { currentCommit } from '../current-commit.ts';
import type { GivenTo } from '../define-command.ts';
import type { worker as description } from './command.ts';
import { deviceMemory } from './device-memory.ts';

/** @param training how jobs are run, where tests want it otherwise */
export async function worker(
  { flags: { id }, config: settings }: Pick<GivenTo<typeof description>, 'flags' | 'config'>,
  training: Pick<WorkerOptions, 'trainingModule' | 'niceness'> = {},
): Promise<void> {
  const config = settings();
  const logger = createLogger(config.logLevel);
  const log = (level: 'info' | 'warn', message: string) => logger[level](message);
  const warn = (error: unknown) => log('warn', `queue: ${error instanceof Error ? error.message : error}`);
  // Started by a server that was killed meanwhile: there is nobody left to stop us, and another one starts its own.
  if (id !== undefined && !process.connected) return;
  const { asked, hurried } = endSignals();
  const over = new Promise<void>((resolve) => {
    asked.addEventListener('abort', () => resolve(), { once: true });
    process.once('disconnect', () => resolve());
  });
  const endTracing = await startTracing('worker');
  makeFolder(config.dataDir, 'DATA_DIR');
  // The server that started us has told of its database.
  const say = (level: 'info' | 'warn', message: string) => {
    if (id === undefined || level !== 'info') log(level, message);
  };
  const records = await openRecords(config, say);
  hurried.addEventListener('abort', () => {
    records.endPostgres();
    process.exit(130);
  });
  const queue = await openQueue(records.connection, 'worker', warn).catch((error) => {
    throw config.databaseUrl === undefined ? error : databaseFault(error, config.databaseUrl);
  });
  const shared =
    config.storeUrl === undefined
      ? undefined
      : await openSharedFiles(config.storeUrl, config, records.database, (message) => log('warn', message));
  const own = id ?? newId('wrk');
  const { device } = config.engine;
  const offer = {
    labels: [...new Set([device, ...(device === 'cuda' ? ['gpu'] : []), ...config.workerLabels])],
    memoryMb: config.workerMemoryMb ?? (await deviceMemory(config.engine)),
  };
  let job: string | undefined;
  const announced = await announceWorker(
    records.database,
    { id: own, role: 'training', version: VERSION, ...offer },
    () => ({ threads: config.trainThreads, device, job: job ?? null }),
    warn,
  );
  const started = await startWorker({
    id: own,
    offer,
    onJob(taken) {
      job = taken;
      void announced.update();
    },
    work: createJobWork(records.database, queue),
    queue,
    dataDir: config.dataDir,
    checkpointsDir: config.checkpointsDir,
    shared,
    ownDisk: id === undefined,
    engine: config.engine,
    threads: config.trainThreads,
    commit: await currentCommit(),
    log,
    ...training,
  });
  await over;
  await started.close();
  await announced.leave().catch(warn);
  await records.close();
  await endTracing().catch(() => {});
  process.exit(0);
}
