/** A disk of its own, which a test may fill. Needs the right to mount one. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface SmallDisk {
  readonly folder: string;
  /** Takes all that is left, but for so many bytes; again, what others have given back since. */
  fill(left?: number): Promise<void>;
  /** Gives it back. */
  empty(): void;
  remove(): void;
}

/** @returns undefined where nothing can be mounted */
export function mountSmallDisk(megabytes: number): SmallDisk | undefined {
  if (process.platform !== 'linux') return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'xlxmert-disk-'));
  const options = `size=${megabytes}m,mode=755`;
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder]).status !== 0) {
    rmSync(folder, { recursive: true, force: true });
    console.warn('skipped: no file system can be mounted here');
    return undefined;
  }
  const filling = join(folder, 'filling');
  return {
    folder,
    async fill(left = 0) {
      const { bavail, bsize } = await statfs(folder);
      try {
        writeFileSync(filling, Buffer.alloc(Math.max(0, bavail * bsize - left)), { flag: 'a' });
      } catch (error) {
        // Others were faster.
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      }
    },
    empty: () => rmSync(filling, { force: true }),
    remove() {
      spawnSync('umount', [folder]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
