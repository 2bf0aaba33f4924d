/**
 * What ended jobs keep. While somebody looks at them, everything; after some days what is of use for good: the job, its
 * result (of one without, its newest state), its log and samples, its events but for those of progress, all validations,
 * and so many points of every other curve as can be seen. `metrics.jsonl` in its folder still has every number.
 */
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Database } from '../database/connect.ts';
import type { JobStatus } from '../generated/prisma/client.ts';
import type { StoredRuns } from './stored-runs.ts';
import { ENDED } from './train-jobs.ts';

export interface PruneOptions {
  /** After the end of a job. */
  days: number;
  /** Most bytes of saved states of ended jobs on this disk: the oldest go first. */
  stateBytes: number;
  dataDir: string;
  runs?: StoredRuns | undefined;
}

const DAY = 24 * 3_600_000;
/** Its worker may still be stopping while there is a holder. */
const ENDED_FOR_GOOD = { status: { in: [...ENDED] }, holder: null };
/** Jobs of a round. */
const BATCH = 20;
/** Points of a series that are left. */
const MOST_POINTS = 1_000;

/** One round. @returns how many jobs were pruned; more may be to be when it is a full batch */
export async function pruneJobs(
  database: Database,
  { days, stateBytes, dataDir, runs }: PruneOptions,
): Promise<number> {
  const { prisma, retry } = database;
  const cutoff = new Date(Date.now() - days * DAY);
  const due = await retry(() =>
    prisma.job.findMany({
      where: { ...ENDED_FOR_GOOD, finishedAt: { lt: cutoff }, prunedAt: null },
      orderBy: { id: 'asc' },
      take: BATCH,
      select: { id: true, status: true },
    }),
  );
  for (const { id, status } of due) {
    await thin(database, id);
    await runs?.prune(id, (states) => spare(states, status));
    // Last: what was cut off is done again.
    await retry(() => prisma.job.updateMany({ where: { id }, data: { prunedAt: new Date() } }));
  }
  await pruneStates(database, cutoff, { stateBytes, dataDir });
  return due.length;
}

/** On this disk: every machine has files of its own. */
async function pruneStates(
  { prisma, retry }: Database,
  cutoff: Date,
  { stateBytes, dataDir }: Pick<PruneOptions, 'stateBytes' | 'dataDir'>,
): Promise<void> {
  const here = await withStates(dataDir);
  if (here.size === 0) return;
  const ended = await retry(() =>
    prisma.job.findMany({
      where: { ...ENDED_FOR_GOOD, id: { in: [...here.keys()] } },
      orderBy: [{ finishedAt: 'desc' }, { id: 'desc' }],
      select: { id: true, status: true, finishedAt: true },
    }),
  );
  let bytes = 0;
  for (const { id, status, finishedAt } of ended) {
    const { states, size } = here.get(id)!;
    bytes += size;
    if (finishedAt! >= cutoff && bytes <= stateBytes) continue;
    for (const state of spare(states, status))
      await rm(join(statesOf(dataDir, id), state), { recursive: true, force: true });
  }
}

const statesOf = (dataDir: string, job: string) => join(dataDir, 'runs', job, 'checkpoints');
const STATE = /^(step|resume)-(\d+)$/;

/** Saved states that are of no use any more. A result is what the last one was for. */
function spare(states: readonly string[], status: JobStatus): string[] {
  const step = (name: string) => Number(STATE.exec(name)![2]);
  const sorted = states.filter((name) => STATE.test(name)).sort((a, b) => step(a) - step(b));
  return status === 'succeeded' ? sorted : sorted.slice(0, -1);
}

/** Job → its saved states, and their bytes together. */
async function withStates(dataDir: string): Promise<Map<string, { states: string[]; size: number }>> {
  const found = new Map<string, { states: string[]; size: number }>();
  for (const job of await readdir(join(dataDir, 'runs')).catch(() => [])) {
    if (!/^job_[a-z0-9]+$/.test(job)) continue;
    const folder = statesOf(dataDir, job);
    const states = await readdir(folder).catch(() => []);
    let size = 0;
    for (const state of states) {
      const file = await stat(join(folder, state, 'state.safetensors')).catch(() => undefined);
      size += file?.size ?? 0;
    }
    if (states.length > 0) found.set(job, { states, size });
  }
  return found;
}

async function thin({ prisma, retry }: Database, jobId: string): Promise<void> {
  await retry(() => prisma.jobEvent.deleteMany({ where: { jobId, type: 'progress' } }));
  const series = await retry(() =>
    prisma.jobMetric.groupBy({
      by: ['name', 'split', 'task'],
      where: { jobId, split: { not: 'validation' } },
      _count: { step: true },
    }),
  );
  for (const { name, split, task, _count } of series) {
    const nth = Math.ceil(_count.step / MOST_POINTS);
    if (nth === 1) continue;
    // The last one stays: from there a reader of the file would go on. By their places on disk: for a table that has not
    // been analysed lately, joining by step was planned as every row with every other.
    await retry(
      () => prisma.$executeRaw`
        DELETE FROM job_metrics WHERE ctid = ANY (ARRAY(
          SELECT ctid FROM (
            SELECT ctid, row_number() OVER (ORDER BY step DESC) AS place FROM job_metrics
            WHERE job_id = ${jobId} AND name = ${name} AND split = ${split} AND task = ${task}) AS points
          WHERE (place - 1) % ${nth}::int <> 0))`,
    );
  }
}
