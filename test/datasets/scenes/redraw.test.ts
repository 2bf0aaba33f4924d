import { beforeAll, describe, expect, it } from 'vitest';
import { type ArtworkSet, loadIconSet } from '../../../src/datasets/scenes/artwork.ts';
import { CATALOGUE } from '../../../src/datasets/scenes/catalogue.ts';
import { IMAGE_SIZE, loadWorld, type Scene, type World } from '../../../src/datasets/scenes/index.ts';
import { redrawer } from '../../../src/datasets/scenes/redraw.ts';

/** Twemoji's drawings, the one set that is installed for this. */
let world: World;
beforeAll(async () => {
  world = await loadWorld('redrawn-twemoji');
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
    const again = await loadWorld('redrawn-twemoji');
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
    // A car of Twemoji is mostly its body: at 34 pixels a side that is a few hundred.
    expect(seen / scenes.length).toBeGreaterThan(150);
  });

  it('is the same picture with more pixels', async () => {
    const large = await loadWorld('redrawn-twemoji', 2 * IMAGE_SIZE);
    const off = (scene: Scene): number => {
      const [small, picture] = [world.render(scene), large.render(scene)];
      let sum = 0;
      for (const [i, one] of small.entries()) {
        const [y, x, c] = [Math.floor(i / 3 / IMAGE_SIZE), Math.floor(i / 3) % IMAGE_SIZE, i % 3];
        const at = (2 * y * 2 * IMAGE_SIZE + 2 * x) * 3 + c;
        const four = [at, at + 3, at + 6 * IMAGE_SIZE, at + 6 * IMAGE_SIZE + 3];
        sum += Math.abs(four.reduce((all, k) => all + picture[k]!, 0) / 4 - one);
      }
      return sum / small.length;
    };
    const all = scenes.map((index) => off(world.scene('validation', index)));
    // Edges differ. Two scenes are some 60 apart.
    expect(Math.max(...all)).toBeLessThan(8);
  });

  it('is varied to learn from: at other places, in other sizes, and now and then with an outline', async () => {
    const grey = new Uint8Array(IMAGE_SIZE * IMAGE_SIZE * 3).fill(200);
    const car = CATALOGUE.find(({ name }) => name === 'car')!;
    const drawn = await redrawer(
      { sets: ['noto'], varied: true, usualShare: 0.2 },
      'test',
      [car],
      ['', '#ffd21f'],
      { scale: 1, backgrounds: [grey], sprite: () => ({ size: 2, rgba: new Uint8Array(16).fill(255) }) },
    );
    const object = { classId: 0, colourId: 1, x: 40, y: 60, size: 48, style: 'noto', flip: false } as const;
    const scene = (index: number, objects: Scene['objects']): Scene => ({
      ...{ split: 'train', index, background: 0, objects, groups: [], relations: [], heldOut: false },
    });
    const [widths, lefts] = [new Set<number>(), new Set<number>()];
    let [usual, outlined] = [0, 0];
    for (let index = 0; index < 120; index++) {
      const picture = drawn(scene(index, [object]));
      expect(Buffer.compare(drawn(scene(index, [object])), picture)).toBe(0);
      const [left, top, right, bottom] = changed(picture, drawn(scene(index, [])));
      if (right - left === 2) {
        // As the demo zoo draws it: the sprite of this test.
        usual++;
        continue;
      }
      widths.add(right - left);
      lefts.add(left);
      // From the middle of the top downwards, what is met first is the outline, or the roof.
      const middle = (left + right) >> 1;
      const first = Array.from(
        { length: bottom - top },
        (_, y) => ((top + y) * IMAGE_SIZE + middle) * 3,
      ).find((at) => picture[at] !== picture[(top === 0 ? 0 : top - 1) * IMAGE_SIZE * 3])!;
      if (picture[first]! < 40 && picture[first + 1]! < 40 && picture[first + 2]! < 40) outlined++;
    }
    expect(usual).toBeGreaterThan(10);
    expect(usual).toBeLessThan(45);
    expect(widths.size).toBeGreaterThan(15);
    expect(lefts.size).toBeGreaterThan(15);
    expect(outlined).toBeGreaterThan(20);
    expect(outlined).toBeLessThan(80);
  });

  it('says how drawings that are not there are installed', async () => {
    await expect(loadIconSet('nobodys' as ArtworkSet)).rejects.toThrow(
      /drawings "nobodys" are not installed: npm install --no-save --ignore-scripts @iconify-json\/nobodys/,
    );
  });
});
