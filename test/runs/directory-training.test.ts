/** Training on a directory: scenes on disk in LXMERT's layout, and the authors' features. */
import { cp, mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../../src/commands/index.ts';
import { checkDirectory, openTexts } from '../../src/datasets/directory/index.ts';
import { openFeatureFile } from '../../src/datasets/feature-files.ts';
import { loadWorld, sceneVocabulary } from '../../src/datasets/scenes/index.ts';
import { createOnnxRuntimeEngine } from '../../src/engines/onnxruntime.ts';
import { planJob } from '../../src/jobs/plan-job.ts';
import { listDatasets } from '../../src/runs/datasets.ts';
import { promoteRun } from '../../src/runs/promote.ts';
import { publishRun } from '../../src/runs/publish.ts';
import {
  planTraining,
  resumeTraining,
  startTraining,
  type TrainingEnvironment,
} from '../../src/runs/training-run.ts';
import { readSafetensors } from '../../src/safetensors.ts';
import { openPicturePixels } from '../../src/training/features/picture-pixels.ts';
import { KINDS } from '../../src/training/kinds.ts';
import { countWords } from '../../src/training/pretraining/word-vocabulary.ts';
import { TrainingInterrupted } from '../../src/training/run/errors.ts';
import { resolveHyperparameters } from '../../src/training/run/hyperparameters.ts';
import type { Run } from '../../src/training/run/run-directory.ts';
import { loadAnswerCheckpoint } from '../../src/zoo/answer-checkpoint.ts';
import { createZoo } from '../../src/zoo/discovery.ts';
import { exportScenes, pictureId, SIZES } from '../datasets/directory/export-scenes.ts';

const evaluate = (args: readonly string[]) => runCommand('evaluate', args);

const FEATURES = join(import.meta.dirname, '../fixtures/hdf5/maskrcnn_train_grid8.h5');
const GRID_IDS = [9, 25, 30, 34, 36].map((id) => `COCO_train2014_${String(id).padStart(12, '0')}`);
const PRETRAIN = {
  ...{ steps: 4, batch_size: 4, checkpoint_every: 2 },
  ...{
    hidden_size: 16,
    num_attention_heads: 2,
    intermediate_size: 16,
    l_layers: 1,
    r_layers: 1,
    x_layers: 1,
  },
};
const FINETUNING = { steps: 4, batch_size: 4, checkpoint_every: 2 };

let dataDir: string;
let environment: TrainingEnvironment;
const dataset = (name: string) => join(dataDir, 'datasets', name);

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'directory-training-'));
  environment = {
    dataDir,
    checkpointsDir: join(dataDir, 'none'),
    engine: createOnnxRuntimeEngine({ threads: 1 }),
    signal: new AbortController().signal,
    output: { write: () => true },
    kinds: KINDS,
  };
  await exportScenes(dataset('mine'), await loadWorld('lattice-1style'));
  await mkdir(join(dataset('features'), 'features'), { recursive: true });
  await mkdir(join(dataset('features'), 'vqa'));
  await cp(FEATURES, join(dataset('features'), 'features/maskrcnn_train_grid8.h5'));
  const questions = GRID_IDS.map((img_id, question_id) => ({
    ...{ img_id, question_id },
    ...{ label: { [question_id % 2 === 0 ? 'yes' : 'no']: 1 }, sent: 'is it a dog?' },
  }));
  await writeFile(join(dataset('features'), 'vqa/train.json'), JSON.stringify(questions.slice(0, 3)));
  await writeFile(join(dataset('features'), 'vqa/valid.json'), JSON.stringify(questions.slice(3)));
  const texts = GRID_IDS.map((img_id) => ({ img_id, sentf: { mscoco: ['a dog on grass', 'a dog'] } }));
  await mkdir(join(dataset('features'), 'lxmert'));
  await writeFile(join(dataset('features'), 'lxmert/mscoco_train.json'), JSON.stringify(texts.slice(0, 3)));
  await writeFile(join(dataset('features'), 'lxmert/mscoco_minival.json'), JSON.stringify(texts.slice(3)));
  await train('grid-encoder', {
    dataset: 'lattice-1style',
    hyperparameters: { steps: 2, batch_size: 2, width: 40, checkpoint_every: 2, validation_scenes: 4 },
  });
  await train('visual-vocabulary', {
    dataset: 'lattice-1style',
    hyperparameters: { clusters: 24, iterations: 3, scenes: 24, gate_scenes: 6 },
  });
  await train('pretrain', {
    dataset: 'lattice-1style',
    hyperparameters: { ...PRETRAIN, scenes: 16, validation_scenes: 8 },
  });
}, 300_000);
afterAll(() => rm(dataDir, { recursive: true, force: true }));

function train(
  kind: string,
  options: Partial<Parameters<typeof startTraining>[0]> = {},
  changed: Partial<TrainingEnvironment> = {},
): Promise<Run> {
  return startTraining(
    {
      kind: KINDS.find(({ name }) => name === kind)!,
      name: kind,
      seed: 1,
      dataset: 'mine',
      hyperparameters: FINETUNING,
      components: { grid_encoder: 'grid-encoder', visual_vocabulary: 'visual-vocabulary' },
      command: `npm run train -- ${kind}`,
      commit: 'none',
      ...options,
    },
    { ...environment, ...changed },
  );
}

const finetune = (
  kind: string,
  options: Partial<Parameters<typeof startTraining>[0]> = {},
  changed: Partial<TrainingEnvironment> = {},
) => train(kind, { components: { base_model: 'pretrain' }, ...options }, changed);

const metricsOf = (run: string) => readFile(join(dataDir, 'runs', run, 'metrics.jsonl'), 'utf8');
const entryOf = async (run: string) => {
  const { entries, problems } = await createZoo([join(dataDir, 'runs')]).scan();
  expect(problems).toEqual([]);
  return entries.find(({ path }) => path === `${run}/result`)!;
};

describe('fine-tuning on a directory', () => {
  it.each([
    ['vqa', 'vqa'],
    ['gqa', 'vqa'],
    ['nlvr2', 'nlvr2'],
  ] as const)('%s gives a checkpoint with the answers of the data set', async (kind, task) => {
    const { description } = await finetune(kind);
    expect(description).toMatchObject({
      dataset: 'mine',
      dataset_revision: expect.stringMatching(/^\w{64}$/),
    });
    expect(description.hyperparameters).toMatchObject({ validation_scenes: SIZES.validation });
    const { manifest, folder, components } = await entryOf(kind);
    expect(manifest.tasks).toEqual([task]);
    expect(manifest.data).toMatchObject({ name: 'mine', description: expect.stringContaining('directory') });
    expect(manifest.licence).toContain('mine');
    expect(manifest.metrics.accuracy).toBeGreaterThanOrEqual(0);
    const { answers } = await loadAnswerCheckpoint({
      folder,
      components: { grid_encoder: components.grid_encoder!.folder },
    });
    const labels =
      kind === 'nlvr2' ? [] : JSON.parse(await readFile(join(dataset('mine'), kind, 'train.json'), 'utf8'));
    expect(new Set(answers)).toEqual(
      new Set(labels.flatMap((entry: { label: object }) => Object.keys(entry.label))),
    );
  });

  it('learns what is there', async () => {
    await finetune('vqa', {
      name: 'learns',
      hyperparameters: { steps: 60, batch_size: 16, checkpoint_every: 60, learning_rate: 0.01 },
    });
    const losses = (await metricsOf('learns'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
      .filter(({ task }) => task)
      .map(({ loss }) => loss as number);
    const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean(losses.slice(-10))).toBeLessThan(mean(losses.slice(0, 10)) / 2);
  });

  it('encodes its pictures once, whatever the task, split and order', async () => {
    const cached = (await readdir(join(dataDir, 'cache'))).filter((name) => name.startsWith('pictures-mine'));
    expect(cached.map((name) => name.split('.').at(-1)).sort()).toEqual(['done', 'f16']);
    const done = await readFile(join(dataDir, 'cache', cached.find((name) => name.endsWith('.done'))!));
    expect(done.filter((byte) => byte === 1).length).toBeGreaterThanOrEqual(SIZES.train + SIZES.validation);
  });

  it('ends as it would have without a stop, to the bit', async () => {
    const stop = new AbortController();
    const output = { write: (text: string) => text.startsWith('validation at step 2') && stop.abort() };
    const stopped = finetune('vqa', { name: 'stopped' }, { output, signal: stop.signal });
    await expect(stopped).rejects.toThrow(TrainingInterrupted);
    const run = await resumeTraining('stopped', environment);
    expect(await metricsOf('stopped')).toBe(await metricsOf('vqa'));
    const weights = (folder: string) => readFile(join(folder, 'model.safetensors'));
    expect((await weights(join(dataDir, 'runs/vqa/result'))).equals(await weights(run.result))).toBe(true);
  });

  it('takes features from their file, without an encoder', async () => {
    await finetune('vqa', { name: 'from-features', dataset: 'features' });
    const { manifest, components } = await entryOf('from-features');
    // The base model's encoder makes features as wide: with it the result can see.
    expect(Object.keys(components)).toEqual(['grid_encoder']);
    expect(manifest.tasks).toEqual(['vqa']);
    expect(await readdir(join(dataDir, 'cache'))).not.toContainEqual(
      expect.stringContaining('features-features'),
    );
    const folders = ['--data-dir', dataDir, '--checkpoints-dir', join(dataDir, 'none'), '--threads', '1'];
    await evaluate(['vqa', '--model', 'from-features', ...folders]);
    const results = await readFile(join(dataDir, 'evaluations', manifest.id, 'vqa.json'), 'utf8');
    expect(JSON.parse(results)).toMatchObject({
      ...{ dataset: 'features', questions: 2, columns: { model: { all: expect.any(Number) } } },
      // Nothing was seen with the encoder.
      checkpoints: { model: { id: manifest.id } },
    });
  });
});

describe('answers as others write them', () => {
  /** Asks about the pictures of `features`, with these answers to them in turn. */
  async function ask(name: string, answers: readonly string[], list?: object): Promise<void> {
    await mkdir(join(dataset(name), 'features'), { recursive: true });
    await cp(FEATURES, join(dataset(name), 'features/maskrcnn_train_grid8.h5'));
    const questions = GRID_IDS.map((img_id, question_id) => ({
      ...{ img_id, question_id },
      ...{ label: { [answers[question_id % answers.length]!]: 1 }, sent: 'what is it?' },
    }));
    for (const task of ['vqa', 'gqa']) {
      await mkdir(join(dataset(name), task));
      await writeFile(join(dataset(name), `${task}/train.json`), JSON.stringify(questions.slice(0, 3)));
      await writeFile(join(dataset(name), `${task}/valid.json`), JSON.stringify(questions.slice(3)));
      if (list) await writeFile(join(dataset(name), `${task}/trainval_ans2label.json`), JSON.stringify(list));
    }
    const texts = questions.map(({ img_id, label }) => ({
      ...{ img_id, sentf: { mscoco: ['a dog'], vqa: ['what is it?'] }, labelf: { vqa: [label] } },
    }));
    await mkdir(join(dataset(name), 'lxmert'));
    await writeFile(join(dataset(name), 'lxmert/train.json'), JSON.stringify(texts.slice(0, 3)));
    await writeFile(join(dataset(name), 'lxmert/valid.json'), JSON.stringify(texts.slice(3)));
  }

  const answersOf = async (folder: string, encoder: string) =>
    (await loadAnswerCheckpoint({ folder, components: { grid_encoder: encoder } })).answers;

  it('keep the empty one through training, publishing, promoting, loading and evaluation', async () => {
    const answers = ['', 'dog', ' ', 'cat'];
    await ask('empty-first', ['', 'dog', ' '], { cat: 3, dog: 1, '': 0, ' ': 2 });
    const { checkpointsDir } = environment;
    const folders = { dataDir, checkpointsDir: join(dataDir, 'published') };
    await publishRun({ run: 'grid-encoder', path: 'grid-encoder/tiny', components: {} }, folders);
    for (const kind of ['vqa', 'gqa']) {
      const name = `empty-${kind}`;
      await finetune(kind, { name, dataset: 'empty-first' });
      const result = await entryOf(name);
      const encoder = result.components.grid_encoder!.folder;
      expect(await answersOf(result.folder, encoder)).toEqual(answers);
      const published = await publishRun({ run: name, path: `${name}/tiny`, components: {} }, folders);
      expect(await answersOf(published, encoder)).toEqual(answers);
      await promoteRun(name, name, { dataDir, checkpointsDir });
      expect(await answersOf(join(dataDir, 'checkpoints/promoted', name), encoder)).toEqual(answers);
      const at = ['--data-dir', dataDir, '--checkpoints-dir', join(dataDir, 'none'), '--threads', '1'];
      await evaluate([kind, '--model', name, ...at]);
      const file = join(dataDir, 'evaluations', name, `${kind}.json`);
      expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ questions: 2 });
    }
  });

  it('keep the empty one through pre-training and what goes on from it', async () => {
    await ask('empty-pretrain', ['', 'dog']);
    await train('pretrain', { name: 'empty-base', dataset: 'empty-pretrain', hyperparameters: PRETRAIN });
    const { folder } = await entryOf('empty-base');
    expect(await readFile(join(folder, 'answers.txt'), 'utf8')).toBe('\ndog\n');
    const components = { base_model: 'empty-base' };
    await finetune('vqa', { name: 'from-empty', dataset: 'empty-pretrain', components });
    expect((await entryOf('from-empty')).manifest.metrics.accuracy).toBeGreaterThanOrEqual(0);
  });

  it('may be one alone', async () => {
    await ask('one-answer', ['dog']);
    for (const kind of ['vqa', 'gqa'] as const) {
      await finetune(kind, { name: `one-${kind}`, dataset: 'one-answer' });
      const { manifest } = await entryOf(`one-${kind}`);
      expect(manifest.metrics.accuracy).toBe(1);
    }
    await train('pretrain', { name: 'one-pretrain', dataset: 'one-answer', hyperparameters: PRETRAIN });
    const { metrics } = (await entryOf('one-pretrain')).manifest;
    expect(Object.values(metrics).every(Number.isFinite)).toBe(true);
  });

  it('of a base model that are not as many as its weights have are told before training', async () => {
    await cp(join(dataDir, 'runs/pretrain'), join(dataDir, 'runs/miscounted'), { recursive: true });
    const file = join(dataDir, 'runs/miscounted/result/answers.txt');
    await writeFile(file, (await readFile(file, 'utf8')).split('\n').slice(1).join('\n'));
    const started = finetune('vqa', { name: 'refused', components: { base_model: 'miscounted' } });
    await expect(started).rejects.toMatchObject({
      code: 'component_mismatch',
      message: expect.stringMatching(/\d+ answers in answers\.txt, its weights \d+/),
    });
    await rm(join(dataDir, 'runs/miscounted'), { recursive: true });
  });
});

describe('a generator of the pictures of a directory', () => {
  const TINY = {
    ...{ steps: 2, batch_size: 2, checkpoint_every: 2, discriminator_width: 4 },
    ...{ perceptual_weight: 1, image_size: 256 },
  };

  it.each(['pixel-shuffle', 'spade'])('%s paints them at 256 pixels', async (architecture) => {
    const name = `painter-${architecture}`;
    const { description } = await train('generator', { name, hyperparameters: { ...TINY, architecture } });
    expect(description.hyperparameters).toMatchObject({ scenes: SIZES.train });
    const { manifest, folder } = await entryOf(name);
    expect(JSON.parse(await readFile(join(folder, 'config.json'), 'utf8'))).toMatchObject({
      ...{ architecture, target_size: 256 },
    });
    expect(manifest.metrics.pixel_l1).toBeGreaterThan(0);
    const cached = (await readdir(join(dataDir, 'cache'))).filter((file) =>
      /^pixels-mine-.*-256\./.test(file),
    );
    expect(cached.map((file) => file.split('.').at(-1)).sort()).toEqual(['done', 'rgb']);
    expect(await readdir(join(dataDir, 'runs', name, 'samples'))).toEqual(['step-00000002.png']);
  });

  it('sees them as they are: the rows of its cache are the files’ pixels', async () => {
    const pixels = await openPicturePixels(
      join(dataDir, 'cache'),
      await checkDirectory(dataset('mine')),
      128,
    );
    const id = pictureId('train', 3);
    await pixels.fill([id]);
    const world = await loadWorld('lattice-1style');
    expect(Buffer.from(pixels.read(id)).equals(Buffer.from(world.render(world.scene('train', 3))))).toBe(
      true,
    );
    pixels.close();
  });

  it('takes codes from files of features, and pixels from the images beside them', async () => {
    await cp(dataset('features'), dataset('both'), { recursive: true });
    await mkdir(join(dataset('both'), 'images'));
    const started = () =>
      train('generator', {
        ...{ name: 'painter-both', dataset: 'both' },
        hyperparameters: { ...TINY, image_size: 128 },
      });
    await expect(started()).rejects.toMatchObject({
      code: 'dataset_unusable',
      message: expect.stringMatching(/has no picture of COCO_train2014_\d+ in images, and of 2 others/),
    });
    await rm(join(dataDir, 'runs/painter-both'), { recursive: true });
    for (const [i, id] of GRID_IDS.entries()) {
      const picture = join(dataset('mine'), `images/${pictureId('train', i)}.png`);
      await cp(picture, join(dataset('both'), `images/${id}.png`));
    }
    await started();
    expect((await entryOf('painter-both')).manifest.metrics.pixel_l1).toBeGreaterThan(0);
  });

  it('is refused at sizes that it cannot have', async () => {
    const plan = (dataset: string, hyperparameters: object, components: object = {}) =>
      planTraining(
        {
          kind: KINDS.find(({ name }) => name === 'generator')!,
          ...{ dataset, hyperparameters: { ...TINY, ...hyperparameters } },
          components: { grid_encoder: 'grid-encoder', visual_vocabulary: 'visual-vocabulary', ...components },
        },
        environment,
      );
    // Scenes are drawn at any of them.
    expect((await plan('lattice-1style', {})).hyperparameters).toMatchObject({ image_size: 256 });
    await expect(plan('mine', { image_size: 100 })).rejects.toMatchObject({ code: 'invalid_hyperparameter' });
  });
});

describe('pre-training on a directory', () => {
  const pretrain = (name: string, options: Partial<Parameters<typeof startTraining>[0]> = {}) =>
    train('pretrain', { name, hyperparameters: PRETRAIN, ...options });

  it('makes its vocabulary of the training texts, and knows the answers of the data set', async () => {
    const { description } = await pretrain('from-nothing');
    expect(description.hyperparameters).toMatchObject({
      scenes: SIZES.train,
      validation_scenes: SIZES.validation,
    });
    const { manifest, folder } = await entryOf('from-nothing');
    expect(manifest).toMatchObject({ architecture: 'x-lxmert', tasks: ['paint', 'caption'] });
    expect(manifest.metrics.ccc_100_loss).toBeGreaterThan(0);
    const texts = async (file: string) => (await readFile(join(folder, file), 'utf8')).trimEnd().split('\n');
    const vocabulary = await texts('vocab.txt');
    expect(vocabulary.slice(0, 5)).toEqual(['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]']);
    expect(vocabulary.length).toBeLessThan(600);
    const entries = async (task: string): Promise<{ sent: string; label: object }[]> =>
      JSON.parse(await readFile(join(dataset('mine'), task, 'train.json'), 'utf8'));
    const questions = [...(await entries('vqa')), ...(await entries('gqa'))];
    const said = [...questions, ...(await entries('nlvr2'))];
    const counts = await countWords(said.map(({ sent }) => sent));
    const often = [...counts].filter(([, count]) => count > 1);
    for (const [word] of often) expect(vocabulary).toContain(word);
    expect(often.length).toBeGreaterThan(30);
    // The export's questions of lxmert/ are all in vqa/.
    const labels = questions.flatMap(({ label }) => Object.keys(label));
    expect(new Set(await texts('answers.txt'))).toEqual(new Set(labels));
    expect(await readdir(join(dataDir, 'runs/from-nothing/samples'))).toContain('step-00000004.png');
  });

  it('is judged by its captions of the data set, and by which of them it holds for whose', async () => {
    const at = ['--data-dir', dataDir, '--checkpoints-dir', join(dataDir, 'none'), '--threads', '1'];
    const { manifest } = await entryOf('from-nothing');
    const results = async (task: string) =>
      JSON.parse(await readFile(join(dataDir, 'evaluations', manifest.id, `${task}.json`), 'utf8'));
    const some = ['--references', '2', '--max-tokens', '5', '--scenes', '3'];
    await evaluate(['caption', '--model', 'from-nothing', ...some, ...at]);
    const caption = await results('caption');
    expect(caption).toMatchObject({ dataset: 'mine', pictures: 3 });
    expect(caption.columns.people.bleu_1).toBeGreaterThan(0);
    await evaluate(['match', '--model', 'from-nothing', ...at]);
    expect(await results('match')).toMatchObject({
      ...{ dataset: 'mine', captions: SIZES.validation },
      columns: { model: { all: expect.any(Number) } },
    });
  });

  it('reads words as bert-base-uncased does, or those of scenes as well, where that is asked for', async () => {
    const words = async (name: string, chosen: object) => {
      await pretrain(name, { hyperparameters: { ...PRETRAIN, steps: 1, checkpoint_every: 1, ...chosen } });
      const { folder } = await entryOf(name);
      return (await readFile(join(folder, 'vocab.txt'), 'utf8')).trimEnd().split('\n');
    };
    expect(await words('published-words', { vocabulary_size: 0 })).toHaveLength(30_522);
    const both = new Set(await words('both-words', { scene_words: true }));
    for (const word of sceneVocabulary()) expect(both).toContain(word);
  });

  it('goes on from a model with its words and answers, and to the same end after a stop', async () => {
    const components = { base_model: 'pretrain' };
    await pretrain('further', { components });
    const base = (await entryOf('pretrain')).folder;
    const { folder, manifest } = await entryOf('further');
    for (const file of ['vocab.txt', 'answers.txt'])
      expect(await readFile(join(folder, file))).toEqual(await readFile(join(base, file)));
    expect(manifest.trained_before).toHaveLength(1);
    const stop = new AbortController();
    const output = { write: (text: string) => text.startsWith('validation at step 2') && stop.abort() };
    const stopped = train(
      'pretrain',
      { name: 'halted', hyperparameters: PRETRAIN, components },
      { output, signal: stop.signal },
    );
    await expect(stopped).rejects.toThrow(TrainingInterrupted);
    await resumeTraining('halted', environment);
    expect(await metricsOf('halted')).toBe(await metricsOf('further'));
  });

  it('stops a k-means between iterations, and goes on to the same vocabulary', async () => {
    const options = {
      dataset: 'features',
      hyperparameters: { clusters: 12, iterations: 4 },
      components: {},
    };
    await train('visual-vocabulary', { ...options, name: 'k-means' });
    const stop = new AbortController();
    const output = {
      write: (text: string) => void (text.startsWith('iteration 2/') && stop.abort()),
    };
    await expect(
      train('visual-vocabulary', { ...options, name: 'k-stopped' }, { output, signal: stop.signal }),
    ).rejects.toThrow(TrainingInterrupted);
    await resumeTraining('k-stopped', environment);
    expect(await metricsOf('k-stopped')).toBe(await metricsOf('k-means'));
  });

  it('makes a visual vocabulary of features from a file, and codes of them', async () => {
    await train('visual-vocabulary', {
      name: 'codes',
      dataset: 'features',
      hyperparameters: { clusters: 16, iterations: 3 },
      components: {},
    });
    await pretrain('of-features', { dataset: 'features', components: { visual_vocabulary: 'codes' } });
    const { manifest, components } = await entryOf('of-features');
    expect(Object.keys(components)).toEqual(['visual_vocabulary']);
    // Nothing here makes such features of a picture.
    expect(manifest.tasks).toEqual(['paint']);
    const { tensors } = await readSafetensors(join(dataDir, 'runs/codes/result/vocabulary.safetensors'));
    const centroids = tensors.centroids!;
    const cached = await readdir(join(dataDir, 'cache'));
    const file = cached.find((name) => /^codes-features-.*-train-/.test(name))!;
    const bytes = await readFile(join(dataDir, 'cache', file));
    const codes = new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2);
    const h5 = await openFeatureFile(FEATURES);
    // The nearest centroid of every cell of the first picture.
    const [first] = (await openTexts(await checkDirectory(dataset('features')), 'train', 1)).pictures;
    const { features } = h5.features(first!);
    h5.close();
    for (let cell = 0; cell < 64; cell++) {
      const distances = Array.from({ length: 16 }, (_, k) => {
        let sum = 0;
        for (let d = 0; d < 40; d++) sum += (features[cell * 40 + d]! - centroids.data[k * 40 + d]!) ** 2;
        return sum;
      });
      expect(distances[codes[cell]!]).toBeCloseTo(Math.min(...distances), 4);
    }
  });

  it('a model of features trains, whose encoder tells no classes', async () => {
    const { description } = await pretrain('features-alone', {
      ...{ dataset: 'mine', hyperparameters: { ...PRETRAIN, config: 'lxmert-grid' } },
      components: { grid_encoder: 'grid-encoder', visual_vocabulary: 'visual-vocabulary' },
    });
    expect(description.hyperparameters).toMatchObject({ config: 'lxmert-grid' });
  });

  it('codes of other features are refused', async () => {
    await train('grid-encoder', {
      name: 'narrow-encoder',
      dataset: 'lattice-1style',
      hyperparameters: { steps: 1, batch_size: 2, width: 16, checkpoint_every: 1, validation_scenes: 2 },
    });
    await train('visual-vocabulary', {
      name: 'narrow',
      components: { grid_encoder: 'narrow-encoder' },
      hyperparameters: { clusters: 8, iterations: 1 },
    });
    const components = { visual_vocabulary: 'narrow' };
    const refusal = pretrain('refused', { dataset: 'features', hyperparameters: PRETRAIN, components });
    await expect(refusal).rejects.toMatchObject({ subject: 'visual_vocabulary' });
  });
});

describe('a data set with faults', () => {
  const folders = () => ({ dataDir, checkpointsDir: join(dataDir, 'none') });
  const plan = (name: string, kind = 'vqa', hyperparameters = {}) =>
    planJob(
      {
        kind,
        dataset: name,
        hyperparameters,
        components: { grid_encoder: 'grid-encoder' },
        base_model: 'pretrain',
      },
      KINDS,
      folders(),
      null,
      async () => true,
    );

  beforeAll(async () => {
    await cp(dataset('mine'), dataset('broken'), { recursive: true });
    await truncate(join(dataset('broken'), 'gqa/train.json'), 1000);
  });

  it('is listed with them, beside those that can be used', async () => {
    const listed = await listDatasets(dataDir, KINDS);
    const find = (id: string) => listed.find((one) => one.id === id)!;
    expect(find('mine')).toMatchObject({ type: 'directory', faultCount: 0 });
    expect(find('mine').kinds.sort()).toEqual([
      'extract',
      'generator',
      'gqa',
      'nlvr2',
      'picture-router',
      'pretrain',
      'visual-vocabulary',
      'vqa',
    ]);
    expect(find('features')).toMatchObject({
      parameters: { pictures: 'features', feature_width: 40 },
      kinds: expect.arrayContaining(['vqa', 'pretrain']),
      sizes: { vqa: { train: { examples: 3, pictures: 3 }, validation: { examples: 2, pictures: 2 } } },
    });
    expect(find('broken').faults[0]).toMatchObject({ code: 'not_json', file: 'gqa/train.json' });
    expect(find('lattice-1style')).toMatchObject({ type: 'scenes', faults: [] });
  });

  it('is refused before anything is queued or written, until it is mended', async () => {
    const refused = {
      code: 'dataset_unusable',
      message: expect.stringMatching(/gqa\/train\.json.*\(not_json\)/),
    };
    await expect(plan('broken')).rejects.toMatchObject({ ...refused, param: '/dataset' });
    await expect(finetune('vqa', { name: 'refused', dataset: 'broken' })).rejects.toMatchObject(refused);
    expect(await readdir(join(dataDir, 'runs'))).not.toContain('refused');
    await cp(join(dataset('mine'), 'gqa/train.json'), join(dataset('broken'), 'gqa/train.json'));
    expect(await plan('broken')).toMatchObject({ dataset: 'broken' });
  });

  it.each([
    ['nothing', 'vqa', /no data set "nothing".*scenes.*mine/],
    ['../datasets/mine', 'vqa', /no data set/],
    ['features', 'gqa', /nothing for gqa/],
    ['mine', 'recogniser', /on scenes alone/],
  ])('%s for %s is refused', async (name, kind, message) => {
    const refusal = train(kind, { name: 'refused', dataset: name, components: {}, hyperparameters: {} });
    await expect(refusal).rejects.toMatchObject({ code: 'dataset_unusable' });
    await expect(refusal).rejects.toThrow(message);
  });

  it('counts epochs by examples, and uses no more pictures than there are', async () => {
    const examples = 3 * SIZES.train;
    expect(await plan('mine', 'vqa', { epochs: 5, batch_size: 4 })).toMatchObject({
      steps: (5 * examples) / 4,
      hyperparameters: { scenes: SIZES.train, validation_scenes: SIZES.validation },
    });
    expect(await plan('mine', 'vqa', { epochs: 1, batch_size: 1, scenes: 6 })).toMatchObject({
      steps: examples / 2,
      hyperparameters: { scenes: 6 },
    });
  });

  it.each(['pretrain', 'vqa', 'gqa', 'nlvr2', 'visual-vocabulary'])(
    'what is planned for %s is what its process is asked for',
    async (name) => {
      const kind = KINDS.find((one) => one.name === name)!;
      const components = {
        ...{ grid_encoder: 'grid-encoder', visual_vocabulary: 'visual-vocabulary' },
        ...(name !== 'pretrain' && { base_model: 'pretrain' }),
      };
      const given = name === 'visual-vocabulary' ? { clusters: 16 } : {};
      const planned = await planTraining(
        { kind, dataset: 'mine', hyperparameters: given, components },
        environment,
      );
      // Statements need not be about every picture.
      const { sizes } = (await listDatasets(dataDir, KINDS)).find(({ id }) => id === 'mine')!;
      expect(planned.hyperparameters.scenes).toBe(sizes[kind.task!]!.train.pictures);
      expect(resolveHyperparameters(kind, planned.hyperparameters)).toEqual(planned.hyperparameters);
    },
  );

  it('is found out while it is trained on, where a header does not show it', async () => {
    await cp(dataset('mine'), dataset('cut'), { recursive: true });
    const file = `images/${pictureId('train', 0)}.png`;
    await truncate(join(dataset('cut'), file), 400);
    await expect(finetune('vqa', { name: 'cut', dataset: 'cut' })).rejects.toMatchObject({
      code: 'dataset_unusable',
      message: expect.stringContaining(file),
    });
  });

  it('is not gone on with when it has changed', async () => {
    await cp(dataset('mine'), dataset('changing'), { recursive: true });
    await finetune('nlvr2', { name: 'changing', dataset: 'changing' });
    const path = join(dataset('changing'), 'vqa/train.json');
    await writeFile(path, `${await readFile(path, 'utf8')} `);
    await expect(resumeTraining('changing', environment)).rejects.toMatchObject({ code: 'run_mismatch' });
  });
});
