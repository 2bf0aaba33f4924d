/** Captions of a data set of one's own: a model that says what it is told, held against people's captions. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkDirectory, type DirectoryDataset } from '../../src/datasets/directory/index.ts';
import {
  directoryCaptionReport,
  directoryCaptionResults,
} from '../../src/evaluation/directory-caption-report.ts';
import { evaluateCaptionsOnDirectory, repeats } from '../../src/evaluation/directory-captions.ts';

const CAPTIONS: Record<string, string[]> = {
  cat_1: ['a cat sleeps on the bed', 'a cat on a bed'],
  cat_2: ['two cats play with a ball', 'cats and a ball'],
  dog_1: ['a dog runs in the snow', 'a dog in the snow', 'the dog runs'],
  dog_2: ['a dog'],
};
let folder: string;
let directory: DirectoryDataset;

beforeAll(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'captions-')), 'mine');
  for (const part of ['images', 'lxmert']) await mkdir(join(folder, part), { recursive: true });
  const entries = Object.entries(CAPTIONS).map(([img_id, mscoco]) => ({ img_id, sentf: { mscoco } }));
  for (const split of ['train', 'valid'])
    await writeFile(join(folder, `lxmert/${split}.json`), JSON.stringify(entries));
  const picture = sharp({ create: { width: 8, height: 8, channels: 3, background: 'red' } }).png();
  for (const id of Object.keys(CAPTIONS)) await picture.clone().toFile(join(folder, 'images', `${id}.png`));
  directory = await checkDirectory(folder);
  expect(directory.faults).toEqual([]);
});
afterAll(() => rm(join(folder, '..'), { recursive: true }));

const ids = Object.keys(CAPTIONS);
/** Says the second caption of what it sees; of nothing, and with an odd seed, nonsense of a lower score. */
const evaluate = (options: { named?: RegExp; pictures?: number; references?: number } = {}) =>
  evaluateCaptionsOnDirectory({
    ...{ directory, pictures: 100, references: 2, best: 2, seed: 0, ...options },
    encode: async (picture) => Float32Array.of(ids.indexOf(picture) + 1),
    caption: async ([seen], seed) => {
      const text = CAPTIONS[ids[seen! - 1]!]?.[1];
      return text === undefined || seed % 2 === 1 ? { text: 'it it,, is', score: -2 } : { text, score: -1 };
    },
  });

describe('evaluateCaptionsOnDirectory', () => {
  it('holds the best caption of each picture against people’s, beside what comes for nothing', async () => {
    const { captioned, columns, removed } = await evaluate();
    expect(captioned.map(({ picture }) => picture).sort()).toEqual(['cat_1', 'cat_2', 'dog_1']);
    for (const { picture, text, references } of captioned) {
      expect(text).toBe(CAPTIONS[picture]![1]);
      expect(references).toEqual(CAPTIONS[picture]);
    }
    expect(removed).toBe('it it,, is');
    const of = Object.fromEntries(columns.map((column) => [column.name, column]));
    expect(Object.keys(of)).toEqual(['people', 'the model’s', 'another picture’s', 'picture removed']);
    expect(of['the model’s']!.scores.bleu[3]).toBeCloseTo(1, 6);
    expect(of.people!.scores.bleu[0]).toBeLessThan(1);
    expect(of['another picture’s']!.scores.ciderD).toBeLessThan(of['the model’s']!.scores.ciderD);
    expect(of['picture removed']!.scores.bleu[0]).toBeLessThan(0.01);
    expect(columns.map(({ repeating }) => repeating)).toEqual([0, 0, 0, 1]);
    expect(of['the model’s']!.words).toBeCloseTo((5 + 4 + 5) / 3, 10);
  });

  it('takes a named part, fewer pictures, or those with more captions', async () => {
    const pictures = async (options: Parameters<typeof evaluate>[0]) =>
      (await evaluate(options)).captioned.map(({ picture }) => picture).sort();
    expect(await pictures({ named: /^cat/ })).toEqual(['cat_1', 'cat_2']);
    expect(await pictures({ references: 3 })).toEqual(['dog_1']);
    expect(await pictures({ pictures: 1 })).toHaveLength(1);
    await expect(evaluate({ named: /bird/ })).rejects.toThrow(
      'No picture of the validation split of mine has 2 captions and a name like bird',
    );
  });

  it('says the same in its report and its file', async () => {
    const provenance = {
      ...{ command: 'test', commit: 'none', engine: 'none', checkpoints: {}, seconds: 1 },
      ...{ dataset: 'mine', dataset_revision: 'f00d', split: 'validation' },
    };
    const evaluation = await evaluate();
    const report = directoryCaptionReport(evaluation, provenance);
    expect(report).toContain('## Captions of 3 pictures, against 2 to 3 of people: validation of mine');
    expect(report).toMatch(/\| BLEU-4 \| \d\.\d{3} \| 1\.000 \|/);
    expect(directoryCaptionResults(evaluation, provenance)).toMatchObject({
      task: 'caption',
      pictures: 3,
      columns: { 'the model’s': { repeating: 0 } },
      picture_removed: 'it it,, is',
    });
  });
});

it.each([
  ['a cat cat', true],
  ['A a dog', true],
  ['a tiger,, kite', true],
  ['a tiger , , kite', true],
  ['a cat, a dog, a cat', false],
  ['the theatre', false],
  ['a can candle', false],
])('%s', (text, said) => expect(repeats(text)).toBe(said));
