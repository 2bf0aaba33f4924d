/** A worker whose process is gone is known by its row to the next one that starts on its machine. */
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Records } from '../../src/database/open.ts';
import { announceWorker, takeDeadTrainingWorkers, trainingWorkers } from '../../src/database/workers.ts';
import { listEvents } from '../../src/jobs/job-events.ts';
import { openQueue } from '../../src/jobs/queue.ts';
import { createJobWork, createTrainJobs } from '../../src/jobs/train-jobs.ts';
import { startWorker } from '../../src/jobs/worker.ts';
import { createTestRecords } from '../database/test-database.ts';

let dataDir: string;
let records: Records;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'dead-workers-'));
  records = await createTestRecords();
});
afterEach(async () => {
  await records.close();
  await rm(dataDir, { recursive: true, force: true });
});

const announce = (id: string) =>
  announceWorker(
    records.database,
    { id, role: 'training', version: '1', labels: [], memoryMb: 1 },
    () => ({}),
    () => {},
  );
/** Leaves its row behind, of a process that is gone. */
async function dies(id: string, elsewhere = {}): Promise<void> {
  const announced = await announce(id);
  const { worker } = records.database.prisma;
  const row = await worker.findUniqueOrThrow({ where: { id } });
  await announced.leave();
  const { process: own } = row.details as { process: object };
  const { pid } = spawnSync(process.execPath, ['-e', '']);
  await worker.create({ data: { ...row, token: null, details: { process: { ...own, pid, ...elsewhere } } } });
}
const take = () => takeDeadTrainingWorkers(records.database);

it('is told of once, and not while it lives', async () => {
  expect(await take()).toEqual([]);
  const alive = await announce('wrk_alive');
  await dies('wrk_dead');
  expect(await take()).toEqual(['wrk_dead']);
  expect(await take()).toEqual([]);
  expect((await trainingWorkers(records.database)).map(({ id }) => id)).toEqual(['wrk_alive']);
  await alive.leave();
});

it('is nobody’s business on another machine', async () => {
  await dies('wrk_away', { place: 'another machine' });
  expect(await take()).toEqual([]);
});

it('has its job gone on with before another is begun', async () => {
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
  await dies('wrk_dead');
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
});
