/** A store in a folder that all machines see (NFS, say), or on one machine's disk. */
import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeFolder } from '../make-folder.ts';
import { ObjectMissing, type ObjectStore } from './object-store.ts';

export function openFolderStore(folder: string): ObjectStore {
  const pathOf = (key: string) => join(folder, key);
  return {
    name: folder,
    async put(key, file) {
      const path = pathOf(key);
      const incomplete = `${path}.${randomUUID()}.incomplete`;
      await mkdir(dirname(path), { recursive: true });
      try {
        await copyFile(file, incomplete, constants.COPYFILE_FICLONE);
        await rename(incomplete, path);
      } catch (error) {
        await rm(incomplete, { force: true });
        throw error;
      }
    },
    async get(key, file) {
      await copyFile(pathOf(key), file, constants.COPYFILE_FICLONE).catch((cause) => {
        throw cause.code === 'ENOENT' ? new ObjectMissing(key, { cause }) : cause;
      });
    },
    async remove(keys) {
      for (const key of keys) await rm(pathOf(key), { force: true });
    },
    async check() {
      makeFolder(folder, 'STORE_URL');
    },
  };
}
