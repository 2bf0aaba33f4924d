import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { runCommand } from '../../src/commands/index.ts';
import { checkDirectory } from '../../src/datasets/directory/index.ts';

const run = (args: readonly string[]) => runCommand('questions', args);

let dataDir: string;
let folder: string;
let said: string;
const questions = (...args: string[]) =>
  run(['--data-dir', dataDir, '--dataset', 'mine', '--fewest', '2', ...args]);
const readJson = async (file: string) => JSON.parse(await readFile(join(folder, file), 'utf8'));

beforeEach(async () => {
  said = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    said += text;
    return true;
  });
  dataDir = await mkdtemp(join(tmpdir(), 'questions-'));
  folder = join(dataDir, 'datasets/mine');
  for (const part of ['lxmert', 'images']) await mkdir(join(folder, part), { recursive: true });
  const entries = (split: string) =>
    ['black', 'black', 'white', 'white'].map((colour, i) => ({
      img_id: `${split}${i}`,
      sentf: { mscoco: [`A ${colour} dog on the grass .`, 'the dog is chasing a ball .'] },
    }));
  const picture = sharp({ create: { width: 8, height: 8, channels: 3, background: 'red' } }).png();
  for (const split of ['train', 'valid']) {
    await writeFile(join(folder, `lxmert/${split}.json`), JSON.stringify(entries(split)));
    for (const { img_id } of entries(split))
      await picture.clone().toFile(join(folder, 'images', `${img_id}.png`));
  }
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(dataDir, { recursive: true });
});

it('writes questions that a data set is read with, and the same again', async () => {
  await questions('--show', '2');
  expect(said).toContain('| colour | 4 | 4 | 2 |');
  expect(said.match(/^ {4}the dog is chasing a ball \.$/gm)).toHaveLength(2);
  const written = await readJson('vqa/captions_train.json');
  expect(written).toContainEqual({
    img_id: 'train0',
    question_id: expect.stringMatching(/^captions-train-\d+$/),
    sent: 'What color is the dog?',
    label: { black: 1 },
    answer_type: 'colour',
    source: 'captions',
  });
  const { faults, answers, sizes } = await checkDirectory(folder);
  expect(faults).toEqual([]);
  expect([...answers.vqa!].sort()).toEqual(['ball', 'black', 'grass', 'white']);
  expect(sizes.vqa!.train.examples).toBe(written.length);
  await questions();
  expect(await readJson('vqa/captions_train.json')).toEqual(written);
  expect(await readdir(join(folder, 'vqa'))).toEqual(['captions_train.json', 'captions_valid.json']);
});

it('uses the answers that are listed, or lists its own behind them', async () => {
  await mkdir(join(folder, 'vqa'));
  const list = 'vqa/trainval_label2ans.json';
  const question = { img_id: 'train0', question_id: 1, sent: 'what?', label: { black: 1 } };
  for (const file of ['train', 'valid']) {
    await writeFile(
      join(folder, `vqa/${file}.json`),
      JSON.stringify([
        { ...question, img_id: `${file}0` },
        { ...question, img_id: `${file}1`, question_id: 2 },
      ]),
    );
  }
  await writeFile(join(folder, list), '["black"]');
  await writeFile(join(folder, 'lxmert/all_ans.json'), '[{"ans": "black"}]');
  await questions('--dry-run');
  expect(await readdir(join(folder, 'vqa'))).toHaveLength(3);
  await questions();
  const labels = (await readJson('vqa/captions_train.json')).flatMap(({ label }: { label: object }) =>
    Object.keys(label),
  );
  expect(new Set(labels)).toEqual(new Set(['black']));
  await questions('--new-answers');
  expect((await readJson(list))[0]).toBe('black');
  expect((await readJson(list)).toSorted()).toEqual(['ball', 'black', 'grass', 'white']);
  expect((await readJson('lxmert/all_ans.json')).map(({ ans }: { ans: string }) => ans)).toEqual(
    await readJson(list),
  );
  expect((await checkDirectory(folder)).faults).toEqual([]);
});

it('says what is wrong', async () => {
  await expect(run(['--data-dir', dataDir])).rejects.toThrow('questions --dataset');
  await expect(run(['--data-dir', dataDir, '--dataset', 'none'])).rejects.toThrow('no data set "none"');
  await expect(run(['--data-dir', dataDir, '--dataset', 'framed-1style'])).rejects.toThrow(
    'questions of their own',
  );
  await expect(questions('--fewest', '50')).rejects.toThrow('ask nothing');
});
