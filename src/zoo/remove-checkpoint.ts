/** Takes a checkpoint away from disk, with the parts that were copied for it alone. */
import { randomUUID } from 'node:crypto';
import { rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';
import type { ZooContents, ZooEntry } from './discovery.ts';

/** Where promotion copies what only a run had (runs/promote.ts). */
export const PARTS = 'parts';

export type Removal =
  /** Its folders, the model's first. */
  | { folders: string[] }
  /** It is not in the folder that may be changed. */
  | { refused: 'shipped' }
  /** Other models name it as a component. */
  | { refused: 'in-use'; by: string[] };

/**
 * What removing a checkpoint comes to; nothing is done yet.
 * @param own the folder of checkpoints that may be changed
 * @returns undefined when there is no such checkpoint
 */
export function planRemoval(
  { entries, problems }: ZooContents,
  id: string,
  own: string,
): Removal | undefined {
  const entry = entries.find((one) => one.id === id);
  const folder = entry?.folder ?? problems.find((one) => one.id === id)?.folder;
  if (folder === undefined) return undefined;
  const inside = resolve(own) + sep;
  if (!resolve(folder).startsWith(inside)) return { refused: 'shipped' };
  const users = (of: ZooEntry, others: readonly ZooEntry[]) =>
    others.filter((other) => Object.values(other.components).some(({ path }) => path === of.path));
  if (entry === undefined) return { folders: [folder] };
  const by = users(entry, entries).map((other) => other.id);
  if (by.length > 0) return { refused: 'in-use', by };

  const gone = [entry];
  for (const one of gone) {
    for (const part of Object.values(one.components)) {
      const left = entries.filter((other) => !gone.includes(other));
      const ours = part.path.startsWith(`${PARTS}/`) && resolve(part.folder).startsWith(inside);
      if (ours && !gone.includes(part) && users(part, left).length === 0) gone.push(part);
    }
  }
  return { folders: gone.map((one) => one.folder) };
}

/** `<model>/<variant>`, by which others name it. */
export const pathOf = (folder: string): string => `${basename(dirname(folder))}/${basename(folder)}`;

/** Under a hidden name first: whoever looks sees all of a checkpoint or nothing. */
export async function removeFolders(folders: readonly string[]): Promise<void> {
  for (const folder of folders) {
    const hidden = join(dirname(folder), `.${basename(folder)}.${randomUUID()}.removed`);
    await rename(folder, hidden);
    await rm(hidden, { recursive: true, force: true });
  }
}
