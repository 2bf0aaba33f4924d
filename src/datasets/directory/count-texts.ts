/** What is said about the pictures of a data set, counted by source. */
import { join } from 'node:path';
import type { DirectoryDataset } from './dataset.ts';
import { jsonEntries } from './json-entries.ts';
import type { DirectorySplit } from './layout.ts';

export interface CountedTexts {
  /** Different ones. */
  pictures: number;
  /** `lxmert: mscoco`, `vqa`, … → sentences, questions or statements. */
  texts: ReadonlyMap<string, number>;
}

/** @throws JsonEntriesError when a file cannot be read */
export async function directoryTexts(
  { folder, tasks }: Pick<DirectoryDataset, 'folder' | 'tasks'>,
  split: DirectorySplit,
): Promise<CountedTexts> {
  const pictures = new Set<string>();
  const texts = new Map<string, number>();
  const add = (source: string, count: number) => texts.set(source, (texts.get(source) ?? 0) + count);
  for (const [task, files] of Object.entries(tasks)) {
    for (const file of files.splits[split]) {
      for await (const { value } of jsonEntries(join(folder, file))) {
        const entry = value as Record<string, unknown>;
        for (const name of [entry.img_id, entry.img0, entry.img1])
          if (typeof name === 'string') pictures.add(name);
        if (task !== 'pretrain') add(task, 1);
        else
          for (const [source, sentences] of Object.entries(entry.sentf ?? {}))
            add(`lxmert: ${source}`, (sentences as unknown[]).length);
      }
    }
  }
  return { pictures: pictures.size, texts };
}
