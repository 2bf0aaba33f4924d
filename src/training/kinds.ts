import { extract } from './extraction/kind.ts';
import { gqa } from './finetuning/gqa.ts';
import { nlvr2 } from './finetuning/nlvr2.ts';
import { vqa } from './finetuning/vqa.ts';
import { generator } from './generator/kind.ts';
import { pretrain } from './pretraining/kind.ts';
import type { TrainingKind } from './run/training-kind.ts';
import { drawingEncoder } from './seeing/drawing-encoder.ts';
import { gridEncoder } from './seeing/grid-encoder.ts';
import { pictureRouter } from './seeing/picture-router.ts';
import { recogniser } from './seeing/recogniser.ts';
import { visualVocabulary } from './vocabulary/kind.ts';

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
  drawingEncoder,
  pictureRouter,
  extract,
];
