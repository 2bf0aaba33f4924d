/** Samplers without a model: what is refused, where the schedules go, how codes are drawn. */
import { describe, expect, test } from 'vitest';
import { createRandom } from '../../src/random.ts';
import { drawCode } from '../../src/sampling/draw.ts';
import { resolveSampler, type Sampler, SamplerError, STRATEGIES } from '../../src/sampling/sampler.ts';
import { createSchedule, inGroups, type Move, randomOrder } from '../../src/sampling/schedules.ts';

describe('resolveSampler', () => {
  const resolve = (sampler: Sampler) => resolveSampler(sampler, 64, 1000);

  test('fills in the defaults of each strategy', () => {
    const steps = Object.fromEntries(STRATEGIES.map((strategy) => [strategy, resolve({ strategy }).steps]));
    expect(steps).toEqual({
      ...{ 'adaptive-easy-first': 6, 'mask-predict': 4, parallel: 1 },
      ...{ 'top-left': 64, random: 64, 'easy-first': 64 },
    });
    expect(resolve({ strategy: 'random' })).toMatchObject({ temperature: 0, topK: 1000 });
    expect(resolve({ strategy: 'random', top_k: 5 })).toMatchObject({ temperature: 1, topK: 5 });
    expect(resolve({ strategy: 'random', top_k: 5000, temperature: 0.5 })).toMatchObject({
      temperature: 0.5,
      topK: 1000,
    });
  });

  test.each<[Sampler, string]>([
    [{ strategy: 'mask-predict', steps: 0 }, 'steps'],
    [{ strategy: 'mask-predict', steps: -1 }, 'steps'],
    [{ strategy: 'mask-predict', steps: 65 }, 'steps'],
    [{ strategy: 'top-left', steps: 2.5 }, 'steps'],
    [{ strategy: 'parallel', steps: 2 }, 'steps'],
    [{ strategy: 'random', steps: 257 }, 'steps'],
    [{ strategy: 'random', temperature: -1 }, 'temperature'],
    [{ strategy: 'random', temperature: Number.NaN }, 'temperature'],
    [{ strategy: 'random', top_k: 0 }, 'top_k'],
    [{ strategy: 'spiral' as never }, 'strategy'],
  ])('refuses %j', (sampler, param) => {
    const refusal = (() => {
      try {
        resolve(sampler);
      } catch (error) {
        return error;
      }
    })();
    expect(refusal).toBeInstanceOf(SamplerError);
    expect((refusal as SamplerError).subject).toBe(param);
  });
});

describe('schedules', () => {
  /** Runs a schedule on 16 positions; the pass is `sure` of each position. */
  function moves(sampler: Sampler, sure: (position: number) => number): { move: Move; written: number[] }[] {
    const schedule = createSchedule(resolveSampler(sampler, 16, 8), 16, createRandom('schedule'));
    const made: { move: Move; written: number[] }[] = [];
    let next = schedule.next();
    while (!next.done) {
      const confidence = new Float32Array(16).fill(Number.NaN);
      for (const position of next.value.read) confidence[position] = sure(position);
      made.push({ move: next.value, written: [...next.value.write(confidence)] });
      next = schedule.next(confidence);
    }
    return made;
  }

  test.each(STRATEGIES)('%s takes its steps and leaves no position out', (strategy) => {
    for (const steps of strategy === 'parallel' ? [1] : [1, 3, 5, 16]) {
      // So unsure that adaptive-easy-first writes one at a time.
      const made = moves({ strategy, steps }, (position) => position / 100);
      expect(made).toHaveLength(steps);
      expect(new Set(made.flatMap(({ written }) => written)).size).toBe(16);
      // What is written was read, or there would be nothing to write.
      for (const { move, written } of made) expect(move.read).toEqual(expect.arrayContaining(written));
    }
  });

  test('mask-predict masks again what it is least sure of', () => {
    const made = moves({ strategy: 'mask-predict', steps: 4 }, (position) => position / 16);
    expect(made.map(({ written }) => written.length)).toEqual([16, 12, 8, 4]);
    expect(made[3]!.written).toEqual([0, 1, 2, 3]);
    // The last pass is read only where it is written.
    expect(made.map(({ move }) => move.read.length)).toEqual([16, 16, 16, 4]);
  });

  test('adaptive-easy-first writes as many as may be expected to have 1.5 mistakes, and the rest in the end', () => {
    const written = (steps: number, sure: (position: number) => number) =>
      moves({ strategy: 'adaptive-easy-first', steps }, sure).map((made) => made.written);
    // 1/16 + 2/16 + … + 6/16 = 1.3; then 7/16 + 8/16 + 9/16 = 1.5 exactly; 10/16 + 11/16 = 1.3; and so on.
    const falling = (position: number) => 1 - (position + 1) / 16;
    expect(written(16, falling).map(({ length }) => length)).toEqual([6, 3, 2, 1, 1, 1, 1, 1]);
    expect(written(3, falling)).toEqual([
      [0, 1, 2, 3, 4, 5],
      [6, 7, 8],
      [9, 10, 11, 12, 13, 14, 15],
    ]);
    expect(written(16, () => 0.95).map(({ length }) => length)).toEqual([16]);
  });

  test('easy-first goes from sure to unsure, top-left row by row', () => {
    const easy = moves({ strategy: 'easy-first' }, (position) => position / 16);
    expect(easy.flatMap(({ written }) => written)).toEqual(Array.from({ length: 16 }, (_, i) => 15 - i));
    const rows = moves({ strategy: 'top-left' }, () => 0.5);
    expect(rows.flatMap(({ written }) => written)).toEqual(Array.from({ length: 16 }, (_, i) => i));
  });

  test('random visits everything before anything twice', () => {
    const order = randomOrder(16, 40, createRandom(7));
    expect([...order.slice(0, 16)].sort((a, b) => a - b)).toEqual(Array.from({ length: 16 }, (_, i) => i));
    expect(order).toHaveLength(40);
    expect(Math.max(...order)).toBe(15);
    expect(randomOrder(16, 16, createRandom(7))).not.toEqual(randomOrder(16, 16, createRandom(8)));
  });

  test('groups are of nearly equal length', () => {
    expect(inGroups([0, 1, 2, 3, 4, 5, 6], 3).map((group) => group.length)).toEqual([2, 2, 3]);
  });
});

describe('drawCode', () => {
  const logits = Float32Array.from([2, 0, 1, -40, 1]);
  const softmax = (temperature: number): number[] => {
    const mass = [...logits].map((logit) => Math.exp(logit / temperature));
    const total = mass.reduce((a, b) => a + b);
    return mass.map((m) => m / total);
  };
  const frequencies = (temperature: number, topK: number): number[] => {
    const random = createRandom('draw');
    const counts = new Array<number>(5).fill(0);
    for (let i = 0; i < 20_000; i++) counts[drawCode(logits, temperature, topK, random).id]!++;
    return counts.map((count) => count / 20_000);
  };

  test.each([0.5, 1, 2])('draws in proportion at temperature %d', (temperature) => {
    const wanted = softmax(temperature);
    for (const [id, frequency] of frequencies(temperature, 5).entries()) {
      expect(Math.abs(frequency - wanted[id]!)).toBeLessThan(0.015); // four standard deviations
    }
  });

  test('keeps to the k likeliest, of equals to the first', () => {
    const [a, b, c, d, e] = frequencies(1, 2);
    expect([b, d, e]).toEqual([0, 0, 0]);
    expect(a! / c!).toBeCloseTo(Math.E, 0);
    expect(frequencies(1, 1)[0]).toBe(1);
  });

  test('says how probable the model finds the code, whatever the temperature', () => {
    const { id, confidence } = drawCode(logits, 10, 5, createRandom(3));
    expect(confidence).toBeCloseTo(softmax(1)[id]!, 6);
  });

  test('large logits and tiny temperatures stay finite', () => {
    const { id, confidence } = drawCode(Float32Array.from([1000, 999, -1000]), 1e-3, 3, createRandom(1));
    expect(id).toBe(0);
    expect(confidence).toBeCloseTo(1 / (1 + Math.exp(-1)), 6);
  });
});
