import { expect, it } from 'vitest';
import { distinctCaptions } from '../../src/inference/distinct-captions.ts';

const caption = (text: string, ...others: string[]) => ({
  ...{ text, score: -1, truncated: false, unknownWords: [] },
  alternatives: others.map((other, i) => ({ text: other, score: -2 - i })),
});
const texts = (...captions: ReturnType<typeof caption>[]) =>
  distinctCaptions(captions).map(({ text }) => text);

it('gives every caption a text of its own, the best that is free, in the order of the works', () => {
  expect(texts(caption('a', 'b', 'c'), caption('a', 'b', 'c'), caption('a', 'b', 'c'))).toEqual([
    'a',
    'b',
    'c',
  ]);
  expect(texts(caption('a', 'b'), caption('b', 'a'), caption('a', 'c'))).toEqual(['a', 'b', 'c']);
  expect(distinctCaptions([caption('a'), caption('a', 'b')])[1]).toEqual({
    ...{ text: 'b', score: -2, truncated: false, unknownWords: [] },
  });
});

it('repeats one where there are no more texts', () => {
  expect(texts(caption('a'), caption('a'))).toEqual(['a', 'a']);
});
