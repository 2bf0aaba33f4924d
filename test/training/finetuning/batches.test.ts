import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadWorld, type World } from '../../../src/datasets/scenes/index.ts';
import type { Engine } from '../../../src/engines/engine.ts';
import { createOnnxRuntimeEngine } from '../../../src/engines/onnxruntime.ts';
import { CELLS } from '../../../src/grid.ts';
import type { AnswerHead } from '../../../src/models/finetuning-choices.ts';
import { initialGridEncoder } from '../../../src/models/grid-encoder/grid-encoder.ts';
import type { FinetunedConfig } from '../../../src/models/lxmert/index.ts';
import { createRandom } from '../../../src/random.ts';
import { MAX_TEXT_TOKENS } from '../../../src/text-lengths.ts';
import { loadTokenizer, type Tokenizer } from '../../../src/tokenizer.ts';
import { featureExtractor } from '../../../src/training/features/feature-source.ts';
import { type SceneFeatures, sceneFeatures } from '../../../src/training/features/scene-features.ts';
import {
  batchMaker,
  drawExamples,
  type ExampleSource,
  questionSource,
  statementExamples,
} from '../../../src/training/finetuning/batches.ts';
import { accuracies } from '../../../src/training/finetuning/kind.ts';
import type { Run } from '../../../src/training/run/run-directory.ts';
import type { TrainingContext } from '../../../src/training/run/training-kind.ts';
import { LXMERT } from '../../inference/tiny-zoo.ts';
import { ENCODER } from '../../zoo/tiny-answerer.ts';

const SCENES = 140;
const F = LXMERT.visual_feat_dim;
let world: World;
let tokenizer: Tokenizer;
let cache: string;
let engine: Engine;
let features: SceneFeatures;
const gridEncoder = {
  id: 'tiny',
  revision: 'abcdef0123456789',
  architecture: 'grid-encoder',
  config: ENCODER,
  tensors: { 'model.safetensors': initialGridEncoder(ENCODER, createRandom('encoder')) },
  texts: {},
  builtOn: {},
};
const contextWith = (runner: Engine): TrainingContext => ({
  engine: runner,
  run: { phase() {} } as unknown as Run,
  seed: 0,
  dataset: 'lattice-1style',
  cache,
  readClusterIds: async () => new Map(),
  signal: new AbortController().signal,
  output: { write: () => true },
  components: {},
});

beforeAll(async () => {
  world = await loadWorld('lattice-1style');
  tokenizer = loadTokenizer(world.vocabulary());
  cache = await mkdtemp(join(tmpdir(), 'features-'));
  engine = createOnnxRuntimeEngine({ threads: 1 });
  features = await sceneFeatures(contextWith(engine), gridEncoder, world, 'train', SCENES);
}, 120_000);
afterAll(async () => {
  features.close();
  await rm(cache, { recursive: true });
});

const configOf = (head: AnswerHead): FinetunedConfig => ({
  ...LXMERT,
  vocab_size: world.vocabulary().length,
  head,
  num_answers: head === 'nlvr2' ? 2 : world.answers.length,
});
const sourceOf = (head: AnswerHead): ExampleSource =>
  head === 'nlvr2'
    ? statementExamples(world.statements('train', SCENES), 'train')
    : questionSource(world, head, world.answers, 'train', SCENES);

describe('sceneFeatures', () => {
  it('are those of the encoder, to half precision', async () => {
    const extractor = await featureExtractor(engine, gridEncoder, world);
    // On both sides of the chunks that they are computed in.
    const some = [0, 127, 128, SCENES - 1];
    const exact = await extractor.features(some.map((index) => world.scene('train', index)));
    await extractor.release();
    const read = new Float32Array(some.length * CELLS * F);
    for (const [i, index] of some.entries()) features.read(index, read, i * CELLS * F);
    let largest = 0;
    for (const [i, x] of exact.entries()) {
      largest = Math.max(largest, Math.abs(x));
      expect(Math.abs(read[i]! - x)).toBeLessThanOrEqual(Math.abs(x) * 2 ** -10 + 1e-6);
    }
    expect(largest).toBeGreaterThan(0.05);
    expect(() => features.read(SCENES, read, 0)).toThrow(`no features of scene ${SCENES}`);
  });

  it('are read from the file by whoever needs as many or fewer', async () => {
    const idle: Engine = { ...engine, compile: () => Promise.reject(new Error('computed again')) };
    const again = await sceneFeatures(contextWith(idle), gridEncoder, world, 'train', 16);
    const [a, b] = [features, again].map((from) => {
      const row = new Float32Array(CELLS * F);
      from.read(15, row, 0);
      return row;
    });
    again.close();
    expect(b).toEqual(a);
    await expect(sceneFeatures(contextWith(idle), gridEncoder, world, 'train', SCENES + 1)).rejects.toThrow(
      'computed again',
    );
    const other = { ...gridEncoder, revision: 'another' };
    await expect(sceneFeatures(contextWith(idle), other, world, 'train', 16)).rejects.toThrow(
      'computed again',
    );
    expect(await readdir(cache)).toHaveLength(1);
  });
});

describe.each(['vqa', 'gqa', 'nlvr2'] as const)('batches of %s', (head) => {
  it('have the layout that is compiled, and repeat', () => {
    const maker = batchMaker(configOf(head), tokenizer, features, 6);
    const source = sourceOf(head);
    const batch = maker.fill(drawExamples(source, 'key', 6));
    const layout = Object.entries(batch).map(([name, { dtype, shape }]) => [name, { dtype, shape }]);
    expect(Object.fromEntries(layout)).toEqual(maker.inputs);
    expect(maker.fill(drawExamples(source, 'key', 6))).toEqual(batch);
    expect(maker.fill(drawExamples(source, 'another', 6))).not.toEqual(batch);
  });

  it('hold the text, the features and the answer of each row', () => {
    const B = 4;
    const examples = drawExamples(sourceOf(head), 'rows', B - 1);
    const batch = batchMaker(configOf(head), tokenizer, features, B).fill(examples);
    const pictures = head === 'nlvr2' ? 2 : 1;
    const row = new Float32Array(CELLS * F);
    // The last row repeats the first.
    for (const [i, example] of [...examples, examples[0]!].entries()) {
      expect([...batch.input_ids!.data.slice(i * MAX_TEXT_TOKENS, (i + 1) * MAX_TEXT_TOKENS)]).toEqual(
        tokenizer.encode(example.text, MAX_TEXT_TOKENS).ids,
      );
      expect(example.scenes).toHaveLength(pictures);
      for (const [k, index] of example.scenes.entries()) {
        features.read(index, row, 0);
        const at = (i * pictures + k) * CELLS * F;
        expect(batch.visual_feats!.data.slice(at, at + CELLS * F)).toEqual(row);
      }
      expect(batch.labels!.data[i]).toBe(example.label);
      if (head !== 'vqa') continue;
      const A = world.answers.length;
      const targets = [...batch.targets!.data.slice(i * A, (i + 1) * A)];
      expect(targets.map((score, answer) => (score === 0 ? null : [answer, score])).filter(Boolean)).toEqual([
        [example.label, 1],
      ]);
    }
  });

  it('without the picture hold nothing of it', () => {
    const batch = batchMaker(configOf(head), tokenizer, undefined, 4).fill(
      drawExamples(sourceOf(head), 'k', 4),
    );
    expect(batch.visual_feats!.data.every((x) => x === 0)).toBe(true);
  });
});

describe('examples', () => {
  it('of questions name the answer that the world gives', () => {
    const [first] = sourceOf('vqa').all(3);
    const { question, answer, type } = world.questions(
      world.scene('train', 3),
      createRandom('train/questions/3'),
    )[0]!;
    expect(first).toEqual({ text: question, scenes: [3], label: world.answers.indexOf(answer), type });
  });

  it('of statements come in twos that only the pictures tell apart', () => {
    const source = sourceOf('nlvr2');
    for (let i = 0; i < 50; i++) {
      const [whenTrue, whenFalse, ...more] = source.all(i);
      expect(more).toEqual([]);
      expect([whenTrue!.label, whenFalse!.label]).toEqual([1, 0]);
      expect(whenTrue!.text).toBe(whenFalse!.text);
      expect(whenTrue!.scenes).not.toEqual(whenFalse!.scenes);
    }
  });
});

it('accuracies count each type on its own', () => {
  const example = (type: string, label: number) => ({ text: '', scenes: [0], label, type });
  const examples = [example('yes/no', 1), example('yes/no', 0), example('count', 2), example('count', 3)];
  expect(accuracies(examples, [1, 1, 2, 3])).toEqual({
    accuracy: 0.75,
    yes_no_accuracy: 0.5,
    count_accuracy: 1,
  });
});
