/** Files as people upload them, made by sharp: a picture whose left top quarter is blue and the rest red. */
import sharp, { type Sharp } from 'sharp';

export const RED = [255, 0, 0] as const;
export const BLUE = [0, 0, 255] as const;

/** Three channels, or four with this opacity. */
export function picture(width: number, height: number, alpha?: number): Sharp {
  const channels = alpha === undefined ? 3 : 4;
  const pixels = Buffer.alloc(width * height * channels);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const colour = x < width / 2 && y < height / 2 ? BLUE : RED;
      pixels.set([...colour, Math.round((alpha ?? 1) * 255)].slice(0, channels), (y * width + x) * channels);
    }
  }
  return sharp(pixels, { raw: { width, height, channels } });
}

/** One file of every kind that is read. */
export async function sampleFiles(width = 48, height = 32): Promise<Record<string, Buffer>> {
  const plain = picture(width, height);
  const grey = await sharp({
    create: { width, height, channels: 4, background: { r: 100, g: 100, b: 100, alpha: 0.5 } },
  })
    .png()
    .toBuffer();
  const frames = [
    picture(width, height),
    sharp({ create: { width, height, channels: 3, background: 'lime' } }),
  ];
  const stacked = await Promise.all(frames.map((frame) => frame.png().toBuffer()));
  const animated = () => sharp(stacked, { join: { animated: true } });
  return {
    png: await plain.clone().png().toBuffer(),
    'png, palette': await plain.clone().png({ palette: true }).toBuffer(),
    'png, interlaced': await plain.clone().png({ progressive: true }).toBuffer(),
    'png, 16 bit': await plain.clone().toColourspace('rgb16').png().toBuffer(),
    'png, grey with alpha': await sharp(grey).toColourspace('b-w').png().toBuffer(),
    'png, 16 bit grey with alpha': await sharp(grey).toColourspace('grey16').png().toBuffer(),
    jpeg: await plain.clone().jpeg({ quality: 95, chromaSubsampling: '4:4:4' }).toBuffer(),
    'jpeg, progressive': await plain.clone().jpeg({ quality: 95, progressive: true }).toBuffer(),
    'jpeg, grey': await plain.clone().greyscale().jpeg().toBuffer(),
    'jpeg, cmyk': await plain.clone().toColourspace('cmyk').jpeg().toBuffer(),
    webp: await plain.clone().webp({ quality: 95 }).toBuffer(),
    'webp, lossless': await plain.clone().webp({ lossless: true }).toBuffer(),
    'webp, with alpha': await picture(width, height, 0.5).webp().toBuffer(),
    'webp, animated': await animated().webp({ lossless: true }).toBuffer(),
    gif: await plain.clone().gif().toBuffer(),
    'gif, animated': await animated().gif().toBuffer(),
    avif: await plain.clone().avif({ quality: 90, chromaSubsampling: '4:4:4' }).toBuffer(),
    'avif, 10 bit': await plain.clone().avif({ quality: 90, bitdepth: 10 }).toBuffer(),
  };
}

/** A PNG that says it is this large, and nothing else: what is refused before anything is decoded. */
export function pngHeader(width: number, height: number): Buffer {
  const file = Buffer.alloc(64);
  file.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  file.writeUInt32BE(13, 8);
  file.write('IHDR', 12, 'latin1');
  file.writeUInt32BE(width, 16);
  file.writeUInt32BE(height, 20);
  return file;
}

export const NOT_PICTURES: Record<string, Buffer> = {
  nothing: Buffer.alloc(0),
  text: Buffer.from('hello there'),
  'an SVG drawing': Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'),
  'an SVG drawing with a prologue': Buffer.from(
    '\ufeff<?xml version="1.0"?>\n<!-- x -->\n<svg width="9" height="9"/>',
  ),
  'an HTML page': Buffer.from('<!doctype html><title>not an image</title>'),
  'a PDF document': Buffer.from('%PDF-1.7\n'),
  'a BMP image': Buffer.concat([Buffer.from('BM'), Buffer.alloc(60)]),
  'a TIFF image': Buffer.from([0x49, 0x49, 0x2a, 0x00, 8, 0, 0, 0]),
  'a HEIC image': Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'latin1'),
};
