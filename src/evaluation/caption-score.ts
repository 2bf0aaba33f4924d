/**
 * Whether a caption says what is in its picture: what the text claims, read by the grammar of the scenes' own
 * captions, against the scene.
 *
 * Precision is of what the text says, recall of what the scene holds. A phrase whose number does not agree with its
 * noun says nothing right. A phrase about an object that is not there gets its colour and its number wrong too.
 */
import type { ReadCaption, Scene } from '../datasets/scenes/index.ts';
import { assign, hasColour, isOf, type Tally } from './paint-score.ts';

export const CAPTION_MEASURES = ['object', 'colour', 'count', 'background', 'style'] as const;
export type CaptionMeasure = (typeof CAPTION_MEASURES)[number];

export interface CaptionTallies {
  precision: Record<CaptionMeasure, Tally>;
  recall: Record<CaptionMeasure, Tally>;
  /** Captions of which the grammar can place every word. */
  grammatical: Tally;
  /** Those that are and claim nothing that is not so. */
  allTrue: Tally;
  /** Those that are true and leave out no object, colour or number. */
  complete: Tally;
}

export function emptyCaptionTallies(): CaptionTallies {
  const tally = (): Tally => ({ right: 0, total: 0 });
  const each = () =>
    Object.fromEntries(CAPTION_MEASURES.map((measure) => [measure, tally()])) as Record<
      CaptionMeasure,
      Tally
    >;
  return {
    precision: each(),
    recall: each(),
    grammatical: tally(),
    allTrue: tally(),
    complete: tally(),
  };
}

/**
 * Counts one caption.
 *
 * - object: of the phrases about objects, those that find an object of their class which no other phrase has taken;
 *   of the objects there, those that a phrase has taken.
 * - colour: of the phrases that say one, those that find an object in it; of the objects that are coloured, those
 *   whose phrase says so.
 * - count: of the phrases that say two or more, those with exactly so many objects (in their colour, where they say
 *   one) in the scene; of the groups of two or more alike, those that a phrase gives the number of.
 * - background: of the places named, the scene's; of the scenes, those whose place is named.
 * - style: of the styles told, the scene's; of the scenes in the flat style, those of which it is told.
 */
export function tallyCaption(scene: Scene, read: ReadCaption, tallies: CaptionTallies): void {
  const { precision, recall } = tallies;
  const add = (tally: Tally, right: number, total: number): void => {
    tally.right += right;
    tally.total += total;
  };
  const facts = read.objects.map(({ classIds, colourId, count }) => ({
    classId: classIds[0]!,
    anyOf: classIds,
    colourId,
    // Of a phrase without its number nothing is believed.
    count: count ?? 0,
  }));
  const named = assign(facts, scene.objects, isOf);
  const exact = assign(facts, scene.objects, (fact, object) => isOf(fact, object) && hasColour(fact, object));
  const counted = facts.map(
    (fact) =>
      fact.count > 0 &&
      scene.objects.filter((object) => isOf(fact, object) && hasColour(fact, object)).length === fact.count,
  );
  const indices = [...facts.keys()];

  const there = indices.filter((i) => named[i]!.length > 0);
  add(precision.object, there.length, facts.length);
  add(recall.object, named.flat().length, scene.objects.length);

  const colours = indices.filter((i) => facts[i]!.colourId !== null);
  const coloured = colours.filter((i) => exact[i]!.length > 0);
  add(precision.colour, coloured.length, colours.length + read.strayColours.length);
  const inColour = new Set(coloured.flatMap((i) => exact[i]!));
  const painted = scene.objects.filter(({ colourId }) => colourId > 0);
  add(recall.colour, painted.filter((object) => inColour.has(object)).length, painted.length);

  const several = indices.filter((i) => facts[i]!.count > 1);
  add(precision.count, several.filter((i) => counted[i]).length, several.length);
  const groups = scene.groups.filter(({ members }) => members.length > 1);
  const told = groups.filter(({ classId, colourId }) =>
    several.some(
      (i) =>
        counted[i] && isOf(facts[i]!, { classId, colourId }) && hasColour(facts[i]!, { classId, colourId }),
    ),
  );
  add(recall.count, told.length, groups.length);

  const rightPlaces = read.backgrounds.filter((ids) => ids.includes(scene.background)).length;
  add(precision.background, rightPlaces, read.backgrounds.length);
  add(recall.background, Number(rightPlaces > 0), 1);

  const style = scene.objects[0]?.style;
  const rightStyles = read.styles.filter((told) => told === style).length;
  add(precision.style, rightStyles, read.styles.length);
  if (style === 'fluent') add(recall.style, Number(rightStyles > 0), 1);

  const grammatical =
    read.unread.length === 0 && read.strayColours.length === 0 && facts.every(({ count }) => count > 0);
  const allTrue =
    grammatical &&
    facts.length > 0 &&
    there.length === facts.length &&
    coloured.length === colours.length &&
    counted.every(Boolean) &&
    rightPlaces === read.backgrounds.length &&
    rightStyles === read.styles.length;
  const complete =
    allTrue &&
    named.flat().length === scene.objects.length &&
    painted.every((object) => inColour.has(object));
  add(tallies.grammatical, Number(grammatical), 1);
  add(tallies.allTrue, Number(allTrue), 1);
  add(tallies.complete, Number(complete), 1);
}
