import Type, { type TObject } from 'typebox';
import { MOST_BOXES, USUAL_BOXES } from '../../boxes.ts';
import type { AnswerHead } from '../../models/finetuning-choices.ts';
import { ANSWER_LOSSES, NLVR2_SETUPS } from '../../models/finetuning-choices.ts';
import { KIND_DESCRIPTIONS } from '../kind-descriptions.ts';
import {
  commonHyperparameters,
  DROPOUT,
  PASSES,
  PRECISION,
  PROCESSES,
} from '../run/shared-hyperparameters.ts';

export interface FinetuningOutline {
  name: AnswerHead;
  description: string;
  hyperparameters: TObject;
}

export const FINETUNING = Type.Object({
  ...commonHyperparameters({
    steps: 3000,
    batch_size: 32,
    // The paper's.
    learning_rate: 5e-4,
    warmup_ratio: 0.1,
    weight_decay: 0.01,
    max_grad_norm: 1,
    checkpoint_every: 500,
  }),
  ...PASSES,
  ...PRECISION,
  ...PROCESSES,
  ...DROPOUT,
  scenes: Type.Integer({
    minimum: 2,
    maximum: 1_000_000,
    default: 16_384,
    description: 'Training scenes, whose features are computed once; of a directory all pictures, or these',
  }),
  validation_scenes: Type.Integer({ minimum: 2, maximum: 10_000, default: 256 }),
  boxes: Type.Integer({
    minimum: 0,
    maximum: MOST_BOXES,
    default: 0,
    description: `See pictures as so many boxes of a picture encoder that proposes them (the published detector, grid-encoder/coco), such as ${USUAL_BOXES}; 0: as its grid. Of features of boxes as many as there are`,
  }),
  mirror_share: Type.Number({
    minimum: 0,
    maximum: 1,
    default: 0,
    description:
      'Share of the examples whose pictures are seen as in a mirror, but of those that say left or right',
  }),
  base_share: Type.Number({
    minimum: 0,
    maximum: 0.9,
    default: 0,
    description:
      'Share of the weights of a base_model of the same task in the result, the rest is what was trained: between the ' +
      'two a model often knows more than either',
  }),
  text_only: Type.Boolean({
    default: false,
    description: 'Train without the picture (every feature 0): the baseline of what the words give away',
  }),
});

const VQA = {
  answer_loss: Type.Union(
    ANSWER_LOSSES.map((loss) => Type.Literal(loss)),
    {
      default: 'binary',
      description:
        "binary: each answer by itself, as the paper's; softmax: all against one another, which a small model of many " +
        'answers learns sooner',
    },
  ),
  other_picture_share: Type.Number({
    minimum: 0,
    maximum: 0.9,
    default: 0,
    description:
      'Share of the examples that are asked about a picture drawn at random, where the answer is to be as open as the ' +
      'first two words of the question leave it: so that questions are not learnt by heart',
  }),
};

const NLVR2 = {
  nlvr2_setup: Type.Union(
    NLVR2_SETUPS.map((setup) => Type.Literal(setup)),
    {
      default: 'pair',
      description:
        "UNITER's setup: a row for each picture, the same with attention between the rows, or all in one row; " +
        'LXMERT has the first alone',
    },
  ),
};

export const vqaOutline: FinetuningOutline = {
  name: 'vqa',
  description: KIND_DESCRIPTIONS.vqa,
  hyperparameters: Type.Object({ ...FINETUNING.properties, ...VQA }),
};

export const gqaOutline: FinetuningOutline = {
  name: 'gqa',
  description: KIND_DESCRIPTIONS.gqa,
  hyperparameters: FINETUNING,
};

export const nlvr2Outline: FinetuningOutline = {
  name: 'nlvr2',
  description: KIND_DESCRIPTIONS.nlvr2,
  hyperparameters: Type.Object({ ...FINETUNING.properties, ...NLVR2 }),
};
