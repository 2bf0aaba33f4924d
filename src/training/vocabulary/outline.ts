import Type from 'typebox';
import { KIND_DESCRIPTIONS } from '../kind-descriptions.ts';

export const visualVocabularyOutline = {
  name: 'visual-vocabulary',
  description: KIND_DESCRIPTIONS['visual-vocabulary'],
  hyperparameters: Type.Object({
    clusters: Type.Integer({ minimum: 2, maximum: 32_000, default: 1024 }),
    iterations: Type.Integer({ minimum: 1, maximum: 1000, default: 20 }),
    scenes: Type.Integer({
      minimum: 1,
      maximum: 1_000_000,
      default: 8192,
      description: 'Training scenes sampled; of a directory all pictures of pre-training, or these',
    }),
    object_share: Type.Number({
      minimum: 0.05,
      maximum: 0.95,
      default: 0.75,
      description: 'Share of the points that are cells of objects, where that is known: in scenes',
    }),
    gate_scenes: Type.Integer({ minimum: 1, maximum: 10_000, default: 300 }),
  }),
};
