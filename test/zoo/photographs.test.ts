import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { beforeAll, expect, test } from 'vitest';
import { IMAGE_SIZE, loadWorld } from '../../src/datasets/scenes/index.ts';
import { createOnnxRuntimeEngine } from '../../src/engines/onnxruntime.ts';
import { createEncodedPictures } from '../../src/inference/encoded-pictures.ts';
import { loadModel } from '../../src/inference/load-model.ts';
import { createRouter, type Router } from '../../src/inference/route-pictures.ts';
import type { LoadedModel } from '../../src/inference/serve-models.ts';
import { textSamplerFor } from '../../src/sampling/text.ts';
import { defaultModel } from '../../src/zoo/default-model.ts';
import { createZoo, sourceOf, type ZooEntry } from '../../src/zoo/discovery.ts';
import type { Task } from '../../src/zoo/manifest.ts';

const hashOf = (file: Uint8Array) => createHash('sha256').update(file).digest('hex');

type Photograph = 'train' | 'bus' | 'boat';
const photographs = {} as Record<Photograph, { hash: string; file: Buffer }>;
const engine = createOnnxRuntimeEngine({ threads: 1 });
const pictures = createEncodedPictures(engine);
let entries: ZooEntry[];
let route: Router;
beforeAll(async () => {
  ({ entries } = await createZoo(['checkpoints']).scan());
  for (const name of ['train', 'bus', 'boat'] as const) {
    const file = await readFile(`examples/photographs/${name}.jpg`);
    photographs[name] = { hash: hashOf(file), file };
  }
  route = createRouter(sourceOf(entries.find(({ id }) => id === 'picture-router-photos')!), pictures);
}, 120_000);

/** The shipped model that photographs get where nobody names one. */
async function modelFor(only: Task, expected: string): Promise<LoadedModel> {
  const models = entries.map(({ id, manifest: { tasks } }) => ({ id, tasks }));
  const id = defaultModel(models, only, 'photograph');
  expect(id).toBe(expected);
  const source = sourceOf(entries.find((one) => one.id === id)!);
  return loadModel(engine, source, pictures, { only, maxBatch: 8, onPass: () => {} });
}
const hooks = {
  signal: new AbortController().signal,
  picture: (asked: string) => Object.values(photographs).find(({ hash }) => hash === asked)!.file,
};

test('the shipped router tells photographs from a scene', { timeout: 60_000 }, async () => {
  for (const { hash, file } of Object.values(photographs)) expect(await route(hash, file)).toBe('photograph');
  const world = await loadWorld('framed-1style');
  const raw = { width: IMAGE_SIZE, height: IMAGE_SIZE, channels: 3 } as const;
  const scene = await sharp(world.render(world.scene('validation', 3)), { raw })
    .png()
    .toBuffer();
  expect(await route(hashOf(scene), scene)).toBe('scene');
});

test('photographs are captioned as what they show', { timeout: 120_000 }, async () => {
  const model = await modelFor('caption', 'x-lxmert-photos');
  const sampler = textSamplerFor({}, 1);
  for (const name of ['train', 'bus', 'boat'] as const) {
    const job = { picture: photographs[name].hash, prefix: 'A', maxTokens: 20, sampler, seed: 1 };
    const { text, unknownWords } = await model.caption!(job, hooks);
    expect(text).toMatch(new RegExp(`\\b${name}\\b`));
    expect(unknownWords).toEqual([]);
  }
  await model.release();
});

test('questions about photographs are answered', { timeout: 120_000 }, async () => {
  const model = await modelFor('vqa', 'x-lxmert-vqa-photos');
  const asked: [Photograph, string, string][] = [
    ['bus', 'Is there a bus in the image?', 'yes'],
    ['bus', 'Is there a dog in the image?', 'no'],
    ['boat', 'Is there a boat in the image?', 'yes'],
    ['boat', 'Is there a bus in the image?', 'no'],
    ['bus', 'What color is the bus?', 'white'],
    ['bus', 'What is this?', 'bus'],
    ['boat', 'What color is the boat?', 'red'],
    ['train', 'What is this?', 'train'],
  ];
  for (const [name, question, right] of asked) {
    const { answers } = await model.vqa!({ picture: photographs[name].hash, question, topK: 1 }, hooks);
    expect(answers[0]!.answer, `${name}: ${question}`).toBe(right);
  }
  await model.release();
});

test('statements about pairs of photographs are judged', { timeout: 120_000 }, async () => {
  const model = await modelFor('nlvr2', 'x-lxmert-nlvr2-photos');
  const said: [string, boolean][] = [
    ['one image shows a bus and the other shows a boat', true],
    ['the right image shows a boat on the water', true],
    ['there is a bus in the left image only', true],
    ['both images show a bus', false],
    ['the left image shows a boat', false],
  ];
  for (const [statement, right] of said) {
    const job = { left: photographs.bus.hash, right: photographs.boat.hash, statement };
    expect((await model.nlvr2!(job, hooks)).label, statement).toBe(right);
  }
  await model.release();
});
