/** Sampling of texts, with models whose every probability is known. */
import { describe, expect, test } from 'vitest';
import { createRandom } from '../../src/random.ts';
import { SamplerError } from '../../src/sampling/sampler.ts';
import {
  bestTexts,
  type ResolvedTextSampler,
  resolveTextSampler,
  type SampledText,
  sampleTexts,
  type TextOptions,
  type TextQuery,
  type TextRow,
  type TextSampler,
  textSamplerFor,
  type WrittenText,
  writeText,
} from '../../src/sampling/text.ts';

const SPECIAL = { pad: 0, unk: 1, cls: 2, sep: 3, mask: 4 };
/** Words are 5 to 8. */
const W = 9;
const random = (what: string | number) => createRandom(`test/${what}`);

/** Probabilities [W] of a position, or of any weights. */
type Model = (ids: Int32Array, position: number) => readonly number[];

/** Answers every query with the model's log probabilities. */
function answer(model: Model, { ids, read }: TextQuery): Float32Array {
  return Float32Array.from(read.flatMap((position) => model(ids, position).map(Math.log)));
}

/** Runs a text to its end. `asked`: the queries as they were, those of a time together. */
function run<Result>(row: TextRow<Result>, model: Model): { result: Result; asked: TextQuery[][] } {
  const asked: TextQuery[][] = [];
  let next = row.next();
  while (!next.done) {
    asked.push(next.value.map(({ ids, read }) => ({ ids: ids.slice(), read: [...read] })));
    next = row.next(next.value.map((query) => answer(model, query)));
  }
  return { result: next.value, asked };
}

const wordsOf = ({ ids }: WrittenText): number[] => [...ids.subarray(1, -1)];

const uniform: Model = () => new Array(W).fill(1 / W);

function options(sampler: TextSampler, fields: Partial<TextOptions> = {}): TextOptions {
  const resolved: ResolvedTextSampler = resolveTextSampler(sampler, W);
  return { sampler: resolved, special: SPECIAL, prefix: [], most: 6, random, ...fields };
}

function* sampleText(asked: TextOptions): TextRow<SampledText> {
  return (yield* sampleTexts(asked, 1))[0]!;
}

function* bestText(texts: readonly WrittenText[]): TextRow<SampledText> {
  return (yield* bestTexts(texts, SPECIAL, 1))[0]!;
}

describe('Gibbs sampling', () => {
  /** Two words, each 5 or 6, that mostly agree: p(5,5) = .5, p(6,6) = .3, p(5,6) = p(6,5) = .1. */
  const JOINT: Record<string, number> = { '5,5': 0.5, '6,6': 0.3, '5,6': 0.1, '6,5': 0.1 };
  const conditional: Model = (ids, position) => {
    const other = ids[3 - position]!;
    const mass = (word: number): number => {
      const pair = (second: number) =>
        JOINT[position === 1 ? `${word},${second}` : `${second},${word}`] ?? 1e-12;
      return other === SPECIAL.mask ? pair(5) + pair(6) : pair(other);
    };
    const masses = Array.from({ length: W }, (_, word) => (word >= 5 ? mass(word) : 1e-12));
    const total = masses.reduce((sum, x) => sum + x, 0);
    return masses.map((x) => x / total);
  };

  test('draws from the joint distribution, though it only ever sees conditionals', () => {
    const counts: Record<string, number> = {};
    const draws = 2000;
    for (let seed = 0; seed < draws; seed++) {
      const row = writeText(options({ strategy: 'gibbs', steps: 3 }), 2, createRandom(seed));
      const words = wordsOf(run(row, conditional).result);
      counts[words.join()] = (counts[words.join()] ?? 0) + 1;
    }
    // Four standard deviations of a share of .5 in 2,000 draws are .045.
    for (const [pair, share] of Object.entries(JOINT)) expect(counts[pair]! / draws).toBeCloseTo(share, 1);
    expect(Math.abs(counts['5,5']! / draws - 0.5)).toBeLessThan(0.045);
    expect(Math.abs(counts['6,6']! / draws - 0.3)).toBeLessThan(0.041);
  });

  test('visits every word once in each sweep, masked alone once it has been written', () => {
    const { asked } = run(writeText(options({ strategy: 'gibbs', steps: 2 }), 4, random('a')), uniform);
    const sweeps = asked.slice(0, 8);
    expect(sweeps.every((queries) => queries.length === 1 && queries[0]!.read.length === 1)).toBe(true);
    const visited = sweeps.map(([query]) => query!.read[0]!);
    expect(visited.slice(0, 4).toSorted()).toEqual([1, 2, 3, 4]);
    expect(visited.slice(4).toSorted()).toEqual([1, 2, 3, 4]);
    const masks = sweeps.map(([query]) => query!.ids.filter((id) => id === SPECIAL.mask).length);
    expect(masks).toEqual([4, 3, 2, 1, 1, 1, 1, 1]);
    for (const [query] of sweeps) expect(query!.ids[query!.read[0]!]).toBe(SPECIAL.mask);
  });

  test('another seed visits in another order', () => {
    const order = (seed: string) =>
      run(writeText(options({ strategy: 'gibbs', steps: 1 }), 6, random(seed)), uniform)
        .asked.slice(0, 6)
        .map(([query]) => query!.read[0]);
    expect(order('a')).toEqual(order('a'));
    expect(new Set(['a', 'b', 'c', 'd', 'e'].map((seed) => order(seed).join())).size).toBeGreaterThan(3);
  });
});

describe('without repeats', () => {
  /** Fond of 5, then of 6, wherever it is asked. */
  const fond: Model = () => [0, 0, 0, 0, 0, 0.6, 0.3, 0.06, 0.04];
  const STRATEGIES: TextSampler[] = [
    { strategy: 'left-to-right' },
    { strategy: 'confidence' },
    { strategy: 'confidence', steps: 2 },
    { strategy: 'gibbs' },
    { strategy: 'gibbs', top_k: 2 },
  ];

  test.each(STRATEGIES)('%o says nothing twice in a row, next to the prefix neither', (sampler) => {
    for (let seed = 0; seed < 20; seed++) {
      const asked = options(sampler, { noRepeats: true, prefix: [8, 5] });
      const words = wordsOf(run(writeText(asked, 9, createRandom(seed)), fond).result);
      expect(words.slice(0, 2)).toEqual([8, 5]);
      for (const [i, word] of words.entries()) if (i > 0) expect(word).not.toBe(words[i - 1]);
    }
    const free = run(writeText(options(sampler, { prefix: [8, 5] }), 9, createRandom(1)), fond).result;
    expect(wordsOf(free).some((word, i, all) => word === all[i - 1])).toBe(true);
  });

  test.each([...STRATEGIES, { strategy: 'parallel' } as const])(
    '%o says what is said once but once',
    (sampler) => {
      for (let seed = 0; seed < 20; seed++) {
        const once = new Set([6, 7]);
        const asked = options(sampler, {
          noRepeats: true,
          once,
          prefix: [7],
          most: 9,
          random: () => createRandom(seed),
        });
        const { words } = run(sampleText(asked), fond).result;
        for (const word of once) expect(words.filter((other) => other === word).length).toBeLessThan(2);
      }
    },
  );

  test('says a word again where there is no other', () => {
    const special = { ...SPECIAL, unk: 6, mask: 7, pad: 8 };
    const only: Model = () => [0, 0, 0, 0, 0, 1, 0, 0, 0];
    const asked = { ...options({ strategy: 'left-to-right' }, { noRepeats: true }), special };
    const { result } = run(writeText(asked, 3, random('only')), only);
    expect(wordsOf(result)).toHaveLength(3);
  });
});

test('left to right writes in reading order, what follows is masked', () => {
  const follow: Model = (ids, position) =>
    Array.from({ length: W }, (_, word) => {
      const before = ids[position - 1]!;
      return word === (before >= 5 && before < 8 ? before + 1 : 5) ? 0.9 : 0.1 / (W - 1);
    });
  const { asked, result } = run(
    writeText(options({ strategy: 'left-to-right' }, { prefix: [6] }), 4, random('a')),
    follow,
  );
  expect(wordsOf(result)).toEqual([6, 7, 8, 5]);
  expect(asked.slice(0, 3).map(([query]) => [...query!.ids])).toEqual([
    [2, 6, 4, 4, 4, 3],
    [2, 6, 7, 4, 4, 3],
    [2, 6, 7, 8, 4, 3],
  ]);
});

describe('confidence', () => {
  /** Position 3 is the surest, then 1, then 2. */
  const sure: Model = (_, position) => {
    const best = [0, 0.6, 0.4, 0.8][position]!;
    return Array.from({ length: W }, (_, word) => (word === 5 + position ? best : (1 - best) / (W - 1)));
  };

  test('writes the surest word first', () => {
    const { result, asked } = run(writeText(options({ strategy: 'confidence' }), 3, random('a')), sure);
    expect(wordsOf(result)).toEqual([6, 7, 8]);
    expect(asked.slice(0, 3).map(([query]) => query!.read)).toEqual([[1, 2, 3], [1, 2], [2]]);
    expect([...asked[1]![0]!.ids]).toEqual([2, 4, 4, 8, 3]);
  });

  test('a second sweep begins with the word that was hardest to say', () => {
    const { asked } = run(writeText(options({ strategy: 'confidence', steps: 2 }), 3, random('a')), sure);
    expect(asked.slice(3, 6).map(([query]) => query!.read)).toEqual([[2], [1], [3]]);
    expect([...asked[3]![0]!.ids]).toEqual([2, 6, 4, 8, 3]);
  });
});

describe('parallel', () => {
  /** Sure of each word by its position, and of texts of five words above all. */
  const five: Model = (ids, position) => {
    const best = (ids.length === 7 ? 0.9 : 0.3) - 0.01 * position;
    return Array.from({ length: W }, (_, word) =>
      word === 5 + (position % 4) ? best : (1 - best) / (W - 1),
    );
  };
  const sampled = (fields: Partial<TextOptions> = {}) =>
    run(sampleText(options({ strategy: 'parallel' }, { most: 18, ...fields })), five);

  test('writes a third of the open words a pass, the surest first, no two side by side', () => {
    const { result, asked } = sampled();
    expect(result.words).toEqual([6, 7, 8, 5, 6]);
    const passes = asked.flatMap((queries) => queries.filter(({ ids }) => ids.length === 7));
    expect(passes.slice(0, 3).map(({ read }) => [...read])).toEqual([[1, 2, 3, 4, 5], [2, 4, 5], [5]]);
  });

  test('begins with all lengths and gives most of them up', () => {
    const { asked } = sampled();
    // The text of one word is done after the first.
    expect(asked.slice(0, 3).map((queries) => queries.length)).toEqual([18, 17, 9]);
    const rows = asked.reduce((sum, queries) => sum + queries.length, 0);
    const wordByWord = run(sampleText(options({ strategy: 'confidence' }, { most: 18 })), five).asked;
    expect(rows).toBeLessThan(wordByWord.reduce((sum, queries) => sum + queries.length, 0) / 2);
  });

  test('keeps as many lengths as texts are wanted', () => {
    const row = sampleTexts(options({ strategy: 'parallel' }, { most: 18 }), 9);
    expect(run(row, five).result).toHaveLength(9);
  });

  test('says nothing twice in a row', () => {
    const fond: Model = () => [0, 0, 0, 0, 0, 0.6, 0.3, 0.06, 0.04];
    const row = sampleTexts(options({ strategy: 'parallel' }, { most: 12, prefix: [5], noRepeats: true }), 8);
    for (const { words } of run(row, fond).result)
      for (const [i, word] of words.entries()) if (i > 0) expect(word).not.toBe(words[i - 1]);
  });

  test('more length penalty gives longer texts', () => {
    const words = (length_penalty: number) =>
      run(sampleText(options({ strategy: 'parallel', length_penalty }, { most: 18 })), uniform).result.words
        .length;
    // All words are as likely: alone the penalty decides.
    expect(words(0.5)).toBeLessThan(words(1.5));
  });

  test('takes a text that the others agree with before one that is a little likelier', () => {
    // Three words alone: other words than in all other lengths, and likelier.
    const odd: Model = (ids, position) => {
      const own = ids.length === 5;
      const best = own ? 0.62 : 0.6;
      const word = 5 + ((position + (own ? 2 : 0)) % 4);
      return Array.from({ length: W }, (_, other) => (other === word ? best : (1 - best) / (W - 1)));
    };
    const words = (strategy: 'parallel' | 'confidence') =>
      run(sampleText(options({ strategy, length_penalty: 1 }, { most: 8 })), odd).result.words;
    expect(words('confidence')).toEqual([8, 5, 6]);
    expect(words('parallel').slice(0, 3)).toEqual([6, 7, 8]);
  });

  test('takes a text with a slip last', () => {
    // Three words alone are 5, 6, 5, and much likelier; all other lengths are 5, 7, 5, …
    const likely: Model = (ids, position) => {
      const own = ids.length === 5;
      const best = own ? 0.95 : 0.2;
      const word = position % 2 === 1 ? 5 : own ? 6 : 7;
      return Array.from({ length: W }, (_, other) => (other === word ? best : (1 - best) / (W - 1)));
    };
    const texts = (fields: Partial<TextOptions>) =>
      run(sampleTexts(options({ strategy: 'parallel' }, { most: 6, ...fields }), 6), likely).result.map(
        ({ words }) => words,
      );
    const slips = (words: readonly number[]) => words.filter((word) => word === 6).length;
    expect(texts({})[0]).toEqual([5, 6, 5]);
    const careful = texts({ slips });
    expect(careful.at(-1)).toEqual([5, 6, 5]);
    expect(careful.slice(0, -1).flat()).not.toContain(6);
  });

  test('has no second sweep', () => {
    expect(() => resolveTextSampler({ strategy: 'parallel', steps: 2 }, W)).toThrow(/parallel takes 1 step/);
  });
});

describe('score', () => {
  const model: Model = (ids, position) => {
    const weights: number[] = Array.from({ length: W }, (_, word) => (word + position) * (ids[1]! + 1));
    const total = weights.reduce((sum, x) => sum + x, 0);
    return weights.map((x) => x / total);
  };

  test('is the mean log probability of each word, masked alone, among what can be said', () => {
    const text = { ids: Int32Array.from([2, 5, 8, 3]), confidence: Float32Array.of(1, 0.5, 0.5, 1) };
    const { result, asked } = run(bestText([text]), model);
    expect(asked).toHaveLength(1);
    expect(asked[0]!.map((query) => [...query.ids])).toEqual([
      [2, 4, 8, 3],
      [2, 5, 4, 3],
    ]);
    // Words 5 to 8 at position 1 weigh 6 to 9, at position 2 7 to 10.
    expect(result.words).toEqual([5, 8]);
    expect(result.score).toBeCloseTo((Math.log(6 / 30) + Math.log(10 / 34)) / 2, 5);
  });

  test('counts the prefix too: one that does not fit costs', () => {
    const likes5: Model = () => Array.from({ length: W }, (_, word) => (word === 5 ? 0.92 : 0.01));
    const score = (prefix: number[]) =>
      run(sampleText(options({ strategy: 'left-to-right' }, { prefix, most: 3 })), likes5).result.score;
    expect(score([5])).toBeGreaterThan(score([6]));
    expect(score([5])).toBeLessThan(0);
    // A word that can never be said is as bad as the worst, and no infinity.
    expect(score([SPECIAL.unk])).toBeCloseTo(score([6]), 5);
  });
});

test('several captions of a picture are drawn, so that they differ, unless a temperature is asked for', () => {
  expect(textSamplerFor({}, 1)).toEqual({ strategy: 'parallel' });
  expect(textSamplerFor({}, 2)).toEqual({ strategy: 'parallel', temperature: 0.5 });
  expect(textSamplerFor({ steps: 2 }, 1)).toEqual({ strategy: 'confidence', steps: 2 });
  expect(textSamplerFor({ strategy: 'gibbs' }, 2)).toEqual({ strategy: 'gibbs' });
  expect(textSamplerFor({ temperature: 0 }, 2)).toEqual({ strategy: 'parallel', temperature: 0 });
  expect(textSamplerFor({ top_k: 3 }, 2)).toEqual({ strategy: 'parallel', top_k: 3 });
});

describe('the best of several texts', () => {
  const texts = Array.from({ length: 12 }, (_, i): WrittenText => {
    const draw = random(`text ${i}`);
    const ids = Int32Array.from({ length: 3 + i }, () => 5 + draw.int(4));
    ids[0] = SPECIAL.cls;
    ids[ids.length - 1] = SPECIAL.sep;
    return { ids, confidence: Float32Array.from(ids, () => 0.05 + 0.9 * draw.next()) };
  });
  /** Probabilities that depend on all that is to be seen. */
  const picky: Model = (ids, position) => {
    const draw = random(`${ids.join()} at ${position}`);
    const weights = Array.from({ length: W }, () => draw.next() ** 4 + 0.01);
    const total = weights.reduce((sum, x) => sum + x, 0);
    return weights.map((x) => x / total);
  };

  test('is the one that scoring each to the end finds, with fewer passes', () => {
    const alone = texts.map((text) => run(bestText([text]), picky).result);
    const best = alone.reduce((most, text) => (text.score > most.score ? text : most));
    const { result, asked } = run(bestText(texts), picky);
    expect(result).toEqual(best);
    const all = texts.reduce((sum, { ids }) => sum + ids.length - 2, 0);
    expect(asked.flat().length).toBeLessThan(0.7 * all);
  });

  test('and the next best, in their order', () => {
    const alone = texts.map((text) => run(bestText([text]), picky).result);
    const best = alone.toSorted((a, b) => b.score - a.score);
    for (const count of [2, 3, 12]) {
      expect(run(bestTexts(texts, SPECIAL, count), picky).result).toEqual(best.slice(0, count));
    }
    expect(run(bestTexts(texts, SPECIAL, 99), picky).result).toEqual(best);
  });

  test('takes two passes of a text whose every other word is hidden at once, and gives up what cannot win', () => {
    const apart2 = (some: readonly WrittenText[], count = 1) =>
      run(bestTexts(some, SPECIAL, count, { apart: 2 }), picky);
    const [text] = texts.slice(4) as [WrittenText];
    const { result, asked } = apart2([text]);
    expect(asked).toHaveLength(1);
    const hidden = asked[0]!.map(({ read }) => [...read]).sort(([a], [b]) => a! - b!);
    expect(hidden).toEqual([
      [1, 3, 5],
      [2, 4],
    ]);
    // Each word among what can be said, by a model that sees none of those that are hidden with it.
    const logs = hidden.flatMap((read) => {
      const ids = text.ids.map((id, position) => (read.includes(position) ? SPECIAL.mask : id));
      return read.map((position) => {
        const weights = picky(ids, position).slice(5);
        const total = weights.reduce((sum, x) => sum + x, 0);
        return Math.log(weights[text.ids[position]! - 5]! / total);
      });
    });
    expect(result[0]!.score).toBeCloseTo(logs.reduce((sum, log) => sum + log, 0) / 5, 5);

    const alone = texts.map((one) => apart2([one]).result[0]!);
    const best = alone.toSorted((a, b) => b.score - a.score);
    expect(apart2(texts, 3).result).toEqual(best.slice(0, 3));
    expect(apart2(texts).asked.flat().length).toBeLessThan(2 * texts.length);
  });

  test('is the first of equals', () => {
    expect(run(bestText(texts), uniform).result.words).toEqual(wordsOf(texts[0]!));
  });
});

describe('lengths', () => {
  test('are all of the possible ones, and the prefix alone where it fills the text', () => {
    const full = run(sampleText(options({ strategy: 'gibbs' }, { prefix: [5, 6], most: 2 })), uniform);
    expect(full.result.words).toEqual([5, 6]);
    expect(full.asked).toHaveLength(1);
  });

  test('none is left out', () => {
    const { asked } = run(sampleText(options({ strategy: 'left-to-right' }, { prefix: [5] })), uniform);
    expect(asked[0]!.map(({ ids }) => ids.length - 2)).toEqual([2, 3, 4, 5, 6]);
  });

  test('the text with the best score wins', () => {
    // The model knows texts of four words and is at a loss with all others.
    const four: Model = (ids) =>
      ids.length === 6
        ? Array.from({ length: W }, (_, word) => (word === 7 ? 0.92 : 0.01))
        : new Array(W).fill(1 / W);
    for (const strategy of ['gibbs', 'left-to-right', 'confidence'] as const) {
      const { result } = run(sampleText(options({ strategy, temperature: 0 })), four);
      expect(result.words).toEqual([7, 7, 7, 7]);
    }
  });

  test('texts of different lengths ask together', () => {
    const { asked } = run(sampleText(options({ strategy: 'left-to-right' }, { most: 4 })), uniform);
    expect(asked[0]!.map(({ ids }) => ids.length)).toEqual([3, 4, 5, 6]);
    expect(asked[1]!.map(({ ids }) => ids.length)).toEqual([4, 5, 6]);
  });
});

describe.each(['gibbs', 'left-to-right', 'confidence'] as const)('%s', (strategy) => {
  const drawn = (seed: number, fields: Partial<TextOptions> = {}): SampledText =>
    run(
      sampleText(
        options(
          { strategy, temperature: 1 },
          {
            random: (what) => createRandom(`${seed}/${what}`),
            ...fields,
          },
        ),
      ),
      uniform,
    ).result;

  test('keeps the prefix, and never says a special token, however likely', () => {
    const special: Model = () => Array.from({ length: W }, (_, word) => (word < 5 ? 0.19 : 0.0125));
    for (let seed = 0; seed < 20; seed++) {
      const prefix = [8, 5, 8];
      const row = sampleText(
        options({ strategy, temperature: 1 }, { prefix, random: (what) => createRandom(`${seed}/${what}`) }),
      );
      const { words } = run(row, special).result;
      expect(words.slice(0, 3)).toEqual(prefix);
      expect(words.length).toBeGreaterThan(3);
      expect(words.length).toBeLessThanOrEqual(6);
      expect(words.every((word) => word >= 5)).toBe(true);
    }
  });

  test('is the same for the same seed and another for another', () => {
    expect(drawn(1)).toEqual(drawn(1));
    const sampler = options({ strategy, temperature: 1 });
    const texts = Array.from({ length: 8 }, (_, seed) =>
      wordsOf(run(writeText(sampler, 8, createRandom(seed)), uniform).result).join(),
    );
    expect(new Set(texts).size).toBeGreaterThan(6);
  });

  test('draws among the top k', () => {
    const graded: Model = () => [0.01, 0.01, 0.01, 0.01, 0.01, 0.3, 0.15, 0.25, 0.25];
    const seen = new Set<number>();
    for (let seed = 0; seed < 40; seed++) {
      const sampler = options({ strategy, temperature: 1, top_k: 2 });
      for (const word of wordsOf(run(writeText(sampler, 4, createRandom(seed)), graded).result))
        seen.add(word);
    }
    // 7 and 8 are equal: the lower id is kept.
    expect([...seen].toSorted()).toEqual([5, 7]);
  });
});

describe('resolveTextSampler', () => {
  test('fills in the defaults', () => {
    const defaults = (sampler: TextSampler) => resolveTextSampler(sampler, 100);
    expect(defaults({ strategy: 'gibbs' })).toEqual({
      strategy: 'gibbs',
      steps: 3,
      temperature: 1,
      topK: 100,
      lengthPenalty: 1,
    });
    expect(defaults({ strategy: 'confidence' })).toMatchObject({ steps: 1, temperature: 0 });
    expect(defaults({ strategy: 'parallel' }).lengthPenalty).toBe(1.2);
    expect(defaults({ strategy: 'left-to-right', top_k: 5 })).toMatchObject({ temperature: 1, topK: 5 });
    expect(defaults({ strategy: 'gibbs', temperature: 0.5, top_k: 1000 })).toMatchObject({
      temperature: 0.5,
      topK: 100,
    });
  });

  test('a model has a length penalty of its own, and a request the last word', () => {
    const penalty = (sampler: TextSampler) => resolveTextSampler(sampler, 100, 1.7).lengthPenalty;
    expect(penalty({ strategy: 'parallel' })).toBe(1.7);
    expect(penalty({ strategy: 'gibbs' })).toBe(1);
    expect(penalty({ strategy: 'parallel', length_penalty: 0.5 })).toBe(0.5);
  });

  test.each([
    ['strategy', { strategy: 'beam' as never }],
    ['steps', { strategy: 'gibbs', steps: 0 }],
    ['steps', { strategy: 'gibbs', steps: 11 }],
    ['steps', { strategy: 'confidence', steps: 1.5 }],
    ['temperature', { strategy: 'gibbs', temperature: -1 }],
    ['temperature', { strategy: 'gibbs', temperature: Number.NaN }],
    ['top_k', { strategy: 'gibbs', top_k: 0 }],
    ['length_penalty', { strategy: 'parallel', length_penalty: -1 }],
    ['length_penalty', { strategy: 'parallel', length_penalty: Number.NaN }],
  ] as [string, TextSampler][])('refuses a bad %s: %j', (param, sampler) => {
    expect(() => resolveTextSampler(sampler, 100)).toThrow(expect.objectContaining({ subject: param }));
    expect(() => resolveTextSampler(sampler, 100)).toThrow(SamplerError);
  });
});
