import { beforeAll, describe, expect, it } from 'vitest';
import { type ArtworkSet, loadIconSet } from '../../../src/datasets/scenes/artwork.ts';
import { IMAGE_SIZE, loadWorld, type Scene, type World } from '../../../src/datasets/scenes/index.ts';

/** OpenMoji's drawings, the one set that is installed for this. */
let world: World;
beforeAll(async () => {
  world = await loadWorld('redrawn-openmoji');
});

const scenes = Array.from({ length: 40 }, (_, i) => i);

/** Where two pictures differ: [left, top, right, bottom], the last two not included. */
function changed(a: Uint8Array, b: Uint8Array): [number, number, number, number] {
  const box: [number, number, number, number] = [IMAGE_SIZE, IMAGE_SIZE, 0, 0];
  for (let i = 0; i < a.length; i++) {
    if (a[i] === b[i]) continue;
    const pixel = Math.floor(i / 3);
    const [x, y] = [pixel % IMAGE_SIZE, Math.floor(pixel / IMAGE_SIZE)];
    box[0] = Math.min(box[0], x);
    box[1] = Math.min(box[1], y);
    box[2] = Math.max(box[2], x + 1);
    box[3] = Math.max(box[3], y + 1);
  }
  return box;
}

describe('a scene that others draw', () => {
  it('is the same scene in another picture, the same one each time', async () => {
    const again = await loadWorld('redrawn-openmoji');
    for (const index of scenes) {
      const scene = world.scene('validation', index);
      const picture = world.render(scene);
      expect(Buffer.compare(again.render(scene), picture)).toBe(0);
      expect(Buffer.compare(world.renderUsual(scene), picture)).not.toBe(0);
    }
  });

  it('has its things about where they were, within the picture', () => {
    for (const index of scenes) {
      const scene = world.scene('validation', index);
      const [left, top, right, bottom] = changed(
        world.render(scene),
        world.render({ ...scene, objects: [] } satisfies Scene),
      );
      expect(right, `scene ${index} shows nothing`).toBeGreaterThan(left);
      // Up to 1.43 times as large, about the middle of its feet, but pushed back from the edge.
      const most = 0.5 * 0.43;
      const squares = scene.objects.map(({ x, y, size }) => ({
        left: x - most * size - 1,
        right: x + size + most * size + 1,
        top: y - 0.43 * size - 1,
        bottom: y + size + 1,
      }));
      const pushed = Math.ceil(0.43 * 48);
      expect(left).toBeGreaterThanOrEqual(Math.min(...squares.map((one) => one.left)) - pushed);
      expect(right).toBeLessThanOrEqual(Math.max(...squares.map((one) => one.right)) + pushed);
      expect(top).toBeGreaterThanOrEqual(Math.min(...squares.map((one) => one.top)));
      expect(bottom).toBeLessThanOrEqual(Math.max(...squares.map((one) => one.bottom)) + pushed);
    }
  });

  it('shows a coloured thing in its colour', () => {
    const blue = world.colours.indexOf('blue');
    const car = world.classes.indexOf('car');
    const object = {
      classId: car,
      colourId: blue,
      x: 40,
      y: 60,
      size: 48,
      style: 'noto',
      flip: false,
    } as const;
    let seen = 0;
    for (const index of scenes) {
      const scene = { ...world.scene('validation', index), objects: [object] };
      const [picture, ground] = [world.render(scene), world.render({ ...scene, objects: [] })];
      for (let i = 0; i < picture.length; i += 3) {
        const [r, g, b] = [picture[i]!, picture[i + 1]!, picture[i + 2]!];
        if (picture[i] !== ground[i] && b > 180 && b > r + 80 && b > g + 60) seen++;
      }
    }
    // A car of OpenMoji is mostly its body: at 34 pixels a side that is a few hundred.
    expect(seen / scenes.length).toBeGreaterThan(150);
  });

  it('says how drawings that are not there are installed', async () => {
    await expect(loadIconSet('nobodys' as ArtworkSet)).rejects.toThrow(
      /drawings "nobodys" are not installed: npm install --no-save --ignore-scripts @iconify-json\/nobodys/,
    );
  });
});
