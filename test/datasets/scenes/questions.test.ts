import { beforeAll, describe, expect, it } from 'vitest';
import {
  DEFAULT_WORLD,
  loadWorld,
  type Question,
  type Scene,
  type StructuralType,
  type World,
} from '../../../src/datasets/scenes/index.ts';
import { createRandom } from '../../../src/random.ts';
import { loadTokenizer } from '../../../src/tokenizer.ts';

let world: World;
const asked: { scene: Scene; question: Question }[] = [];
const composed: { scene: Scene; question: Question<StructuralType> }[] = [];
beforeAll(async () => {
  world = await loadWorld(DEFAULT_WORLD);
  const random = createRandom('questions');
  for (let i = 0; i < 1500; i++) {
    const scene = world.scene('train', i);
    for (const question of world.questions(scene, random)) asked.push({ scene, question });
    for (const question of world.compositionalQuestions(scene, random)) composed.push({ scene, question });
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

/** Share of answers that the most frequent answer to the same wording gets right, over wordings without their nouns. */
function priorOf(questions: { question: string; answer: string }[]): number {
  const nouns = world.classes.flatMap((_, classId) => names(classId)).sort((a, b) => b.length - a.length);
  const words = new RegExp(`\\b(?:${[...nouns, ...world.colours].join('|')})\\b`, 'g');
  const answers = new Map<string, Map<string, number>>();
  for (const { question, answer } of questions) {
    const wording = question.replace(words, '…');
    const counts = answers.get(wording) ?? new Map<string, number>();
    answers.set(wording, counts.set(answer, (counts.get(answer) ?? 0) + 1));
  }
  const best = [...answers.values()].reduce((sum, counts) => sum + Math.max(...counts.values()), 0);
  return best / questions.length;
}

describe('who reads the question alone', () => {
  it('is little better than chance', () => {
    const ofType = (type: string) =>
      priorOf(asked.filter(({ question }) => question.type === type).map(({ question }) => question));
    expect(ofType('count')).toBeLessThan(0.45);
    expect(ofType('yes/no')).toBeLessThan(0.57);
    expect(ofType('relation')).toBeLessThan(0.6);
    expect(ofType('colour')).toBeLessThan(0.3);
    expect(ofType('where')).toBeLessThan(0.25);
    expect(ofType('what')).toBeLessThan(0.2);
    for (const type of ['verify', 'logical', 'compare'])
      expect(
        priorOf(composed.filter((one) => one.question.type === type).map(({ question }) => question)),
        type,
      ).toBeLessThan(0.62);
  });

  it.each(['next to', 'riding', 'sitting on', 'flying over', 'above', 'below'])(
    'learns nothing from "%s"',
    (relation) => {
      const claims = asked.filter(
        ({ question }) => question.type === 'relation' && question.question.includes(` ${relation} the `),
      );
      expect(claims.length).toBeGreaterThan(25);
      const yes = claims.filter(({ question }) => question.answer === 'yes').length / claims.length;
      expect(Math.abs(yes - 0.5)).toBeLessThan(4 * Math.sqrt(0.25 / claims.length));
    },
  );
});

describe('relations', () => {
  it('hold when the answer is yes, and do not when it is no', () => {
    const pattern =
      /^is the (.+) (above|below|next to|riding|sitting on|flying over|to the left of|to the right of) the (.+)\?$/;
    let [there, absent] = [0, 0];
    for (const { scene, question } of asked) {
      const found = question.type === 'relation' && pattern.exec(question.question);
      if (!found) continue;
      const [, a, said, b] = found;
      const relation = said!.replace(/^to the /, '');
      const groupOf = (noun: string) =>
        scene.groups.findIndex(({ classId }) => world.classes[classId] === noun);
      const [subject, object] = [groupOf(a!), groupOf(b!)];
      const holds = scene.relations.some(
        (one) => one.subject === subject && one.object === object && one.relation === relation,
      );
      expect(holds ? 'yes' : 'no', question.question).toBe(question.answer);
      if (subject >= 0 && object >= 0) there++;
      else absent++;
    }
    expect(there).toBeGreaterThan(200);
    expect(absent).toBeGreaterThan(20);
  });
});

describe('compositional questions', () => {
  const at = (scene: Scene, noun: string) =>
    scene.objects.filter(({ classId }) => names(classId).includes(noun));
  const colours = (scene: Scene, noun: string) =>
    new Set(at(scene, noun).map(({ colourId }) => world.colours[colourId]));

  it('come in all of GQA\u2019s types, with answers from the list', () => {
    expect(new Set(composed.map(({ question }) => question.type))).toEqual(
      new Set(['query', 'verify', 'choose', 'logical', 'compare']),
    );
    for (const { question } of composed) expect(world.answers).toContain(question.answer);
  });

  it('are answered rightly', () => {
    let checked = 0;
    for (const { scene, question } of composed) {
      const text = question.question;
      const logical = /^is there an? (.+) (and|or) an? (.+)\?$/.exec(text);
      const compare = /^are the (.+) and the (.+) the same color\?$/.exec(text);
      const choose = /^(?:is|are) the (.+) (\w+) or (\w+)\?$/.exec(text);
      const colour =
        /^what color is the (.+?) (?:above|below|next to|riding|sitting on|flying over|to the (?:left|right) of) /.exec(
          text,
        );
      const what = /^what is .* the (.+)\?$/.exec(text);
      if (logical) {
        const [a, b] = [at(scene, logical[1]!).length > 0, at(scene, logical[3]!).length > 0];
        expect((logical[2] === 'and' ? a && b : a || b) ? 'yes' : 'no', text).toBe(question.answer);
      } else if (compare) {
        const same = [...colours(scene, compare[1]!)].join() === [...colours(scene, compare[2]!)].join();
        expect(same ? 'yes' : 'no', text).toBe(question.answer);
      } else if (choose) {
        expect([choose[2], choose[3]]).toContain(question.answer);
        expect(colours(scene, choose[1]!), text).toEqual(new Set([question.answer]));
      } else if (colour) expect(colours(scene, colour[1]!), text).toEqual(new Set([question.answer]));
      else if (what) {
        expect(at(scene, question.answer).length, text).toBe(1);
        expect(
          at(scene, what[1]!.replace(new RegExp(`^(${world.colours.join('|')}) `), '')).length,
          text,
        ).toBe(1);
      } else continue;
      checked++;
    }
    expect(checked).toBeGreaterThan(2000);
  });
});

it('questions fit into 20 tokens of the vocabulary, word by word', () => {
  const tokenizer = loadTokenizer(world.vocabulary());
  for (const { question } of [...asked, ...composed]) {
    const { ids, truncated } = tokenizer.encode(question.question);
    expect(truncated, question.question).toBe(false);
    const odd = ids.map((id) => tokenizer.token(id)).filter((token) => /^##|\[UNK\]/.test(token));
    expect(odd, question.question).toEqual([]);
  }
});
