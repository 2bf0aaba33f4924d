/** A sentence about the words that a model does not know. */
export const notKnown = (words: readonly string[]): string =>
  `the model does not know ${words.length === 1 ? 'the word' : 'the words'} ${words.map((word) => `“${word}”`).join(', ')}`;
