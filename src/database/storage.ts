/**
 * Space to write to. Postgres ends itself when it cannot write its log, and does not start again before there is
 * space; so writing stops while there is still enough left for it to go on with.
 */
import { freeBytesOf, LEAST_FREE } from '../disk-space.ts';

/** Milliseconds for which an answer of the file system holds, and a refusal of Postgres. */
const FRESH = 1_000;

export interface Storage {
  /** Whether there is too little space to write anything. */
  full(): Promise<boolean>;
  /** Somebody tried, and was told so. */
  refused(): void;
}

/**
 * @param folder on the disk that matters; undefined: another machine's, of which only refusals tell
 * @param freeBytes of the file system that the folder is on; tests give their own
 */
export function watchStorage(
  folder: string | undefined,
  freeBytes: (folder: string) => Promise<number> = freeBytesOf,
): Storage {
  let asked: { at: number; full: Promise<boolean> } | undefined;
  let refusedAt = Number.NEGATIVE_INFINITY;
  const ask = (path: string) =>
    freeBytes(path).then(
      (free) => free < LEAST_FREE,
      // Not all file systems tell.
      () => false,
    );
  return {
    async full() {
      const now = performance.now();
      if (now - refusedAt < FRESH) return true;
      if (folder === undefined) return false;
      if (asked === undefined || now - asked.at > FRESH) asked = { at: now, full: ask(folder) };
      return asked.full;
    },
    refused() {
      refusedAt = performance.now();
    },
  };
}

const record = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

/** SQLSTATE disk_full, wherever Prisma puts it, and what the file system says. */
export function isStorageFull(error: unknown): boolean {
  const { code, originalCode, cause, meta, message } = record(error);
  if (/^(53100|ENOSPC|EDQUOT)$/.test(String(originalCode ?? code))) return true;
  if (/Code: `53100`/.test(String(message))) return true;
  return [cause, record(meta).driverAdapterError].some((one) => one !== undefined && isStorageFull(one));
}
