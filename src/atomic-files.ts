/** Files and folders that a reader sees whole or not at all: written under another name, then renamed. */
import { randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** Takes the place of a file that is there. A power cut leaves the old one or the new one. */
export const writeAtomically = (path: string, data: string | Uint8Array): Promise<void> =>
  fillAtomically(path, (file) => file.writeFile(data));

/** As {@link writeAtomically}, for what comes piece by piece. @returns what `fill` returns */
export const fillAtomically = <T>(path: string, fill: (file: FileHandle) => Promise<T>): Promise<T> =>
  makeAtomically(path, async (temporary) => {
    const file = await open(temporary, 'wx');
    try {
      const filled = await fill(file);
      await file.sync();
      return filled;
    } finally {
      await file.close();
    }
  });

/** The same for what is made by its path. @returns what `make` returns */
export async function makeAtomically<T>(path: string, make: (temporary: string) => Promise<T>): Promise<T> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    const made = await make(temporary);
    await rename(temporary, path);
    return made;
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw error;
  }
}

/**
 * Makes `folder`, with those above it.
 * @param fill writes into the folder that it is given; what it throws leaves nothing behind
 * @throws what rename throws where there is such a folder, and files in it
 */
export async function makeFolderAtomically(
  folder: string,
  fill: (incomplete: string) => Promise<void>,
): Promise<void> {
  const incomplete = join(dirname(folder), `.${basename(folder)}.${randomUUID()}.incomplete`);
  try {
    await mkdir(incomplete, { recursive: true });
    await fill(incomplete);
    await rename(incomplete, folder);
  } catch (error) {
    await rm(incomplete, { recursive: true, force: true }).catch(() => {});
    throw error;
  }
}
