import { finetuningKind } from './kind.ts';

/** Cross-entropy, from the pre-trained QA head. */
export const gqa = finetuningKind(
  'gqa',
  'X-LXMERT or X-UNITER fine-tuned on questions of several steps',
  3000,
  32,
);
