import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { runCommand } from '../../src/commands/index.ts';
import { ProgressBar } from '../../src/commands/progress-bar.ts';
import { isMistake } from '../../src/errors.ts';
import { writeTinyZoo } from '../inference/tiny-zoo.ts';

const run = (args: readonly string[]) => runCommand('paint', args);

let root: string;
let said: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'paint-command-'));
  await writeTinyZoo(join(root, 'zoo'));
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    said += String(text);
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
});
beforeEach(() => {
  said = '';
});
afterAll(async () => {
  vi.restoreAllMocks();
  await rm(root, { recursive: true });
});

const paint = (...args: string[]) =>
  run([...args, '--checkpoints-dir', join(root, 'zoo'), '--data-dir', join(root, 'data'), '--threads', '1']);

test('one caption, one picture, the same one for the same seed', async () => {
  const files = ['a.png', 'new/b.png', 'c.png'].map((name) => join(root, name));
  await paint('a red car', '-o', files[0]!, '--seed', '7', '--temperature', '1');
  expect(said).toBe(`${files[0]} (tiny, seed 7)\n`);
  await paint('a red car', '-o', files[1]!, '--seed', '7', '--temperature', '1');
  await paint('a red car', '-o', files[2]!, '--seed', '8', '--temperature', '1');
  const [a, b, c] = await Promise.all(files.map((file) => readFile(file)));
  expect(a!.equals(b!)).toBe(true);
  expect(a!.equals(c!)).toBe(false);
  expect((await sharp(a).metadata()).format).toBe('png');
});

test('many captions from a file, each of which can be painted again alone', async () => {
  const captions = join(root, 'captions.txt');
  await writeFile(captions, 'A red car!\n\n  the sky\r\n');
  const folder = join(root, 'many');
  const options = ['--temperature', '1', '--steps', '2'];
  await paint(
    '--captions',
    captions,
    '-o',
    folder,
    '--n',
    '2',
    '--seed',
    '5',
    '--format',
    'webp',
    ...options,
  );
  expect((await readdir(folder)).sort()).toEqual([
    '0001-a-red-car-1.webp',
    '0001-a-red-car-2.webp',
    '0002-the-sky-1.webp',
    '0002-the-sky-2.webp',
    'pictures.jsonl',
  ]);
  const rows = (await readFile(join(folder, 'pictures.jsonl'), 'utf8'))
    .trim()
    .split('\n')
    .map((row) => JSON.parse(row));
  expect(rows[2]).toMatchObject({
    file: '0002-the-sky-1.webp',
    prompt: 'the sky',
    seed: 7,
    sampler: { strategy: 'mask-predict', steps: 2, temperature: 1 },
    model: 'tiny',
  });
  const again = join(root, 'again.webp');
  await paint('the sky', '-o', again, '--seed', '7', ...options);
  expect((await readFile(again)).equals(await readFile(join(folder, rows[2].file)))).toBe(true);
});

describe('mistakes are told before anything is painted', () => {
  test.each([
    [['a', 'red', 'car'], /quotation marks: paint "a red car"/],
    [['a', '--captions', 'x', '-o', 'y'], /not both/],
    [['--captions', 'x'], /-o <folder>/],
    [['--captions', '/does/not/exist', '-o', 'y'], /ENOENT/],
    [['a', '-o', 'a.gif'], /not \.gif/],
    [['a', '--n', '0'], /--n is "0"; it must be a whole number from 1 to 1000/],
    [['a', '--seed=-1'], /--seed/],
    [['a', '--steps', 'x'], /--steps/],
    [['a', '--strategy', 'best'], /mask-predict, top-left/],
    [['a', '--model', 'none'], /no model or run "none" that paints.*tiny/],
    [['a', '--steps', '65', '-o', 'OUT'], /1 to 64 steps/],
  ])('%j', async (args, message) => {
    const safe = args.map((arg) => (arg === 'OUT' ? join(root, 'out.png') : arg));
    const caught = await paint(...safe).catch((error: Error) => error);
    expect(caught).toMatchObject({ message: expect.stringMatching(message) });
    expect(isMistake(caught)).toBe(true);
  });
});

test('the bar counts, estimates, and keeps its line when something else is said', () => {
  const written: string[] = [];
  const output = { isTTY: true, write: (text: string) => written.push(text) };
  const start = performance.now();
  const bar = new ProgressBar(output, 4, 'picture');
  bar.advance(start + 1_000);
  expect(bar.line(start + 1_000)).toMatch(/^\[#{8}·{22}\] 1\/4 {2}1\.0 pictures\/s {2}[34] s left$/);
  bar.note('hm');
  bar.end();
  expect(written[0]).toContain('0/4');
  expect(written[2]).toMatch(/hm\n\[#{8}·{22}\] 1\/4/);
  expect(written.at(-1)).toBe('\n');
});
