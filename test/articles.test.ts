import { expect, test } from 'vitest';
import { articleOf, withAgreeingArticles, withArticle } from '../src/articles.ts';

test.each([
  ['elephant', 'an'],
  ['dog', 'a'],
  ['umbrella', 'an'],
  ['Orange', 'an'],
  ['uniform', 'a'],
  ['unicycle', 'a'],
  ['urinal', 'a'],
  ['European', 'a'],
  ['hour', 'an'],
  ['one', 'a'],
  ['old man', 'an'],
])('%s wants %s', (word, article) => {
  expect(articleOf(word)).toBe(article);
  expect(withArticle(word)).toBe(`${article} ${word}`);
});

test('every article of a text is made to agree, and nothing else', () => {
  expect(withAgreeingArticles('A elephant beside an dog, a apple, an unicorn and a red orange')).toBe(
    'An elephant beside a dog, an apple, a unicorn and a red orange',
  );
  expect(withAgreeingArticles('an')).toBe('an');
  expect(withAgreeingArticles('A banana and can a man')).toBe('A banana and can a man');
  expect(withAgreeingArticles('')).toBe('');
});
