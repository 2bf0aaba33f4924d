/** Image-text matching on a data set of one's own, by models whose mind is known. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkDirectory, type DirectoryDataset } from '../../src/datasets/directory/index.ts';
import { evaluateMatching, type Matcher } from '../../src/evaluation/matching-evaluation.ts';
import { matchingReport, matchingResults } from '../../src/evaluation/matching-report.ts';

const PICTURES = 12;
const nameOf = (i: number) => `${i % 2 === 0 ? 'even' : 'odd'}_${i}`;
let folder: string;
let directory: DirectoryDataset;

beforeAll(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'matching-')), 'mine');
  for (const part of ['images', 'lxmert']) await mkdir(join(folder, part), { recursive: true });
  const entries = Array.from({ length: PICTURES }, (_, i) => ({
    img_id: nameOf(i),
    sentf: { mscoco: [`picture ${i}`, `number ${i}`] },
  }));
  for (const split of ['train', 'valid'])
    await writeFile(join(folder, `lxmert/${split}.json`), JSON.stringify(entries));
  const picture = sharp({ create: { width: 8, height: 8, channels: 3, background: 'red' } }).png();
  for (const { img_id } of entries) await picture.clone().toFile(join(folder, 'images', `${img_id}.png`));
  directory = await checkDirectory(folder);
});
afterAll(() => rm(join(folder, '..'), { recursive: true }));

/** A picture is its number from 1; 0 is none. */
const encode = async (picture: string) => Float32Array.of(Number(picture.split('_')[1]) + 1);
const numberOf = (text: string) => Number(text.split(' ')[1]) + 1;
const evaluate = (match: Matcher, options: { named?: RegExp; pictures?: number; seed?: number } = {}) =>
  evaluateMatching({ directory, encode, match, pictures: 100, seed: 0, ...options });
const knows: Matcher = async (pairs) =>
  pairs.map(({ text, features: [seen] }) => (numberOf(text) === seen ? 2 : -1));

describe('evaluateMatching', () => {
  it('shows each caption with its own picture and with another, each picture as often with either', async () => {
    const shown: [string, number][] = [];
    const { columns, examples } = await evaluate(async (pairs) => {
      for (const { text, features } of pairs) shown.push([text, features[0]!]);
      return knows(pairs);
    });
    expect(examples).toHaveLength(PICTURES);
    const seen = shown.filter(([, picture]) => picture > 0);
    for (let i = 1; i <= PICTURES; i++) {
      expect(seen.filter(([, picture]) => picture === i)).toHaveLength(2);
      expect(seen.filter(([text]) => numberOf(text) === i)).toHaveLength(2);
    }
    const [model, removed] = columns;
    expect([model!.all, model!.own, model!.preferred]).toEqual([
      { right: 24, total: 24 },
      { right: 12, total: 12 },
      { right: 12, total: 12 },
    ]);
    // Nothing is like nothing: always no, and no preference.
    expect([removed!.all.right, removed!.own.right, removed!.preferred.right]).toEqual([12, 0, 6]);
  });

  it('gives who reads the words alone, or looks at the picture alone, a half', async () => {
    const words = await evaluate(async (pairs) => pairs.map(({ text }) => Math.sin(numberOf(text))));
    const pictures = await evaluate(async (pairs) => pairs.map(({ features }) => Math.sin(features[0]!)));
    for (const { columns } of [words, pictures]) expect(columns[0]!.all).toEqual({ right: 12, total: 24 });
    expect(words.columns[0]!.preferred.right).toBe(6);
  });

  it('repeats by its seed, and takes a part', async () => {
    const of = async (options: Parameters<typeof evaluate>[1]) => (await evaluate(knows, options)).examples;
    expect(await of({ seed: 3 })).toEqual(await of({ seed: 3 }));
    expect(await of({ seed: 3 })).not.toEqual(await of({ seed: 4 }));
    const even = await of({ named: /^even/ });
    expect(even).toHaveLength(PICTURES / 2);
    for (const { picture, other } of even) expect(`${picture} ${other}`).not.toContain('odd');
    expect(await of({ pictures: 3 })).toHaveLength(3);
    await expect(of({ named: /^even_0$/ })).rejects.toThrow('2 are needed');
  });

  it('says the same in its report and its file', async () => {
    const provenance = {
      ...{ command: 'test', commit: 'none', engine: 'none', checkpoints: {}, seconds: 1 },
      ...{ dataset: 'mine', dataset_revision: 'f00d', split: 'validation' },
    };
    const evaluation = await evaluate(knows);
    expect(matchingReport(evaluation, provenance)).toContain('| **all** (n = 24) | 1.000 | 0.500 | 0.500 |');
    expect(matchingResults(evaluation, provenance)).toMatchObject({
      task: 'match',
      captions: 12,
      columns: { model: { all: 1, own: 1, other: 1, preferred: 1 } },
    });
  });
});
