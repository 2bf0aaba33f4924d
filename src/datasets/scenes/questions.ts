/** VQA- and GQA-style questions about a scene, and NLVR2-style statements about two. */
import type { Random } from '../../random.ts';
import type { Cast } from './layout.ts';
import { RELATION_WORDS } from './lexicon.ts';
import type { Question, Scene, SceneGroup, SceneRelation, Statement } from './scene.ts';

/** Scenes have at most four objects. */
const NUMBERS = ['0', '1', '2', '3', '4'];
const NUMBER_WORDS = ['no', 'one', 'two', 'three', 'four'];

export function answersOf({ classes, colours, backgrounds }: Cast): string[] {
  return [
    'yes',
    'no',
    ...NUMBERS,
    'left',
    'right',
    ...colours.slice(1),
    ...backgrounds.map(({ name }) => name),
    ...classes.map(({ name }) => name),
  ];
}

const article = (noun: string): string => (/^[aeiou]/.test(noun) ? 'an' : 'a');

function countClass(scene: Scene, classId: number): number {
  return scene.objects.filter((object) => object.classId === classId).length;
}

/** Groups that can be called 'the dog': one object, alone of its class. */
function singles(scene: Scene): number[] {
  return scene.groups.flatMap(({ classId }, i) => (countClass(scene, classId) === 1 ? [i] : []));
}

/** One or more of each type that the scene has an answer to, in the order of the types. */
export function askQuestions(cast: Cast, scene: Scene, random: Random): Question[] {
  const { classes, colours, backgrounds } = cast;
  const questions: Question[] = [];
  const ask = (type: Question['type'], question: string, answer: string) =>
    questions.push({ question, answer, type });
  const name = (group: SceneGroup) => classes[group.classId]!.name;
  const alone = singles(scene);

  if (scene.groups.length === 1) {
    const plural = scene.objects.length > 1;
    const wording = random.pick(['in the picture', 'in the image', 'there']);
    ask('what', `what ${plural ? 'are' : 'is'} ${wording}?`, name(scene.groups[0]!));
  }
  const askable = scene.relations.filter(
    ({ subject, object }) => alone.includes(object) && alone.includes(subject),
  );
  if (askable.length > 0) {
    const chosen = random.pick(askable);
    askAboutRelation(scene, chosen, name, random, ask);
    const rivals = scene.relations.filter(
      ({ object, relation }) => object === chosen.object && relation === chosen.relation,
    );
    const wording = random.pick(RELATION_WORDS[chosen.relation])[0];
    if (rivals.length === 1)
      ask(
        'what',
        `what is ${wording} the ${name(scene.groups[chosen.object]!)}?`,
        name(scene.groups[chosen.subject]!),
      );
  }

  const painted = scene.groups.filter(
    (group) => group.colourId > 0 && scene.groups.every((g) => g === group || g.classId !== group.classId),
  );
  if (painted.length > 0) {
    const group = random.pick(painted);
    const item = classes[group.classId]!;
    const [verb, noun] = group.members.length > 1 ? ['are', item.nouns[0]![1]] : ['is', item.name];
    ask('colour', `what ${random.pick(['color', 'colour'])} ${verb} the ${noun}?`, colours[group.colourId]!);
  }

  const counted = random.chance(0.8) ? random.pick(scene.groups).classId : random.int(classes.length);
  const plural = classes[counted]!.nouns[0]![1];
  ask(
    'count',
    random.pick([`how many ${plural} are there?`, `how many ${plural} are in the picture?`]),
    NUMBERS[countClass(scene, counted)]!,
  );

  const background = backgrounds[scene.background]!.name;
  if (alone.length > 0 && random.chance(0.6)) {
    ask('where', `where is the ${name(scene.groups[random.pick(alone)]!)}?`, background);
  } else ask('where', random.pick(['what is in the background?', 'where is this?']), background);

  const wanted = random.chance(0.5) ? random.pick(scene.groups).classId : random.int(classes.length);
  const noun = classes[wanted]!.name;
  ask(
    'yes/no',
    random.pick([`is there ${article(noun)} ${noun}?`, `is there ${article(noun)} ${noun} in the picture?`]),
    countClass(scene, wanted) > 0 ? 'yes' : 'no',
  );
  if (painted.length > 0) {
    const group = random.pick(painted);
    const colour = random.chance(0.5) ? group.colourId : 1 + random.int(colours.length - 1);
    const item = classes[group.classId]!;
    const [verb, words] = group.members.length > 1 ? ['are', item.nouns[0]![1]] : ['is', item.name];
    ask('yes/no', `${verb} the ${words} ${colours[colour]}?`, colour === group.colourId ? 'yes' : 'no');
  }
  return questions;
}

function askAboutRelation(
  scene: Scene,
  { subject, relation, object }: SceneRelation,
  name: (group: SceneGroup) => string,
  random: Random,
  ask: (type: Question['type'], question: string, answer: string) => void,
): void {
  const [a, b] = [name(scene.groups[subject]!), name(scene.groups[object]!)];
  if ((relation === 'left of' || relation === 'right of') && random.chance(0.5)) {
    ask('relation', `is the ${a} left or right of the ${b}?`, relation === 'left of' ? 'left' : 'right');
    return;
  }
  // A relation turned round is false for all but 'next to', which has no direction.
  const turned = relation !== 'next to' && random.chance(0.5);
  const wording = RELATION_WORDS[relation][0]![0];
  const [first, second] = turned ? [b, a] : [a, b];
  ask('relation', `is the ${first} ${wording} the ${second}?`, turned ? 'no' : 'yes');
}

/** True and false ones about as often as each other. */
export function stateAbout(cast: Cast, left: Scene, right: Scene, random: Random): Statement {
  const { classes, backgrounds } = cast;
  const types: Statement['type'][] = ['count', 'presence', 'background', 'comparison'];
  const type = random.pick(types);
  const seen = random.pick([...left.groups, ...right.groups]).classId;
  const { name } = classes[seen]!;
  const plural = classes[seen]!.nouns[0]![1];
  const [inLeft, inRight] = [countClass(left, seen), countClass(right, seen)];
  const number = (n: number, words: readonly [string, string]) =>
    `${NUMBER_WORDS[n] ?? String(n)} ${n === 1 ? words[0] : words[1]}`;

  switch (type) {
    case 'count': {
      const total = inLeft + inRight;
      const claimed = random.chance(0.5) ? total : total === 1 || random.chance(0.5) ? total + 1 : total - 1;
      const verb = claimed === 1 ? 'is' : 'are';
      return {
        statement: `there ${verb} exactly ${number(claimed, [name, plural])} in total`,
        label: claimed === total,
        type,
      };
    }
    case 'presence': {
      const side = random.pick(['left', 'right'] as const);
      const there = (side === 'left' ? inLeft : inRight) > 0;
      return { statement: `the ${side} image contains ${article(name)} ${name}`, label: there, type };
    }
    case 'background': {
      const place = random.chance(0.5) ? left.background : right.background;
      const phrase = backgrounds[place]!.on[0]![0];
      if (left.background !== right.background && random.chance(0.5)) {
        const side = random.pick(['left', 'right'] as const);
        const label = (side === 'left' ? left : right).background === place;
        return { statement: `the ${side} image shows a scene ${phrase}`, label, type };
      }
      return {
        statement: `both images show a scene ${phrase}`,
        label: left.background === place && right.background === place,
        type,
      };
    }
    case 'comparison': {
      const [side, other] = random.chance(0.5) ? [inLeft, inRight] : [inRight, inLeft];
      const words = side === inLeft && inLeft !== inRight ? ['left', 'right'] : ['right', 'left'];
      const [here, there] = inLeft === inRight ? ['left', 'right'] : words;
      switch (random.int(3)) {
        case 0:
          return {
            statement: `the ${here} image contains more ${plural} than the ${there} image`,
            label: side > other,
            type,
          };
        case 1:
          return {
            statement: `the ${here} image contains fewer ${plural} than the ${there} image`,
            label: side < other,
            type,
          };
        default:
          return {
            statement: `both images contain the same number of ${plural}`,
            label: inLeft === inRight,
            type,
          };
      }
    }
  }
}
