import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadAnswerCheckpoint } from '../../src/zoo/answer-checkpoint.ts';
import { loadCaptionCheckpoint } from '../../src/zoo/caption-checkpoint.ts';
import type { CheckpointFolders } from '../../src/zoo/checkpoint-files.ts';
import { readManifest, writeManifest } from '../../src/zoo/manifest.ts';
import { loadPaintCheckpoint } from '../../src/zoo/paint-checkpoint.ts';
import { LXMERT, VOCABULARY, writeTinyZoo } from '../inference/tiny-zoo.ts';
import { ANSWERS, ENCODER, writeTinyAnswerer, writeTinyCaptioner } from './tiny-answerer.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'answerers-'));
});
afterAll(() => rm(root, { recursive: true }));
const fresh = () => mkdtemp(join(root, 'zoo-'));

test.each(['vqa', 'gqa', 'nlvr2'] as const)('a model fine-tuned on %s', async (head) => {
  const loaded = await loadAnswerCheckpoint(await writeTinyAnswerer(await fresh(), head));
  expect(loaded).toMatchObject({ id: `tiny-${head}`, head, vocabulary: VOCABULARY });
  expect(loaded.answers).toEqual(head === 'nlvr2' ? [] : ANSWERS);
  expect(loaded.config.grid).toBe(8);
  expect(loaded.gridEncoder.config).toEqual(ENCODER);
  expect(Object.keys(loaded.gridEncoder.weights)).toContain('stages.0.down.weight');
  expect(loaded.weights['answer_head.logit_fc.3.bias']!.shape).toEqual([
    head === 'nlvr2' ? 2 : ANSWERS.length,
  ]);
  expect(loaded.weights).not.toHaveProperty('mask_feat');
});

test('a model that captions', async () => {
  const loaded = await loadCaptionCheckpoint(await writeTinyCaptioner(await fresh()));
  expect(loaded).toMatchObject({ id: 'tiny-captioner', vocabulary: VOCABULARY });
  expect(loaded.centroids!.shape).toEqual([LXMERT.num_clusters, LXMERT.visual_feat_dim]);
  expect(loaded.gridEncoder.config).toEqual(ENCODER);
});

describe('a checkpoint that does not fit says why', () => {
  type Change = (folders: CheckpointFolders) => Promise<unknown>;
  const reasonOf = (loading: Promise<unknown>) =>
    loading.then(
      () => 'loaded',
      (error: Error) => error.message,
    );
  const spoil = async (change: Change): Promise<string> => {
    const folders = await writeTinyAnswerer(await fresh(), 'vqa');
    await change(folders);
    return reasonOf(loadAnswerCheckpoint(folders));
  };
  const edit = async (folder: string, changes: object) => {
    const file = join(folder, 'config.json');
    await writeFile(file, JSON.stringify({ ...JSON.parse(await readFile(file, 'utf8')), ...changes }));
  };

  test.each<[string, Change, RegExp]>([
    [
      'answers',
      ({ folder }) => writeFile(join(folder, 'answers.txt'), 'yes\nno\n'),
      /^answers\.txt has 2 answers, config\.json says 5$/,
    ],
    ['tokens', ({ folder }) => writeFile(join(folder, 'vocab.txt'), '[PAD]\n'), /vocab\.txt has 1 tokens/],
    ['head', ({ folder }) => edit(folder, { head: 'snli' }), /head \(one of vqa, gqa, nlvr2\)/],
    [
      'weights',
      ({ folder }) => edit(folder, { head: 'nlvr2', num_answers: 2 }),
      /answer_head\.logit_fc\.0\.weight is \[64,32\], not \[64,64\]/,
    ],
    [
      'grid',
      ({ folder }) => edit(folder, { grid: 4 }),
      /makes 8×8 features of 24, the model takes 4×4 features of 24/,
    ],
    ['no grid', ({ folder }) => edit(folder, { grid: undefined }), /answering needs grid/],
    [
      'encoder',
      async ({ components }) => {
        const folder = components.grid_encoder!;
        await writeManifest(folder, { ...(await readManifest(folder)), architecture: 'generator' });
      },
      /component grid_encoder: grid-encoder-tiny is a generator/,
    ],
  ])('%s', async (_, change, reason) => {
    expect(await spoil(change)).toMatch(reason);
  });

  test('no encoder', async () => {
    const { folder } = await writeTinyAnswerer(await fresh(), 'nlvr2');
    expect(await reasonOf(loadAnswerCheckpoint({ folder, components: {} }))).toContain('grid_encoder');
  });

  test('each model keeps to its trade', async () => {
    const answerer = await writeTinyAnswerer(await fresh(), 'vqa');
    const painter = await writeTinyZoo(await fresh());
    expect(await reasonOf(loadAnswerCheckpoint(painter))).toContain('missing or bad head');
    expect(await reasonOf(loadCaptionCheckpoint(answerer))).toBe('a model fine-tuned on vqa cannot caption');
    const folders = { ...answerer, components: painter.components };
    expect(await reasonOf(loadPaintCheckpoint(folders))).toBe('a model fine-tuned on vqa cannot paint');
  });
});
