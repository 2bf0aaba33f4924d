/**
 * A worker that runs has a file in DATA_DIR. The next one that starts there, on the same machine, so knows at once that it
 * died, which others would notice by its silence, and goes on with its job before it takes another.
 */
import { readlinkSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isAlive, machineIdentity } from '../database/embedded/processes.ts';

/** After so many milliseconds a file is of no use to machines and containers that it is not of. */
const FORGOTTEN = 24 * 3_600_000;

/** Of workers in this process. */
const own = new Set<string>();

/** @returns ids of workers that died here, each told of to one worker */
export async function takeDeadWorkers(dataDir: string): Promise<string[]> {
  const dead: string[] = [];
  for (const id of await readdir(folderOf(dataDir)).catch(() => [])) {
    const file = fileOf(dataDir, id);
    const [pid, place] = (await readFile(file, 'utf8').catch(() => '')).split('\n');
    const known = place === ownPlace();
    const lives = Number(pid) === process.pid ? own.has(id) : isAlive(Number(pid));
    if (known ? lives : !(await isForgotten(file))) continue;
    await rm(file, { force: true });
    if (known) dead.push(id);
  }
  return dead;
}

/** Where it cannot be written, on a full disk, silence has to do. @returns what takes the file away again */
export async function markWorker(dataDir: string, id: string): Promise<() => Promise<void>> {
  const file = fileOf(dataDir, id);
  own.add(id);
  await mkdir(folderOf(dataDir), { recursive: true })
    .then(() => writeFile(file, `${process.pid}\n${ownPlace()}`))
    .catch(() => {});
  return async () => {
    own.delete(id);
    await rm(file, { force: true });
  };
}

const folderOf = (dataDir: string) => join(dataDir, 'workers');
const fileOf = (dataDir: string, id: string) => join(folderOf(dataDir), id);

const isForgotten = (file: string): Promise<boolean> =>
  stat(file).then(
    ({ mtimeMs }) => Date.now() - mtimeMs > FORGOTTEN,
    () => false,
  );

/** Where a process id means one process: containers of one host name count each for themselves. */
function ownPlace(): string {
  try {
    return `${machineIdentity()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return machineIdentity();
  }
}
