/**
 * Folders that every machine has on its disk, and the store for all of them: checkpoints that were promoted or
 * imported, data sets, files that were sent. What was put here by hand or by a command goes into the store; what is new
 * in the store comes here; what others deleted goes here too, unless it was changed here meanwhile.
 *
 * What this machine last saw of a folder is kept beside the cache: the version in the store, and a stamp of the files
 * here. A folder whose stamp is another was changed here; one whose version is another was changed in the store. Where
 * both are, nothing is overwritten, and somebody is told.
 */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { writeAtomically } from '../atomic-files.ts';
import { isLitter } from '../litter.ts';
import { filesIn, hashed, type StoredFolders, versionOf } from './stored-folders.ts';

export interface SyncedFolders {
  /** All of a kind: here as in the store, and in the store as here. */
  sync(): Promise<void>;
  /** The first half of it: what was made here a moment ago may be taken away again. */
  bring(): Promise<void>;
  /** One of them alone. */
  syncOne(name: string): Promise<void>;
  /** Those that were deleted here go from the store, before a `sync` brings them back. */
  deleting(deletion: () => Promise<void>): Promise<void>;
}

interface Seen {
  version: string;
  stamp: string;
}

/**
 * @param kind of the names in the store, `<kind>/<name>`
 * @param root here
 * @param depth of folders that a name has
 * @param memory a folder for what was last seen
 */
export function syncFolders(
  stored: StoredFolders,
  kind: 'checkpoints' | 'datasets' | 'files',
  root: string,
  depth: number,
  memory: string,
  warn: (message: string) => void,
): SyncedFolders {
  const memoryOf = (name: string) => join(memory, kind, `${encodeURIComponent(name)}.json`);
  const told = new Set<string>();

  async function seenOf(name: string): Promise<Seen | undefined> {
    try {
      return JSON.parse(await readFile(memoryOf(name), 'utf8')) as Seen;
    } catch {
      return undefined;
    }
  }
  async function remember(name: string, version: string): Promise<void> {
    await mkdir(join(memory, kind), { recursive: true });
    const seen: Seen = { version, stamp: (await stampOf(join(root, name)))! };
    await writeAtomically(memoryOf(name), JSON.stringify(seen));
  }
  const forget = (name: string) => rm(memoryOf(name), { force: true });

  async function publish(name: string): Promise<void> {
    const put = await stored.put(`${kind}/${name}`, join(root, name));
    await remember(name, put!.version);
  }
  async function bring(name: string): Promise<void> {
    await mkdir(dirname(join(root, name)), { recursive: true });
    const fetched = await stored.fetch(`${kind}/${name}`, join(root, name));
    if (fetched !== undefined) await remember(name, fetched.version);
  }

  async function settle(name: string, version: string | undefined, publishing: boolean): Promise<void> {
    const folder = join(root, name);
    const seen = await seenOf(name);
    // Requests wait for this one: what is as it was in the store is not looked into.
    if (!publishing && version !== undefined && seen?.version === version && (await isThere(folder))) return;
    const stamp = await stampOf(folder);
    if (stamp === undefined) {
      if (version !== undefined) return bring(name);
      return seen && forget(name);
    }
    const changedHere = seen?.stamp !== stamp;
    if (version === undefined) {
      if (seen === undefined || changedHere) return publishing ? publish(name) : undefined;
      const hidden = join(dirname(folder), `.${Date.now()}.removed`);
      await rename(folder, hidden);
      await rm(hidden, { recursive: true, force: true });
      return forget(name);
    }
    if (seen?.version === version) return changedHere && publishing ? publish(name) : undefined;
    if (seen !== undefined && !changedHere) return bring(name);
    if (versionOf(await hashed(folder)) === version) return remember(name, version);
    const key = `${name} ${stamp} ${version}`;
    if (told.has(key)) return;
    told.add(key);
    warn(`${folder} differs from ${kind}/${name} in the store, and both were changed: remove one of them`);
  }

  // One after the other: a folder is not looked at while it comes or goes.
  let before: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = before.then(work, work);
    before = turn.catch(() => {});
    return turn;
  };
  const storedVersions = async (prefix: string) =>
    new Map(
      (await stored.list(`${kind}/${prefix}`)).map((one) => [one.name.slice(kind.length + 1), one.version]),
    );

  async function all(publishing: boolean): Promise<void> {
    const versions = await storedVersions('');
    const here = await namesIn(root, depth);
    const failures: unknown[] = [];
    for (const name of new Set([...here, ...versions.keys()])) {
      await settle(name, versions.get(name), publishing).catch((error) => failures.push(error));
    }
    if (failures.length > 0) throw failures[0];
  }

  return {
    sync: () => inTurn(() => all(true)),
    bring: () => inTurn(() => all(false)),
    syncOne: (name) =>
      inTurn(async () => {
        await settle(name, (await storedVersions(name)).get(name), true);
      }),
    deleting: (deletion) =>
      inTurn(async () => {
        const names = await namesIn(root, depth);
        await deletion();
        const left = new Set(await namesIn(root, depth));
        for (const name of names) {
          if (left.has(name)) continue;
          await stored.remove(`${kind}/${name}`);
          await forget(name);
        }
      }),
  };
}

async function namesIn(root: string, depth: number): Promise<string[]> {
  const names: string[] = [];
  for (const name of await readdir(root).catch(() => [])) {
    if (isLitter(name) || (await stat(join(root, name)).catch(() => undefined))?.isDirectory() !== true)
      continue;
    if (depth === 1) names.push(name);
    else names.push(...(await namesIn(join(root, name), depth - 1)).map((below) => `${name}/${below}`));
  }
  return names;
}

const isThere = (folder: string) =>
  stat(folder).then(
    () => true,
    () => false,
  );

/** undefined: there is no such folder. */
async function stampOf(folder: string): Promise<string | undefined> {
  const files = await filesIn(folder).catch((error) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  });
  if (files === undefined) return undefined;
  const lines = files.map(({ path, size, mtimeMs }) => `${path} ${size} ${mtimeMs}`);
  return createHash('sha256').update(lines.join('\n')).digest('hex');
}
