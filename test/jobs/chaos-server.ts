/** A server with jobs of the tiny kind, to be killed: `tsx chaos-server.ts <data folder>`. Prints its address. */
import { buildApp } from '../../src/app.ts';
import { openRecords } from '../../src/database/open.ts';
import { openQueue } from '../../src/jobs/queue.ts';
import { superviseWorkers } from '../../src/jobs/supervise-workers.ts';
import { createJobWork, createTrainJobs } from '../../src/jobs/train-jobs.ts';
import { createFakeHost } from '../routes/fake-host.ts';
import { tiny } from './tiny-kind.ts';

const dataDir = process.argv[2]!;
const records = await openRecords({ dataDir, databaseUrl: undefined }, () => {});
const queue = await openQueue(records.connection, 'sender', () => {});
const app = await buildApp({
  records,
  host: createFakeHost(),
  training: {
    jobs: createTrainJobs(records.database, queue),
    kinds: [tiny],
    dataDir,
    checkpointsDir: `${dataDir}/none`,
  },
});
const url = await app.listen({ host: '127.0.0.1', port: 0 });
const work = createJobWork(records.database, queue);
const workers = superviseWorkers({
  count: 1,
  args: ['--data-dir', dataDir, '--checkpoints-dir', `${dataDir}/none`, '--log-level', 'silent'],
  module: new URL('./chaos-worker.ts', import.meta.url),
  onGone: (worker) => work.abandon(worker),
  log: () => {},
});
process.stdout.write(`${url}\n`);
process.once('SIGTERM', async () => {
  await app.close();
  await workers.close(10_000);
  await queue.close();
  await records.close();
  process.exit(0);
});
