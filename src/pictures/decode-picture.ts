/**
 * A picture file to the pixels that a model looks at. Runs in the inference process, and in training processes for
 * the pictures of a data set: a decoder that crashes or hangs takes no connection with it.
 */
import sharp, { type Sharp } from 'sharp';
import { CodedError } from '../errors.ts';
import { completeFile } from './complete-file.ts';
import { hasEveryPixel } from './gif-pixels.ts';
import { readScans, withAnotherStrip } from './jpeg-scans.ts';
import { formatOf, MAX_PICTURE_PIXELS } from './picture-header.ts';
import { repackedPng } from './png-pixels.ts';

/** No honest picture within the limits takes this long; shorter than the host's patience. */
const TIMEOUT_SECONDS = 30;
/** A picture of 40 megapixels takes 160 MB while it is decoded. */
const AT_A_TIME = 2;

/** Pixels of an upright picture, [height, width, 3], 0..255. */
export interface Pixels {
  rgb: Uint8Array;
  width: number;
  height: number;
}

/**
 * The whole picture, whatever its shape, upright (EXIF), sRGB, transparency on white, the first frame of several.
 * @param side of the square that the model sees
 * @returns [side, side, 3], 0..255
 * @throws CodedError image_damaged, image_too_large
 */
export async function decodePicture(bytes: Uint8Array, side: number): Promise<Uint8Array> {
  return (await decode(bytes, (picture) => picture.resize(side, side, { fit: 'fill' }))).rgb;
}

/** The same in the size that it has. @throws CodedError image_damaged, image_too_large */
export async function decodeWholePicture(bytes: Uint8Array): Promise<Pixels> {
  return decode(bytes, (picture) => picture);
}

/**
 * The transparency of an upright picture; of a file without any, all is opaque.
 * @returns alpha [height, width], 0 (transparent) .. 255
 * @throws CodedError image_damaged, image_too_large
 */
export async function decodeTransparency(
  bytes: Uint8Array,
): Promise<{ alpha: Uint8Array; width: number; height: number }> {
  return decoding(bytes, async (file) => {
    const { data, info } = await open(file, 'error')
      .ensureAlpha()
      .extractChannel('alpha')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    return { alpha: data, width: info.width, height: info.height };
  });
}

/** Of an upright picture, by its header. */
export async function pictureSize(bytes: Uint8Array): Promise<{ width: number; height: number }> {
  const { autoOrient } = await sharp(bytes).metadata();
  return { width: autoOrient.width, height: autoOrient.height };
}

/** Pixels squashed to a square. */
export async function resizePixels({ rgb, width, height }: Pixels, side: number): Promise<Pixels> {
  const picture = sharp(rgb, { raw: { width, height, channels: 3 } });
  const { data } = await picture
    .resize(side, side, { fit: 'fill' })
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { rgb: data, width: side, height: side };
}

async function decode(bytes: Uint8Array, resized: (picture: Sharp) => Sharp): Promise<Pixels> {
  return decoding(bytes, (file, format, ended) =>
    format === 'jpeg' ? decodeJpeg(file, resized, ended) : decodeFile(file, 'error', resized),
  );
}

/** @param work is given the complete file, and whether it was complete before */
async function decoding<T>(
  bytes: Uint8Array,
  work: (file: Buffer, format: ReturnType<typeof formatOf>, ended: boolean) => Promise<T>,
): Promise<T> {
  return gate(async () => {
    try {
      const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      const format = formatOf(file);
      const complete = format === undefined ? file : completeFile(file, format);
      if (format === 'gif' && !hasEveryPixel(file)) throw new Error('pixels of a GIF are missing');
      try {
        return await work(complete, format, complete === file);
      } catch (error) {
        const repacked = format === 'png' ? repackedPng(complete) : undefined;
        if (repacked === undefined) throw error;
        return await work(repacked, format, true);
      }
    } catch (cause) {
      const { message } = cause as Error;
      if (/exceeds pixel limit/i.test(message)) throw new CodedError('image_too_large', undefined, { cause });
      throw new CodedError('image_damaged', undefined, { cause });
    }
  });
}

/** Warnings (an odd colour profile, say) are no reason to refuse; missing pixels are. */
const open = (file: Buffer, failOn: 'error' | 'warning'): Sharp =>
  sharp(file, { limitInputPixels: MAX_PICTURE_PIXELS, failOn, pages: 1 })
    .timeout({ seconds: TIMEOUT_SECONDS })
    .autoOrient();

async function decodeFile(
  file: Buffer,
  failOn: 'error' | 'warning',
  resized: (picture: Sharp) => Sharp,
): Promise<Pixels> {
  const { data, info } = await resized(open(file, failOn).flatten({ background: '#ffffff' }))
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  if (info.channels === 3) return { rgb: data, width: info.width, height: info.height };
  throw new Error(`${info.channels} channels after conversion to sRGB`);
}

/** libjpeg paints pixels that are missing grey, and says so in a warning. */
async function decodeJpeg(file: Buffer, resized: (picture: Sharp) => Sharp, ended: boolean): Promise<Pixels> {
  const scans = readScans(file);
  if (!scans.begun || (!ended && !scans.all)) throw new Error('scans of a JPEG are missing');
  try {
    if (scans.single && !(ended && scans.looksAhead))
      await decodeFile(withAnotherStrip(file), 'warning', (picture) => picture);
    return await decodeFile(file, 'warning', resized);
  } catch (error) {
    if (MISSING_PIXELS.test((error as Error).message)) throw error;
    return decodeFile(file, 'error', resized);
  }
}

const MISSING_PIXELS = /premature end of/i;

/** For the inference process: pictures are decoded, nothing else is read, nothing is kept between pictures. */
export function restrictDecoders(): void {
  sharp.cache(false);
  sharp.block({ operation: ['VipsForeignLoad'] });
  const kinds = ['Png', 'Jpeg', 'Webp', 'Nsgif', 'Heif'];
  sharp.unblock({ operation: kinds.map((kind) => `VipsForeignLoad${kind}`) });
}

let running = 0;
const waiting: (() => void)[] = [];

async function gate<T>(work: () => Promise<T>): Promise<T> {
  if (running >= AT_A_TIME) await new Promise<void>((go) => waiting.push(go));
  else running++;
  try {
    return await work();
  } finally {
    // The place is handed on, not freed, when somebody waits.
    const next = waiting.shift();
    if (next) next();
    else running--;
  }
}
