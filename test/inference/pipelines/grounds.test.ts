/** What the shipped model paints where a caption names no ground. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { CELL, IMAGE_SIZE, loadWorld } from '../../../src/datasets/scenes/index.ts';
import { openEngine } from '../../../src/engines/choose.ts';
import { GRID } from '../../../src/grid.ts';
import { createPaintPipeline } from '../../../src/inference/pipelines/paint.ts';
import { samplerFor } from '../../../src/sampling/sampler.ts';
import { loadPaintCheckpoint } from '../../../src/zoo/paint-checkpoint.ts';

const checkpoints = fileURLToPath(new URL('../../../checkpoints/', import.meta.url));

/** Mean difference of a cell of two pictures, of 255. */
function difference(a: Uint8Array, b: Uint8Array, cell: number): number {
  const top = Math.floor(cell / GRID) * CELL;
  const left = (cell % GRID) * CELL;
  let sum = 0;
  for (let y = top; y < top + CELL; y++) {
    for (let i = (y * IMAGE_SIZE + left) * 3; i < (y * IMAGE_SIZE + left + CELL) * 3; i++)
      sum += Math.abs(a[i]! - b[i]!);
  }
  return sum / (CELL * CELL * 3);
}

it('a caption without a ground gets one, not pieces of two', async () => {
  const world = await loadWorld('framed-1style');
  const grounds = world.backgrounds.map((_, background) =>
    world.render({ ...world.scene('test', 0), background, objects: [], groups: [], relations: [] }),
  );
  const engine = await openEngine({ engine: 'onnxruntime', device: 'cpu' }, 1);
  const checkpoint = await loadPaintCheckpoint({
    folder: join(checkpoints, 'x-lxmert/scenes'),
    components: { generator: join(checkpoints, 'generator/scenes') },
  });
  const pipeline = await createPaintPipeline(engine, checkpoint);
  const sampler = samplerFor({}, checkpoint.lxmert.config.sampler);
  for (const caption of [
    'a man riding a horse',
    'an airplane above a tree',
    'a man and a woman',
    'a man',
    'two giraffes',
    'a bus',
  ]) {
    const { codes } = await pipeline.sample(caption, { sampler, seed: 0 });
    const painted = await pipeline.decode(codes);
    // The grounds that each cell may be of: several, where they look alike there; none, where a thing stands.
    const seen = Array.from({ length: GRID * GRID }, (_, cell) =>
      [...grounds.keys()].filter((ground) => difference(painted, grounds[ground]!, cell) < 8),
    ).filter((of) => of.length > 0);
    expect(seen.length, caption).toBeGreaterThan(32);
    const most = [...grounds.keys()].map((ground) => seen.filter((of) => of.includes(ground)).length);
    expect(Math.max(...most), caption).toBe(seen.length);
  }
  // What its captions leave out is read, unless the text is then too long.
  const revised = async (caption: string) =>
    (await pipeline.sample(caption, { sampler, seed: 0 })).revisedPrompt;
  expect(await revised('a bus')).toBe('a yellow bus');
  expect(await revised('a green bus')).toBeUndefined();
  expect(await revised(`a bus ${'and a dog '.repeat(6)}`)).toBeUndefined();
  await pipeline.release();
}, 120_000);
