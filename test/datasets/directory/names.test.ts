/** Names of files as other systems write them: litter beside them, accents apart from their letters. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { checkDirectory, openEntries } from '../../../src/datasets/directory/index.ts';
import { listDatasets } from '../../../src/runs/datasets.ts';
import { createZoo } from '../../../src/zoo/discovery.ts';
import { sampleFiles } from '../../pictures/sample-pictures.ts';

let root: string;
let folder: string;
let png: Buffer;
beforeAll(async () => {
  png = (await sampleFiles()).png!;
  root = await mkdtemp(join(tmpdir(), 'names-'));
});
afterAll(() => rm(root, { recursive: true }));

let count = 0;
beforeEach(async () => {
  folder = join(root, `set-${count++}`);
  await mkdir(join(folder, 'images'), { recursive: true });
  await mkdir(join(folder, 'vqa'));
});

const put = (file: string, bytes: Uint8Array | string) => writeFile(join(folder, file), bytes);
const questions = (names: readonly string[], label: object, first = 0) =>
  JSON.stringify(names.map((img_id, i) => ({ img_id, question_id: first + i, sent: 'what is it?', label })));

async function ask(names: readonly [string, string], label: object = { dog: 1 }): Promise<void> {
  await put('vqa/train.json', questions(names, label));
  await put('vqa/valid.json', questions(names, label, 100));
}

it('what macOS and Windows leave beside files is left out', async () => {
  await put('images/a.png', png);
  await put('images/b.png', png);
  await ask(['a', 'b']);
  const clean = await checkDirectory(folder);
  for (const file of ['._train.json', '._valid.json', '.DS_Store', '._trainval_label2ans.json'])
    await put(`vqa/${file}`, '\0\x05\x16\x07');
  for (const file of ['images/._a.png', 'images/Thumbs.db', 'images/.DS_Store', '.DS_Store', 'desktop.ini'])
    await put(file, '\0');
  await mkdir(join(folder, 'images/__MACOSX'));
  await put('images/__MACOSX/a.png', png);
  await mkdir(join(folder, '__MACOSX/images'), { recursive: true });
  await put('__MACOSX/images/._a.png', '\0');
  const { faults, revision } = await checkDirectory(folder);
  expect(faults).toEqual([]);
  expect(revision).toBe(clean.revision);
});

it('what was left beside data sets and checkpoints is none of them', async () => {
  const data = join(root, 'data');
  for (const folder of ['datasets/__MACOSX/vqa', 'checkpoints/__MACOSX/x', 'checkpoints/x-lxmert/__MACOSX'])
    await mkdir(join(data, folder), { recursive: true });
  await writeFile(join(data, 'datasets/.DS_Store'), '\0');
  await writeFile(join(data, 'checkpoints/x-lxmert/__MACOSX/manifest.json'), '\0');
  await writeFile(join(data, 'checkpoints/__MACOSX/x/manifest.json'), '\0');
  const listed = await listDatasets(data, []);
  expect(listed.filter(({ type }) => type === 'directory')).toEqual([]);
  expect(await createZoo([join(data, 'checkpoints')]).scan()).toEqual({ entries: [], problems: [] });
});

describe('a name with accents', () => {
  const [together, apart] = ['caf\u00e9', 'cafe\u0301'] as const;

  it.each([
    ['apart on disk', apart, together],
    ['apart in the questions', together, apart],
    ['apart in both', apart, apart],
  ])('is one name: %s', async (_name, file, said) => {
    await put(`images/${file}.png`, png);
    await put('images/b.png', png);
    await ask([said, 'b']);
    const dataset = await checkDirectory(folder);
    expect(dataset.faults).toEqual([]);
    const entries = await openEntries(dataset, 'vqa', 'train', 10);
    expect(entries.pictures).toEqual([together, 'b']);
    entries.close();
  });

  it('may not be there twice', async () => {
    for (const name of [together, apart, 'b']) await put(`images/${name}.png`, png);
    await ask([together, 'b']);
    const { faults } = await checkDirectory(folder);
    expect(faults.map(({ code }) => code)).toEqual(['picture_ambiguous']);
  });
});

describe('answers', () => {
  beforeEach(async () => {
    await put('images/a.png', png);
    await put('images/b.png', png);
  });

  it.each([
    ['trainval_label2ans.json', ['', 'dog']],
    ['trainval_ans2label.json', { dog: 1, '': 0 }],
    ['ans2label.json', { dog: 1, '': 0 }],
    ['label2ans.json', ['', 'dog']],
  ])('are read from %s, the empty one too', async (file, list) => {
    await ask(['a', 'b']);
    await put(`vqa/${file}`, JSON.stringify(list));
    const { faults, answers } = await checkDirectory(folder);
    expect([faults, answers.vqa]).toEqual([[], ['', 'dog']]);
  });

  it('may be empty in labels', async () => {
    await ask(['a', 'b'], { '': 1, ' ': 0.5 });
    const { faults, answers } = await checkDirectory(folder);
    expect([faults, answers.vqa]).toEqual([[], ['', ' ']]);
  });

  it('in UTF-16 as Windows writes it are read', async () => {
    await ask(['a', 'b'], { café: 1 });
    const utf16 = (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le');
    await put('vqa/trainval_label2ans.json', utf16('["café"]'));
    await put('vqa/train.json', utf16(questions(['a', 'b'], { café: 1 })));
    const dataset = await checkDirectory(folder);
    expect([dataset.faults, dataset.answers.vqa]).toEqual([[], ['café']]);
    const entries = await openEntries(dataset, 'vqa', 'train', 10);
    expect(entries.entry(1)).toMatchObject({ pictures: ['b'], answers: [['café', 1]] });
    entries.close();
  });
});
