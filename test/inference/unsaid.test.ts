/** What goes without saying is said where nothing else is. */
import { expect, it } from 'vitest';
import { unsaidSayer } from '../../src/inference/pipelines/unsaid.ts';

const unsaid = { bus: 'yellow', buses: 'yellow', umbrella: 'purple', 'city bus': 'yellow' };

it.each([
  ['a bus', 'a yellow bus'],
  ['A bus and two buses', 'A yellow bus and two yellow buses'],
  ['a man with an umbrella', 'a man with a purple umbrella'],
  ['The  Bus next to 3 umbrella', 'The  yellow Bus next to 3 purple umbrella'],
  ['a city bus', 'a yellow city bus'],
  // A word that stands before it may be a colour.
  ['a red bus', 'a red bus'],
  ['a violet umbrella and an old bus', 'a violet umbrella and an old bus'],
  ['a busy bee', 'a busy bee'],
  ['bus', 'bus'],
])('%s', (text, said) => {
  expect(unsaidSayer(unsaid)(text)).toBe(said);
});

it('leaves a text alone whose model expects nothing', () => {
  expect(unsaidSayer()('an bus')).toBe('an bus');
  expect(unsaidSayer({})('an bus')).toBe('an bus');
});
