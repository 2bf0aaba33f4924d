/** Everything that a data set says in words in its training splits: captions, questions, statements, answers. */
import { join } from 'node:path';
import type { DirectoryDataset } from './dataset.ts';
import { type EntryOf, readEntry } from './entries.ts';
import { jsonEntries } from './json-entries.ts';
import { DATASET_TASKS, type DatasetTask } from './layout.ts';

/** Texts of every task that the data set has, so that a model's words are those of whatever it is fine-tuned for later. */
export async function* trainingTexts({
  folder,
  tasks,
}: Pick<DirectoryDataset, 'folder' | 'tasks'>): AsyncGenerator<string> {
  for (const task of DATASET_TASKS)
    for (const file of tasks[task]?.splits.train ?? [])
      for await (const { value } of jsonEntries(join(folder, file))) yield* textsOf(readEntry(task, value));
}

function* textsOf(entry: EntryOf[DatasetTask]): Generator<string> {
  if ('captions' in entry) yield* entry.captions;
  const asked = 'questions' in entry ? entry.questions : [entry];
  for (const one of asked) {
    yield one.text;
    if ('answers' in one) for (const [answer] of one.answers) yield answer;
  }
}
