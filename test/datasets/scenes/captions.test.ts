import { beforeAll, describe, expect, it } from 'vitest';
import {
  type Caption,
  DEFAULT_WORLD,
  loadWorld,
  type Relation,
  type Scene,
  type SceneObject,
  type World,
} from '../../../src/datasets/scenes/index.ts';
import { createRandom } from '../../../src/random.ts';
import { loadTokenizer, type Tokenizer } from '../../../src/tokenizer.ts';

let world: World;
let tokenizer: Tokenizer;
const told: { scene: Scene; captions: Caption[] }[] = [];
beforeAll(async () => {
  world = await loadWorld(DEFAULT_WORLD);
  tokenizer = loadTokenizer(world.vocabulary());
  for (const split of ['train', 'test'] as const)
    for (let i = 0; i < 1200; i++) {
      const scene = world.scene(split, i);
      told.push({ scene, captions: world.captions(scene, createRandom(`captions/${i}`), 4) });
    }
});

const all = () => told.flatMap(({ scene, captions }) => captions.map((caption) => ({ scene, ...caption })));

/** The relations once more, from centres and edges, without the code under test. */
function geometry(relation: Relation, a: SceneObject, b: SceneObject): boolean {
  const [ax, bx] = [a.x + a.size / 2, b.x + b.size / 2];
  const [ay, by] = [a.y + a.size / 2, b.y + b.size / 2];
  const reach = (a.size + b.size) / 2;
  const [dx, dy] = [Math.abs(ax - bx), Math.abs(ay - by)];
  switch (relation) {
    case 'left of':
      return ax < bx && dx >= reach && dy < reach;
    case 'right of':
      return ax > bx && dx >= reach && dy < reach;
    case 'above':
      return ay < by && dy >= reach && dx < reach;
    case 'below':
      return ay > by && dy >= reach && dx < reach;
    case 'next to':
      return dx >= reach && dx <= reach + 16 && dy < reach;
    case 'flying over':
      return ay < by && dy >= reach && dx < reach && a.y + a.size <= 80;
    case 'riding':
    case 'sitting on':
      return dx <= 16 && ay < by && dy < reach;
  }
}

const matching = (scene: Scene, fact: Caption['facts']['objects'][number]): SceneObject[] =>
  scene.objects.filter(
    (o) =>
      (fact.anyOf ?? [fact.classId]).includes(o.classId) &&
      (fact.colourId === null || o.colourId === fact.colourId),
  );

describe('captions', () => {
  it('state facts that are exactly true of the scene', () => {
    for (const { scene, facts, text } of all()) {
      expect(facts.objects.length, text).toBe(scene.groups.length);
      for (const fact of facts.objects) {
        expect(matching(scene, fact).length, text).toBe(fact.count);
        if (fact.anyOf) expect(fact.anyOf).toContain(fact.classId);
      }
      if (facts.background !== null) expect(facts.background).toBe(scene.background);
      if (!facts.relation) continue;
      const { subject, relation, object } = facts.relation;
      for (const a of matching(scene, facts.objects[subject]!))
        for (const b of matching(scene, facts.objects[object]!))
          expect(geometry(relation, a, b), `${text}: ${relation}`).toBe(true);
    }
  });

  it('say in words what their facts say', () => {
    const colours = world.colours.slice(1);
    // Colour words that belong to a noun of an uncoloured class.
    const nouns =
      /green tree|green dinosaur|orange cat|yellow banana|brown horse|green grass|green field|blue sky|black and white|white sheep/g;
    for (const { facts, text } of all()) {
      const words = text
        .replace(nouns, '')
        .replaceAll('golden', 'yellow')
        .replaceAll('violet', 'purple')
        .match(/[a-z0-9]+/g)!;
      const spoken = words.filter((word) => colours.includes(word));
      const stated = facts.objects.flatMap(({ colourId }) =>
        colourId === null ? [] : [world.colours[colourId]!],
      );
      expect(spoken.sort(), text).toEqual(stated.sort());
      const counts = words.filter((word) => /^(two|three|2|3|pair|couple)$/.test(word)).length;
      expect(counts, text).toBe(facts.objects.filter(({ count }) => count > 1).length);
      if (text.includes(' left')) expect(['left of', 'right of']).toContain(facts.relation?.relation);
      if (/to the left of|^.* left of /.test(text)) expect(facts.relation?.relation, text).toBe('left of');
      if (/to the right of/.test(text)) expect(facts.relation?.relation, text).toBe('right of');
      if (/ (below|beneath|underneath) /.test(text)) expect(facts.relation?.relation, text).toBe('below');
      if (/ (next to|beside|alongside) /.test(text)) expect(facts.relation?.relation, text).toBe('next to');
    }
  });

  it('name the subject before the object, whichever group it is', () => {
    let checked = 0;
    for (const { facts, text } of all()) {
      if (!facts.relation || !text.includes('to the left of')) continue;
      const [before, after] = text.split('to the left of') as [string, string];
      const name = (i: number) => world.classes[facts.objects[i]!.classId]!;
      if (!text.includes(name(facts.relation.subject)) || !text.includes(name(facts.relation.object)))
        continue;
      if (name(facts.relation.subject) === name(facts.relation.object)) continue;
      expect(before).toContain(name(facts.relation.subject));
      expect(after).toContain(name(facts.relation.object));
      checked++;
    }
    expect(checked).toBeGreaterThan(100);
  });

  it('fit into 20 tokens without an unknown word or one spelled in pieces', () => {
    for (const { text } of all()) {
      const { ids, truncated } = tokenizer.encode(text);
      expect(truncated, text).toBe(false);
      expect(ids, text).not.toContain(tokenizer.unk);
      const pieces = ids.map((id) => tokenizer.token(id)).filter((token) => token.startsWith('##'));
      expect(pieces, text).toEqual([]);
      expect(tokenizer.decode(ids).replaceAll(' ', ''), text).toBe(text.replaceAll(' ', ''));
    }
  });

  it('are many, different, and repeatable', () => {
    const texts = all().map(({ text }) => text);
    expect(new Set(texts).size).toBeGreaterThan(0.85 * texts.length);
    for (const { captions } of told)
      expect(new Set(captions.map(({ text }) => text)).size).toBe(captions.length);
    expect(told.filter(({ captions }) => captions.length === 4).length).toBeGreaterThan(0.99 * told.length);
    const scene = world.scene('train', 3);
    expect(world.captions(scene, createRandom(1))).toEqual(world.captions(scene, createRandom(1)));
    expect(world.captions(scene, createRandom(1))).not.toEqual(world.captions(scene, createRandom(2)));
  });

  it('tell each relation, count, colour and background often enough to learn it', () => {
    const facts = all().map((caption) => caption.facts);
    const n = facts.length;
    const share = (test: (f: Caption['facts']) => boolean) => facts.filter(test).length / n;
    for (const relation of [
      'left of',
      'right of',
      'above',
      'below',
      'next to',
      'riding',
      'sitting on',
      'flying over',
    ])
      expect(
        share((f) => f.relation?.relation === relation),
        relation,
      ).toBeGreaterThan(0.02);
    for (const count of [1, 2, 3])
      expect(share((f) => f.objects.some((o) => o.count === count))).toBeGreaterThan(0.08);
    for (let id = 0; id < world.backgrounds.length; id++)
      expect(
        share((f) => f.background === id),
        world.backgrounds[id],
      ).toBeGreaterThan(0.05);
    for (let id = 1; id < world.colours.length; id++)
      expect(
        share((f) => f.objects.some((o) => o.colourId === id)),
        world.colours[id],
      ).toBeGreaterThan(0.03);
    for (let id = 0; id < world.classes.length; id++)
      expect(
        share((f) => f.objects.some((o) => o.classId === id)),
        world.classes[id],
      ).toBeGreaterThan(0.004);
  });
});

describe('the style', () => {
  it('is one of a scene, told of every flat one in a world of both, and never told wrong', async () => {
    const both = await loadWorld('framed-2styles');
    const flatWords = /\b(cartoon|illustration)\b/;
    let flat = 0;
    for (let i = 0; i < 1000; i++) {
      const scene = both.scene('train', i);
      const [style, ...others] = new Set(scene.objects.map((object) => object.style));
      expect(others).toEqual([]);
      for (const { text, facts } of both.captions(scene, createRandom(`style/${i}`), 3)) {
        expect(flatWords.test(text), text).toBe(style === 'fluent');
        if (style === 'fluent') expect(facts.style).toBe('fluent');
        else expect([undefined, 'noto']).toContain(facts.style);
        expect(both.readCaption(text).unread, text).toEqual([]);
      }
      if (style === 'fluent') flat++;
    }
    // A third, give or take four deviations.
    expect(flat).toBeGreaterThan(270);
    expect(flat).toBeLessThan(395);
  });
});

describe('the vocabulary', () => {
  it('has the special tokens first, nothing twice, and is the same for every world', async () => {
    const vocabulary = world.vocabulary();
    expect(vocabulary.slice(0, 5)).toEqual(['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]']);
    expect(new Set(vocabulary).size).toBe(vocabulary.length);
    expect((await loadWorld('free-2styles')).vocabulary()).toEqual(vocabulary);
  });

  it('reads plain sentences word by word', () => {
    const sentences = [
      'a giraffe standing on grass next to a red car',
      'A man riding a horse on the beach.',
      'two automobiles on a street, a bike and a bicycle in a park',
      'three people in a meadow under the stars',
      'a lady with a puppy beside a sofa in the living room',
    ];
    for (const sentence of sentences)
      for (const id of tokenizer.encode(sentence).ids) {
        expect(id).not.toBe(tokenizer.unk);
        expect(tokenizer.token(id)).not.toMatch(/^##/);
      }
  });

  it('spells every other Latin word, whatever it is', () => {
    for (const text of ['xylophone', 'qwertyuiop', 'Zürich', '12345', 'e-mail: a_b@c.d', "don't"])
      expect(tokenizer.encode(text, 40).ids).not.toContain(tokenizer.unk);
  });
});
