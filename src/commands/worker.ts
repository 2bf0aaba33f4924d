/** `npm run worker`: takes training jobs, here or on another machine that shares the database and DATA_DIR. */
import { parseArgs } from 'node:util';
import { configFlags, readConfig } from '../config.ts';
import { databaseFault } from '../database/database-url.ts';
import { newId } from '../database/ids.ts';
import { openRecords } from '../database/open.ts';
import { endSignals } from '../end-signals.ts';
import { openQueue } from '../jobs/queue.ts';
import { createJobWork } from '../jobs/train-jobs.ts';
import { startWorker, type WorkerOptions } from '../jobs/worker.ts';
import { createLogger } from '../logger.ts';
import { makeFolder } from '../make-folder.ts';
import { currentCommit } from './current-commit.ts';

const HELP = `worker [options]      take training jobs from the queue, one at a time, until it is stopped

The server starts one (WORKERS); more take more jobs at a time. On another machine it needs the
server's DATABASE_URL, and a DATA_DIR and CHECKPOINTS_DIR that both machines see.

  --train-threads <n>  compute threads of a job (half of the cores)
  --data-dir, --checkpoints-dir, --database-url, --log-level
`;

export const run = (args: string[]): Promise<void> => work(args);

/** @param training how jobs are run, where tests want it otherwise */
export async function work(
  args: string[],
  training: Pick<WorkerOptions, 'trainingModule' | 'niceness'> = {},
): Promise<void> {
  const { values } = parseArgs({
    args,
    options: { ...configFlags, id: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help === true) {
    process.stdout.write(HELP);
    return;
  }
  const config = readConfig(process.env, values);
  const logger = createLogger(config.logLevel);
  const log = (level: 'info' | 'warn', message: string) => logger[level](message);
  const warn = (error: unknown) => log('warn', `queue: ${error instanceof Error ? error.message : error}`);
  // Started by a server that was killed meanwhile: there is nobody left to stop us, and another one starts its own.
  if (values.id !== undefined && !process.connected) return;
  const { asked, hurried } = endSignals();
  const over = new Promise<void>((resolve) => {
    asked.addEventListener('abort', () => resolve(), { once: true });
    process.once('disconnect', () => resolve());
  });
  makeFolder(config.dataDir, 'DATA_DIR');
  // The server that started us has told of its database.
  const say = (level: 'info' | 'warn', message: string) => {
    if (values.id === undefined || level !== 'info') log(level, message);
  };
  const records = await openRecords(config, say);
  hurried.addEventListener('abort', () => {
    records.endPostgres();
    process.exit(130);
  });
  const queue = await openQueue(records.connection, 'worker', warn).catch((error) => {
    throw config.databaseUrl === undefined ? error : databaseFault(error, config.databaseUrl);
  });
  const worker = await startWorker({
    id: typeof values.id === 'string' ? values.id : newId('wrk'),
    work: createJobWork(records.database, queue),
    queue,
    dataDir: config.dataDir,
    checkpointsDir: config.checkpointsDir,
    engine: config.engine,
    threads: config.trainThreads,
    commit: await currentCommit(),
    log,
    ...training,
  });
  await over;
  await worker.close();
  await records.close();
  process.exit(0);
}
