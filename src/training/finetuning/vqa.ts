import { finetuningKind } from './kind.ts';
import { vqaOutline } from './outlines.ts';

/** Binary cross-entropy on soft scores, from the pre-trained QA head. */
export const vqa = finetuningKind(vqaOutline);
