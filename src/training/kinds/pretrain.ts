/**
 * Pre-training of X-LXMERT (paper, sections 4 and C.5): each step masks one modality, drawn from picture, words and
 * nothing, and does that modality's tasks: cluster-centroid classification on captions, masked words, or
 * image-text matching with question answering on the pairs that match.
 */
import Type from 'typebox';
import { loadWorld, type Split } from '../../datasets/scenes/index.ts';
import { initModel } from '../../models/family.ts';
import { FROZEN_WEIGHTS } from '../../models/lxmert/index.ts';
import { createRandom } from '../../random.ts';
import type { HostTensors } from '../../tensor.ts';
import { loadTokenizer } from '../../tokenizer.ts';
import { codePainter } from '../code-painting.ts';
import { refuseOtherShape } from '../components-fit.ts';
import { TrainingError } from '../errors.ts';
import { adamWTraining } from '../gradient-step.ts';
import { commonHyperparameters } from '../hyperparameters.ts';
import { defineKind } from '../kind.ts';
import { runLoop } from '../loop.ts';
import { noDecay } from '../optimizer.ts';
import {
  BERNOULLI_MASK_RATIO,
  PRETRAINING_CONFIGS,
  type PretrainingConfig,
  type PretrainingConfigName,
  pretrainingModelConfig,
} from '../pretraining-configs.ts';
import {
  type Modality,
  type PretrainingSource,
  pretrainingBatch,
  pretrainingExamples,
  TOKENS,
} from '../pretraining-data.ts';
import { METRICS_OF, pretrainingTaskLoss } from '../pretraining-step.ts';
import {
  type PretrainingValidation,
  validationLosses,
  validationSamples,
} from '../pretraining-validation.ts';
import { sceneFeatures } from '../scene-features.ts';
import { sceneCodes } from '../visual-codes.ts';
import { readVocabulary, VOCABULARY_FILE } from '../visual-vocabulary.ts';

const GRID = 8;

export const pretrain = defineKind({
  name: 'pretrain',
  description: 'X-LXMERT, X-UNITER, their baselines and ablations on captions, questions and codes of scenes',
  requires: ['grid_encoder', 'visual_vocabulary'],
  optional: ['generator', 'base_model'],
  hyperparameters: Type.Object({
    config: Type.Union(
      (Object.keys(PRETRAINING_CONFIGS) as PretrainingConfigName[]).map((name) => Type.Literal(name)),
      { default: 'x-lxmert', description: 'Which of the models that the paper compares' },
    ),
    ...commonHyperparameters({
      steps: 6000,
      batch_size: 16,
      learning_rate: 1e-3,
      warmup_ratio: 0.05,
      weight_decay: 0.01,
      max_grad_norm: 1,
      checkpoint_every: 500,
    }),
    hidden_size: Type.Integer({ minimum: 8, maximum: 1024, default: 192 }),
    num_attention_heads: Type.Integer({ minimum: 1, maximum: 64, default: 6 }),
    intermediate_size: Type.Integer({ minimum: 8, maximum: 4096, default: 768 }),
    l_layers: Type.Integer({ minimum: 1, maximum: 24, default: 4 }),
    r_layers: Type.Integer({ minimum: 1, maximum: 24, default: 3 }),
    x_layers: Type.Integer({ minimum: 1, maximum: 24, default: 3 }),
    num_hidden_layers: Type.Integer({
      minimum: 1,
      maximum: 24,
      default: 6,
      description: "Of UNITER's one stream, in place of the three above",
    }),
    scenes: Type.Integer({
      minimum: 16,
      maximum: 1_000_000,
      default: 32_768,
      description: 'Training scenes',
    }),
    validation_scenes: Type.Integer({ minimum: 1, maximum: 10_000, default: 256 }),
    word_mask_ratio: Type.Number({ minimum: 0, maximum: 1, default: 0.15 }),
    uniform_word_mask_share: Type.Number({
      minimum: 0,
      maximum: 1,
      default: 0,
      description:
        'Share of the texts masked at a ratio drawn from 0 to 1: captioning begins with every word masked',
    }),
    image_share: Type.Number({
      minimum: 0,
      maximum: 1,
      default: 1 / 3,
      description: 'Share of the steps that mask the picture; words and nothing share the rest',
    }),
    word_share: Type.Number({
      minimum: 0,
      maximum: 1,
      default: 0.5,
      description: 'Share of the steps that mask words, of those that leave the picture whole',
    }),
    question_share: Type.Number({
      minimum: 0,
      maximum: 1,
      default: 0.5,
      description: 'Share of questions among the texts, where they are not captions alone',
    }),
    fully_masked_text_share: Type.Number({
      minimum: 0,
      maximum: 1,
      default: 0,
      description: 'Share of the steps of masked words that see a caption without any of its words',
    }),
    background_weight: Type.Number({
      minimum: 0,
      maximum: 1,
      default: 1 / 3,
      description: 'Weight of background cells in the loss of the codes',
    }),
    pre_norm: Type.Boolean({
      default: false,
      description: 'LayerNorm before each block, not after it as in the paper',
    }),
    fully_masked_share: Type.Number({
      minimum: 0,
      maximum: 1,
      default: 0,
      description: 'Share of the captions whose picture is masked whole, beside the uniform ratios',
    }),
    objects_first_share: Type.Number({
      minimum: 0,
      maximum: 1,
      default: 0,
      description:
        "Share of the pictures that lose their objects' cells before any of the background, as mask-predict, which is surest of the background, leaves them",
    }),
  }),
  check({ base_model, visual_vocabulary }, h) {
    if (h.hidden_size % h.num_attention_heads !== 0) {
      const message = `num_attention_heads: ${h.num_attention_heads} does not divide hidden_size, ${h.hidden_size}`;
      throw new TrainingError('invalid_hyperparameter', message, { subject: 'num_attention_heads' });
    }
    const { clusters, feature_width } = visual_vocabulary!.config as Record<string, number>;
    const { hidden_size, num_attention_heads, intermediate_size } = h;
    const { l_layers, r_layers, x_layers, num_hidden_layers } = h;
    const choice: PretrainingConfig = PRETRAINING_CONFIGS[h.config];
    refuseOtherShape(base_model, architectureOf(choice), {
      head: undefined,
      ...{ hidden_size, num_attention_heads, intermediate_size },
      ...(choice.backbone === 'uniter' ? { num_hidden_layers } : { l_layers, r_layers, x_layers }),
      num_clusters: choice.discrete ? clusters : 0,
      visual_feat_dim: feature_width,
    });
  },
  async train(context, h) {
    const { engine, seed, components } = context;
    const world = await loadWorld(context.dataset);
    const words = world.vocabulary();
    const tokenizer = loadTokenizer(words);
    const vocabularyTensors = components.visual_vocabulary!.tensors[VOCABULARY_FILE]!;
    const vocabulary = readVocabulary(vocabularyTensors);
    const choice: PretrainingConfig = PRETRAINING_CONFIGS[h.config];
    const config = pretrainingModelConfig(choice, h, {
      words: words.length,
      tokens: TOKENS,
      answers: world.answers.length,
      objects: world.classes.length + 1,
      clusters: vocabulary.clusters,
      featureWidth: vocabulary.dimensions,
      grid: GRID,
    });
    const sourceOf = async (split: Split, scenes: number): Promise<PretrainingSource> => ({
      world,
      tokenizer,
      split,
      codes: await sceneCodes(context, world, split, scenes),
      answers: new Map(world.answers.map((answer, i) => [answer, i])),
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
      ...(!choice.discrete && {
        features: await sceneFeatures(context, components.grid_encoder!, world, split, scenes),
      }),
    });
    const source = await sourceOf('train', h.scenes);
    const validation: PretrainingValidation = {
      context,
      config,
      source: {
        ...(await sourceOf('validation', h.validation_scenes)),
        batchSize: Math.min(16, h.validation_scenes),
      },
      vocabulary,
      painter: await codePainter(engine, vocabulary, components.generator),
    };
    const training = adamWTraining(h, {
      kind: 'hf',
      epsilon: 1e-6,
      frozen: (name) => FROZEN_WEIGHTS.has(name),
      noDecay,
    });
    const evaluate = async (state: HostTensors, step: number): Promise<Record<string, number>> => {
      const weights = training.weights(state);
      return {
        ...(await validationLosses(validation, weights)),
        // Features cannot be sampled as codes are.
        ...(choice.discrete && (await validationSamples(validation, weights, step))),
      };
    };
    const tasks: Modality[] = ['vis_mask', 'word_mask', 'matched'];
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
        tasks: Object.fromEntries(
          tasks.map((task) => [task, training.step(pretrainingTaskLoss(config, GRID, task))]),
        ),
        reported: METRICS_OF,
        batch: { ...pretrainingBatch(h.batch_size, source.features?.width), ...training.batch },
        initialState: training.initialState(
          components.base_model?.tensors['model.safetensors'] ??
            initModel(
              config,
              createRandom(`${seed}/weights`),
              choice.discrete ? vocabularyTensors.centroids : undefined,
            ),
        ),
        next: (step) => {
          const key = `${seed}/step/${step}`;
          const task = tasks[createRandom(`${key}/task`).weighted(shares)]!;
          const { batch } = pretrainingExamples(source, task, key);
          return { task, batch: { ...batch, ...training.inputs(step) } };
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
        tasks: choice.discrete ? ['paint', 'caption'] : [],
        config: { ...config },
        tensors: { 'model.safetensors': weights },
        texts: { 'vocab.txt': `${words.join('\n')}\n`, 'answers.txt': `${world.answers.join('\n')}\n` },
        components: ['generator', 'visual_vocabulary', 'grid_encoder'],
        metrics,
      };
    } finally {
      await validation.painter.release();
      source.features?.close();
      validation.source.features?.close();
    }
  },
});

function architectureOf({
  backbone,
  discrete,
}: PretrainingConfig): 'x-lxmert' | 'lxmert' | 'x-uniter' | 'uniter' {
  return discrete ? `x-${backbone}` : backbone;
}
