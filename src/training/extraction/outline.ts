import Type from 'typebox';
import { KIND_DESCRIPTIONS } from '../kind-descriptions.ts';

export const extractOutline = {
  name: 'extract',
  description: KIND_DESCRIPTIONS.extract,
  hyperparameters: Type.Object({
    images_per_file: Type.Integer({
      minimum: 1,
      maximum: 100_000,
      default: 1000,
      description: 'Pictures of a file; while it is made, it takes twice its size',
    }),
  }),
};
