import { finetuningKind } from './kind.ts';
import { gqaOutline } from './outlines.ts';

/** Cross-entropy, from the pre-trained QA head. */
export const gqa = finetuningKind(gqaOutline);
