import Type from 'typebox';
import { KIND_DESCRIPTIONS } from '../kind-descriptions.ts';
import { commonHyperparameters } from '../run/shared-hyperparameters.ts';

export const drawingEncoderOutline = {
  name: 'drawing-encoder',
  description: KIND_DESCRIPTIONS['drawing-encoder'],
  hyperparameters: Type.Object({
    ...commonHyperparameters({
      steps: 2400,
      batch_size: 32,
      learning_rate: 1.5e-3,
      warmup_ratio: 0.1,
      weight_decay: 0.05,
      max_grad_norm: 1,
      checkpoint_every: 400,
    }),
    width: Type.Integer({ minimum: 8, maximum: 4096, default: 256, description: 'Of the head' }),
    blocks: Type.Integer({ minimum: 0, maximum: 16, default: 3, description: 'Of the head, 3 × 3 each' }),
    likeness_weight: Type.Number({
      minimum: 0,
      maximum: 1000,
      default: 8,
      description:
        'Of the squared distance from the features of base_model, beside what its heads read of them',
    }),
    empty_cell_weight: Type.Number({ minimum: 0, maximum: 1, default: 0.3 }),
    scenes: Type.Integer({
      minimum: 2,
      maximum: 1_000_000,
      default: 6144,
      description: 'Training scenes, whose features are computed once',
    }),
    validation_scenes: Type.Integer({ minimum: 1, maximum: 10_000, default: 256 }),
  }),
};
