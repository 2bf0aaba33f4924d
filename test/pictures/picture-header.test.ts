import { beforeAll, describe, expect, it } from 'vitest';
import { decodeWholePicture } from '../../src/pictures/decode-picture.ts';
import { MAX_PICTURE_BYTES, readPictureHeader } from '../../src/pictures/picture-header.ts';
import { NOT_PICTURES, picture, pngHeader, sampleFiles } from './sample-pictures.ts';

let files: Record<string, Buffer>;
beforeAll(async () => {
  files = await sampleFiles();
});

const thrownBy = (bytes: Uint8Array, param?: string) => {
  try {
    readPictureHeader(bytes, param);
  } catch (error) {
    return error as { code: string; message: string; param: string | null };
  }
  throw new Error('nothing was thrown');
};

describe('the header of a file', () => {
  it('says what it is and how large, for every kind of file', () => {
    for (const [name, file] of Object.entries(files)) {
      const format = name.split(',')[0];
      expect([name, readPictureHeader(file)]).toEqual([name, { format, width: 48, height: 32 }]);
    }
  });

  it.each(['png', 'jpeg', 'webp', 'gif', 'avif'] as const)(
    '%s: of one pixel, and of odd sizes',
    async (format) => {
      for (const [width, height] of [
        [1, 1],
        [3, 1000],
        [257, 2],
      ] as const) {
        for (const options of format === 'webp' ? [{ lossless: true }, {}] : [{}]) {
          const file = await picture(width, height).toFormat(format, options).toBuffer();
          expect(readPictureHeader(file)).toEqual({ format, width, height });
        }
      }
    },
  );

  it.each(Object.entries(NOT_PICTURES))('is refused when it is of %s', (name, file) => {
    const error = thrownBy(file, '/image');
    expect(error).toMatchObject({ code: 'image_not_supported', status: 415, param: '/image' });
    if (name.startsWith('a')) expect(error.message).toContain(name.replace(' with a prologue', ''));
  });

  it('is refused when it is larger than is read: in bytes, and in pixels', () => {
    expect(thrownBy(Buffer.alloc(MAX_PICTURE_BYTES + 1))).toMatchObject({
      code: 'image_too_large',
      status: 413,
    });
    expect(thrownBy(pngHeader(12_000, 12_000))).toMatchObject({
      code: 'image_too_large',
      message: expect.stringContaining('12000×12000 = 144 megapixels'),
    });
    expect(readPictureHeader(pngHeader(8000, 5000)).width).toBe(8000);
    expect(thrownBy(pngHeader(8000, 5001)).code).toBe('image_too_large');
    expect(thrownBy(pngHeader(0xffffffff, 0xffffffff)).code).toBe('image_too_large');
  });

  it.each([
    ['12 bits', 4, 12],
    ['a lossless kind', 1, 0xc3],
    ['a hierarchical kind', 1, 0xc5],
  ])('is refused when it is of a JPEG of %s', (_name, offset, value) => {
    const file = Buffer.from(files.jpeg!);
    const frame = file.indexOf(Buffer.from([0xff, 0xc0]));
    file[frame + offset] = value;
    expect(thrownBy(file)).toMatchObject({
      code: 'image_not_supported',
      message: expect.stringContaining('JPEG'),
    });
  });

  it.each([
    ['no', 0, 0],
    ['a smaller', 5, 7],
    ['a larger', 90, 80],
  ])('of a GIF with %s screen says what the decoder makes of it', async (_name, width, height) => {
    const file = Buffer.from(files.gif!);
    file.writeUInt16LE(width, 6);
    file.writeUInt16LE(height, 8);
    const wanted = { width: Math.max(width, 48), height: Math.max(height, 32) };
    expect(readPictureHeader(file)).toEqual({ format: 'gif', ...wanted });
    expect(await decodeWholePicture(file)).toMatchObject(wanted);
  });

  it('is refused when it is of a sequence without a still picture', () => {
    const box = (type: string, content: Buffer) => {
      const head = Buffer.alloc(8);
      head.writeUInt32BE(8 + content.length);
      head.write(type, 4, 'latin1');
      return Buffer.concat([head, content]);
    };
    const film = Buffer.concat([
      box('ftyp', Buffer.from('avis\0\0\0\0avismsf1', 'latin1')),
      box('moov', Buffer.alloc(200)),
    ]);
    expect(thrownBy(film, '/image')).toMatchObject({
      code: 'image_not_supported',
      message: expect.stringContaining('sequence'),
      param: '/image',
    });
  });

  it('is refused when it has no size', () => {
    expect(thrownBy(pngHeader(0, 5))).toMatchObject({ code: 'image_damaged', status: 422 });
    for (const [name, file] of Object.entries(files)) {
      const head = file.subarray(0, name.startsWith('avif') ? 40 : name.startsWith('gif') ? 8 : 14);
      expect([name, thrownBy(head).code]).toEqual([name, 'image_damaged']);
    }
  });

  it('reads within bounds whatever is cut off or overwritten', () => {
    for (const file of Object.values(files)) {
      for (let length = 0; length < Math.min(file.length, 400); length++) {
        for (const value of [0, 1, 0xff]) {
          const broken = Buffer.from(file.subarray(0, length + 20));
          broken[length] = value;
          try {
            readPictureHeader(broken);
          } catch (error) {
            expect((error as Error).name).toBe('CodedError');
          }
        }
      }
    }
  });
});
