/**
 * "Is there a dog in the image?", as POPE asks (Li et al. 2023), of what captions name. A thing that no caption of a
 * picture names may be there all the same, so it is denied only where nothing is named that it often comes with:
 * of a puppy or a man, "dog" and "person" are left open. Every thing is denied as often as it is affirmed, so that the
 * words give nothing away.
 */
import { hash32 } from '../../random.ts';
import { pluralOf } from './ask.ts';
import { headOf, type Nouns, nounPhrases, wordsOf } from './noun-phrases.ts';
import type { CaptionedPicture, PictureQuestion } from './question.ts';
import { isNoThing } from './word-classes.ts';

/** Things that are affirmed of a picture at most: more would outnumber all other questions. */
const MOST_A_PICTURE = 1;
/** Pictures in which a thing is affirmed at most. */
const MOST_OF_A_THING = 200;
/** A thing is denied where no named one has it beside it in more than this share of its pictures. */
const OFTEN = 0.1;
/** Share of a noun's places behind "a" from which on it is asked for with an article. */
const COUNTABLE = 0.2;
const GROUPS = new Set('group groups couple pair crowd team family others one other ones'.split(' '));

export function askPresence(pictures: readonly CaptionedPicture[], learnt: PresenceNouns): PictureQuestion[] {
  const things = pictures.map(({ captions }) => thingsOf(captions, learnt));
  const order = (picture: string, thing: string) => hash32(`${picture} ${thing}`);
  const there = new Map<string, number[]>();
  for (const [n, named] of things.entries()) {
    const { picture } = pictures[n]!;
    const known = [...named].filter((thing) => learnt.often.has(thing));
    known.sort((a, b) => order(picture, a) - order(picture, b));
    for (const thing of known.slice(0, MOST_A_PICTURE)) {
      const where = there.get(thing);
      if (!where) there.set(thing, [n]);
      else if (where.length < MOST_OF_A_THING) where.push(n);
    }
  }
  const asked = (n: number, thing: string, answer: string): PictureQuestion => ({
    picture: pictures[n]!.picture,
    kind: 'presence',
    question: `Is there ${learnt.often.get(thing)!} in the image?`,
    answers: new Map([[answer, 1]]),
  });
  return [...there].flatMap(([thing, where]) => {
    const company = learnt.company.get(thing)!;
    const absent = [...things.keys()].filter((n) => [...things[n]!].every((one) => !company.has(one)));
    absent.sort((a, b) => order(pictures[a]!.picture, thing) - order(pictures[b]!.picture, thing));
    const count = Math.min(where.length, absent.length);
    return [
      ...where.slice(0, count).map((n) => asked(n, thing, 'yes')),
      ...absent.slice(0, count).map((n) => asked(n, thing, 'no')),
    ];
  });
}

export interface PresenceNouns {
  nouns: Nouns;
  singular: ReadonlyMap<string, string>;
  /** Things that enough pictures have, with their article. */
  often: ReadonlyMap<string, string>;
  /** Thing → itself, and the things that often have it beside them. */
  company: ReadonlyMap<string, ReadonlySet<string>>;
}

export function learnPresence(
  pictures: readonly CaptionedPicture[],
  nouns: Nouns,
  fewest: number,
): PresenceNouns {
  const singular = new Map([...nouns].map((noun) => [pluralOf(noun), noun]));
  const count = new Map<string, number>();
  const beside = new Map<string, Map<string, number>>();
  for (const { captions } of pictures) {
    const named = thingsOf(captions, { nouns, singular });
    for (const thing of named) {
      count.set(thing, (count.get(thing) ?? 0) + 1);
      const others = beside.get(thing) ?? new Map<string, number>();
      beside.set(thing, others);
      for (const other of named) others.set(other, (others.get(other) ?? 0) + 1);
    }
  }
  const kept = [...count].filter(([, pictures]) => pictures >= fewest).map(([thing]) => thing);
  const withArticle = articles(pictures, nouns);
  const company = new Map(kept.map((thing) => [thing, new Set([thing])]));
  for (const [one, others] of beside)
    for (const [thing, together] of others)
      if (together > OFTEN * count.get(one)!) company.get(thing)?.add(one);
  return { nouns, singular, often: new Map(kept.map((thing) => [thing, withArticle(thing)])), company };
}

function thingsOf(
  captions: readonly string[],
  { nouns, singular }: Pick<PresenceNouns, 'nouns' | 'singular'>,
): Set<string> {
  const heads = captions.flatMap((caption) => nounPhrases(wordsOf(caption), nouns).map(headOf));
  const things = heads.filter((head) => !GROUPS.has(head) && !isNoThing(head));
  return new Set(things.map((head) => singular.get(head) ?? head));
}

/** "a dog", "an umbrella", and "snow". */
function articles(pictures: readonly CaptionedPicture[], nouns: Nouns): (thing: string) => string {
  const all = new Map<string, number>();
  const behindA = new Map<string, number>();
  for (const { captions } of pictures)
    for (const caption of captions)
      for (const phrase of nounPhrases(wordsOf(caption), nouns)) {
        const head = headOf(phrase);
        all.set(head, (all.get(head) ?? 0) + 1);
        if (phrase.opening === 'a' || phrase.opening === 'an')
          behindA.set(head, (behindA.get(head) ?? 0) + 1);
      }
  return (thing) => {
    const countable = (behindA.get(thing) ?? 0) >= COUNTABLE * (all.get(thing) ?? 0);
    if (!countable) return thing;
    return `${/^[aeiou]/.test(thing) ? 'an' : 'a'} ${thing}`;
  };
}
