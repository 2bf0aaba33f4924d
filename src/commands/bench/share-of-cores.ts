/** Holds a process and its children to a share of a core, with Linux's control groups; root alone may. */
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const PERIOD_US = 100_000;

export interface CoreShare {
  /** Before it starts others: they inherit it. */
  hold(pid: number): Promise<void>;
  /** Once none of them runs any more. */
  release(): Promise<void>;
}

/** @throws Error where there are no control groups that may be made */
export async function coreShare(name: string, cores: number): Promise<CoreShare> {
  const quota = Math.round(cores * PERIOD_US);
  const [group, limits] = existsSync('/sys/fs/cgroup/cgroup.controllers')
    ? [join('/sys/fs/cgroup', name), { 'cpu.max': `${quota} ${PERIOD_US}` }]
    : [
        join('/sys/fs/cgroup/cpu', name),
        { 'cpu.cfs_period_us': `${PERIOD_US}`, 'cpu.cfs_quota_us': `${quota}` },
      ];
  await mkdir(group);
  const release = () => rmdir(group);
  try {
    for (const [file, limit] of Object.entries(limits)) {
      await writeFile(join(group, file), limit);
      if (readFileSync(join(group, file), 'utf8').trim() !== limit) throw new Error(`${file} was not set`);
    }
  } catch (error) {
    await release();
    throw error;
  }
  return { hold: (pid) => writeFile(join(group, 'cgroup.procs'), String(pid)), release };
}
