/**
 * VQA-style questions about a scene. Who reads the question and not the picture should gain nothing: within a wording
 * every answer is about as frequent as the next (test/datasets/scenes/questions.test.ts measures what is left).
 */
import { withArticle } from '../../articles.ts';
import type { Random } from '../../random.ts';
import type { ObjectClass } from './catalogue.ts';
import type { Cast } from './layout.ts';
import { RELATION_WORDS } from './lexicon.ts';
import type { Question, Relation, Scene, SceneGroup, SceneRelation } from './scene.ts';

/** Scenes have at most four objects. */
const NUMBERS = ['0', '1', '2', '3', '4'];

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

export function countClass(scene: Scene, classId: number): number {
  return scene.objects.filter((object) => object.classId === classId).length;
}

/** Groups that can be called 'the dog': one object, alone of its class. */
function singles(scene: Scene): number[] {
  return scene.groups.flatMap(({ classId }, i) => (countClass(scene, classId) === 1 ? [i] : []));
}

/** Groups in a colour of their own, no others of their class beside them: 'what colour is the car?' */
export function paintedGroups(scene: Scene): SceneGroup[] {
  return scene.groups.filter(
    (group) => group.colourId > 0 && scene.groups.every((g) => g === group || g.classId !== group.classId),
  );
}

/** Share of the scenes without two of a kind that are asked for a number: 0 and 1 are then as frequent as 2 and 3. */
const COUNTED_SHARE = 0.4;

type Ask = (type: Question['type'], question: string, answer: string) => void;

/** What the scene has an answer to, in the order of the types. */
export function askQuestions(cast: Cast, scene: Scene, random: Random): Question[] {
  const { classes, colours, backgrounds } = cast;
  const questions: Question[] = [];
  const ask: Ask = (type, question, answer) => questions.push({ question, answer, type });
  const name = (group: SceneGroup) => classes[group.classId]!.name;
  const alone = singles(scene);

  if (scene.groups.length === 1) {
    const plural = scene.objects.length > 1;
    const wording = random.pick(['in the picture', 'in the image', 'there']);
    ask('what', `what ${plural ? 'are' : 'is'} ${wording}?`, name(scene.groups[0]!));
  }
  askAboutRelation(cast, scene, random, ask);
  const related = relationsOfSingles(scene);
  if (related.length > 0) {
    const chosen = random.pick(related);
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

  const painted = paintedGroups(scene);
  if (painted.length > 0) {
    const group = random.pick(painted);
    const item = classes[group.classId]!;
    const [verb, noun] = group.members.length > 1 ? ['are', item.nouns[0]![1]] : ['is', item.name];
    ask('colour', `what ${random.pick(['color', 'colour'])} ${verb} the ${noun}?`, colours[group.colourId]!);
  }

  const several = scene.groups.filter(({ classId }) => countClass(scene, classId) > 1);
  if (several.length > 0 || random.chance(COUNTED_SHARE)) {
    const one = random.chance(0.5) ? random.pick(scene.groups).classId : random.int(classes.length);
    const counted = several.length > 0 ? random.pick(several).classId : one;
    const plural = classes[counted]!.nouns[0]![1];
    ask(
      'count',
      random.pick([`how many ${plural} are there?`, `how many ${plural} are in the picture?`]),
      NUMBERS[countClass(scene, counted)]!,
    );
  }

  const background = backgrounds[scene.background]!.name;
  if (alone.length > 0 && random.chance(0.6)) {
    ask('where', `where is the ${name(scene.groups[random.pick(alone)]!)}?`, background);
  } else ask('where', random.pick(['what is in the background?', 'where is this?']), background);

  const wanted = random.chance(0.5) ? random.pick(scene.groups).classId : random.int(classes.length);
  const noun = classes[wanted]!.name;
  ask(
    'yes/no',
    random.pick([`is there ${withArticle(noun)}?`, `is there ${withArticle(noun)} in the picture?`]),
    countClass(scene, wanted) > 0 ? 'yes' : 'no',
  );
  if (painted.length > 0) {
    const group = random.pick(painted);
    const colour = random.chance(0.5) ? group.colourId : otherColour(cast, group.colourId, random);
    const item = classes[group.classId]!;
    const [verb, words] = group.members.length > 1 ? ['are', item.nouns[0]![1]] : ['is', item.name];
    ask('yes/no', `${verb} the ${words} ${colours[colour]}?`, colour === group.colourId ? 'yes' : 'no');
  }
  return questions;
}

/** Another colour, not the natural one. */
export function otherColour({ colours }: Cast, colourId: number, random: Random): number {
  const step = 1 + random.int(colours.length - 2);
  return 1 + ((colourId - 1 + step) % (colours.length - 1));
}

export function relationsOfSingles(scene: Scene): SceneRelation[] {
  const alone = singles(scene);
  return scene.relations.filter(({ subject, object }) => alone.includes(subject) && alone.includes(object));
}

/** Relations that are asked for in turns, so that the frequent ones do not crowd out the rest. */
const FAMILIES: readonly (readonly Relation[])[] = [
  ['left of', 'right of'],
  ['above', 'below'],
  ['next to'],
  ['riding'],
  ['sitting on'],
  ['flying over'],
];

/** Who may do what to whom, as far as classes go. */
function mayBe(relation: Relation, subject: ObjectClass, object: ObjectClass): boolean {
  if (relation === 'riding') return subject.rides === true && object.mount === true;
  if (relation === 'sitting on') return subject.sits === true && object.seat === true;
  return relation !== 'flying over' || subject.flies !== undefined;
}

interface Claim {
  relation: Relation;
  /** Class names. */
  subject: string;
  object: string;
  true: boolean;
}

/** One question about how two things stand to each other: 'is … the …?', or 'left or right of'. */
export function askAboutRelation(
  cast: Cast,
  scene: Scene,
  random: Random,
  ask: (type: 'relation', question: string, answer: string) => void,
): void {
  const claims = FAMILIES.flatMap((family) => claimAbout(cast, scene, family, random) ?? []);
  if (claims.length === 0) return;
  const { relation, subject, object, true: holds } = random.pick(claims);
  if ((relation === 'left of' || relation === 'right of') && random.chance(0.5)) {
    const side = (relation === 'left of') === holds ? 'left' : 'right';
    ask('relation', `is the ${subject} left or right of the ${object}?`, side);
    return;
  }
  const wording = RELATION_WORDS[relation][0]![0];
  ask('relation', `is the ${subject} ${wording} the ${object}?`, holds ? 'yes' : 'no');
}

/** How often two things that are not next to each other are asked about: there are more of them. */
const APART_SHARE = 0.52;
/** How often a flight that takes place is asked about as it is: of those that do not, the scenes have few. */
const FLIGHT_SHARE = 0.7;

/**
 * A claim that is true as often as not. One of left, right, above and below is made false by turning it round. That
 * would give away a horse that rides a boy, so the others are false of things that might be so related and are
 * not, or of a thing that is not there ('is the boy riding the bicycle?').
 */
function claimAbout(
  { classes }: Cast,
  scene: Scene,
  family: readonly Relation[],
  random: Random,
): Claim | undefined {
  const classOf = (group: number) => classes[scene.groups[group]!.classId]!;
  const claim = (relation: Relation, subject: ObjectClass, object: ObjectClass, holds: boolean): Claim => ({
    relation,
    subject: subject.name,
    object: object.name,
    true: holds,
  });
  const holding = relationsOfSingles(scene).filter(({ relation }) => family.includes(relation));
  if (family.length > 1) {
    if (holding.length === 0) return undefined;
    const { subject, relation, object } = random.pick(holding);
    const [a, b] = [classOf(subject), classOf(object)];
    return random.chance(0.5) ? claim(relation, a, b, true) : claim(relation, b, a, false);
  }
  const [relation] = family as [Relation];
  const alone = singles(scene);
  const apart = alone.flatMap((subject) =>
    alone
      .filter(
        (object) =>
          object !== subject &&
          mayBe(relation, classOf(subject), classOf(object)) &&
          !holding.some((one) => one.subject === subject && one.object === object),
      )
      .map((object) => ({ subject, object })),
  );
  const pickOf = (pairs: readonly { subject: number; object: number }[], holds: boolean): Claim => {
    const { subject, object } = random.pick(pairs);
    return claim(relation, classOf(subject), classOf(object), holds);
  };
  if (holding.length === 0) {
    if (apart.length === 0 || (relation === 'next to' && !random.chance(APART_SHARE))) return undefined;
    return pickOf(apart, false);
  }
  if (apart.length > 0) return random.chance(0.5) ? pickOf(holding, true) : pickOf(apart, false);
  if (relation === 'next to' || random.chance(relation === 'flying over' ? FLIGHT_SHARE : 0.5)) {
    return pickOf(holding, true);
  }
  const { subject, object } = random.pick(holding);
  const [a, b] = [classOf(subject), classOf(object)];
  const present = new Set(scene.objects.map(({ classId }) => classes[classId]));
  const absent = classes.filter((item) => !present.has(item));
  const swapsSubject = random.chance(0.5);
  const suitable = absent.filter((item) =>
    swapsSubject ? mayBe(relation, item, b) : mayBe(relation, a, item),
  );
  if (suitable.length === 0) return pickOf(holding, true);
  const other = random.pick(suitable);
  return swapsSubject ? claim(relation, other, b, false) : claim(relation, a, other, false);
}
