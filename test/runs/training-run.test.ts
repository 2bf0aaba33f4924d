import { cpSync, rmSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOnnxRuntimeEngine } from '../../src/engines/onnxruntime.ts';
import { promoteRun } from '../../src/runs/promote.ts';
import { publishRun } from '../../src/runs/publish.ts';
import {
  planTraining,
  resumeTraining,
  startTraining,
  type TrainingEnvironment,
} from '../../src/runs/training-run.ts';
import { readSafetensors, writeSafetensors } from '../../src/safetensors.ts';
import { float32 } from '../../src/tensor.ts';
import { KINDS } from '../../src/training/kinds.ts';
import { TrainingInterrupted } from '../../src/training/run/errors.ts';
import type { Run } from '../../src/training/run/run-directory.ts';
import { loadAnswerCheckpoint } from '../../src/zoo/answer-checkpoint.ts';
import { createZoo } from '../../src/zoo/discovery.ts';
import { loadGridEncoder } from '../../src/zoo/grid-encoder.ts';
import { readManifest, writeManifest } from '../../src/zoo/manifest.ts';

const checkpoints = fileURLToPath(new URL('../../checkpoints/', import.meta.url));

/** A whole zoo in seconds: every kind at the smallest size that still runs every line. */
const SIZES: Record<string, Record<string, unknown>> = {
  'grid-encoder': { steps: 4, batch_size: 2, width: 16, checkpoint_every: 2, validation_scenes: 4 },
  'visual-vocabulary': { clusters: 24, iterations: 3, scenes: 24, gate_scenes: 6 },
  generator: {
    steps: 2,
    batch_size: 2,
    checkpoint_every: 2,
    discriminator_width: 4,
    scenes: 16,
    validation_scenes: 4,
  },
  pretrain: {
    steps: 4,
    batch_size: 4,
    checkpoint_every: 2,
    hidden_size: 16,
    num_attention_heads: 2,
    intermediate_size: 16,
    l_layers: 1,
    r_layers: 1,
    x_layers: 1,
    scenes: 16,
    validation_scenes: 8,
  },
};

let dataDir: string;
let environment: TrainingEnvironment;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'training-'));
  environment = {
    dataDir,
    checkpointsDir: join(dataDir, 'none'),
    engine: createOnnxRuntimeEngine({ threads: 1 }),
    signal: new AbortController().signal,
    output: { write: () => true },
    kinds: KINDS,
  };
  for (const kind of Object.keys(SIZES)) await train(kind);
  // 15 s on two idle cores; the limit is for a machine that is busy with something else.
}, 300_000);
afterAll(() => rm(dataDir, { recursive: true, force: true }));

function train(
  kind: string,
  options: Partial<Parameters<typeof startTraining>[0]> = {},
  changed = environment,
): Promise<Run> {
  return startTraining(
    {
      kind: KINDS.find(({ name }) => name === kind)!,
      name: kind,
      seed: 1,
      dataset: 'lattice-1style',
      hyperparameters: SIZES[kind]!,
      components: { grid_encoder: 'grid-encoder', visual_vocabulary: 'visual-vocabulary' },
      command: `npm run train -- ${kind}`,
      commit: 'none',
      ...options,
    },
    changed,
  );
}

const metricsOf = (run: string) => readFile(join(dataDir, 'runs', run, 'metrics.jsonl'), 'utf8');

describe('a zoo trained from nothing', () => {
  it('has a checkpoint of every kind, each built on those before', async () => {
    const { entries, problems } = await createZoo([join(dataDir, 'runs')]).scan();
    expect(problems).toEqual([]);
    expect(entries.map(({ path }) => path).sort()).toEqual([
      'generator/result',
      'grid-encoder/result',
      'pretrain/result',
      'visual-vocabulary/result',
    ]);
    const xlxmert = entries.find(({ path }) => path === 'pretrain/result')!;
    expect(Object.keys(xlxmert.components).sort()).toEqual(['grid_encoder', 'visual_vocabulary']);
    expect(xlxmert.manifest.files).toEqual(['model.safetensors', 'vocab.txt', 'answers.txt']);
    expect(xlxmert.manifest.metrics.ccc_50_loss).toBeGreaterThan(0);
    const card = await readFile(join(xlxmert.folder, 'README.md'), 'utf8');
    for (const fact of ['npm run train -- pretrain', 'Noto Emoji', 'hidden_size', 'ccc_100_loss']) {
      expect(card).toContain(fact);
    }
  });

  it('shows its work in contact sheets', async () => {
    for (const [kind, sheet, headings] of [
      ['visual-vocabulary', 'gate.png', 2],
      ['generator', 'step-00000002.png', 3],
      ['pretrain', 'step-00000004.png', 3],
    ] as const) {
      const picture = sharp(join(dataDir, 'runs', kind, 'samples', sheet));
      const { width = 0, height = 0 } = await picture.metadata();
      expect(width).toBeGreaterThan(headings * 128);
      expect(height).toBeGreaterThan(128);
      expect((await picture.stats()).channels[0]!.stdev).toBeGreaterThan(10);
    }
  });

  it('computes codes once for runs that share encoder, vocabulary and world', async () => {
    const cached = await readdir(join(dataDir, 'cache'));
    expect(cached.filter((name) => name.includes('-train-16.i16'))).toHaveLength(1);
    // 4 and then 8 validation scenes, 16 training scenes.
    expect(cached).toHaveLength(3);
  });

  it('logs for each task what the task has', async () => {
    const lines = (await metricsOf('pretrain'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    for (const { task, ...line } of lines.filter((line) => line.task)) {
      expect(Object.keys(line).includes('qa_loss')).toBe(task === 'matched');
    }
  });
});

const FINETUNING = {
  steps: 3,
  batch_size: 4,
  checkpoint_every: 2,
  scenes: 12,
  validation_scenes: 6,
};

describe('going on with another visual vocabulary', () => {
  const components = { grid_encoder: 'grid-encoder', visual_vocabulary: 'wider' };

  it('keeps what was learnt and takes its centroids and patches', async () => {
    await train('visual-vocabulary', {
      ...{ name: 'wider', seed: 2, hyperparameters: { ...SIZES['visual-vocabulary'], clusters: 32 } },
    });
    const { centroids } = await tensorsOf('wider', 'vocabulary.safetensors');
    for (const kind of ['pretrain', 'generator']) {
      await train(kind, {
        ...{ name: `${kind}-wider`, components: { ...components, base_model: kind } },
        hyperparameters: { ...SIZES[kind], learning_rate: 1e-7 },
      });
      const before = await tensorsOf(kind, 'model.safetensors');
      const after = await tensorsOf(`${kind}-wider`, 'model.safetensors');
      const [table, ownBias] =
        kind === 'pretrain'
          ? ['vis_emb.weight', 'obj_predict_head.out_cluster.bias']
          : ['patches.weight', 'patches.weight'];
      expect(after[table]!.shape[0]).toBe(32);
      if (kind === 'pretrain') expect(after[table]!.data).toEqual(centroids!.data);
      for (const [name, { data }] of Object.entries(before)) {
        if (name === table || name === ownBias) continue;
        const moved = (data as Float32Array).reduce(
          (most, x, i) => Math.max(most, Math.abs(x - after[name]!.data[i]!)),
          0,
        );
        expect(moved, name).toBeLessThan(2e-3);
      }
    }
  });
});

describe('pictures of twice the side', () => {
  const doubling = {
    ...{ doubling: true, image_size: 256, adversarial_weight: 0, cluster_weight: 0 },
    ...{ feature_matching_weight: 0, perceptual_weight: 0, reconstruction_weight: 10 },
  };
  const double = (options: Partial<Parameters<typeof startTraining>[0]> = {}) =>
    train('generator', {
      name: 'doubled',
      components: {
        grid_encoder: 'grid-encoder',
        visual_vocabulary: 'visual-vocabulary',
        base_model: 'generator',
      },
      hyperparameters: { ...SIZES.generator, ...doubling },
      ...options,
    });

  it('come from a generator that stays what it was, and a network that learns', async () => {
    await double();
    const config = await readFile(join(dataDir, 'runs', 'doubled', 'result', 'config.json'), 'utf8');
    expect(JSON.parse(config)).toMatchObject({ target_size: 256, doubling: { channels: 32 } });
    const [before, after] = [
      await tensorsOf('generator', 'model.safetensors'),
      await tensorsOf('doubled', 'model.safetensors'),
    ];
    for (const [name, { data }] of Object.entries(before)) expect(after[name]!.data, name).toEqual(data);
    expect(Object.keys(after).filter((name) => !(name in before))).toContain('doubling.out.weight');
    const sheet = join(dataDir, 'runs', 'doubled', 'samples', 'step-00000002.png');
    expect((await sharp(sheet).metadata()).width).toBeGreaterThan(3 * 256);
  });

  it('have a patch for each part of things that shares its code, where there are such codes', async () => {
    const hyperparameters = { ...SIZES.generator, ...doubling, part_patches: true };
    await expect(double({ name: 'few codes', hyperparameters })).rejects.toThrow(
      /part_patches: every code stands for one part/,
    );
    const components = {
      ...{ grid_encoder: 'grid-encoder/scenes', visual_vocabulary: 'visual-vocabulary/scenes' },
      base_model: 'generator/scenes-256',
    };
    // Its components are not among those of the other tests.
    const zoo = { ...environment, dataDir: join(dataDir, 'with shipped'), checkpointsDir: checkpoints };
    const base = (await readSafetensors(join(checkpoints, components.base_model, 'model.safetensors')))
      .tensors;
    const more = { ...hyperparameters, scenes: 512 };
    await train('generator', { name: 'parts', components, hyperparameters: more }, zoo);
    const { shared_codes: shared } = JSON.parse(
      await readFile(join(zoo.dataDir, 'runs', 'parts', 'result', 'config.json'), 'utf8'),
    );
    expect(shared.codes.length).toBeGreaterThan(0);
    const { tensors } = await readSafetensors(join(zoo.dataDir, 'runs/parts/result/model.safetensors'));
    expect(tensors['parts.patches']!.shape).toEqual([shared.codes.length * shared.parts, 4 * 16 * 16]);
    expect(tensors['patches.weight']).toEqual(base['patches.weight']);
    expect(tensors['doubling.out.weight']).not.toEqual(base['doubling.out.weight']);
  });

  it('are refused where there is nothing to double', async () => {
    const without = { grid_encoder: 'grid-encoder', visual_vocabulary: 'visual-vocabulary' };
    await expect(double({ name: 'refused', components: without })).rejects.toThrow(
      /doubling: give the generator/,
    );
    const more = { base_model: 'doubled', ...without };
    const plain = { ...SIZES.generator, ...doubling, doubling: false };
    await expect(double({ name: 'refused', components: more, hyperparameters: plain })).rejects.toThrow(
      /doubled has a doubling, which alone can be trained further/,
    );
    const spade = { ...SIZES.generator, ...doubling, architecture: 'spade' };
    await expect(double({ name: 'refused', hyperparameters: spade })).rejects.toMatchObject({
      code: 'component_mismatch',
    });
  });
});

const tensorsOf = async (run: string, file: string) =>
  (await readSafetensors(join(dataDir, 'runs', run, 'result', file))).tensors;

describe('fine-tuning', () => {
  const finetune = (kind: string, options: Partial<Parameters<typeof startTraining>[0]> = {}) =>
    train(kind, { hyperparameters: FINETUNING, components: { base_model: 'pretrain' }, ...options });

  it.each([
    ['vqa', ['colour', 'where'], 'vqa'],
    ['gqa', ['logical', 'choose'], 'vqa'],
    ['nlvr2', ['comparison', 'background'], 'nlvr2'],
  ] as const)('%s gives a checkpoint that loads', async (kind, types, task) => {
    const run = await finetune(kind);
    const { entries, problems } = await createZoo([join(dataDir, 'runs')]).scan();
    expect(problems).toEqual([]);
    const entry = entries.find(({ path }) => path === `${kind}/result`)!;
    expect(entry.manifest.tasks).toEqual([task]);
    // The base model's encoder, though nobody named it.
    expect(entry.manifest.components).toEqual({ grid_encoder: 'grid-encoder/result' });
    // How to come to these weights, from the first training on.
    const pretrained = entries.find(({ path }) => path === 'pretrain/result')!.manifest;
    expect(entry.manifest.trained_before).toEqual([pretrained.trained_by]);
    const card = await readFile(join(entry.folder, 'README.md'), 'utf8');
    for (const { command } of [entry.manifest.trained_by, pretrained.trained_by])
      expect(card).toContain(command);
    for (const name of ['accuracy', ...types.map((type) => `${type}_accuracy`)]) {
      expect(entry.manifest.metrics[name], name).toBeGreaterThanOrEqual(0);
      expect(await metricsOf(kind)).toContain(`"${name}"`);
    }
    const loaded = await loadAnswerCheckpoint({
      folder: entry.folder,
      components: { grid_encoder: entry.components.grid_encoder!.folder },
    });
    expect(loaded.head).toBe(kind);
    const base = await readSafetensors(join(dataDir, 'runs/pretrain/result/model.safetensors'));
    const before = base.tensors['bert.pooler.dense.weight']!.data;
    const after = loaded.weights['bert.pooler.dense.weight']!.data;
    const moved = Math.max(...Array.from(before, (x, i) => Math.abs(x - after[i]!)));
    expect(moved).toBeGreaterThan(0);
    // Near the pre-trained weights, which fresh ones would not be: three steps of at most 5e-4.
    expect(moved).toBeLessThan(0.01);
    expect(run.description.components.grid_encoder!.id).toBe('grid-encoder/result');
  });

  it('computes the features of scenes once for all tasks', async () => {
    const cached = (await readdir(join(dataDir, 'cache'))).filter((name) => name.startsWith('features-'));
    expect(cached.map((name) => name.replace(/.*-(?=train|validation)/, '')).sort()).toEqual([
      ...['train.done', 'train.f16'],
      ...['validation.done', 'validation.f16'],
    ]);
  });

  it('can do without the picture, for comparison', async () => {
    await finetune('vqa', {
      name: 'blind',
      hyperparameters: { ...FINETUNING, text_only: 'true', scenes: 20 },
    });
    // Not of the eight scenes that the others had no use for.
    const cached = await readdir(join(dataDir, 'cache'));
    const marks = cached.filter((name) => name.endsWith('train.done'));
    for (const name of marks) expect((await stat(join(dataDir, 'cache', name))).size).toBe(12);
  });

  it('goes on from a model of the same task, with its answers', async () => {
    await finetune('vqa', { name: 'further', components: { base_model: 'vqa' } });
    const { entries } = await createZoo([join(dataDir, 'runs')]).scan();
    const [first, further] = ['vqa', 'further'].map((run) =>
      entries.find(({ path }) => path === `${run}/result`),
    );
    const { trained_by: by, trained_before: before } = first!.manifest;
    expect(further!.manifest.trained_before).toEqual([...before!, by]);
    const head = 'answer_head.logit_fc.3.weight';
    const [a, b] = [
      (await tensorsOf('vqa', 'model.safetensors'))[head]!,
      (await tensorsOf('further', 'model.safetensors'))[head]!,
    ];
    expect(b.shape).toEqual(a.shape);
    const moved = Math.max(...Array.from(a.data, (x, i) => Math.abs(x - b.data[i]!)));
    expect(moved).toBeGreaterThan(0);
    expect(moved).toBeLessThan(0.01);

    const part = { ...FINETUNING, base_share: '0.25' };
    await finetune('vqa', { name: 'between', components: { base_model: 'vqa' }, hyperparameters: part });
    const c = (await tensorsOf('between', 'model.safetensors'))[head]!;
    const off = Array.from(c.data, (x, i) => Math.abs(x - 0.25 * a.data[i]! - 0.75 * b.data[i]!));
    // Files have weights in half precision: three roundings of at most 2^-16 near these.
    expect(Math.max(...off)).toBeLessThan(5e-5);
    await expect(
      finetune('vqa', { name: 'refused', components: { base_model: 'pretrain' }, hyperparameters: part }),
    ).rejects.toMatchObject({ code: 'invalid_hyperparameter', subject: 'base_share' });
  });

  it('goes on from a model of questions to statements, with a fresh head', async () => {
    await finetune('nlvr2', { name: 'onwards', components: { base_model: 'vqa' } });
    const { config, weights } = await loadAnswerCheckpoint({
      folder: join(dataDir, 'runs/onwards/result'),
      components: { grid_encoder: join(dataDir, 'runs/grid-encoder/result') },
    });
    expect(config).toMatchObject({ head: 'nlvr2', num_answers: 2 });
    expect(weights['answer_head.logit_fc.3.weight']!.shape[0]).toBe(2);
  });

  it('mirrors no boxes', async () => {
    const boxes = { ...FINETUNING, boxes: '4', mirror_share: '0.5' };
    await expect(finetune('vqa', { name: 'boxed', hyperparameters: boxes })).rejects.toMatchObject({
      ...{ code: 'invalid_hyperparameter', subject: 'mirror_share' },
    });
  });

  it('is refused on a model that it cannot start from', async () => {
    const refusal = (name: string, components: object) => finetune('vqa', { name, components });
    await expect(refusal('twice', { base_model: 'nlvr2' })).rejects.toThrow('judges statements already');
    const generator = { base_model: 'generator', grid_encoder: 'grid-encoder' };
    await expect(refusal('wrong', generator)).rejects.toThrow('is a generator');
    await train('grid-encoder', { name: 'stranger', seed: 5 });
    await expect(
      refusal('strange', { base_model: 'pretrain', grid_encoder: 'stranger' }),
    ).rejects.toMatchObject({ code: 'component_mismatch' });
    await expect(refusal('alone', {})).rejects.toMatchObject({
      ...{ code: 'component_missing', subject: 'base_model' },
      message: 'vqa: base_model "x-lxmert/scenes" is not there.',
    });
  });
});

describe('publishing', () => {
  it('ships the runs with their revisions, components first', async () => {
    const shipped = join(dataDir, 'shipped');
    const publish = (run: string, path: string, components = {}) =>
      publishRun({ run, path, components }, { dataDir, checkpointsDir: shipped });
    await expect(publish('pretrain', 'x-lxmert/tiny')).rejects.toMatchObject({ code: 'component_missing' });
    for (const kind of ['grid-encoder', 'visual-vocabulary', 'generator'])
      await publish(kind, `${kind}/tiny`);
    await publish('pretrain', 'x-lxmert/tiny', { generator: 'generator/tiny' });
    await publishRun(
      { run: 'vqa', path: 'x-lxmert-vqa/tiny', components: {}, tasks: [] },
      { dataDir, checkpointsDir: shipped },
    );
    const { entries, problems } = await createZoo([shipped]).scan();
    expect(problems).toEqual([]);
    expect(entries.map(({ id }) => id)).toEqual([
      'generator-tiny',
      'grid-encoder-tiny',
      'visual-vocabulary-tiny',
      'x-lxmert-tiny',
      'x-lxmert-vqa-tiny',
    ]);
    // A fine-tuned model needs the encoder alone; tasks are those asked for, else the run's.
    expect(entries[4]!.manifest).toMatchObject({
      tasks: [],
      components: { grid_encoder: 'grid-encoder/tiny' },
    });
    expect(entries[3]!.manifest.tasks).toEqual(['paint', 'caption']);
    expect(entries[3]!.manifest.components).toEqual({
      generator: 'generator/tiny',
      grid_encoder: 'grid-encoder/tiny',
      visual_vocabulary: 'visual-vocabulary/tiny',
    });
    const runs = (await createZoo([join(dataDir, 'runs')]).scan()).entries;
    const trained = runs.find(({ path }) => path === 'generator/result')!;
    expect(entries[0]!.revision).toBe(trained.revision);
  });
});

describe('promoting', () => {
  it('hosts a result with the components that only runs have, and asks for painting what can paint', async () => {
    const folders = { dataDir, checkpointsDir: join(dataDir, 'none') };
    const hosted = () => createZoo([join(dataDir, 'checkpoints')]).scan();
    expect(await promoteRun('vqa', 'asked', folders)).toMatchObject({ already: false, tasks: ['vqa'] });
    // No generator of its codes is hosted.
    expect(await promoteRun('pretrain', 'captions', folders)).toMatchObject({ tasks: ['caption'] });
    await promoteRun('generator', 'colours', folders);
    const painter = await promoteRun('pretrain', 'painted', folders);
    expect(painter.tasks).toEqual(['paint', 'caption']);
    const { entries, problems } = await hosted();
    expect(problems).toEqual([]);
    const find = (id: string) => entries.find((entry) => entry.id === id)!;
    expect(find('painted').components.generator!.id).toBe('colours');
    // The encoder is there once, for all of them.
    expect(entries.map(({ id }) => id.replace(/-[0-9a-f]{12}$/, '')).sort()).toEqual([
      'asked',
      'captions',
      'colours',
      'grid-encoder',
      'painted',
      'visual-vocabulary',
    ]);
    expect((await promoteRun('vqa', 'asked', folders)).already).toBe(true);
    // The same weights, wherever they came from.
    cpSync(join(dataDir, 'checkpoints/promoted/asked'), join(dataDir, 'checkpoints/by-hand/asked'), {
      recursive: true,
    });
    const copied = await readManifest(join(dataDir, 'checkpoints/by-hand/asked'));
    await writeManifest(join(dataDir, 'checkpoints/by-hand/asked'), { ...copied, id: 'copied' });
    expect((await promoteRun('vqa', 'copied', folders)).already).toBe(true);
    rmSync(join(dataDir, 'checkpoints/by-hand'), { recursive: true });
    await expect(promoteRun('gqa', 'asked', folders)).rejects.toMatchObject({ code: 'model_exists' });
    await expect(promoteRun('nothing', 'new', folders)).rejects.toMatchObject({ code: 'file_not_found' });
  });
});

describe('planning', () => {
  const plan = (kind: string, hyperparameters: object, components: object = {}) =>
    planTraining(
      {
        kind: KINDS.find(({ name }) => name === kind)!,
        dataset: 'lattice-1style',
        hyperparameters: hyperparameters as Record<string, unknown>,
        components: { grid_encoder: 'grid-encoder', visual_vocabulary: 'visual-vocabulary', ...components },
      },
      environment,
    );

  it('resolves everything without a run', async () => {
    const { hyperparameters, components } = await plan('pretrain', { steps: 7 });
    expect(hyperparameters).toMatchObject({ steps: 7, hidden_size: 192 });
    expect(components.grid_encoder).toMatchObject({ id: 'grid-encoder/result' });
  });

  it.each([
    ['pretrain', { hidden_size: 100, num_attention_heads: 3 }, {}, 'num_attention_heads'],
    ['visual-vocabulary', { scenes: 1, clusters: 1000 }, {}, 'scenes'],
    ['grid-encoder', { width: 32 }, { base_model: 'grid-encoder' }, 'base_model'],
    ['pretrain', { hidden_size: 32, num_attention_heads: 2 }, { base_model: 'pretrain' }, 'base_model'],
    ['generator', { architecture: 'spade' }, { base_model: 'generator' }, 'base_model'],
    ['recogniser', {}, { base_model: 'generator' }, 'base_model'],
    ['vqa', {}, { base_model: 'nlvr2' }, 'base_model'],
  ])('refuses %s with %j on %j', async (kind, hyperparameters, components, subject) => {
    await expect(plan(kind, hyperparameters, components)).rejects.toMatchObject({ subject });
  });
});

describe('eyes for drawings by others', () => {
  /** The mean and the deviation of each colour in each cell: eyes that need no weights. */
  async function writePixelEyes(): Promise<void> {
    const folder = join(dataDir, 'checkpoints', 'eyes', 'pixels');
    await mkdir(folder, { recursive: true });
    const config = {
      ...{ grid: 8, image_size: 64, feature_width: 6, backbones: {} },
      features: [
        { backbone: 'pixels', pool: 'mean' },
        { backbone: 'pixels', pool: 'std' },
      ],
    };
    await writeFile(join(folder, 'config.json'), JSON.stringify(config));
    await writeSafetensors(join(folder, 'model.safetensors'), {
      'features.mean': float32(new Float32Array(6), [6]),
      'features.scale': float32(new Float32Array(6).fill(1 / Math.sqrt(6)), [6]),
    });
    const manifest = await readManifest(join(dataDir, 'runs', 'grid-encoder', 'result'));
    await writeManifest(folder, { ...manifest, id: 'eyes-pixels', architecture: 'picture-encoder' });
  }
  const look = (options: Partial<Parameters<typeof startTraining>[0]> = {}) =>
    train('drawing-encoder', {
      name: 'drawings',
      dataset: 'redrawn-twemoji',
      components: { grid_encoder: 'eyes/pixels', base_model: 'grid-encoder' },
      hyperparameters: {
        ...{ steps: 40, batch_size: 8, checkpoint_every: 40, width: 16, blocks: 1, scenes: 48 },
        ...{ validation_scenes: 4 },
      },
      ...options,
    });

  it('learn to see as the encoder of scenes does, beside the pretrained ones as they were', async () => {
    await writePixelEyes();
    await look();
    const losses = (await metricsOf('drawings'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { likeness_loss?: number; split?: string })
      .flatMap(({ likeness_loss, split }) => (split === undefined ? [likeness_loss!] : []));
    expect(losses.at(-1)!).toBeLessThan(0.8 * losses[0]!);
    const { manifest, folder } = (await createZoo([join(dataDir, 'runs')]).scan()).entries.find(
      ({ path }) => path === 'drawings/result',
    )!;
    expect(manifest).toMatchObject({
      architecture: 'picture-encoder',
      files: ['model.safetensors', 'head.safetensors'],
    });
    expect(manifest.licence).toContain('Twemoji by Twitter and others, CC-BY-4.0');
    expect(manifest.metrics.gate_accuracy).toBeGreaterThan(0.5);
    const { head } = JSON.parse(await readFile(join(folder, 'config.json'), 'utf8'));
    expect(head).toEqual({ width: 16, blocks: 1, feature_width: 16, layer_norm_epsilon: 1e-6 });
    const seen = await loadGridEncoder(
      join(dataDir, 'runs', 'grid-encoder', 'result'),
      { grid: 8, visual_feat_dim: 16 },
      folder,
    );
    expect(seen.drawings!.config).toMatchObject({ head });
    await expect(
      loadGridEncoder(
        join(dataDir, 'runs', 'grid-encoder', 'result'),
        { grid: 8, visual_feat_dim: 16 },
        join(dataDir, 'checkpoints', 'eyes', 'pixels'),
      ),
    ).rejects.toThrow('the drawing encoder has no head');
  });

  it('are refused on what is no picture encoder', async () => {
    const other = look({
      name: 'refused',
      components: { grid_encoder: 'grid-encoder', base_model: 'grid-encoder' },
    });
    await expect(other).rejects.toThrow(
      /grid_encoder: .* is a grid-encoder; the head goes on a picture-encoder/,
    );
    const twice = look({
      name: 'refused',
      components: { grid_encoder: 'drawings', base_model: 'grid-encoder' },
    });
    await expect(twice).rejects.toThrow(/has a head already/);
    expect(await readdir(join(dataDir, 'runs'))).not.toContain('refused');
  });
});

describe('a run that was stopped', () => {
  it('ends as it would have without the stop, to the bit', async () => {
    const stop = new AbortController();
    const output = { write: (text: string) => text.startsWith('validation at step 2') && stop.abort() };
    const stopped = train(
      'grid-encoder',
      { name: 'stopped' },
      { ...environment, output, signal: stop.signal },
    );
    await expect(stopped).rejects.toThrow(TrainingInterrupted);
    const run = await resumeTraining('stopped', environment);
    expect(await metricsOf('stopped')).toBe(await metricsOf('grid-encoder'));
    const weights = (folder: string) => readFile(join(folder, 'model.safetensors'));
    const plain = await weights(join(dataDir, 'runs/grid-encoder/result'));
    expect(plain.equals(await weights(run.result))).toBe(true);
  });
});

describe('a run that cannot work', () => {
  it('is refused before anything is written', async () => {
    const missing = train('visual-vocabulary', { name: 'refused', components: { grid_encoder: 'nowhere' } });
    await expect(missing).rejects.toMatchObject({ code: 'component_missing', subject: 'grid_encoder' });
    await expect(missing).rejects.toThrow('"nowhere" is not there.');
    const wrong = train('grid-encoder', { name: 'refused', hyperparameters: { steps: 0, colour: 1 } });
    await expect(wrong).rejects.toMatchObject({ code: 'invalid_hyperparameter' });
    expect(await readdir(join(dataDir, 'runs'))).not.toContain('refused');
  });

  it('is not resumed on a component that has changed', async () => {
    await rm(join(dataDir, 'runs', 'visual-vocabulary'), { recursive: true });
    await train('visual-vocabulary', { seed: 2 });
    await expect(resumeTraining('pretrain', environment)).rejects.toMatchObject({ code: 'run_mismatch' });
  });
});
