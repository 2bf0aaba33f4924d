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
const LINE = 13;
/** Characters per 100 pixels of 11-pixel sans-serif, of a wide one (DejaVu Sans). */
const CHARACTERS = { normal: 15, bold: 13.5 };

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Cuts at spaces, else after hyphens, else where a line is full, into as many lines as there must be. */
function wrapped(text: string, width: number, weight: keyof typeof CHARACTERS = 'normal'): string[] {
  const limit = Math.max(1, Math.floor((width / 100) * CHARACTERS[weight]));
  const lines: string[] = [];
  let rest = text.trim();
  while (rest.length > limit) {
    const space = rest.lastIndexOf(' ', limit);
    const hyphen = rest.lastIndexOf('-', limit - 1) + 1;
    const cut = space > 0 ? space : hyphen > 1 ? hyphen : limit;
    lines.push(rest.slice(0, cut));
    rest = rest.slice(cut).trim();
  }
  return [...lines, rest];
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
  // One heading is of the whole sheet and stands once.
  const alone = headings.length === 1;
  const heads = headings.map((heading) =>
    wrapped(heading, alone ? rowWidth * columns - 2 * GAP : size, 'bold'),
  );
  const captions = rows.map(({ caption }) => wrapped(caption, rowWidth - 2 * GAP));
  const most = (texts: readonly string[][]) => Math.max(0, ...texts.map(({ length }) => length));
  const headHeight = LINE * most(heads) + GAP;
  const captionHeight = LINE * most(captions) + GAP;
  const rowHeight = captionHeight + size + GAP;
  const width = rowWidth * columns;
  const height = headHeight + Math.ceil(rows.length / columns) * rowHeight;
  const texts: string[] = [];
  const text = (
    x: number,
    y: number,
    lines: readonly string[],
    weight: keyof typeof CHARACTERS = 'normal',
  ) => {
    for (const [i, line] of lines.entries())
      texts.push(
        `<text x="${x}" y="${y + (i + 1) * LINE}" font-weight="${weight}">${escapeXml(line)}</text>`,
      );
  };
  const layers: OverlayOptions[] = [];
  for (let column = 0; column < (alone ? 1 : columns); column++)
    for (const [i, head] of heads.entries())
      text(column * rowWidth + GAP + i * (size + GAP), 0, head, 'bold');
  for (const [r, row] of rows.entries()) {
    if (row.images.length !== headings.length) {
      throw new Error(
        `contact sheet: row ${r} has ${row.images.length} images for ${headings.length} headings`,
      );
    }
    const left = (r % columns) * rowWidth + GAP;
    const top = headHeight + Math.floor(r / columns) * rowHeight;
    text(left, top, captions[r]!);
    for (const [i, image] of row.images.entries()) {
      layers.push({
        input: Buffer.from(image.buffer, image.byteOffset, image.byteLength),
        raw: { width: size, height: size, channels: 3 },
        left: left + i * (size + GAP),
        top: top + captionHeight,
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
