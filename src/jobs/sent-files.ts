/**
 * Files that were sent to be trained on. Each becomes a data set of its own name in DATA_DIR/datasets, as if its folder
 * had been put there; the file itself is kept beside what is known of it in DATA_DIR/files.
 *
 * What comes in lies under a hidden name, which nobody reads, until it is whole and found without faults.
 */
import { createReadStream, type ReadStream } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { newId } from '../database/ids.ts';
import type { Owner } from '../database/runs.ts';
import { checkDirectory, directoriesIn, faultText } from '../datasets/directory/index.ts';
import { unpackDataset } from '../datasets/sent/index.ts';
import { CodedError } from '../errors.ts';
import { isLitter } from '../litter.ts';
import type { SyncedFolders } from '../store/synced-folders.ts';
import { storable } from '../text.ts';
import type { SharedFiles } from './shared-files.ts';

export interface SentFile {
  /** Also the name of the data set. */
  id: string;
  filename: string;
  purpose: string;
  bytes: number;
  /** ISO 8601. */
  createdAt: string;
  /** The API key that sent it. */
  keyId: string | null;
}

export interface SentFiles {
  /**
   * @param write stores what comes at a path, and says how many bytes it was
   * @throws CodedError dataset_unusable, payload_too_large, what `write` throws, and the signal's reason
   */
  add(
    file: Pick<SentFile, 'filename' | 'purpose' | 'keyId'>,
    write: (path: string) => Promise<number>,
    signal?: AbortSignal,
  ): Promise<SentFile>;
  /** Newest first. */
  list(owner: Owner): Promise<SentFile[]>;
  /** @throws CodedError sent_file_not_found */
  find(id: string, owner: Owner): Promise<SentFile>;
  content(file: SentFile): ReadStream;
  /** With its data set. */
  remove(file: SentFile): Promise<void>;
}

export function createSentFiles(dataDir: string, shared?: SharedFiles): SentFiles {
  const folder = join(dataDir, 'files');
  const pathOf = (id: string) => join(folder, id);
  const datasetOf = (id: string) => join(directoriesIn(dataDir), id);

  async function read(id: string): Promise<SentFile | undefined> {
    try {
      return JSON.parse(await readFile(join(pathOf(id), 'file.json'), 'utf8')) as SentFile;
    } catch {
      return undefined;
    }
  }
  const isOf = ({ keyId }: SentFile, owner: Owner) => owner.all || keyId === owner.keyId;

  return {
    async add(given, write, signal) {
      const id = newId('file');
      const incoming = join(folder, `.${id}`);
      // It is checked under the name that it will have.
      const unpacking = join(directoriesIn(dataDir), `.${id}`);
      const dataset = join(unpacking, id);
      try {
        await mkdir(incoming, { recursive: true });
        await mkdir(dataset, { recursive: true });
        const bytes = await write(join(incoming, 'content'));
        await unpackDataset(join(incoming, 'content'), dataset, signal);
        const { faults, faultCount } = await checkDirectory(dataset);
        if (faultCount > 0) {
          const lines = [`The data set has ${faultCount} faults:`, ...faults.map(faultText)];
          throw new CodedError('dataset_unusable', lines.join('\n'), { param: '/file' });
        }
        const filename = storable(given.filename);
        const file: SentFile = { id, ...given, filename, bytes, createdAt: new Date().toISOString() };
        await writeFile(join(incoming, 'file.json'), JSON.stringify(file));
        await rename(dataset, datasetOf(id));
        await rename(incoming, pathOf(id));
        await shared?.attempt(shared.datasets.syncOne(id));
        await shared?.attempt(shared.files.syncOne(id));
        return file;
      } finally {
        await rm(incoming, { recursive: true, force: true });
        await rm(unpacking, { recursive: true, force: true });
      }
    },
    async list(owner) {
      await shared?.attempt(shared.files.bring());
      const names = await readdir(folder).catch(() => [] as string[]);
      const found = await Promise.all(names.filter((name) => !isLitter(name)).map(read));
      return found
        .filter((file) => file !== undefined)
        .filter((file) => isOf(file, owner))
        .sort((a, b) => (a.id < b.id ? 1 : -1));
    },
    async find(id, owner) {
      const isId = /^file_[0-9a-z]{26}$/.test(id);
      if (isId) await shared?.attempt(shared.files.bring());
      const file = isId ? await read(id) : undefined;
      if (file !== undefined && isOf(file, owner)) return file;
      throw new CodedError('sent_file_not_found', `There is no file "${id}". GET /v1/files lists them.`);
    },
    content: ({ id }) => createReadStream(join(pathOf(id), 'content')),
    async remove({ id }) {
      const gone = (folder: string) => () => rm(folder, { recursive: true, force: true });
      const remove = (folders: SyncedFolders | undefined, folder: string) =>
        folders === undefined ? gone(folder)() : folders.deleting(gone(folder));
      await remove(shared?.files, pathOf(id));
      await remove(shared?.datasets, datasetOf(id));
    },
  };
}
