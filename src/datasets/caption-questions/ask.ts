/**
 * Questions that a caption answers, by rule, of the four kinds that COCO-QA has (Ren et al. 2015, who parsed captions;
 * the rules here are this project's own): what thing, what number, what colour, what place. Beside them are those
 * for yes and no, which take all captions of a picture together (presence.ts).
 */
import { headOf, type NounPhrase, type Nouns, nounPhrases } from './noun-phrases.ts';
import {
  ASKED_VERBS,
  BODY_PARTS,
  COLOURS,
  isBoundary,
  NUMBERS,
  PEOPLE,
  PLACES,
  PREPOSITIONS,
  SPELLINGS,
  STAYING_VERBS,
} from './word-classes.ts';

export const QUESTION_KINDS = [
  'object',
  'number',
  'colour',
  'place',
  'presence',
  'naming',
  'action',
] as const;
export type QuestionKind = (typeof QUESTION_KINDS)[number];

export interface CaptionQuestion {
  kind: QuestionKind;
  question: string;
  /** What the caption says, the most exact first: "tennis racket", "racket". */
  answers: readonly [string, ...string[]];
  /** What a colour or a number is of. Captions that say another one of it contradict. */
  of?: string;
}

/** What one caption asks and answers, and which colours and numbers it claims. */
export function askCaption(words: readonly string[], nouns: Nouns): CaptionQuestion[] {
  const all = nounPhrases(words, nouns);
  // Of two things of a kind nobody knows which one a question means.
  const known = (phrase: NounPhrase) => mentions(all, phrase) === 1;
  const phrases = all.filter((phrase) => isWhole(words, phrase) && known(phrase));
  return [...askColours(phrases), ...askNumbers(words, phrases), ...askActions(words, phrases)];
}

/** Nothing that belongs to it was cut off: "a snowy mountain" of "a snowy mountain range". */
function isWhole(words: readonly string[], { nouns, end }: NounPhrase): boolean {
  // "two dogs jump": the last one is a verb here.
  if (nouns.slice(0, -1).some(isPlural)) return false;
  const next = words[end];
  return next === undefined || isBoundary(next) || isVerb(next);
}

const isVerb = (word: string): boolean =>
  word.endsWith('ing') || word.endsWith('ed') || ASKED_VERBS.has(word) || STAYING_VERBS.has(word);

const IRREGULAR_PLURALS = new Set([
  'people',
  'men',
  'women',
  'children',
  'sheep',
  'teeth',
  'feet',
  'mice',
  'geese',
  'skis',
]);
const isPlural = (noun: string): boolean => IRREGULAR_PLURALS.has(noun) || /[^isu]s$/.test(noun);
const SINGULARS: Record<string, string> = { people: 'person', men: 'man', women: 'woman', children: 'child' };
const singular = (noun: string): string => SINGULARS[noun] ?? noun.replace(/([^isu])s$/, '$1');
const toBe = (noun: string): string => (isPlural(noun) ? 'are' : 'is');
const named = ({ nouns }: NounPhrase): string => nouns.join(' ');
/** How often a caption speaks of such a thing, one or several. */
const mentions = (phrases: readonly NounPhrase[], phrase: NounPhrase): number =>
  phrases.filter((other) => singular(headOf(other)) === singular(headOf(phrase))).length;

function* askColours(phrases: readonly NounPhrase[]): Generator<CaptionQuestion> {
  for (const phrase of phrases) {
    const colour = colourOf(phrase.modifiers);
    const head = headOf(phrase);
    // Of people it is said of what they wear, or worse.
    if (colour === undefined || PEOPLE.has(head)) continue;
    const question = `What color ${toBe(head)} the ${named(phrase)}?`;
    yield { kind: 'colour', question, answers: [colour], of: singular(head) };
  }
}

function colourOf(modifiers: readonly string[]): string | undefined {
  const [two, and, one] = modifiers.slice(-3);
  if (and === 'and') {
    const both = [two!, one!].sort().join(' and ');
    return both === 'black and white' ? both : undefined;
  }
  const last = modifiers.at(-1);
  if (last === undefined || !COLOURS.has(last)) return undefined;
  // "a light blue", "a black white": not that one alone.
  const before = modifiers.at(-2);
  if (before !== undefined && (COLOURS.has(before) || before === 'light' || before === 'dark'))
    return undefined;
  return SPELLINGS.get(last) ?? last;
}

function* askNumbers(words: readonly string[], phrases: readonly NounPhrase[]): Generator<CaptionQuestion> {
  for (const phrase of phrases) {
    const number = NUMBERS.get(phrase.opening ?? '');
    const head = headOf(phrase);
    if (number === undefined) continue;
    // "one dog and another one", "with one ear up"
    const others = words.includes('other') || words.includes('another');
    if (number === '1' && (others || !beginsClause(words, phrase))) continue;
    if ((number === '1') === isPlural(head)) continue;
    const plural = number === '1' ? pluralOf(head) : head;
    const things = [...phrase.nouns.slice(0, -1), plural].join(' ');
    yield {
      kind: 'number',
      question: `How many ${things} are there?`,
      answers: [number],
      of: singular(head),
    };
  }
}

export function pluralOf(noun: string): string {
  const irregular = Object.entries(SINGULARS).find(([, one]) => one === noun);
  if (irregular) return irregular[0];
  if (/(s|x|sh|ch)$/.test(noun)) return `${noun}es`;
  return /[^aeiou]y$/.test(noun) ? `${noun.slice(0, -1)}ies` : `${noun}s`;
}

const PARTICLES = new Set(['up', 'down']);
const STAYING_AT = new Set(['in', 'on', 'at']);

/** Elsewhere a phrase is part of another one, or one of two: "a man wearing a coat rides", "a man and a woman sit". */
function beginsClause(words: readonly string[], { start, opening }: NounPhrase): boolean {
  if (start === 0) return true;
  if (opening === undefined) return false;
  const [before, last] = words.slice(Math.max(0, start - 2), start).slice(-2);
  if (before === 'there' && (last === 'is' || last === 'are')) return true;
  const previous = words[start - 1]!;
  // "A picture of a dog sitting on a bed"
  return previous === 'as' || previous === 'while' || (previous === 'of' && start <= LATEST_OF);
}
const LATEST_OF = 4;

/** "the dog (is) chasing a ball", "a cat (is) sitting on the bench", "a man in the snow" */
function* askActions(words: readonly string[], phrases: readonly NounPhrase[]): Generator<CaptionQuestion> {
  const startingAt = new Map(phrases.map((phrase) => [phrase.start, phrase]));
  for (const subject of phrases) {
    if (!beginsClause(words, subject)) continue;
    let at = subject.end;
    const isThere = words[at] === 'is' || words[at] === 'are';
    if (isThere) at++;
    const verb = words[at] ?? '';
    const thing = startingAt.get(at + 1);
    const doing = ASKED_VERBS.get(verb);
    if (doing !== undefined && thing && !PEOPLE.has(headOf(thing)) && headOf(thing) !== headOf(subject)) {
      yield askThing(subject, doing, thing);
    }
    const staying = STAYING_VERBS.get(verb);
    if (staying !== undefined || verb.endsWith('ing')) at++;
    if (at > subject.end && PARTICLES.has(words[at] ?? '')) at++;
    const preposition = words[at] ?? '';
    const place = startingAt.get(at + 1);
    if (!place || !PREPOSITIONS.has(preposition)) continue;
    if (staying !== undefined && headOf(place) !== headOf(subject) && !BODY_PARTS.has(headOf(place))) {
      yield askWho(subject, staying, words.slice(at, place.start).join(' '), place);
    }
    const somewhere = STAYING_AT.has(preposition) && PLACES.has(headOf(place));
    if (somewhere) yield askWhere(subject, place);
  }
}

/** The compound, and its head alone. */
function answersOf(phrase: NounPhrase): CaptionQuestion['answers'] {
  const head = headOf(phrase);
  return phrase.nouns.length > 1 ? [named(phrase), head] : [head];
}

function askThing(subject: NounPhrase, doing: string, thing: NounPhrase): CaptionQuestion {
  const question = `What ${toBe(headOf(subject))} the ${named(subject)} ${doing}?`;
  return { kind: 'object', question, answers: answersOf(thing) };
}

function askWho(
  subject: NounPhrase,
  staying: string,
  preposition: string,
  place: NounPhrase,
): CaptionQuestion {
  const head = headOf(subject);
  const asked = PEOPLE.has(head) ? 'Who' : 'What';
  const question = `${asked} is ${staying} ${preposition} the ${named(place)}?`;
  return { kind: 'object', question, answers: answersOf(subject) };
}

const askWhere = (subject: NounPhrase, place: NounPhrase): CaptionQuestion => ({
  kind: 'place',
  question: `Where ${toBe(headOf(subject))} the ${named(subject)}?`,
  answers: answersOf(place),
});
