/**
 * A data set of one's own: a folder as LXMERT's `data/`, with its pictures beside it.
 *
 *   <name>/lxmert/*.json   pre-training: a picture an entry, with its captions and questions
 *          vqa/*.json      questions      gqa/*.json   questions      nlvr2/*.json   statements about pairs
 *          images/         <img_id>.png (jpg, jpeg, webp, gif, avif), in folders or not
 *          features/*.h5   in place of images: the authors' grid features, a group per img_id
 *          cluster_ids/*.pkl   beside either: the authors' codes, where a visual vocabulary's are not looked up anew
 *
 * File names are those of LXMERT: `train`, `nominival` (and `mscoco_train`, `mscoco_nominival`, `vgnococo`) are
 * trained on, `valid`, `minival`, `testdev` (and `mscoco_minival`) are validated on; what is called otherwise, such
 * as `test`, which has no labels, is left alone.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isLitter } from '../../litter.ts';

/** As the kinds of training are called. */
export const DATASET_TASKS = ['pretrain', 'vqa', 'gqa', 'nlvr2'] as const;
export type DatasetTask = (typeof DATASET_TASKS)[number];
export type DirectorySplit = 'train' | 'validation';
export const DIRECTORY_SPLITS: readonly DirectorySplit[] = ['train', 'validation'];

const folderOf = (task: DatasetTask) => (task === 'pretrain' ? 'lxmert' : task);

const SPLIT_NAMES: Record<DirectorySplit, RegExp> = {
  train: /^((.+_)?(train|nominival)|vgnococo)\.json$/,
  validation: /^(.+_)?(valid|minival|testdev)\.json$/,
};

/** For messages. */
export const SPLIT_EXAMPLES: Record<DirectorySplit, string> = {
  train: 'train.json (or nominival.json, mscoco_train.json, mscoco_nominival.json, vgnococo.json)',
  validation: 'valid.json (or minival.json, testdev.json, mscoco_minival.json)',
};

/** LXMERT's and UNITER's. Where several are there, they are the same list; the first is read. */
const ANSWER_NAMES = [
  'trainval_label2ans.json',
  'trainval_ans2label.json',
  'label2ans.json',
  'ans2label.json',
];

/** Where the answers are that a model is to know, with the places of their logits; without it they are collected. */
const ANSWER_FILES: Record<DatasetTask, readonly string[]> = {
  pretrain: ['all_ans.json'],
  vqa: ANSWER_NAMES,
  gqa: ANSWER_NAMES,
  nlvr2: [],
};

export interface TaskFiles {
  /** By name, relative to the data set's folder. */
  splits: Record<DirectorySplit, string[]>;
  answers: string | undefined;
}

/** The tasks whose folder has a JSON file, and which files each reads. */
export async function listTasks(folder: string): Promise<Partial<Record<DatasetTask, TaskFiles>>> {
  const tasks: Partial<Record<DatasetTask, TaskFiles>> = {};
  for (const task of DATASET_TASKS) {
    const subfolder = folderOf(task);
    const found = await readdir(join(folder, subfolder)).catch(() => [] as string[]);
    const names = found.filter((name) => !isLitter(name)).sort();
    if (!names.some((name) => name.endsWith('.json'))) continue;
    const of = (split: DirectorySplit) =>
      names.filter((name) => SPLIT_NAMES[split].test(name)).map((name) => `${subfolder}/${name}`);
    const answers = ANSWER_FILES[task].find((name) => names.includes(name));
    tasks[task] = {
      splits: { train: of('train'), validation: of('validation') },
      answers: answers && `${subfolder}/${answers}`,
    };
  }
  return tasks;
}

/** Where they lie in DATA_DIR. */
export const directoriesIn = (dataDir: string): string => join(dataDir, 'datasets');
