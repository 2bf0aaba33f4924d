/**
 * A hidden DATA_DIR that becomes a true one when it is complete, and the process that makes it. One that was killed has
 * left a folder that nobody needs, and in it a Postgres that goes on running.
 */
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { existingBase } from '../database/embedded/cluster.ts';
import { startEmbeddedPostgres } from '../database/embedded/supervisor.ts';
import { isAlive } from '../processes.ts';

export const MAKER = 'made-by';

/** At once with its maker: of two at the same time one fails. */
export async function makeStaging(staging: string): Promise<void> {
  const unnamed = `${staging}.${process.pid}`;
  await rm(unnamed, { recursive: true, force: true });
  await mkdir(unnamed);
  await writeFile(join(unnamed, MAKER), `${process.pid}`);
  await rename(unnamed, staging);
}

/** The process that makes one now, where that is not this one: containers give their first processes the same ids. */
export async function makerOf(staging: string): Promise<number | undefined> {
  const pid = Number(await readFile(join(staging, MAKER), 'utf8').catch(() => Number.NaN));
  return pid !== process.pid && isAlive(pid) ? pid : undefined;
}

/** With the Postgres in it. */
export async function removeStaging(staging: string): Promise<void> {
  const inside = join(staging, 'postgres');
  // Where root's Postgres cannot enter it, its files lie elsewhere.
  const base = existingBase(staging) ?? inside;
  const majors = await readdir(base).catch(() => []);
  if (majors.some((major) => existsSync(join(base, major, 'cluster', 'postmaster.pid')))) {
    const left = await startEmbeddedPostgres(staging, { log: () => {} });
    await left.stop();
  }
  if (base !== inside) await rm(base, { recursive: true, force: true });
  // A program that was started by one that was killed may still be writing.
  await rm(staging, { recursive: true, force: true, maxRetries: 10 });
}
