import Type from 'typebox';
import { KIND_DESCRIPTIONS } from '../kind-descriptions.ts';
import { commonHyperparameters } from '../run/shared-hyperparameters.ts';

export const recogniserOutline = {
  name: 'recogniser',
  description: KIND_DESCRIPTIONS.recogniser,
  hyperparameters: Type.Object({
    ...commonHyperparameters({
      steps: 1600,
      batch_size: 16,
      learning_rate: 2e-3,
      warmup_ratio: 0.05,
      weight_decay: 0.01,
      max_grad_norm: 1,
      checkpoint_every: 400,
    }),
    width: Type.Integer({
      minimum: 8,
      maximum: 512,
      multipleOf: 8,
      default: 32,
      description: 'Channels at stride 4; twice and four times as many at strides 8 and 16',
    }),
    empty_cell_weight: Type.Number({ minimum: 0, maximum: 1, default: 0.2 }),
    threshold: Type.Number({
      minimum: 0,
      maximum: 1,
      default: 0.7,
      description: 'Least probability that counts as an object',
    }),
    validation_scenes: Type.Integer({ minimum: 1, maximum: 10_000, default: 500 }),
  }),
};
