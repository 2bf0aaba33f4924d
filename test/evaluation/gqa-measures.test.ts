import { expect, it } from 'vitest';
import { type GqaQuestion, gqaMeasures } from '../../src/evaluation/gqa-measures.ts';

const question = (id: string, answer: string, type: string, gqa: GqaQuestion['gqa'] = {}): GqaQuestion => ({
  ...{ id, answer, type, gqa },
});

it('counts as GQA’s eval.py does, by hand', () => {
  const colours = { valid: ['red', 'blue', 'green'], plausible: ['red', 'blue'], group: 'colour' };
  const questions = [
    // Right, entails b (right), c (wrong), itself and one that is not asked: ½.
    question('a', 'red', 'query', { ...colours, semantic: 'attr', entailed: ['a', 'b', 'c', 'z'] }),
    // Right, entails c (wrong): 0.
    question('b', 'yes', 'verify', { entailed: ['c'], semantic: 'attr', valid: ['yes', 'no'] }),
    // Wrong: what it entails does not count; its answer is not plausible.
    question('c', 'blue', 'query', { ...colours, semantic: 'rel', entailed: ['a'] }),
    // Wrong, and not even valid.
    question('d', 'red', 'query', colours),
  ];
  const measures = gqaMeasures(questions, ['red', 'yes', 'green', 'dog'])!;
  expect(measures.consistency).toEqual({ right: 0.5, total: 2 });
  expect(measures.validity).toEqual({ right: 3, total: 4 });
  expect(measures.plausibility).toEqual({ right: 1, total: 3 });
  expect(measures.binary).toEqual({ right: 1, total: 1 });
  expect(measures.open).toEqual({ right: 1, total: 3 });
  expect(measures.bySemantic.get('attr')).toEqual({ right: 2, total: 2 });
  // Red twice and blue once, answered red once: ((1 − 2)²/2 + (0 − 1)²/1) / 100.
  expect(measures.distribution).toBeCloseTo(0.015, 12);
});

it('weighs groups by their questions', () => {
  const [one, two] = [{ group: 'one' }, { group: 'two' }];
  const questions = [
    ...[question('a', 'x', 'query', one), question('b', 'x', 'query', one), question('c', 'x', 'query', one)],
    question('d', 'y', 'query', two),
  ];
  // One: (0 − 3)²/3 = 3 of three questions; two: 0 of one.
  expect(gqaMeasures(questions, ['q', 'q', 'q', 'y'])!.distribution).toBeCloseTo(0.09 / 4, 12);
});

it('counts questions out of the balanced set for what others entail, and for nothing else', () => {
  const questions = [
    question('a', 'x', 'query', { entailed: ['b', 'c'] }),
    question('b', 'x', 'query', {
      entailed: ['a'],
      valid: [],
      group: 'one',
      semantic: 'rel',
      balanced: false,
    }),
    question('c', 'x', 'query', { balanced: false }),
  ];
  const measures = gqaMeasures(questions, ['x', 'x', 'y'])!;
  expect(measures.consistency).toEqual({ right: 0.5, total: 1 });
  expect(measures.open).toEqual({ right: 1, total: 1 });
  expect(measures.validity.total).toBe(0);
  expect([...measures.bySemantic]).toEqual([]);
  expect(measures.distribution).toBeNull();
});

it('has nothing to say where the data set has none of it', () => {
  expect(gqaMeasures([question('a', 'x', 'query')], ['x'])).toBeUndefined();
});
