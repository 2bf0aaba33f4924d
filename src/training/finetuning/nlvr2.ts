import { finetuningKind } from './kind.ts';
import { nlvr2Outline } from './outlines.ts';

/** Cross-entropy of false and true, with a head of its own on what two pictures pool to. */
export const nlvr2 = finetuningKind(nlvr2Outline);
