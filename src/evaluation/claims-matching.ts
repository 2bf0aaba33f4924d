/**
 * How well a text suits a picture of a composed scene: the share of what the text claims that the recogniser sees. The
 * recogniser was trained on scenes and their labels alone, so it is independent of whatever paints or captions.
 */
import type { ReadCaption } from '../datasets/scenes/index.ts';
import type { Recognition } from './detections.ts';
import { assign, hasColour, isOf } from './paint-score.ts';

/** 0..1: objects, their colours and numbers, places and styles. A text that claims nothing suits no picture: 0. */
export function claimsSeen(read: ReadCaption, seen: Recognition): number {
  const facts = read.objects.map(({ classIds, colourId, count }) => ({
    classId: classIds[0]!,
    anyOf: classIds,
    colourId,
    count: count ?? 1,
  }));
  const given = assign(facts, seen.objects, isOf);
  let [right, total] = [0, 0];
  const claim = (holds: boolean) => {
    right += Number(holds);
    total++;
  };
  for (const [i, fact] of facts.entries()) {
    claim(given[i]!.length > 0);
    if (fact.colourId !== null)
      claim(seen.objects.some((object) => isOf(fact, object) && hasColour(fact, object)));
    const matching = seen.objects.filter((object) => isOf(fact, object) && hasColour(fact, object)).length;
    claim(matching === fact.count);
  }
  for (const places of read.backgrounds) claim(places.includes(seen.background));
  for (const style of read.styles) claim(seen.objects.every((object) => object.style === style));
  for (const _ of read.strayColours) claim(false);
  // Words that it cannot place are claims that it cannot see.
  for (const _ of read.unread) claim(false);
  return total === 0 ? 0 : right / total;
}
