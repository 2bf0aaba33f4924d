/**
 * Drawings into pixels: each class is rendered once per style and colour when the world loads, so that composing
 * a scene afterwards is plain blending.
 */
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { Fault } from '../../fault.ts';
import type { Background } from './backgrounds.ts';
import type { HueRange, ObjectClass } from './catalogue.ts';
import { CELL, IMAGE_SIZE, type Style } from './scene.ts';

/** Where the drawings come from; a model card repeats it. */
export const ARTWORK = {
  noto: { title: 'Noto Emoji', author: 'Google', licence: 'Apache-2.0' },
  'fluent-emoji-flat': { title: 'Fluent Emoji Flat', author: 'Microsoft', licence: 'MIT' },
  'fluent-emoji': { title: 'Fluent Emoji', author: 'Microsoft', licence: 'MIT' },
  'fluent-emoji-3d': { title: 'Fluent Emoji 3D', author: 'Microsoft', licence: 'MIT' },
  twemoji: { title: 'Twemoji', author: 'Twitter and others', licence: 'CC-BY-4.0' },
  'noto-v1': { title: 'Noto Emoji of before 2017', author: 'Google', licence: 'Apache-2.0' },
  emojione: { title: 'EmojiTwo', author: 'Emoji One and others', licence: 'CC-BY-4.0' },
  'emojione-v1': { title: 'Emoji One of before 2015', author: 'Emoji One', licence: 'CC-BY-SA-4.0' },
  fxemoji: { title: 'FxEmojis', author: 'Mozilla', licence: 'Apache-2.0' },
  'streamline-emojis': { title: 'Streamline Emojis', author: 'Streamline', licence: 'CC-BY-4.0' },
  openmoji: { title: 'OpenMoji', author: 'HfG Schwäbisch Gmünd', licence: 'CC-BY-SA-4.0' },
} as const;

export type ArtworkSet = keyof typeof ARTWORK;

/** A drawing of one class in one style and colour. */
export interface Sprite {
  /** Edge in pixels. */
  size: number;
  /** [size × size × 4], alpha not premultiplied. */
  rgba: Uint8Array;
}

export interface IconSet {
  icons: Record<string, { body: string; width?: number; height?: number; left?: number; top?: number }>;
  width?: number;
  height?: number;
}

/** The package that has a set: most are of Iconify's, by their own names. */
export const packageOf = (set: ArtworkSet): string =>
  set === 'fluent-emoji-3d' ? '@lobehub/fluent-emoji-3d' : `@iconify-json/${set}`;

/** The set of each style. */
export const SETS: Record<Style, ArtworkSet> = { noto: 'noto', fluent: 'fluent-emoji-flat' };

/** @throws Fault when its package is not installed */
export async function loadIconSet(set: ArtworkSet): Promise<IconSet> {
  return JSON.parse(await readFile(inPackage(set, 'icons.json'), 'utf8')) as IconSet;
}

function inPackage(set: ArtworkSet, file: string): string {
  const name = packageOf(set);
  try {
    return fileURLToPath(import.meta.resolve(`${name}/${file}`));
  } catch {
    throw new Fault(
      `The drawings "${set}" are not installed: npm install --no-save --ignore-scripts ${name}`,
    );
  }
}

/**
 * Those of a set's drawings that have these names, of whatever kind its files are.
 * @throws Fault when its package is not installed
 */
export async function loadDrawings(set: ArtworkSet, names: readonly string[]): Promise<IconSet> {
  if (set !== 'fluent-emoji-3d') return loadIconSet(set);
  // Pictures by code point; Noto's package has which name is which code point.
  const folder = dirname(inPackage(set, 'package.json'));
  const codes = JSON.parse(await readFile(inPackage('noto', 'chars.json'), 'utf8')) as Record<string, string>;
  const files = await readdir(join(folder, 'assets'));
  const icons: IconSet['icons'] = {};
  for (const [code, name] of Object.entries(codes)) {
    const file = files.find((one) => one === `${code}.webp` || one === `${code}-fe0f.webp`);
    if (!file || !names.includes(name)) continue;
    const { data, info } = await sharp(join(folder, 'assets', file))
      .png()
      .toBuffer({ resolveWithObject: true });
    const [width, height] = [info.width, info.height];
    const body = `<image width="${width}" height="${height}" href="data:image/png;base64,${data.toString('base64')}"/>`;
    icons[name] = { body, width, height };
  }
  return { icons };
}

/** Hue in degrees, saturation and value of the HSV cone in 0..1. */
function hsv(r: number, g: number, b: number): [number, number, number] {
  const most = Math.max(r, g, b);
  const spread = most - Math.min(r, g, b);
  if (spread === 0) return [0, 0, most / 255];
  const sector =
    most === r ? ((g - b) / spread + 6) % 6 : most === g ? (b - r) / spread + 2 : (r - g) / spread + 4;
  return [sector * 60, spread / most, most / 255];
}

function parseHex(hex: string): [number, number, number] {
  const value = Number.parseInt(hex.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

export const luma = (r: number, g: number, b: number): number => 0.299 * r + 0.587 * g + 0.114 * b;

/**
 * Paints the pixels whose hue and saturation are in range with one colour, keeping light and shade: each pixel
 * becomes the colour scaled by its brightness relative to the typical one, and highlights lean towards white.
 * @returns undefined when no opaque pixel is in the given hues
 */
export function dye(
  rgba: Uint8Array,
  { hues: [from, to], saturation }: HueRange,
  hex: string,
): Uint8Array | undefined {
  const [red, green, blue] = parseHex(hex);
  const inside = (r: number, g: number, b: number): boolean => {
    const [h, s] = hsv(r, g, b);
    return s >= saturation && (from <= to ? h >= from && h <= to : h >= from || h <= to);
  };
  const lumas: number[] = [];
  for (let i = 0; i < rgba.length; i += 4) {
    if (rgba[i + 3]! > 200 && inside(rgba[i]!, rgba[i + 1]!, rgba[i + 2]!))
      lumas.push(luma(rgba[i]!, rgba[i + 1]!, rgba[i + 2]!));
  }
  if (lumas.length === 0) return undefined;
  lumas.sort((x, y) => x - y);
  const typical = lumas[lumas.length >> 1]!;

  const out = rgba.slice();
  for (let i = 0; i < rgba.length; i += 4) {
    const [r, g, b] = [rgba[i]!, rgba[i + 1]!, rgba[i + 2]!];
    if (rgba[i + 3] === 0 || !inside(r, g, b)) continue;
    const light = luma(r, g, b);
    // Half of the original contrast: a shaded yellow must not turn brown, nor a shaded red black.
    const shade = Math.min(1, 0.5 + (0.5 * light) / typical);
    const shine = light > typical ? 0.6 * Math.min(1, (light - typical) / (256 - typical)) : 0;
    out[i] = Math.round(red * shade + (255 - red * shade) * shine);
    out[i + 1] = Math.round(green * shade + (255 - green * shade) * shine);
    out[i + 2] = Math.round(blue * shade + (255 - blue * shade) * shine);
  }
  return out;
}

/**
 * The drawing trimmed, as large as fits into a square of this size, centred, and standing on its lower edge.
 * @param air pixels on each side: neighbours on the lattice stay apart
 * @returns [size × size × 4]
 */
export async function renderIcon(set: IconSet, name: string, size: number, air = 1): Promise<Uint8Array> {
  const icon = set.icons[name]!;
  const [width, height] = [icon.width ?? set.width ?? 16, icon.height ?? set.height ?? 16];
  const box = `${icon.left ?? 0} ${icon.top ?? 0} ${width} ${height}`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${size * 4}" height="${size * 4}" viewBox="${box}">${icon.body}</svg>`;
  const trimmed = await sharp(Buffer.from(svg)).trim({ threshold: 1 }).png().toBuffer();
  const fitted = await sharp(trimmed)
    .resize(size - 2 * air, size - 2 * air, {
      fit: 'contain',
      position: 'bottom',
      background: { r: 0, g: 0, b: 0, alpha: 0 },
      kernel: 'lanczos3',
    })
    .extend({ top: air, bottom: air, left: air, right: air, background: { r: 0, g: 0, b: 0, alpha: 0 } })
    .ensureAlpha()
    .raw()
    .toBuffer();
  return new Uint8Array(fitted);
}

async function renderNatural(set: IconSet, style: Style, item: ObjectClass, scale: number): Promise<Sprite> {
  const name = item.artwork[style];
  if (!set.icons[name]) throw new Error(`The drawing ${name} of ${item.name} is not in the ${style} set.`);
  const size = item.cells * CELL * scale;
  const natural = await renderIcon(set, name, size, scale);
  return { size, rgba: item.dye ? dyed(natural, item.dye, item.dye.to, item) : natural };
}

function dyed(rgba: Uint8Array, hues: HueRange, hex: string, { name }: ObjectClass): Uint8Array {
  const coloured = dye(rgba, hues, hex);
  if (!coloured) throw new Error(`No pixel of the drawing of ${name} is in the hues that take a colour.`);
  return coloured;
}

export function mirror({ size, rgba }: Sprite): Sprite {
  const out = new Uint8Array(rgba.length);
  for (let y = 0; y < size; y++)
    for (let x = 0; x < size; x++) {
      const from = (y * size + x) * 4;
      out.set(rgba.subarray(from, from + 4), (y * size + size - 1 - x) * 4);
    }
  return { size, rgba: out };
}

/**
 * Every sprite of these classes, as [class][colour]; colour 0 is the drawing's own, and classes without colours
 * have it alone. `palette[0]` is not read.
 */
export async function renderSprites(
  style: Style,
  classes: readonly ObjectClass[],
  palette: readonly string[],
  scale = 1,
): Promise<Sprite[][]> {
  const set = await loadIconSet(SETS[style]);
  return Promise.all(
    classes.map(async (item) => {
      const natural = await renderNatural(set, style, item, scale);
      if (!item.coloured) return [natural];
      const coloured = style === 'fluent' ? (item.coloured.fluent ?? item.coloured) : item.coloured;
      return palette.map((hex, i) =>
        i === 0 ? natural : { size: natural.size, rgba: dyed(natural.rgba, coloured, hex, item) },
      );
    }),
  );
}

/** [side × side × 3] bytes of each background. */
export function renderBackgrounds(
  backgrounds: readonly Background[],
  side = IMAGE_SIZE,
): Promise<Uint8Array[]> {
  return Promise.all(
    backgrounds.map(async ({ svg }) => {
      const bytes = await sharp(Buffer.from(svg), { density: (72 * side) / IMAGE_SIZE })
        .resize(side, side)
        // Where two bands leave a slit, as the surf of the beach does, which shows at 256 pixels.
        .flatten({ background: '#ffffff' })
        .raw()
        .toBuffer();
      return new Uint8Array(bytes);
    }),
  );
}
