/** The words between the nouns: verbs, relations, counts, openings. Class nouns live in the catalogue. */
import type { Random } from '../../random.ts';
import type { Support } from './backgrounds.ts';
import type { ObjectClass } from './catalogue.ts';
import type { Relation } from './scene.ts';

/** Phrases with how often each is said. */
export type Weighted = readonly (readonly [phrase: string, weight: number])[];

export function say(phrases: Weighted, random: Random): string {
  return phrases[random.weighted(phrases.map(([, weight]) => weight))]![0];
}

export const COUNTS: Readonly<Record<number, Weighted>> = {
  2: [
    ['two', 12],
    ['2', 0.8],
    ['a pair of', 1],
    ['a couple of', 1],
  ],
  3: [
    ['three', 12],
    ['3', 0.8],
    ['a group of three', 0.6],
  ],
};

export const ONE: Weighted = [
  ['a', 20],
  ['one', 0.7],
  ['the', 0.7],
  ['a single', 0.4],
];

/** Said of anything, true of everything: they teach the model to read past words like them. */
export const PRAISE: Weighted = [
  ['beautiful', 1],
  ['nice', 1],
  ['lovely', 1],
  ['pretty', 0.7],
  ['cute', 1],
  ['colorful', 0.3],
];

export const COLOUR_WORDS: Readonly<Record<string, Weighted>> = {
  red: [
    ['red', 10],
    ['bright red', 0.5],
  ],
  orange: [
    ['orange', 10],
    ['bright orange', 0.4],
  ],
  yellow: [
    ['yellow', 10],
    ['bright yellow', 0.4],
    ['golden', 0.3],
  ],
  green: [
    ['green', 10],
    ['bright green', 0.4],
  ],
  blue: [
    ['blue', 10],
    ['bright blue', 0.4],
  ],
  purple: [
    ['purple', 10],
    ['violet', 0.8],
  ],
  pink: [['pink', 10]],
  white: [['white', 10]],
  black: [['black', 10]],
};

export const OPENINGS: Weighted = [
  ['a photo of', 2],
  ['a picture of', 2],
  ['an image of', 1],
  ['a drawing of', 0.7],
  ['a painting of', 0.7],
  ['an illustration of', 0.4],
  ['a cartoon of', 0.3],
  ['a view of', 0.3],
];

/**
 * What tells that a picture is in the flat style, in worlds of both: first or last in a caption. Pictures in the usual
 * style are not called so there; in worlds of one style these words mean nothing.
 */
export const FLAT = {
  openings: [
    ['a cartoon of', 3],
    ['an illustration of', 1],
  ],
  endings: [
    ['in a cartoon', 3],
    ['in an illustration', 1],
  ],
} as const satisfies Record<string, Weighted>;

/** Openings of what is not in the flat style. */
export const USUAL_OPENINGS: Weighted = OPENINGS.filter(
  ([opening]) => !FLAT.openings.some(([flat]) => flat === opening),
);

export const RELATION_WORDS: Readonly<Record<Relation, Weighted>> = {
  'left of': [
    ['to the left of', 6],
    ['left of', 2],
    ['on the left of', 1],
    ['on the left side of', 0.7],
  ],
  'right of': [
    ['to the right of', 6],
    ['right of', 2],
    ['on the right of', 1],
    ['on the right side of', 0.7],
  ],
  above: [
    ['above', 8],
    ['over', 1],
  ],
  below: [
    ['below', 5],
    ['under', 2],
    ['beneath', 1],
    ['underneath', 0.7],
  ],
  'next to': [
    ['next to', 8],
    ['beside', 2.5],
    ['near', 1.5],
    ['by', 0.8],
    ['close to', 0.8],
    ['alongside', 0.4],
  ],
  riding: [
    ['riding', 8],
    ['riding on', 1.5],
    ['on', 1],
    ['on top of', 0.5],
    ['sitting on', 0.7],
  ],
  'sitting on': [
    ['sitting on', 8],
    ['on', 2],
    ['on top of', 1],
    ['resting on', 0.7],
  ],
  'flying over': [
    ['flying over', 8],
    ['flying above', 3],
    ['soaring over', 0.6],
  ],
};

const DRIFTING_OVER: Weighted = [
  ['floating over', 4],
  ['floating above', 4],
  ['flying over', 3],
  ['flying above', 2],
  ['drifting over', 0.5],
];

export function relationWords(relation: Relation, subject: ObjectClass): Weighted {
  return relation === 'flying over' && subject.kind === 'drifter' ? DRIFTING_OVER : RELATION_WORDS[relation];
}

const FLYING: Weighted = [
  ['flying', 6],
  ['soaring', 0.7],
];
const DRIFTING: Weighted = [
  ['floating', 4],
  ['flying', 3],
  ['drifting', 0.6],
];
const SWIMMING: Weighted = [
  ['swimming', 5],
  ['floating', 2],
];
const SAILING: Weighted = [
  ['sailing', 5],
  ['floating', 3],
];
const FLOATING: Weighted = [
  ['floating', 5],
  ['drifting', 0.5],
];
const STANDING: Weighted = [
  ['standing', 5],
  ['walking', 2],
];
const RUNNING: Weighted = [
  ['running', 4],
  ['standing', 2],
  ['playing', 2],
  ['walking', 1],
];
const RESTING: Weighted = [
  ['standing', 4],
  ['sitting', 2],
  ['walking', 1],
  ['resting', 0.4],
];
const PARKED: Weighted = [
  ['parked', 5],
  ['standing', 1],
];
const DRIVING: Weighted = [
  ['parked', 3],
  ['driving', 4],
];
const GROWING: Weighted = [
  ['growing', 4],
  ['standing', 2],
];
const PLACED: Weighted = [
  ['standing', 4],
  ['sitting', 0.7],
];
const LYING: Weighted = [
  ['lying', 4],
  ['sitting', 2],
  ['resting', 0.6],
];

/** What an object is said to be doing. */
export function verbs(item: ObjectClass, aloft: boolean, support: Support, background: string): Weighted {
  if (item.flies && (aloft || support === 'air')) return item.kind === 'drifter' ? DRIFTING : FLYING;
  if (support === 'air') return FLOATING;
  if (support === 'water') {
    if (item.kind === 'boat') return SAILING;
    return item.kind === 'animal' || item.kind === 'person' ? SWIMMING : FLOATING;
  }
  switch (item.kind) {
    case 'person':
      return item.cells === 2 ? RUNNING : STANDING;
    case 'animal':
      return item.cells === 2 ? RESTING : STANDING;
    case 'vehicle':
      return background === 'road' && item.coloured ? DRIVING : PARKED;
    case 'plant':
      return GROWING;
    case 'furniture':
    case 'building':
      return PLACED;
    default:
      return LYING;
  }
}

/** Words that stand for several classes; facts then accept any of them. */
export const GENERAL_NOUNS: readonly {
  singular: string;
  plural: string;
  weight: number;
  classes: readonly string[];
}[] = [
  { singular: 'person', plural: 'people', weight: 3, classes: ['man', 'woman', 'boy', 'girl'] },
  { singular: 'child', plural: 'children', weight: 1, classes: ['boy', 'girl'] },
  { singular: 'kid', plural: 'kids', weight: 1, classes: ['boy', 'girl'] },
];

/** Words of the templates in captions.ts and questions.ts; a test holds that none is missing. */
export const TEMPLATE_WORDS =
  'a an the and with of is are there on in at left right side it this that both each image images picture pictures photo photos one two three four' +
  ' 0 1 2 3 4 what color colour how many where which yes no or to more fewer than same number as exactly total' +
  ' shows show contains contain only some any who doing do does background scene different';

/**
 * Words that captions do not use and that people type all the same: in the vocabulary so that they cost one
 * token and not one per letter.
 */
export const COMMON_WORDS =
  'i you he she we they me him her us them my your his its our their these those here was were be been being am' +
  ' have has had will would can could should may might must not all every other another few several lots lot' +
  ' big small large little tall short long old new young happy sad fast slow cold hot warm dark light bright' +
  ' brown gray grey silver gold golden turquoise' +
  ' five six seven eight nine ten 5 6 7 8 9 10 for from into onto behind front between inside outside around across' +
  ' along through down up off out away towards during while when after before near far back top bottom middle' +
  ' center corner very really quite just also too please paint draw make create show me generate' +
  ' sun moon star stars sky cloud clouds rain wind winter summer spring autumn day night morning evening sunset' +
  ' sunny snowy sandy rainy mountain mountains hill hills river lake water pool island wood woods town village' +
  ' street road city building buildings window door wall floor table desk kitchen bathroom bedroom' +
  ' food bread fruit orange lemon sandwich drink bottle glass plate bowl fork knife spoon' +
  ' animal animals pet pets bear lion wolf fox deer mouse frog snake bee insect chicken goose goat donkey' +
  ' vehicle vehicles taxi van ship bikes train trains wheel people men women children baby family friend friends' +
  ' phone computer laptop television tv lamp toy toys game ball box bag gift present star heart ring key' +
  ' eating drinking sleeping jumping running walking looking holding carrying wearing playing going coming' +
  ' eat sleep jump run walk look hold wear play go come sit sits stand stands fly flies swim swims ride rides' +
  ' park parks drive drives stay red green blue yellow purple pink white black violet';
