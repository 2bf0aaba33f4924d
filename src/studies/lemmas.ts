/**
 * When two words are the same to HUMMUS, which "matches on the lemmatized forms of masked words" (paper, section 7.1):
 * dogs and dog, rode and riding, but not puppy and dog.
 */
import { createRequire } from 'node:module';
import type { WordCategory } from '../evaluation/category-words.ts';

type Lemmatizer = typeof import('wink-lemmatizer').default;
let wordNet: Lemmatizer | undefined;
/** Its words take a quarter of a second to read: not at the start of a server. */
const lemmatizer = (): Lemmatizer =>
  (wordNet ??= createRequire(import.meta.url)('wink-lemmatizer') as Lemmatizer);

/** Where WordNet has no lemma, or a rarer one (riding is a form of to rid, too). */
const IRREGULAR: Readonly<Record<string, string>> = { people: 'person', grey: 'gray', rid: 'ride' };

/** Small letters, single spaces, nothing but letters, digits, hyphens and apostrophes. */
export const plainWord = (text: string): string =>
  text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}'-]+/gu, ' ')
    .trim()
    .replace(/^(?:an?|the) /, '');

/** The lemma of a word of a category; of several words the last one has the form. */
export function lemmaOf(text: string, category: WordCategory): string {
  const words = plainWord(text).split(' ');
  const last = words.pop()!;
  const lemma =
    IRREGULAR[last] ??
    (category === 'noun' ? lemmatizer().noun(last) : category === 'verb' ? lemmatizer().verb(last) : last);
  return [...words, IRREGULAR[lemma] ?? lemma].join(' ');
}
