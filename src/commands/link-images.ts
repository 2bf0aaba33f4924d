/** A data set's pictures stay where they are: its images/ links to their folder. */
import { readdir, symlink } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { UsageError } from '../errors.ts';
import { makeFolder } from '../make-folder.ts';

/** @param folder of the data set @throws UsageError */
export async function linkImages(folder: string, images: string): Promise<void> {
  const source = resolve(images);
  await readdir(source).catch((cause: NodeJS.ErrnoException) => {
    throw new UsageError(`--images: ${images} is no folder that can be read (${cause.code}).`, { cause });
  });
  const to = join(folder, 'images', basename(source));
  makeFolder(join(folder, 'images'), '--dataset');
  // On Windows a junction needs no privilege.
  await symlink(source, to, 'junction').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'EEXIST') throw cause;
  });
  process.stdout.write(`${to} → ${source}\n`);
}
