import { describe, expect, it } from 'vitest';
import { type Facts, loadWorld, type Scene } from '../../src/datasets/scenes/index.ts';
import type { Detection, Recognition } from '../../src/evaluation/detections.ts';
import { emptyTallies, type Measure, shareOf, tallyPicture } from '../../src/evaluation/paint-score.ts';
import { scoreRecognitions } from '../../src/evaluation/recognition-score.ts';
import { createRandom } from '../../src/random.ts';

const world = await loadWorld('lattice-2styles');
const idOf = (name: string): number => world.classes.indexOf(name);
const colourOf = (name: string): number => world.colours.indexOf(name);

const thing = (name: string, x: number, y: number, colour = 'natural', size = 32): Detection => ({
  classId: idOf(name),
  colourId: colourOf(colour),
  x,
  y,
  size,
  score: 1,
});

/** What a recogniser that never errs sees, a pixel or two off. */
function perfect(scene: Scene): Recognition {
  const objects = scene.objects.map(({ classId, colourId, x, y, size, style }, i) => ({
    classId,
    colourId,
    x: x + ((i * 3 + scene.index) % 5) - 2,
    y: y + ((i + scene.index) % 4) - 2,
    size: size + (i % 3) - 1,
    style,
    score: 1,
  }));
  return { objects, background: scene.background };
}

function scores(facts: Facts, objects: Detection[], background = 0): Partial<Record<Measure, number | null>> {
  const tallies = emptyTallies();
  tallyPicture(world, facts, { objects, background }, tallies);
  return Object.fromEntries(Object.entries(tallies).map(([name, tally]) => [name, shareOf(tally)]));
}

describe('a picture against its caption', () => {
  it('a recogniser that never errs finds every claim of every caption true', () => {
    const tallies = emptyTallies();
    for (let i = 0; i < 400; i++) {
      const scene = world.scene('test', i);
      for (const { facts } of world.captions(scene, createRandom(i), 2)) {
        tallyPicture(world, facts, perfect(scene), tallies);
      }
    }
    for (const [measure, tally] of Object.entries(tallies)) {
      if (measure === 'unasked') continue;
      expect(tally.total, measure).toBeGreaterThan(20);
      expect(shareOf(tally), measure).toBe(1);
    }
    expect(tallies.unasked.right).toBe(0);
  });

  it('pictures of other scenes get little right', () => {
    const tallies = emptyTallies();
    for (let i = 0; i < 300; i++) {
      const [caption] = world.captions(world.scene('test', i), createRandom(i), 1);
      tallyPicture(world, caption!.facts, perfect(world.scene('test', 1000 + i)), tallies);
    }
    expect(shareOf(tallies.object_recall)).toBeLessThan(0.1);
    expect(shareOf(tallies.all_of_it)).toBeLessThan(0.02);
    expect(shareOf(tallies.unasked)).toBeGreaterThan(1);
  });

  const car = { classId: idOf('car'), colourId: colourOf('red'), count: 1 };

  it('a wrong colour costs the colour and all of it, not the recall', () => {
    const facts: Facts = { objects: [car], background: null };
    const seen = scores(facts, [thing('car', 0, 0, 'blue')]);
    expect(seen).toMatchObject({ object_recall: 1, colour: 0, all_of_it: 0, count: null, background: null });
    expect(scores(facts, [thing('car', 0, 0, 'red')])).toMatchObject({ colour: 1, all_of_it: 1 });
  });

  it('a phrase takes the object of its colour before another phrase can', () => {
    const facts: Facts = { objects: [{ ...car, colourId: colourOf('blue') }, car], background: null };
    const seen = scores(facts, [thing('car', 0, 0, 'red'), thing('car', 64, 0, 'blue')]);
    expect(seen).toMatchObject({ object_recall: 1, colour: 1, all_of_it: 1 });
    const one = scores(facts, [thing('car', 0, 0, 'red')]);
    expect(one).toMatchObject({ object_recall: 0.5, colour: 0.5, all_of_it: 0 });
  });

  it('one too many is a wrong number', () => {
    const facts: Facts = { objects: [{ classId: idOf('dog'), colourId: null, count: 2 }], background: null };
    const dogs = [thing('dog', 0, 0), thing('dog', 48, 0), thing('dog', 90, 0)];
    expect(scores(facts, dogs.slice(0, 2))).toMatchObject({ count: 1, all_of_it: 1 });
    expect(scores(facts, dogs)).toMatchObject({ object_recall: 1, count: 0, all_of_it: 0 });
    expect(scores(facts, dogs.slice(0, 1))).toMatchObject({ object_recall: 0.5, count: 0, all_of_it: 0 });
  });

  it('a word for several classes is met by any of them', () => {
    const facts: Facts = {
      objects: [{ classId: idOf('man'), colourId: null, count: 1, anyOf: [idOf('man'), idOf('woman')] }],
      background: null,
    };
    expect(scores(facts, [thing('woman', 0, 0)])).toMatchObject({
      object_recall: 1,
      all_of_it: 1,
      unasked: 0,
    });
    expect(scores(facts, [thing('dog', 0, 0)])).toMatchObject({ object_recall: 0, all_of_it: 0, unasked: 1 });
  });

  it('sides count, and a missing object makes its relation false', () => {
    const facts: Facts = {
      objects: [car, { classId: idOf('dog'), colourId: null, count: 1 }],
      relation: { subject: 0, relation: 'left of', object: 1 },
      background: 3,
    };
    const [left, right] = [thing('car', 4, 66, 'red', 48), thing('dog', 70, 80)];
    expect(scores(facts, [left, right], 3)).toMatchObject({ left_right: 1, background: 1, all_of_it: 1 });
    expect(scores(facts, [left, right], 2)).toMatchObject({ left_right: 1, background: 0, all_of_it: 0 });
    const swapped = [thing('car', 76, 66, 'red', 48), thing('dog', 10, 80)];
    expect(scores(facts, swapped, 3)).toMatchObject({ object_recall: 1, left_right: 0, all_of_it: 0 });
    expect(scores(facts, [left], 3)).toMatchObject({ left_right: 0, above_below: null });
  });
});

describe('the style', () => {
  const facts: Facts = { objects: [], background: null, style: 'fluent' };
  const drawn = (...styles: (string | undefined)[]) =>
    scores(
      facts,
      styles.map((style) => ({ ...thing('dog', 0, 0), ...(style && { style }) })),
    );

  it('is that of everything there', () => {
    expect(drawn('fluent', 'fluent')).toMatchObject({ style: 1, all_of_it: 1 });
    for (const styles of [['noto', 'fluent'], ['noto'], [], [undefined]]) {
      expect(drawn(...styles)).toMatchObject({ style: 0, all_of_it: 0 });
    }
    expect(scores({ objects: [], background: null }, [])).toMatchObject({ style: null, all_of_it: 1 });
  });

  it('of an object makes its scene wrong', () => {
    const scenes = Array.from({ length: 4 }, (_, i) => world.scene('validation', i));
    const seen = scenes.map(perfect);
    const [object] = seen[0]!.objects;
    object!.style = object!.style === 'noto' ? 'fluent' : 'noto';
    const objects = scenes.flatMap((scene) => scene.objects).length;
    expect(scoreRecognitions(scenes, seen)).toMatchObject({ style: 1 - 1 / objects, all_of_it: 0.75 });
  });
});

describe('a recogniser against scenes', () => {
  const scenes = Array.from({ length: 50 }, (_, i) => world.scene('validation', i));
  const objects = scenes.reduce((sum, scene) => sum + scene.objects.length, 0);

  it('one that never errs gets everything', () => {
    const score = scoreRecognitions(scenes, scenes.map(perfect));
    expect(score).toEqual({
      recall: 1,
      precision: 1,
      colour: 1,
      count: 1,
      background: 1,
      style: 1,
      all_of_it: 1,
    });
  });

  it('every kind of mistake shows in its own number', () => {
    const seen = scenes.map(perfect);
    seen[0]!.objects.pop();
    seen[1]!.objects.push(thing('dog', 0, 0));
    seen[2]!.background += 1;
    seen[3]!.objects[0]!.colourId += 1;
    seen[4]!.objects[0]!.x += 16;
    const score = scoreRecognitions(scenes, seen);
    expect(score.recall).toBeCloseTo((objects - 2) / objects, 10);
    expect(score.precision).toBeCloseTo((objects - 2) / objects, 10);
    expect(score.colour).toBeCloseTo((objects - 3) / objects, 10);
    expect(score.count).toBeCloseTo(48 / 50, 10);
    expect(score.background).toBeCloseTo(49 / 50, 10);
    expect(score.all_of_it).toBeCloseTo(45 / 50, 10);
  });
});
