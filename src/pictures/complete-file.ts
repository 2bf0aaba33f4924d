/**
 * Files of which every pixel is there and something else is not: the end, a checksum, a length that was never filled in.
 * Browsers show them; the decoder is given what it insists on. Whether pixels are missing the decoder still tells.
 */
import type { PictureFormat } from './picture-header.ts';
import { IEND, pngChunk } from './png-chunks.ts';

/** The file itself where nothing is to be done, else a copy. */
export function completeFile(file: Buffer, format: PictureFormat): Buffer {
  return COMPLETE[format](file);
}

const COMPLETE: Record<PictureFormat, (file: Buffer) => Buffer> = {
  /** ITU T.81 B.2.4: the end marker. */
  jpeg: (file) => (endsWith(file, EOI) ? file : Buffer.concat([file, EOI])),
  /** GIF89a §16 and §27: the end of the last picture's data, and the trailer. */
  gif: (file) => (endsWith(file, TRAILER) ? file : Buffer.concat([file, END_OF_DATA, TRAILER])),
  png: completePng,
  webp: completeWebp,
  avif: withStillBrand,
};

const EOI = Buffer.from([0xff, 0xd9]);
const END_OF_DATA = Buffer.from([0]);
const TRAILER = Buffer.from([0x3b]);

const endsWith = (file: Buffer, end: Buffer): boolean => file.subarray(-end.length).equals(end);

/** What is there of a chunk of pixels that is cut becomes a chunk of its own: only its checksum may be missing. */
function completePng(file: Buffer): Buffer {
  // Also where somebody has put it behind a chunk that is cut.
  const ended = endsWith(file, IEND) ? file.length - IEND.length : file.length;
  let at = 8;
  let pixels = false;
  while (at + 8 <= file.length) {
    const length = file.readUInt32BE(at);
    const type = file.toString('latin1', at + 4, at + 8);
    if (type === 'IEND') break;
    const end = at + 12 + length;
    if (end > ended) {
      if (type !== 'IDAT') break;
      const there = file.subarray(at + 8, Math.min(at + 8 + length, ended));
      return Buffer.concat([file.subarray(0, at), pngChunk('IDAT', there), IEND]);
    }
    pixels ||= type === 'IDAT';
    at = end;
  }
  const whole = file.subarray(at, at + IEND.length).equals(IEND);
  return whole || !pixels ? file : Buffer.concat([file.subarray(0, at), IEND]);
}

/**
 * RFC 9649, 2.4: the size in front is that of what follows, which is even. Encoders that stream leave it as it was. What
 * is cut after the picture (2.7: EXIF, XMP) is left out.
 */
function completeWebp(file: Buffer): Buffer {
  if (file.length < 12 || file.readUInt32LE(4) <= file.length - 8) return file;
  let at = 12;
  let pixels = false;
  while (at + 8 <= file.length) {
    const type = file.toString('latin1', at, at + 4);
    const end = at + 8 + file.readUInt32LE(at + 4);
    // libwebp's last byte of VP8 is 0 and no pixels: it counts the padding as the chunk's.
    const missing = end - file.length - (type === 'VP8 ' && !pixels ? 1 : 0);
    if (missing > 0) {
      if (!pixels) return file;
      break;
    }
    pixels ||= ['VP8 ', 'VP8L', 'ANMF'].includes(type);
    at = end + (end % 2);
  }
  const there = pixels ? file.subarray(0, at) : file;
  const whole = Buffer.concat([there, Buffer.alloc(there.length % 2)]);
  whole.writeUInt32LE(whole.length - 8, 4);
  return whole;
}

/** The decoder asks the first brand alone. Of a sequence it then reads the still picture. */
function withStillBrand(file: Buffer): Buffer {
  if (['avif', 'mif1'].includes(file.toString('latin1', 8, 12))) return file;
  const named = Buffer.from(file);
  named.write('avif', 8, 'latin1');
  return named;
}
