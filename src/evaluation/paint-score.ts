/**
 * Whether a picture shows what its caption says: the caption's facts against what a recogniser sees.
 *
 * Every number is a share of things that captions ask for, missing objects counting as wrong everywhere: a picture
 * without the car does not get its colour right. Only `unasked` looks at what is there without being asked for.
 */
import type { Facts, Relation, World } from '../datasets/scenes/index.ts';
import type { Detection, Recognition } from './detections.ts';

export const MEASURES = [
  'object_recall',
  'colour',
  'count',
  'left_right',
  'above_below',
  'other_relations',
  'background',
  'style',
  'all_of_it',
] as const;
export type Measure = (typeof MEASURES)[number];

/** So many things were asked for, and so many of them were there. */
export interface Tally {
  right: number;
  total: number;
}

export const emptyTally = (): Tally => ({ right: 0, total: 0 });

/** One more thing, right by so much. */
export function add(tally: Tally, right: number): void {
  tally.right += right;
  tally.total++;
}

/** The same of the tally of a key, where there is one. */
export function addTo(tallies: Map<string, Tally>, key: string | undefined, right: number): void {
  if (key === undefined) return;
  const tally = tallies.get(key) ?? emptyTally();
  tallies.set(key, tally);
  add(tally, right);
}

export type PaintTallies = Record<Measure | 'unasked', Tally>;

export function emptyTallies(): PaintTallies {
  const names = [...MEASURES, 'unasked'] as const;
  return Object.fromEntries(names.map((name) => [name, { right: 0, total: 0 }])) as PaintTallies;
}

/** Null where no caption asked for such a thing. */
export function shareOf({ right, total }: Tally): number | null {
  return total === 0 ? null : right / total;
}

type WorldRelations = Pick<World, 'holds'>;
type ObjectFact = Facts['objects'][number];

/**
 * Counts one picture.
 *
 * object_recall: of the objects named, those seen with their class. colour: of those named with a colour, the ones
 * seen in it. count: phrases of a number above one that are met exactly. left_right, above_below, other_relations:
 * relations that hold between everything their phrases name. style: pictures that show something, and nothing in
 * another style than the caption's. all_of_it: everything the caption claims, exact numbers of each phrase included.
 * unasked (not a share: objects per picture): seen, but of no class in the caption.
 */
export function tallyPicture(
  world: WorldRelations,
  facts: Facts,
  seen: Recognition,
  tallies: PaintTallies,
): void {
  const add = (measure: keyof PaintTallies, right: number, total = 1): void => {
    tallies[measure].right += right;
    tallies[measure].total += total;
  };
  const given = assign(facts.objects, seen.objects, (fact, object) => isOf(fact, object));
  const exact = assign(
    facts.objects,
    seen.objects,
    (fact, object) => isOf(fact, object) && hasColour(fact, object),
  );
  let all = true;
  for (const [i, fact] of facts.objects.entries()) {
    add('object_recall', given[i]!.length, fact.count);
    if (fact.colourId !== null) add('colour', exact[i]!.length, fact.count);
    const matching = seen.objects.filter((object) => isOf(fact, object) && hasColour(fact, object)).length;
    if (fact.count > 1) add('count', Number(matching === fact.count));
    all &&= matching === fact.count;
  }
  if (facts.relation) {
    const { subject, relation, object } = facts.relation;
    const holds = relationHolds(world, relation, exact[subject]!, exact[object]!, [
      facts.objects[subject]!,
      facts.objects[object]!,
    ]);
    add(measureOf(relation), Number(holds));
    all &&= holds;
  }
  if (facts.background !== null) {
    const right = seen.background === facts.background;
    add('background', Number(right));
    all &&= right;
  }
  if (facts.style) {
    const right = seen.objects.length > 0 && seen.objects.every(({ style }) => style === facts.style);
    add('style', Number(right));
    all &&= right;
  }
  add('all_of_it', Number(all));
  add('unasked', seen.objects.filter((object) => !facts.objects.some((fact) => isOf(fact, object))).length);
}

type Thing = Pick<Detection, 'classId' | 'colourId'>;

export const isOf = (fact: ObjectFact, { classId }: Thing): boolean =>
  fact.anyOf ? fact.anyOf.includes(classId) : fact.classId === classId;

export const hasColour = (fact: ObjectFact, { colourId }: Thing): boolean =>
  fact.colourId === null || fact.colourId === colourId;

function measureOf(relation: Relation): Measure {
  if (relation === 'left of' || relation === 'right of') return 'left_right';
  if (relation === 'above' || relation === 'below') return 'above_below';
  return 'other_relations';
}

/**
 * Shares the seen objects out: at most `count` to each phrase, none to two. Phrases that are fussier about colour
 * choose first, so that 'a red car and a car' cannot lose its red car to the other phrase.
 */
export function assign<Object extends Thing>(
  facts: readonly ObjectFact[],
  objects: readonly Object[],
  fits: (fact: ObjectFact, object: Object) => boolean,
): Object[][] {
  const free = new Set(objects);
  const given: Object[][] = facts.map(() => []);
  const take = (i: number, suits: (object: Object) => boolean): void => {
    for (const object of free) {
      if (given[i]!.length >= facts[i]!.count) return;
      if (!fits(facts[i]!, object) || !suits(object)) continue;
      free.delete(object);
      given[i]!.push(object);
    }
  };
  for (const [i, fact] of facts.entries())
    if (fact.colourId !== null) take(i, (object) => hasColour(fact, object));
  for (const i of facts.keys()) take(i, () => true);
  return given;
}

/** Seen boxes are off by a pixel or two: sides that touch in the scene may cross by so much in the picture. */
const SLACK = 5;

/** Between every pair of what the two phrases name, all of it there. */
function relationHolds(
  world: WorldRelations,
  relation: Relation,
  subjects: readonly Detection[],
  objects: readonly Detection[],
  [subject, object]: [ObjectFact, ObjectFact],
): boolean {
  if (subjects.length < subject.count || objects.length < object.count) return false;
  return subjects.every((a) => objects.every((b) => nearlyHolds(world, relation, a, b)));
}

/** True when the relation holds for the squares as seen, or for squares moved by no more than the slack. */
function nearlyHolds(world: WorldRelations, relation: Relation, a: Detection, b: Detection): boolean {
  const moves = [0, -SLACK, SLACK];
  return moves.some((dx) => moves.some((dy) => world.holds(relation, { ...a, x: a.x + dx, y: a.y + dy }, b)));
}
