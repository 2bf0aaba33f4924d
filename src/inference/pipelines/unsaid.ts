/** What goes without saying, said: a model that seldom read "a bus" without its colour paints "a yellow bus" better. */
import { withAgreeingArticles } from '../../articles.ts';

const OPENERS = ['a', 'an', 'the', 'one', 'two', 'three', 'four', '[2-9]'].join('|');

/**
 * Puts the word that goes without saying before each noun of a text that has none: behind an article or a number.
 * @param unsaid noun → word, in lower case, of the model's config
 */
export function unsaidSayer(unsaid: Readonly<Record<string, string>> = {}): (text: string) => string {
  const nouns = Object.keys(unsaid).sort((a, b) => b.length - a.length);
  if (nouns.length === 0) return (text) => text;
  const phrase = new RegExp(`\\b(${OPENERS})(\\s+)(${nouns.join('|')})\\b`, 'gi');
  return (text) => {
    const said = text.replace(
      phrase,
      (_, opener: string, space: string, noun: string) =>
        `${opener}${space}${unsaid[noun.toLowerCase()]} ${noun}`,
    );
    return said === text ? text : withAgreeingArticles(said);
  };
}
