/** Contact sheets: a PNG that a person can judge a run by. */

import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import sharp, { type OverlayOptions } from 'sharp';
import { writeAtomically } from '../../atomic-files.ts';

export interface SheetRow {
  caption: string;
  /** RGB bytes, [size × size × 3] each, as many as there are headings. */
  images: readonly Uint8Array[];
}

const GAP = 4;
const HEADER = 18;
const CAPTION = 32;
/** Characters of 11-pixel sans-serif per 100 pixels, with some room. */
const CHARACTERS_PER_100 = 17;

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Cuts at spaces into at most two lines. */
function wrap(text: string, width: number): string[] {
  const limit = Math.floor((width / 100) * CHARACTERS_PER_100);
  if (text.length <= limit) return [text];
  const cut = text.lastIndexOf(' ', limit);
  const first = text.slice(0, cut > 0 ? cut : limit);
  const rest = text.slice(first.length).trim();
  return [first, rest.length > limit ? `${rest.slice(0, limit - 1)}…` : rest];
}

/**
 * Rows of captioned images under headings, in as many columns of rows as told.
 * @param size width and height of every image, in pixels
 */
export async function contactSheet(
  headings: readonly string[],
  rows: readonly SheetRow[],
  size: number,
  columns = 2,
): Promise<Buffer> {
  const rowWidth = headings.length * (size + GAP) + GAP;
  const rowHeight = CAPTION + size + GAP;
  const width = rowWidth * columns;
  const height = HEADER + Math.ceil(rows.length / columns) * rowHeight;
  const texts: string[] = [];
  const text = (x: number, y: number, words: string, weight = 'normal') =>
    texts.push(`<text x="${x}" y="${y}" font-weight="${weight}">${escapeXml(words)}</text>`);
  const layers: OverlayOptions[] = [];
  for (let column = 0; column < columns; column++) {
    for (const [i, heading] of headings.entries()) {
      const limit = Math.floor((size / 100) * CHARACTERS_PER_100 * 0.9);
      text(column * rowWidth + GAP + i * (size + GAP), 13, heading.slice(0, limit), 'bold');
    }
  }
  for (const [r, row] of rows.entries()) {
    if (row.images.length !== headings.length) {
      throw new Error(
        `contact sheet: row ${r} has ${row.images.length} images for ${headings.length} headings`,
      );
    }
    const left = (r % columns) * rowWidth + GAP;
    const top = HEADER + Math.floor(r / columns) * rowHeight;
    for (const [i, line] of wrap(row.caption, rowWidth - 2 * GAP).entries()) {
      text(left, top + 13 + i * 13, line);
    }
    for (const [i, image] of row.images.entries()) {
      layers.push({
        input: Buffer.from(image.buffer, image.byteOffset, image.byteLength),
        raw: { width: size, height: size, channels: 3 },
        left: left + i * (size + GAP),
        top: top + CAPTION,
      });
    }
  }
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
<rect width="100%" height="100%" fill="white"/>
<g font-family="sans-serif" font-size="11">${texts.join('')}</g></svg>`;
  return sharp(Buffer.from(svg)).composite(layers).removeAlpha().png().toBuffer();
}

/** @param path its folder is made when it is missing */
export async function writeContactSheet(
  path: string,
  ...sheet: Parameters<typeof contactSheet>
): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeAtomically(path, await contactSheet(...sheet));
}
