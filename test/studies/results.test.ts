import { describe, expect, test } from 'vitest';
import { AnswersError, readTurkAnswers, toCsv } from '../../src/studies/answers-csv.ts';
import { masked, readAnswer } from '../../src/studies/asking.ts';
import { lemmaOf } from '../../src/studies/lemmas.ts';
import { planItems } from '../../src/studies/plan-items.ts';
import { hummusResults, preferenceResult } from '../../src/studies/results.ts';
import { agreement, shareWithin } from '../../src/studies/shares.ts';

describe('lemmas', () => {
  test.each([
    ['Dogs', 'dog', 'noun'],
    ['a mouse', 'mice', 'noun'],
    ['people', 'person', 'noun'],
    ['ride', 'riding', 'verb'],
    ['rode', 'riding', 'verb'],
    ['fire hydrants', 'fire hydrant', 'noun'],
    [' RED. ', 'red', 'color'],
  ] as const)('%s is %s', (given, truth, category) => {
    expect(lemmaOf(given, category)).toBe(lemmaOf(truth, category));
  });
  test('another word is another word', () => {
    expect(lemmaOf('puppy', 'noun')).not.toBe(lemmaOf('dog', 'noun'));
  });
});

describe('agreement', () => {
  test('Krippendorff’s own example, of three observers and fifteen units', () => {
    const [a, b, c] = ['-----34121133-3', '1-213343-------', '--21344-21133-4'] as const;
    const units = Array.from({ length: 15 }, (_, i) => [a[i]!, b[i]!, c[i]!].filter((one) => one !== '-'));
    expect(agreement(units)).toBeCloseTo(0.691, 3);
  });
  test('all the same, and nothing to agree about', () => {
    expect(
      agreement([
        ['a', 'a'],
        ['b', 'b', 'b'],
      ]),
    ).toBe(1);
    expect(agreement([['a'], ['b']])).toBeNull();
    expect(
      agreement([
        ['a', 'a'],
        ['a', 'a'],
      ]),
    ).toBeNull();
  });
});

test('Wilson’s interval', () => {
  const { share, interval } = shareWithin(8, 10);
  expect(share).toBe(0.8);
  expect(interval![0]).toBeCloseTo(0.4902, 3);
  expect(interval![1]).toBeCloseTo(0.9433, 3);
  expect(shareWithin(0, 0)).toEqual({ count: 0, total: 0, share: null, interval: null });
});

const item = (answers: string[], fields: object = {}) => ({
  ...{ id: 'itm', text: 'a dog', source: 0, word: 'dog', category: 'noun', answers },
  ...fields,
});

describe('HUMMUS, counted by hand', () => {
  const [result, other] = hummusResults(
    [
      item(['dog', 'dogs', 'cat']), // two of three: a match
      item(['dog', 'cat', 'cow']), // one of three
      item(['dog', 'cat']), // half is no majority
      item([]), // nobody: counts nowhere
      item(['ride', 'rides', 'sitting'], { word: 'riding', category: 'verb' }),
      item(['red'], { word: 'blue', category: 'color', source: 1 }),
    ],
    ['x-lxmert', 'dm-gan'],
  );
  test('matches of most people, by category and by source', () => {
    expect(result).toMatchObject({ source: 'x-lxmert', score: { count: 2, total: 4 } });
    expect(result!.categories).toMatchObject({
      noun: { count: 1, total: 3 },
      verb: { count: 1, total: 1 },
      color: { count: 0, total: 0, share: null },
    });
    expect(result!.mean).toBeCloseTo((1 / 3 + 1) / 2);
    expect(other).toMatchObject({ source: 'dm-gan', score: { count: 0, total: 1 } });
  });
});

test('preferences: shares of answers, and what most say of an item', () => {
  const result = preferenceResult([
    item(['first', 'first', 'tie']),
    item(['second', 'tie', 'first']),
    item(['second']),
    item([]),
  ]);
  expect(result).toMatchObject({
    first: { count: 3, total: 7 },
    second: { count: 2, total: 7 },
    tie: { count: 2, total: 7 },
    items: { first: 1, second: 1, tie: 0, undecided: 1 },
  });
});

describe('items', () => {
  const captions = ['a red dog riding a bike', 'nothing to hide', 'two cats sitting'];
  test('hide one word of each caption that has one, the same for all sources, categories in turn', () => {
    const items = planItems('hummus', captions, 2, ['noun', 'verb', 'color'], 100, 1);
    expect(items.map(({ caption, source }) => [caption, source])).toEqual([
      [0, 0],
      [2, 0],
      [0, 1],
      [2, 1],
    ]);
    expect(items[0]!.word).toBe(items[2]!.word);
    expect(new Set(items.map(({ category }) => category)).size).toBe(2);
    for (const one of items) {
      expect(masked(one)).toContain('_____');
      expect(masked(one)).not.toContain(one.word);
    }
    expect(planItems('hummus', captions, 1, ['color'], 100, 1)).toHaveLength(1);
    expect(planItems('hummus', captions, 1, ['noun'], 1, 1)).toHaveLength(1);
  });
  test('of a preference are the captions', () => {
    expect(planItems('semantic', captions, 2, [], 1, 1)).toHaveLength(3);
  });
});

test('answers are kept by the picture, whatever side it was on', () => {
  expect(readAnswer('semantic', 'left', false)).toBe('first');
  expect(readAnswer('semantic', 'left', true)).toBe('second');
  expect(readAnswer('fidelity', ' Right', true)).toBe('first');
  expect(readAnswer('fidelity', 'tie', true)).toBe('tie');
  expect(readAnswer('fidelity', 'first', true)).toBeUndefined();
  expect(readAnswer('hummus', '  The Dog! ', false)).toBe('dog');
  expect(readAnswer('hummus', '!?', false)).toBeUndefined();
  expect(readAnswer('hummus', 'x'.repeat(41), false)).toBeUndefined();
});

describe('tables', () => {
  test('what a spreadsheet would compute is a text', () => {
    const table = toCsv(
      ['a', 'b'],
      [
        ['=1+1', 'he said "no", twice'],
        [-1, null],
      ],
    );
    expect(table).toBe(`a,b\r\n'=1+1,"he said ""no"", twice"\r\n-1,\r\n`);
  });
  test('Mechanical Turk’s answers, without the rejected ones', () => {
    const csv =
      '\uFEFF"HITId","WorkerId","AssignmentStatus","Input.item","Answer.word"\r\n' +
      '"1","A1","Approved","itm_1","dog, big"\r\n"1","A2","Rejected","itm_1","cat"\r\n"2","A2","Submitted","itm_2","Cow"\r\n';
    expect(readTurkAnswers(csv)).toEqual([
      { item: 'itm_1', person: 'A1', answer: 'dog, big', line: 2 },
      { item: 'itm_2', person: 'A2', answer: 'Cow', line: 4 },
    ]);
  });
  test.each([
    ['WorkerId,Answer.word\nA,dog\n', /lacks the columns Input\.item/],
    ['WorkerId,Input.item,Answer.a,Answer.b\n', /Answer\.word or Answer\.choice/],
    ['a,"b\n', /no CSV file/],
  ])('%s is refused', (csv, message) => {
    expect(() => readTurkAnswers(csv)).toThrow(AnswersError);
    expect(() => readTurkAnswers(csv)).toThrow(message);
  });
});
