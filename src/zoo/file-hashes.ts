/**
 * SHA-256 of files, each hashed once: a checkpoint of gigabytes takes half a minute, and every scan of the zoo asks
 * for all of them. What is known of a file holds for as long as its size, times and inode stay as they were. The
 * process remembers; `rememberHashes` makes it outlast the process.
 */

import { createHash } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { writeAtomically } from '../atomic-files.ts';
import { makeFolder } from '../make-folder.ts';

interface Known {
  stamp: string;
  sha256: string;
}

const known = new Map<string, Known>();
const hashing = new Map<string, Promise<string>>();
let memory: string | undefined;
let saving: Promise<void> = Promise.resolve();
/** Smaller files are hashed faster than they are looked up on disk. */
const WORTH_REMEMBERING = 2 ** 20;

/** In hexadecimal. @throws what opening or reading the file throws */
export async function hashFile(path: string): Promise<string> {
  const file = resolve(path);
  const stamp = await stampOf(file);
  const before = known.get(file);
  if (before?.stamp === stamp) return before.sha256;
  // Whoever asks meanwhile gets the same answer.
  const key = `${file}\n${stamp}`;
  const running = hashing.get(key) ?? read(file, stamp).finally(() => hashing.delete(key));
  hashing.set(key, running);
  return running;
}

async function stampOf(file: string): Promise<string> {
  const { size, mtimeNs, ctimeNs, ino } = await stat(file, { bigint: true });
  return `${size} ${mtimeNs} ${ctimeNs} ${ino}`;
}

/** For a path that is gone in a moment: nothing of it is remembered. In hexadecimal. */
export const hashOnce = async (path: string): Promise<string> => (await digest(path)).sha256;

async function digest(file: string): Promise<{ sha256: string; bytes: number }> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(file, { highWaterMark: 2 ** 20 })) {
    hash.update(chunk as Buffer);
    bytes += (chunk as Buffer).length;
  }
  return { sha256: hash.digest('hex'), bytes };
}

async function read(file: string, stamp: string): Promise<string> {
  const { sha256, bytes } = await digest(file);
  // One that was written to meanwhile is not known yet.
  if ((await stampOf(file)) !== stamp) return sha256;
  known.set(file, { stamp, sha256 });
  if (bytes >= WORTH_REMEMBERING && memory !== undefined) saving = saving.then(() => save(memory!));
  return sha256;
}

/** From now on, in DATA_DIR/cache, with what other processes left there. @throws UsageError when there can be no such folder */
export function rememberHashes(dataDir: string): void {
  const folder = join(dataDir, 'cache');
  makeFolder(dataDir, 'DATA_DIR');
  makeFolder(folder, 'DATA_DIR/cache');
  memory = join(folder, 'checkpoint-hashes.json');
  for (const [path, one] of Object.entries(load(memory))) if (!known.has(path)) known.set(path, one);
}

function load(file: string): Record<string, Known> {
  try {
    const entries = Object.entries(JSON.parse(readFileSync(file, 'utf8')) as Record<string, Known>);
    return Object.fromEntries(
      entries.filter(([, one]) => typeof one?.stamp === 'string' && /^[0-9a-f]{64}$/.test(one?.sha256)),
    );
  } catch {
    return {};
  }
}

async function save(file: string): Promise<void> {
  const ours = [...known].filter(([, { stamp }]) => Number(stamp.split(' ')[0]) >= WORTH_REMEMBERING);
  try {
    // What other processes have found out stays.
    await writeAtomically(file, JSON.stringify({ ...load(file), ...Object.fromEntries(ours) }));
  } catch {
    // A full disk, say: hashed again by the next process.
  }
}
