/** Objects of the store on the local disk, by the hash of their content; those that were not used for longest go. */
import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { hashFile, hashOnce } from '../zoo/file-hashes.ts';
import type { ObjectStore } from './object-store.ts';

export interface StoredFile {
  /** With slashes, within its folder. */
  path: string;
  /** Hash of its content, in hexadecimal. */
  sha256: string;
  bytes: number;
  /** Key of the object in the store. */
  key: string;
}

/** Milliseconds that the time of use may be behind: writing it makes `hashFile` read the file again. */
const USED_LATELY = 3_600_000;

export class ObjectCache {
  readonly #folder: string;
  readonly #store: ObjectStore;
  readonly #most: number;
  readonly #fetching = new Map<string, Promise<string>>();

  /** @param most bytes that it holds beside what is being fetched */
  constructor(folder: string, store: ObjectStore, most: number) {
    this.#folder = folder;
    this.#store = store;
    this.#most = most;
  }

  /** The path of its content here, to be read and not changed. @throws ObjectMissing, or when it is damaged */
  path(file: StoredFile): Promise<string> {
    const running = this.#fetching.get(file.sha256) ?? this.#find(file);
    this.#fetching.set(file.sha256, running);
    const over = () => this.#fetching.delete(file.sha256);
    running.then(over, over);
    return running;
  }

  async copy(file: StoredFile, target: string): Promise<void> {
    await copyFile(await this.path(file), target, constants.COPYFILE_FICLONE);
  }

  async #find(file: StoredFile): Promise<string> {
    const path = join(this.#folder, file.sha256);
    const there = await stat(path).catch(() => undefined);
    if (there?.size === file.bytes && (await hashFile(path)) === file.sha256) {
      const now = new Date();
      if (now.getTime() - there.mtimeMs > USED_LATELY) await utimes(path, now, now).catch(() => {});
      return path;
    }
    await mkdir(this.#folder, { recursive: true });
    await this.#makeRoom(file.bytes);
    const incomplete = join(this.#folder, `.${randomUUID()}.incomplete`);
    try {
      await this.#store.get(file.key, incomplete);
      if ((await hashOnce(incomplete)) !== file.sha256) {
        throw new Error(`the object ${file.key} of the store is damaged: its content has another hash`);
      }
      await rename(incomplete, path);
      return path;
    } finally {
      await rm(incomplete, { force: true });
    }
  }

  async #makeRoom(bytes: number): Promise<void> {
    const names = (await readdir(this.#folder)).filter((name) => !name.startsWith('.'));
    const found = await Promise.all(
      names.map(async (name) => {
        const known = await stat(join(this.#folder, name)).catch(() => undefined);
        return { name, size: known?.size ?? 0, used: known?.mtimeMs ?? 0 };
      }),
    );
    let held = found.reduce((sum, { size }) => sum + size, bytes);
    for (const { name, size } of found.sort((a, b) => a.used - b.used)) {
      if (held <= this.#most) return;
      if (this.#fetching.has(name)) continue;
      await rm(join(this.#folder, name), { force: true });
      held -= size;
    }
  }
}
