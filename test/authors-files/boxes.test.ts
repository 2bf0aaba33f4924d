/**
 * Pictures as boxes, typed: features of 36 boxes as the authors' scripts write them, and boxes of the shipped encoder
 * of photographs.
 */
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openFeatureFile } from '../../src/datasets/feature-files.ts';
import { createOnnxRuntimeEngine } from '../../src/engines/onnxruntime.ts';
import { createEncodedPictures } from '../../src/inference/encoded-pictures.ts';
import { loadModel } from '../../src/inference/load-model.ts';
import { createZoo, sourceOf } from '../../src/zoo/discovery.ts';
import { loadGridEncoder } from '../../src/zoo/grid-encoder.ts';
import { fixture, importDetector, options, smallModelOptions, typed } from './published-files.ts';

const CHECKPOINTS = join(import.meta.dirname, '../../checkpoints');
const PHOTOGRAPHS = join(import.meta.dirname, '../../examples/photographs');
const IDS = [9, 25, 30].map((id) => `COCO_train2014_${String(id).padStart(12, '0')}`);

let root: string;
let data: string;
const folders = () => options({ 'data-dir': data, 'checkpoints-dir': CHECKPOINTS, threads: 1 });
const TINY = { steps: 2, 'batch-size': 2, 'checkpoint-every': 2, seed: 1 };
const trains = (kind: string, name: string, given: Record<string, string | number>) =>
  typed('train', [kind, '--name', name, ...options({ ...given, ...TINY }), ...folders()]);
const resultOf = async (name: string) => {
  const { entries } = await createZoo([CHECKPOINTS, join(data, 'checkpoints'), join(data, 'runs')]).scan();
  return entries.find(({ path }) => path === `${name}/result`)!;
};
const configOf = async (name: string) =>
  JSON.parse(await readFile(join((await resultOf(name)).folder, 'config.json'), 'utf8'));

/** Questions and statements about pictures: the first are trained on, all are validated on and asked as a test. */
async function writeTexts(dataset: string, ids: readonly string[]): Promise<void> {
  const folder = join(data, 'datasets', dataset);
  const asked = ids.map((img_id, i) => ({ img_id, question_id: i + 1, sent: 'is it there?' }));
  const questions = asked.map((entry, i) => ({ ...entry, label: { [i % 2 === 0 ? 'yes' : 'no']: 1 } }));
  const pairs = ids.map((img0, i) => ({
    ...{ img0, img1: ids[(i + 1) % ids.length]!, uid: `u${i}`, identifier: `test1-${i}-0-0` },
    ...{ sent: 'both are there.', label: i % 2 },
  }));
  for (const [task, entries] of [
    ['vqa', questions],
    ['gqa', questions],
    ['nlvr2', pairs],
  ] as const) {
    await mkdir(join(folder, task), { recursive: true });
    for (const split of ['train', 'valid', 'test'])
      await writeFile(join(folder, task, `${split}.json`), JSON.stringify(entries));
  }
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'boxes-'));
  data = join(root, 'data');
  await writeTexts('published', IDS);
  await mkdir(join(data, 'datasets/published/features'));
  await cp(
    fixture('hdf5/maskrcnn_train_boxes36.h5'),
    join(data, 'datasets/published/features/train_obj36.h5'),
  );
  const model = await smallModelOptions(root);
  for (const [name, file] of [
    ['x-lxmert', 'x-lxmert-tiny/Epoch20_LXRT.pth'],
    ['uniter', 'uniter-tiny/uniter-tiny.pt'],
  ] as const) {
    const given = { from: fixture(file), as: `${name}/published`, 'data-dir': data };
    await typed('import', [...options({ ...given, 'checkpoints-dir': CHECKPOINTS }), ...model]);
  }
});
afterAll(() => rm(root, { recursive: true, force: true }));

it.each([
  ['x-lxmert', 'gqa'],
  ['uniter', 'nlvr2'],
])('%s is fine-tuned on 36 boxes for %s, evaluated, and predicts', async (model, task) => {
  const name = `${model}-${task}`;
  await trains(task, name, { 'base-model': `${model}/published`, dataset: 'published' });
  const config = await configOf(name);
  expect([config.num_boxes, config.grid]).toEqual([36, undefined]);
  // Nothing that is there sees such boxes in a picture.
  expect((await resultOf(name)).manifest.tasks).toEqual([]);
  const given = { model: name, dataset: 'published' };
  expect(await typed('evaluate', [task, ...options(given), ...folders()])).toContain('another picture');
  const output = join(root, `${name}.txt`);
  await typed('predict', [task, ...options({ ...given, output }), ...folders()]);
  expect((await readFile(output, 'utf8')).match(/yes|no|True|False/g)).toHaveLength(IDS.length);
});

it('what sees a grid refuses them, and what they cannot be is said', async () => {
  const base = { 'base-model': 'x-lxmert/published', dataset: 'published' };
  await mkdir(join(data, 'datasets/published/lxmert'));
  for (const split of ['train', 'valid'])
    await writeFile(
      join(data, `datasets/published/lxmert/${split}.json`),
      JSON.stringify(IDS.map((img_id) => ({ img_id, sentf: { mscoco: ['a wall'] }, labelf: {} }))),
    );
  await expect(trains('pretrain', 'refused', base)).rejects.toThrow(/features of 36 boxes.*sees a grid/);
  await expect(trains('vqa', 'refused', { ...base, boxes: 12 })).rejects.toThrow(/are of 36 boxes/);
  await expect(
    trains('vqa', 'refused', { 'base-model': 'x-lxmert/scenes', dataset: 'scenes', boxes: 36 }),
  ).rejects.toThrow(/scenes are seen as a grid/);
});

it('boxes of photographs are extracted with their places and classes, and answered about', async () => {
  const NAMES = ['boat', 'bus', 'train'];
  for (const dataset of ['photographs', 'extracted']) await writeTexts(dataset, NAMES);
  const encoder = { 'grid-encoder': 'grid-encoder/coco' };
  const seeing = { ...encoder, images: PHOTOGRAPHS, boxes: 36 };
  await typed('extract', [...options({ dataset: 'extracted', ...seeing }), ...folders()]);
  const folder = join(data, 'datasets/extracted/features');
  const file = await openFeatureFile(join(folder, (await readdir(folder))[0]!));
  expect(file.shape('bus')).toEqual([36, 718]);
  // The first of COCO's 80 classes is a person, the sixth a bus.
  expect(file.numbers('bus', 'obj_id')[0]).toBe(5);
  const [width, height] = ['img_w', 'img_h'].map((name) => file.numbers('bus', name)[0]!) as [number, number];
  const [x0, y0, x1, y1] = file.numbers('bus', 'boxes') as [number, number, number, number];
  expect([x0 < x1, x1 <= width + 1e-3, y0 < y1, y1 <= height + 1e-3]).toEqual([true, true, true, true]);
  const confidence = file.numbers('bus', 'obj_conf');
  expect(confidence).toEqual([...confidence].sort((a, b) => b - a));
  const engine = createOnnxRuntimeEngine({ threads: 1 });
  const encoded = createEncodedPictures(engine);
  const bus = await readFile(join(PHOTOGRAPHS, 'bus.jpg'));
  // As the server sees the same picture.
  const seen = { num_boxes: 36, visual_feat_dim: 718 };
  const sees = await encoded.open(await loadGridEncoder(join(CHECKPOINTS, 'grid-encoder/coco'), seen));
  const { features } = await sees.encode('bus', bus);
  expect(features.slice(722, 722 + 718)).toEqual(file.features('bus').features.slice(718, 2 * 718));
  await sees.close();
  file.close();

  await mkdir(join(data, 'datasets/photographs/images'));
  for (const name of NAMES)
    await cp(join(PHOTOGRAPHS, `${name}.jpg`), join(data, `datasets/photographs/images/${name}.jpg`));
  const base = { 'base-model': 'x-lxmert/photos' };
  await trains('vqa', 'by-file', { ...base, dataset: 'extracted' });
  await trains('vqa', 'by-picture', { ...base, dataset: 'photographs', boxes: 36 });
  for (const name of ['by-file', 'by-picture'])
    expect((await resultOf(name)).manifest.tasks, name).toEqual(['vqa']);
  const model = await loadModel(engine, sourceOf(await resultOf('by-picture')), encoded, {
    ...{ maxBatch: 1, onPass: () => {} },
  });
  const hooks = { signal: new AbortController().signal, picture: () => bus };
  const { answers } = await model.vqa!({ picture: 'bus', question: 'is it there?', topK: 2 }, hooks as never);
  expect(answers.map(({ answer }) => answer).sort()).toEqual(['no', 'yes']);
  await model.release();
});

it('boxes of the published detector are extracted, trained on and answered about', async () => {
  const NAMES = ['boat', 'bus', 'train'];
  await importDetector(root, data);
  for (const dataset of ['by-detector', 'seen-by-detector']) await writeTexts(dataset, NAMES);
  const encoder = { 'grid-encoder': 'detector/published' };
  await typed('extract', [
    ...options({ dataset: 'by-detector', ...encoder, images: PHOTOGRAPHS, boxes: 36 }),
    ...folders(),
  ]);
  const folder = join(data, 'datasets/by-detector/features');
  const file = await openFeatureFile(join(folder, (await readdir(folder))[0]!));
  expect(file.shape('bus')).toEqual([36, 40]);
  expect(new Set(file.numbers('bus', 'boxes')).size).toBeGreaterThan(36);
  // Its classes without the background.
  expect(file.numbers('bus', 'obj_id').every((id) => id === 0 || id === 1)).toBe(true);
  file.close();
  await mkdir(join(data, 'datasets/seen-by-detector/images'));
  for (const name of NAMES)
    await cp(join(PHOTOGRAPHS, `${name}.jpg`), join(data, `datasets/seen-by-detector/images/${name}.jpg`));
  for (const [name, given] of [
    ['detector-file', { dataset: 'by-detector', 'base-model': 'uniter/published' }],
    ['detector-picture', { dataset: 'seen-by-detector', 'base-model': 'x-lxmert/published', boxes: 36 }],
  ] as const) {
    await trains('vqa', name, { ...given, ...encoder });
    expect((await resultOf(name)).manifest.tasks, name).toEqual(['vqa']);
    const bus = join(PHOTOGRAPHS, 'bus.jpg');
    const answer = await typed('ask', [bus, 'is it there?', ...options({ model: name }), ...folders()]);
    expect(answer, name).toMatch(/yes|no/);
  }
  // Imported without an encoder it sees nothing, and whoever asks it is told what it lacks.
  const blind = ['is it there?', ...options({ model: 'x-lxmert/published' }), ...folders()];
  await expect(typed('ask', [join(PHOTOGRAPHS, 'bus.jpg'), ...blind])).rejects.toThrow(
    /x-lxmert-published is an x-lxmert that does nothing by itself, not one that answers.*--grid-encoder/,
  );
});
