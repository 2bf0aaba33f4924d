import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { runCommand } from '../../src/commands/index.ts';
import { UsageError } from '../../src/errors.ts';
import { writePaintingZoo } from './painting-zoo.ts';

const evaluate = (args: readonly string[]) => runCommand('evaluate', args);

let dataDir: string;
let printed = '';

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'evaluate-images-'));
  await writePaintingZoo(join(dataDir, 'checkpoints'));
}, 60_000);
afterAll(() => rm(dataDir, { recursive: true, force: true }));
afterEach(() => vi.restoreAllMocks());

async function images(...args: string[]): Promise<Record<string, never>> {
  printed = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const output = join(dataDir, 'out');
  const common = ['--encoder', 'encoder', '--reference-count', '8', '--output', output, '--threads', '1'];
  const places = ['--data-dir', dataDir, '--checkpoints-dir', join(dataDir, 'none')];
  await evaluate(['images', ...args, ...common, ...places]);
  vi.restoreAllMocks();
  return JSON.parse(await readFile(join(output, 'images.json'), 'utf8'));
}

test('a model with the captions that it was trained on: what can be measured is, what is wanted is named', async () => {
  const kept = join(dataDir, 'kept');
  const statistics = join(dataDir, 'real.npz');
  const results = await images(
    ...['--model', 'model', '--count', '6', '--sampler', 'mask-predict-1', '--negatives', '3'],
    ...['--keep', kept, '--save-reference', statistics],
  );
  expect(results).toMatchObject({
    ...{
      task: 'images',
      pictures: 'model, mask-predict-1',
      count: 6,
      reference: '8 pictures of lattice-1style',
    },
    network: { name: 'encoder', resizing: null },
    judge: { name: 'judge', independent: true },
    metrics: {
      frechet_distance_of_encoder: expect.any(Number),
      r_precision_easy: expect.any(Number),
    },
  });
  expect(results).not.toHaveProperty('metrics.fid');
  expect(printed).toMatch(/Fréchet distance, encoder from 8 pictures of lattice-1style/);
  expect(printed).toMatch(
    /they want the weights pt_inception-2015-12-05-6726825d\.pth .*https:\/\/github\.com/,
  );
  // What was painted, as a folder of someone's: the same distance from the statistics that were kept.
  expect(await readdir(kept)).toHaveLength(6);
  const again = await images('--pictures', kept, '--reference', statistics);
  expect(again).toMatchObject({ count: 6, reference: statistics, judge: null });
  const distance = (one: object) =>
    (one as { metrics: Record<string, number> }).metrics.frechet_distance_of_encoder!;
  expect(distance(again)).toBeCloseTo(distance(results), 6);
}, 120_000);

test('a model of features paints by regression', async () => {
  const results = await images('--model', 'lxmert-grid', '--count', '2', '--negatives', '1');
  expect(results).toMatchObject({
    ...{ pictures: 'lxmert-grid, mask-predict-4', count: 2 },
    metrics: { frechet_distance_of_encoder: expect.any(Number) },
  });
}, 120_000);

test('captions of a folder come by the names of its pictures, and the missing ones are named', async () => {
  const captions = join(dataDir, 'captions.json');
  const names = await readdir(join(dataDir, 'kept'));
  const text = (name: string) => `two red cars next to picture ${name}`;
  await writeFile(captions, JSON.stringify(Object.fromEntries(names.map((name) => [name, text(name)]))));
  const args = ['--pictures', join(dataDir, 'kept'), '--judge', 'judge', '--captions'];
  const results = await images(...args, captions);
  expect(results).toMatchObject({ asked: { noun: 6, verb: 0, color: 6, number: 6 } });
  await writeFile(captions, JSON.stringify({ [names[0]!]: 'a car' }));
  await expect(images(...args, captions)).rejects.toThrow(/no caption of 000001\.png, 000002\.png, .* \(5\)/);
}, 120_000);

test.each([
  [['--model', 'model', '--pictures', 'x'], /not both/],
  [['--resize', 'nearest'], /one of pytorch-fid or torch-fidelity/],
  [['--pictures', '/nowhere'], /\/nowhere cannot be read/],
  [['--model', 'judge'], /judge is a/],
  [['--model', 'model', '--captions', '/nowhere.txt'], /\/nowhere\.txt cannot be read/],
  [
    ['--model', 'model', '--inception', 'encoder'],
    /encoder: none is imported.*want the weights pt_inception-2015-12-05-6726825d\.pth/,
  ],
])('%s is refused', async (args, message) => {
  const failed = images(...args);
  await expect(failed).rejects.toBeInstanceOf(UsageError);
  await expect(failed).rejects.toThrow(message);
});
