import type { TrainingKind } from '../kind.ts';
import { generator } from './generator.ts';
import { gridEncoder } from './grid-encoder.ts';
import { pretrain } from './pretrain.ts';
import { recogniser } from './recogniser.ts';
import { visualVocabulary } from './visual-vocabulary.ts';

/** Every kind of training, in the order in which a zoo is made. */
export const KINDS: readonly TrainingKind[] = [
  gridEncoder,
  visualVocabulary,
  generator,
  pretrain,
  recogniser,
];
