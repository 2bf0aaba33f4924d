/**
 * What the three kinds of fine-tuning share (paper, "Finetuning"): the pre-trained backbone, a head of two layers,
 * exact grid features, AdamW with a linear schedule.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Static } from 'typebox';
import { formatAnswers, parseAnswers } from '../../answers.ts';
import {
  type DirectoryDataset,
  type DirectorySplit,
  openEntries,
  scoresOf,
} from '../../datasets/directory/index.ts';
import { loadWorld } from '../../datasets/scenes/index.ts';
import { GRID } from '../../grid.ts';
import {
  type FinetunedModelConfig,
  finetunedModelConfig,
  initFinetunedModel,
  isUniter,
  type ModelConfig,
  weightsOf,
} from '../../models/family.ts';
import type { AnswerHead, AnswerLoss, Nlvr2Setup } from '../../models/finetuning-choices.ts';
import { noBoxes, proposesBoxes } from '../../models/proposes-boxes.ts';
import { createRandom } from '../../random.ts';
import { float32, type HostTensors } from '../../tensor.ts';
import { loadTokenizer, parseVocabulary } from '../../tokenizer.ts';
import { encoderWidth } from '../features/image-encoder.ts';
import { directoryFeatures, type SceneFeatures, sceneFeatures } from '../features/scene-features.ts';
import { refuseOtherTexts } from '../run/components-fit.ts';
import { dropoutSeed, dropoutSpec } from '../run/dropout-seed.ts';
import { TrainingError } from '../run/errors.ts';
import { adamWTraining, type Loss, stepsOf } from '../run/gradient-step.ts';
import { passKinds, passRows, refuseUnevenPasses } from '../run/hyperparameters.ts';
import { runLoop } from '../run/loop.ts';
import { noDecay } from '../run/optimizer.ts';
import { passesOf } from '../run/passes.ts';
import {
  type Component,
  defineKind,
  type TrainedCheckpoint,
  type TrainingContext,
} from '../run/training-kind.ts';
import { finetuningTaskLoss, predict } from './answering.ts';
import {
  batchMaker,
  drawExamples,
  type Example,
  type ExampleSource,
  questionEntries,
  questionSource,
  statementEntries,
  statementExamples,
  withMirrors,
  withOtherPictures,
} from './batches.ts';
import type { FINETUNING, FinetuningOutline } from './outlines.ts';

const MODEL_FILE = 'model.safetensors';
const VALIDATION_BATCH = 32;

type Hyperparameters = Static<typeof FINETUNING> & {
  nlvr2_setup?: Nlvr2Setup;
  answer_loss?: AnswerLoss;
  other_picture_share?: number;
};

/** The kind of training for one head. */
export function finetuningKind(outline: FinetuningOutline) {
  const { name: head } = outline;
  return defineKind({
    ...outline,
    task: head,
    // Section C.6; the batch, warm-up and decay are those of LXMERT, whose setting the paper says it uses. Passes are ours:
    // a batch of pairs of the published size wants 12 GiB in one.
    presets: {
      paper: {
        ...{ epochs: 10, batch_size: 32, micro_batch_size: 8 },
        ...{ learning_rate: 5e-4, warmup_ratio: 0.1, dropout: 0.1 },
      },
    },
    boxes: true,
    requires: ['base_model', 'grid_encoder'],
    optional: [],
    check({ base_model: base, grid_encoder: gridEncoder }, h, directory) {
      refuseBase(head, base!, gridEncoder, directory);
      refuseBoxes(head, gridEncoder, h as Hyperparameters, directory);
      refuseSetup(base!, h as Hyperparameters);
      refuseShare(head, base!, h as Hyperparameters, directory?.answers[head]);
      refuseUnevenPasses(h as Hyperparameters);
    },
    // The head of pre-training is about as large as the one that takes its place.
    weights: ({ base_model: base }) => weightsOf(base!.config as ModelConfig),
    train: (context, h) => finetune(context, head, h as Hyperparameters),
  });
}

/** The models of words and pictures: both backbones, with codes and without, are fine-tuned on exact features. */
const SEEING = ['x-lxmert', 'x-uniter', 'lxmert', 'uniter'] as const;
type SeeingArchitecture = (typeof SEEING)[number];
const isSeeing = (architecture: string): architecture is SeeingArchitecture =>
  SEEING.includes(architecture as SeeingArchitecture);

/** What is taken over from the pre-trained model. */
interface Base {
  architecture: SeeingArchitecture;
  config: FinetunedModelConfig;
  weights: HostTensors;
  vocabulary: string[];
  /**
   * None for nlvr2. The model's own are those of the pre-trained QA head and what else the world answers, or those of
   * the directory.
   */
  answers: { base: string[]; own: string[] };
}

/** @throws TrainingError component_mismatch when the base model is of another kind or saw other features */
function refuseBase(
  head: AnswerHead,
  base: Component,
  gridEncoder: Component | undefined,
  directory: DirectoryDataset | undefined,
): void {
  const refuse = (why: string): never => {
    const message = `${head}: base_model ${base.id} ${why}.`;
    throw new TrainingError('component_mismatch', message, { subject: 'base_model' });
  };
  const config = base.config as Record<string, unknown>;
  if (!isSeeing(base.architecture)) refuse(`is a ${base.architecture}, not an ${SEEING.join(' or ')}`);
  // Its head is of no other task, and fresh in its own.
  if (config.head === 'nlvr2') refuse('judges statements already: nothing goes on from it');
  if (directory?.featureWidth !== undefined) {
    if (directory.featureWidth !== config.visual_feat_dim) {
      refuse(
        `sees features of ${config.visual_feat_dim}, not the ${directory.featureWidth} of ${directory.name}`,
      );
    }
  } else if (gridEncoder) {
    const own = base.builtOn.grid_encoder;
    // Where nobody knows what made the features that it was trained on, their width is all there is to go by.
    if (own !== undefined && own !== gridEncoder.revision) {
      refuse(`was pre-trained on features of another grid encoder than ${gridEncoder.id}`);
    }
    const width = encoderWidth(gridEncoder);
    if (width !== config.visual_feat_dim) {
      refuse(`sees features of ${config.visual_feat_dim}, not the ${width} of ${gridEncoder.id}`);
    }
  }
  // A model of boxes needs none: LXMERT was trained on them.
  if (config.grid !== undefined && config.grid !== GRID) refuse(`has no grid of ${GRID} × ${GRID}`);
  refuseOtherTexts(base, { answers: head !== 'nlvr2' });
}

/** How many boxes pictures are seen as; undefined: as a grid. */
const boxesOf = ({ boxes }: Pick<Hyperparameters, 'boxes'>, directory?: DirectoryDataset) =>
  directory?.featureWidth === undefined ? boxes || undefined : directory.featureBoxes;

/** @throws TrainingError invalid_hyperparameter when there are no such boxes, or boxes are to be mirrored */
function refuseBoxes(
  head: AnswerHead,
  gridEncoder: Component | undefined,
  { boxes, mirror_share: mirrors }: Hyperparameters,
  directory: DirectoryDataset | undefined,
): void {
  const refuse = (why: string, subject = 'boxes'): never => {
    throw new TrainingError('invalid_hyperparameter', `${head}: ${subject}: ${why}.`, { subject });
  };
  if (mirrors > 0 && boxesOf({ boxes }, directory) !== undefined)
    refuse('boxes are not mirrored, only the cells of a grid: leave it at 0', 'mirror_share');
  if (boxes === 0) return;
  if (directory === undefined) refuse('scenes are seen as a grid: choose a data set of pictures');
  const { name, featureWidth, featureBoxes } = directory!;
  if (featureWidth === undefined) {
    if (!proposesBoxes(gridEncoder!)) refuse(`${gridEncoder!.id} ${noBoxes(gridEncoder!)}`);
  } else if (featureBoxes !== boxes) {
    refuse(
      `the features of ${name} are of ${featureBoxes === undefined ? 'a grid' : `${featureBoxes} boxes`}: ` +
        'leave boxes out, and they are seen as they are',
    );
  }
}

/** @throws TrainingError invalid_hyperparameter when the base model cannot read pictures this way */
function refuseSetup({ id, architecture, config }: Component, { nlvr2_setup: setup }: Hyperparameters): void {
  if (setup === undefined || setup === 'pair' || isUniter(config as ModelConfig)) return;
  throw new TrainingError(
    'invalid_hyperparameter',
    `nlvr2: nlvr2_setup ${setup} is for models of one stream, and base_model ${id} is an ${architecture}: ` +
      'choose pair, or a UNITER or X-UNITER as base_model.',
    { subject: 'nlvr2_setup' },
  );
}

/**
 * @param own answers that are learnt, where they are known
 * @throws TrainingError invalid_hyperparameter when not all that is trained is of the base model
 */
function refuseShare(
  head: AnswerHead,
  { id, config, texts }: Component,
  { base_share: share }: Hyperparameters,
  own: readonly string[] | undefined,
): void {
  if (share === 0) return;
  const refuse = (why: string): never => {
    throw new TrainingError('invalid_hyperparameter', `${head}: base_share: ${id} ${why}: leave it at 0.`, {
      subject: 'base_share',
    });
  };
  if ((config as { head?: string }).head !== head) refuse(`has no head for ${head}`);
  const base = parseAnswers(texts['answers.txt'] ?? '');
  if (own?.some((answer, i) => answer !== base[i])) refuse('has other answers than are learnt here');
}

/**
 * Between a base model and what was trained from it (Wortsman et al. 2022, "Robust fine-tuning of zero-shot models").
 * @param share of `base`
 */
function between(base: HostTensors, trained: HostTensors, share: number): HostTensors {
  if (share === 0) return trained;
  return Object.fromEntries(
    Object.entries(trained).map(([name, { data, shape }]) => {
      const from = base[name]!.data;
      return [
        name,
        float32(
          Float32Array.from(data, (x, i) => share * from[i]! + (1 - share) * x),
          shape,
        ),
      ];
    }),
  );
}

/** @param added answers beside the base's, or (`only`) in place of them @throws TrainingError component_mismatch */
function readBase(
  head: AnswerHead,
  base: Component,
  { setup, boxes }: { setup: Nlvr2Setup | undefined; boxes?: number | undefined },
  added: readonly string[],
  only: boolean,
): Base {
  // What it was fine-tuned with, if it was, does not decide what comes now.
  const { grid = GRID, answer_loss: _, ...seen } = base.config as Record<string, unknown>;
  const config = { ...seen, ...(boxes === undefined ? { grid } : { num_boxes: boxes }) };
  const weights = base.tensors[MODEL_FILE];
  if (!weights) {
    throw new TrainingError('component_mismatch', `${head}: base_model ${base.id} has no ${MODEL_FILE}.`);
  }
  const vocabulary = parseVocabulary(base.texts['vocab.txt']!);
  const answers = head === 'nlvr2' ? [] : parseAnswers(base.texts['answers.txt'] ?? '');
  const own =
    head === 'nlvr2' || only
      ? [...added]
      : [...answers, ...added.filter((answer) => !answers.includes(answer))];
  const num_answers = head === 'nlvr2' ? 2 : own.length;
  return {
    architecture: base.architecture as SeeingArchitecture,
    config: finetunedModelConfig(config, head, num_answers, setup),
    weights,
    vocabulary,
    answers: { base: answers, own },
  };
}

/** What training draws: now and then a mirrored picture, or one that a question is not about. */
function varied(source: ExampleSource, h: Hyperparameters, count: number, pictures: number): ExampleSource {
  const { other_picture_share: others = 0, mirror_share: mirrors } = h;
  const drawn = others > 0 ? withOtherPictures(source, others, count, pictures) : source;
  return mirrors > 0 ? withMirrors(drawn, mirrors) : drawn;
}

/** What a model is fine-tuned on, and with which it starts. */
interface FinetuningData {
  base: Base;
  /** Undefined: without pictures. */
  features: SceneFeatures | undefined;
  source: ExampleSource;
  validationFeatures: SceneFeatures | undefined;
  held: Example[];
  close(): void;
}

async function openScenes(
  context: TrainingContext,
  head: AnswerHead,
  h: Hyperparameters,
): Promise<FinetuningData> {
  const { base_model: baseModel, grid_encoder: gridEncoder } = context.components;
  const world = await loadWorld(context.dataset);
  const base = readBase(
    head,
    baseModel!,
    { setup: h.nlvr2_setup },
    head === 'nlvr2' ? [] : world.answers,
    false,
  );
  refuseShare(head, baseModel!, h, base.answers.own);
  const open = async (split: DirectorySplit, scenes: number) => ({
    features: h.text_only ? undefined : await sceneFeatures(context, gridEncoder!, world, split, scenes),
    source:
      head === 'nlvr2'
        ? statementExamples(world.statements(split, scenes), split)
        : questionSource(world, head, base.answers.own, split, scenes),
  });
  const train = await open('train', h.scenes);
  const validation = await open('validation', h.validation_scenes);
  return {
    base,
    ...train,
    source: varied(train.source, h, h.scenes, h.scenes),
    validationFeatures: validation.features,
    held: Array.from({ length: h.validation_scenes }, (_, i) => validation.source.all(i)).flat(),
    close() {
      train.features?.close();
      validation.features?.close();
    },
  };
}

async function openDirectory(
  context: TrainingContext,
  directory: DirectoryDataset,
  head: AnswerHead,
  h: Hyperparameters,
): Promise<FinetuningData> {
  const boxes = boxesOf(h, directory);
  const base = readBase(
    head,
    context.components.base_model!,
    { setup: h.nlvr2_setup, boxes },
    directory.answers[head] ?? [],
    true,
  );
  const placeOf = new Map(base.answers.own.map((answer, i) => [answer, i]));
  const open = async (split: DirectorySplit, limit: number) => {
    let count: number;
    let pictures: readonly string[];
    let source: ExampleSource;
    let close: () => void;
    if (head === 'nlvr2') {
      const entries = await openEntries(directory, head, split, limit);
      ({ length: count, pictures, close } = entries);
      source = statementEntries(entries);
    } else {
      // Cross-entropy needs one right answer; VQA learns from a question without any that all are wrong.
      const teaches = head === 'gqa' && split === 'train';
      const entries = await openEntries(directory, head, split, limit, (entry) =>
        teaches ? scoresOf(entry.answers, placeOf).size > 0 : true,
      );
      ({ length: count, pictures, close } = entries);
      source = questionEntries(entries, base.answers.own);
    }
    const features = h.text_only
      ? undefined
      : await directoryFeatures(context, directory, { order: head, split, ids: pictures }, boxes);
    return { count, pictures: pictures.length, source, features, close };
  };
  const train = await open('train', h.scenes);
  const validation = await open('validation', h.validation_scenes);
  return {
    base,
    source: varied(train.source, h, train.count, train.pictures),
    features: train.features,
    validationFeatures: validation.features,
    held: Array.from({ length: validation.count }, (_, i) => validation.source.all(i)).flat(),
    close() {
      for (const part of [train, validation]) {
        part.close();
        part.features?.close();
      }
    },
  };
}

async function finetune(
  context: TrainingContext,
  head: AnswerHead,
  h: Hyperparameters,
): Promise<TrainedCheckpoint> {
  const { components, directory, seed, engine } = context;
  refuseBase(head, components.base_model!, components.grid_encoder, directory);
  refuseBoxes(head, components.grid_encoder, h, directory);
  const data = directory
    ? await openDirectory(context, directory, head, h)
    : await openScenes(context, head, h);
  const { source, held, base } = data;
  const { config, weights: trained, vocabulary, answers } = base;
  const tokenizer = loadTokenizer(vocabulary);
  const initial = initFinetunedModel(config, trained, answers, createRandom(`${seed}/head`));
  const rows = passRows(h);
  const whole = batchMaker(config, tokenizer, data.features, h.batch_size);
  const maker = rows === h.batch_size ? whole : batchMaker(config, tokenizer, data.features, rows);
  const validationMaker = batchMaker(config, tokenizer, data.validationFeatures, VALIDATION_BATCH);
  const passes = passKinds(h);
  const training = adamWTraining(h, {
    kind: 'hf',
    epsilon: 1e-6,
    frozen: () => false,
    noDecay,
    passes: passes.length > 0,
  });
  // The batch's loss is the mean over its rows: a part's counts by its share of them.
  const taskLoss = finetuningTaskLoss(config, h.answer_loss, h.dropout);
  const partLoss: Loss = (weights, batch) => {
    const { loss, aux } = taskLoss(weights, batch);
    return { loss: tf.mul(loss, tf.scalar(rows / h.batch_size)) as tf.Scalar, aux };
  };
  const losses = { [head]: passes.length === 0 ? taskLoss : partLoss };
  const resultOf = (state: HostTensors): HostTensors =>
    between(initial, training.weights(state), h.base_share);
  const evaluate = async (state: HostTensors): Promise<Record<string, number>> => {
    const predicted = await predict(engine, config, resultOf(state), validationMaker, held);
    return accuracies(held, predicted);
  };
  let metrics: Record<string, number> = {};
  try {
    const state = await runLoop(context, {
      name: head,
      steps: h.steps,
      batchSize: h.batch_size,
      checkpointEvery: h.checkpoint_every,
      stepsPerCall: h.steps_per_call,
      tasks: stepsOf(training, losses, passes),
      parts: { losses, adamW: training },
      batch: { ...maker.inputs, ...dropoutSpec(h.dropout), ...training.batch },
      initialState: () => training.initialState(initial),
      precision: h.precision,
      processes: h.processes,
      next: (step) => {
        const examples = drawExamples(source, `${seed}/step/${step}`, h.batch_size);
        const dropped = dropoutSeed(h.dropout, `${seed}/step/${step}/dropout`);
        const batch = { ...whole.fill(examples), ...dropped, ...training.inputs(step) };
        return passes.length === 0 ? { task: head, batch } : passesOf(head, batch, h.batch_size, rows);
      },
      evaluate: async (state) => {
        metrics = await evaluate(state);
        return metrics;
      },
    });
    // A run that was killed between its last checkpoint and the result has no numbers yet.
    if (Object.keys(metrics).length === 0) metrics = await evaluate(state);
    const { grid_encoder: encoder } = components;
    const sees =
      encoder !== undefined &&
      encoderWidth(encoder) === config.visual_feat_dim &&
      (config.num_boxes === undefined || proposesBoxes(encoder));
    return {
      architecture: base.architecture,
      // What was trained on features alone cannot see, nor can what sees boxes with an encoder of a grid.
      tasks: sees ? [head === 'nlvr2' ? 'nlvr2' : 'vqa'] : [],
      config: { ...config, ...(h.answer_loss === 'softmax' && { answer_loss: h.answer_loss }) },
      tensors: { [MODEL_FILE]: resultOf(state) },
      texts: {
        'vocab.txt': `${vocabulary.join('\n')}\n`,
        ...(head !== 'nlvr2' && { 'answers.txt': formatAnswers(answers.own) }),
      },
      components: sees ? ['grid_encoder'] : [],
      metrics,
    };
  } finally {
    data.close();
  }
}

/**
 * Share of right answers (of soft ones, their mean score): accuracy over all, and `<type>_accuracy` of each type of
 * question or statement.
 */
export function accuracies(
  examples: readonly Example[],
  predicted: ArrayLike<number>,
): Record<string, number> {
  const right = new Map<string, number[]>();
  for (const [i, { type, label, scores }] of examples.entries()) {
    const hit = scores ? (scores.get(predicted[i]!) ?? 0) : Number(predicted[i] === label);
    for (const name of [
      'accuracy',
      ...(type === undefined ? [] : [`${type.replace(/\W/g, '_')}_accuracy`]),
    ]) {
      const hits = right.get(name);
      if (hits) hits.push(hit);
      else right.set(name, [hit]);
    }
  }
  return Object.fromEntries(
    [...right].map(([name, hits]) => [name, hits.reduce((sum, hit) => sum + hit, 0) / hits.length]),
  );
}
