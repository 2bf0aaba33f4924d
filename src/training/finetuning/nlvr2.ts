import { finetuningKind } from './kind.ts';

/** Cross-entropy of false and true, with a head of its own on what two pictures pool to. */
export const nlvr2 = finetuningKind(
  'nlvr2',
  'X-LXMERT or X-UNITER fine-tuned on statements about pairs',
  3000,
  32,
);
