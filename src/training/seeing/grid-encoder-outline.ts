import Type from 'typebox';
import { KIND_DESCRIPTIONS } from '../kind-descriptions.ts';
import { commonHyperparameters } from '../run/shared-hyperparameters.ts';

export const gridEncoderOutline = {
  name: 'grid-encoder',
  description: KIND_DESCRIPTIONS['grid-encoder'],
  hyperparameters: Type.Object({
    ...commonHyperparameters({
      steps: 1200,
      batch_size: 32,
      learning_rate: 2e-3,
      warmup_ratio: 0.05,
      weight_decay: 0.01,
      max_grad_norm: 1,
      checkpoint_every: 200,
    }),
    width: Type.Integer({
      minimum: 16,
      maximum: 1024,
      multipleOf: 8,
      default: 128,
      description: 'Feature width F',
    }),
    place_labels: Type.Boolean({
      default: false,
      description:
        'Label empty cells with their place. Keeps landmarks such as the moon apart, but k-means then tells places ' +
        'apart before backgrounds and colours: the gate fell with it wherever it was tried',
    }),
    empty_cell_weight: Type.Number({ minimum: 0, maximum: 1, default: 0.3 }),
    validation_scenes: Type.Integer({ minimum: 1, maximum: 10_000, default: 256 }),
  }),
};
