/** The worlds by name: what is narrow in one and free in another is a field here and nowhere else. */
import { Fault } from '../../fault.ts';
import { ARTWORK, type ArtworkSet, SETS } from './artwork.ts';
import { CATALOGUE } from './catalogue.ts';
import type { Redrawn } from './redraw.ts';
import { IMAGE_SIZE, type Style } from './scene.ts';

export interface SceneWorld {
  name: string;
  styles: readonly Style[];
  /** Positions are multiples of this many pixels. */
  lattice: 16 | 8 | 1;
  /**
   * Share of the scenes framed as a photographer frames them: things in the middle, in a row, on one ground. The
   * rest stand anywhere. A caption rarely says where; a sampler that fills many cells at once and takes the likeliest
   * code of each needs one place to be likelier than all others together, or it paints none, or pieces at several.
   */
  framedShare: number;
  /** Whether objects may be mirrored. */
  flips: boolean;
  /** Names from the catalogue. */
  classes: readonly string[];
  /** Names from COLOURS, beside the natural ones. */
  colours: readonly string[];
  /** Names from BACKGROUNDS. */
  backgrounds: readonly string[];
  /** Share of class × colour × background compositions that training never sees. */
  heldOutShare: number;
  /** Drawn by others, where it is. */
  redrawn?: Redrawn;
}

/** Colours objects come in: far apart from each other, and each from most backgrounds. */
export const COLOURS: Readonly<Record<string, string>> = {
  red: '#e02020',
  orange: '#ff8a1f',
  yellow: '#ffd21f',
  green: '#2aa84a',
  blue: '#2f6fe8',
  purple: '#9b3fd6',
  pink: '#ff7fb5',
  white: '#f4f4f4',
  black: '#2b2b33',
};

const RAINBOW = ['red', 'orange', 'yellow', 'green', 'blue', 'purple'];
const EVERYWHERE = ['grass', 'beach', 'sea', 'snow', 'road', 'room', 'night', 'desert', 'forest', 'sky'];
const EVERYTHING = CATALOGUE.map(({ name }) => name);

const LATTICE_1STYLE: SceneWorld = {
  name: 'lattice-1style',
  styles: ['noto'],
  lattice: 16,
  framedShare: 0,
  flips: false,
  classes: EVERYTHING,
  colours: RAINBOW,
  backgrounds: EVERYWHERE,
  heldOutShare: 0.06,
};

const FRAMED_1STYLE: SceneWorld = { ...LATTICE_1STYLE, name: 'framed-1style', framedShare: 0.75 };

/** Pixels of a side of what others draw, to be as sharp as what people send. */
export const REDRAWN_SIDE = 2 * IMAGE_SIZE;

/** Of many hands, for what is to know drawings that are not of the demo zoo. */
export const REDRAWN_WORLD = 'redrawn';

/** Sets of drawings that an encoder may learn from; Twemoji is not among them, to be measured on. */
const REDRAWN_SETS: readonly ArtworkSet[] = [
  'noto',
  'fluent-emoji-flat',
  'fluent-emoji',
  'fluent-emoji-3d',
  'openmoji',
  'noto-v1',
  'emojione',
  'emojione-v1',
  'fxemoji',
  'streamline-emojis',
];

const PRESETS: readonly SceneWorld[] = [
  FRAMED_1STYLE,
  { ...FRAMED_1STYLE, name: 'framed-2styles', styles: ['noto', 'fluent'] },
  LATTICE_1STYLE,
  { ...LATTICE_1STYLE, name: 'lattice-2styles', styles: ['noto', 'fluent'] },
  { ...LATTICE_1STYLE, name: 'half-lattice-1style', lattice: 8 },
  { ...LATTICE_1STYLE, name: 'half-lattice-2styles', lattice: 8, styles: ['noto', 'fluent'] },
  {
    ...LATTICE_1STYLE,
    name: 'free-2styles',
    lattice: 1,
    styles: ['noto', 'fluent'],
    flips: true,
    colours: Object.keys(COLOURS),
  },
  { ...LATTICE_1STYLE, name: REDRAWN_WORLD, redrawn: { sets: REDRAWN_SETS, varied: true, usualShare: 0.2 } },
  ...(['twemoji', 'openmoji'] as const).map(
    (set): SceneWorld => ({
      ...LATTICE_1STYLE,
      name: `redrawn-${set}`,
      lattice: 1,
      redrawn: { sets: [set], varied: false, usualShare: 0 },
    }),
  ),
];

export const WORLD_NAMES: readonly string[] = PRESETS.map(({ name }) => name);
export const DEFAULT_WORLD = FRAMED_1STYLE.name;

/** @throws Fault that lists the good names */
export function worldPreset(name: string): SceneWorld {
  const preset = PRESETS.find((candidate) => candidate.name === name);
  if (!preset) throw new Fault(`There is no scene world "${name}"; choose one of ${WORLD_NAMES.join(', ')}.`);
  return preset;
}

/** Title, author and licence of every set of drawings that a world shows. */
export const artworkOf = ({ styles, redrawn }: SceneWorld): string =>
  [...new Set([...styles.map((style) => SETS[style]), ...(redrawn?.sets ?? [])])]
    .map((set) => ARTWORK[set])
    .map(({ title, author, licence }) => `${title} by ${author}, ${licence}`)
    .join('; ');
