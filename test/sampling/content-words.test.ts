import { expect, test } from 'vitest';
import { contentWords, wordsOfNumber } from '../../src/sampling/content-words.ts';

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

test('forms of several are those whose form of one is there, not what only looks like them', () => {
  const vocabulary = [
    ...[
      'a',
      'An',
      'the',
      'dog',
      'dogs',
      'Cherries',
      'cherry',
      'bus',
      'buses',
      'man',
      'women',
      'woman',
      'men',
      'people',
    ],
    ...[
      'grass',
      'gras',
      'news',
      'new',
      'sports',
      'sport',
      'skis',
      'this',
      'horse',
      'horses',
      'box',
      'boxes',
      '##s',
      'tigers',
    ],
  ];
  const { one, several } = wordsOfNumber(vocabulary);
  expect([...one].map((id) => vocabulary[id])).toEqual(['a', 'An']);
  expect([...several].map((id) => vocabulary[id])).toEqual([
    'dogs',
    'Cherries',
    'buses',
    'women',
    'men',
    'horses',
    'boxes',
  ]);
});
