/** Questions about processes that are not our children. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** False for a zombie too: it has ended, only its parent has not noticed. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: there, but another user's.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  try {
    // The state follows the command's name, which may itself hold spaces and parentheses.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return !/^\s*[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 1));
  } catch {
    return process.platform !== 'linux';
  }
}

/**
 * Whether a process works inside the folder (every Postgres process does, its data directory is its working
 * directory): this one, or any. undefined where that cannot be told.
 */
export function isWorkedIn(folder: string, pid?: number): boolean | undefined {
  if (process.platform !== 'linux') return undefined;
  const candidates = pid === undefined ? readdirSync('/proc').filter((name) => /^\d+$/.test(name)) : [pid];
  return candidates.some((candidate) => {
    try {
      return readlinkSync(`/proc/${candidate}/cwd`) === folder;
    } catch {
      // Ended meanwhile, a zombie, or another user's.
      return false;
    }
  });
}

/** The same for every process of one booted machine (or container, which has its own host name). */
export function machineIdentity(): string {
  let boot = '';
  try {
    boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    // Not Linux: the host name has to do.
  }
  return `${hostname()} ${boot}`.trim();
}

/** Where a process id means one process: containers of one host name count each for themselves. */
export function processPlace(): string {
  try {
    return `${machineIdentity()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return machineIdentity();
  }
}
