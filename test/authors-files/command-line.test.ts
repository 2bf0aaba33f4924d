/**
 * The whole way from files in the authors' layouts to a model that answers, typed as a researcher types it. The files
 * are small and hold random numbers; what is looked at is that every step takes what the one before it gave.
 */
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openFeatureFile } from '../../src/datasets/feature-files.ts';
import { createOnnxRuntimeEngine } from '../../src/engines/onnxruntime.ts';
import { createEncodedPictures } from '../../src/inference/encoded-pictures.ts';
import { createZoo } from '../../src/zoo/discovery.ts';
import { loadGridEncoder } from '../../src/zoo/grid-encoder.ts';
import {
  ASKED,
  convertPublishedFiles,
  fixture,
  importDetector,
  options,
  PICTURES,
  pictureFile,
  predictedIds,
  smallModelOptions,
  typed,
  writePublishedFiles,
} from './published-files.ts';

let root: string;
let data: string;
let small: string[];
const folders = () => options({ 'data-dir': data, 'checkpoints-dir': join(root, 'none') });
const threads = ['--threads', '1'];

const imports = (given: Record<string, string>, ...more: string[]) =>
  typed('import', [...options(given), ...more, ...folders()]);
/** As wide as the published ones these models are not, nor of BERT's words. */
const importsModel = (given: Record<string, string>) => imports(given, ...small);
const trains = (kind: string, name: string, given: Record<string, string | number>) =>
  typed('train', [kind, '--name', name, ...options(given), ...folders(), ...threads]);

/** A pickle of the authors' form (protocol 2): image id → int64 [64]. @param code of the i-th picture, in all its cells */
function clusterIds(ids: readonly string[], code: (i: number) => number): Buffer {
  const text = (value: string) => {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(Buffer.byteLength(value));
    return Buffer.concat([Buffer.from('X'), length, Buffer.from(value)]);
  };
  const arrays = ids.map((id, i) => {
    const codes = Buffer.from(BigInt64Array.from({ length: 64 }, () => BigInt(code(i))).buffer);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(codes.length);
    return Buffer.concat([
      text(id),
      Buffer.from(
        'cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\nK\0\x85C\x01btR(K\x01K\x40\x85',
        'latin1',
      ),
      Buffer.from('cnumpy\ndtype\n(', 'latin1'),
      text('i8'),
      Buffer.from('K\0K\x01tR(K\x03', 'latin1'),
      text('<'),
      Buffer.from('NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tb\x89B', 'latin1'),
      length,
      codes,
      Buffer.from('tb'),
    ]);
  });
  return Buffer.concat([Buffer.from('\x80\x03}(', 'latin1'), ...arrays, Buffer.from('u.')]);
}

const TINY = { steps: 2, 'batch-size': 2, 'checkpoint-every': 2, seed: 1 };

const entryOf = async (path: string) => {
  const { entries, problems } = await createZoo([join(data, 'checkpoints'), join(data, 'runs')]).scan();
  expect(problems).toEqual([]);
  return entries.find((entry) => entry.path === path)!;
};

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'authors-files-'));
  data = join(root, 'data');
  small = await smallModelOptions(root);
  await writePublishedFiles(root);
  await convertPublishedFiles(root, data, 'mine');
  await importDetector(root, data);
});
afterAll(() => rm(root, { recursive: true, force: true }));

it('imports a model with its eyes, its vocabulary and its generator', async () => {
  const told = await importsModel({
    ...{ from: fixture('x-lxmert-tiny/Epoch20_LXRT.pth'), as: 'x-lxmert/published' },
    ...{ generator: fixture('generator-tiny/G_60.pth'), 'grid-encoder': 'detector/published' },
  });
  expect(told).toContain('can do: paint, caption');
  const { components } = await entryOf('x-lxmert/published');
  expect(
    Object.values(components)
      .map(({ path }) => path)
      .sort(),
  ).toEqual(['detector/published', 'generator/x-lxmert-published', 'visual-vocabulary/x-lxmert-published']);
});

it('pre-trains on from it on pictures, as it is, and the result paints and captions', async () => {
  const base = { 'base-model': 'x-lxmert/published', dataset: 'mine' };
  await trains('pretrain', 'further', { ...base, ...TINY, generator: 'generator/x-lxmert-published' });
  const { folder, manifest, components } = await entryOf('further/result');
  expect(manifest.tasks).toEqual(['paint', 'caption']);
  expect(components.grid_encoder!.path).toBe('detector/published');
  const config = JSON.parse(await readFile(join(folder, 'config.json'), 'utf8'));
  expect(config).toMatchObject({
    ...{ visual_pos_dim: 4, max_position_embeddings: 24, num_clusters: 64, l_layers: 3 },
  });
});

it.each([
  ['vqa', 'vqa'],
  ['gqa', 'vqa'],
  ['nlvr2', 'nlvr2'],
])('fine-tunes it on %s, and the result sees', async (kind, task) => {
  await trains(kind, kind, { 'base-model': 'further', dataset: 'mine', ...TINY });
  const { manifest, components } = await entryOf(`${kind}/result`);
  expect(manifest.tasks).toEqual([task]);
  expect(components.grid_encoder!.path).toBe('detector/published');
});

it('a model that was imported without eyes is given them when it is fine-tuned', async () => {
  await importsModel({ from: fixture('x-lxmert-tiny/Epoch20_LXRT.pth'), as: 'x-lxmert/blind' });
  const given = { 'base-model': 'x-lxmert/blind', 'grid-encoder': 'detector/published', dataset: 'mine' };
  await trains('vqa', 'seeing', { ...given, ...TINY });
  const { manifest, components } = await entryOf('seeing/result');
  expect(manifest.tasks).toEqual(['vqa']);
  expect(components.grid_encoder!.path).toBe('detector/published');
});

it('published centroids are a visual vocabulary', async () => {
  await imports({
    ...{ from: fixture('x-lxmert-tiny/centroids.npy'), as: 'visual-vocabulary/npy' },
    'grid-encoder': 'detector/published',
  });
  const sizes = { 'hidden-size': 16, 'num-attention-heads': 2, 'intermediate-size': 16 };
  const layers = { 'l-layers': 1, 'r-layers': 1, 'x-layers': 1 };
  await trains('pretrain', 'anew', {
    ...{ dataset: 'mine', 'visual-vocabulary': 'visual-vocabulary/npy', ...sizes, ...layers, ...TINY },
  });
  const { components } = await entryOf('anew/result');
  expect(components).toMatchObject({
    grid_encoder: { path: 'detector/published' },
    visual_vocabulary: { path: 'visual-vocabulary/npy' },
  });
});

it('an LXMERT becomes an X-LXMERT, as the paper’s did', async () => {
  await writeFile(
    join(root, 'vocab150.txt'),
    (await readFile(join(root, 'vocab.txt'), 'utf8')).split('\n').slice(0, 150).join('\n'),
  );
  await imports({
    ...{ from: fixture('lxmert-tiny/model.safetensors'), as: 'lxmert/published' },
    ...{ vocab: join(root, 'vocab150.txt'), config: join(root, 'config.json') },
  });
  await trains('pretrain', 'refined', {
    ...{ 'base-model': 'lxmert/published', 'visual-vocabulary': 'visual-vocabulary/npy', dataset: 'mine' },
    ...{ config: 'x-lxmert', ...TINY },
  });
  const { manifest } = await entryOf('refined/result');
  expect(manifest).toMatchObject({ architecture: 'x-lxmert', tasks: ['paint', 'caption'] });
});

it('cluster ids that were published are the codes, and no picture is looked at', async () => {
  await cp(join(data, 'datasets/mine'), join(data, 'datasets/coded'), { recursive: true });
  const folder = join(data, 'datasets/coded/cluster_ids');
  await mkdir(folder);
  const file = join(folder, 'img_id_to_cluster_id.pkl');
  await writeFile(
    file,
    clusterIds(PICTURES, (i) => i % 64),
  );
  const base = { 'base-model': 'x-lxmert/published', dataset: 'coded' };
  await trains('pretrain', 'coded', { ...base, ...TINY });
  expect((await entryOf('coded/result')).manifest.tasks).toEqual(['paint', 'caption']);
  // Of another vocabulary, or of other pictures.
  await writeFile(
    file,
    clusterIds(PICTURES, () => 64),
  );
  await expect(trains('pretrain', 'strange', { ...base, ...TINY })).rejects.toThrow(
    /has the code 64.*64 codes/,
  );
  await writeFile(
    file,
    clusterIds(PICTURES.slice(1), () => 1),
  );
  await expect(trains('pretrain', 'others', { ...base, ...TINY })).rejects.toThrow(
    /cluster_ids has no codes of/,
  );
});

it('a model without codes learns the detector’s classes of one’s own pictures', async () => {
  const parts = { 'visual-vocabulary': 'visual-vocabulary/npy', 'grid-encoder': 'detector/published' };
  const sizes = { 'hidden-size': 16, 'num-attention-heads': 2, 'intermediate-size': 16 };
  const layers = { 'l-layers': 1, 'r-layers': 1, 'x-layers': 1 };
  await trains('pretrain', 'grid', {
    ...{ config: 'lxmert-grid', dataset: 'mine', ...parts, ...sizes, ...layers, ...TINY },
    'batch-size': 4,
  });
  const { folder, manifest } = await entryOf('grid/result');
  expect(manifest).toMatchObject({ architecture: 'lxmert', tasks: ['paint', 'caption'] });
  // Those of its predictor, the background among them.
  expect(JSON.parse(await readFile(join(folder, 'config.json'), 'utf8'))).toMatchObject({
    ...{ num_object_labels: 3, visual_losses: ['obj', 'feat'], num_clusters: 0 },
  });
});

it('UNITER goes the same way', async () => {
  await importsModel({
    ...{ from: fixture('uniter-tiny/uniter-tiny.pt'), as: 'uniter/published' },
    'grid-encoder': 'detector/published',
  });
  for (const [kind, task] of [
    ['vqa', 'vqa'],
    ['nlvr2', 'nlvr2'],
  ] as const) {
    await trains(kind, `uniter-${kind}`, { 'base-model': 'uniter/published', dataset: 'mine', ...TINY });
    const { manifest } = await entryOf(`uniter-${kind}/result`);
    expect(manifest).toMatchObject({ architecture: 'uniter', tasks: [task] });
  }
});

it('features are extracted as the authors’ scripts write them, picture by picture, and trained on', async () => {
  await cp(join(data, 'datasets/mine'), join(data, 'datasets/extracted'), { recursive: true });
  const given = { dataset: 'extracted', 'grid-encoder': 'detector/published', 'images-per-file': 6 };
  const extracts = () => typed('extract', [...options(given), ...folders(), ...threads]);
  await extracts();
  const folder = join(data, 'datasets/extracted/features');
  const files = (await readdir(folder)).sort();
  expect(files).toEqual([0, 1, 2].map((part) => `detector-published-0000${part}.h5`));
  const file = await openFeatureFile(join(folder, files[0]!));
  expect(file.imageIds).toHaveLength(6);
  const [id] = file.imageIds;
  const { shape, features } = file.features(id!);
  file.close();
  expect(shape).toEqual([8, 8, 40]);
  // As the server sees the same picture.
  const engine = createOnnxRuntimeEngine({ threads: 1 });
  const encoder = await loadGridEncoder((await entryOf('detector/published')).folder, {
    ...{ grid: 8, visual_feat_dim: 40 },
  });
  const opened = await createEncodedPictures(engine).open(encoder);
  const picture = await readFile(pictureFile(root, id!));
  expect(features).toEqual((await opened.encode('picture', picture)).features);
  await opened.close();
  await expect(extracts()).rejects.toThrow(/has features already/);
  await trains('vqa', 'from-features', { 'base-model': 'further', dataset: 'extracted', ...TINY });
  expect((await entryOf('from-features/result')).manifest.tasks).toEqual(['vqa']);
});

it.each([
  ['vqa', /^\[\n\{"question_id":\d+,"answer":".*"\}/],
  ['gqa', /^\[\n\{"questionId":"\d+","prediction":".*"\}/],
  ['nlvr2', /^test1-1-0-0,(True|False)\n/],
] as const)('%s: predictions for the test server, in its form', async (task, form) => {
  const output = join(root, `predictions-${task}`);
  await typed('predict', [
    task,
    ...options({ model: task, dataset: 'mine', output }),
    ...folders(),
    ...threads,
  ]);
  expect(await readFile(output, 'utf8')).toMatch(form);
  expect(await predictedIds(output)).toEqual(ASKED[task]);
});
