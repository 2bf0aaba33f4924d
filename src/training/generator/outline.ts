import Type from 'typebox';
import { KIND_DESCRIPTIONS } from '../kind-descriptions.ts';
import { commonHyperparameters, PASSES } from '../run/shared-hyperparameters.ts';

const lossWeight = (value: number, description: string) =>
  Type.Number({ minimum: 0, maximum: 1000, default: value, description });
const { weight_decay: _, ...common } = commonHyperparameters({
  steps: 4000,
  batch_size: 8,
  learning_rate: 4e-4,
  warmup_ratio: 0.02,
  weight_decay: 0,
  max_grad_norm: 1,
  checkpoint_every: 250,
});

export const generatorOutline = {
  name: 'generator',
  description: KIND_DESCRIPTIONS.generator,
  hyperparameters: Type.Object({
    ...common,
    ...PASSES,
    discriminator_learning_rate: Type.Number({ exclusiveMinimum: 0, maximum: 1, default: 1e-4 }),
    adam_beta1: Type.Number({ minimum: 0, exclusiveMaximum: 1, default: 0 }),
    architecture: Type.Union([Type.Literal('pixel-shuffle'), Type.Literal('spade')], {
      default: 'pixel-shuffle',
      description: "spade: the paper's; pixel-shuffle: five times faster",
    }),
    image_size: Type.Union([Type.Literal(128), Type.Literal(256)], {
      default: 128,
      description: 'Pixels of a side of what is painted',
    }),
    doubling: Type.Boolean({
      default: false,
      description:
        'base_model (pixel-shuffle) goes on painting as it does, at half of image_size, and a small network, which ' +
        'alone is trained, draws that at twice the side',
    }),
    part_patches: Type.Boolean({
      default: false,
      description:
        'Of scenes, with a base_model (pixel-shuffle), which goes on painting as it does: a code that several parts of ' +
        'things share gets a patch for each, and what lies around a cell says which. With a doubling both are trained',
    }),
    codebook_dim: Type.Integer({
      minimum: 4,
      maximum: 1024,
      multipleOf: 4,
      default: 64,
      description: 'Width that the centroids are narrowed to',
    }),
    constant_rate: Type.Boolean({
      default: false,
      description: 'Learning rates that stay as they are after the warm-up, as in the paper',
    }),
    patch_rate_factor: Type.Number({
      exclusiveMinimum: 0,
      maximum: 1000,
      default: 1,
      description:
        "Factor on the learning rate for the codes' patches (pixel-shuffle): a step shows few of them",
    }),
    discriminator_width: Type.Integer({ minimum: 4, maximum: 512, default: 32 }),
    reconstruction_weight: lossWeight(0, 'Smooth L1 between pixels'),
    adversarial_weight: lossWeight(1, 'Hinge loss'),
    cluster_weight: lossWeight(1, 'AC-GAN: the discriminator names each cell’s code'),
    feature_matching_weight: lossWeight(10, 'Smooth L1 between the discriminator’s blocks'),
    perceptual_weight: lossWeight(10, 'Smooth L1 between the picture encoder’s stages'),
    scenes: Type.Integer({
      minimum: 1,
      maximum: 1_000_000,
      default: 32_768,
      description: 'Training scenes; of a directory all pictures of pre-training, or these',
    }),
    validation_scenes: Type.Integer({ minimum: 1, maximum: 10_000, default: 128 }),
  }),
};
