/** How an item is put to people, and what their answers are kept as. */
import { createHash } from 'node:crypto';
import { plainWord } from './lemmas.ts';

/** The text with a gap where the word was. */
export const masked = ({ text, word, start }: { text: string; word: string | null; start: number | null }) =>
  word === null || start === null ? text : `${text.slice(0, start)}_____${text.slice(start + word.length)}`;

/** Sides where nobody is known yet: by the item's id, which is random. */
export const turkSwaps = (item: string): boolean => createHash('sha256').update(item).digest()[0]! % 2 === 1;

export const NO_PICTURE = 'The study has no such picture, or it was not shown to you.';

export const wanted = (kind: string) =>
  kind === 'hummus'
    ? 'The answer must be a word of at most 40 letters.'
    : 'The answer must be left, right or tie.';

/** As it is kept: a plain word, or first, second, tie. Undefined when it is neither. */
export function readAnswer(kind: string, answer: string, swapped: boolean): string | undefined {
  if (kind === 'hummus') {
    const word = plainWord(answer);
    return word.length > 0 && word.length <= 40 ? word : undefined;
  }
  const side = answer.trim().toLowerCase();
  if (side === 'tie') return 'tie';
  if (side !== 'left' && side !== 'right') return undefined;
  return (side === 'left') === swapped ? 'second' : 'first';
}
