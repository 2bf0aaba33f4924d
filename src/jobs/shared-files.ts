/** What servers and workers with disks of their own have in common, where there is a store (STORE_URL). */
import { join } from 'node:path';
import type { Database } from '../database/connect.ts';
import { DATASET_NAME } from '../datasets/directory/index.ts';
import { CodedError, type ErrorCode } from '../errors.ts';
import { openStore } from '../store/open-store.ts';
import { createStoredFolders } from '../store/stored-folders.ts';
import { type SyncedFolders, syncFolders } from '../store/synced-folders.ts';
import { createStoredRuns, type StoredRuns } from './stored-runs.ts';

export interface SharedFiles {
  /** Folders in DATA_DIR/checkpoints. */
  readonly checkpoints: SyncedFolders;
  readonly datasets: SyncedFolders;
  /** What was sent, as it came. */
  readonly files: SyncedFolders;
  readonly runs: StoredRuns;
  /** For who can go on with what is here, should the store be away. @returns what the store threw */
  attempt(look: Promise<void>): Promise<unknown>;
}

/** @throws UsageError when the store cannot be used */
export async function openSharedFiles(
  url: string,
  { dataDir, cacheBytes }: { dataDir: string; cacheBytes: number },
  database: Database,
  warn: (message: string) => void,
): Promise<SharedFiles> {
  const cache = join(dataDir, 'cache');
  const store = await openStore(url, join(cache, 'uploads'));
  const stored = createStoredFolders(database, store, { folder: join(cache, 'store'), bytes: cacheBytes });
  const synced = (kind: Parameters<typeof syncFolders>[1], depth: number) =>
    syncFolders(stored, kind, join(dataDir, kind), depth, join(cache, 'synced'), warn);
  return {
    checkpoints: synced('checkpoints', 2),
    datasets: synced('datasets', 1),
    files: synced('files', 1),
    runs: createStoredRuns(stored, dataDir, database),
    attempt: (look) =>
      look.catch((error: unknown) => {
        warn(`store: ${error instanceof Error ? error.message : error}`);
        return error;
      }),
  };
}

/** Jobs whose results are named as components: `job_…` or `job_…/result`. */
export const jobsAmong = (references: Iterable<string>): string[] =>
  [...references].flatMap((name) => /^(job_[a-z0-9]+)(?:\/result)?$/.exec(name)?.[1] ?? []);

/** A data set that a request names, should another server have been sent it. */
export const bringDataset = async (shared: SharedFiles | undefined, dataset: string): Promise<void> =>
  void (await shared?.attempt(bringForJob(shared, { dataset })));

/** What is said of something that is not here. */
const MISSING: readonly ErrorCode[] = ['component_unusable', 'dataset_unusable', 'file_not_found'];

/**
 * Brings something and works with it. While the store is away, what is here will do; what is missing then is no fault
 * of whoever asks.
 * @throws CodedError store_unavailable, and what the work throws
 */
export async function withBrought<T>(
  shared: SharedFiles | undefined,
  what: Parameters<typeof bringForJob>[1],
  work: () => Promise<T>,
): Promise<T> {
  const fault = await shared?.attempt(bringForJob(shared, what));
  return work().catch((error) => {
    if (fault === undefined || !(error instanceof CodedError && MISSING.includes(error.code))) throw error;
    throw new CodedError('store_unavailable', undefined, { cause: fault });
  });
}

/** What a job is planned with or promoted from, brought to this disk. @throws what the store throws */
export async function bringForJob(
  shared: SharedFiles | undefined,
  { dataset, references }: { dataset?: string; references?: Iterable<string> },
): Promise<void> {
  if (shared === undefined) return;
  if (dataset !== undefined && DATASET_NAME.test(dataset)) await shared.datasets.syncOne(dataset);
  if (references === undefined) return;
  await shared.checkpoints.bring();
  for (const job of jobsAmong(references)) await shared.runs.result(job);
}
