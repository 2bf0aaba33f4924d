import { describe, expect, it } from 'vitest';
import { sceneVocabulary } from '../../../src/datasets/scenes/index.ts';
import { loadTokenizer } from '../../../src/tokenizer.ts';
import { countWords, wordVocabulary } from '../../../src/training/pretraining/word-vocabulary.ts';

const TEXTS = [
  ...Array(40).fill('A dog runs on the grass.'),
  ...Array(30).fill('Two dogs are running in the snow'),
  ...Array(6).fill('A Skateboarder skateboarding; a skateboard'),
  'A zeppelin, once: Zürich!',
] as string[];

const pieces = (vocabulary: readonly string[], text: string): string[] => {
  const tokenizer = loadTokenizer(vocabulary);
  const { ids } = tokenizer.encode(text, 64);
  return ids
    .filter((id) => id !== tokenizer.pad)
    .map((id) => tokenizer.token(id))
    .slice(1, -1);
};

describe('wordVocabulary', () => {
  it('counts words as the tokenizer splits them', async () => {
    const counts = await countWords(TEXTS);
    expect(counts.get('dog')).toBe(40);
    expect(counts.get('skateboarder')).toBe(6);
    expect(counts.get('zurich')).toBe(1);
    expect(counts.get('.')).toBe(40);
  });

  it('has the special tokens first, [PAD] = 0, and no token twice', async () => {
    const vocabulary = wordVocabulary(await countWords(TEXTS), 400);
    expect(vocabulary.slice(0, 5)).toEqual(['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]']);
    expect(new Set(vocabulary).size).toBe(vocabulary.length);
    expect(vocabulary.every((token) => token !== '' && !/\s/.test(token))).toBe(true);
  });

  it('keeps frequent words whole, and spells what came once', async () => {
    const vocabulary = wordVocabulary(await countWords(TEXTS), 1000);
    expect(pieces(vocabulary, 'Two DOGS, running on snow!')).toEqual([
      ...['two', 'dogs', ',', 'running', 'on', 'snow', '!'],
    ]);
    expect(vocabulary).not.toContain('zeppelin');
    expect(pieces(vocabulary, 'zeppelin').join('').replaceAll('##', '')).toBe('zeppelin');
  });

  it('shares pieces between rare words when there is no room for all', async () => {
    const counts = new Map(
      ['skate', 'surf', 'wake', 'snow'].flatMap((what) => [
        [`${what}board`, 5] as const,
        [`${what}boarder`, 4] as const,
        [`${what}boarding`, 3] as const,
      ]),
    );
    const bare = wordVocabulary(counts, 0).length;
    const vocabulary = wordVocabulary(counts, bare + 6);
    expect(vocabulary.slice(bare).sort()).toEqual(
      ['##er', '##ing', 'skateboard', 'snowboard', 'surfboard', 'wakeboard'].sort(),
    );
    expect(pieces(vocabulary, 'snowboarding wakeboarder')).toEqual([
      ...['snowboard', '##ing', 'wakeboard', '##er'],
    ]);
  });

  it('fills the size that is asked for, and with room for all takes every word that came twice', async () => {
    const counts = new Map(
      Array.from({ length: 500 }, (_, i) => [`w${'abcdefghij'[i % 10]}${i * 7919}`, 2 + (i % 9)]),
    );
    for (const size of [300, 401, 512]) expect(wordVocabulary(counts, size)).toHaveLength(size);
    const all = new Set(wordVocabulary(counts, 5000));
    for (const word of counts.keys()) expect(all).toContain(word);
  });

  it('is the same for the same counts in another order', async () => {
    const counts = await countWords(TEXTS);
    const other = new Map([...counts].reverse());
    expect(wordVocabulary(other, 300)).toEqual(wordVocabulary(counts, 300));
  });

  it('tokenises whatever can be typed, at any size, without [UNK]', async () => {
    const typed = Array.from({ length: 94 }, (_, i) => String.fromCharCode(33 + i)).join(' ');
    for (const size of [0, 1000]) {
      const vocabulary = wordVocabulary(await countWords(TEXTS), size);
      const found = pieces(vocabulary, 'xylophone Qq7');
      expect(found).not.toContain('[UNK]');
      const { ids } = loadTokenizer(vocabulary).encode(typed, 100);
      expect(ids).not.toContain(1);
    }
  });

  it('knows the characters of other scripts that the texts have', async () => {
    const vocabulary = wordVocabulary(await countWords(['собака и кот', 'собака', '犬', '犬と猫']), 1000);
    expect(pieces(vocabulary, 'собака 犬')).toEqual(['собака', '犬']);
  });

  it('takes the whole vocabulary of scenes in', async () => {
    const counts = await countWords(TEXTS);
    const vocabulary = wordVocabulary(counts, 2000, sceneVocabulary());
    expect(vocabulary.length).toBeLessThanOrEqual(2000);
    const all = new Set(vocabulary);
    for (const token of sceneVocabulary()) expect(all).toContain(token);
    expect(all).toContain('skateboarder');
    expect(new Set(vocabulary).size).toBe(vocabulary.length);
    expect(pieces(vocabulary, 'a giraffe next to a skateboarder')).toContain('giraffe');
  });
});
