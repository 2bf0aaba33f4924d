import { describe, expect, it } from 'vitest';
import { createRandom } from '../src/random.ts';

const draw = (seed: string | number, n = 1000): number[] => {
  const random = createRandom(seed);
  return Array.from({ length: n }, () => random.next());
};

describe('createRandom', () => {
  it('repeats a seed, and gives other numbers for another', () => {
    expect(draw(7)).toEqual(draw('7'));
    expect(draw(7).filter((x, i) => x === draw(8)[i])).toHaveLength(0);
    // These numbers are in every seed that a user was ever given: they must not change.
    const random = createRandom(42);
    expect([random.int(1_000_000), random.int(1_000_000), random.int(1_000_000)]).toMatchInlineSnapshot(`
      [
        735816,
        108936,
        369812,
      ]
    `);
  });

  it('goes on from a saved state, through JSON', () => {
    const random = createRandom('resume');
    for (let i = 0; i < 10; i++) random.normal();
    const state = JSON.parse(JSON.stringify(random.save()));
    const ahead = [random.next(), random.normal(), random.int(100)];
    const resumed = createRandom('anything');
    resumed.restore(state);
    expect([resumed.next(), resumed.normal(), resumed.int(100)]).toEqual(ahead);
  });

  it('is uniform in [0, 1), also over the first draw of consecutive seeds', () => {
    const streams = [
      draw('uniform', 20_000),
      Array.from({ length: 20_000 }, (_, i) => createRandom(i).next()),
    ];
    for (const values of streams) {
      const buckets = new Array<number>(10).fill(0);
      for (const value of values) {
        expect(value >= 0 && value < 1).toBe(true);
        buckets[Math.floor(value * 10)]!++;
      }
      // 2,000 expected in each, standard deviation 42.
      for (const count of buckets) expect(Math.abs(count - 2000)).toBeLessThan(5 * 42);
    }
  });

  it('draws integers, weights and normals in proportion', () => {
    const random = createRandom('proportion');
    const n = 20_000;
    const ints = Array.from({ length: n }, () => random.int(3));
    expect(new Set(ints)).toEqual(new Set([0, 1, 2]));
    const picks = Array.from({ length: n }, () => random.weighted([1, 0, 3]));
    expect(picks.filter((x) => x === 1)).toHaveLength(0);
    expect(picks.filter((x) => x === 2).length / n).toBeCloseTo(0.75, 1);
    const normals = Array.from({ length: n }, () => random.normal());
    const mean = normals.reduce((a, b) => a + b) / n;
    const variance = normals.reduce((a, b) => a + (b - mean) ** 2, 0) / n;
    expect(Math.abs(mean)).toBeLessThan(0.04);
    expect(Math.abs(variance - 1)).toBeLessThan(0.05);
    expect(normals.filter((x) => Math.abs(x) > 1.96).length / n).toBeCloseTo(0.05, 2);
  });

  it('shuffles into every order, keeping every item', () => {
    const random = createRandom('shuffle');
    const seen = new Set<string>();
    for (let i = 0; i < 500; i++) seen.add(random.shuffle(['a', 'b', 'c', 'd']).join(''));
    expect(seen.size).toBe(24);
  });

  it('refuses what it cannot draw from', () => {
    const random = createRandom(0);
    expect(() => random.int(0)).toThrow(RangeError);
    expect(() => random.int(1.5)).toThrow(RangeError);
    expect(() => random.pick([])).toThrow(RangeError);
    expect(() => random.weighted([0, 0])).toThrow(RangeError);
  });
});
