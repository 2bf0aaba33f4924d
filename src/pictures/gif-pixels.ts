/**
 * Whether a GIF's first picture has all its pixels: where its data end at the end of a block, the decoder takes that for
 * the end of the picture, and leaves the rest transparent.
 *
 * Source: GIF89a §18 to §22 and appendix F.
 */

const EXTENSION = 0x21;
const PICTURE = 0x2c;
const LONGEST_CODE = 12;

/** True where there is no picture at all, of which the decoder speaks. */
export function hasEveryPixel(file: Buffer): boolean {
  let at = 13 + colours(file[10] ?? 0);
  while (file[at] === EXTENSION) at = blocks(file, at + 2).end;
  if (file[at] !== PICTURE || at + 11 > file.length) return true;
  const pixels = file.readUInt16LE(at + 5) * file.readUInt16LE(at + 7);
  at += 10 + colours(file[at + 9]!);
  return countPixels(blocks(file, at + 1).data, file[at] ?? 0, pixels) >= pixels;
}

/** Bytes of a table of colours. */
const colours = (flags: number): number => ((flags & 0x80) === 0 ? 0 : 3 * 2 ** ((flags & 7) + 1));

/** Sub-blocks, each behind its length, up to one of none. */
function blocks(file: Buffer, begin: number): { data: Buffer; end: number } {
  const parts: Buffer[] = [];
  let at = begin;
  for (let length = file[at] ?? 0; length > 0; length = file[at] ?? 0) {
    parts.push(file.subarray(at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { data: Buffer.concat(parts), end: at + 1 };
}

/** How many pixels the codes stand for: LZW without the pixels themselves. Stops at `enough`. */
function countPixels(data: Buffer, codeSize: number, enough: number): number {
  const clear = 1 << codeSize;
  /** Pixels of each code of the table. */
  const lengths = new Uint32Array(1 << LONGEST_CODE).fill(1, 0, clear);
  let bits = codeSize + 1;
  let next = clear + 2;
  let before = 0;
  let pixels = 0;
  let held = 0;
  let holding = 0;
  for (const byte of data) {
    held |= byte << holding;
    holding += 8;
    while (holding >= bits) {
      const code = held & ((1 << bits) - 1);
      held >>>= bits;
      holding -= bits;
      if (code === clear) {
        bits = codeSize + 1;
        next = clear + 2;
        before = 0;
        continue;
      }
      if (code === clear + 1 || code > next) return pixels;
      // A code that is made by itself is the one before with its first pixel again.
      const length = code === next ? before + 1 : lengths[code]!;
      if (before > 0 && next < 1 << LONGEST_CODE) {
        lengths[next++] = before + 1;
        if (next === 1 << bits && bits < LONGEST_CODE) bits++;
      }
      pixels += length;
      if (pixels >= enough) return pixels;
      before = length;
    }
  }
  return pixels;
}
