import { constants } from 'node:fs';
import { copyFile, mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeAtomically } from '../atomic-files.ts';
import { makeFolder } from '../make-folder.ts';
import { ObjectMissing, type ObjectStore } from './object-store.ts';

export function openFolderStore(folder: string): ObjectStore {
  const pathOf = (key: string) => join(folder, key);
  return {
    name: folder,
    async put(key, file) {
      const path = pathOf(key);
      await mkdir(dirname(path), { recursive: true });
      await makeAtomically(path, (temporary) => copyFile(file, temporary, constants.COPYFILE_FICLONE));
      return key;
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
