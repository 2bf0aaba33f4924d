/** Which words of a vocabulary a caption says once: those that name things and what they do. */

/** Words that English captions repeat: "a red cup and a red plate on the table", "two dogs and two cats". */
const REPEATED = new Set(
  [
    'a an the this that these those some another other each every all both',
    'and or but while as with without of in on at to by from for into onto over under above below near next beside',
    'between behind before after front up down out off through around across along inside outside left right top',
    'is are was be being has have its his her their there who which',
    'one two three four five six seven eight nine ten several many few',
    'red orange yellow green blue purple pink brown black white gray grey golden silver dark light bright',
    'big small large little tall young old',
  ].flatMap((line) => line.split(' ')),
);

/**
 * Ids of the words of a vocabulary that are neither in that list, nor pieces of words, nor marks, digits and single
 * letters. A vocabulary of another language has its small words among them, and captions that say each once.
 */
export function contentWords(vocabulary: readonly string[]): Set<number> {
  const ids = vocabulary.flatMap((word, id) =>
    /^\p{L}[\p{L}'-]+$/u.test(word) && !REPEATED.has(word.toLowerCase()) ? [id] : [],
  );
  return new Set(ids);
}
