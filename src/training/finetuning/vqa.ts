import { finetuningKind } from './kind.ts';

/** Binary cross-entropy on soft scores, from the pre-trained QA head. */
export const vqa = finetuningKind(
  'vqa',
  'X-LXMERT or X-UNITER fine-tuned on questions about scenes',
  3000,
  32,
);
