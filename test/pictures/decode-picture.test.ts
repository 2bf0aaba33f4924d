import { readFile } from 'node:fs/promises';
import sharp, { type Sharp } from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { decodePicture, decodeWholePicture } from '../../src/pictures/decode-picture.ts';
import { readPictureHeader } from '../../src/pictures/picture-header.ts';
import { createRandom } from '../../src/random.ts';
import { BLUE, picture, RED, sampleFiles } from './sample-pictures.ts';

let files: Record<string, Buffer>;
beforeAll(async () => {
  files = await sampleFiles();
});

const pixel = (rgb: Uint8Array, side: number, x: number, y: number) => [
  ...rgb.subarray((y * side + x) * 3, (y * side + x) * 3 + 3),
];
const near = (found: number[], wanted: readonly number[], within: number) =>
  found.every((value, i) => Math.abs(value - wanted[i]!) <= within);

describe('decoding', () => {
  it('gives the same picture for every kind of file', async () => {
    const half = (colour: readonly number[]) => colour.map((value) => Math.round((value + 255) / 2));
    for (const [name, file] of Object.entries(files)) {
      const rgb = await decodePicture(file, 16);
      expect([name, rgb.length]).toEqual([name, 16 * 16 * 3]);
      const [blue, red] = [pixel(rgb, 16, 3, 3), pixel(rgb, 16, 12, 12)];
      if (name.includes('grey with alpha')) {
        // 100 at half opacity on white; a straight average of the two numbers.
        expect([name, near(red, [177, 177, 177], 2)]).toEqual([name, true]);
      } else if (name === 'jpeg, grey') {
        expect(new Set(red).size).toBe(1);
        expect(red[0]).toBeGreaterThan(blue[0]!);
      } else {
        const alpha = name === 'webp, with alpha';
        // CMYK has no pure blue.
        const within = name.includes('cmyk') ? 120 : 6;
        expect([name, blue, near(blue, alpha ? half(BLUE) : BLUE, within)]).toEqual([name, blue, true]);
        expect([name, red, near(red, alpha ? half(RED) : RED, within / 2)]).toEqual([name, red, true]);
        expect(blue[2]).toBeGreaterThan(blue[0]! + 40);
      }
    }
  });

  it('squeezes the whole picture into the square, whatever its shape, and one pixel too', async () => {
    const wide = await decodePicture(await picture(400, 20).png().toBuffer(), 8);
    const found = [pixel(wide, 8, 1, 1), pixel(wide, 8, 6, 1), pixel(wide, 8, 1, 6)];
    expect(found.map((colour) => near(colour, BLUE, 4))).toEqual([true, false, false]);
    expect(found.map((colour) => near(colour, RED, 4))).toEqual([false, true, true]);
    const one = await decodePicture(await picture(1, 1).png().toBuffer(), 8);
    expect(pixel(one, 8, 7, 7)).toEqual([...BLUE]);
  });

  it('leaves a picture of the right size as it is', async () => {
    const noise = Uint8Array.from({ length: 16 * 16 * 3 }, (_, i) => (i * 89) % 256);
    const file = await sharp(noise, { raw: { width: 16, height: 16, channels: 3 } })
      .png()
      .toBuffer();
    expect([...(await decodePicture(file, 16))]).toEqual([...noise]);
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('turns EXIF orientation %i upright', async (orientation) => {
    const plain = () => picture(32, 48);
    // What a camera stores so that the orientation gives the picture back: its inverse.
    const turned = {
      1: plain(),
      2: plain().flop(),
      3: plain().rotate(180),
      4: plain().flip(),
      5: sharp(await plain().rotate(90).png().toBuffer()).flop(),
      6: plain().rotate(270),
      7: sharp(await plain().flop().png().toBuffer()).rotate(90),
      8: plain().rotate(90),
    }[orientation]!;
    const stored = sharp(await turned.png().toBuffer());
    for (const file of [
      await stored.clone().withMetadata({ orientation }).jpeg({ chromaSubsampling: '4:4:4' }).toBuffer(),
      await stored.clone().withMetadata({ orientation }).webp({ lossless: true }).toBuffer(),
    ]) {
      expect((await sharp(file).metadata()).orientation).toBe(orientation);
      const rgb = await decodePicture(file, 16);
      const corners = [
        pixel(rgb, 16, 2, 2),
        pixel(rgb, 16, 13, 2),
        pixel(rgb, 16, 2, 13),
        pixel(rgb, 16, 13, 13),
      ];
      expect(corners.map((corner) => near(corner, BLUE, 8))).toEqual([true, false, false, false]);
    }
  });

  it('refuses files that are cut short', async () => {
    for (const [name, file] of Object.entries(files)) {
      for (const part of [0.5, 0.75, 0.9]) {
        // Of an animation the first frame may well be there.
        if (name.includes('animated') && part > 0.5) continue;
        // Of so small a PNG the last tenth is no pixels.
        if (name.startsWith('png') && part > 0.75) continue;
        const found = await decodePicture(file.subarray(0, Math.floor(file.length * part)), 16).then(
          () => 'decoded',
          (error) => error.code,
        );
        expect([name, part, found]).toEqual([name, part, 'image_damaged']);
      }
    }
  });

  describe('of a file of which every pixel is there', () => {
    let noise: Sharp;
    beforeAll(async () => {
      const random = createRandom('noise');
      const pixels = Buffer.from(Uint8Array.from({ length: 96 * 64 * 3 }, () => random.int(256)));
      noise = sharp(pixels, { raw: { width: 96, height: 64, channels: 3 } });
    });
    const made = (format: string): Promise<Buffer> =>
      ({
        jpeg: () => noise.clone().jpeg().toBuffer(),
        progressive: () => noise.clone().jpeg({ progressive: true }).toBuffer(),
        png: () => noise.clone().png().toBuffer(),
        interlaced: () => noise.clone().png({ progressive: true }).toBuffer(),
        gif: () => noise.clone().gif().toBuffer(),
      })[format]!();
    const without = (bytes: number) => (file: Buffer) => file.subarray(0, file.length - bytes);
    const followedBy = (more: Buffer | string) => (file: Buffer) => Buffer.concat([file, Buffer.from(more)]);
    const afterFirstMarker = (more: Buffer) => (file: Buffer) =>
      Buffer.concat([file.subarray(0, 2), more, file.subarray(2)]);
    const segment = (length: number) =>
      Buffer.concat([
        Buffer.from([0xff, 0xe7, (length + 2) >> 8, (length + 2) & 0xff]),
        Buffer.alloc(length, 'A'),
      ]);

    it.each<[string, string, (file: Buffer) => Buffer]>([
      ...['jpeg', 'progressive'].flatMap((format): [string, string, (file: Buffer) => Buffer][] => [
        [format, 'half of its end marker missing', without(1)],
        [format, 'its end marker missing', without(2)],
        [format, 'bytes behind it', followedBy('left over'.repeat(99))],
        [format, 'bytes in place of its end marker', (f) => followedBy(Buffer.alloc(500))(without(2)(f))],
        [format, 'another picture behind it', (file) => followedBy(file)(file)],
        [format, 'fill bytes before its markers', afterFirstMarker(Buffer.from([0xff, 0xff, 0xff]))],
        [format, 'large segments', afterFirstMarker(Buffer.concat([segment(65_533), segment(65_533)]))],
        [format, 'an empty segment', afterFirstMarker(segment(0))],
        [format, 'bytes between its segments', afterFirstMarker(Buffer.from([0, 0, 0x12]))],
      ]),
      ...['png', 'interlaced'].flatMap((format): [string, string, (file: Buffer) => Buffer][] => [
        [format, 'half of its end missing', without(6)],
        [format, 'its end missing', without(12)],
        [format, 'a checksum missing', without(14)],
        [format, 'all of the last checksum missing', without(16)],
        [format, 'the end of the compression missing', without(18)],
        [format, 'its whole checksum missing', without(20)],
        [format, 'its end put back behind that', (f) => followedBy(f.subarray(-12))(without(18)(f))],
        [format, 'bytes behind it', followedBy('left over')],
      ]),
      ['gif', 'its trailer missing', without(1)],
      ['gif', 'its end missing', without(2)],
      ['gif', 'bytes behind it', followedBy('left over')],
    ])('%s with %s is read', async (format, _name, change) => {
      const file = await made(format);
      const changed = change(file);
      expect(readPictureHeader(changed)).toMatchObject({ width: 96, height: 64 });
      expect(await decodeWholePicture(changed)).toEqual(await decodeWholePicture(file));
    });

    it('WebP with a size that was never filled in, or its last padding missing, is read', async () => {
      for (const name of ['webp', 'webp, lossless', 'webp, with alpha', 'webp, animated']) {
        const file = files[name]!;
        const changed = Buffer.from(file);
        changed.writeUInt32LE(0xfffffffe, 4);
        expect([name, await decodeWholePicture(changed)]).toEqual([name, await decodeWholePicture(file)]);
        // A chunk of an odd size is followed by 0, which its size does not count.
        const odd = file.readUInt32LE(16) % 2 === 1;
        if (odd && file.length === 20 + file.readUInt32LE(16) + 1)
          expect(await decodeWholePicture(without(1)(file))).toEqual(await decodeWholePicture(file));
      }
    });

    it('WebP of which what follows the picture is cut is read', async () => {
      const file = await picture(40, 30)
        .withExif({ IFD0: { Copyright: 'somebody, '.repeat(30) } })
        .webp()
        .toBuffer();
      for (const cut of [2, 100, 200])
        expect(await decodeWholePicture(without(cut)(file))).toEqual(await decodeWholePicture(file));
    });

    it.each(['4:2:0', '4:4:4'])(
      'JPEG that lacks its last rows alone is refused (%s)',
      async (subsampling) => {
        for (const height of [9, 64, 200]) {
          const noise = { type: 'gaussian', mean: 128, sigma: 60 } as const;
          const file = await sharp({ create: { width: 60, height, channels: 3, background: '#888', noise } })
            .jpeg({ chromaSubsampling: subsampling })
            .toBuffer();
          expect((await decodePicture(without(2)(file), 32)).length).toBe(32 * 32 * 3);
          for (const cut of [4, 20])
            for (const end of [[], [0xff, 0xd9]])
              await expect(
                decodePicture(followedBy(Buffer.from(end))(without(cut)(file)), 32),
              ).rejects.toMatchObject({ code: 'image_damaged' });
        }
      },
    );

    it.each(['jpeg', 'progressive', 'png', 'interlaced', 'gif'])(
      '%s that lacks some all the same is refused, with its end put back or not',
      async (format) => {
        const file = await made(format);
        const end = { jpeg: 2, progressive: 2, png: 12, interlaced: 12, gif: 2 }[format]!;
        for (const cut of [20, 60, 400, 1500]) {
          for (const changed of [
            without(end + cut)(file),
            Buffer.concat([without(end + cut)(file), file.subarray(file.length - end)]),
          ]) {
            await expect(decodeWholePicture(changed)).rejects.toMatchObject({ code: 'image_damaged' });
          }
        }
      },
    );

    it('GIF is refused wherever its pixels are cut, and read where they are not', async () => {
      const file = await noise.clone().extract({ left: 0, top: 0, width: 40, height: 30 }).gif().toBuffer();
      const whole = await decodeWholePicture(file);
      const kept: [number, number, boolean][] = [];
      for (let cut = 1; cut < file.length; cut += cut < 4 ? 1 : 3)
        for (const end of [[], [0, 0x3b]])
          await decodeWholePicture(followedBy(Buffer.from(end))(without(cut)(file))).then(
            (found) => kept.push([cut, end.length, Buffer.from(found.rgb).equals(whole.rgb)]),
            () => {},
          );
      expect(kept).toEqual([
        [1, 0, true],
        [1, 2, true],
        [2, 0, true],
        [2, 2, true],
      ]);
    });

    it.each(['4:2:0', '4:4:4'])(
      'progressive JPEG of any height is read without its end marker (%s)',
      async (subsampling) => {
        for (const height of [7, 33, 72]) {
          const file = await noise
            .clone()
            .resize(61, height)
            .jpeg({ progressive: true, chromaSubsampling: subsampling })
            .toBuffer();
          expect(await decodeWholePicture(without(2)(file))).toEqual(await decodeWholePicture(file));
        }
      },
    );

    it('lossless WebP that lacks its last byte is refused, unless that is padding', async () => {
      const padded = [];
      for (const size of [9, 17, 24, 33, 40]) {
        const file = await noise.clone().resize(size, size).webp({ lossless: true }).toBuffer();
        const odd = file.readUInt32LE(16) % 2 === 1;
        padded.push(odd);
        const code = await decodeWholePicture(without(1)(file)).then(
          () => 'read',
          (error) => error.code,
        );
        expect(code).toBe(odd ? 'read' : 'image_damaged');
      }
      expect(new Set(padded).size).toBe(2);
    });

    it('a progressive JPEG that lacks whole scans is refused', async () => {
      const file = await made('progressive');
      const scans: number[] = [];
      for (
        let at = file.indexOf('\xff\xda', 0, 'latin1');
        at >= 0;
        at = file.indexOf('\xff\xda', at + 2, 'latin1')
      )
        scans.push(at);
      expect(scans.length).toBeGreaterThan(3);
      for (const scan of scans.slice(1))
        await expect(decodeWholePicture(file.subarray(0, scan))).rejects.toMatchObject({
          code: 'image_damaged',
        });
    });

    it('AVIF under other first brands, and the still picture of a sequence, are read', async () => {
      const still = await decodeWholePicture(files.avif!);
      for (const brand of ['mif1', 'miaf', 'avis', 'MA1B']) {
        const file = Buffer.from(files.avif!);
        file.write(brand, 8, 'latin1');
        expect(readPictureHeader(file)).toMatchObject({ format: 'avif', width: 48, height: 32 });
        expect(await decodeWholePicture(file)).toEqual(still);
      }
      const sequence = await readFile(new URL('../fixtures/sequence.avif', import.meta.url));
      expect(readPictureHeader(sequence)).toEqual({ format: 'avif', width: 64, height: 48 });
      const { width, height, rgb } = await decodeWholePicture(sequence);
      expect([width, height, near([...rgb.subarray(0, 3)], RED, 3)]).toEqual([64, 48, true]);
    });
  });

  it('refuses more pixels than the header had said', async () => {
    const large = await sharp({ create: { width: 8001, height: 5001, channels: 3, background: 'red' } })
      .png({ compressionLevel: 1 })
      .toBuffer();
    await expect(decodePicture(large, 16)).rejects.toMatchObject({ code: 'image_too_large' });
  });
});
