/** What the words of a vocabulary are to a caption: which it says once, and which agree in number. */

const ADJECTIVES = [
  'red orange yellow green blue purple pink brown black white gray grey golden silver dark light bright',
  'big small large little tall young old',
];

/** Words that English captions repeat: "a red cup and a red plate on the table", "two dogs and two cats". */
const REPEATED = new Set(
  [
    'a an the this that these those some another other each every all both',
    'and or but while as with without of in on at to by from for into onto over under above below near next beside',
    'between behind before after front up down out off through around across along inside outside left right top',
    'is are was be being has have its his her their there who which',
    'one two three four five six seven eight nine ten several many few',
    ...ADJECTIVES,
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
const IRREGULAR: Partial<Record<string, string>> = {
  ...{ children: 'child', feet: 'foot', teeth: 'tooth', geese: 'goose', mice: 'mouse' },
};

const NUMBERS = new Set('two three four five six seven eight nine ten'.split(' '));

/**
 * Counts the words of a text that do not agree with the number before them: "a dogs", "a brown dogs", "two brown dog".
 * Forms of several are those in "s", "es" and "ies" whose word without it is in the vocabulary, and the commonest others;
 * verbs are among them ("sits"), which no "a" wants either. Of two nouns the second counts: "two baby elephants".
 */
export function numberSlips(vocabulary: readonly string[]): (ids: readonly number[]) => number {
  const words = vocabulary.map((word) => word.toLowerCase());
  const known = new Set(words);
  const adjectives = new Set(ADJECTIVES.flatMap((line) => line.split(' ')));
  const singulars = new Set<string>();
  const several = new Set<number>();
  for (const [id, word] of words.entries()) {
    const singular = singularOf(word, known);
    if (singular === undefined) continue;
    several.add(id);
    singulars.add(singular);
  }
  const behind = (ids: readonly number[], at: number): number => {
    let next = at + 1;
    while (next < ids.length && adjectives.has(words[ids[next]!]!)) next++;
    return next;
  };
  return (ids) =>
    ids.filter((id, at) => {
      const word = words[id]!;
      const next = behind(ids, at);
      if (next >= ids.length) return false;
      if (word === 'a' || word === 'an') return several.has(ids[next]!);
      if (!NUMBERS.has(word)) return false;
      return singulars.has(words[ids[next]!]!) && !several.has(ids[next]!) && !several.has(ids[next + 1]!);
    }).length;
}

/** The form of one, where this is one of several. */
function singularOf(form: string, known: ReadonlySet<string>): string | undefined {
  if (ONE_TOO.has(form) || !/^[a-z-]+$/.test(form)) return undefined;
  if (IRREGULAR[form] !== undefined) return IRREGULAR[form];
  const endings: [RegExp, string][] = [
    [/men$/, 'man'],
    [/(?<=[^sui])s$/, ''],
    [/(?<=[sxz]|ch|sh|o)es$/, ''],
    [/ies$/, 'y'],
  ];
  return endings
    .filter(([ending]) => ending.test(form))
    .map(([ending, one]) => form.replace(ending, one))
    .find((one) => one.length > 2 && known.has(one));
}
