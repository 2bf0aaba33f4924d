/**
 * NLVR2-style statements about two pictures (Suhr et al. 2019). As there, a statement is written to tell two pairs
 * apart: it is true of one and false of the other. Both are asked about, so the words alone say nothing of the truth,
 * and where the pairs are the same two pictures in both orders, nor does which things are there.
 */
import { withArticle } from '../../articles.ts';
import type { Random } from '../../random.ts';
import { type Cast, composeScene } from './layout.ts';
import { countClass } from './questions.ts';
import type { Scene, Split, StatementType } from './scene.ts';

export interface ScenePair {
  left: Scene;
  right: Scene;
}

/** A statement, a pair that it is true of, and one that it is false of. */
export interface Contrast {
  statement: string;
  type: StatementType;
  whenTrue: ScenePair;
  whenFalse: ScenePair;
}

export interface StatementSource {
  /** Decided by `random` alone. */
  contrast(random: Random): Contrast;
}

interface Claim {
  type: StatementType;
  statement: string;
  holds(pair: ScenePair): boolean;
}

const TYPES: readonly StatementType[] = ['count', 'presence', 'colour', 'background', 'comparison'];
const NUMBER_WORDS = ['no', 'one', 'two', 'three', 'four', '5', '6', '7', '8', '9'];
/** Share of the pictures of a statement about a class that are sure to show it. */
const TOPIC_SHARE = 0.6;
const ATTEMPTS = 1000;

/** Statements about the first `count` scenes of a split, at least two. */
export function statementSource(cast: Cast, split: Split, count: number): StatementSource {
  const scenes = Array.from({ length: count }, (_, i) => composeScene(cast, split, i));
  const byClass = cast.classes.map((_, classId) => scenes.filter((scene) => countClass(scene, classId) > 0));
  const shown = byClass.flatMap((of, classId) => (of.length > 0 ? [classId] : []));
  return {
    contrast(random) {
      const type = random.pick(TYPES);
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const topic = random.pick(shown);
        const draw = (): Scene => random.pick(random.chance(TOPIC_SHARE) ? byClass[topic]! : scenes);
        const [one, other] = pairsToTellApart(draw, random);
        const telling = claimsAbout(cast, topic, [one, other]).filter(
          (claim) => claim.type === type && claim.holds(one) !== claim.holds(other),
        );
        if (telling.length === 0) continue;
        const { statement, holds } = random.pick(telling);
        const [whenTrue, whenFalse] = holds(one) ? [one, other] : [other, one];
        return { statement, type, whenTrue, whenFalse };
      }
      throw new Error(`No statement on ${type} tells pairs of the ${count} ${split} scenes apart.`);
    },
  };
}

/** The same two in the other order, a pair with one picture in common, or four pictures. */
function pairsToTellApart(draw: () => Scene, random: Random): [ScenePair, ScenePair] {
  const pair = { left: draw(), right: draw() };
  const kind = random.next();
  if (kind < 0.25) return [pair, { left: pair.right, right: pair.left }];
  if (kind < 0.45) return [pair, { ...pair, left: draw() }];
  if (kind < 0.65) return [pair, { ...pair, right: draw() }];
  return [pair, { left: draw(), right: draw() }];
}

/** What may be said of a class and of the places, with everything that either pair shows as the thing to be said. */
function claimsAbout(
  { classes, colours, backgrounds }: Cast,
  classId: number,
  pairs: readonly [ScenePair, ScenePair],
): Claim[] {
  const { name, nouns } = classes[classId]!;
  const plural = nouns[0]![1];
  const aThing = withArticle(name);
  const count = (scene: Scene) => countClass(scene, classId);
  const total = ({ left, right }: ScenePair) => count(left) + count(right);
  const claims: Claim[] = [];
  const claim = (type: StatementType, statement: string, holds: Claim['holds']) =>
    claims.push({ type, statement, holds });
  const number = (n: number) => `${NUMBER_WORDS[n]} ${n === 1 ? name : plural}`;
  const distinct = <T>(values: readonly T[]): T[] => [...new Set(values)];

  claim(
    'presence',
    `both images contain ${aThing}`,
    ({ left, right }) => count(left) > 0 && count(right) > 0,
  );
  for (const n of distinct(pairs.map(total)).filter((n) => n > 0)) {
    const verb = n === 1 ? 'is' : 'are';
    claim('count', `there ${verb} exactly ${number(n)} in total`, (pair) => total(pair) === n);
  }
  claim('comparison', `both images contain the same number of ${plural}`, ({ left, right }) => {
    return count(left) === count(right);
  });
  for (const [side, other] of [
    ['left', 'right'],
    ['right', 'left'],
  ] as const) {
    const here = pairs.map((pair) => pair[side]);
    claim('presence', `the ${side} image contains ${aThing}`, (pair) => count(pair[side]) > 0);
    claim('presence', `only the ${side} image contains ${aThing}`, (pair) => {
      return count(pair[side]) > 0 && count(pair[other]) === 0;
    });
    for (const n of distinct(here.map(count)).filter((n) => n > 0)) {
      claim('count', `the ${side} image contains exactly ${number(n)}`, (pair) => count(pair[side]) === n);
    }
    for (const [words, sign] of [
      ['more', 1],
      ['fewer', -1],
    ] as const) {
      claim('comparison', `the ${side} image contains ${words} ${plural} than the ${other} image`, (pair) => {
        return (count(pair[side]) - count(pair[other])) * sign > 0;
      });
    }
    const inColour = (scene: Scene, colourId: number) =>
      scene.objects.some((object) => object.classId === classId && object.colourId === colourId);
    for (const colourId of colours.keys()) {
      if (colourId === 0 || !here.some((scene) => inColour(scene, colourId))) continue;
      const colour = colours[colourId]!;
      claim('colour', `the ${side} image contains ${withArticle(colour)} ${name}`, (pair) => {
        return inColour(pair[side], colourId);
      });
    }
    for (const place of distinct(here.map(({ background }) => background))) {
      const phrase = backgrounds[place]!.on[0]![0];
      claim('background', `the ${side} image shows a scene ${phrase}`, (pair) => {
        return pair[side].background === place;
      });
    }
  }
  for (const place of distinct(pairs.flatMap(({ left, right }) => [left.background, right.background]))) {
    const phrase = backgrounds[place]!.on[0]![0];
    claim('background', `both images show a scene ${phrase}`, ({ left, right }) => {
      return left.background === place && right.background === place;
    });
  }
  claim('background', 'both images show the same background', ({ left, right }) => {
    return left.background === right.background;
  });
  return claims;
}
