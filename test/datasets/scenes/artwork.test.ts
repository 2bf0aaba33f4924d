import { describe, expect, it } from 'vitest';
import { dye, mirror, renderSprites, type Sprite } from '../../../src/datasets/scenes/artwork.ts';
import { CATALOGUE } from '../../../src/datasets/scenes/catalogue.ts';
import { artworkOf, COLOURS, worldPreset } from '../../../src/datasets/scenes/presets.ts';

const NAMES = ['red', 'orange', 'yellow', 'green', 'blue', 'purple'];
const PALETTE = ['', ...NAMES.map((name) => COLOURS[name]!)];

/** Mean difference per channel over a grey ground. */
function difference(a: Sprite, b: Sprite): number {
  let sum = 0;
  for (let i = 0; i < a.rgba.length; i += 4)
    for (let c = 0; c < 3; c++) {
      const over = (s: Sprite) => (s.rgba[i + c]! * s.rgba[i + 3]! + 128 * (255 - s.rgba[i + 3]!)) / 255;
      sum += Math.abs(over(a) - over(b));
    }
  return sum / (a.size * a.size * 3);
}

describe.each(['noto', 'fluent'] as const)('the %s drawings', (style) => {
  it('fill their square without touching its edge, feet on the ground', async () => {
    const sprites = await renderSprites(style, CATALOGUE, PALETTE);
    sprites.forEach((colours, classId) => {
      const { name, cells, coloured } = CATALOGUE[classId]!;
      expect(colours, name).toHaveLength(coloured ? PALETTE.length : 1);
      const { size, rgba } = colours[0]!;
      expect(size).toBe(cells * 16);
      const alpha = (x: number, y: number) => rgba[(y * size + x) * 4 + 3]!;
      const edge = Array.from({ length: size }, (_, i) => [
        alpha(i, 0),
        alpha(0, i),
        alpha(size - 1, i),
        alpha(i, size - 1),
      ]);
      expect(Math.max(...edge.flat()), name).toBe(0);
      const rows = Array.from({ length: size }, (_, y) =>
        Array.from({ length: size }, (_, x) => alpha(x, y)).some((a) => a > 40),
      );
      expect(rows.lastIndexOf(true), name).toBeGreaterThanOrEqual(size - 4);
      const solid = rgba.filter((value, i) => i % 4 === 3 && value > 127).length;
      expect(solid / (size * size), name).toBeGreaterThan(0.08);
    });
  });

  it('cannot be mistaken for one another, in any class and colour', async () => {
    const sprites = await renderSprites(style, CATALOGUE, PALETTE);
    const drawn = sprites.flatMap((row, classId) =>
      row
        .slice(row.length > 1 ? 1 : 0)
        .map((sprite, i) => ({ sprite, name: `${CATALOGUE[classId]!.name} ${i}` })),
    );
    for (const [i, a] of drawn.entries())
      for (const b of drawn.slice(i + 1))
        if (a.sprite.size === b.sprite.size)
          expect(difference(a.sprite, b.sprite), `${a.name} and ${b.name}`).toBeGreaterThan(2);
  });
});

describe('dye', () => {
  const pixels = (...colours: number[][]) => new Uint8Array(colours.flatMap((c) => [...c, 255]));

  it('colours the hues in range, keeps light and shade, and leaves the rest', () => {
    const out = dye(
      pixels([200, 20, 20], [200, 20, 20], [100, 10, 10], [30, 30, 200], [90, 90, 90]),
      { hues: [330, 30], saturation: 0.4 },
      '#20a040',
    )!;
    expect([...out.subarray(0, 3)]).toEqual([0x20, 0xa0, 0x40]);
    expect(out[9]!).toBeLessThan(0xa0);
    expect(out[9]! / out[8]!).toBeCloseTo(0xa0 / 0x20, 0);
    expect([...out.subarray(12, 15)]).toEqual([30, 30, 200]);
    expect([...out.subarray(16, 19)]).toEqual([90, 90, 90]);
  });

  it('gives nothing for a drawing in which nothing takes the colour', () => {
    expect(dye(pixels([0, 0, 200]), { hues: [0, 30], saturation: 0.4 }, '#ff0000')).toBeUndefined();
  });
});

it('mirrors twice into the same drawing', async () => {
  const [[sprite]] = (await renderSprites('noto', CATALOGUE.slice(4, 5), PALETTE)) as [[Sprite]];
  expect(mirror(mirror(sprite))).toEqual(sprite);
  expect(difference(mirror(sprite), sprite)).toBeGreaterThan(5);
});

it('tells the licence of each set that a world shows', () => {
  expect(artworkOf(worldPreset('framed-2styles'))).toBe(
    'Noto Emoji by Google, Apache-2.0; Fluent Emoji Flat by Microsoft, MIT',
  );
  expect(artworkOf(worldPreset('redrawn-twemoji'))).toContain('Twemoji by Twitter and others, CC-BY-4.0');
});
