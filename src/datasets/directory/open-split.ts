/**
 * One split of one task, to train on. Entries stay in their files and are read when they are asked for: memory has
 * the place of each.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { TextEncoding } from '../../text.ts';
import type { DirectoryDataset } from './dataset.ts';
import { type EntryOf, readEntry } from './entries.ts';
import { jsonEntries, parseEntry } from './json-entries.ts';
import type { DatasetTask, DirectorySplit } from './layout.ts';

export interface DirectoryEntries<T extends DatasetTask> {
  /** img_ids, in the order of their first use. */
  readonly pictures: readonly string[];
  /** Place of a picture among `pictures`. */
  placeOf(picture: string): number;
  readonly length: number;
  /** @throws Error when the file has changed since it was opened */
  entry(index: number): EntryOf[T];
  close(): void;
}

/**
 * @param limit of pictures: entries that need one after these are left out
 * @param keep which entries count; by what they say, so that the same file gives the same ones
 */
export async function openEntries<T extends DatasetTask>(
  { folder, tasks }: Pick<DirectoryDataset, 'folder' | 'tasks'>,
  task: T,
  split: DirectorySplit,
  limit: number,
  keep: (entry: EntryOf[T]) => boolean = () => true,
): Promise<DirectoryEntries<T>> {
  const files = tasks[task]?.splits[split] ?? [];
  const places = new Map<string, number>();
  // Of a smaller limit the pictures are the first ones of a larger: features of both are kept in one file.
  let full = false;
  const found: { file: number; offset: number; length: number }[] = [];
  const encodings: TextEncoding[] = [];
  for (const [file, name] of files.entries()) {
    for await (const { offset, length, encoding, value } of jsonEntries(join(folder, name))) {
      encodings[file] = encoding;
      const entry = readEntry(task, value);
      if (!keep(entry)) continue;
      const fresh = [...new Set(entry.pictures)].filter((picture) => !places.has(picture));
      if (places.size + fresh.length > limit) full = true;
      if (full && fresh.length > 0) continue;
      for (const picture of fresh) places.set(picture, places.size);
      found.push({ file, offset, length });
    }
  }
  const file = Uint8Array.from(found, (place) => place.file);
  const offset = Float64Array.from(found, (place) => place.offset);
  const length = Uint32Array.from(found, (place) => place.length);
  const opened = files.map((name) => openSync(join(folder, name), 'r'));
  return {
    pictures: [...places.keys()],
    placeOf: (picture) => places.get(picture)!,
    length: found.length,
    entry(index) {
      const bytes = Buffer.alloc(length[index]!);
      const place = file[index]!;
      try {
        readSync(opened[place]!, bytes, 0, bytes.length, offset[index]!);
        return readEntry(task, parseEntry(bytes, encodings[place]!));
      } catch (cause) {
        throw new Error(`${files[place]} has changed while it was trained on`, { cause });
      }
    },
    close: () => {
      for (const one of opened) closeSync(one);
    },
  };
}
