/** Every model that the paper compares takes a few steps, and those with codes paint. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOnnxRuntimeEngine } from '../../../src/engines/onnxruntime.ts';
import { createAnswerPipeline } from '../../../src/inference/pipelines/answer.ts';
import { createCaptionPipeline } from '../../../src/inference/pipelines/caption.ts';
import { createVerifyPipeline } from '../../../src/inference/pipelines/verify.ts';
import { PRETRAINING_CONFIGS, type PretrainingConfigName } from '../../../src/models/compared-configs.ts';
import { ANSWER_HEADS } from '../../../src/models/finetuning-choices.ts';
import { createRandom } from '../../../src/random.ts';
import {
  startTraining,
  type TrainingEnvironment,
  type TrainingRequest,
} from '../../../src/runs/training-run.ts';
import { KINDS } from '../../../src/training/kinds.ts';
import { bernoulliMask } from '../../../src/training/pretraining/batches.ts';
import { loadAnswerCheckpoint } from '../../../src/zoo/answer-checkpoint.ts';
import { loadCaptionCheckpoint } from '../../../src/zoo/caption-checkpoint.ts';
import { createZoo } from '../../../src/zoo/discovery.ts';

const STEPS = { scenes: 16, validation_scenes: 4, steps: 3, batch_size: 2, checkpoint_every: 3 };
const SIZES = {
  'grid-encoder': { steps: 2, batch_size: 2, width: 16, checkpoint_every: 2, validation_scenes: 4 },
  'visual-vocabulary': { clusters: 24, iterations: 3, scenes: 24, gate_scenes: 6 },
};
const MODEL = {
  ...{ hidden_size: 16, num_attention_heads: 2, intermediate_size: 16 },
  ...{ l_layers: 1, r_layers: 1, x_layers: 1, num_hidden_layers: 2 },
};

let dataDir: string;
let environment: TrainingEnvironment;

const train = (
  kind: string,
  name: string,
  hyperparameters: Record<string, unknown>,
  components: TrainingRequest['components'] = {
    grid_encoder: 'grid-encoder',
    visual_vocabulary: 'visual-vocabulary',
  },
) =>
  startTraining(
    {
      kind: KINDS.find((one) => one.name === kind)!,
      ...{ name, seed: 1, dataset: 'lattice-1style', hyperparameters },
      components,
      ...{ command: `npm run train -- ${kind}`, commit: 'none' },
    },
    environment,
  );

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'configs-'));
  environment = {
    dataDir,
    checkpointsDir: join(dataDir, 'none'),
    engine: createOnnxRuntimeEngine({ threads: 1 }),
    signal: new AbortController().signal,
    output: { write: () => true },
    kinds: KINDS,
  };
  await train('grid-encoder', 'grid-encoder', SIZES['grid-encoder']);
  await train('visual-vocabulary', 'visual-vocabulary', SIZES['visual-vocabulary']);
}, 300_000);
afterAll(() => rm(dataDir, { recursive: true, force: true }));

describe.each(Object.keys(PRETRAINING_CONFIGS) as PretrainingConfigName[])('%s', (config) => {
  it('trains to a checkpoint of its architecture', { timeout: 300_000 }, async () => {
    // With all steps on the picture: the objective in which the seven differ.
    await train('pretrain', config, { ...STEPS, ...MODEL, config, image_share: 1 });
    const { entries, problems } = await createZoo([join(dataDir, 'runs')]).scan();
    expect(problems).toEqual([]);
    const entry = entries.find(({ path }) => path === `${config}/result`)!;
    const { backbone, discrete } = PRETRAINING_CONFIGS[config];
    expect(entry.manifest.architecture).toBe(discrete ? `x-${backbone}` : backbone);
    expect(entry.manifest.tasks).toEqual(['paint', 'caption']);
    const sizes = JSON.parse(await readFile(join(entry.folder, 'config.json'), 'utf8'));
    expect(sizes.visual_losses).toEqual(discrete ? ['obj'] : ['obj', 'feat']);
    expect('num_hidden_layers' in sizes).toBe(backbone === 'uniter');
    const losses = (await readFile(join(dataDir, 'runs', config, 'metrics.jsonl'), 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, number>)
      .filter(({ loss }) => loss !== undefined)
      .map(({ loss }) => loss!);
    expect(losses.length).toBeGreaterThan(0);
    for (const loss of losses) expect(Number.isFinite(loss)).toBe(true);
    expect(Object.keys(entry.manifest.metrics)).toContain('ccc_100_loss');
    expect('sampled_recall' in entry.manifest.metrics).toBe(discrete);
  });
});

it('an X-UNITER from its checkpoint captions', { timeout: 120_000 }, async () => {
  const { entries } = await createZoo([join(dataDir, 'runs')]).scan();
  const { folder, components } = entries.find(({ path }) => path === 'x-uniter/result')!;
  const checkpoint = await loadCaptionCheckpoint({
    folder,
    components: { grid_encoder: components.grid_encoder!.folder },
  });
  const pipeline = await createCaptionPipeline(environment.engine, checkpoint, { maxBatch: 1 });
  const random = createRandom('picture');
  const { grid, visual_feat_dim } = checkpoint.config;
  const features = Float32Array.from({ length: grid! ** 2 * visual_feat_dim }, () => random.normal());
  const options = { prefix: 'a', maxTokens: 8, sampler: { strategy: 'confidence' }, seed: 1 } as const;
  const { text, score } = await pipeline.caption({ features }, options);
  expect(text.startsWith('a')).toBe(true);
  expect(score).toBeLessThanOrEqual(0);
  await pipeline.release();
});

it('a config goes on from a model of its own backbone only', { timeout: 300_000 }, async () => {
  const more = { ...STEPS, ...MODEL, image_share: 1 };
  await train('pretrain', 'x-uniter-more', { ...more, config: 'x-uniter' }, { base_model: 'x-uniter' });
  const { entries } = await createZoo([join(dataDir, 'runs')]).scan();
  const { manifest } = entries.find(({ path }) => path === 'x-uniter-more/result')!;
  expect(manifest.architecture).toBe('x-uniter');
  expect(manifest.trained_before).toHaveLength(1);
  // The paper's X-LXMERT begins as a LXMERT.
  await train('pretrain', 'from-lxmert', { ...more, config: 'x-lxmert' }, { base_model: 'lxmert-grid' });
  for (const [config, base, why] of [
    ['x-uniter', 'x-lxmert', 'is of the architecture x-lxmert, not x-uniter or uniter'],
    ['lxmert-grid', 'uniter-grid', 'is of the architecture uniter, not x-lxmert or lxmert'],
  ] as const) {
    const components = { base_model: base };
    await expect(train('pretrain', 'never', { ...more, config }, components)).rejects.toThrow(why);
  }
});

describe.each(['x-uniter', 'uniter-grid'])('fine-tuned from %s', (base) => {
  it.each(ANSWER_HEADS)(
    'a %s model trains, and answers from its checkpoint',
    { timeout: 300_000 },
    async (head) => {
      const name = `${base}-${head}`;
      await train(head, name, STEPS, { base_model: base });
      const { entries, problems } = await createZoo([join(dataDir, 'runs')]).scan();
      expect(problems).toEqual([]);
      const { folder, components, manifest } = entries.find(({ path }) => path === `${name}/result`)!;
      expect(manifest.architecture).toBe(base === 'x-uniter' ? 'x-uniter' : 'uniter');
      expect(manifest.tasks).toEqual([head === 'nlvr2' ? 'nlvr2' : 'vqa']);
      expect(manifest.metrics.accuracy).toBeGreaterThanOrEqual(0);
      const checkpoint = await loadAnswerCheckpoint({
        folder,
        components: { grid_encoder: components.grid_encoder!.folder },
      });
      const random = createRandom('pictures');
      const { grid, visual_feat_dim } = checkpoint.config;
      const look = () => ({
        features: Float32Array.from({ length: grid! ** 2 * visual_feat_dim }, () => random.normal()),
      });
      const options = { maxBatch: 2 };
      if (head === 'nlvr2') {
        const pipeline = await createVerifyPipeline(environment.engine, checkpoint, options);
        const [left, right] = [look(), look()];
        const statement = 'there is a dog in both images';
        const { score } = await pipeline.verify(left, right, statement);
        // Left and right are not the same to it.
        expect((await pipeline.verify(right, left, statement)).score).not.toBe(score);
        await pipeline.release();
      } else {
        const pipeline = await createAnswerPipeline(environment.engine, checkpoint, options);
        const { answers } = await pipeline.answer(look(), 'what colour is the dog?', 5);
        expect(new Set(answers.map(({ answer }) => answer)).size).toBe(5);
        for (const { answer } of answers) expect(checkpoint.answers).toContain(answer);
        await pipeline.release();
      }
    },
  );
});

it('what reads no words is nothing to fine-tune', async () => {
  const components = { base_model: 'grid-encoder', grid_encoder: 'grid-encoder' };
  await expect(train('vqa', 'none', STEPS, components)).rejects.toThrow(
    'is a grid-encoder, not an x-lxmert or x-uniter',
  );
});

it('Bernoulli masks hide a share of the cells, and never none', () => {
  const random = createRandom('masks');
  const counts = Array.from({ length: 500 }, () =>
    bernoulliMask(random, 0.15).reduce((sum, on) => sum + on, 0),
  );
  expect(counts.reduce((sum, count) => sum + count, 0) / 500 / 64).toBeCloseTo(0.15, 1);
  expect(Math.max(...counts)).toBeLessThan(40);
  expect(bernoulliMask(random, 0).reduce((sum, on) => sum + on, 0)).toBe(1);
});
