/** A job whose disk is full waits: trying again would fail again, and is nobody's fault. */
import { setTimeout as sleep } from 'node:timers/promises';
import { freeBytesOf, LEAST_FREE, megabytes } from '../disk-space.ts';
import type { JobWork } from './train-jobs.ts';
import type { TrainingProcess } from './training-process.ts';

/** How often it is looked at. */
const LOOK = 5_000;

export interface JobSpace {
  /**
   * @param recorded whether the database has all that was measured
   * @returns how many bytes must be free before it is tried again; undefined: it did not end for want of space
   */
  lacking(outcome: Awaited<TrainingProcess['outcome']>, recorded: boolean): Promise<number | undefined>;
  /** @returns whether they are free; false when the job is not ours to go on with any more, or we are closing */
  waitFor(bytes: number): Promise<boolean>;
}

export function jobSpace(
  id: string,
  holder: string,
  options: {
    work: Pick<JobWork, 'look' | 'record'>;
    dataDir: string;
    log: (level: 'warn', message: string) => void;
  },
  closing: AbortSignal,
): JobSpace {
  const { work, dataDir, log } = options;
  const free = () => freeBytesOf(dataDir);

  async function isWanted(): Promise<boolean> {
    // While Postgres is away nobody can have said anything.
    const seen = await work.look(id, holder).catch(() => ({ status: 'running', ours: true }) as const);
    return seen?.status === 'running' && seen.ours;
  }

  function tell(message: string): void {
    log('warn', `job ${id}: ${message}`);
    void work
      .record(id, holder, { lines: [], events: [{ type: 'message', level: 'warn', message }] })
      .catch(() => {});
  }

  return {
    async lacking(outcome, recorded) {
      if (outcome.type === 'failed' && outcome.code === 'storage_full') return outcome.needed ?? LEAST_FREE;
      if (outcome.type === 'interrupted' || (outcome.type === 'failed' && outcome.final)) return undefined;
      if (outcome.type === 'done' && recorded) return undefined;
      // A process that cannot write its log dies without a word.
      return (await free()) < LEAST_FREE ? LEAST_FREE : undefined;
    },
    async waitFor(bytes) {
      for (let told = false; ; told = true) {
        const left = await free();
        if (left >= bytes) return true;
        if (!told)
          tell(
            `The disk is full: ${megabytes(left)} are left, ${megabytes(bytes)} are needed. Waiting for space.`,
          );
        await sleep(LOOK, undefined, { signal: closing }).catch(() => {});
        if (closing.aborted || !(await isWanted())) return false;
      }
    },
  };
}
