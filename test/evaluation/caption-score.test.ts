import { describe, expect, it } from 'vitest';
import { loadWorld, type Scene } from '../../src/datasets/scenes/index.ts';
import {
  type CaptionMeasure,
  type CaptionTallies,
  emptyCaptionTallies,
  tallyCaption,
} from '../../src/evaluation/caption-score.ts';
import { createRandom } from '../../src/random.ts';

const world = await loadWorld('lattice-1style');
const both = await loadWorld('lattice-2styles');

/** A scene of groups like '2 red car', which only the score looks at. */
function scene(background: string, ...groups: string[]): Scene {
  const objects: Scene['objects'] = [];
  return {
    split: 'test',
    index: 0,
    background: world.backgrounds.indexOf(background),
    groups: groups.map((group) => {
      const [count, colour, ...name] = group.split(' ');
      const classId = world.classes.indexOf(name.join(' '));
      const colourId = world.colours.indexOf(colour!);
      const members = Array.from({ length: Number(count) }, () => {
        return objects.push({ classId, colourId, x: 0, y: 0, size: 32, style: 'noto', flip: false }) - 1;
      });
      return { classId, colourId, members };
    }),
    objects,
    relations: [],
    heldOut: false,
  };
}

function tallied(text: string, of: Scene): CaptionTallies {
  const tallies = emptyCaptionTallies();
  tallyCaption(of, world.readCaption(text), tallies);
  return tallies;
}

/** 'right/total' of precision, then of recall. */
function shares(
  text: string,
  of: Scene,
): Record<CaptionMeasure, string> & { true: boolean; complete: boolean } {
  const { precision, recall, allTrue, complete } = tallied(text, of);
  const each = (measure: CaptionMeasure) =>
    `${precision[measure].right}/${precision[measure].total} ${recall[measure].right}/${recall[measure].total}`;
  return {
    object: each('object'),
    colour: each('colour'),
    count: each('count'),
    background: each('background'),
    style: each('style'),
    true: allTrue.right === 1,
    complete: complete.right === 1,
  };
}

const cars = scene('road', '2 red car', '1 natural dog');

describe('the style', () => {
  const flat = scene('road', '1 natural dog');
  flat.objects[0]!.style = 'fluent';
  const shares = (text: string, of: Scene) => {
    const tallies = emptyCaptionTallies();
    tallyCaption(of, both.readCaption(text), tallies);
    const { precision, recall, allTrue } = tallies;
    return [precision.style, recall.style, allTrue].map(({ right, total }) => `${right}/${total}`);
  };

  it('of a flat scene is told or left out, of another never wrong', () => {
    expect(shares('a cartoon of a dog', flat)).toEqual(['1/1', '1/1', '1/1']);
    expect(shares('a dog on the road in a cartoon', flat)).toEqual(['1/1', '1/1', '1/1']);
    expect(shares('a dog', flat)).toEqual(['0/0', '0/1', '1/1']);
    expect(shares('a photo of a dog', flat)).toEqual(['0/1', '0/1', '0/1']);
    expect(shares('a cartoon of a dog', scene('road', '1 natural dog'))).toEqual(['0/1', '0/0', '0/1']);
  });
});

describe('a caption against its scene', () => {
  it('that says everything is right and leaves nothing out', () => {
    expect(shares('two red cars and a dog on the road', cars)).toEqual({
      object: '2/2 3/3',
      colour: '1/1 2/2',
      count: '1/1 1/1',
      background: '1/1 1/1',
      style: '0/0 0/0',
      true: true,
      complete: true,
    });
  });

  it('that says little is right and leaves much out', () => {
    expect(shares('a dog', cars)).toEqual({
      object: '1/1 1/3',
      colour: '0/0 0/2',
      count: '0/0 0/1',
      background: '0/0 0/1',
      style: '0/0 0/0',
      true: true,
      complete: false,
    });
  });

  it('with a wrong colour gets the number of that colour wrong too', () => {
    expect(shares('two blue cars', cars)).toMatchObject({
      object: '1/1 2/3',
      colour: '0/1 0/2',
      count: '0/1 0/1',
      true: false,
    });
  });

  it('with a wrong number', () => {
    expect(shares('three red cars', cars)).toMatchObject({
      object: '1/1 2/3',
      count: '0/1 0/1',
      true: false,
    });
    expect(shares('a red car', cars)).toMatchObject({ object: '1/1 1/3', count: '0/0 0/1', true: false });
    expect(shares('two dogs', cars)).toMatchObject({ object: '1/1 1/3', count: '0/1 0/1' });
  });

  it('about what is not there', () => {
    expect(shares('two yellow buses in the snow', cars)).toEqual({
      object: '0/1 0/3',
      colour: '0/1 0/2',
      count: '0/1 0/1',
      background: '0/1 0/1',
      style: '0/0 0/0',
      true: false,
      complete: false,
    });
  });

  it('that says the same thing twice is right once', () => {
    expect(shares('a dog and a dog', cars)).toMatchObject({ object: '1/2 1/3', true: false });
  });

  it('that is no grammar says nothing right, whatever words are in it', () => {
    expect(shares('car car dog red two road', cars)).toMatchObject({
      object: '0/3 0/3',
      colour: '0/1 0/2',
      count: '0/0 0/1',
      background: '0/0 0/1',
      style: '0/0 0/0',
      true: false,
    });
    expect(shares('two red car and a dogs', cars)).toMatchObject({ object: '0/2 0/3', colour: '0/1 0/2' });
    expect(tallied('a dog xyz', cars)).toMatchObject({ grammatical: { right: 0, total: 1 } });
    expect(shares('a dog xyz', cars)).toMatchObject({ object: '1/1 1/3', true: false });
    expect(shares('on the road', cars)).toMatchObject({ background: '1/1 1/1', true: false });
  });

  it('without colours may count over all of them', () => {
    const mixed = scene('beach', '1 red car', '1 blue car');
    expect(shares('two cars', mixed)).toMatchObject({
      object: '1/1 2/2',
      colour: '0/0 0/2',
      count: '1/1 0/0',
      true: true,
      complete: false,
    });
    expect(shares('a red car and a blue car', mixed)).toMatchObject({ object: '2/2 2/2', colour: '2/2 2/2' });
    expect(shares('a car', mixed)).toMatchObject({ object: '1/1 1/2', true: false });
  });
});

describe('captions that the world writes', () => {
  const tell = (shift: number) => {
    const tallies = emptyCaptionTallies();
    for (let i = 0; i < 400; i++) {
      const { text } = both.captions(both.scene('test', i), createRandom(i), 1)[0]!;
      tallyCaption(both.scene('test', i + shift), both.readCaption(text), tallies);
    }
    return tallies;
  };

  it('are true of their scenes and name every object', () => {
    const { precision, recall, grammatical, allTrue } = tell(0);
    for (const [measure, { right, total }] of Object.entries(precision)) {
      expect(total, measure).toBeGreaterThan(100);
      expect(right, measure).toBe(total);
    }
    expect(recall.object.right).toBe(recall.object.total);
    expect(recall.count.right).toBe(recall.count.total);
    expect(recall.colour.right / recall.colour.total).toBeGreaterThan(0.8);
    expect(grammatical.right).toBe(400);
    expect(allTrue.right).toBe(400);
  });

  it('say little of other scenes', () => {
    const { precision, recall, allTrue } = tell(1);
    for (const measure of ['object', 'colour', 'count', 'background'] as const) {
      expect(precision[measure].right / precision[measure].total, measure).toBeLessThan(0.2);
      expect(recall[measure].right / recall[measure].total, measure).toBeLessThan(0.2);
    }
    expect(allTrue.right).toBeLessThan(4);
  });
});
