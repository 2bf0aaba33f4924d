import { describe, expect, test } from 'vitest';
import { contentWords, numberSlips } from '../../src/sampling/content-words.ts';

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

describe('words that do not agree with the number before them', () => {
  const vocabulary = (
    'a An the dog dogs Cherries cherry bus buses man women woman men people grass gras news new sports sport skis this ' +
    'horse horses box boxes ##s tigers child children brown small red two three teddy bear bears play and on of photo'
  ).split(' ');
  const slips = numberSlips(vocabulary);
  const count = (text: string) => slips(text.split(' ').map((word) => vocabulary.indexOf(word)));

  test.each([
    'An dogs on grass',
    'a Cherries',
    'a buses',
    'a women',
    'a brown dogs',
    'a small red boxes',
    'two dog',
    'photo of three brown horse on grass',
    'a photo of two brown child',
    'two bus',
  ])('%s', (text) => expect(count(text)).toBe(1));

  test('each of them counts', () => expect(count('a dogs and two horse and the men')).toBe(2));

  test.each([
    'a dog and dogs',
    'a bus',
    'a brown bus',
    'a grass',
    'a news',
    'a sports box',
    'a skis',
    'a tigers',
    'two brown dogs',
    'three people',
    'three teddy bears',
    'two children play',
    'the dogs',
    'two red',
    'a',
    '',
  ])('none: %s', (text) => expect(count(text)).toBe(0));
});
