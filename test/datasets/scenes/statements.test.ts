import { beforeAll, describe, expect, it } from 'vitest';
import {
  type Contrast,
  DEFAULT_WORLD,
  loadWorld,
  type Scene,
  type World,
} from '../../../src/datasets/scenes/index.ts';
import { createRandom } from '../../../src/random.ts';
import { loadTokenizer } from '../../../src/tokenizer.ts';

const SCENES = 600;
const STATEMENTS = 3000;
let world: World;
let stated: Contrast[];
beforeAll(async () => {
  world = await loadWorld(DEFAULT_WORLD);
  const source = world.statements('train', SCENES);
  stated = Array.from({ length: STATEMENTS }, (_, i) => source.contrast(createRandom(`statement/${i}`)));
});

const PLURALS: Record<string, string> = {
  men: 'man',
  women: 'woman',
  sheep: 'sheep',
  fish: 'fish',
  snowmen: 'snowman',
  cacti: 'cactus',
  buses: 'bus',
  couches: 'couch',
  butterflies: 'butterfly',
};
function count(scene: Scene, noun: string, colour?: string): number {
  const singular = PLURALS[noun] ?? (world.classes.includes(noun) ? noun : noun.replace(/s$/, ''));
  expect(world.classes, noun).toContain(singular);
  return scene.objects.filter(
    ({ classId, colourId }) =>
      world.classes[classId] === singular && (!colour || world.colours[colourId] === colour),
  ).length;
}

type Reading = (pair: { left: Scene; right: Scene }, words: string[]) => boolean;
const NUMBERS = ['no', 'one', 'two', 'three', 'four', '5', '6', '7', '8', '9'];
const sideOf = (pair: { left: Scene; right: Scene }, side: string) =>
  side === 'left' ? pair.left : pair.right;

/** What each statement means, by a reading of English that is not the generator's. */
const READINGS: [RegExp, Reading][] = [
  [
    /^there (?:is|are) exactly (\w+) (.+) in total$/,
    ({ left, right }, [n, noun]) => count(left, noun!) + count(right, noun!) === NUMBERS.indexOf(n!),
  ],
  [
    /^the (left|right) image contains exactly (\w+) (.+)$/,
    (pair, [side, n, noun]) => count(sideOf(pair, side!), noun!) === NUMBERS.indexOf(n!),
  ],
  [
    /^the (left|right) image contains (more|fewer) (.+) than the (left|right) image$/,
    (pair, [here, words, noun, there]) => {
      const [a, b] = [count(sideOf(pair, here!), noun!), count(sideOf(pair, there!), noun!)];
      return words === 'more' ? a > b : a < b;
    },
  ],
  [
    /^both images contain the same number of (.+)$/,
    ({ left, right }, [noun]) => count(left, noun!) === count(right, noun!),
  ],
  [
    /^both images contain an? (.+)$/,
    ({ left, right }, [noun]) => count(left, noun!) > 0 && count(right, noun!) > 0,
  ],
  [
    /^only the (left|right) image contains an? (.+)$/,
    (pair, [side, noun]) =>
      count(sideOf(pair, side!), noun!) > 0 &&
      count(sideOf(pair, side === 'left' ? 'right' : 'left'), noun!) === 0,
  ],
  [
    /^the (left|right) image contains an? (.+)$/,
    (pair, [side, thing]) => {
      const colour = world.colours.slice(1).find((word) => thing!.startsWith(`${word} `));
      return count(sideOf(pair, side!), colour ? thing!.slice(colour.length + 1) : thing!, colour) > 0;
    },
  ],
  [/^both images show the same background$/, ({ left, right }) => left.background === right.background],
];

/** Null for what shows a place. */
function isTrue(text: string, pair: { left: Scene; right: Scene }): boolean | null {
  for (const [pattern, reading] of READINGS) {
    const found = pattern.exec(text);
    if (found) return reading(pair, found.slice(1));
  }
  return null;
}

describe('statements', () => {
  it('are true of one pair and false of the other', () => {
    let checked = 0;
    for (const { statement, type, whenTrue, whenFalse } of stated) {
      const truth = isTrue(statement, whenTrue);
      if (truth === null) {
        expect(type, statement).toBe('background');
        continue;
      }
      expect(truth, statement).toBe(true);
      expect(isTrue(statement, whenFalse), statement).toBe(false);
      checked++;
    }
    expect(checked).toBeGreaterThan(STATEMENTS / 2);
  });

  it('name places as the pictures have them', () => {
    const seen = new Map<string, Set<number>>();
    for (const { statement, whenTrue } of stated) {
      const found = /^(?:the (left|right) image shows|both images show) a (scene .+)$/.exec(statement);
      if (!found) continue;
      const { background } = found[1] === 'right' ? whenTrue.right : whenTrue.left;
      if (!found[1]) expect(whenTrue.right.background).toBe(background);
      seen.set(found[2]!, (seen.get(found[2]!) ?? new Set()).add(background));
    }
    expect(seen.size).toBe(world.backgrounds.length);
    for (const backgrounds of seen.values()) expect(backgrounds.size).toBe(1);
  });

  it('are of every type, and often about two pictures in both orders', () => {
    for (const type of ['count', 'presence', 'colour', 'background', 'comparison'] as const) {
      const share = stated.filter((one) => one.type === type).length / stated.length;
      expect(Math.abs(share - 0.2), type).toBeLessThan(0.04);
    }
    const turned = stated.filter(
      ({ whenTrue, whenFalse }) => whenTrue.left === whenFalse.right && whenTrue.right === whenFalse.left,
    );
    expect(turned.length / stated.length).toBeGreaterThan(0.1);
  });

  it('cannot be judged by what a single picture of the pair shows', () => {
    // 'the left image contains a dog': how often is there no dog at all when it is false?
    const presence = stated.flatMap((one) => {
      const found = /^the (?:left|right) image contains an? (\w+)$/.exec(one.statement);
      return found ? [{ ...one, noun: found[1]! }] : [];
    });
    const elsewhere = presence.filter(
      ({ whenFalse: { left, right }, noun }) => count(left, noun) + count(right, noun) > 0,
    );
    expect(elsewhere.length / presence.length).toBeGreaterThan(0.4);
  });

  it('repeat from the same random numbers, and fit into 20 tokens word by word', () => {
    const again = world.statements('train', SCENES).contrast(createRandom('statement/7'));
    expect(again).toEqual(stated[7]);
    const tokenizer = loadTokenizer(world.vocabulary());
    for (const { statement } of stated) {
      const { ids, truncated } = tokenizer.encode(statement);
      expect(truncated, statement).toBe(false);
      const odd = ids.map((id) => tokenizer.token(id)).filter((token) => /^##|\[UNK\]/.test(token));
      expect(odd, statement).toEqual([]);
    }
  });
});
