/**
 * What a text claims of a scene, read with the grammar that writes captions (captions.ts) and nothing more lenient:
 * a number must agree with its noun, a colour must stand before one, and a word that the grammar cannot place is
 * reported as unread. For texts that a model wrote.
 */
import type { Cast } from './layout.ts';
import {
  COLOUR_WORDS,
  COUNTS,
  FLAT,
  GENERAL_NOUNS,
  ONE,
  OPENINGS,
  PRAISE,
  RELATION_WORDS,
  relationWords,
  USUAL_OPENINGS,
  verbs,
  type Weighted,
} from './lexicon.ts';
import type { Relation, Style } from './scene.ts';
import { USUAL_STYLE } from './usual.ts';

/** 'two red cars': that there are exactly so many objects of this class (and colour, where it is said). */
interface ObjectClaim {
  /** Any of them: one class, or those that a word like 'person' covers. */
  classIds: number[];
  /** null when none is said. */
  colourId: number | null;
  /** null where no number fits the noun ('two car', 'car'): the phrase is not one of the grammar's. */
  count: number | null;
}

export interface ReadCaption {
  objects: ObjectClaim[];
  /** Per place that is named, the backgrounds that its words stand for. */
  backgrounds: number[][];
  /** The styles that its words tell, in a world of several. */
  styles: Style[];
  /** Colours before no noun. */
  strayColours: number[];
  /** Words that the grammar has no place for. Numbers and colours that belong to no noun are among them. */
  unread: string[];
}

/** A phrase that begins at some word. */
interface Reading {
  words: number;
  /** Words that are not as the grammar has them. */
  wrong: number;
  object?: ObjectClaim;
  backgrounds?: number[];
  style?: Style;
  strayColour?: number;
  unread?: string;
}

/** Phrase → what it means; found by its words. */
class Phrases<Meaning> {
  readonly #meanings = new Map<string, Meaning[]>();
  #longest = 0;

  add(phrase: string, meaning: Meaning): void {
    const words = wordsOf(phrase);
    const key = words.join(' ');
    const known = this.#meanings.get(key) ?? [];
    if (!known.includes(meaning)) known.push(meaning);
    this.#meanings.set(key, known);
    this.#longest = Math.max(this.#longest, words.length);
  }

  addAll(phrases: Weighted, meaning: Meaning): void {
    for (const [phrase] of phrases) this.add(phrase, meaning);
  }

  /** The phrases that begin at a word, the longest first. */
  *at(words: readonly string[], start: number): Generator<{ length: number; meanings: readonly Meaning[] }> {
    for (let length = Math.min(this.#longest, words.length - start); length > 0; length--) {
      const meanings = this.#meanings.get(words.slice(start, start + length).join(' '));
      if (meanings) yield { length, meanings };
    }
  }
}

interface Noun {
  classId: number;
  /** The word stands for several classes. */
  general: boolean;
  singular: boolean;
}

export type CaptionReader = (text: string) => ReadCaption;

const FILLERS = ['and', 'with', ',', '.', 'is', 'are', 'there is', 'there are'];
const SIDES = ['on the left', 'on the right'];

const wordsOf = (text: string): string[] => text.toLowerCase().match(/[a-z]+|[0-9]+|[^\sa-z0-9]/g) ?? [];

export function captionReader(cast: Cast): CaptionReader {
  const numbers = new Phrases<number>();
  numbers.addAll(ONE, 1);
  numbers.add('an', 1);
  for (const [count, phrases] of Object.entries(COUNTS)) numbers.addAll(phrases, Number(count));
  const praise = new Phrases<true>();
  praise.addAll(PRAISE, true);
  const colours = new Phrases<number>();
  for (const [id, name] of cast.colours.entries()) colours.addAll(COLOUR_WORDS[name] ?? [], id);
  const nouns = nounsOf(cast);
  const places = new Phrases<number>();
  for (const [id, { on, over }] of cast.backgrounds.entries()) places.addAll([...on, ...over], id);
  const styles = stylesOf(cast);
  const fillers = fillersOf(cast);

  /** Praise, colour and noun from a word on; `count` is what was said before them. */
  function* described(
    words: readonly string[],
    start: number,
    count: number | null,
  ): Generator<{ end: number; claim: ObjectClaim }> {
    const starts = [start];
    for (const { length } of praise.at(words, start)) starts.push(start + length);
    for (const from of starts) {
      const coloured: [number, number | null][] = [[from, null]];
      for (const { length, meanings } of colours.at(words, from))
        coloured.push([from + length, meanings[0]!]);
      for (const [at, colourId] of coloured) {
        for (const { length, meanings } of nouns.at(words, at)) {
          const fitting = meanings.filter(({ singular }) => singular === (count === 1));
          for (const same of bySense(count === null ? meanings : fitting)) {
            yield {
              end: at + length,
              claim: { classIds: same.map(({ classId }) => classId), colourId, count },
            };
          }
        }
      }
    }
  }

  function* readingsAt(words: readonly string[], start: number): Generator<Reading> {
    for (const { length, meanings } of numbers.at(words, start)) {
      for (const { end, claim } of described(words, start + length, meanings[0]!)) {
        yield { words: end - start, wrong: 0, object: claim };
      }
    }
    for (const { length, meanings } of places.at(words, start)) {
      yield { words: length, wrong: 0, backgrounds: [...meanings] };
    }
    for (const { length, meanings } of styles.at(words, start)) {
      yield { words: length, wrong: 0, style: meanings[0]! };
    }
    for (const { length } of fillers.at(words, start)) yield { words: length, wrong: 0 };
    for (const { end, claim } of described(words, start, null)) {
      yield { words: end - start, wrong: end - start, object: claim };
    }
    for (const { length, meanings } of colours.at(words, start)) {
      yield { words: length, wrong: length, strayColour: meanings[0]! };
    }
    yield { words: 1, wrong: 1, unread: words[start]! };
  }

  /** The reading that leaves the fewest words wrong; of those, the one whose phrases come first above. */
  return (text) => {
    const words = wordsOf(text);
    const best: { wrong: number; reading?: Reading }[] = new Array(words.length + 1);
    best[words.length] = { wrong: 0 };
    for (let start = words.length - 1; start >= 0; start--) {
      let chosen: { wrong: number; reading?: Reading } = { wrong: Number.POSITIVE_INFINITY };
      for (const reading of readingsAt(words, start)) {
        const wrong = reading.wrong + best[start + reading.words]!.wrong;
        if (wrong < chosen.wrong) chosen = { wrong, reading };
      }
      best[start] = chosen;
    }
    const read: ReadCaption = { objects: [], backgrounds: [], styles: [], strayColours: [], unread: [] };
    for (let at = 0; at < words.length; ) {
      const { reading } = best[at]!;
      const { object, backgrounds, style, strayColour, unread } = reading!;
      if (object) read.objects.push(object);
      if (backgrounds) read.backgrounds.push(backgrounds);
      if (style) read.styles.push(style);
      if (strayColour !== undefined) read.strayColours.push(strayColour);
      if (unread !== undefined) read.unread.push(unread);
      at += reading!.words;
    }
    return read;
  };
}

/** Meanings that belong to one word: the classes of a general noun together, every other class for itself. */
function bySense(meanings: readonly Noun[]): Noun[][] {
  const unique = [...new Map(meanings.map((noun) => [noun.classId, noun])).values()];
  const general = unique.filter((noun) => noun.general);
  const own = unique.filter((noun) => !noun.general).map((noun) => [noun]);
  return general.length > 0 ? [general, ...own] : own;
}

function nounsOf({ classes }: Cast): Phrases<Noun> {
  const nouns = new Phrases<Noun>();
  for (const [classId, item] of classes.entries()) {
    for (const [singular, plural] of item.nouns) {
      nouns.add(singular, { classId, general: false, singular: true });
      nouns.add(plural, { classId, general: false, singular: false });
    }
  }
  for (const { singular, plural, classes: names } of GENERAL_NOUNS) {
    for (const name of names) {
      const classId = classes.findIndex((item) => item.name === name);
      if (classId < 0) continue;
      nouns.add(singular, { classId, general: true, singular: true });
      nouns.add(plural, { classId, general: true, singular: false });
    }
  }
  return nouns;
}

/** The words that tell the style; none in a world of one. */
function stylesOf({ preset }: Cast): Phrases<Style> {
  const styles = new Phrases<Style>();
  if (preset.styles.length === 1) return styles;
  for (const phrases of Object.values(FLAT)) styles.addAll(phrases, 'fluent');
  styles.addAll(USUAL_OPENINGS, USUAL_STYLE);
  return styles;
}

/** What captions say beside objects and places; it is read and claims nothing here. */
function fillersOf({ classes, backgrounds }: Cast): Phrases<true> {
  const fillers = new Phrases<true>();
  for (const phrase of [...FILLERS, ...SIDES]) fillers.add(phrase, true);
  fillers.addAll(OPENINGS, true);
  for (const item of classes) {
    for (const { support, name } of backgrounds) {
      for (const aloft of [true, false]) fillers.addAll(verbs(item, aloft, support, name), true);
    }
    for (const relation of Object.keys(RELATION_WORDS)) {
      fillers.addAll(relationWords(relation as Relation, item), true);
    }
  }
  return fillers;
}
