/** "a" and "an", by how the next word sounds: "an hour", "a uniform". */
import indefinite from 'indefinite';

/** Of a word, or of a phrase that begins with it. */
export const articleOf = (phrase: string): string => indefinite(phrase.toLowerCase(), { articleOnly: true });

export const withArticle = (phrase: string): string => `${articleOf(phrase)} ${phrase}`;

/** The text with each "a" and "an" as the word behind it wants it, in their own case. */
export const withAgreeingArticles = (text: string): string =>
  text.replace(/\b(a)n?(?=\s+(\w[\w'-]*))/gi, (_, a: string, next: string) => a + articleOf(next).slice(1));
