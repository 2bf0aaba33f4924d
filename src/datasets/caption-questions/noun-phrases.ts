/**
 * Noun phrases of captions, without a parser: which words are nouns is learnt from the captions themselves. A word that
 * often stands alone between a determiner and the end of a phrase ("the dog on …") is one, whatever the captions are of.
 */
import {
  ADJECTIVES,
  COLOURS,
  DETERMINERS,
  isBoundary,
  isNoThing,
  NUMBERS,
  QUANTITIES,
} from './word-classes.ts';

/** In lower case; punctuation marks are words. */
export const wordsOf = (caption: string): string[] =>
  caption.toLowerCase().match(/[a-z]+(?:['-][a-z]+)*|\d+|[^\s\w]/g) ?? [];

export type Nouns = ReadonlySet<string>;

/** A word is a noun when it stood so at least this often, and at least in this share of its places. */
const FEWEST = 3;
const LEAST_SHARE = 0.1;
/** Share of a word that may be a verb's third person: "the other reads a book". */
const LEAST_SHARE_OF_VERBS = 0.25;
/** Before a verb may stand "her", "one" and "another". */
const SURE = new Set('a an the his their its two three four five six some several many'.split(' '));

export function learnNouns(captions: Iterable<readonly string[]>): Nouns {
  const all = new Map<string, number>();
  const alone = new Map<string, number>();
  for (const words of captions) {
    for (const [i, word] of words.entries()) {
      all.set(word, (all.get(word) ?? 0) + 1);
      if (isBoundary(word) || isNoThing(word)) continue;
      const next = words[i + 1];
      if (next !== undefined && !isBoundary(next)) continue;
      let before = i - 1;
      while (before >= 0 && (COLOURS.has(words[before]!) || ADJECTIVES.has(words[before]!))) before--;
      if (SURE.has(words[before] ?? '')) alone.set(word, (alone.get(word) ?? 0) + 1);
    }
  }
  const isNoun = (word: string, count: number) => {
    const least = mayBeVerb(word, all) ? LEAST_SHARE_OF_VERBS : LEAST_SHARE;
    return count >= FEWEST && count >= least * all.get(word)!;
  };
  return new Set([...alone].flatMap(([word, count]) => (isNoun(word, count) ? [word] : [])));
}

/** "reads" where there is "reading", and "reading" itself. */
function mayBeVerb(word: string, all: ReadonlyMap<string, number>): boolean {
  if (word.endsWith('ing') || word.endsWith('ed')) return true;
  const stem = word.replace(/e?s$/, '');
  return (
    word.endsWith('s') &&
    [stem, word.slice(0, -1), `${stem}${stem.at(-1)}`].some((one) => all.has(`${one}ing`))
  );
}

const opensPhrase = (word: string | undefined): boolean =>
  word !== undefined && (DETERMINERS.has(word) || NUMBERS.has(word) || QUANTITIES.has(word));

export interface NounPhrase {
  /** From the determiner (or the first word) to behind the last noun. */
  start: number;
  end: number;
  /** "a", "two"; undefined where the phrase has none. */
  opening: string | undefined;
  /** "small brown" */
  modifiers: readonly string[];
  /** "tennis racket", the head last. */
  nouns: readonly string[];
}

export const headOf = ({ nouns }: NounPhrase): string => nouns.at(-1)!;

const MOST_MODIFIERS = 3;

export function nounPhrases(words: readonly string[], nouns: Nouns): NounPhrase[] {
  const phrases: NounPhrase[] = [];
  for (let i = 0; i < words.length; ) {
    const phrase = phraseAt(words, i, nouns);
    if (phrase) phrases.push(phrase);
    i = phrase ? phrase.end : i + 1;
  }
  return phrases;
}

function phraseAt(words: readonly string[], start: number, nouns: Nouns): NounPhrase | undefined {
  const opened = opensPhrase(words[start]);
  let at = opened ? start + 1 : start;
  const first = at;
  // "black and white" is one modifier of two.
  while (at < words.length && at - first <= MOST_MODIFIERS && !nouns.has(words[at]!)) {
    const joins =
      words[at] === 'and' && at > first && words[at + 1] !== undefined && !isBoundary(words[at + 1]!);
    if (!joins && isBoundary(words[at]!)) return undefined;
    at++;
  }
  const head = at;
  while (at < words.length && nouns.has(words[at]!)) at++;
  if (at === head) return undefined;
  return {
    start,
    end: at,
    opening: opened ? words[start] : undefined,
    modifiers: words.slice(first, head),
    nouns: words.slice(head, at),
  };
}
