import { expect, it } from 'vitest';
import { filledWords } from '../../src/evaluation/filled-words.ts';

it('counts the hidden words that a judge would fill in, by hand', async () => {
  const captions = ['a red dog', 'a dog', 'a cat eating', 'nothing of any kind'];
  // He sees dogs in every picture, and no colour: of ten colours each is as good, and one verb as the other.
  const match = async (_: number, texts: readonly string[]) =>
    texts.map((text) => Number(/(?<!hot )dog/.test(text)));
  const { noun, color, verb } = await filledWords(captions, match, 100, 0);
  expect(noun).toEqual({ right: 2, total: 3 });
  expect(color.total).toBe(1);
  expect(color.right).toBeCloseTo(1 / 10, 12);
  expect(verb.right).toBeCloseTo(1 / 64, 12);
});
