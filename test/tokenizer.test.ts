import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadTokenizer, parseVocabulary } from '../src/tokenizer.ts';

const folder = new URL('./fixtures/tokenizer/', import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, folder), 'utf8');

interface Case {
  text: string;
  ids: number[];
  tokens: string[];
  truncated: boolean;
  full_length: number;
}
const { cases } = JSON.parse(read('cases.json')) as { cases: Case[] };
const bert = loadTokenizer(parseVocabulary(read('vocab.txt')));

describe('the published vocabulary', () => {
  it('is the one that imported models get', () => {
    const shipped = new URL('../src/zoo/import/bert-base-uncased/vocab.txt', import.meta.url);
    expect(readFileSync(shipped, 'utf8') === read('vocab.txt')).toBe(true);
  });

  it('has all of its tokens and the special ones where BERT has them', () => {
    expect(bert.vocabularySize).toBe(30522);
    expect([bert.pad, bert.unk, bert.cls, bert.sep, bert.mask]).toEqual([0, 100, 101, 102, 103]);
    expect(cases).toHaveLength(60);
  });

  it.each(cases.map((c) => [JSON.stringify(c.text.slice(0, 40)), c] as const))('%s', (_, expected) => {
    const { ids, truncated } = bert.encode(expected.text);
    expect(ids).toHaveLength(20);
    expect(ids.slice(0, expected.ids.length)).toEqual(expected.ids);
    expect(ids.slice(expected.ids.length).every((id) => id === 0)).toBe(true);
    expect(expected.ids.map((id) => bert.token(id))).toEqual(expected.tokens);
    expect(truncated).toBe(expected.truncated);
    const whole = bert.encode(expected.text, expected.full_length);
    expect(whole.truncated).toBe(false);
    expect(whole.ids.at(-1)).toBe(102);
  });
});

describe('the tokenizer', () => {
  const tiny = loadTokenizer(['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', 'a', 'dog', '##s', '.']);

  it('gives the text back without special tokens and padding', () => {
    expect(bert.decode(bert.encode('A giraffe walking on a road.').ids)).toBe('a giraffe walking on a road.');
    expect(tiny.decode(tiny.encode('A dogs.').ids)).toBe('a dogs.');
  });

  it('cuts before [SEP], which stays', () => {
    expect(tiny.encode('a dog a dog', 5)).toEqual({ ids: [2, 5, 6, 5, 3], truncated: true });
    expect(tiny.encode('a dog a', 5)).toEqual({ ids: [2, 5, 6, 5, 3], truncated: false });
  });

  it('answers any text, and what it does not know is [UNK]', () => {
    expect(tiny.encode('cat', 4).ids).toEqual([2, 1, 3, 0]);
    expect(tiny.encode('x'.repeat(10_000), 4)).toEqual({ ids: [2, 1, 3, 0], truncated: false });
  });

  it('tells the words that it does not know', () => {
    const spelling = loadTokenizer([
      ...['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', 'a', 'cat', 'frisbee', 'play', '##ing', '.', ','],
      ...'bcdefghijklmnopqrstuvwxyz',
      ...[...'abcdefghijklmnopqrstuvwxyz'].map((letter) => `##${letter}`),
    ]);
    const unknown = (text: string, length = 20) => spelling.read(text, length).unknownWords;
    // Whole, in pieces, and with a last letter.
    expect(unknown('A cat, playing frisbees.')).toEqual([]);
    // By letters, with an ending that is a piece, and with a beginning that happens to be a word.
    expect(unknown('a Salad sinking: catfish')).toEqual(['salad', 'sinking', 'catfish']);
    expect(unknown('Zürich zurich 猫 🐈 – cat')).toEqual(['zurich', '猫', '🐈']);
    expect(unknown('a cat a dog', 5)).toEqual([]);
    expect(unknown('')).toEqual([]);
    expect(spelling.read('a cat')).toMatchObject(spelling.encode('a cat'));
    // BERT knows what it has in pieces.
    expect(bert.read('a giraffe and a skateboarder').unknownWords).toEqual([]);

    // What is painted goes without them, and so more of the text fits.
    expect(spelling.readKnown('a salad, 🐈 playing frisbees and a catfish', 12)).toEqual({
      ...spelling.encode('a, playing frisbees a', 12),
      unknownWords: ['salad', '🐈', 'and', 'catfish'],
    });
    const known = 'a giraffe and a skateboarder on a uav';
    expect(bert.readKnown(known)).toMatchObject(bert.encode(known));
  });

  it('refuses a vocabulary that lacks a special token, naming it', () => {
    expect(() => loadTokenizer(['[PAD]', '[CLS]', 'a'])).toThrow(/\[UNK\], \[SEP\], \[MASK\]/);
  });

  it('refuses impossible lengths and ids', () => {
    expect(() => tiny.encode('a', 1)).toThrow(RangeError);
    expect(() => tiny.token(9)).toThrow(RangeError);
  });

  it('reads a vocabulary with either line ending', () => {
    expect(parseVocabulary('[PAD]\r\na\r\n')).toEqual(['[PAD]', 'a']);
    expect(parseVocabulary('[PAD]\na')).toEqual(['[PAD]', 'a']);
  });
});

// Expected: transformers 5.17.0, BertTokenizer(vocab.txt, do_lower_case=False).
describe('a vocabulary with capitals', () => {
  const cased = loadTokenizer(
    (
      '[PAD] [unused1] [UNK] [CLS] [SEP] [MASK] a man Paris paris caf ##é cafe café N ##ew New York on ##E E ##iff ##el ' +
      ". ' s Z ##ü ##rich 中 red"
    ).split(' '),
  );

  it.each([
    ["A man on Paris's café.", [3, 2, 7, 18, 8, 24, 25, 13, 23, 4]],
    ['a man in NewE York', [3, 6, 7, 2, 16, 19, 17, 4]],
    ['Zürich 中E red PARIS', [3, 26, 27, 28, 29, 20, 30, 2, 4]],
    ['Eiffel  Cafe\u0301 [MASK] cafe', [3, 20, 21, 22, 2, 5, 12, 4]],
  ])('%s keeps its case and accents', (text, ids) => {
    expect(cased.encode(text, ids.length)).toEqual({ ids, truncated: false });
  });
});
