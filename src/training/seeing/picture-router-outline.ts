import Type from 'typebox';
import { KIND_DESCRIPTIONS } from '../kind-descriptions.ts';

export const pictureRouterOutline = {
  name: 'picture-router',
  description: KIND_DESCRIPTIONS['picture-router'],
  hyperparameters: Type.Object({
    pictures: Type.Integer({
      minimum: 16,
      maximum: 100_000,
      default: 3000,
      description: 'Photographs, and as many scenes; a fifth of both is held back',
    }),
    redrawn: Type.Boolean({
      default: false,
      description:
        'Scenes drawn by others too, of the world redrawn, whose sets of drawings must be installed',
    }),
    ridge: Type.Number({
      minimum: 1e-6,
      maximum: 1e3,
      default: 1,
      description: 'Weight of the squared weights',
    }),
  }),
};
