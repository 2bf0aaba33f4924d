/**
 * What an uploaded file is and how large a picture it holds, read from its first bytes and without decoding: a file
 * of 600 KB can decode to 700 MB, and is refused here for the price of reading 24 bytes. The content decides, not
 * the file's name or declared type. Pure JavaScript, every read within bounds: it runs in the HTTP process.
 *
 * Sources: PNG 1.2 §11.2.2, JPEG (ITU T.81) B.2, GIF89a §18, WebP container (RFC 9649), HEIF (ISO 23008-12) `ispe`.
 */
import { CodedError } from '../errors.ts';

const PICTURE_FORMATS = ['png', 'jpeg', 'webp', 'gif', 'avif'] as const;
export type PictureFormat = (typeof PICTURE_FORMATS)[number];

export const MAX_PICTURE_BYTES = 20 * 2 ** 20;
export const MAX_PICTURE_PIXELS = 40_000_000;

export interface PictureHeader {
  format: PictureFormat;
  /** Pixels, as stored: EXIF orientation may swap them. */
  width: number;
  height: number;
}

/**
 * @param param JSON pointer of the field, for the error
 * @throws CodedError image_not_supported (not one of the formats), image_too_large, image_damaged (no size in it)
 */
export function readPictureHeader(bytes: Uint8Array, param?: string): PictureHeader {
  const at = param === undefined ? {} : { param };
  if (bytes.length > MAX_PICTURE_BYTES) throw tooLarge(`${megabytes(bytes.length)} MB`, at);
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const format = formatOf(file);
  if (format === undefined) throw new CodedError('image_not_supported', describeOther(file), at);
  const other = otherKind(file, format);
  if (other !== undefined) throw new CodedError('image_not_supported', other, at);
  const size = SIZE[format](file);
  if (size === undefined || size.width === 0 || size.height === 0) {
    throw new CodedError('image_damaged', `This ${format} file does not say how large its picture is.`, at);
  }
  const { width, height } = size;
  if (width * height > MAX_PICTURE_PIXELS) {
    throw tooLarge(`${width}×${height} = ${Math.ceil((width * height) / 1e6)} megapixels`, at);
  }
  return { format, width, height };
}

const megabytes = (bytes: number) => Math.ceil((bytes / 2 ** 20) * 10) / 10;

export function tooLarge(found: string, at: { param?: string }): CodedError {
  const message = `The image is too large: ${found}. At most ${MAX_PICTURE_BYTES / 2 ** 20} MB and ${MAX_PICTURE_PIXELS / 1e6} megapixels.`;
  return new CodedError('image_too_large', message, at);
}

type Size = { width: number; height: number };

const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** By the first bytes. */
export function formatOf(file: Buffer): PictureFormat | undefined {
  if (file.subarray(0, 8).equals(PNG)) return 'png';
  if (file.length > 2 && file[0] === 0xff && file[1] === 0xd8) return 'jpeg';
  const head = file.subarray(0, 12).toString('latin1');
  if (head.startsWith('GIF87a') || head.startsWith('GIF89a')) return 'gif';
  if (head.startsWith('RIFF') && head.endsWith('WEBP')) return 'webp';
  if (head.slice(4, 8) === 'ftyp' && brands(file).some((brand) => brand === 'avif' || brand === 'avis')) {
    return 'avif';
  }
  return undefined;
}

/** The major brand and the compatible ones; between them stands a version number. */
function brands(file: Buffer): string[] {
  const end = Math.min(file.readUInt32BE(0), file.length, 256);
  const found: string[] = [];
  for (let at = 8; at + 4 <= end; at += 4) found.push(file.toString('latin1', at, at + 4));
  return found;
}

/** Kinds of a format that no decoder here reads. @returns what to say of them */
function otherKind(file: Buffer, format: PictureFormat): string | undefined {
  if (format === 'avif') {
    const types = boxes(file).map(({ type }) => type);
    // An animation as a film has it (ISO 23008-12, 7.2), without a picture beside.
    if (!types.includes('moov') || types.includes('meta')) return undefined;
    return 'This AVIF file is a sequence without a still picture. Send one of its pictures.';
  }
  const frame = format === 'jpeg' ? jpegFrame(file) : undefined;
  if (frame === undefined || (frame.precision === 8 && !LOSSLESS_OR_HIERARCHICAL.includes(frame.marker)))
    return undefined;
  return `This is a JPEG of ${frame.precision} bits, or of a lossless or hierarchical kind, which are not read. Send a baseline or progressive one of 8 bits.`;
}

const LOSSLESS_OR_HIERARCHICAL = [0xc3, 0xc5, 0xc6, 0xc7, 0xcb, 0xcd, 0xce, 0xcf];

/** The size in the first start of frame. */
function jpegFrame(file: Buffer): (Size & { marker: number; precision: number }) | undefined {
  // Bytes that belong to no segment are stepped over, as decoders do.
  for (let at = file.indexOf(0xff, 2); at >= 0 && at + 9 <= file.length; at = file.indexOf(0xff, at)) {
    const marker = file[at + 1]!;
    // Fill bytes, and markers without a length.
    if (marker === 0xff || marker === 0x00) at += 1;
    else if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8)) at += 2;
    else if (marker === 0xd9 || marker === 0xda) return undefined;
    else if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      const [height, width] = [file.readUInt16BE(at + 5), file.readUInt16BE(at + 7)];
      return { marker, precision: file[at + 4]!, width, height };
    } else at += 2 + Math.max(2, file.readUInt16BE(at + 2));
  }
  return undefined;
}

/** What people send by mistake, named. */
function describeOther(file: Buffer): string {
  const wanted = 'Send PNG, JPEG, WebP, GIF or AVIF.';
  if (file.length === 0) return `The file is empty. ${wanted}`;
  const text = file
    .subarray(0, 512)
    .toString('latin1')
    .replace(/^\xef\xbb\xbf/, '')
    .trimStart()
    .toLowerCase();
  const named = [
    [/^(<\?xml|<!--|<!doctype svg)[\s\S]*<svg|^<svg/, 'an SVG drawing'],
    [/^<!doctype html|^<html/, 'an HTML page'],
    [/^%pdf/, 'a PDF document'],
    [/^(ii\*\0|mm\0\*)/, 'a TIFF image'],
    [/^bm/, 'a BMP image'],
    [/^....ftyp(heic|heix|mif1|msf1)/, 'a HEIC image'],
  ] as const;
  const name = named.find(([pattern]) => pattern.test(text))?.[1];
  return `This is ${name ?? 'not an image in a format that is read'}. ${wanted}`;
}

const SIZE: Record<PictureFormat, (file: Buffer) => Size | undefined> = {
  png(file) {
    if (file.length < 24 || file.toString('latin1', 12, 16) !== 'IHDR') return undefined;
    return { width: file.readUInt32BE(16), height: file.readUInt32BE(20) };
  },

  gif(file) {
    if (file.length < 13) return undefined;
    const frame = firstGifFrame(file);
    const [width, height] = [file.readUInt16LE(6), file.readUInt16LE(8)];
    // Some say that the screen has no size, or is smaller than what is shown on it.
    return { width: Math.max(width, frame?.width ?? 0), height: Math.max(height, frame?.height ?? 0) };
  },

  jpeg: jpegFrame,

  webp(file) {
    if (file.length < 25) return undefined;
    switch (file.toString('latin1', 12, 16)) {
      case 'VP8X':
        if (file.length < 30) return undefined;
        return { width: file.readUIntLE(24, 3) + 1, height: file.readUIntLE(27, 3) + 1 };
      case 'VP8 ':
        if (file.length < 30) return undefined;
        return { width: file.readUInt16LE(26) & 0x3fff, height: file.readUInt16LE(28) & 0x3fff };
      case 'VP8L': {
        const bits = file.readUInt32LE(21);
        return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
      }
      default:
        return undefined;
    }
  },

  /** The largest of the sizes in meta/iprp/ipco: a picture made of tiles lists those as well. */
  avif(file) {
    let ipco: Buffer | undefined = file;
    for (const name of ['meta', 'iprp', 'ipco']) {
      ipco = ipco && boxes(ipco).find((box) => box.type === name)?.content;
      // A full box: version and flags come first.
      if (name === 'meta') ipco = ipco?.subarray(4);
    }
    let largest: Size | undefined;
    for (const { type, content } of ipco ? boxes(ipco) : []) {
      if (type !== 'ispe' || content.length < 12) continue;
      const size = { width: content.readUInt32BE(4), height: content.readUInt32BE(8) };
      if (!largest || size.width * size.height > largest.width * largest.height) largest = size;
    }
    return largest;
  },
};

/** Right and bottom edge of the first picture on the screen (GIF89a, 20). */
function firstGifFrame(file: Buffer): Size | undefined {
  const tableSize = (flags: number) => (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0);
  let at = 13 + tableSize(file[10]!);
  while (file[at] === 0x21) {
    // An extension: its label, then blocks, each with its length in front, up to an empty one.
    at += 2;
    while ((file[at] ?? 0) > 0) at += 1 + file[at]!;
    at += 1;
  }
  if (file[at] !== 0x2c || at + 9 > file.length) return undefined;
  const number = (offset: number) => file.readUInt16LE(at + offset);
  return { width: number(1) + number(5), height: number(3) + number(7) };
}

/** More boxes than any real file has on one level. */
const MOST_BOXES = 1000;

function boxes(file: Buffer): { type: string; content: Buffer }[] {
  const found: { type: string; content: Buffer }[] = [];
  for (let at = 0; at + 8 <= file.length && found.length < MOST_BOXES; ) {
    let header = 8;
    let size = file.readUInt32BE(at);
    if (size === 1 && at + 16 <= file.length) {
      header = 16;
      size = Number(file.readBigUInt64BE(at + 8));
    } else if (size === 0) size = file.length - at;
    if (size < header) break;
    const end = Math.min(at + size, file.length);
    found.push({ type: file.toString('latin1', at + 4, at + 8), content: file.subarray(at + header, end) });
    at += size;
  }
  return found;
}
