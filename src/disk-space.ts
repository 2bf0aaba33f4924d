/** What is left of a disk, and how much of it is not ours to take. */
import { statfs } from 'node:fs/promises';
import { Transform } from 'node:stream';

/** Two of Postgres's log segments: it ends itself when it cannot write its log. */
export const LEAST_FREE = 32 * 2 ** 20;

/** Infinity where the file system does not tell. */
export async function freeBytesOf(folder: string): Promise<number> {
  return statfs(folder).then(
    ({ bavail, bsize }) => bavail * bsize,
    () => Number.POSITIVE_INFINITY,
  );
}

/** As the file system would say it, but before anything is written. */
export class NoSpaceError extends Error {
  readonly code = 'ENOSPC';
  /** Bytes that must be free. */
  readonly needed: number;

  constructor(needed: number, free: number) {
    super(`the disk is full: ${megabytes(free)} are left, and ${megabytes(needed)} are needed`);
    this.needed = needed;
  }
}

/** For who is about to write so many bytes into a folder that is there. @throws NoSpaceError */
export async function requireSpaceFor(folder: string, bytes: number): Promise<void> {
  const free = await freeBytesOf(folder);
  if (free < bytes + LEAST_FREE) throw new NoSpaceError(bytes + LEAST_FREE, free);
}

const ASK_EVERY = 4 * 2 ** 20;

/** Lets through what is written into the folder, for as long as there is space. It fails with NoSpaceError. */
export function whileThereIsSpace(folder: string): Transform {
  let unasked = ASK_EVERY;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      unasked += chunk.length;
      if (unasked < ASK_EVERY) return done(null, chunk);
      unasked = 0;
      requireSpaceFor(folder, 0).then(() => done(null, chunk), done);
    },
  });
}

export const megabytes = (bytes: number) => `${Math.floor(bytes / 2 ** 20)} MB`;
