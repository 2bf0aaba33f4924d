import { cp, mkdir, mkdtemp, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  checkDirectory,
  faultText,
  indexPictures,
  openEntries,
  openFeatures,
} from '../../../src/datasets/directory/index.ts';
import { openFeatureFile } from '../../../src/datasets/feature-files.ts';
import { writeFeatureFile } from '../../../src/datasets/feature-writer.ts';
import { loadWorld } from '../../../src/datasets/scenes/index.ts';
import { exportScenes, pictureId, SIZES } from './export-scenes.ts';

const GRID_FEATURES = join(import.meta.dirname, '../../fixtures/hdf5/maskrcnn_train_grid8.h5');
const BOX_FEATURES = join(import.meta.dirname, '../../fixtures/hdf5/maskrcnn_train_boxes36.h5');
const GRID_IDS = [9, 25, 30, 34, 36].map((id) => `COCO_train2014_${String(id).padStart(12, '0')}`);

let root: string;
let whole: string;
let copies = 0;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'directory-'));
  whole = join(root, 'whole');
  await exportScenes(whole, await loadWorld('lattice-1style'));
}, 60_000);
afterAll(() => rm(root, { recursive: true }));

type Entry = Record<string, unknown>;
const readJson = async (path: string) => JSON.parse(await readFile(path, 'utf8'));
const writeJson = (path: string, value: unknown) => writeFile(path, JSON.stringify(value));

async function copy(): Promise<string> {
  const folder = join(root, `copy-${++copies}`);
  await cp(whole, folder, { recursive: true });
  return folder;
}

/** Faults of a copy that was changed. */
async function faultsAfter(change: (folder: string) => Promise<void>) {
  const folder = await copy();
  await change(folder);
  const { faults, faultCount } = await checkDirectory(folder);
  return {
    faults: faults.map(({ message: _, ...fault }) => fault),
    texts: faults.map(faultText),
    faultCount,
  };
}

const changing = (file: string, index: number, change: (entry: Entry) => void) => async (folder: string) => {
  const entries: Entry[] = await readJson(join(folder, file));
  change(entries[index]!);
  await writeJson(join(folder, file), entries);
};

describe('a whole data set', () => {
  it('has no faults, and its sizes', async () => {
    const { faults, sizes, pictures, featureWidth, answers } = await checkDirectory(whole);
    expect(faults).toEqual([]);
    expect([pictures, featureWidth]).toEqual(['images', undefined]);
    expect(sizes.pretrain).toEqual({
      train: { examples: SIZES.train, pictures: SIZES.train },
      validation: { examples: SIZES.validation, pictures: SIZES.validation },
    });
    expect(sizes.vqa!.train).toEqual({ examples: 3 * SIZES.train, pictures: SIZES.train });
    expect(sizes.nlvr2!.validation.examples).toBe(2 * SIZES.validation);
    expect(answers.nlvr2).toEqual([]);
    // The most frequent first.
    const counts = new Map<string, number>();
    for (const { label } of await readJson(join(whole, 'vqa/train.json')))
      for (const answer of Object.keys(label)) counts.set(answer, (counts.get(answer) ?? 0) + 1);
    expect(new Set(answers.vqa)).toEqual(new Set(counts.keys()));
    expect(counts.get(answers.vqa![0]!)).toBe(Math.max(...counts.values()));
  });

  it('has a revision that changes with its files', async () => {
    const { revision } = await checkDirectory(whole);
    expect((await checkDirectory(whole)).revision).toBe(revision);
    const folder = join(root, 'same');
    await cp(whole, folder, { recursive: true, preserveTimestamps: true });
    expect((await checkDirectory(folder)).revision).toBe(revision);
    const file = join(folder, 'images', `${pictureId('train', 3)}.png`);
    await writeFile(file, await readFile(join(folder, 'images', `${pictureId('train', 4)}.png`)));
    const other = (await checkDirectory(folder)).revision;
    expect(other).not.toBe(revision);
    await changing('gqa/train.json', 0, (entry) => (entry.sent = `${entry.sent} `))(folder);
    expect((await checkDirectory(folder)).revision).not.toBe(other);
  });

  it('gives its entries in their order, a smaller limit the first pictures of a larger one', async () => {
    const directory = await checkDirectory(whole);
    const expected: Entry[] = await readJson(join(whole, 'nlvr2/train.json'));
    const all = await openEntries(directory, 'nlvr2', 'train', 1000);
    expect(all.length).toBe(expected.length);
    for (const [i, { sent, img0, img1, label }] of expected.entries()) {
      const { text, pictures, label: read } = all.entry(i);
      expect([text, ...pictures, read]).toEqual([sent, img0, img1, label]);
      expect(pictures.map(all.placeOf)).toEqual(pictures.map((id) => all.pictures.indexOf(id)));
    }
    all.close();
    for (const limit of [2, 3, 5, 8]) {
      const some = await openEntries(directory, 'nlvr2', 'train', limit);
      expect(some.pictures.length).toBeGreaterThan(limit - 2);
      expect(some.pictures).toEqual(all.pictures.slice(0, some.pictures.length));
      for (let i = 0; i < some.length; i++)
        for (const id of some.entry(i).pictures) expect(some.pictures).toContain(id);
      some.close();
    }
  });

  it('may have its features in place of images', async () => {
    const folder = await copy();
    await rm(join(folder, 'images'), { recursive: true });
    for (const task of ['lxmert', 'gqa', 'nlvr2']) await rm(join(folder, task), { recursive: true });
    const question = (img_id: string, question_id: number) => ({
      ...{ img_id, question_id },
      ...{ label: { yes: 1 }, sent: 'is it there?' },
    });
    await writeJson(join(folder, 'vqa/train.json'), GRID_IDS.slice(0, 3).map(question));
    await writeJson(join(folder, 'vqa/valid.json'), GRID_IDS.slice(3).map(question));
    await mkdir(join(folder, 'features'));
    await cp(GRID_FEATURES, join(folder, 'features/maskrcnn_train_grid8.h5'));
    const { faults, featureWidth, pictures } = await checkDirectory(folder);
    expect([faults, featureWidth, pictures]).toEqual([[], 40, 'features']);
    // Those of boxes are others than of a grid; three of the five pictures are in both files.
    await cp(BOX_FEATURES, join(folder, 'features/a.h5'));
    const mixed = await checkDirectory(folder);
    const ambiguous = ['picture_ambiguous', 'features/maskrcnn_train_grid8.h5'];
    const unlike = ['features_unreadable', 'features/maskrcnn_train_grid8.h5'];
    expect(mixed.faults.map(({ code, file }) => [code, file])).toEqual([
      ...[ambiguous, ambiguous, ambiguous, unlike, unlike],
    ]);
    expect(mixed.faults.at(-1)!.message).toMatch(/are 40 wide, of a grid, those before 40 wide, of 36 boxes/);
  });

  it('may have features of boxes, with the boxes beside them', async () => {
    const folder = await copy();
    for (const task of ['images', 'lxmert', 'gqa', 'nlvr2'])
      await rm(join(folder, task), { recursive: true });
    const about = (ids: readonly string[]) =>
      ids.map((img_id, question_id) => ({ img_id, question_id, label: { yes: 1 }, sent: 'is it there?' }));
    await writeJson(join(folder, 'vqa/train.json'), about(GRID_IDS.slice(0, 2)));
    await writeJson(join(folder, 'vqa/valid.json'), about(GRID_IDS.slice(1, 3)));
    await mkdir(join(folder, 'features'));
    await cp(BOX_FEATURES, join(folder, 'features/train.h5'));
    const { faults, featureWidth, featureBoxes } = await checkDirectory(folder);
    expect([faults, featureWidth, featureBoxes]).toEqual([[], 40, 36]);
    const file = await openFeatureFile(BOX_FEATURES);
    const reader = await openFeatures(folder, await indexPictures(folder));
    const rows = reader.read(GRID_IDS[0]!);
    expect(rows).toHaveLength(36 * 44);
    const { features } = file.features(GRID_IDS[0]!);
    expect([...rows.slice(44, 84)]).toEqual([...features.slice(40, 80)]);
    expect([...rows.slice(84, 88)]).toEqual([...file.positions(GRID_IDS[0]!).slice(4, 8)]);
    file.close();
    reader.close();
    // Without them nobody knows where what was seen is.
    await rm(join(folder, 'features/train.h5'));
    await writeFeatureFile(
      join(folder, 'features/bare.h5'),
      GRID_IDS.map((id) => ({ id, shape: [36, 2], features: new Float32Array(72) })),
    );
    const bare = await checkDirectory(folder);
    expect(bare.faults.map(({ message }) => message)[0]).toMatch(
      /features of 36 boxes, but not boxes \[36, 4\], img_w and img_h beside them/,
    );
  });
});

describe('a broken data set', () => {
  const PICTURE = `images/${pictureId('train', 5)}.png`;

  it.each<
    [string, (folder: string) => Promise<unknown>, { code: string; file: string; entry: number | null }[]]
  >([
    [
      'a file that was cut short',
      (folder) => truncate(join(folder, 'vqa/train.json'), 2000),
      [{ code: 'not_json', file: 'vqa/train.json', entry: null }],
    ],
    [
      'an object in place of an array',
      (folder) => writeFile(join(folder, 'gqa/valid.json'), '{"data": []}'),
      [
        { code: 'not_json', file: 'gqa/valid.json', entry: null },
        { code: 'too_few_pictures', file: 'gqa/valid.json', entry: null },
      ],
    ],
    [
      'what is not JSON inside',
      async (folder) => {
        const path = join(folder, 'nlvr2/train.json');
        const text = await readFile(path, 'utf8');
        const at = text.indexOf('"label"', text.indexOf('"uid"'));
        await writeFile(path, `${text.slice(0, at)}label${text.slice(at)}`);
      },
      [{ code: 'not_json', file: 'nlvr2/train.json', entry: 1 }],
    ],
    [
      'a comma too many at the end',
      async (folder) => {
        const path = join(folder, 'lxmert/valid.json');
        await writeFile(path, (await readFile(path, 'utf8')).replace(/\]\s*$/, ',]'));
      },
      [{ code: 'not_json', file: 'lxmert/valid.json', entry: SIZES.validation }],
    ],
    [
      'no question',
      changing('vqa/train.json', 7, (entry) => delete entry.sent),
      [{ code: 'entry_invalid', file: 'vqa/train.json', entry: 7 }],
    ],
    [
      'a score above 1',
      changing('gqa/train.json', 2, (entry) => (entry.label = { yes: 3 })),
      [{ code: 'entry_invalid', file: 'gqa/train.json', entry: 2 }],
    ],
    [
      'a truth value of words',
      changing('nlvr2/valid.json', 1, (entry) => (entry.label = 'True')),
      [{ code: 'entry_invalid', file: 'nlvr2/valid.json', entry: 1 }],
    ],
    [
      'two questions of one id',
      changing('vqa/valid.json', 1, (entry) => (entry.question_id = 0)),
      [{ code: 'duplicate_id', file: 'vqa/valid.json', entry: 1 }],
    ],
    [
      'labels for other questions',
      changing('lxmert/train.json', 4, (entry) => (entry.labelf = { vqa: [{ yes: 1 }] })),
      [{ code: 'labels_mismatch', file: 'lxmert/train.json', entry: 4 }],
    ],
    [
      'a picture that is not there',
      (folder) => rm(join(folder, PICTURE)),
      // Once, however often it is asked about.
      [{ code: 'picture_missing', file: 'lxmert/train.json', entry: 5 }],
    ],
    [
      'a picture that is none',
      (folder) => writeFile(join(folder, PICTURE), '<svg xmlns="http://www.w3.org/2000/svg"/>'),
      [{ code: 'picture_unreadable', file: PICTURE, entry: null }],
    ],
    [
      'two pictures of one name',
      async (folder) => {
        await mkdir(join(folder, 'images/more'));
        await cp(join(folder, PICTURE), join(folder, PICTURE.replace('images/', 'images/more/')));
      },
      [{ code: 'picture_ambiguous', file: PICTURE.replace('images/', 'images/more/'), entry: null }],
    ],
    [
      'answers that the list of answers has not',
      (folder) => writeJson(join(folder, 'vqa/trainval_label2ans.json'), ['yes', 'no', 'yes', 3]),
      [
        { code: 'answers_invalid', file: 'vqa/trainval_label2ans.json', entry: 2 },
        { code: 'answers_invalid', file: 'vqa/trainval_label2ans.json', entry: 3 },
      ],
    ],
    [
      'a list of answers with a gap',
      (folder) => writeJson(join(folder, 'vqa/ans2label.json'), { yes: 0, no: 2 }),
      [{ code: 'answers_invalid', file: 'vqa/ans2label.json', entry: null }],
    ],
    [
      'a list of answers in Latin-1',
      (folder) =>
        writeFile(join(folder, 'gqa/trainval_label2ans.json'), Buffer.from('["caf\xe9"]', 'latin1')),
      [{ code: 'not_json', file: 'gqa/trainval_label2ans.json', entry: null }],
    ],
    [
      'nothing to validate on',
      (folder) => rename(join(folder, 'vqa/valid.json'), join(folder, 'vqa/test.json')),
      [{ code: 'no_split', file: 'vqa', entry: null }],
    ],
    [
      'a file of features that is none',
      async (folder) => {
        await mkdir(join(folder, 'features'));
        await writeFile(join(folder, 'features/x.h5'), 'not HDF5');
      },
      [{ code: 'features_unreadable', file: 'features/x.h5', entry: null }],
    ],
  ])('%s', async (_, change, expected) => {
    const { faults } = await faultsAfter(change as (folder: string) => Promise<void>);
    expect(faults.slice(0, expected.length)).toEqual(expected);
  });

  it('lists ten faults and counts the rest', async () => {
    const { faults, faultCount, texts } = await faultsAfter(async (folder) => {
      const entries: Entry[] = await readJson(join(folder, 'vqa/train.json'));
      await writeJson(
        join(folder, 'vqa/train.json'),
        entries.map((entry, i) => (i < 17 ? { ...entry, sent: ' ' } : entry)),
      );
    });
    expect(faults).toHaveLength(10);
    expect(faultCount).toBe(17);
    expect(texts[9]).toMatch(/^vqa\/train\.json, entry 9: \/sent .*\(entry_invalid\)$/);
  });

  it('nothing at all', async () => {
    const folder = join(root, 'Empty one');
    await mkdir(folder);
    const { faults } = await checkDirectory(folder);
    expect(faults.map(({ code }) => code)).toEqual(['name_unusable', 'no_tasks', 'no_pictures']);
    expect((await checkDirectory(whole, ['whole'])).faults.map(({ code }) => code)).toEqual([
      'name_unusable',
    ]);
  });
});
