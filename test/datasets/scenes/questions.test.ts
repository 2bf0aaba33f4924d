import { beforeAll, describe, expect, it } from 'vitest';
import {
  loadWorld,
  type Question,
  type Scene,
  type Statement,
  type World,
} from '../../../src/datasets/scenes/index.ts';
import { createRandom } from '../../../src/random.ts';
import { loadTokenizer } from '../../../src/tokenizer.ts';

let world: World;
const asked: { scene: Scene; question: Question }[] = [];
const stated: { left: Scene; right: Scene; statement: Statement }[] = [];
beforeAll(async () => {
  world = await loadWorld('lattice-1style');
  const random = createRandom('questions');
  for (let i = 0; i < 1500; i++) {
    const scene = world.scene('train', i);
    for (const question of world.questions(scene, random)) asked.push({ scene, question });
    const right = world.scene('train', i + 1);
    stated.push({ left: scene, right, statement: world.statement(scene, right, random) });
  }
});

const count = (scene: Scene, noun: string): number =>
  scene.objects.filter(({ classId }) => names(classId).includes(noun)).length;

/** Singular and regular or irregular plural, from the test's own knowledge of English. */
const IRREGULAR: Record<string, string> = {
  man: 'men',
  woman: 'women',
  sheep: 'sheep',
  fish: 'fish',
  snowman: 'snowmen',
  cactus: 'cacti',
  bus: 'buses',
  couch: 'couches',
  butterfly: 'butterflies',
};
function names(classId: number): string[] {
  const name = world.classes[classId]!;
  return [name, IRREGULAR[name] ?? `${name}s`];
}

describe('questions', () => {
  it('have answers from the list, which has nothing twice', () => {
    expect(new Set(world.answers).size).toBe(world.answers.length);
    for (const { question } of asked) expect(world.answers).toContain(question.answer);
  });

  it('count right', () => {
    const counted = asked.filter(({ question }) => question.type === 'count');
    for (const { scene, question } of counted) {
      const noun = /^how many (.+) are (there|in the picture)\?$/.exec(question.question)![1]!;
      expect(String(count(scene, noun)), question.question).toBe(question.answer);
    }
    expect(new Set(counted.map(({ question }) => question.answer))).toEqual(new Set(['0', '1', '2', '3']));
  });

  it('name the colour, the place and the thing that are there', () => {
    for (const { scene, question } of asked) {
      if (question.type === 'colour') {
        const noun = /(?:is|are) the (.+)\?$/.exec(question.question)![1]!;
        const painted = scene.objects.filter(({ classId }) => names(classId).includes(noun));
        expect(painted.map(({ colourId }) => world.colours[colourId])).toEqual(
          painted.map(() => question.answer),
        );
        expect(painted.length).toBeGreaterThan(0);
      }
      if (question.type === 'where') expect(question.answer).toBe(world.backgrounds[scene.background]);
      if (question.type === 'what') expect(count(scene, question.answer)).toBeGreaterThan(0);
    }
  });

  it('are answered yes and no about as often, rightly', () => {
    const binary = asked.filter(({ question }) => question.type === 'yes/no');
    const yes = binary.filter(({ question }) => question.answer === 'yes').length / binary.length;
    expect(yes).toBeGreaterThan(0.4);
    expect(yes).toBeLessThan(0.65);
    for (const { scene, question } of binary) {
      const there = /^is there an? (.+?)( in the picture)?\?$/.exec(question.question);
      if (there) expect(count(scene, there[1]!) > 0 ? 'yes' : 'no', question.question).toBe(question.answer);
      const colour = /^(?:is|are) the (.+) (\w+)\?$/.exec(question.question);
      if (!there && colour) {
        const match = scene.objects.some(
          (o) => names(o.classId).includes(colour[1]!) && world.colours[o.colourId] === colour[2],
        );
        expect(match ? 'yes' : 'no', question.question).toBe(question.answer);
      }
    }
  });

  it('know left from right', () => {
    const sided = asked.filter(({ question }) => /left or right of/.test(question.question));
    expect(sided.length).toBeGreaterThan(50);
    for (const { scene, question } of sided) {
      const [, a, b] = /^is the (.+) left or right of the (.+)\?$/.exec(question.question)!;
      const at = (noun: string) => scene.objects.find(({ classId }) => world.classes[classId] === noun)!.x;
      expect(at(a!) < at(b!) ? 'left' : 'right').toBe(question.answer);
    }
  });
});

describe('statements', () => {
  it('are true as often as labelled', () => {
    let checked = 0;
    for (const { left, right, statement } of stated) {
      const text = statement.statement;
      const number = ['no', 'one', 'two', 'three', 'four', '5', '6', '7', '8', '9'];
      const total = /^there (?:is|are) exactly (\w+) (.+) in total$/.exec(text);
      const presence = /^the (left|right) image contains an? (.+)$/.exec(text);
      const more = /^the (left|right) image contains (more|fewer) (.+) than the (?:left|right) image$/.exec(
        text,
      );
      const same = /^both images contain the same number of (.+)$/.exec(text);
      let truth: boolean | null = null;
      if (total) truth = count(left, total[2]!) + count(right, total[2]!) === number.indexOf(total[1]!);
      else if (more) {
        const [here, there] = more[1] === 'left' ? [left, right] : [right, left];
        const [a, b] = [count(here, more[3]!), count(there, more[3]!)];
        truth = more[2] === 'more' ? a > b : a < b;
      } else if (same) truth = count(left, same[1]!) === count(right, same[1]!);
      else if (presence) truth = count(presence[1] === 'left' ? left : right, presence[2]!) > 0;
      else expect(statement.type, text).toBe('background');
      if (truth === null) continue;
      expect(truth, text).toBe(statement.label);
      checked++;
    }
    expect(checked).toBeGreaterThan(1000);
    const truths = stated.filter(({ statement }) => statement.label).length / stated.length;
    expect(truths).toBeGreaterThan(0.35);
    expect(truths).toBeLessThan(0.65);
  });

  it('and questions fit into 20 tokens of the vocabulary, word by word', () => {
    const tokenizer = loadTokenizer(world.vocabulary());
    const texts = [
      ...asked.map(({ question }) => question.question),
      ...stated.map(({ statement }) => statement.statement),
    ];
    for (const text of texts) {
      const { ids, truncated } = tokenizer.encode(text);
      expect(truncated, text).toBe(false);
      const odd = ids.map((id) => tokenizer.token(id)).filter((token) => /^##|\[UNK\]/.test(token));
      expect(odd, text).toEqual([]);
    }
  });
});
