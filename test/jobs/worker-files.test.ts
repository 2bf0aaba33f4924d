/** A worker that died is known by its file to the next one that starts in the same DATA_DIR. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { listEvents } from '../../src/jobs/job-events.ts';
import { openQueue } from '../../src/jobs/queue.ts';
import { createJobWork, createTrainJobs } from '../../src/jobs/train-jobs.ts';
import { startWorker } from '../../src/jobs/worker.ts';
import { markWorker, takeDeadWorkers } from '../../src/jobs/worker-files.ts';
import { createTestRecords } from '../database/test-database.ts';

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'worker-files-'));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

/** Marks itself, and ends without a word. */
function dies(id: string): void {
  const module = fileURLToPath(new URL('../../src/jobs/worker-files.ts', import.meta.url));
  const program = `await (await import(${JSON.stringify(module)})).markWorker(${JSON.stringify(dataDir)}, '${id}')`;
  const { status, stderr } = spawnSync(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '-e', program],
    { encoding: 'utf8' },
  );
  expect([status, stderr]).toEqual([0, '']);
}
const fileOf = (id: string) => join(dataDir, 'workers', id);

it('is told of once, and not while it lives', async () => {
  expect(await takeDeadWorkers(dataDir)).toEqual([]);
  const unmark = await markWorker(dataDir, 'wrk_alive');
  dies('wrk_dead');
  expect(await takeDeadWorkers(dataDir)).toEqual(['wrk_dead']);
  expect(await takeDeadWorkers(dataDir)).toEqual([]);
  await unmark();
  expect(existsSync(fileOf('wrk_alive'))).toBe(false);
});

it('is nobody’s business on another machine, and forgotten in the end', async () => {
  await markWorker(dataDir, 'wrk_away');
  const [pid] = (await readFile(fileOf('wrk_away'), 'utf8')).split('\n');
  await writeFile(fileOf('wrk_away'), `${pid}\nanother machine`);
  expect(await takeDeadWorkers(dataDir)).toEqual([]);
  expect(existsSync(fileOf('wrk_away'))).toBe(true);
  await utimes(fileOf('wrk_away'), 0, 0);
  expect(await takeDeadWorkers(dataDir)).toEqual([]);
  expect(existsSync(fileOf('wrk_away'))).toBe(false);
});

it('has its job gone on with before another is begun', async () => {
  const records = await createTestRecords();
  const queue = await openQueue(records.connection, 'worker', () => {});
  const jobs = createTrainJobs(records.database, queue);
  const work = createJobWork(records.database, queue);
  const create = () =>
    jobs.create({
      ...{ kind: 'tiny', dataset: 'lattice-1style', seed: 0, components: {}, steps: 3, command: 'test' },
      hyperparameters: { steps: 3, slowness: 0, diverges_at: 0, dies_at: 0, throws_at: 0 },
      ...{ suffix: undefined, metadata: {}, keyId: null },
    });
  const first = await create();
  const begun = await create();
  await work.claim({ id: begun.messageId, jobId: begun.id }, 'wrk_dead/1', 'wrk_dead');
  dies('wrk_dead');
  const worker = await startWorker({
    ...{ id: 'wrk_next', queue, work, dataDir, checkpointsDir: join(dataDir, 'none'), threads: 1 },
    ...{ niceness: 0, commit: 'none', log: () => {} },
    trainingModule: new URL('./tiny-training-child.ts', import.meta.url),
  });
  const ended = async (id: string) => {
    for (;;) {
      const job = await jobs.find(id, { keyId: null, all: true });
      if (job.status === 'succeeded') return job;
      await sleep(50);
    }
  };
  const [later, sooner] = [await ended(first.id), await ended(begun.id)];
  expect(sooner.finishedAt!.getTime()).toBeLessThanOrEqual(later.startedAt!.getTime());
  const said = await listEvents(records.database.prisma, begun.id, undefined, 100);
  expect(said.map(({ message }) => message).join()).toContain('The worker of the job died. Tried again');
  await worker.close();
  await records.close();
});
