import type { QuestionKind } from './ask.ts';

export interface CaptionedPicture {
  picture: string;
  captions: readonly string[];
}

export interface PictureQuestion {
  picture: string;
  kind: QuestionKind;
  question: string;
  /** Answer → how right, 0..1: the share of captions that say so, of those of the answer most of them say. */
  answers: ReadonlyMap<string, number>;
}
