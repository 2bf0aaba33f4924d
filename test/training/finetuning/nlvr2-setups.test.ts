/** UNITER's three ways to read a statement about two pictures: trained, promoted, and asked as the server asks. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { IMAGE_SIZE, loadWorld, type World } from '../../../src/datasets/scenes/index.ts';
import { createOnnxRuntimeEngine } from '../../../src/engines/onnxruntime.ts';
import { createEncodedPictures } from '../../../src/inference/encoded-pictures.ts';
import { loadModel } from '../../../src/inference/load-model.ts';
import { initModel, parseModelConfig } from '../../../src/models/family.ts';
import { NLVR2_SETUPS } from '../../../src/models/finetuning-choices.ts';
import { createRandom } from '../../../src/random.ts';
import { promoteRun } from '../../../src/runs/promote.ts';
import { startTraining } from '../../../src/runs/training-run.ts';
import { readSafetensors } from '../../../src/safetensors.ts';
import { nlvr2 } from '../../../src/training/finetuning/nlvr2.ts';
import { createZoo } from '../../../src/zoo/discovery.ts';
import { ENCODER, writeTinyCaptioner } from '../../zoo/tiny-answerer.ts';
import { manifest, writeCheckpoint } from '../../zoo/write-checkpoint.ts';

const ENGINE = createOnnxRuntimeEngine({ threads: 1 });
const STEPS = { steps: 2, batch_size: 2, scenes: 4, validation_scenes: 2, checkpoint_every: 2 };

let dataDir: string;
let checkpointsDir: string;
let world: World;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'nlvr2-setups-'));
  checkpointsDir = join(dataDir, 'shipped');
  world = await loadWorld('lattice-1style');
  await writeTinyCaptioner(checkpointsDir);
  const vocabulary = world.vocabulary();
  const config = parseModelConfig({
    ...{ vocab_size: vocabulary.length, hidden_size: 16, num_attention_heads: 2, intermediate_size: 16 },
    ...{ num_hidden_layers: 1, max_position_embeddings: 20, type_vocab_size: 2, visual_pos_dim: 7 },
    ...{ visual_feat_dim: ENCODER.channels[3], num_clusters: 0, num_qa_labels: 0, num_object_labels: 3 },
    ...{ hidden_act: 'gelu', layer_norm_eps: 1e-12, visual_losses: ['obj', 'feat'], grid: 8 },
  });
  await writeCheckpoint(checkpointsDir, 'uniter/tiny', {
    manifest: manifest({
      id: 'uniter-tiny',
      architecture: 'uniter',
      tasks: [],
      files: ['config.json', 'model.safetensors', 'vocab.txt'],
      components: { grid_encoder: 'grid-encoder/tiny' },
    }),
    ...{ config, vocabulary, weights: initModel(config, createRandom('base')) },
  });
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));

const train = (name: string, base_model: string, hyperparameters: Record<string, unknown>) =>
  startTraining(
    {
      ...{ kind: nlvr2, name, seed: 1, dataset: 'lattice-1style', components: { base_model } },
      hyperparameters: { ...STEPS, ...hyperparameters },
      ...{ command: `npm run train -- nlvr2 --name ${name}`, commit: 'none' },
    },
    {
      ...{ dataDir, checkpointsDir, engine: ENGINE, kinds: [nlvr2] },
      ...{ signal: new AbortController().signal, output: { write: () => true } },
    },
  );

const picture = async (index: number) => ({
  hash: String(index),
  bytes: await sharp(world.render(world.scene('test', index)), {
    raw: { width: IMAGE_SIZE, height: IMAGE_SIZE, channels: 3 },
  })
    .png()
    .toBuffer(),
});

it.each(NLVR2_SETUPS)('%s is trained, promoted, and judges pictures', async (setup) => {
  // What is left out is the pair.
  const run = await train(`run-${setup}`, 'uniter-tiny', setup === 'pair' ? {} : { nlvr2_setup: setup });
  const { tensors: trained } = await readSafetensors(join(run.result, 'model.safetensors'));
  expect('attn1.in_proj_weight' in trained).toBe(setup === 'pair-attention');
  expect(trained['nlvr2_output.weight']!.shape).toEqual([2, setup === 'triplet' ? 16 : 32]);
  const { tensors: before } = await readSafetensors(join(checkpointsDir, 'uniter/tiny/model.safetensors'));
  const name = 'uniter.encoder.layer.0.output.dense.weight';
  const moved = Array.from(before[name]!.data, (x, i) => Math.abs(x - trained[name]!.data[i]!));
  expect(Math.max(...moved)).toBeGreaterThan(1e-5);

  const id = `judge-${setup}`;
  const { tasks } = await promoteRun(`run-${setup}`, id, { dataDir, checkpointsDir });
  expect(tasks).toEqual(['nlvr2']);
  const { entries, problems } = await createZoo([checkpointsDir, join(dataDir, 'checkpoints')]).scan();
  expect(problems).toEqual([]);
  const { folder, components } = entries.find((entry) => entry.id === id)!;
  const config = JSON.parse(await readFile(join(folder, 'config.json'), 'utf8'));
  expect(config).toMatchObject({ head: 'nlvr2', nlvr2_setup: setup, type_vocab_size: 3 });

  const source = { id, folder, components: { grid_encoder: components.grid_encoder!.folder } };
  const options = { maxBatch: 1, onPass: () => {} };
  const model = await loadModel(ENGINE, source, createEncodedPictures(ENGINE, { maxBatch: 1 }), options);
  try {
    const pictures = [await picture(0), await picture(1)];
    const judge = async (left: string, right: string) =>
      model.nlvr2!(
        { left, right, statement: 'there is a dog in both images' },
        {
          signal: new AbortController().signal,
          picture: (hash) => pictures.find((one) => one.hash === hash)!.bytes,
        },
      );
    const { score, label } = await judge('0', '1');
    expect(label).toBe(score > 0.5);
    // Left and right are not the same to it.
    expect((await judge('1', '0')).score).not.toBe(score);
  } finally {
    await model.release();
  }
});

it.each(['pair-attention', 'triplet'])(
  '%s is refused to LXMERT, before anything is written',
  async (setup) => {
    const refused = train('refused', 'tiny-captioner', { nlvr2_setup: setup });
    await expect(refused).rejects.toMatchObject({ code: 'invalid_hyperparameter', subject: 'nlvr2_setup' });
    await expect(refused).rejects.toThrow(
      `nlvr2_setup ${setup} is for models of one stream, and base_model tiny-captioner is an x-lxmert: choose pair`,
    );
  },
);

it('knows no other setup', async () => {
  await expect(train('refused', 'uniter-tiny', { nlvr2_setup: 'three' })).rejects.toThrow(
    'nlvr2_setup: "three" is not one of pair, pair-attention, triplet',
  );
});
