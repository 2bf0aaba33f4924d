import { describe, expect, it } from 'vitest';
import type { Facts } from '../../../src/datasets/scenes/index.ts';
import { emptyFactScore, factMetrics, scoreFacts } from '../../../src/training/pretraining/code-facts.ts';
import type { VisualVocabulary } from '../../../src/training/vocabulary/visual-vocabulary.ts';

/** Code 0 is background; 1 to 4 are the parts of a red thing (class 0), 5 to 8 those of a blue other (class 1). */
const labels = Int32Array.from([
  ...[0, 0, 0],
  ...[1, 1, 1, 1, 1, 2, 1, 1, 3, 1, 1, 4],
  ...[2, 2, 1, 2, 2, 2, 2, 2, 3, 2, 2, 4],
]);
const vocabulary: VisualVocabulary = {
  clusters: 9,
  dimensions: 1,
  centroids: new Float32Array(9),
  patches: new Float32Array(9),
  labels,
};

/** Objects of 2 × 2 cells at (column, row): `first` is the code of their first part. */
function picture(...objects: { first: number; x: number; y: number }[]): Int32Array {
  const codes = new Int32Array(64);
  for (const { first, x, y } of objects) {
    for (const [i, cell] of [y * 8 + x, y * 8 + x + 1, (y + 1) * 8 + x, (y + 1) * 8 + x + 1].entries()) {
      codes[cell] = first + i;
    }
  }
  return codes;
}

const red = { classId: 0, colourId: 1, count: 1 };
const blue = { classId: 1, colourId: 2, count: 1 };
const leftOf: Facts = {
  objects: [red, blue],
  relation: { subject: 0, relation: 'left of', object: 1 },
  background: null,
};

function scored(facts: Facts, codes: Int32Array): Record<string, number> {
  const score = emptyFactScore();
  scoreFacts(vocabulary, facts, codes, score);
  return factMetrics(score, '');
}

describe('scoreFacts', () => {
  it('sees what is there', () => {
    const codes = picture({ first: 1, x: 0, y: 3 }, { first: 5, x: 5, y: 3 });
    expect(scored(leftOf, codes)).toEqual({ recall: 1, colour: 1, count: 1, relation: 1, all_of_it: 1 });
  });

  it('sees objects on the wrong side', () => {
    const codes = picture({ first: 5, x: 0, y: 3 }, { first: 1, x: 5, y: 3 });
    expect(scored(leftOf, codes)).toMatchObject({ recall: 1, relation: 0, all_of_it: 0 });
  });

  it('sees a missing object', () => {
    expect(scored(leftOf, picture({ first: 1, x: 0, y: 3 }))).toMatchObject({ recall: 0.5, all_of_it: 0 });
  });

  it('sees the wrong colour and the wrong number', () => {
    const facts = (changed: Partial<typeof red>): Facts => ({
      objects: [{ ...red, ...changed }],
      background: null,
    });
    const one = picture({ first: 1, x: 0, y: 3 });
    expect(scored(facts({ colourId: 2 }), one)).toMatchObject({ recall: 1, colour: 0, all_of_it: 0 });
    expect(scored(facts({ count: 2 }), one)).toMatchObject({ count: 0, all_of_it: 0 });
    const two = picture({ first: 1, x: 0, y: 3 }, { first: 1, x: 3, y: 3 });
    expect(scored(facts({ count: 2 }), two)).toMatchObject({ count: 1, all_of_it: 1 });
  });

  it('counts through one stray cell', () => {
    const codes = picture({ first: 1, x: 0, y: 3 });
    codes[63] = 2;
    expect(scored({ objects: [red], background: null }, codes)).toMatchObject({ count: 1, all_of_it: 1 });
  });
});
