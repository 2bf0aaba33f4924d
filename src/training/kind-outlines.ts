/** What each kind of training is called, is for, and can be told: the help of `train` needs no more of them. */
import type { TObject } from 'typebox';
import { extractOutline } from './extraction/outline.ts';
import { gqaOutline, nlvr2Outline, vqaOutline } from './finetuning/outlines.ts';
import { generatorOutline } from './generator/outline.ts';
import { pretrainOutline } from './pretraining/outline.ts';
import { drawingEncoderOutline } from './seeing/drawing-encoder-outline.ts';
import { gridEncoderOutline } from './seeing/grid-encoder-outline.ts';
import { pictureRouterOutline } from './seeing/picture-router-outline.ts';
import { recogniserOutline } from './seeing/recogniser-outline.ts';
import { visualVocabularyOutline } from './vocabulary/outline.ts';

export interface KindOutline {
  name: string;
  description: string;
  hyperparameters: TObject;
}

export const KIND_OUTLINES: readonly KindOutline[] = [
  gridEncoderOutline,
  visualVocabularyOutline,
  generatorOutline,
  pretrainOutline,
  vqaOutline,
  gqaOutline,
  nlvr2Outline,
  recogniserOutline,
  drawingEncoderOutline,
  pictureRouterOutline,
  extractOutline,
];
