/**
 * A scene as somebody else draws it: the same things in the same order, by another hand, in other sizes and places, on
 * a ground that is plain, a gradient, or nearly the usual one. What is true of the scene stays true of the picture, so
 * that an encoder can learn to see both alike, and models that never saw such a drawing can be asked about it.
 */
import { createRandom, type Random } from '../../random.ts';
import { type ArtworkSet, dye, loadDrawings, luma, mirror, renderIcon, type Sprite } from './artwork.ts';
import type { HueRange, ObjectClass } from './catalogue.ts';
import { type Artwork, blend, renderScene } from './compose.ts';
import { overlap, type Square } from './relations.ts';
import { CELL, IMAGE_SIZE, type Scene } from './scene.ts';

/** How a world's scenes are drawn anew. */
export interface Redrawn {
  /** Each scene is drawn in one of them, things that it lacks in another, or, where none has them, as in the demo zoo. */
  sets: readonly ArtworkSet[];
  /**
   * To learn from: things also move by up to half a cell, as on no lattice, are bent and stretched, and lines and tones
   * are those of yet other hands. Else they are drawn as their set has them, where the scene has them.
   */
  varied: boolean;
  /** Share of the scenes that stay as the demo zoo draws them. */
  usualShare: number;
}

/** Edge of a drawing in pixels before it is scaled, in a picture of 128 pixels. */
const MASTER = 96;
/** Smallest share of a drawing's opaque pixels that takes a colour, for the thing to be called by that colour. */
const DYED = 0.2;
const VIVID: HueRange = { hues: [0, 360], saturation: 0.25 };

/** [class][colour]; undefined where this set has no such drawing, or none that can be of this colour. */
type Hand = readonly (readonly (Sprite | undefined)[])[];

async function drawHand(
  set: ArtworkSet,
  classes: readonly ObjectClass[],
  palette: readonly string[],
  size: number,
): Promise<Hand> {
  const icons = await loadDrawings(
    set,
    classes.flatMap(({ artwork }) => [artwork.noto, artwork.fluent]),
  );
  return Promise.all(
    classes.map(async ({ artwork, coloured, dye: own }) => {
      const name = [artwork.noto, artwork.fluent].find((one) => icons.icons[one]);
      if (name === undefined) return [];
      const natural = await renderIcon(icons, name, size);
      if (!coloured) return [{ size, rgba: own ? (dyed(natural, [own], own.to) ?? natural) : natural }];
      const ranges = [coloured, ...(coloured.fluent ? [coloured.fluent] : []), VIVID];
      return palette.map((hex, i) => {
        const rgba = i === 0 ? natural : dyed(natural, ranges, hex);
        return rgba && { size, rgba };
      });
    }),
  );
}

/** By the first range of hues that enough of the drawing has; undefined where none has. */
function dyed(natural: Uint8Array, ranges: readonly HueRange[], hex: string): Uint8Array | undefined {
  for (const range of ranges) {
    const rgba = dye(natural, range, hex);
    let opaque = 0;
    let changed = 0;
    for (let i = 0; rgba && i < rgba.length; i += 4) {
      if (rgba[i + 3]! < 128) continue;
      opaque++;
      if (rgba[i] !== natural[i] || rgba[i + 1] !== natural[i + 1] || rgba[i + 2] !== natural[i + 2])
        changed++;
    }
    if (rgba && changed >= DYED * opaque) return rgba;
  }
  return undefined;
}

/** A drawing at another size: the mean of the pixels that each new one covers. */
function scaled({ size, rgba }: Sprite, to: number): Sprite {
  const out = new Uint8Array(to * to * 4);
  const edges = Array.from({ length: to + 1 }, (_, i) => Math.min(size, Math.round((i * size) / to)));
  for (let y = 0, at = 0; y < to; y++)
    for (let x = 0; x < to; x++, at += 4) {
      let [r, g, b, a, n] = [0, 0, 0, 0, 0];
      for (let v = edges[y]!; v < Math.max(edges[y]! + 1, edges[y + 1]!); v++)
        for (let u = edges[x]!; u < Math.max(edges[x]! + 1, edges[x + 1]!); u++) {
          const from = (v * size + u) * 4;
          const alpha = rgba[from + 3]!;
          r += rgba[from]! * alpha;
          g += rgba[from + 1]! * alpha;
          b += rgba[from + 2]! * alpha;
          a += alpha;
          n++;
        }
      if (a === 0) continue;
      out[at] = r / a;
      out[at + 1] = g / a;
      out[at + 2] = b / a;
      out[at + 3] = a / n;
    }
  return { size: to, rgba: out };
}

/** Turned, stretched and bent a little, as another hand draws the shape. */
function bent({ size, rgba }: Sprite, random: Random): Sprite {
  const within = (most: number): number => (random.next() * 2 - 1) * most;
  const angle = within(0.14);
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const stretch = Math.exp(within(0.16));
  const shear = within(0.12);
  const wave = () => ({
    height: within(0.035),
    length: 2 * Math.PI * (0.6 + random.next()),
    phase: random.next() * 2 * Math.PI,
  });
  const [a, b] = [wave(), wave()];
  const out = new Uint8Array(rgba.length);
  for (let y = 0, at = 0; y < size; y++)
    for (let x = 0; x < size; x++, at += 4) {
      const [h, v] = [((x + 0.5) / size - 0.5) * 1.06, ((y + 0.5) / size - 0.5) * 1.06];
      const [turnedX, turnedY] = [cos * h - sin * v + shear * v, sin * h + cos * v];
      const fromX = turnedX * stretch + a.height * Math.sin(a.length * turnedY + a.phase);
      const fromY = turnedY / stretch + b.height * Math.sin(b.length * turnedX + b.phase);
      const [u, w] = [Math.floor((fromX + 0.5) * size), Math.floor((fromY + 0.5) * size)];
      if (u < 0 || w < 0 || u >= size || w >= size) continue;
      const from = (w * size + u) * 4;
      out.set(rgba.subarray(from, from + 4), at);
    }
  return { size, rgba: out };
}

/** Luma, above which two neighbours are parted by a line. */
const EDGE = 48;

/**
 * As yet another hand may draw it: with an outline, with lines where its colours change, in fewer or other tones. Colours
 * stay what they are called.
 */
function inAnotherHand({ size, rgba }: Sprite, scale: number, random: Random): Sprite {
  const out = rgba.slice();
  const gains = Array.from({ length: 3 }, () => 0.88 + random.next() * 0.24);
  const grey = (random.next() - 0.4) * 0.5;
  const levels = random.chance(0.3) ? 64 : 1;
  const [outlined, inked] = [random.chance(0.45), random.chance(0.3)];
  const pen = scale === 1 ? 1 : 1 + random.int(scale);
  const lumaAt = (at: number): number => luma(rgba[at]!, rgba[at + 1]!, rgba[at + 2]!);
  for (let y = 0, at = 0; y < size; y++)
    for (let x = 0; x < size; x++, at += 4) {
      const light = lumaAt(at);
      for (let c = 0; c < 3; c++) {
        const tone = (rgba[at + c]! * (1 - grey) + light * grey) * gains[c]!;
        out[at + c] = Math.max(0, Math.min(255, Math.round(tone / levels) * levels));
      }
      const opaque = rgba[at + 3]! > 127;
      let line = false;
      for (const [dx, dy] of [
        [pen, 0],
        [0, pen],
        [-pen, 0],
        [0, -pen],
      ] as const) {
        const [u, v] = [x + dx, y + dy];
        const beside = u >= 0 && v >= 0 && u < size && v < size ? (v * size + u) * 4 : undefined;
        const filled = beside !== undefined && rgba[beside + 3]! > 127;
        if (outlined && opaque !== filled && (opaque || size > 40 * scale)) line = true;
        if (inked && opaque && filled && light - lumaAt(beside!) > EDGE) line = true;
      }
      if (line) out.set([20, 20, 24, 255], at);
    }
  return { size, rgba: out };
}

/** Where things are drawn: larger or smaller about the middle of their feet, and a little elsewhere. */
function place({ objects }: Scene, varied: boolean, random: Random): Square[] {
  const within = (most: number): number => Math.round((random.next() * 2 - 1) * most);
  const half = varied ? CELL / 2 : 0;
  const [shiftX, shiftY] = [within(half), within(half)];
  let factor = 0.7 + random.next() * (varied ? 0.8 : 0.6);
  const own = objects.map(() => 0.9 + random.next() * 0.2);
  const small = objects.map(() => [within(half / 3), within(half / 3)] as const);
  const squares = (): Square[] =>
    objects.map(({ x, y, size }, i) => {
      const edge = Math.round(size * factor * own[i]!);
      const left = Math.round(x + (size - edge) / 2 + shiftX + small[i]![0]);
      const top = y + size - edge + shiftY + small[i]![1];
      const most = IMAGE_SIZE - edge;
      return { x: Math.max(0, Math.min(most, left)), y: Math.max(0, Math.min(most, top)), size: edge };
    });
  const placed = squares();
  const crowded = placed.some((a, i) =>
    placed.some((b, j) => j < i && overlap(a, b) && !overlap(objects[i]!, objects[j]!)),
  );
  if (!crowded) return placed;
  factor = Math.min(factor, 0.9);
  return squares();
}

/** Mean [r, g, b] of the part of a square picture from its share `from` of the height to `to`. */
function meanOf(pixels: Uint8Array, from = 0, to = 1): [number, number, number] {
  const side = Math.sqrt(pixels.length / 3);
  const [first, end] = [Math.round(from * side), Math.round(to * side)];
  const sum: [number, number, number] = [0, 0, 0];
  for (let i = first * side * 3; i < end * side * 3; i += 3)
    for (let c = 0; c < 3; c++) sum[c]! += pixels[i + c]!;
  return sum.map((one) => one / ((end - first) * side)) as [number, number, number];
}

const distance = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, one, c) => sum + (one - b[c]!) ** 2, 0);

/** Each row one colour, by how far down it is, 0..1. */
function rows(side: number, colour: (down: number) => readonly number[]): Uint8Array {
  const out = new Uint8Array(side * side * 3);
  for (let y = 0, at = 0; y < side; y++) {
    const [r, g, b] = colour(y / side).map((one) => Math.max(0, Math.min(255, Math.round(one)))) as [
      number,
      number,
      number,
    ];
    for (let x = 0; x < side; x++, at += 3) {
      out[at] = r;
      out[at + 1] = g;
      out[at + 2] = b;
    }
  }
  return out;
}

const mixed = (a: readonly number[], b: readonly number[], share: number): number[] =>
  a.map((one, c) => one * (1 - share) + b[c]! * share);

/**
 * A ground that can be told from the others by its colours, as the usual one can.
 * @param usual every background of the world, [side × side × 3]
 */
function ground(usual: readonly Uint8Array[], which: number, random: Random): Uint8Array {
  const own = usual[which]!;
  const side = Math.sqrt(own.length / 3);
  const tint = Array.from({ length: 3 }, () => (random.next() * 2 - 1) * 18);
  const tinted = (colour: readonly number[]): number[] => colour.map((one, c) => one + tint[c]!);
  const kind = random.next();
  if (kind < 0.25) {
    const flip = random.chance(0.5);
    return own.map((_, i) => {
      const x = Math.floor(i / 3) % side;
      const from = flip ? i + (side - 1 - 2 * x) * 3 : i;
      return Math.max(0, Math.min(255, own[from]! + tint[i % 3]!));
    });
  }
  if (kind < 0.45) return rows(side, (down) => tinted(meanOf(own, down, down + 1 / side)));
  if (kind < 0.8) {
    // Two bands, plain or shaded, with the horizon somewhere in the middle.
    const horizon = (48 + random.int(40)) / IMAGE_SIZE;
    const [top, bottom] = [meanOf(own, 0, 40 / IMAGE_SIZE), meanOf(own, 88 / IMAGE_SIZE)].map(tinted) as [
      number[],
      number[],
    ];
    const shade = random.chance(0.5) ? (random.next() * 2 - 1) * 40 : 0;
    return rows(side, (down) => (down < horizon ? top : bottom).map((one) => one + shade * (down - 0.5)));
  }
  // Any colour at all, or from one to another, as long as this background is the nearest to it.
  const means = usual.map((pixels) => meanOf(pixels));
  for (let tries = 0; tries < 400; tries++) {
    const grey = random.chance(0.3);
    const one = Array.from({ length: 3 }, () => random.int(256));
    const colour = grey ? [one[0]!, one[0]!, one[0]!] : one;
    const nearest = means.reduce(
      (best, mean, i) => (distance(mean, colour) < distance(means[best]!, colour) ? i : best),
      0,
    );
    if (nearest !== which) continue;
    const other = random.chance(0.5) ? colour : mixed(colour, means[which]!, random.next());
    return rows(side, (down) => mixed(colour, other, down));
  }
  return rows(side, () => tinted(means[which]!));
}

/** Half as sharp: each square of two by two pixels its mean. */
function softened(pixels: Uint8Array): Uint8Array {
  const side = Math.sqrt(pixels.length / 3);
  const out = new Uint8Array(pixels.length);
  for (let y = 0; y < side; y += 2)
    for (let x = 0; x < side; x += 2)
      for (let c = 0; c < 3; c++) {
        const at = (y * side + x) * 3 + c;
        const four = [at, at + 3, at + side * 3, at + side * 3 + 3];
        const mean = four.reduce((sum, one) => sum + pixels[one]!, 0) / 4;
        for (const one of four) out[one] = mean;
      }
  return out;
}

/** Share of what is to learn from that is as sharp as a picture of half its size. */
const SOFT = 0.4;

/**
 * @param usual drawings of the world itself, for what no set has; pictures are as large as it draws them
 * @returns pixels [side × side × 3] of a scene; the same scene is always drawn alike
 * @throws Fault when a set is not installed
 */
export async function redrawer(
  { sets, varied, usualShare }: Redrawn,
  world: string,
  classes: readonly ObjectClass[],
  palette: readonly string[],
  usual: Artwork,
): Promise<(scene: Scene) => Uint8Array> {
  const { scale } = usual;
  const hands: Hand[] = [];
  for (const set of sets) hands.push(await drawHand(set, classes, palette, MASTER * scale));
  return (scene) => {
    const random = createRandom(`redrawn/${world}/${scene.split}/${scene.index}`);
    if (random.chance(usualShare)) return renderScene(scene, usual);
    const hand = random.pick(hands);
    const pixels = ground(usual.backgrounds, scene.background, random).slice();
    const flip = random.chance(0.3);
    place(scene, varied, random).forEach(({ x, y, size }, i) => {
      const object = scene.objects[i]!;
      const drawings = (one: Hand) => one[object.classId]![object.colourId];
      const another = () => {
        const others = hands.filter(drawings);
        return others.length > 0 ? drawings(random.pick(others)) : undefined;
      };
      const drawn = drawings(hand) ?? another() ?? usual.sprite(object);
      const alike = createRandom(`hand/${world}/${scene.split}/${scene.index}`);
      const plain = scaled(varied ? bent(drawn, alike) : drawn, size * scale);
      const sprite = varied ? inAnotherHand(plain, scale, alike) : plain;
      blend(pixels, IMAGE_SIZE * scale, flip ? mirror(sprite) : sprite, x * scale, y * scale);
    });
    return varied && scale % 2 === 0 && random.chance(SOFT) ? softened(pixels) : pixels;
  };
}
