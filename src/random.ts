/**
 * The one source of randomness: small, seeded, and able to save and restore its state, so that a run that is
 * resumed or an image that is repeated with its seed gives the same numbers. Models and samplers are handed a
 * `Random`; nothing calls Math.random().
 *
 * The generator is sfc32 (Chris Doty-Humphrey's PractRand), seeded through the FNV-1a hash of the seed's text.
 */

/** The largest seed that a user may choose, from 0. */
export const LARGEST_SEED = 2 ** 32 - 1;

/** The four 32-bit words of the generator; plain JSON, so a checkpoint can hold it. */
type RandomState = readonly [number, number, number, number];

export interface Random {
  /** A number in [0, 1) with 32 bits. */
  next(): number;
  /** An integer in [0, n). */
  int(n: number): number;
  /** True with this probability. */
  chance(probability: number): boolean;
  /** One of the items, uniformly. Throws a RangeError when there are none. */
  pick<T>(items: readonly T[]): T;
  /** An index drawn in proportion to the weights, which need not add up to 1. */
  weighted(weights: readonly number[]): number;
  /** Shuffles in place and returns the same array. */
  shuffle<T>(items: T[]): T[];
  /** A draw from the standard normal distribution. */
  normal(): number;
  save(): RandomState;
  restore(state: RandomState): void;
}

/** FNV-1a, 32 bits, over UTF-16 code units. Also used to decide memberships that must never change. */
export function hash32(text: string, basis = 0x811c9dc5): number {
  let hash = basis;
  for (let i = 0; i < text.length; i++) {
    hash ^= text.charCodeAt(i);
    hash = Math.imul(hash, 0x01000193);
  }
  // FNV's low bits alone are poor: finish with the murmur3 mixer.
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** A generator for this seed. The number 7 and the text '7' are the same seed. */
export function createRandom(seed: string | number): Random {
  const text = String(seed);
  let a = hash32(text);
  let b = hash32(text, 0x9e3779b9);
  let c = hash32(text, 0x243f6a88);
  let d = 1;

  function word(): number {
    const sum = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + sum) | 0;
    return sum >>> 0;
  }
  for (let i = 0; i < 12; i++) word();

  const next = (): number => word() / 4294967296;
  const int = (n: number): number => {
    if (!Number.isInteger(n) || n < 1) throw new RangeError(`int(n) needs a positive integer, not ${n}`);
    return Math.floor(next() * n);
  };

  return {
    next,
    int,
    chance: (probability) => next() < probability,
    pick: (items) => {
      if (items.length === 0) throw new RangeError('pick() needs at least one item');
      return items[int(items.length)]!;
    },
    weighted: (weights) => {
      let total = 0;
      for (const weight of weights) total += weight;
      if (!(total > 0)) throw new RangeError('weighted() needs a weight above zero');
      let rest = next() * total;
      let last = 0;
      for (let i = 0; i < weights.length; i++) {
        if (weights[i]! <= 0) continue;
        last = i;
        rest -= weights[i]!;
        if (rest < 0) return i;
      }
      return last;
    },
    shuffle: (items) => {
      for (let i = items.length - 1; i > 0; i--) {
        const j = int(i + 1);
        const kept = items[i]!;
        items[i] = items[j]!;
        items[j] = kept;
      }
      return items;
    },
    // Box-Muller without keeping the second value: the state stays four words.
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    save: () => [a, b, c, d],
    restore: (state) => {
      [a, b, c, d] = state;
    },
  };
}
