import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { IMAGE_SIZE, loadWorld } from '../../src/datasets/scenes/index.ts';
import { createOnnxRuntimeEngine } from '../../src/engines/onnxruntime.ts';
import { loadModel } from '../../src/inference/load-model.ts';
import { createRouter, type Router } from '../../src/inference/route-pictures.ts';
import { createSeenPictures } from '../../src/inference/seen-pictures.ts';
import type { LoadedModel } from '../../src/inference/serve-models.ts';
import { textSamplerFor } from '../../src/sampling/text.ts';
import { defaultModel } from '../../src/zoo/default-model.ts';
import { createZoo, sourceOf, type ZooEntry } from '../../src/zoo/discovery.ts';

const hashOf = (file: Uint8Array) => createHash('sha256').update(file).digest('hex');

let entries: ZooEntry[];
let route: Router;
let model: LoadedModel;
let photograph: Buffer;
beforeAll(async () => {
  ({ entries } = await createZoo(['checkpoints']).scan());
  photograph = await readFile('test/fixtures/photographs/train.jpg');
  const engine = createOnnxRuntimeEngine({ threads: 1 });
  const pictures = createSeenPictures(engine);
  route = createRouter(sourceOf(entries.find(({ id }) => id === 'picture-router-photos')!), pictures);
  const models = entries.map(({ id, manifest: { tasks } }) => ({ id, tasks }));
  const id = defaultModel(models, 'caption', 'photograph');
  expect(id).toBe('x-lxmert-photos');
  const options = { only: 'caption', maxBatch: 8, onRun: () => {} } as const;
  model = await loadModel(engine, sourceOf(entries.find((one) => one.id === id)!), pictures, options);
}, 120_000);
afterAll(() => model.release());

test('the shipped router tells a photograph from a scene', { timeout: 60_000 }, async () => {
  expect(await route(hashOf(photograph), photograph)).toBe('photograph');
  const world = await loadWorld('framed-1style');
  const raw = { width: IMAGE_SIZE, height: IMAGE_SIZE, channels: 3 } as const;
  const scene = await sharp(world.render(world.scene('validation', 3)), { raw })
    .png()
    .toBuffer();
  expect(await route(hashOf(scene), scene)).toBe('scene');
});

test('a photograph of a train is captioned as a train', { timeout: 120_000 }, async () => {
  const picture = hashOf(photograph);
  const job = { picture, prefix: 'A', maxTokens: 20, sampler: textSamplerFor({}, 1), seed: 1 };
  const hooks = { signal: new AbortController().signal, picture: () => photograph };
  const { text, unknownWords } = await model.caption!(job, hooks);
  expect(text).toMatch(/^A train\b/);
  expect(unknownWords).toEqual([]);
});
