import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { decodePicture } from '../../src/pictures/decode-picture.ts';
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
        const found = await decodePicture(file.subarray(0, Math.floor(file.length * part)), 16).then(
          () => 'decoded',
          (error) => error.code,
        );
        expect([name, part, found]).toEqual([name, part, 'image_damaged']);
      }
    }
  });

  it('refuses more pixels than the header had said', async () => {
    const large = await sharp({ create: { width: 8001, height: 5001, channels: 3, background: 'red' } })
      .png({ compressionLevel: 1 })
      .toBuffer();
    await expect(decodePicture(large, 16)).rejects.toMatchObject({ code: 'image_too_large' });
  });
});
