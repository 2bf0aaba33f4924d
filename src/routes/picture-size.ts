/** Pictures in another size than they were painted in. */
import sharp from 'sharp';
import type { ImageFormat } from '../inference/encode-image.ts';

export interface PictureSize {
  /** Pixels. */
  readonly width: number;
  readonly height: number;
}

/** "auto", or width and height of 16 to 2048 pixels. */
export const SIZE =
  /^(auto|(1[6-9]|[2-9]\d|[1-9]\d\d|1\d\d\d|20[0-3]\d|204[0-8])x(1[6-9]|[2-9]\d|[1-9]\d\d|1\d\d\d|20[0-3]\d|204[0-8]))$/;

/** @returns undefined for the size that the picture has */
export function readSize(size: string | null | undefined): PictureSize | undefined {
  const [, width, height] = /^(\d+)x(\d+)$/.exec(size ?? '') ?? [];
  return width === undefined ? undefined : { width: Number(width), height: Number(height) };
}

/** What sticks out of another shape is cut off on both sides. */
export async function resized(
  file: Uint8Array,
  format: ImageFormat,
  { size, quality }: { size?: PictureSize | undefined; quality?: number | undefined },
): Promise<Buffer> {
  const picture = size === undefined ? sharp(file) : sharp(file).resize({ ...size, fit: 'cover' });
  const options = quality === undefined || format === 'png' ? {} : { quality: Math.max(1, quality) };
  return picture.toFormat(format, options).toBuffer();
}
