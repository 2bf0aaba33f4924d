/**
 * Questions for yes and no about what captions name. Of things, as POPE asks (Li et al. 2023), "Is there a dog in the
 * image?", and in other words, "Is this a dog?"; of what somebody does, "Is the man riding a horse?". What no caption of
 * a picture names may be there all the same, so it is denied only where nothing is named that it often comes with: of a
 * puppy or a man, "dog" and "person" are left open. In each wording everything is denied as often as it is affirmed, so
 * that the words give nothing away.
 */
import { withArticle } from '../../articles.ts';
import { hash32 } from '../../random.ts';
import { pluralOf, type QuestionKind } from './ask.ts';
import { headOf, type NounPhrase, type Nouns, nounPhrases, wordsOf } from './noun-phrases.ts';
import type { CaptionedPicture, PictureQuestion } from './question.ts';
import { ASKED_VERBS, isNoThing, PEOPLE, STAYING_VERBS } from './word-classes.ts';

/** A thing is denied where no named one has it beside it in more than this share of its pictures. */
const OFTEN = 0.1;
/** Share of a noun's places behind "a" from which on it is asked for with an article. */
const COUNTABLE = 0.2;
const GROUPS = new Set('group groups couple pair crowd team family others one other ones'.split(' '));
/** Who does something: people, and the animals that are seen doing most. */
const DOES = new Set([...PEOPLE, 'dog', 'cat', 'horse', 'bird']);

/** A picture is asked once in each wording: more would outnumber all other questions. */
interface Wording {
  kind: QuestionKind;
  /** Pictures in which a thing is affirmed at most. */
  most: number;
  /** Undefined where the words do not suit. @param who does something in the picture */
  ask(thing: Thing, who: string | undefined): string | undefined;
}

const WORDINGS: readonly Wording[] = [
  { kind: 'presence', most: 200, ask: ({ named }) => named && `Is there ${named} in the image?` },
  { kind: 'naming', most: 12, ask: ({ named }) => named && `Is this ${named}?` },
  { kind: 'naming', most: 12, ask: ({ named, several }) => named && several && `Are there any ${several}?` },
  { kind: 'action', most: 200, ask: ({ doing }, who) => doing && who && `Is the ${who} ${doing}?` },
];

/** What captions name: a thing, or something that is done. */
interface Thing {
  /** "a dog", "snow"; undefined for what is done. */
  named?: string;
  /** "dogs"; undefined for what is not counted. */
  several?: string;
  /** "riding a horse", "sitting" */
  doing?: string;
}

export function askPresence(pictures: readonly CaptionedPicture[], learnt: PresenceNouns): PictureQuestion[] {
  const seen = pictures.map(({ captions }) => namedIn(captions, learnt));
  return WORDINGS.flatMap((wording, which) => {
    const order = (n: number, name: string) => hash32(`${pictures[n]!.picture} ${name}${which || ''}`);
    const asked = (n: number, name: string) => wording.ask(learnt.often.get(name)!, seen[n]!.who);
    const there = new Map<string, { name: string; where: number[] }>();
    for (const [n, { names }] of seen.entries()) {
      const known = [...names].filter((name) => learnt.often.has(name) && asked(n, name) !== undefined);
      if (known.length === 0) continue;
      const name = known.reduce((first, one) => (order(n, one) < order(n, first) ? one : first));
      const question = asked(n, name)!;
      const affirmed = there.get(question) ?? { name, where: [] };
      there.set(question, affirmed);
      if (affirmed.where.length < wording.most) affirmed.where.push(n);
    }
    return [...there].flatMap(([words, { name, where }]) => {
      const company = learnt.company.get(name)!;
      const absent = [...seen.keys()].filter(
        (n) => asked(n, name) === words && [...seen[n]!.names].every((one) => !company.has(one)),
      );
      absent.sort((a, b) => order(a, name) - order(b, name));
      const count = Math.min(where.length, absent.length);
      const question = (n: number, answer: string): PictureQuestion => ({
        ...{ picture: pictures[n]!.picture, kind: wording.kind, question: words },
        answers: new Map([[answer, 1]]),
      });
      return [
        ...where.slice(0, count).map((n) => question(n, 'yes')),
        ...absent.slice(0, count).map((n) => question(n, 'no')),
      ];
    });
  });
}

export interface PresenceNouns {
  nouns: Nouns;
  singular: ReadonlyMap<string, string>;
  /** What enough pictures have, by its name among them. */
  often: ReadonlyMap<string, Thing>;
  /** Name → itself, and the names that often have it beside them. */
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
    const { names } = namedIn(captions, { nouns, singular });
    for (const name of names) {
      count.set(name, (count.get(name) ?? 0) + 1);
      const others = beside.get(name) ?? new Map<string, number>();
      beside.set(name, others);
      for (const other of names) others.set(other, (others.get(other) ?? 0) + 1);
    }
  }
  const kept = [...count].filter(([, pictures]) => pictures >= fewest).map(([name]) => name);
  const isCounted = countable(pictures, nouns);
  const company = new Map(kept.map((name) => [name, new Set([name])]));
  for (const [one, others] of beside)
    for (const [name, together] of others)
      if (together > OFTEN * count.get(one)!) company.get(name)?.add(one);
  const often = new Map(kept.map((name): [string, Thing] => [name, thingOf(name, isCounted)]));
  return { nouns, singular, often, company };
}

/** @param name as in `namedIn` */
function thingOf(name: string, isCounted: (noun: string) => boolean): Thing {
  const named = (noun: string): string => (isCounted(noun) ? withArticle(noun) : noun);
  const [verb, object] = name.split(' + ');
  if (object === undefined) {
    const several = isCounted(name) ? pluralOf(name) : undefined;
    return { named: named(name), ...(several !== undefined && { several }) };
  }
  return { doing: object === '' ? verb! : `${verb} ${named(object)}` };
}

interface Named {
  /** Singular nouns, and "riding + horse", "sitting + " for what somebody does. */
  names: ReadonlySet<string>;
  /** The first who does something. */
  who?: string;
}

function namedIn(
  captions: readonly string[],
  { nouns, singular }: Pick<PresenceNouns, 'nouns' | 'singular'>,
): Named {
  const names = new Set<string>();
  let who: string | undefined;
  const one = (phrase: NounPhrase): string | undefined => {
    const head = headOf(phrase);
    return GROUPS.has(head) || isNoThing(head) ? undefined : (singular.get(head) ?? head);
  };
  for (const caption of captions) {
    const words = wordsOf(caption);
    const phrases = nounPhrases(words, nouns);
    for (const phrase of phrases) {
      const name = one(phrase);
      if (name === undefined) continue;
      names.add(name);
      const head = headOf(phrase);
      if (!DOES.has(head) || GROUPS.has(head)) continue;
      // Of several "the man" is no answer to whom is meant.
      if (name === head) who ??= head;
      const at = words[phrase.end] === 'is' || words[phrase.end] === 'are' ? phrase.end + 1 : phrase.end;
      const [verb, still] = [ASKED_VERBS.get(words[at] ?? ''), STAYING_VERBS.get(words[at] ?? '')];
      const object = phrases.find(({ start }) => start === at + 1);
      const thing = object && one(object);
      if (verb !== undefined && thing !== undefined) names.add(`${verb} + ${thing}`);
      else if (still !== undefined) names.add(`${still} + `);
    }
  }
  return { names, ...(who !== undefined && { who }) };
}

/** Whether a noun mostly stands behind "a": of "dog", not of "snow". */
function countable(pictures: readonly CaptionedPicture[], nouns: Nouns): (noun: string) => boolean {
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
  return (noun) => (behindA.get(noun) ?? 0) >= COUNTABLE * (all.get(noun) ?? 0);
}
