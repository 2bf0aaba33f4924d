/** Keeps the stored copy of a running job's folder up with it, without holding the training up. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { StoredRuns } from './stored-runs.ts';

const AGAIN = 2_000;

export interface KeptRun {
  /** There is something new in the folder. */
  changed(): void;
  /**
   * Stores what there is in the end, and tries until it is stored.
   * @param enough the worker stops: it is tried once more
   * @returns false when it was not stored
   */
  last(enough: AbortSignal): Promise<boolean>;
}

export function keepRun(
  job: string,
  holder: string,
  runs: StoredRuns | undefined,
  onError: (error: unknown) => void,
): KeptRun {
  if (runs === undefined) return { changed: () => {}, last: async () => true };
  let saving: Promise<void> | undefined;
  let again = false;
  let over = false;
  const save = async () => {
    do {
      again = false;
      await runs.save(job, holder).catch(onError);
    } while (again && !over);
  };
  return {
    changed() {
      if (over) return;
      if (saving !== undefined) {
        again = true;
        return;
      }
      saving = save().finally(() => {
        saving = undefined;
      });
    },
    async last(enough) {
      over = true;
      await saving;
      for (;;) {
        try {
          // Without the lock there is nothing that we may store, and nothing that is missed.
          await runs.save(job, holder);
          return true;
        } catch (error) {
          onError(error);
          if (enough.aborted) return false;
          await sleep(AGAIN, undefined, { signal: enough }).catch(() => {});
        }
      }
    },
  };
}
