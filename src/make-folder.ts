/** Folders that a user names, made with those above them; what cannot be made is a sentence. */
import { mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { UsageError } from './errors.ts';

/**
 * As `mkdir -p`. Node's own `recursive` never comes back from a file system that says "no such file" of a folder whose
 * parent is there, as /proc does.
 *
 * @param name whose value the path is, such as `DATA_DIR`
 * @param mode of the last folder, where it is made now
 * @throws UsageError
 */
export function makeFolder(path: string, name: string, mode?: number): void {
  const folder = resolve(path);
  try {
    make(folder, mode);
  } catch (error) {
    const { code: given, message, path: at } = error as NodeJS.ErrnoException;
    // Node from 22 on finds it only when that file is to be made a folder.
    const code = given === 'EEXIST' && at !== folder ? 'ENOTDIR' : given;
    throw new UsageError(
      `${name} is "${path}", which cannot be made a folder: ${WHY[code ?? ''] ?? message}.`,
      {
        cause: error,
      },
    );
  }
}

const WHY: Record<string, string> = {
  EACCES: 'you have no right to write there',
  EPERM: 'you have no right to write there',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'your share of the disk is full',
  ENOTDIR: 'a part of the path is a file',
  EEXIST: 'it is a file',
  ENOENT: 'nothing can be made there',
  ENAMETOOLONG: 'a name in it is too long',
  ELOOP: 'it goes in a circle of links',
};

function make(folder: string, mode?: number): void {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return;
  const parent = dirname(folder);
  if (parent !== folder) make(parent);
  try {
    mkdirSync(folder, mode);
  } catch (error) {
    // Made by somebody else meanwhile.
    if ((error as NodeJS.ErrnoException).code === 'EEXIST' && statSync(folder).isDirectory()) return;
    throw error;
  }
}
