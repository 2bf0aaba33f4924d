import type { TrainingKind } from '../kind.ts';
import { generator } from './generator.ts';
import { gqa } from './gqa.ts';
import { gridEncoder } from './grid-encoder.ts';
import { nlvr2 } from './nlvr2.ts';
import { pictureRouter } from './picture-router.ts';
import { pretrain } from './pretrain.ts';
import { recogniser } from './recogniser.ts';
import { visualVocabulary } from './visual-vocabulary.ts';
import { vqa } from './vqa.ts';

/** Every kind of training, in the order in which a zoo is made. */
export const KINDS: readonly TrainingKind[] = [
  gridEncoder,
  visualVocabulary,
  generator,
  pretrain,
  vqa,
  gqa,
  nlvr2,
  recogniser,
  pictureRouter,
];
