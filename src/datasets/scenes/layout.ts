/**
 * From a seed to a scene graph. A plot is drawn first (one object, several of a kind, two side by side, one over
 * another, riding, sitting, three different ones), then who plays in it, then where they stand; a draw that does
 * not fit, or that training must not see, is thrown away and drawn again from the same stream of numbers.
 */
import { GRID } from '../../grid.ts';
import { createRandom, hash32, type Random } from '../../random.ts';
import type { Background } from './backgrounds.ts';
import type { ObjectClass } from './catalogue.ts';
import type { SceneWorld } from './presets.ts';
import { holds, overlap, RELATIONS, type Square } from './relations.ts';
import {
  CELL,
  IMAGE_SIZE,
  type Scene,
  type SceneGroup,
  type SceneObject,
  type SceneRelation,
  type Split,
} from './scene.ts';
import { USUAL_STYLE } from './usual.ts';

/** The parts of a world that a layout needs. */
export interface Cast {
  preset: SceneWorld;
  classes: readonly ObjectClass[];
  /** colours[0] is 'natural'. */
  colours: readonly string[];
  backgrounds: readonly Background[];
}

/** Whether this composition belongs to validation and test alone. Names, not ids: widening a world keeps them. */
export function isHeldOut(cast: Cast, classId: number, colourId: number, background: number): boolean {
  const key = `${cast.classes[classId]!.name}/${cast.colours[colourId]}/${cast.backgrounds[background]!.name}`;
  return hash32(`held out/${key}`) < cast.preset.heldOutShare * 4294967296;
}

type Plot =
  | 'single'
  | 'several'
  | 'beside'
  | 'stacked'
  | 'over'
  | 'riding'
  | 'sitting'
  | 'trio'
  | 'counted pair';

const PLOTS: readonly [Plot, number][] = [
  ['single', 0.2],
  ['several', 0.2],
  ['beside', 0.2],
  ['stacked', 0.09],
  ['over', 0.09],
  ['riding', 0.05],
  ['sitting', 0.05],
  ['trio', 0.06],
  ['counted pair', 0.06],
];

interface Player {
  classId: number;
  colourId: number;
}

/** Share of validation and test scenes that contain a held-out composition. */
const HELD_OUT_SCENES = 0.3;
const ATTEMPTS = 400;

export function composeScene(cast: Cast, split: Split, index: number): Scene {
  const random = createRandom(`scene/${cast.preset.name}/${split}/${index}`);
  const wantsHeldOut = split !== 'train' && random.chance(HELD_OUT_SCENES);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const scene = draw(cast, split, index, random, wantsHeldOut);
    if (scene && scene.heldOut === wantsHeldOut) return scene;
  }
  throw new Error(`No ${split} scene ${index} could be laid out in ${ATTEMPTS} attempts.`);
}

function draw(cast: Cast, split: Split, index: number, random: Random, wantsHeldOut: boolean): Scene | null {
  const plot = PLOTS[random.weighted(PLOTS.map(([, weight]) => weight))]![0];
  const background = random.int(cast.backgrounds.length);
  const { framedShare } = cast.preset;
  const stage = new Stage(cast, background, random, framedShare > 0 && random.chance(framedShare));
  const groups = play(plot, stage, random, wantsHeldOut);
  if (!groups) return null;
  const heldOut = stage.objects.some(({ classId, colourId }) =>
    isHeldOut(cast, classId, colourId, background),
  );
  return {
    split,
    index,
    background,
    objects: stage.objects,
    groups,
    relations: relationsBetween(cast, stage.objects, groups),
    heldOut,
  };
}

/** Every relation that holds for all pairs of members of two groups. */
function relationsBetween(
  cast: Cast,
  objects: readonly SceneObject[],
  groups: readonly SceneGroup[],
): SceneRelation[] {
  const found: SceneRelation[] = [];
  for (let subject = 0; subject < groups.length; subject++)
    for (let object = 0; object < groups.length; object++) {
      if (subject === object) continue;
      for (const relation of RELATIONS) {
        const everywhere = groups[subject]!.members.every((s) =>
          groups[object]!.members.every((o) => {
            const [a, b] = [objects[s]!, objects[o]!];
            return holds(relation, a, b, cast.classes[a.classId]!, cast.classes[b.classId]!);
          }),
        );
        if (everywhere) found.push({ subject, relation, object });
      }
    }
  return found;
}

/** Casts the players of one plot and puts them on stage; null when they do not fit. */
function play(plot: Plot, stage: Stage, random: Random, wantsHeldOut: boolean): SceneGroup[] | null {
  const { cast } = stage;
  const usual = (item: ObjectClass): number => stage.belonging(item);
  const grounded = (item: ObjectClass): number => (item.flies === 'always' ? 0 : usual(item));
  switch (plot) {
    case 'single':
      return stage.group(stage.choose(usual, wantsHeldOut), 1);
    case 'several': {
      const player = stage.choose(usual, wantsHeldOut);
      // Three large ones fill the picture: rarely.
      const large = player !== null && cast.classes[player.classId]!.cells === 3;
      return stage.group(player, random.chance(large ? 0.3 : 0.5) ? 3 : 2);
    }
    case 'beside': {
      const a = stage.choose(grounded, wantsHeldOut);
      const b = stage.choose(grounded, false, a);
      return stage.beside(a, b);
    }
    case 'stacked': {
      const a = stage.choose(grounded, wantsHeldOut);
      const b = stage.choose(grounded, false, a);
      return stage.stacked(a, b);
    }
    case 'over': {
      const a = stage.choose((item) => (item.flies ? usual(item) : 0), wantsHeldOut);
      const b = stage.choose(grounded, false, a);
      return stage.over(a, b);
    }
    case 'riding': {
      const a = stage.choose((item) => (item.rides ? 1 : 0), wantsHeldOut);
      const b = stage.choose((item) => (item.mount ? 1 : 0), false, a);
      return stage.riding(a, b);
    }
    case 'sitting': {
      const a = stage.choose((item) => (item.sits ? 1 : 0), wantsHeldOut);
      const b = stage.choose((item) => (item.seat ? 1 : 0), false, a);
      return stage.sitting(a, b);
    }
    case 'trio': {
      const a = stage.choose(usual, wantsHeldOut);
      const b = stage.choose(usual, false, a);
      const c = stage.choose(usual, false, a, b);
      return stage.crowd([
        [a, 1],
        [b, 1],
        [c, 1],
      ]);
    }
    case 'counted pair': {
      const a = stage.choose(usual, wantsHeldOut);
      const b = stage.choose(usual, false, a);
      // Four objects at most.
      const [many, few] = random.pick([
        [2, 1],
        [2, 1],
        [2, 2],
        [3, 1],
      ] as const);
      return stage.crowd([
        [a, many],
        [b, few],
      ]);
    }
  }
}

/** Left edge, in cells, of something this wide in the middle. */
const middle = (cells: number): number => Math.floor((GRID - cells) / 2);

/** One scene in the making: the objects placed so far, and the rules of its background. */
class Stage {
  readonly cast: Cast;
  readonly objects: SceneObject[] = [];
  private readonly background: number;
  private readonly random: Random;
  private readonly framed: boolean;

  constructor(cast: Cast, background: number, random: Random, framed: boolean) {
    this.cast = cast;
    this.background = background;
    this.random = random;
    this.framed = framed;
  }

  private get support() {
    return this.cast.backgrounds[this.background]!.support;
  }

  /** How readily a class turns up here: a giraffe in the sea is rare, not impossible. */
  belonging(item: ObjectClass): number {
    if (this.support === 'air') return item.flies ? 1 : 0.15;
    if (this.support === 'water') return item.swims || item.flies ? 1 : 0.2;
    return item.kind === 'boat' || item.name === 'whale' || item.name === 'fish' ? 0.4 : 1;
  }

  /** A class and colour by weight, none of those taken; from the held-out compositions when asked. */
  choose(
    weight: (item: ObjectClass) => number,
    heldOut: boolean,
    ...taken: (Player | null)[]
  ): Player | null {
    const { classes, colours } = this.cast;
    const players: Player[] = [];
    const weights: number[] = [];
    classes.forEach((item, classId) => {
      const share = weight(item);
      if (share <= 0) return;
      const [first, last] = item.coloured ? [1, colours.length - 1] : [0, 0];
      for (let colourId = first; colourId <= last; colourId++) {
        if (isHeldOut(this.cast, classId, colourId, this.background) !== heldOut) continue;
        if (taken.some((other) => other?.classId === classId && other.colourId === colourId)) continue;
        players.push({ classId, colourId });
        // Colours share their class's weight; coloured classes get twice a share, they have more to teach.
        weights.push(item.coloured ? (2 * share) / (colours.length - 1) : share);
      }
    });
    return players.length === 0 ? null : players[this.random.weighted(weights)]!;
  }

  /** Lattice positions from `from` to `to` pixels, both included. */
  private somewhere(from: number, to: number): number {
    const { lattice } = this.cast.preset;
    const first = Math.ceil(from / lattice);
    const last = Math.floor(to / lattice);
    return (first + this.random.int(Math.max(1, last - first + 1))) * lattice;
  }

  private aloft(item: ObjectClass): boolean {
    return item.flies === 'always' || (item.flies === 'sometimes' && this.random.chance(0.6));
  }

  /** Top edge, in cells, of what is framed: flying above, standing a little off the lower edge. */
  private framedRow(cells: number, aloft: boolean): number {
    if (this.support === 'air') return Math.floor((GRID - cells) / 2);
    return aloft ? 1 : GRID - 1 - cells;
  }

  /** Where an object of this class may be here. Objects on the ground stand clear of those in the air. */
  private spot(item: ObjectClass, aloft: boolean): Square {
    const size = item.cells * CELL;
    if (this.framed)
      return { x: middle(item.cells) * CELL, y: this.framedRow(item.cells, aloft) * CELL, size };
    const x = this.somewhere(0, IMAGE_SIZE - size);
    if (this.support === 'air') return { x, y: this.somewhere(0, IMAGE_SIZE - size), size };
    if (aloft) return { x, y: this.somewhere(0, 4 * CELL - size + (size === 3 * CELL ? CELL : 0)), size };
    return { x, y: this.somewhere(6 * CELL - size, IMAGE_SIZE - size), size };
  }

  private free(square: Square): boolean {
    const { x, y, size } = square;
    if (x < 0 || y < 0 || x + size > IMAGE_SIZE || y + size > IMAGE_SIZE) return false;
    return !this.objects.some((other) => overlap(square, other));
  }

  private put(player: Player, { x, y, size }: Square): number {
    const { styles, flips } = this.cast.preset;
    const drawn = styles[this.random.weighted(styles.map((style) => (style === USUAL_STYLE ? 2 : 1)))]!;
    // One hand draws a scene: everything in the style of its first object. Drawn for the others all the same, so that
    // what follows is what it is in a world of one style.
    const style = this.objects[0]?.style ?? drawn;
    const flip = flips && this.random.chance(0.5);
    return this.objects.push({ ...player, x, y, size, style, flip }) - 1;
  }

  private class(player: Player): ObjectClass {
    return this.cast.classes[player.classId]!;
  }

  /** `count` of one player, apart from everything else, half of the time in a row. */
  group(player: Player | null, count: number): SceneGroup[] | null {
    return this.crowd([[player, count]]);
  }

  /** From left to right with even gaps, group by group; null when they are too wide for one row. */
  private lineUp(wanted: readonly (readonly [Player, number])[]): SceneGroup[] | null {
    const row = wanted.flatMap(([player, count]) => Array<Player>(count).fill(player));
    const cells = row.map((player) => this.class(player).cells);
    const width = cells.reduce<number>((sum, one) => sum + one, 0);
    if (width > GRID) return null;
    const gap = Math.min(2, Math.floor((GRID - width) / Math.max(1, row.length - 1)));
    let column = Math.floor((GRID - width - gap * (row.length - 1)) / 2);
    return wanted.map(([player, count]) => {
      const size = this.class(player).cells;
      const y = this.framedRow(size, this.aloft(this.class(player))) * CELL;
      const members = Array.from({ length: count }, () => {
        const x = column * CELL;
        column += size + gap;
        return this.put(player, { x, y, size: size * CELL });
      });
      return { ...player, members };
    });
  }

  crowd(wanted: readonly (readonly [Player | null, number])[]): SceneGroup[] | null {
    if (!wanted.every((one): one is readonly [Player, number] => one[0] !== null)) return null;
    if (this.framed) return this.lineUp(wanted);
    const groups: SceneGroup[] = [];
    for (const [player, count] of wanted) {
      const item = this.class(player);
      const aloft = this.aloft(item);
      const inRow = this.random.chance(0.5) && count * item.cells <= GRID;
      const row = this.spot(item, aloft).y;
      const members: number[] = [];
      for (let tries = 0; members.length < count && tries < 60; tries++) {
        const spot = this.spot(item, aloft);
        // The third of three large ones finds room only higher up, still with its feet on the ground.
        if (item.cells === 3 && count === 3 && !aloft && tries > 10)
          spot.y = this.somewhere(2 * CELL, 5 * CELL);
        const square = inRow ? { ...spot, y: row } : spot;
        if (this.free(square)) members.push(this.put(player, square));
      }
      if (members.length < count) return null;
      groups.push({ ...player, members });
    }
    return groups;
  }

  private pair(a: Player, aSquare: Square, b: Player, bSquare: Square): SceneGroup[] | null {
    const fits = (s: Square) =>
      s.x >= 0 && s.y >= 0 && s.x + s.size <= IMAGE_SIZE && s.y + s.size <= IMAGE_SIZE;
    if (!fits(aSquare) || !fits(bSquare)) return null;
    return [
      { ...a, members: [this.put(a, aSquare)] },
      { ...b, members: [this.put(b, bSquare)] },
    ];
  }

  /** Side by side on the same ground, feet level or nearly so. */
  beside(a: Player | null, b: Player | null): SceneGroup[] | null {
    if (!a || !b) return null;
    if (this.framed) return this.besideFramed(a, b);
    const first = this.spot(this.class(a), false);
    const size = this.class(b).cells * CELL;
    const gap = this.random.chance(0.6) ? this.somewhere(0, CELL) : this.somewhere(CELL, 3 * CELL);
    const left = this.random.chance(0.5);
    const step = this.random.chance(0.7) ? 0 : this.somewhere(-CELL, CELL);
    const y = first.y + first.size - size + step;
    if (this.support !== 'air' && y + size < 5 * CELL) return null;
    return this.pair(a, first, b, { x: left ? first.x - gap - size : first.x + first.size + gap, y, size });
  }

  /** One cell between them and their feet level; the first is on the left. */
  private besideFramed(a: Player, b: Player): SceneGroup[] | null {
    const [first, second] = [this.class(a).cells, this.class(b).cells];
    const bottom = this.framedRow(0, false);
    const x = Math.floor((GRID - first - second - 1) / 2);
    return this.pair(a, { x: x * CELL, y: (bottom - first) * CELL, size: first * CELL }, b, {
      x: (x + first + 1) * CELL,
      y: (bottom - second) * CELL,
      size: second * CELL,
    });
  }

  /** One above the other, both standing. */
  stacked(a: Player | null, b: Player | null): SceneGroup[] | null {
    if (!a || !b) return null;
    const size = this.class(a).cells * CELL;
    const other = this.class(b).cells * CELL;
    if (this.framed) {
      const [upper, lower] = [this.class(a).cells, this.class(b).cells];
      return this.pair(a, { x: middle(upper) * CELL, y: (GRID - lower - upper) * CELL, size }, b, {
        x: middle(lower) * CELL,
        y: (GRID - lower) * CELL,
        size: other,
      });
    }
    const y = this.somewhere(this.support === 'air' ? 0 : 5 * CELL - size, IMAGE_SIZE - other - size);
    if (y < 0) return null;
    const x = this.somewhere(0, IMAGE_SIZE - size);
    const below = {
      x: x + this.somewhere(-CELL, CELL),
      y: this.somewhere(y + size, IMAGE_SIZE - other),
      size: other,
    };
    // Too near the horizon: it would hang in the air.
    if (this.support !== 'air' && (y + size < 5 * CELL || below.y + other < 6 * CELL)) return null;
    return this.pair(a, { x, y, size }, b, below);
  }

  /** One in the air over one on the ground. */
  over(a: Player | null, b: Player | null): SceneGroup[] | null {
    if (!a || !b) return null;
    const ground = this.spot(this.class(b), false);
    const size = this.class(a).cells * CELL;
    const highest = Math.min(ground.y, 5 * CELL) - size;
    if (highest < 0) return null;
    if (this.framed) {
      const middleRow = Math.min(CELL, highest);
      return this.pair(a, { x: middle(this.class(a).cells) * CELL, y: middleRow, size }, b, ground);
    }
    const x =
      ground.x + this.somewhere(-CELL, CELL) + (ground.size > size && this.random.chance(0.5) ? CELL : 0);
    return this.pair(a, { x, y: this.somewhere(0, highest), size }, b, ground);
  }

  /** The rider is drawn first: the mount hides its legs. */
  riding(a: Player | null, b: Player | null): SceneGroup[] | null {
    if (!a || !b) return null;
    const mount = this.spot(this.class(b), false);
    const size = this.class(a).cells * CELL;
    return this.pair(a, { x: mount.x, y: mount.y - CELL, size }, b, mount);
  }

  /** The one that sits is drawn over the seat. */
  sitting(a: Player | null, b: Player | null): SceneGroup[] | null {
    if (!a || !b) return null;
    const seat = this.spot(this.class(b), false);
    const size = this.class(a).cells * CELL;
    const groups = this.pair(a, { x: seat.x, y: seat.y + 2 * CELL - size, size }, b, seat);
    // Drawn in the order of the objects: seat first.
    if (groups) {
      this.objects.reverse();
      groups[0]!.members = [1];
      groups[1]!.members = [0];
    }
    return groups;
  }
}
