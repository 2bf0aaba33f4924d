/** Pixels to a file. */
import sharp from 'sharp';

export type ImageFormat = 'png' | 'jpeg' | 'webp';

/** Visually lossless for painted scenes; the settings are fixed so that the same pixels give the same bytes. */
const QUALITY = 92;

/** @param rgb [height, width, 3], 0..255 */
export async function encodeImage(
  rgb: Uint8Array,
  width: number,
  height: number,
  format: ImageFormat,
): Promise<Buffer> {
  const image = sharp(rgb, { raw: { width, height, channels: 3 } });
  switch (format) {
    case 'png':
      return image.png({ compressionLevel: 6 }).toBuffer();
    case 'jpeg':
      return image.jpeg({ quality: QUALITY, chromaSubsampling: '4:4:4' }).toBuffer();
    case 'webp':
      return image.webp({ quality: QUALITY }).toBuffer();
  }
}

/** One image [height, width, 3] in -1..1 to bytes, rounded to the nearest. */
export function toBytes(image: Float32Array): Uint8Array {
  const bytes = new Uint8Array(image.length);
  for (let i = 0; i < image.length; i++) {
    bytes[i] = Math.round(Math.min(1, Math.max(-1, image[i]!)) * 127.5 + 127.5);
  }
  return bytes;
}
