/** What is computed once per scene, in files of the cache: <prefix><scenes>.<extension>, scenes one after another. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** A whole file that holds at least `count` scenes of the split. */
export async function findCached(
  cache: string,
  prefix: string,
  extension: string,
  count: number,
  bytesPerScene: number,
): Promise<{ path: string; scenes: number } | undefined> {
  const names = await readdir(cache).catch(() => []);
  for (const name of names.filter((other) => other.startsWith(prefix) && other.endsWith(extension))) {
    const scenes = Number(name.slice(prefix.length, -extension.length));
    if (!(scenes >= count)) continue;
    const path = join(cache, name);
    if ((await stat(path)).size === scenes * bytesPerScene) return { path, scenes };
  }
  return undefined;
}
