/** Accuracy on a data set of one's own: numbers worked out by hand, with the rule of LXMERT's evaluators. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkDirectory, type DirectoryDataset } from '../../src/datasets/directory/index.ts';
import { answerReport, answerResults } from '../../src/evaluation/answer-report.ts';
import { evaluateOnDirectory } from '../../src/evaluation/directory-evaluation.ts';
import { shareOf } from '../../src/evaluation/paint-score.ts';

const PICTURES = ['cat', 'dog', 'white', 'black'];
const question = (img_id: string, question_id: number, sent: string, label: object, answer_type: string) => ({
  ...{ img_id, question_id, sent, label, ...(answer_type !== '' && { answer_type }) },
  source: question_id < 13 ? 'ours' : 'theirs (part 2)',
});
const WHAT = 'what is it?';
const TASKS: Record<string, { train: object[]; valid: object[] }> = {
  vqa: {
    train: [
      question('white', 1, WHAT, { cat: 1, kitten: 0.3 }, 'other'),
      question('black', 2, WHAT, { kitten: 1 }, 'other'),
      question('black', 3, 'is it big?', { yes: 1 }, 'yes/no'),
    ],
    valid: [
      question('cat', 11, WHAT, { cat: 1, kitten: 0.6 }, 'other'),
      question('dog', 12, 'which colour?', { white: 0.9, beige: 0.3 }, 'other'),
      question('cat', 13, 'is it small?', {}, ''),
      question('dog', 14, 'is it big?', { no: 1, yes: 0.3 }, 'yes/no'),
    ],
  },
  nlvr2: {
    train: [
      { img0: 'white', img1: 'black', uid: 'a', sent: 'both are white', label: 0 },
      { img0: 'white', img1: 'black', uid: 'b', sent: 'one is black', label: 1 },
      { img0: 'black', img1: 'white', uid: 'c', sent: 'one is white', label: 1 },
    ],
    valid: [
      { img0: 'cat', img1: 'dog', uid: 'd', sent: 'the left one is a cat', label: 1 },
      { img0: 'dog', img1: 'cat', uid: 'e', sent: 'the left one is a cat', label: 0 },
      { img0: 'cat', img1: 'dog', uid: 'f', sent: 'both are white', label: 0 },
    ],
  },
};

let root: string;
let directory: DirectoryDataset;
beforeAll(async () => {
  root = join(await mkdtemp(join(tmpdir(), 'directory-evaluation-')), 'mine');
  await mkdir(join(root, 'images'), { recursive: true });
  for (const id of PICTURES) {
    await sharp({ create: { width: 8, height: 8, channels: 3, background: 'red' } })
      .png()
      .toFile(join(root, 'images', `${id}.png`));
  }
  for (const [task, splits] of Object.entries(TASKS)) {
    await mkdir(join(root, task));
    for (const [split, entries] of Object.entries(splits))
      await writeFile(join(root, task, `${split}.json`), JSON.stringify(entries));
  }
  directory = await checkDirectory(root);
  expect(directory.faults).toEqual([]);
});
afterAll(() => rm(join(root, '..'), { recursive: true, force: true }));

/** A picture is its place among them, from 1; 0 is none. */
function model(answer: (text: string, pictures: readonly string[]) => string) {
  const looks: string[] = [];
  return {
    looks,
    encode: async (id: string) => {
      looks.push(id);
      return Float32Array.of(PICTURES.indexOf(id) + 1);
    },
    answer: async (text: string, pictures: readonly Float32Array[]) =>
      answer(
        text,
        pictures.map(([place]) => PICTURES[place! - 1] ?? 'nothing'),
      ),
  };
}

const provenance = {
  ...{ command: 'test', commit: 'none', engine: 'none', checkpoints: {}, seconds: 1 },
  ...{ dataset: 'mine', dataset_revision: 'f00d', split: 'validation' },
};
const evaluate = (
  head: 'vqa' | 'nlvr2',
  under: ReturnType<typeof model>,
  pictures = Number.POSITIVE_INFINITY,
) =>
  evaluateOnDirectory({
    ...{ directory, head, model: under, pictures },
    textOnly: { answer: async () => (head === 'vqa' ? 'beige' : 'false') },
  });

describe('vqa', () => {
  const under = model((text, [picture]) =>
    text === WHAT ? (picture === 'cat' ? 'kitten' : 'cat') : text === 'which colour?' ? 'white' : 'yes',
  );

  it('counts an answer by its score, and what the entry does not have as wrong', async () => {
    const { columns, answered } = await evaluate('vqa', under);
    const shares = Object.fromEntries(columns.map(({ name, all }) => [name, shareOf(all)]));
    expect(shares.model).toBeCloseTo((0.6 + 0.9 + 0 + 0.3) / 4, 10);
    // The dog is no cat: "cat"; the rest is asked of either picture alike.
    expect(shares['another picture']).toBeCloseTo((1 + 0.9 + 0 + 0.3) / 4, 10);
    expect(shares['picture removed']).toBeCloseTo((1 + 0.9 + 0 + 0.3) / 4, 10);
    expect(shares['trained without pictures']).toBeCloseTo(0.3 / 4, 10);
    // "kitten" has 1.3 in training, "cat" 1; a question of other words gets its type's: "kitten", "yes".
    expect(shares['same words in training']).toBeCloseTo((0.6 + 0 + 0 + 0.3) / 4, 10);
    expect(shares['majority answer']).toBeCloseTo((0.6 + 0 + 0 + 0.3) / 4, 10);
    expect(shareOf(columns[0]!.byType.get('other')!)).toBeCloseTo((0.6 + 0.9) / 2, 10);
    // Of the question that says no type the words tell it.
    expect(columns[0]!.byType.get('yes/no')).toEqual({ right: 0.3, total: 2 });
    expect([...columns[0]!.bySource].map(([name, tally]) => [name, tally.total])).toEqual([
      ['ours', 2],
      ['theirs (part 2)', 2],
    ]);
    expect(answered.map(({ answer }) => answer)).toEqual(['kitten', 'white', 'yes', 'yes']);
    expect(answered.map(({ asked }) => asked.answer)).toEqual(['cat', 'white', '–', 'no']);
    // Each picture once, whatever is asked about it.
    expect([...under.looks].sort()).toEqual(['cat', 'dog']);
  });

  it('asks what comes from one source alone', async () => {
    const { answered } = await evaluateOnDirectory({
      ...{ directory, head: 'vqa', model: under, pictures: 10, source: 'part', textOnly: undefined },
    });
    expect(answered.map(({ asked }) => asked.text)).toEqual(['is it small?', 'is it big?']);
  });

  it('asks about the first pictures alone', async () => {
    const { answered } = await evaluate('vqa', under, 1);
    expect(answered.map(({ asked }) => asked.pictures)).toEqual([['cat'], ['cat']]);
  });

  it('says the same in its report and its file', async () => {
    const evaluation = await evaluate('vqa', under);
    const report = answerReport('vqa', evaluation, provenance);
    const results = answerResults('vqa', evaluation, provenance);
    expect(results).toMatchObject({ task: 'vqa', dataset: 'mine', questions: 4, asked: { other: 2 } });
    expect(report).toContain('## 4 questions, each by the score of its answer: validation of mine');
    expect(report).toContain('| **all** (n = 4) | 0.450 | 0.550 | 0.550 | 0.075 | 0.225 | 0.225 |');
    expect(report).toContain('| from theirs (part 2) (n = 2) | 0.150 | 0.150 |');
    expect(results).toMatchObject({
      asked_by_source: { ours: 2 },
      columns: { model: { by_source: { ours: 0.75 } } },
    });
    expect(report).toContain('Data set mine, revision f00d');
    expect(report).not.toContain('a composition');
  });
});

it('nlvr2: left and right keep their sides', async () => {
  const under = model((text, [left]) => String(text === 'both are white' || left === 'cat'));
  const { columns } = await evaluate('nlvr2', under);
  const rights = Object.fromEntries(columns.map(({ name, all }) => [name, [all.right, all.total]]));
  expect(rights).toEqual({
    model: [2, 3],
    // Of two pairs the other one has the same pictures, so that it is taken all the same.
    'another picture': [0, 3],
    'picture removed': [1, 3],
    'trained without pictures': [2, 3],
    'same words in training': [2, 3],
    'majority answer': [1, 3],
  });
});
