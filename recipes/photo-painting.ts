import { PRETRAINING_CONFIGS } from '../src/models/compared-configs.ts';
import type { Recipe, Stage } from '../src/runs/recipe.ts';

const BUILT_ON = {
  grid_encoder: 'grid-encoder/coco-colours',
  visual_vocabulary: 'visual-vocabulary-photo-colours',
} as const;

/** A generator that learns from pixels and a perceptual network, without a discriminator. */
const BY_PIXELS = {
  image_size: 128,
  batch_size: 8,
  adversarial_weight: 0,
  cluster_weight: 0,
  feature_matching_weight: 0,
  reconstruction_weight: 10,
} as const;

/** What the paper's Tables 2 and 3 compare, in one small budget: 1,600 steps of 16, half the painter's width. */
const compared = Object.entries(PRETRAINING_CONFIGS).map(
  ([config, { description }]): Stage => ({
    name: `compare-photos-${config}`,
    why: `${description}, small, of photographs.`,
    kind: 'pretrain',
    dataset: 'photos',
    seed: 1,
    minutes: 10,
    components: { ...BUILT_ON, generator: 'generator-photos' },
    hyperparameters: {
      config,
      steps: 1600,
      batch_size: 16,
      checkpoint_every: 800,
      learning_rate: 0.0015,
      pre_norm: true,
      l_layers: 2,
      r_layers: 1,
      x_layers: 3,
      hidden_size: 96,
      num_attention_heads: 4,
      intermediate_size: 384,
      image_share: 0.9,
      fully_masked_share: 0.8,
      vocabulary_size: 2000,
      validation_scenes: 128,
    },
  }),
);

/** Photographs painted, from an encoder that weighs colours. Its models are not shipped: they paint colours and places, no things. */
export default {
  title: 'Photographs, painted',
  took: 'three hours of one core (AVX-512) that had much other work',
  needs: 'A data set `photos` in DATA_DIR/datasets (docs/training.md, "Your own data").',
  imports: [
    {
      publish: 'grid-encoder/coco-colours',
      why: 'What grid-encoder/coco sees, and the colours of the four parts of each cell, weighed so that codes tell them.',
      command:
        'npm run import -- --from recipes/coco-colours-encoder.json --as grid-encoder/coco-colours --pictures data/datasets/photos/images',
    },
  ],
  stages: [
    {
      name: 'visual-vocabulary-photo-colours',
      why: '2,048 codes of all cells of all photographs.',
      kind: 'visual-vocabulary',
      dataset: 'photos',
      seed: 1,
      minutes: 13,
      components: { grid_encoder: 'grid-encoder/coco-colours' },
      hyperparameters: { clusters: 2048, iterations: 10, gate_scenes: 200, scenes: 14761 },
    },
    {
      name: 'generator-photos',
      why: 'Paints codes, from their mean patches on: pixels and a perceptual network alone.',
      kind: 'generator',
      dataset: 'photos',
      seed: 1,
      minutes: 35,
      components: { ...BUILT_ON, perceptual_network: 'grid-encoder/scenes' },
      hyperparameters: {
        ...BY_PIXELS,
        learning_rate: 0.001,
        adam_beta1: 0.9,
        steps: 3000,
        checkpoint_every: 250,
        validation_scenes: 64,
      },
    },
    {
      name: 'generator-photos-plain',
      why: 'Goes on with the pixels above all: the perceptual network, which knows drawings, left a pattern.',
      kind: 'generator',
      dataset: 'photos',
      seed: 3,
      minutes: 27,
      components: { ...BUILT_ON, base_model: 'generator-photos', perceptual_network: 'grid-encoder/scenes' },
      hyperparameters: {
        ...BY_PIXELS,
        perceptual_weight: 1,
        learning_rate: 0.0006,
        adam_beta1: 0.9,
        steps: 1200,
        checkpoint_every: 300,
        validation_scenes: 64,
      },
    },
    {
      name: 'x-lxmert-paint-photos',
      why: 'Paints photographs from captions.',
      kind: 'pretrain',
      dataset: 'photos',
      seed: 1,
      minutes: 90,
      components: { ...BUILT_ON, generator: 'generator-photos-plain' },
      hyperparameters: {
        exact_features: true,
        grounded_words: true,
        pre_norm: true,
        l_layers: 3,
        r_layers: 1,
        x_layers: 3,
        batch_size: 16,
        learning_rate: 0.0006,
        warmup_ratio: 0.02,
        image_share: 0.6,
        word_share: 0.5,
        question_share: 0.1,
        fully_masked_share: 0.5,
        uniform_word_mask_share: 0.5,
        checkpoint_every: 1000,
        steps: 9000,
        validation_scenes: 128,
      },
    },
    ...compared,
  ],
} satisfies Recipe;
