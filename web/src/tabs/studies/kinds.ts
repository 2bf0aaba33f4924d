/** The kinds of studies, by what people are asked. */
import type { Schemas } from '../../api.ts';

export type Kind = Schemas['StudyKind'];

export const ASKS: Record<Kind, string> = {
  semantic: 'Which picture fits the caption?',
  fidelity: 'Which picture looks more real?',
  hummus: 'Which word of the caption is hidden?',
};
