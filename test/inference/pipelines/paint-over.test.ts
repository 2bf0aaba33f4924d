import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createOnnxRuntimeEngine } from '../../../src/engines/onnxruntime.ts';
import type { EncodedPicture } from '../../../src/inference/pipelines/encode-picture.ts';
import { createPaintPipeline, type PaintPipeline } from '../../../src/inference/pipelines/paint.ts';
import {
  createPaintOverPipeline,
  type PaintOverPipeline,
} from '../../../src/inference/pipelines/paint-over.ts';
import { createRandom } from '../../../src/random.ts';
import { MASKED } from '../../../src/sampling/sample.ts';
import { STRATEGIES } from '../../../src/sampling/sampler.ts';
import { loadPaintCheckpoint } from '../../../src/zoo/paint-checkpoint.ts';
import { LXMERT, writeTinyZoo } from '../tiny-zoo.ts';

const F = LXMERT.visual_feat_dim;
let root: string;
let pipeline: PaintPipeline;
let over: PaintOverPipeline;
let seen: EncodedPicture;
/** Code of the nearest centroid of every cell, one by one. */
let codes: number[];

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'paint-over-'));
  const checkpoint = await loadPaintCheckpoint(await writeTinyZoo(root));
  const engine = createOnnxRuntimeEngine({ threads: 1 });
  pipeline = await createPaintPipeline(engine, checkpoint);
  const centroids = checkpoint.lxmert.weights['vis_emb.weight']!;
  over = await createPaintOverPipeline(engine, checkpoint.lxmert.config, centroids);
  const random = createRandom('a picture');
  seen = { features: Float32Array.from({ length: 64 * F }, () => random.normal()) };
  const table = centroids.data as Float32Array;
  codes = Array.from({ length: 64 }, (_, cell) => {
    const distance = (code: number) =>
      Array.from({ length: F }, (_, f) => (seen.features[cell * F + f]! - table[code * F + f]!) ** 2).reduce(
        (sum, square) => sum + square,
      );
    const all = Array.from({ length: LXMERT.num_clusters }, (_, code) => distance(code));
    return all.indexOf(Math.min(...all));
  });
});
afterAll(async () => {
  await Promise.all([pipeline.release(), over.release()]);
  await rm(root, { recursive: true });
});

/** Transparent in the second column of eight. */
const mask = () =>
  sharp({ create: { width: 64, height: 16, channels: 4, background: '#000' } })
    .composite([
      {
        input: { create: { width: 8, height: 16, channels: 4, background: '#000' } },
        left: 8,
        top: 0,
        blend: 'dest-out',
      },
    ])
    .png()
    .toBuffer();
const column = Array.from({ length: 8 }, (_, row) => row * 8 + 1);

test('it begins with the nearest codes, without those of the open cells', async () => {
  const begin = await over.begin(await over.codesOf(seen.features), await mask());
  expect([...begin]).toEqual(codes.map((code, cell) => (column.includes(cell) ? MASKED : code)));
});

test.each(STRATEGIES)('%s writes the open cells and no others', async (strategy) => {
  const begin = await over.begin(codes, await mask());
  const updated = new Set<number>();
  const image = await pipeline.paint(
    { prompt: 'a red dog', seed: 1, sampler: { strategy, temperature: 1 }, format: 'png', steps: true },
    {
      begin,
      onStep: (step) => {
        for (const cell of step.updated) updated.add(cell);
      },
    },
  );
  expect([...updated].sort((a, b) => a - b)).toEqual(column);
  expect(image.repainted).toEqual(column);
  const kept = (all: readonly number[]) => all.filter((_, cell) => !column.includes(cell));
  expect(kept(image.codes)).toEqual(kept(codes));
  expect(image.codes.every((code) => code >= 0)).toBe(true);
});

test('what is kept is seen: other surroundings, other codes', async () => {
  const begin = await over.begin(codes, await mask());
  const others = begin.map((code) => (code === MASKED ? MASKED : 0));
  const input = {
    prompt: 'a red dog',
    seed: 1,
    sampler: { strategy: 'parallel', temperature: 3 },
    format: 'png',
    steps: false,
  } as const;
  const [one, other] = [
    await pipeline.paint(input, { begin }),
    await pipeline.paint(input, { begin: others }),
  ];
  const painted = (all: readonly number[]) => column.map((cell) => all[cell]);
  expect(painted(other.codes)).not.toEqual(painted(one.codes));
});

test('codes that are not the model’s are refused', async () => {
  const refused = { code: 'impossible_request', param: '/codes' };
  await expect(over.begin(codes.slice(1), await mask())).rejects.toMatchObject(refused);
  await expect(over.begin(codes.with(0, LXMERT.num_clusters), await mask())).rejects.toMatchObject(refused);
});

test('a mask without a transparent pixel is refused', async () => {
  const bus = await readFile(new URL('../../../examples/photographs/bus.jpg', import.meta.url));
  await expect(over.begin(codes, bus)).rejects.toMatchObject({ code: 'impossible_request', param: '/mask' });
});
