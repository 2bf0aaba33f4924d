/** Publishing over a checkpoint that is there; training-run.test.ts publishes runs that were trained. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { publishRun } from '../../src/runs/publish.ts';
import { narrowToFloat16, readSafetensors, widenFloat16 } from '../../src/safetensors.ts';
import { float32 } from '../../src/tensor.ts';
import { createZoo } from '../../src/zoo/discovery.ts';
import { manifest, writeCheckpoint } from '../zoo/write-checkpoint.ts';

let dataDir: string;
let checkpointsDir: string;
let folder: string;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'publish-'));
  checkpointsDir = join(dataDir, 'shipped');
  const of = { architecture: 'grid-encoder' as const, tasks: [] };
  folder = await writeCheckpoint(checkpointsDir, 'grid-encoder/tiny', {
    manifest: manifest({ id: 'grid-encoder-tiny', ...of, files: ['model.safetensors', 'older.txt'] }),
    weights: { a: float32([1], [1]) },
  });
  await mkdir(join(folder, 'pictures'));
  for (const file of ['older.txt', 'README.md', 'painted.png', 'pictures/giraffe.png'])
    await writeFile(join(folder, file), `old ${file}`);
  const result = await writeCheckpoint(join(dataDir, 'runs'), 'second/result', {
    manifest: manifest({ id: 'grid-encoder-second', ...of, files: ['model.safetensors'] }),
    config: { second: true },
    weights: { a: float32([2], [1]) },
  });
  await writeFile(join(result, 'README.md'), 'new card');
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));

it('replaces what the old checkpoint named, and keeps what else lies in its folder', async () => {
  const request = { run: 'second', path: 'grid-encoder/tiny', components: {} };
  expect(await publishRun(request, { dataDir, checkpointsDir })).toBe(folder);
  expect((await readdir(folder, { recursive: true })).sort()).toEqual([
    'README.md',
    'config.json',
    'manifest.json',
    'model.safetensors',
    'painted.png',
    'pictures',
    'pictures/giraffe.png',
  ]);
  for (const file of ['painted.png', 'pictures/giraffe.png'])
    expect(await readFile(join(folder, file), 'utf8')).toBe(`old ${file}`);
  expect(await readFile(join(folder, 'README.md'), 'utf8')).toBe('new card');
  for (const file of ['config.json', 'model.safetensors']) {
    const fresh = await readFile(join(dataDir, 'runs/second/result', file));
    expect((await readFile(join(folder, file))).equals(fresh), file).toBe(true);
  }
  expect(JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')).id).toBe('grid-encoder-tiny');
  expect(await readdir(join(checkpointsDir, 'grid-encoder'))).toEqual(['tiny']);
});

it('writes a length penalty into the config of what captions, and of nothing else', async () => {
  const run = (name: string, tasks: ('caption' | 'vqa')[]) =>
    writeCheckpoint(join(dataDir, 'runs'), `${name}/result`, {
      ...{ manifest: manifest({ id: name, tasks }), config: { grid: 8 }, weights: { a: float32([6], [1]) } },
    });
  await run('writing', ['caption']);
  await run('answering', ['vqa']);
  const publish = (name: string) =>
    publishRun(
      { run: name, path: `x-lxmert/${name}`, components: {}, lengthPenalty: 1.7 },
      { dataDir, checkpointsDir },
    );
  const folder = await publish('writing');
  const config = JSON.parse(await readFile(join(folder, 'config.json'), 'utf8'));
  expect(config).toEqual({ grid: 8, length_penalty: 1.7 });
  await expect(publish('answering')).rejects.toMatchObject({ code: 'invalid_hyperparameter' });
});

it('writes a sampler into the config of what paints, and of nothing else', async () => {
  const publish = async (name: string, tasks: ('paint' | 'vqa')[]) => {
    await writeCheckpoint(join(dataDir, 'runs'), `${name}/result`, {
      ...{ manifest: manifest({ id: name, tasks }), config: { grid: 8 }, weights: { a: float32([7], [1]) } },
    });
    const request = { run: name, path: `x-lxmert/${name}`, components: {}, sampler: 'mask-predict-8' };
    return publishRun(request, { dataDir, checkpointsDir });
  };
  const folder = await publish('painting', ['paint']);
  const config = JSON.parse(await readFile(join(folder, 'config.json'), 'utf8'));
  expect(config).toEqual({ grid: 8, sampler: 'mask-predict-8' });
  await expect(publish('only-answering', ['vqa'])).rejects.toMatchObject({ code: 'invalid_hyperparameter' });
});

it('rounds the rows of weights to steps, but for centroids and vectors', async () => {
  const row = Array.from({ length: 64 }, (_, i) => Math.sin(i + 1) / 3);
  const weights = {
    matrix: float32([...row, ...row.map((x) => x * 100), ...row.map(() => 0)], [3, 64]),
    'vis_emb.weight': float32(row, [1, 64]),
    bias: float32(row, [64]),
  };
  await writeCheckpoint(join(dataDir, 'runs'), 'rounded/result', {
    ...{ manifest: manifest({ id: 'rounded', tasks: [] }), weights },
  });
  const folder = await publishRun(
    { run: 'rounded', path: 'x-lxmert/rounded', components: {}, weightSteps: 64 },
    { dataDir, checkpointsDir },
  );
  const { tensors } = await readSafetensors(join(folder, 'model.safetensors'));
  const half = (values: readonly number[]) =>
    Array.from(widenFloat16(narrowToFloat16(Float32Array.from(values))));
  expect(Array.from(tensors.bias!.data)).toEqual(half(row));
  expect(Array.from(tensors['vis_emb.weight']!.data)).toEqual(half(row));
  // The largest is about 1/3: 85 steps of 1/256, where 64 to 128 are wanted.
  expect(Array.from(tensors.matrix!.data.subarray(0, 64))).toEqual(row.map((x) => Math.round(x * 256) / 256));
  expect(Array.from(tensors.matrix!.data.subarray(64, 128))).toEqual(row.map((x) => Math.round(x * 200) / 2));
  expect(Math.max(...tensors.matrix!.data.subarray(128))).toBe(0);
});

it('takes along an encoder that was imported', async () => {
  await writeCheckpoint(join(dataDir, 'checkpoints'), 'detector/mine', {
    manifest: manifest({
      ...{ id: 'detector-mine', architecture: 'detector', tasks: [], files: ['model.safetensors'] },
    }),
    weights: { a: float32([3], [1]) },
  });
  await writeCheckpoint(join(dataDir, 'runs'), 'seeing/result', {
    manifest: manifest({
      ...{ id: 'x-lxmert-seeing', architecture: 'x-lxmert', tasks: ['vqa'], files: ['model.safetensors'] },
      components: { grid_encoder: 'detector/mine' },
    }),
    weights: { a: float32([4], [1]) },
  });
  await publishRun({ run: 'seeing', path: 'x-lxmert-vqa/mine', components: {} }, { dataDir, checkpointsDir });
  const { entries, problems } = await createZoo([checkpointsDir]).scan();
  expect(problems).toEqual([]);
  const { components } = entries.find(({ id }) => id === 'x-lxmert-vqa-mine')!;
  expect(components.grid_encoder).toMatchObject({ path: 'detector/mine', id: 'detector-mine' });
});
