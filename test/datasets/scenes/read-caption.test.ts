import { beforeAll, describe, expect, it } from 'vitest';
import { loadWorld, type ReadCaption, WORLD_NAMES, type World } from '../../../src/datasets/scenes/index.ts';
import { createRandom } from '../../../src/random.ts';
import { loadTokenizer } from '../../../src/tokenizer.ts';

let world: World;
beforeAll(async () => {
  world = await loadWorld('lattice-1style');
});

const classId = (name: string) => world.classes.indexOf(name);
const colourId = (name: string) => world.colours.indexOf(name);
/** 'red car 2', '? dog' for a noun without its number. */
function told({ objects }: ReadCaption): string[] {
  return objects.map(({ classIds, colourId, count }) =>
    [
      ...(colourId === null ? [] : [world.colours[colourId]]),
      classIds.map((id) => world.classes[id]).join('|'),
      count ?? '?',
    ].join(' '),
  );
}

it.each(WORLD_NAMES.filter((name) => /lattice-1style|free/.test(name)))(
  'reads from every caption of %s exactly what it claims',
  async (name) => {
    const other = await loadWorld(name);
    const tokenizer = loadTokenizer(other.vocabulary());
    for (let i = 0; i < 1500; i++) {
      const scene = other.scene('test', i);
      for (const { text, facts } of other.captions(scene, createRandom(`read/${i}`), 3)) {
        // As a model would have written it.
        const read = other.readCaption(tokenizer.decode(tokenizer.encode(text).ids));
        expect(read.unread, text).toEqual([]);
        expect(read.strayColours, text).toEqual([]);
        expect(
          read.objects.map(({ classIds, colourId, count }) => ({ classIds, colourId, count })),
          text,
        ).toEqual(
          facts.objects.map(({ classId, anyOf, colourId, count }) => ({
            classIds: anyOf ?? [classId],
            colourId,
            count,
          })),
        );
        const places = facts.background === null ? [] : [facts.background];
        expect(read.backgrounds.length, text).toBe(places.length);
        for (const [k, place] of places.entries()) expect(read.backgrounds[k], text).toContain(place);
        expect(read.styles, text).toEqual(facts.style ? [facts.style] : []);
      }
    }
  },
  60_000,
);

describe('is not lenient', () => {
  it('about numbers that do not agree with their nouns', () => {
    expect(told(world.readCaption('two red cars'))).toEqual(['red car 2']);
    const disagreeing = world.readCaption('two red car');
    expect(told(disagreeing)).toEqual(['red car ?']);
    expect(disagreeing.unread).toEqual(['two']);
    expect(told(world.readCaption('a dogs on grass'))).toEqual(['dog ?']);
    expect(told(world.readCaption('dog on grass'))).toEqual(['dog ?']);
    expect(told(world.readCaption('four dogs'))).toEqual(['dog ?']);
    // The same word for one and for several.
    expect(told(world.readCaption('two sheep and a sheep'))).toEqual(['sheep 2', 'sheep 1']);
  });

  it('about colours that stand before no noun', () => {
    const read = world.readCaption('a dog red on grass');
    expect(told(read)).toEqual(['dog 1']);
    expect(read.strayColours).toEqual([colourId('red')]);
    expect(told(world.readCaption('a red dog'))).toEqual(['red dog 1']);
    expect(told(world.readCaption('a red blue car'))).toEqual(['blue car ?']);
  });

  it('about words it does not know', () => {
    const read = world.readCaption('a dog xyz a beautiful red car sleeping');
    expect(told(read)).toEqual(['dog 1', 'red car 1']);
    expect(read.unread).toEqual(['xyz', 'sleeping']);
    expect(world.readCaption('')).toEqual({
      objects: [],
      backgrounds: [],
      styles: [],
      strayColours: [],
      unread: [],
    });
  });
});

it('tells words within places and names from claims', () => {
  const read = (text: string) => {
    const { objects: _, backgrounds, ...rest } = world.readCaption(text);
    return {
      objects: told(world.readCaption(text)),
      backgrounds: backgrounds.map((ids) => ids.map((id) => world.backgrounds[id])),
      ...rest,
    };
  };
  const clean = { styles: [], strayColours: [], unread: [] };
  expect(read('an orange cat sitting on green grass')).toEqual({
    objects: ['cat 1'],
    backgrounds: [['grass']],
    ...clean,
  });
  expect(read('a balloon floating over the sea')).toEqual({
    objects: ['balloon 1'],
    backgrounds: [['sea']],
    ...clean,
  });
  expect(read('a red bird flying over a pair of black and white cows in a blue sky.')).toEqual({
    objects: ['red bird 1', 'cow 2'],
    backgrounds: [['sky']],
    ...clean,
  });
  expect(read('a person on the left and a kid on the right at night')).toEqual({
    objects: ['man|woman|boy|girl 1', 'boy|girl 1'],
    backgrounds: [['night']],
    ...clean,
  });
});

it('knows every class', () => {
  for (const name of world.classes) {
    expect(world.readCaption(`one ${name}`).objects).toEqual([
      { classIds: [classId(name)], colourId: null, count: 1 },
    ]);
  }
});
