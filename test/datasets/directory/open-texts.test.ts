import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkDirectory, type DirectoryDataset, openTexts } from '../../../src/datasets/directory/index.ts';

const asks = (img_id: string, id: string, sent: string, answer: string) => ({
  ...{ img_id, sent },
  ...{ question_id: id, label: { [answer]: 1 } },
});
const texts = (img_id: string, captions: string[], questions: string[] = []) => ({
  img_id,
  sentf: {
    ...(captions.length > 0 && { mscoco: captions }),
    ...(questions.length > 0 && { vqa: questions }),
  },
  ...(questions.length > 0 && { labelf: { vqa: questions.map(() => ({ yes: 1 })) } }),
});
const FILES = {
  'lxmert/train.json': [
    texts('asked', [], ['is it a cat?']),
    texts('both', ['a dog', 'the dog'], ['is it a dog?']),
    texts('told', ['a bus']),
    texts('silent', []),
  ],
  'lxmert/valid.json': [texts('held asked', [], ['is it red?']), texts('held told', ['a red car'])],
  'vqa/train.json': [
    asks('both', '0', 'is it a dog?', 'yes'),
    asks('both', '1', 'what is it?', 'dog'),
    asks('only asked', '2', 'how many?', 'two'),
    // Of validation: to train on it would give its answer away.
    asks('held told', '3', 'what is it?', 'car'),
    asks('silent', '4', 'what colour is it?', 'red'),
  ],
  'vqa/valid.json': [
    asks('held told', '5', 'what colour is it?', 'red'),
    asks('told', '6', 'what is it?', 'bus'),
    asks('only asked', '7', 'what is it?', 'cup'),
    asks('only held', '8', 'what is it?', 'cup'),
  ],
  'gqa/train.json': [
    asks('only asked', '9', 'is there a cup?', 'yes'),
    asks('both', '10', 'and here?', 'no'),
  ],
  'gqa/valid.json': [
    asks('only held', '11', 'is there a cup?', 'yes'),
    asks('held told', '12', 'is it?', 'no'),
  ],
};
let folder: string;
let directory: DirectoryDataset;

beforeAll(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'texts-')), 'mine');
  const ids = new Set(
    Object.values(FILES)
      .flat()
      .map(({ img_id }) => img_id),
  );
  for (const [file, entries] of Object.entries(FILES)) {
    await mkdir(join(folder, file, '..'), { recursive: true });
    await writeFile(join(folder, file), JSON.stringify(entries));
  }
  await mkdir(join(folder, 'images'));
  const picture = sharp({ create: { width: 8, height: 8, channels: 3, background: 'red' } }).png();
  for (const id of ids) await picture.clone().toFile(join(folder, 'images', `${id}.png`));
  directory = await checkDirectory(folder);
});

afterAll(() => rm(join(folder, '..'), { recursive: true }));

/** Picture → captions, and questions with their answers. */
async function opened(split: 'train' | 'validation', limit = 100) {
  const { pictures, captioned, asked, texts: of, close } = await openTexts(directory, split, limit);
  const said = pictures.map((_, place) => of(place));
  close();
  return { pictures, captioned, asked, said };
}

describe('openTexts', () => {
  it('has every picture with a caption, a question, or both, and questions of all files', async () => {
    expect(directory.faults).toEqual([]);
    const { pictures, captioned, asked, said } = await opened('train');
    const of = Object.fromEntries(pictures.map((picture, i) => [picture, said[i]!]));
    expect(Object.keys(of).sort()).toEqual(['asked', 'both', 'only asked', 'silent', 'told']);
    expect(of.both!.captions).toEqual(['a dog', 'the dog']);
    // What two files ask is asked once.
    expect(of.both!.questions).toEqual([
      { text: 'is it a dog?', answers: [['yes', 1]] },
      { text: 'what is it?', answers: [['dog', 1]] },
      { text: 'and here?', answers: [['no', 1]] },
    ]);
    expect(of['only asked']!.questions.map(({ text }) => text)).toEqual(['how many?', 'is there a cup?']);
    expect(of.silent!.questions.map(({ text }) => text)).toEqual(['what colour is it?']);
    expect(captioned.map((place) => pictures[place]).sort()).toEqual(['both', 'told']);
    expect(asked.map((place) => pictures[place]).sort()).toEqual(['asked', 'both', 'only asked', 'silent']);
  });

  it('keeps the pictures of training and of validation apart, however the files are split', async () => {
    const { pictures, said } = await opened('validation');
    const of = Object.fromEntries(pictures.map((picture, i) => [picture, said[i]!]));
    expect(Object.keys(of).sort()).toEqual(['held asked', 'held told', 'only held']);
    expect(of['held told']!.questions.map(({ text }) => text)).toEqual(['what colour is it?', 'is it?']);
    expect(of['only held']!.questions).toHaveLength(2);
  });

  it('gives the first pictures of more for a smaller limit, one with a caption first', async () => {
    const all = await opened('train');
    for (let limit = 1; limit <= all.pictures.length; limit++) {
      const some = await opened('train', limit);
      expect(some.pictures).toEqual(all.pictures.slice(0, limit));
      expect(some.said).toEqual(all.said.slice(0, limit));
      expect(some.captioned[0]).toBe(0);
      expect(some.asked).toEqual(all.asked.filter((place) => place < limit));
    }
  });

  it('counts the same pictures and answers as the check of the data set', async () => {
    const { sizes, answers } = directory;
    expect(sizes.pretrain).toEqual({
      train: { examples: 5, pictures: 5 },
      validation: { examples: 3, pictures: 3 },
    });
    expect(answers.pretrain).toEqual(['yes', ...answers.vqa!.filter((one) => one !== 'yes'), 'no']);
  });
});
