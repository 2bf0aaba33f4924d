import { describe, expect, test } from 'vitest';
import { CATEGORY_WORDS, categoryWords, swapped } from '../../src/evaluation/category-words.ts';
import { firstPlace, hardMean, hardQueries, rPrecision } from '../../src/evaluation/r-precision.ts';

const wordsOf = (text: string) => categoryWords(text).map(({ form, category }) => [form, category]);

describe('words of the four categories', () => {
  test('are as many as the paper has', () => {
    const sizes = Object.entries(CATEGORY_WORDS).map(([category, words]) => [category, words.length]);
    expect(Object.fromEntries(sizes)).toEqual({ noun: 80, verb: 64, color: 10, number: 10 });
  });
  test('are found by their forms, the longest first, and not within others', () => {
    expect(wordsOf('Two teddy bears sitting on a red fire hydrant, catching mice')).toEqual([
      ['two', 'number'],
      ['teddy bears', 'noun'],
      ['sitting', 'verb'],
      ['red', 'color'],
      ['fire hydrant', 'noun'],
      ['catching', 'verb'],
      ['mice', 'noun'],
    ]);
    expect(wordsOf('an orange cathedral carpet')).toEqual([['orange', 'color']]);
  });
  test('are swapped in the same number, with the article and the capital that are wanted', () => {
    const [cat] = categoryWords('A cat on a bed');
    const others = swapped('A cat on a bed', cat!);
    expect(others).toContain('An elephant on a bed');
    expect(others).toContain('A hot dog on a bed');
    expect(others).not.toContain('A bed on a bed');
    expect(others).toHaveLength(78);
    const [people] = categoryWords('people in the snow');
    expect(swapped('people in the snow', people!)).toContain('knives in the snow');
    const [two] = categoryWords('Two dogs');
    expect(swapped('Two dogs', two!)).toHaveLength(9);
    expect(swapped('Two dogs', two!)).toContain('Seven dogs');
  });
});

test('the first place is shared by those that are as good', () => {
  expect(firstPlace([3, 1, 2])).toBe(1);
  expect(firstPlace([3, 3, 2, 3])).toBeCloseTo(1 / 3);
  expect(firstPlace([1, 2])).toBe(0);
  expect(firstPlace([1, Number.NaN])).toBe(0);
});

describe('R-precision', () => {
  const captions = ['a red car', 'two dogs running', 'a cat sitting on a bed', 'three green birds'];
  test('of a judge that knows the captions is 1, and of one that likes the same for all is chance', async () => {
    const knows = await rPrecision({
      ...{ captions, negatives: 3, perCategory: 10, seed: 0 },
      match: async (i, texts) => texts.map((text) => Number(text === captions[i])),
    });
    expect(knows.easy).toEqual({ right: 4, total: 4 });
    expect(knows.hard.noun).toEqual({ right: 4, total: 4 });
    expect(knows.hard.verb).toEqual({ right: 2, total: 2 });
    expect(knows.hard.color).toEqual({ right: 2, total: 2 });
    expect(knows.hard.number).toEqual({ right: 2, total: 2 });
    expect(hardMean(knows.hard)).toBe(1);
    const same = await rPrecision({
      ...{ captions, negatives: 3, perCategory: 10, seed: 0 },
      match: async (_, texts) => texts.map(() => 0),
    });
    expect(same.easy).toEqual({ right: 1, total: 4 });
    expect(same.hard.color.right).toBeCloseTo(0.2);
    expect(hardMean(same.hard)).toBeCloseTo(0.1);
  });
  test('counted by hand: a judge of colours alone', async () => {
    const coloured = (text: string) => categoryWords(text).find(({ category }) => category === 'color')?.form;
    const result = await rPrecision({
      ...{ captions, negatives: 3, perCategory: 10, seed: 0 },
      match: async (i, texts) => texts.map((text) => Number(coloured(text) === coloured(captions[i]!))),
    });
    // The two with a colour are alone with it; of the two without, each ties with the other.
    expect(result.easy).toEqual({ right: 3, total: 4 });
    expect(result.hard.color).toEqual({ right: 2, total: 2 });
    expect(result.hard.number.right).toBeCloseTo(0.2);
  });
  test('draws the others from where it is told, never the own text, and none where none is asked', async () => {
    const others = ['a red car', 'a boat', 'a bus', 'a boat', 'a tree'];
    const stood: string[][] = [];
    const rank = (negatives: number) =>
      rPrecision({
        ...{ captions: ['a red car', 'a dog'], others, negatives, perCategory: 0, seed: 0 },
        match: async (_, texts) => {
          stood.push([...texts]);
          return texts.map(() => 0);
        },
      });
    const { easy } = await rank(3);
    expect(easy).toEqual({ right: 0.5, total: 2 });
    expect(stood.map(([own]) => own)).toEqual(['a red car', 'a dog']);
    expect(new Set(stood[0])).toEqual(new Set(['a red car', 'a boat', 'a bus', 'a tree']));
    expect(stood[1]).toHaveLength(4);
    expect(others).toEqual(expect.arrayContaining(stood[1]!.slice(1)));
    expect((await rank(0)).easy).toEqual({ right: 0, total: 0 });
    expect(stood).toHaveLength(2);
  });
  test('a category without captions has no share, and then there is no mean', async () => {
    const { hard } = await rPrecision({
      ...{ captions: ['a red car', 'a blue car'], negatives: 1, perCategory: 10, seed: 0 },
      match: async (_, texts) => texts.map(() => 0),
    });
    expect(hard.verb).toEqual({ right: 0, total: 0 });
    expect(hardMean(hard)).toBeNull();
  });
  test('queries have nine others, and the same seed gives the same', () => {
    const queries = hardQueries(captions, 1, 7);
    expect(queries.map(({ category }) => category)).toEqual(['noun', 'verb', 'color', 'number']);
    for (const { texts, picture } of queries) {
      expect(texts[0]).toBe(captions[picture]);
      expect(new Set(texts).size).toBe(10);
    }
    expect(hardQueries(captions, 1, 7)).toEqual(queries);
  });
  test('wants as many other captions as it is asked to rank', async () => {
    await expect(
      rPrecision({ captions, negatives: 4, perCategory: 1, seed: 0, match: async () => [] }),
    ).rejects.toThrow(/among 4 others wants 5 different captions; there are 4/);
  });
});
