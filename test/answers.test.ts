import { describe, expect, it } from 'vitest';
import { checkAnswers, formatAnswers, parseAnswers, readAnswerList } from '../src/answers.ts';

describe('a list of answers', () => {
  const ANSWERS = ['', 'yes', 'no', ' '];

  it.each([
    ['label2ans', ANSWERS],
    ['all_ans', ANSWERS.map((ans) => ({ ans, dsets: ['vqa'] }))],
    ['ans2label', { no: 2, '': 0, ' ': 3, yes: 1 }],
    ['answers by their index', { 0: '', 1: 'yes', 2: 'no', 3: ' ' }],
  ])('is read: %s', (_name, value) => {
    expect(readAnswerList(value)).toEqual({ answers: ANSWERS, faults: [] });
  });

  it.each<[string, unknown, { place: number | null; message: RegExp }[]]>([
    ['an answer twice', ['a', 'b', 'a', ''], [{ place: 2, message: /"a" is there already \(entry 0\)/ }]],
    ['the empty answer twice', ['', 'b', ''], [{ place: 2, message: /"" is there already/ }]],
    ['no text', ['a', 3, null], [1, 2].map((place) => ({ place, message: /not a text/ }))],
    ['several lines', ['a\nb'], [{ place: 0, message: /more than one line/ }]],
    ['NUL', ['a\0'], [{ place: 0, message: /NUL/ }]],
    ['a gap', { a: 0, b: 2 }, [{ place: null, message: /"b" has the index 2, but there are 2 answers/ }]],
    ['two of one index', { a: 0, b: 0 }, [{ place: null, message: /"a" and "b" both have the index 0/ }]],
    ['an index below 0', { a: -1 }, [{ place: null, message: /neither a list/ }]],
    ['halves', { a: 0.5 }, [{ place: null, message: /neither a list/ }]],
    ['nothing', [], [{ place: null, message: /no answers/ }]],
    ['an empty object', {}, [{ place: null, message: /no answers/ }]],
    ['a text', 'yes', [{ place: null, message: /neither a list/ }]],
    ['null', null, [{ place: null, message: /neither a list/ }]],
  ])('with %s is told', (_name, value, faults) => {
    const expected = faults.map(({ place, message }) => ({ place, message: expect.stringMatching(message) }));
    expect(readAnswerList(value).faults).toEqual(expected);
  });

  it.each([[['', 'a']], [['a', '']], [['']], [[' ', '', '#']]])('goes through answers.txt: %j', (answers) => {
    expect(parseAnswers(formatAnswers(answers))).toEqual(answers);
    expect(checkAnswers(parseAnswers(formatAnswers(answers)))).toEqual([]);
  });

  it('is lines, with or without the last end of line', () => {
    expect(parseAnswers('a\r\nb')).toEqual(['a', 'b']);
    expect(parseAnswers('')).toEqual([]);
    expect(checkAnswers(parseAnswers('a\n\n\n'))).toHaveLength(1);
  });
});
