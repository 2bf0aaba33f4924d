/** What kind of answer a question wants, by its words: for data sets that do not say. */
export type AskedKind = 'yes/no' | 'number' | 'colour' | 'other';

const YES_NO =
  /^(is|are|was|were|am|do|does|did|has|have|had|can|could|will|would|should|may|might|must|isn't|aren't|doesn't|don't)\b(?!.*\bor\b)/;
const NUMBER = /^(how many|what number|what is the number|how much|what time|what year)\b/;
const COLOUR = /\bcolou?rs?\b/;

/** "Is it red or blue?" wants no yes. */
export function askedKind(question: string): AskedKind {
  const words = question.trim().toLowerCase();
  if (YES_NO.test(words)) return 'yes/no';
  if (NUMBER.test(words)) return 'number';
  return COLOUR.test(words) ? 'colour' : 'other';
}
