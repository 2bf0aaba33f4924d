/** What the words of a vocabulary are to a caption: which it says once, and which stand for several things. */

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

/** Forms that are both, or stand before what "a" is of: "a series", "a sports car". */
const ONE_TOO = new Set('news series species means works sports thumbs lens james headquarters'.split(' '));
const IRREGULAR = new Set('children feet teeth geese mice'.split(' '));

/**
 * Ids of the words that want one thing behind them ("a", "an") and of the forms of several: those in "s", "es" and "ies"
 * whose word without it is there too, and the commonest others. Verbs are among them ("sits"), which no "a" wants either.
 */
export function wordsOfNumber(vocabulary: readonly string[]): {
  one: Set<number>;
  several: Set<number>;
} {
  const known = new Set(vocabulary.map((word) => word.toLowerCase()));
  const isSeveral = (form: string): boolean => {
    if (ONE_TOO.has(form) || !/^[a-z-]+$/.test(form)) return false;
    if (IRREGULAR.has(form)) return true;
    if (form.endsWith('men')) return known.has(`${form.slice(0, -3)}man`);
    const without = [form.slice(0, -1), form.slice(0, -2), `${form.slice(0, -3)}y`];
    const ends = [/[^sui]s$/, /(?:[sxz]|ch|sh|o)es$/, /ies$/];
    return ends.some((end, i) => end.test(form) && without[i]!.length > 2 && known.has(without[i]!));
  };
  const ids = (is: (word: string) => boolean) =>
    new Set(vocabulary.flatMap((word, id) => (is(word.toLowerCase()) ? [id] : [])));
  return { one: ids((word) => word === 'a' || word === 'an'), several: ids(isSeveral) };
}
