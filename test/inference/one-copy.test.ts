/** A checkpoint that paints and captions has its weights in the engine once, whichever tasks use them. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Engine } from '../../src/engines/engine.ts';
import { createOnnxRuntimeEngine } from '../../src/engines/onnxruntime.ts';
import { createEncodedPictures } from '../../src/inference/encoded-pictures.ts';
import { loadModel } from '../../src/inference/load-model.ts';
import { initUniter, parseUniterConfig } from '../../src/models/uniter/index.ts';
import { createRandom } from '../../src/random.ts';
import { type FileSlice, float32 } from '../../src/tensor.ts';
import { readManifest, writeManifest } from '../../src/zoo/manifest.ts';
import { readWeights } from '../../src/zoo/weights.ts';
import { writeTinyCaptioner } from '../zoo/tiny-answerer.ts';
import { manifest, writeCheckpoint } from '../zoo/write-checkpoint.ts';
import { LXMERT, VOCABULARY, writeTinyZoo } from './tiny-zoo.ts';

let root: string;
let components: Record<string, string>;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'one-copy-'));
  const { components: painting } = await writeTinyZoo(root);
  const { components: captioning } = await writeTinyCaptioner(root);
  components = { ...painting, ...captioning };
});
afterAll(() => rm(root, { recursive: true }));

/** An engine that knows how often the functions that were not released hold each piece of a file. */
function counting(): { engine: Engine; held: Map<string, number> } {
  const inner = createOnnxRuntimeEngine({ threads: 1 });
  const held = new Map<string, number>();
  const engine: Engine = {
    ...inner,
    async compile(spec) {
      const compiled = await inner.compile(spec);
      const pieces = Object.values(spec.weights).flatMap(({ file }) => (file ? [pieceOf(file)] : []));
      const count = (by: number) => {
        for (const piece of pieces) held.set(piece, (held.get(piece) ?? 0) + by);
      };
      count(1);
      return {
        run: (inputs, outputs) => compiled.run(inputs, outputs),
        release() {
          count(-1);
          return compiled.release();
        },
      };
    },
  };
  return { engine, held };
}

const pieceOf = ({ path, offset }: FileSlice): string => `${path} ${offset}`;

/** Weights of the checkpoint by how often they are held when it paints and captions. */
async function timesHeld(folder: string): Promise<Record<string, number>> {
  const manifest = await readManifest(folder);
  await writeManifest(folder, { ...manifest, tasks: ['paint', 'caption'] });
  const { engine, held } = counting();
  const model = await loadModel(engine, { id: 'both', folder, components }, createEncodedPictures(engine), {
    maxBatch: 1,
    onPass: () => {},
  });
  expect(Object.keys(model).sort()).toEqual(['caption', 'paint', 'release']);
  const own = await readWeights(folder, manifest);
  const times = Object.entries(own).map(([name, { file }]) => [name, held.get(pieceOf(file!)) ?? 0]);
  await model.release();
  expect([...held.values()].filter((count) => count !== 0)).toEqual([]);
  return Object.fromEntries(times) as Record<string, number>;
}

it('X-LXMERT: but for two tables that are looked up and multiplied, and an attention that goes both ways', async () => {
  const times = await timesHeld(join(root, 'x-lxmert/tiny'));
  const twice = Object.keys(times).filter((name) => times[name]! > 1);
  const attention = twice.filter((name) => name.startsWith('bert.encoder.x_layers.1.visual_attention.'));
  expect(attention.length).toBeGreaterThan(0);
  expect(twice.filter((name) => !attention.includes(name)).sort()).toEqual([
    'bert.embeddings.word_embeddings.weight',
    'vis_emb.weight',
  ]);
  expect(Math.max(...Object.values(times))).toBe(2);
  expect(times['bert.encoder.layer.0.intermediate.dense.weight']).toBe(1);
});

it('X-UNITER: but for three tables', async () => {
  const { l_layers, r_layers: _, x_layers: __, ...sizes } = LXMERT;
  const { num_clusters: K, visual_feat_dim: F } = sizes;
  const config = parseUniterConfig({ ...sizes, num_hidden_layers: l_layers + 1, visual_pos_dim: 7 });
  const random = createRandom('one copy');
  const centroids = float32(
    Float32Array.from({ length: K * F }, () => random.normal()),
    [K, F],
  );
  const folder = await writeCheckpoint(root, 'x-uniter/tiny', {
    manifest: manifest({
      id: 'x-uniter-tiny',
      architecture: 'x-uniter',
      files: ['config.json', 'model.safetensors', 'vocab.txt'],
      components: { generator: 'generator/tiny', grid_encoder: 'grid-encoder/tiny' },
    }),
    config,
    weights: initUniter(config, random, centroids),
    vocabulary: VOCABULARY,
  });
  const times = await timesHeld(folder);
  expect(
    Object.keys(times)
      .filter((name) => times[name]! > 1)
      .sort(),
  ).toEqual([
    'uniter.embeddings.token_type_embeddings.weight',
    'uniter.embeddings.word_embeddings.weight',
    'vis_emb.weight',
  ]);
  expect(times['uniter.encoder.layer.0.intermediate.dense.weight']).toBe(1);
});
