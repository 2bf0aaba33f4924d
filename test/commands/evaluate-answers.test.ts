import { cp, mkdir, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { runCommand } from '../../src/commands/index.ts';
import { loadWorld } from '../../src/datasets/scenes/index.ts';
import { isMistake } from '../../src/errors.ts';
import { readManifest, writeManifest } from '../../src/zoo/manifest.ts';
import { exportScenes, pictureId } from '../datasets/directory/export-scenes.ts';
import { writeTinyAnswerer } from '../zoo/tiny-answerer.ts';

const evaluate = (args: readonly string[]) => runCommand('evaluate', args);

let dataDir: string;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'evaluate-answers-'));
  const world = await loadWorld('lattice-1style');
  const knowledge = {
    vocabulary: world.vocabulary(),
    answers: world.answers,
    data: { name: world.name, description: 'none' },
  };
  for (const head of ['vqa', 'gqa', 'nlvr2'] as const)
    await writeTinyAnswerer(join(dataDir, 'checkpoints'), head, knowledge);
  await exportScenes(join(dataDir, 'datasets/mine'), world);
  const features = join(dataDir, 'datasets/features');
  await mkdir(join(features, 'features'), { recursive: true });
  await mkdir(join(features, 'vqa'));
  const fixture = 'maskrcnn_train_grid8.h5';
  await cp(join(import.meta.dirname, '../fixtures/hdf5', fixture), join(features, 'features', fixture));
  const questions = [9, 25, 30, 34].map((id, question_id) => ({
    ...{ img_id: `COCO_train2014_${String(id).padStart(12, '0')}`, question_id },
    ...{ sent: 'is it a dog?', label: { yes: 1 } },
  }));
  await writeFile(join(features, 'vqa/train.json'), JSON.stringify(questions.slice(0, 2)));
  await writeFile(join(features, 'vqa/valid.json'), JSON.stringify(questions.slice(2)));
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));
afterEach(() => vi.restoreAllMocks());

async function outputOf(args: string[]): Promise<string> {
  let written = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    written += String(text);
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation(() => true);
  await evaluate([
    ...args,
    '--data-dir',
    dataDir,
    '--checkpoints-dir',
    join(dataDir, 'none'),
    '--threads',
    '1',
  ]);
  vi.restoreAllMocks();
  return written;
}

describe.each(['vqa', 'gqa', 'nlvr2'] as const)('evaluate %s', (task) => {
  it('prints accuracies by type beside the baselines, and says the same in JSON, with a sheet to look at', async () => {
    const output = join(dataDir, task);
    const args = [task, '--model', `tiny-${task}`, '--text-only', `tiny-${task}`, '--scenes', '6'];
    const printed = await outputOf([...args, '--output', output]);
    const results = JSON.parse(await readFile(join(output, `${task}.json`), 'utf8'));
    expect(results).toMatchObject({ task, world: 'lattice-1style', engine: 'onnxruntime-cpu-auto' });
    expect(results.command).toContain(`npm run evaluate -- ${task} --model tiny-${task}`);
    expect(Object.keys(results.checkpoints)).toEqual(['model', 'grid_encoder', 'text_only']);
    expect(Object.keys(results.columns)).toEqual([
      'model',
      'picture removed',
      'trained without pictures',
      'same words in training',
      'majority answer',
    ]);
    const shares = Object.values<{ all: number }>(results.columns).map(({ all }) => all.toFixed(3));
    expect(printed).toContain(`| **all** (n = ${results.questions}) | ${shares.join(' | ')} |`);
    // One model in both columns, none of them looking.
    expect(shares[2]).toBe(shares[1]);
    if (task === 'nlvr2') expect(shares[4]).toBe('0.500');
    const sheet = await sharp(join(output, `${task}.png`)).metadata();
    expect(sheet.width).toBeGreaterThan(3 * 128);
  }, 120_000);
});

describe.each(['vqa', 'gqa', 'nlvr2'] as const)('evaluate %s --dataset', (task) => {
  it('asks what the validation split of a folder asks, of its pictures', { timeout: 120_000 }, async () => {
    const output = join(dataDir, 'mine', task);
    const args = [task, '--model', `tiny-${task}`, '--dataset', 'mine', '--output', output];
    const printed = await outputOf(args);
    const results = JSON.parse(await readFile(join(output, `${task}.json`), 'utf8'));
    const folder = join(dataDir, 'datasets/mine');
    const entries = JSON.parse(await readFile(join(folder, task, 'valid.json'), 'utf8'));
    expect(results).toMatchObject({
      ...{ task, dataset: 'mine', split: 'validation', questions: entries.length },
      dataset_revision: expect.stringMatching(/^\w{64}$/),
      checkpoints: { model: { id: `tiny-${task}` }, grid_encoder: { id: 'grid-encoder-tiny' } },
    });
    const { model, ...others } = results.columns;
    expect(Object.keys(others)).toEqual([
      'another picture',
      'picture removed',
      'same words in training',
      'majority answer',
    ]);
    expect(model).not.toHaveProperty('held_out');
    expect(printed).toContain('validation of mine');
    expect(printed).toContain(`| **all** (n = ${entries.length}) | ${model.all.toFixed(3)} | `);
    expect((await sharp(join(output, `${task}.png`)).metadata()).width).toBeGreaterThan(3 * 128);
  });
});

describe('evaluate table 1', () => {
  it('has the answers of models of a data set that no model paints', { timeout: 120_000 }, async () => {
    for (const head of ['vqa', 'nlvr2']) {
      const folder = join(dataDir, 'checkpoints', `x-lxmert-${head}`, 'mine');
      await cp(join(dataDir, 'checkpoints', `x-lxmert-${head}`, 'tiny'), folder, { recursive: true });
      const manifest = await readManifest(folder);
      await writeManifest(folder, {
        ...{ ...manifest, id: `x-lxmert-${head}-mine` },
        data: { name: 'mine', description: 'none' },
      });
    }
    const printed = await outputOf(['table', '1', '--dataset', 'mine', '--captions', '4', '--seeds', '1']);
    const { tables } = JSON.parse(await readFile(join(dataDir, 'evaluations/table-1.json'), 'utf8'));
    const ours = tables[0].rows.find(({ row }: { row: string }) => row === 'X-LXMERT');
    expect(ours).toMatchObject({ model: null, here: { vqa: { mean: expect.any(Number) } } });
    expect(ours.here.nlvr2.mean).toBeLessThanOrEqual(1);
    expect(printed).toContain('No model here paints mine');
  });
});

it('says what is wrong with what it was given', async () => {
  const says = async (...args: string[]) => {
    const error: unknown = await outputOf(args).catch((e: unknown) => e);
    expect(isMistake(error)).toBe(true);
    return (error as Error).message;
  };
  expect(await says('vqa')).toContain('no checkpoint or run "x-lxmert-vqa-scenes"');
  expect(await says('vqa', '--model', 'tiny-gqa')).toContain('tiny-gqa is fine-tuned on gqa, not on vqa');
  expect(await says('nlvr2', '--model', 'tiny-nlvr2', '--text-only', 'tiny-vqa')).toContain('--text-only');
  expect(await says('vqa', '--model', 'tiny-vqa', '--scenes', '1')).toContain('--scenes is "1"');
  const mine = ['vqa', '--model', 'tiny-vqa', '--dataset'];
  expect(await says(...mine, 'yours')).toMatch(/--dataset: There is no data set "yours".*mine/);
  expect(await says(...mine, 'mine', '--seed', '1')).toContain('--seed has no meaning for a folder');
  expect(await says('gqa', '--model', 'tiny-gqa', '--dataset', 'features')).toContain('has nothing for gqa');
  expect(await says(...mine, 'features')).toContain(
    'tiny-vqa sees 8×8 features of 24, features has 8×8 features of 40',
  );
  const cut = `images/${pictureId('validation', 0)}.png`;
  await truncate(join(dataDir, 'datasets/mine', cut), 400);
  expect(await says(...mine, 'mine')).toContain(cut);
  expect(await says('vqa', 'more')).toContain('evaluate vqa | gqa | nlvr2 [options]');
});
