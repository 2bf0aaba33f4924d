/**
 * Reads a whole data set once: what is in it, what is wrong with it. Files are streamed; memory has the ids of entries
 * and pictures.
 */
import { createHash, type Hash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type AnswerList, checkAnswers, readAnswerList } from '../../answers.ts';
import { decodeText, TextError } from '../../text.ts';
import type { DirectoryDataset, TaskSizes } from './dataset.ts';
import { EntryError, type EntryOf, readEntry, type SoftAnswers, type TextsEntry } from './entries.ts';
import { FaultList, quoted } from './faults.ts';
import { JsonEntriesError, jsonEntries } from './json-entries.ts';
import {
  type DatasetTask,
  DIRECTORY_SPLITS,
  type DirectorySplit,
  listTasks,
  SPLIT_EXAMPLES,
  type TaskFiles,
} from './layout.ts';
import { countsIn, hasText, noPictures, QUESTION_TASKS } from './open-texts.ts';
import { checkPictures, clusterIdFiles, FEATURES, IMAGES, indexPictures } from './pictures.ts';

/** LXMERT's table of all data sets has 9,500. */
const MOST_ANSWERS = 20_000;
const LARGEST_ANSWER_FILE = 64 << 20;
const MOST_ENTRIES = 5_000_000;
export const DATASET_NAME = /^[a-z0-9][a-z0-9._-]{0,99}$/;
/** Image-text matching needs another picture. */
const FEWEST_PICTURES = 2;

/** @param reserved names that mean something else */
export async function checkDirectory(
  folder: string,
  reserved: readonly string[] = [],
): Promise<DirectoryDataset> {
  const name = basename(folder);
  const faults = new FaultList();
  const hash = createHash('sha256');
  if (!DATASET_NAME.test(name)) {
    faults.add('name_unusable', '', null, `Call it by a-z, 0-9, ".", "_", "-" alone, not ${quoted(name)}.`);
  } else if (reserved.includes(name)) {
    faults.add('name_unusable', '', null, `"${name}" is the name of composed scenes: choose another one.`);
  }
  const tasks = await listTasks(folder);
  if (Object.keys(tasks).length === 0) {
    const wanted = 'lxmert, vqa, gqa, nlvr2';
    faults.add('no_tasks', '', null, `None of the folders ${wanted} has a JSON file.`);
  }
  const index = await indexPictures(folder, faults);
  if (index.kind === 'none' && !faults.listed.some(({ code }) => code === 'features_unreadable')) {
    faults.add(
      'no_pictures',
      '',
      null,
      `There is neither a picture in ${IMAGES} nor an .h5 file in ${FEATURES}.`,
    );
  }
  const used = new Set<string>();
  const missing = new Set<string>();
  const sizes: DirectoryDataset['sizes'] = {};
  const answers: DirectoryDataset['answers'] = {};
  const spoken = noPictures();
  const sources: Record<DirectorySplit, Set<string>> = { train: new Set(), validation: new Set() };
  for (const [task, files] of Object.entries(tasks) as [DatasetTask, TaskFiles][]) {
    const known = await readAnswers(folder, files, faults, hash);
    const counts = new Map<string, number>();
    const size = {} as TaskSizes;
    for (const split of DIRECTORY_SPLITS) {
      const names = files.splits[split];
      if (names.length === 0) {
        const file = task === 'pretrain' ? 'lxmert' : task;
        faults.add('no_split', file, null, `There is no ${SPLIT_EXAMPLES[split]} for ${split}.`);
      }
      const ids = new Set<string>();
      const pictures = new Set<string>();
      let examples = 0;
      let entries = 0;
      let captioned = 0;
      for (const file of names) {
        hash.update(`${file}\0`);
        await eachEntry(folder, task, file, faults, hash, (entry, at) => {
          if (++entries > MOST_ENTRIES) {
            throw new JsonEntriesError('too_many', at, `At most ${MOST_ENTRIES} entries are read.`);
          }
          if (ids.has(entry.id)) {
            faults.add('duplicate_id', file, at, `There is an entry ${quoted(entry.id)} already.`);
          }
          ids.add(entry.id);
          for (const picture of entry.pictures) {
            if (index.files.has(picture)) used.add(picture);
            else if (!missing.has(picture) && index.kind !== 'none') {
              missing.add(picture);
              const where = index.kind === 'images' ? IMAGES : FEATURES;
              faults.add('picture_missing', file, at, `There is no ${quoted(picture)} in ${where}.`);
            }
          }
          if ('captions' in entry) {
            if (!hasText(entry)) return;
            if (entry.captions.length > 0) captioned++;
            for (const source of Object.keys(entry.captionsOf)) sources[split].add(source);
          }
          examples++;
          for (const picture of entry.pictures) pictures.add(picture);
          for (const [answer] of answersOf(entry)) {
            if (split === 'train') counts.set(answer, (counts.get(answer) ?? 0) + 1);
            // The reference fails on these for VQA, and skips them for the others.
            if (task === 'vqa' && known && !known.has(answer)) {
              faults.add('answer_unknown', file, at, `${quoted(answer)} is not in ${files.answers}.`);
            }
          }
        });
      }
      if (task === 'pretrain') for (const picture of pictures) spoken[split].texts.add(picture);
      else if (task !== 'nlvr2') for (const picture of pictures) spoken[split].questions.add(picture);
      if (task === 'pretrain' && entries > 0 && captioned === 0) {
        faults.add('no_captions', names[0]!, null, 'No entry has a caption in sentf.mscoco or sentf.vg.');
      } else if (names.length > 0 && pictures.size < FEWEST_PICTURES) {
        const found = `${split} has ${pictures.size} pictures`;
        faults.add('too_few_pictures', names[0]!, null, `${found}, at least ${FEWEST_PICTURES} are needed.`);
      }
      size[split] = { examples, pictures: pictures.size };
    }
    sizes[task] = size;
    answers[task] = known ? [...known] : byCount(counts);
    checkTaskAnswers(task, answers[task], counts, files, faults);
  }
  if (sizes.pretrain && tasks.pretrain) {
    for (const split of DIRECTORY_SPLITS) {
      const { texts, questions } = spoken[split];
      const only = [...questions].filter(
        (picture) => !texts.has(picture) && countsIn(split, spoken, picture),
      );
      sizes.pretrain[split].examples += only.length;
      sizes.pretrain[split].pictures += only.length;
    }
    if (tasks.pretrain.answers === undefined) {
      const further = QUESTION_TASKS.flatMap((task) => answers[task] ?? []);
      answers.pretrain = [...new Set([...(answers.pretrain ?? []), ...further])];
    }
  }
  for (const file of await clusterIdFiles(folder)) {
    const { size, mtimeMs } = await stat(join(folder, file));
    hash.update(`${file}\0${size} ${Math.round(mtimeMs)}\0`);
  }
  const stamp = ({ id, stamp }: { id: string; stamp: string }) => hash.update(`${id}\0${stamp}\0`);
  const features = await checkPictures(folder, index, used, faults, stamp);
  return {
    ...{ name, folder, tasks, sizes, answers },
    ...{ featureWidth: features?.width, featureBoxes: features?.boxes },
    captionSources: [...sources.train].filter((source) => sources.validation.has(source)),
    pictures: index.kind,
    revision: hash.digest('hex'),
    faults: faults.listed,
    faultCount: faults.count,
  };
}

async function eachEntry<T extends DatasetTask>(
  folder: string,
  task: T,
  file: string,
  faults: FaultList,
  hash: Hash,
  visit: (entry: EntryOf[T], at: number) => void,
): Promise<void> {
  try {
    for await (const { index, value } of jsonEntries(join(folder, file), hash)) {
      try {
        visit(readEntry(task, value), index);
      } catch (error) {
        if (!(error instanceof EntryError)) throw error;
        faults.add(error.code, file, index, error.message);
      }
    }
  } catch (error) {
    if (!(error instanceof JsonEntriesError)) throw error;
    faults.add(error.code, file, error.entry, error.message);
  }
}

function* answersOf(entry: EntryOf[DatasetTask]): Generator<SoftAnswers[number]> {
  if ('answers' in entry) yield* entry.answers;
  else if ('questions' in entry) for (const { answers } of (entry as TextsEntry).questions) yield* answers;
}

/** The most frequent first, those that are as frequent by name. */
const byCount = (counts: ReadonlyMap<string, number>): string[] =>
  [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).map(([answer]) => answer);

/** The answers of the file that lists them, where there is one. */
async function readAnswers(
  folder: string,
  { answers: file }: TaskFiles,
  faults: FaultList,
  hash: Hash,
): Promise<Set<string> | undefined> {
  if (file === undefined) return undefined;
  hash.update(`${file}\0`);
  const path = join(folder, file);
  let list: AnswerList;
  try {
    const { size } = await stat(path);
    if (size > LARGEST_ANSWER_FILE) {
      faults.add('too_many', file, null, `It has more than ${LARGEST_ANSWER_FILE >> 20} MiB.`);
      return new Set();
    }
    const bytes = await readFile(path);
    hash.update(bytes);
    list = readAnswerList(JSON.parse(decodeText(bytes)));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (error instanceof TextError) faults.add('not_json', file, null, error.message);
    else if (error instanceof SyntaxError) faults.add('not_json', file, null, 'It is not JSON.');
    else if (code !== undefined) faults.add('unreadable', file, null, `It cannot be read (${code}).`);
    else throw error;
    return new Set();
  }
  for (const { place, message } of list.faults) faults.add('answers_invalid', file, place, message);
  return new Set(list.answers);
}

function checkTaskAnswers(
  task: DatasetTask,
  answers: readonly string[],
  counts: ReadonlyMap<string, number>,
  { splits, answers: file }: TaskFiles,
  faults: FaultList,
): void {
  if (task === 'nlvr2' || splits.train.length === 0) return;
  const place = file ?? splits.train[0]!;
  if (answers.length > MOST_ANSWERS) {
    const message = `There are ${answers.length} different answers, at most ${MOST_ANSWERS} are learned: list them in`;
    faults.add(
      'answers_invalid',
      place,
      null,
      `${message} ${task === 'pretrain' ? 'all_ans' : 'trainval_label2ans'}.json.`,
    );
  }
  if (task === 'pretrain') return;
  const learned = file === undefined ? answers.length : answers.filter((answer) => counts.has(answer)).length;
  if (learned === 0) faults.add('no_answers', place, null, 'No question to train on has an answer.');
  if (file === undefined) {
    for (const { place: at, message } of answers.length > 0 ? checkAnswers(answers) : [])
      faults.add('answers_invalid', place, null, `The answer ${quoted(answers[at!])}: ${message}`);
  }
}
