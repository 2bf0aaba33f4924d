/**
 * Fifteen JPEGs and what COCO, VQA v2, GQA and NLVR2 say of them, in small files of exactly the published forms; and the
 * commands that bring them and the published models' files, small and of random weights, into a folder of data.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { vi } from 'vitest';
import { runCommand } from '../../src/commands/index.ts';

export const fixture = (file: string): string => join(import.meta.dirname, '../fixtures', file);

const coco = (subset: string, id: number) => `COCO_${subset}_${String(id).padStart(12, '0')}`;
const SUBSETS = { train2014: [9, 25], val2014: [42, 73], test2015: [1] } as const;
const FOLDERS: Record<string, readonly string[]> = {
  ...Object.fromEntries(
    Object.entries(SUBSETS).map(([subset, ids]) => [subset, ids.map((id) => coco(subset, id))]),
  ),
  gqa: ['2354786', '2354787', 'n161313', 'n161314'],
  nlvr2: ['train', 'dev', 'test1'].flatMap((split) => [`${split}-1-0-img0`, `${split}-1-0-img1`]),
};
/** img_ids of all pictures. */
export const PICTURES: readonly string[] = Object.values(FOLDERS).flat();
const COLOURS = ['red', 'green', 'blue'] as const;
const colourOf = (picture: string) => COLOURS[PICTURES.indexOf(picture) % COLOURS.length]!;
export const ANSWERS: readonly string[] = COLOURS;
/** What the test servers ask, by the names that they know it by. */
export const ASKED = { vqa: ['1000'], gqa: ['201971873'], nlvr2: ['test1-1-0-0', 'test1-1-0-1'] } as const;

export function pictureFile(root: string, picture: string): string {
  const folder = Object.keys(FOLDERS).find((name) => FOLDERS[name]!.includes(picture))!;
  return join(root, folder, `${picture}.jpg`);
}

/** Writes the files of the corpora to `root`, the pictures in folders beside them. */
export async function writePublishedFiles(root: string): Promise<void> {
  const write = (file: string, value: unknown) => writeFile(join(root, file), JSON.stringify(value));
  for (const [folder, pictures] of Object.entries(FOLDERS)) {
    await mkdir(join(root, folder));
    for (const picture of pictures)
      await sharp({ create: { width: 64, height: 48, channels: 3, background: colourOf(picture) } })
        .jpeg()
        .toFile(join(root, folder, `${picture}.jpg`));
  }
  for (const [subset, ids] of Object.entries(SUBSETS)) {
    const seen = (id: number) => colourOf(coco(subset, id));
    await write(`captions_${subset}.json`, {
      images: ids.map((id) => ({ id, file_name: `${coco(subset, id)}.jpg`, height: 48, width: 64 })),
      annotations: ids.map((id) => ({ image_id: id, id, caption: `A ${seen(id)} wall.` })),
    });
    await write(`questions_${subset}.json`, {
      data_subtype: subset,
      questions: ids.map((id) => ({ image_id: id, question: 'What colour is it?', question_id: id * 1000 })),
    });
    await write(`annotations_${subset}.json`, {
      data_subtype: subset,
      annotations: ids.map((id) => ({
        ...{ image_id: id, question_id: id * 1000, answer_type: 'other', question_type: 'what color' },
        answers: Array.from({ length: 10 }, (_, i) => ({ answer: seen(id), answer_id: i + 1 })),
      })),
    });
  }
  const question = (imageId: string) => ({ question: 'What colour is the wall?', imageId, isBalanced: true });
  const answered = (imageId: string) => ({
    ...{ ...question(imageId), answer: colourOf(imageId), entailed: [], equivalent: [] },
    types: { detailed: 'colour', semantic: 'attr', structural: 'query' },
    groups: { global: 'colour', local: '10-wall' },
  });
  await write('train_balanced_questions.json', {
    ...{ '02930152': answered('2354786'), '02930153': answered('2354787') },
  });
  await write('testdev_balanced_questions.json', {
    ...{ '20968379': answered('n161313'), '20968380': answered('n161314') },
  });
  await write('submission_all_questions.json', { '201971873': question('n161313') });
  for (const split of ['train', 'dev', 'test1']) {
    const lines = ['True', 'False'].map((label, i) =>
      JSON.stringify({
        ...{ identifier: `${split}-1-0-${i}`, sentence: `One wall is ${COLOURS[i]}.`, synset: 'wall' },
        ...(split !== 'test1' && { label }),
      }),
    );
    await writeFile(join(root, `${split}.json`), `${lines.join('\n')}\n`);
  }
}

/** Types a command. @returns what it printed */
export async function typed(name: string, args: readonly string[]): Promise<string> {
  const written: string[] = [];
  const spy = vi.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0);
  try {
    await runCommand(name, args);
  } finally {
    spy.mockRestore();
  }
  return written.join('');
}

export const options = (given: Record<string, string | number>): string[] =>
  Object.entries(given).flatMap(([name, value]) => [`--${name}`, String(value)]);

/** The files that `writePublishedFiles` wrote, as the data set `dataset`. */
export async function convertPublishedFiles(root: string, data: string, dataset: string): Promise<void> {
  const files = (flag: string, ...names: string[]) =>
    names.flatMap((name) => [`--${flag}`, join(root, name)]);
  const converts = (what: string, ...args: string[]) =>
    typed('convert', [what, ...options({ dataset, 'data-dir': data }), ...args]);
  const captions = files('captions', 'captions_train2014.json', 'captions_val2014.json');
  await converts('coco', ...captions, ...files('images', ...Object.keys(FOLDERS)));
  const questions = Object.keys(SUBSETS).map((subset) => `questions_${subset}.json`);
  const annotations = ['annotations_train2014.json', 'annotations_val2014.json'];
  const vqa = [...files('questions', ...questions), ...files('annotations', ...annotations)];
  await converts('vqa', ...vqa, '--min-answers', '1');
  const balanced = files('train', 'train_balanced_questions.json');
  const testdev = files('testdev', 'testdev_balanced_questions.json');
  await converts('gqa', ...balanced, ...testdev, ...files('test', 'submission_all_questions.json'));
  const statements = [...files('train', 'train.json'), ...files('valid', 'dev.json')];
  await converts('nlvr2', ...statements, ...files('test', 'test1.json'));
}

/** Options of an import that the published files do not want: theirs are as wide as BERT, and their words are its. */
export async function smallModelOptions(root: string): Promise<string[]> {
  const special = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'];
  const letters = [...'abcdefghijklmnopqrstuvwxyz'].flatMap((letter) => [letter, `##${letter}`]);
  const words = [...special, ...letters];
  while (words.length < 200) words.push(`word${words.length}`);
  await writeFile(join(root, 'vocab.txt'), `${words.join('\n')}\n`);
  await writeFile(join(root, 'config.json'), JSON.stringify({ num_attention_heads: 4 }));
  return options({ vocab: join(root, 'vocab.txt'), config: join(root, 'config.json') });
}

/** Imports the detector, as `detector/published`; its pictures are smaller than the published 800 pixels. */
export async function importDetector(root: string, data: string): Promise<void> {
  await writeFile(join(root, 'detector.json'), JSON.stringify({ min_size: 96, max_size: 160 }));
  const from = fixture('detector-tiny/detectron_model.pth');
  const given = { from, as: 'detector/published', config: join(root, 'detector.json') };
  await typed('import', options({ ...given, 'data-dir': data, 'checkpoints-dir': join(root, 'none') }));
}

/** A file of predictions: what was asked, by the test server's name. */
export async function predictedIds(file: string): Promise<string[]> {
  const text = await readFile(file, 'utf8');
  if (!text.startsWith('['))
    return text
      .trimEnd()
      .split('\n')
      .map((line) => line.split(',')[0]!);
  const entries: Record<string, unknown>[] = JSON.parse(text);
  return entries.map(({ question_id, questionId }) => String(question_id ?? questionId));
}
