import Type from 'typebox';
import { MOST_BOXES, USUAL_BOXES } from '../../boxes.ts';
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
    boxes: Type.Integer({
      minimum: 0,
      maximum: MOST_BOXES,
      default: 0,
      description: `So many boxes of each picture, such as ${USUAL_BOXES}, of an encoder that proposes them (the published detector, grid-encoder/coco); 0: its grid`,
    }),
  }),
};
