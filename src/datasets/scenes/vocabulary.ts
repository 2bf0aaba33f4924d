/** The WordPiece vocabulary of the scene worlds: every word the grammar can say, and letters for all others. */
import { BACKGROUNDS } from './backgrounds.ts';
import { CATALOGUE } from './catalogue.ts';
import {
  COLOUR_WORDS,
  COMMON_WORDS,
  COUNTS,
  GENERAL_NOUNS,
  ONE,
  OPENINGS,
  PRAISE,
  RELATION_WORDS,
  relationWords,
  TEMPLATE_WORDS,
  verbs,
  type Weighted,
} from './lexicon.ts';
import type { Relation } from './scene.ts';

const SPECIAL = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'];
const PUNCTUATION = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~';
const LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789';
const ENDINGS = ['s', 'es', 'ed', 'd', 'ing', 'er', 'est', 'ly', 'y', 'n', 'al', 'ful', 'man', 'men', 'ies'];

/**
 * The same for every world, so that a wider world keeps its checkpoint's embeddings: [PAD] = 0, [UNK], [CLS],
 * [SEP], [MASK], then words in alphabetical order, then letters and endings.
 */
export function sceneVocabulary(): string[] {
  const phrases: string[] = [TEMPLATE_WORDS, COMMON_WORDS];
  const collect = (weighted: Weighted) => phrases.push(...weighted.map(([phrase]) => phrase));
  for (const item of CATALOGUE) {
    phrases.push(item.name, ...item.nouns.map(([singular, plural]) => `${singular} ${plural}`));
    for (const support of ['ground', 'water', 'air'] as const)
      for (const background of ['road', 'grass'])
        for (const aloft of [true, false]) collect(verbs(item, aloft, support, background));
    for (const relation of Object.keys(RELATION_WORDS)) collect(relationWords(relation as Relation, item));
  }
  for (const background of BACKGROUNDS) {
    phrases.push(background.name);
    collect(background.on);
    collect(background.over);
  }
  for (const [name, words] of Object.entries(COLOUR_WORDS)) {
    phrases.push(name);
    collect(words);
  }
  for (const words of [...Object.values(COUNTS), ONE, OPENINGS, PRAISE]) collect(words);
  for (const { singular, plural } of GENERAL_NOUNS) phrases.push(singular, plural);

  const letters = [...PUNCTUATION, ...LETTERS];
  const words = new Set(phrases.join(' ').match(/[a-z]+|[0-9]+/g));
  for (const letter of letters) words.delete(letter);
  const pieces = new Set([...LETTERS, ...ENDINGS].map((piece) => `##${piece}`));
  return [...SPECIAL, ...[...words].sort(), ...letters, ...pieces];
}
