/**
 * Pre-training of X-LXMERT (paper, sections 4 and C.5): each step masks one modality, drawn from picture, words and
 * nothing, and does that modality's tasks: cluster-centroid classification on captions, masked words, or
 * image-text matching with question answering on the pairs that match.
 */
import { readFile } from 'node:fs/promises';
import { formatAnswers, parseAnswers } from '../../answers.ts';
import {
  type DirectoryDataset,
  type DirectorySplit,
  indexPictures,
  openTexts,
  trainingTexts,
} from '../../datasets/directory/index.ts';
import { IMAGE_SIZE, loadWorld, sceneVocabulary } from '../../datasets/scenes/index.ts';
import { CELLS, GRID } from '../../grid.ts';
import { PRETRAINING_CONFIGS, type PretrainingConfig } from '../../models/compared-configs.ts';
import { initModel, type ModelConfig, weightsOf } from '../../models/family.ts';
import { FROZEN_WEIGHTS, type LxmertConfig } from '../../models/lxmert/index.ts';
import { createRandom } from '../../random.ts';
import { float32, type HostTensor, type HostTensors } from '../../tensor.ts';
import { MAX_TEXT_TOKENS } from '../../text-lengths.ts';
import { loadTokenizer, parseVocabulary } from '../../tokenizer.ts';
import { cellClasses, classesOf } from '../features/cell-classes.ts';
import { encoderWidth, readImage } from '../features/image-encoder.ts';
import { directoryFeatures, type SceneFeatures, sceneFeatures } from '../features/scene-features.ts';
import { resized } from '../features/scene-images.ts';
import { refuseOtherShape, refuseOtherTexts } from '../run/components-fit.ts';
import { dropoutSeed, dropoutSpec } from '../run/dropout-seed.ts';
import { TrainingError } from '../run/errors.ts';
import { adamWTraining, stepsOf } from '../run/gradient-step.ts';
import { passKinds, passRows, refuseUnevenPasses } from '../run/hyperparameters.ts';
import { runLoop } from '../run/loop.ts';
import { noDecay } from '../run/optimizer.ts';
import { passesOf } from '../run/passes.ts';
import { type Component, defineKind, type TrainingContext } from '../run/training-kind.ts';
import { codePainter } from '../vocabulary/code-painting.ts';
import { directoryCodes, sceneCodes } from '../vocabulary/visual-codes.ts';
import { readVocabulary, VOCABULARY_FILE } from '../vocabulary/visual-vocabulary.ts';
import {
  type Modality,
  PRETRAINING_TOTALS,
  type PretrainingSource,
  pretrainingBatch,
  pretrainingExamples,
  pretrainingTotals,
} from './batches.ts';
import {
  BERNOULLI_MASK_RATIO,
  furtherModelConfig,
  goOnFrom,
  inheritedFrom,
  type ModelSizes,
  pretrainingModelConfig,
} from './configs.ts';
import { groundedWeights } from './grounded-words.ts';
import { pretrainOutline } from './outline.ts';
import { directoryPictures, scenePictures } from './pictures.ts';
import { METRICS_OF, pretrainingTaskLoss } from './step.ts';
import { type PretrainingValidation, validationLosses, validationSamples } from './validation.ts';
import { countWords, wordVocabulary } from './word-vocabulary.ts';

export const pretrain = defineKind({
  ...pretrainOutline,
  task: 'pretrain',
  requires: ['grid_encoder', 'visual_vocabulary'],
  optional: ['generator', 'base_model'],
  presets: {
    // Sections 5.3, C.1, C.2 and C.5; weight decay is the authors' code's. LXMERT's own batch is 1,280.
    paper: {
      ...{ epochs: 20, batch_size: 920, micro_batch_size: 8, learning_rate: 1e-5, warmup_ratio: 0.05 },
      ...{ weight_decay: 0.01, max_grad_norm: 1, dropout: 0.1 },
      ...{ hidden_size: 768, num_attention_heads: 12, intermediate_size: 3072 },
      ...{ l_layers: 9, r_layers: 5, x_layers: 5, num_hidden_layers: 12 },
      ...{ vocabulary_size: 0, position_cosines: false, background_weight: 1, word_mask_ratio: 0.15 },
      ...{ code_captions: 'mscoco' },
      ...{ image_share: 1 / 3, word_share: 0.5, question_share: 0.5, steps_per_call: 1 },
    },
  },
  inherits: inheritedFrom,
  check({ base_model, visual_vocabulary, grid_encoder }, h, directory) {
    refuseUnevenPasses(h);
    if (h.hidden_size % h.num_attention_heads !== 0) {
      const message = `num_attention_heads: ${h.num_attention_heads} does not divide hidden_size, ${h.hidden_size}.`;
      throw new TrainingError('invalid_hyperparameter', message, { subject: 'num_attention_heads' });
    }
    const { feature_width } = visual_vocabulary!.config as Record<string, number>;
    if (directory) checkDirectoryFits(directory, h, visual_vocabulary!, base_model, grid_encoder);
    const { hidden_size, num_attention_heads, intermediate_size } = h;
    const { l_layers, r_layers, x_layers, num_hidden_layers } = h;
    const choice: PretrainingConfig = PRETRAINING_CONFIGS[h.config];
    if (h.grounded_words) refuseGrounding(choice, h, base_model, directory);
    // The paper's begins as a LXMERT: with codes or without, the backbone is the same.
    refuseOtherShape(base_model, [`x-${choice.backbone}`, choice.backbone], {
      head: undefined,
      ...{ hidden_size, num_attention_heads, intermediate_size },
      ...(choice.backbone === 'uniter' ? { num_hidden_layers } : { l_layers, r_layers, x_layers }),
      visual_feat_dim: feature_width,
    });
  },
  weights({ base_model: base, visual_vocabulary }, h, directory) {
    if (base) return weightsOf(base.config as ModelConfig);
    const { feature_width } = visual_vocabulary!.config as Record<string, number>;
    const sizes: ModelSizes = {
      words: directory ? h.vocabulary_size || BERT_WORDS : SCENE_WORDS,
      tokens: MAX_TEXT_TOKENS,
      // The centroids are not trained; answers and classes weigh little.
      ...{ answers: 1, objects: 1, clusters: 1, featureWidth: feature_width!, grid: GRID },
    };
    const choice: PretrainingConfig = PRETRAINING_CONFIGS[h.config];
    return weightsOf(pretrainingModelConfig(choice, h, sizes));
  },
  async train(context, h) {
    const { engine, seed, components } = context;
    const choice: PretrainingConfig = PRETRAINING_CONFIGS[h.config];
    const opened = context.directory
      ? await openDirectory(context, context.directory, h, choice.discrete)
      : await openWorld(context);
    const { words, answers } = opened;
    const tokenizer = loadTokenizer(words);
    const vocabularyTensors = components.visual_vocabulary!.tensors[VOCABULARY_FILE]!;
    const vocabulary = readVocabulary(vocabularyTensors);
    const base = components.base_model;
    const sizes: ModelSizes = {
      words: words.length,
      tokens: MAX_TEXT_TOKENS,
      answers: answers.length,
      objects: opened.objects,
      clusters: vocabulary.clusters,
      featureWidth: vocabulary.dimensions,
      grid: GRID,
      unsaid: opened.unsaid,
    };
    const config = base
      ? furtherModelConfig(base.config, choice, h, sizes)
      : pretrainingModelConfig(choice, h, sizes);
    const sourceOf = async (split: DirectorySplit, pictures: number): Promise<PretrainingSource> => ({
      ...(await opened.open(split, pictures, !choice.discrete || h.exact_features)),
      ...(!choice.discrete && { classesOfObjects: true }),
      tokenizer,
      batchSize: h.batch_size,
      wordMaskRatio: h.word_mask_ratio,
      uniformWordMaskShare: split === 'train' ? h.uniform_word_mask_share : 0,
      fullyMaskedTextShare: split === 'train' ? h.fully_masked_text_share : 0,
      questionShare: split === 'train' ? h.question_share : 0.5,
      backgroundWeight: h.background_weight,
      fullyMaskedShare: h.fully_masked_share,
      objectsFirstShare: split === 'train' ? h.objects_first_share : 0,
      ...(!choice.uniformMasking && { bernoulliMaskRatio: BERNOULLI_MASK_RATIO }),
      ...(!choice.updatedData && { codesFromQuestions: true }),
    });
    const source = await sourceOf('train', h.scenes);
    const held = await sourceOf('validation', h.validation_scenes);
    const validation: PretrainingValidation = {
      context,
      config,
      source: { ...held, batchSize: Math.min(16, held.codes.length / CELLS) },
      caption: opened.caption,
      ...(opened.image && { image: opened.image }),
      vocabulary,
      painter: await codePainter(engine, vocabulary, components.generator),
    };
    const passes = passKinds(h);
    const training = adamWTraining(h, {
      kind: 'hf',
      epsilon: 1e-6,
      frozen: (name) => FROZEN_WEIGHTS.has(name),
      noDecay,
      passes: passes.length > 0,
    });
    const rows = passRows(h);
    const F = source.features?.width;
    const evaluate = async (state: HostTensors, step: number): Promise<Record<string, number>> => {
      const weights = training.weights(state);
      return {
        ...(await validationLosses(validation, weights)),
        // Features cannot be sampled as codes are.
        ...(choice.discrete && (await validationSamples(validation, weights, step))),
      };
    };
    const begin = (): HostTensors => {
      const centroids = choice.discrete ? vocabularyTensors.centroids : undefined;
      const fresh = initModel(config, createRandom(`${seed}/weights`), centroids);
      if (base) {
        const own = base.tensors['model.safetensors']!;
        const weights = centroids ? onCentroids(own, centroids) : own;
        return goOnFrom(weights, fresh, base.texts['answers.txt'] !== undefined);
      }
      if (!h.grounded_words) return fresh;
      const { captioned: pictures, captions, features } = source;
      return groundedWeights(config as LxmertConfig, fresh, {
        ...{ pictures: pictures!, captions: captions!, features: features!, tokenizer },
      });
    };
    const tasks: Modality[] = ['vis_mask', 'word_mask', 'matched'];
    const losses = Object.fromEntries(
      tasks.map((task) => [task, pretrainingTaskLoss(config, GRID, task, h.dropout)]),
    );
    const rest = 1 - h.image_share;
    const shares = [h.image_share, rest * h.word_share, rest * (1 - h.word_share)];
    let metrics: Record<string, number> = {};
    try {
      const state = await runLoop(context, {
        name: 'pretrain',
        steps: h.steps,
        batchSize: h.batch_size,
        checkpointEvery: h.checkpoint_every,
        stepsPerCall: h.steps_per_call,
        tasks: stepsOf(training, losses, passes),
        parts: { losses, adamW: training },
        reported: METRICS_OF,
        batch: {
          ...pretrainingBatch(rows, F),
          ...(passes.length > 0 && PRETRAINING_TOTALS),
          ...dropoutSpec(h.dropout),
          ...training.batch,
        },
        initialState: () => training.initialState(begin()),
        precision: h.precision,
        processes: h.processes,
        next: (step) => {
          const key = `${seed}/step/${step}`;
          const task = tasks[createRandom(`${key}/task`).weighted(shares)]!;
          const { batch: examples } = pretrainingExamples(source, task, key);
          const batch = { ...examples, ...dropoutSeed(h.dropout, `${key}/dropout`) };
          if (passes.length === 0) return { task, batch: { ...batch, ...training.inputs(step) } };
          const whole = { ...batch, ...pretrainingTotals(batch, rows), ...training.inputs(step) };
          return passesOf(task, whole, h.batch_size, rows);
        },
        evaluate: async (state, step) => {
          metrics = await evaluate(state, step);
          return metrics;
        },
      });
      const weights = training.weights(state);
      // A run that was killed between its last checkpoint and the result has no numbers yet.
      if (Object.keys(metrics).length === 0) metrics = await evaluate(state, h.steps);
      return {
        architecture: architectureOf(choice),
        // Without an encoder it sees nothing to caption.
        tasks: components.grid_encoder ? ['paint', 'caption'] : ['paint'],
        config: { ...config },
        tensors: { 'model.safetensors': weights },
        texts: { 'vocab.txt': `${words.join('\n')}\n`, 'answers.txt': formatAnswers(answers) },
        components: ['generator', 'visual_vocabulary', 'grid_encoder'],
        metrics,
      };
    } finally {
      await validation.painter.release();
      opened.close();
    }
  },
});

/** What is trained on: the words and answers of a model, and its pictures. */
interface PretrainingData {
  /** Tokens in the order of their ids. */
  words: readonly string[];
  answers: readonly string[];
  /** Classes of objects, the background among them. */
  objects: number;
  /** What the captions leave out before a noun, where that is known. */
  unsaid?: Readonly<Record<string, string>>;
  /** The first pictures of a split. @param exact with their features, for a model without codes */
  open(
    split: DirectorySplit,
    pictures: number,
    exact: boolean,
  ): Promise<
    Pick<PretrainingSource, 'picture' | 'codes' | 'captioned' | 'asked' | 'captions' | 'codeCaptions'> & {
      features?: SceneFeatures;
    }
  >;
  caption: PretrainingValidation['caption'];
  image: PretrainingValidation['image'];
  close(): void;
}

const CENTROIDS = 'vis_emb.weight';
const CENTROID_BIAS = 'obj_predict_head.out_cluster.bias';

/**
 * A base model's weights on a visual vocabulary that need not be its own. They read and predict features, so that they
 * go on where the encoder's features are nearly what they were; what was learnt of each code alone starts again.
 */
function onCentroids(weights: HostTensors, centroids: HostTensor): HostTensors {
  const own = weights[CENTROIDS];
  const [clusters] = centroids.shape as [number, number];
  // One of the two may have been stored as halves, which keep ten bits.
  const near = (a: number, b: number) => Math.abs(a - b) <= 2 ** -10 * Math.abs(b) + 1e-7;
  const same = own?.shape[0] === clusters && centroids.data.every((value, i) => near(value, own.data[i]!));
  if (!own || same) return weights;
  return {
    ...weights,
    [CENTROIDS]: centroids,
    [CENTROID_BIAS]: float32(new Float32Array(clusters), [clusters]),
  };
}

const captionRandom = (index: number) => createRandom(`validation/caption/${index}`);

async function openWorld(context: TrainingContext): Promise<PretrainingData> {
  const world = await loadWorld(context.dataset);
  const opened: SceneFeatures[] = [];
  const base = context.components.base_model?.texts;
  const answers = base?.['answers.txt'] === undefined ? world.answers : parseAnswers(base['answers.txt']);
  const places = new Map(answers.map((answer, i) => [answer, i]));
  return {
    words: base?.['vocab.txt'] === undefined ? world.vocabulary() : parseVocabulary(base['vocab.txt']),
    answers,
    objects: world.classes.length + 1,
    unsaid: world.unsaid,
    async open(split, scenes, exact) {
      const codes = await sceneCodes(context, world, split, scenes);
      const picture = scenePictures(world, split, places);
      if (!exact) return { picture, codes };
      const features = await sceneFeatures(context, context.components.grid_encoder!, world, split, scenes);
      opened.push(features);
      return { picture, codes, features };
    },
    caption: (index) => world.captions(world.scene('validation', index), captionRandom(index), 1)[0]!,
    image: async (index, side) => resized(world.render(world.scene('validation', index)), IMAGE_SIZE, side),
    close() {
      for (const features of opened) features.close();
    },
  };
}

/** Answers of a model whose data set asks nothing: a head needs something to tell apart. */
const NO_ANSWERS = ['yes', 'no'];
/** About as many as scenes are told in. */
const SCENE_WORDS = 1_000;
/** The published models'. */
const BERT_WORDS = 30_522;
const BERT_VOCABULARY = new URL('../../zoo/import/bert-base-uncased/vocab.txt', import.meta.url);

interface WantedTexts {
  vocabulary_size: number;
  scene_words: boolean;
  code_captions: 'all' | 'mscoco';
}

/** The vocabulary of a model that begins with nothing. */
async function directoryVocabulary(
  directory: DirectoryDataset,
  { vocabulary_size, scene_words }: WantedTexts,
): Promise<string[]> {
  if (!vocabulary_size) return parseVocabulary(await readFile(BERT_VOCABULARY, 'utf8'));
  const counts = await countWords(trainingTexts(directory));
  return wordVocabulary(counts, vocabulary_size, scene_words ? sceneVocabulary() : []);
}

async function openDirectory(
  context: TrainingContext,
  directory: DirectoryDataset,
  wanted: WantedTexts,
  discrete: boolean,
): Promise<PretrainingData> {
  const { components } = context;
  const base = components.base_model?.texts;
  const own = base?.['vocab.txt'];
  const words = own === undefined ? await directoryVocabulary(directory, wanted) : parseVocabulary(own);
  const known = directory.answers.pretrain ?? [];
  const ofBase = base?.['answers.txt'];
  const answers = ofBase === undefined ? (known.length > 0 ? known : NO_ANSWERS) : parseAnswers(ofBase);
  const places = new Map(answers.map((answer, i) => [answer, i]));
  const index = await indexPictures(directory.folder);
  const opened: { close(): void }[] = [];
  const codeSource = wanted.code_captions === 'all' ? undefined : wanted.code_captions;
  let held: { ids: readonly string[]; picture: PretrainingSource['picture'] } | undefined;
  const objects = discrete ? 0 : (classesOf(components.grid_encoder) ?? 0);
  return {
    words,
    answers,
    objects,
    async open(split, pictures, exact) {
      const texts = await openTexts(directory, split, pictures);
      opened.push(texts);
      const { pictures: ids, captioned, asked } = texts;
      const own = codeSource && { source: codeSource, captioned: texts.captionedBy(codeSource) };
      if (own?.captioned.length === 0) {
        const message = `scenes: of these ${ids.length} pictures none has a caption in sentf.${codeSource}: give more.`;
        throw new TrainingError('invalid_hyperparameter', message, { subject: 'scenes' });
      }
      const order = { order: 'texts', split, ids };
      const features = exact ? await directoryFeatures(context, directory, order) : undefined;
      if (features) opened.push(features);
      const classes =
        objects > 0
          ? await cellClasses(context.engine, components.grid_encoder!, features!, ids.length)
          : undefined;
      const picture = directoryPictures(texts, places, (index) =>
        classes?.subarray(index * CELLS, (index + 1) * CELLS),
      );
      if (split === 'validation') held = { ids, picture };
      return {
        ...{ picture, captioned, asked },
        ...(own && { codeCaptions: own }),
        captions: (index) => texts.texts(index).captions,
        // A model of features counts its pictures by them.
        codes: discrete
          ? await directoryCodes(context, directory, order)
          : new Int16Array(ids.length * CELLS),
        ...(features && { features }),
      };
    },
    caption: (i) => ({ text: held!.picture(i).caption(captionRandom(i), codeSource)! }),
    image:
      directory.pictures === 'images'
        ? (i, side) => readImage(directory.name, directory.folder, index.files.get(held!.ids[i]!)!, side)
        : undefined,
    close() {
      for (const entries of opened) entries.close();
    },
  };
}

/** @throws TrainingError invalid_hyperparameter */
function refuseGrounding(
  { backbone, discrete }: PretrainingConfig,
  {
    exact_features,
    hidden_size,
    intermediate_size,
  }: { exact_features: boolean; hidden_size: number; intermediate_size: number },
  base: Component | undefined,
  directory: DirectoryDataset | undefined,
): void {
  const wanted = [
    backbone === 'lxmert' && discrete ? undefined : 'config x-lxmert',
    exact_features ? undefined : 'exact_features',
    hidden_size % 6 === 0 ? undefined : 'a hidden_size that 6 divides',
    intermediate_size >= (4 * hidden_size) / 3 ? undefined : 'an intermediate_size of 4/3 hidden_size',
    directory ? undefined : 'a directory as data set',
    base ? 'no base model, whose words are where they are' : undefined,
  ].filter((one) => one !== undefined);
  if (wanted.length === 0) return;
  throw new TrainingError('invalid_hyperparameter', `grounded_words: it wants ${wanted.join(', ')}.`, {
    subject: 'grounded_words',
  });
}

/** @throws TrainingError invalid_hyperparameter, component_mismatch */
function checkDirectoryFits(
  directory: DirectoryDataset,
  { objects_first_share, code_captions }: { objects_first_share: number; code_captions: 'all' | 'mscoco' },
  vocabulary: Component,
  base: Component | undefined,
  gridEncoder: Component | undefined,
): void {
  const refuse = (subject: string, message: string): never => {
    throw new TrainingError('component_mismatch', message, { subject });
  };
  if (objects_first_share > 0) {
    const message = `objects_first_share: where objects are is known of scenes, not of ${directory.name}.`;
    throw new TrainingError('invalid_hyperparameter', message, { subject: 'objects_first_share' });
  }
  if (code_captions !== 'all' && !directory.captionSources.includes(code_captions)) {
    const message = `code_captions: ${directory.name} has no captions in sentf.${code_captions} of both splits: give all.`;
    throw new TrainingError('invalid_hyperparameter', message, { subject: 'code_captions' });
  }
  const wanted = (vocabulary.config as Record<string, number>).feature_width;
  const width = directory.featureWidth ?? encoderWidth(gridEncoder!);
  if (width !== wanted) {
    refuse(
      'visual_vocabulary',
      `visual_vocabulary ${vocabulary.id} is of features of ${wanted}, those of ${directory.name} have ${width}: ` +
        'give one of such features as visual_vocabulary; the kind visual-vocabulary makes one of a data set.',
    );
  }
  if (base) refuseOtherTexts(base, { answers: true });
}

function architectureOf({
  backbone,
  discrete,
}: PretrainingConfig): 'x-lxmert' | 'lxmert' | 'x-uniter' | 'uniter' {
  return discrete ? `x-${backbone}` : backbone;
}
