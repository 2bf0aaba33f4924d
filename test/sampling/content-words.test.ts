import { expect, test } from 'vitest';
import { contentWords } from '../../src/sampling/content-words.ts';

test('names of things and deeds are content; small words, colours, numbers, pieces and marks are not', () => {
  const vocabulary = [
    '[PAD]',
    'dog',
    'the',
    'Red',
    '##s',
    ',',
    's',
    'running',
    'two',
    't-shirt',
    '7',
    'Straße',
  ];
  const words = [...contentWords(vocabulary)].map((id) => vocabulary[id]);
  expect(words).toEqual(['dog', 'running', 't-shirt', 'Straße']);
});
