import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { runCommand } from '../../src/commands/index.ts';
import { UsageError } from '../../src/errors.ts';
import { PAPER_TABLES } from '../../src/evaluation/paper-tables.ts';
import { tableReport } from '../../src/evaluation/table-report.ts';
import { readManifest, writeManifest } from '../../src/zoo/manifest.ts';
import { writePaintingZoo } from './painting-zoo.ts';

let dataDir: string;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'evaluate-table-'));
  await writePaintingZoo(join(dataDir, 'checkpoints'));
  for (const [config, of] of [
    ['x-lxmert', 'model'],
    ['lxmert-grid', 'lxmert-grid'],
    ['without-uniform-masking', 'model'],
  ] as const) {
    const result = join(dataDir, 'runs', `tiny-${config}`, 'result');
    await mkdir(join(result, '..'), { recursive: true });
    await cp(join(dataDir, 'checkpoints', of, 'tiny'), result, { recursive: true });
    await writeManifest(result, { ...(await readManifest(result)), id: `pretrain-tiny-${config}` });
  }
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));
afterEach(() => vi.restoreAllMocks());

async function outputOf(...args: string[]): Promise<string> {
  let written = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    written += String(text);
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation(() => true);
  const folders = ['--data-dir', dataDir, '--checkpoints-dir', join(dataDir, 'none'), '--threads', '1'];
  await runCommand('evaluate', [...args, '--model', 'model', '--runs', 'tiny', ...folders]);
  vi.restoreAllMocks();
  return written;
}

const table = (number: number, ...args: string[]) =>
  outputOf(
    'table',
    String(number),
    '--dataset',
    'lattice-1style',
    '--captions',
    '4',
    '--judge',
    'judge',
    ...args,
  );

const rowsOf = (printed: string): string[][] =>
  printed
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) => line.split('|').map((cell) => cell.trim()));

describe('evaluate table', () => {
  it('has the paper’s rows and figures beside ours, with intervals, and says which runs are missing', async () => {
    const printed = await table(3, '--seeds', '2');
    const [headings, ...rows] = rowsOf(printed);
    expect(headings!.slice(1, 5)).toEqual([
      "paper's Table 3",
      'paper: IS ↑',
      'paper: FID ↓',
      'here: Fréchet distance ↓',
    ]);
    expect(rows.map(([, name]) => name)).toEqual(PAPER_TABLES[3].rows.map(({ name }) => name));
    expect(rows[1]!.slice(2, 4)).toEqual(['22.7', '37.4']);
    expect(rows[1]![4]).toMatch(/^\d+\.\d\d ± \d+\.\d\d$/);
    expect(rows[4]!.slice(2, 5)).toEqual(['21.6', '46.1', '–']);
    expect(printed).toContain(
      'npm run train -- pretrain --config without-updated-data --name tiny-without-updated-data',
    );
    expect(printed).toContain('- best first, the paper: X-LXMERT, w/o uniform masking, LXMERT + Grid');
    const { tables } = JSON.parse(await readFile(join(dataDir, 'evaluations', 'table-3.json'), 'utf8'));
    expect(tables[0].rows[0].here.frechet).toMatchObject({
      values: [expect.any(Number), expect.any(Number)],
    });
    const { width, height } = await sharp(
      join(dataDir, 'evaluations', 'table-3-lattice-1style.png'),
    ).metadata();
    // A heading of two lines, and captions of two.
    expect([width, height]).toEqual([3 * 132 + 4, 30 + 4 * 162]);
  });

  it.each([
    [6, ['hard', 'noun', 'verb', 'color', 'number']],
    [7, ['filled', 'filled_noun', 'filled_verb', 'filled_color']],
  ] as const)('Table %i: what noise is worth to the judge, by category', async (number, measures) => {
    await table(number, '--seeds', '1');
    const { tables } = JSON.parse(
      await readFile(join(dataDir, 'evaluations', `table-${number}.json`), 'utf8'),
    );
    const [{ rows }] = tables;
    expect(rows).toHaveLength(PAPER_TABLES[number].rows.length);
    const { here } = rows[0];
    for (const measure of measures)
      if (here[measure]) {
        expect(here[measure].mean).toBeGreaterThanOrEqual(0);
        expect(here[measure].mean).toBeLessThanOrEqual(1);
      }
    expect(here[measures[1]]).not.toBe(null);
  });

  it('counts the texts of a data set', async () => {
    const folder = join(dataDir, 'datasets', 'pets');
    await mkdir(join(folder, 'lxmert'), { recursive: true });
    await mkdir(join(folder, 'images'));
    const picture = await sharp({ create: { width: 8, height: 8, channels: 3, background: 'red' } })
      .png()
      .toBuffer();
    for (const name of ['a', 'b', 'c', 'd']) await writeFile(join(folder, 'images', `${name}.png`), picture);
    const entry = (img_id: string, mscoco: string[], vqa: string[] = []) => ({
      ...{ img_id, sentf: { mscoco, vqa }, labelf: { vqa: vqa.map(() => ({ cat: 1 })) } },
    });
    const train = [entry('a', ['one', 'two'], ['what?']), entry('b', ['three'])];
    await writeFile(join(folder, 'lxmert', 'train.json'), JSON.stringify(train));
    await writeFile(
      join(folder, 'lxmert', 'valid.json'),
      JSON.stringify([entry('c', ['four']), entry('d', ['five'])]),
    );
    const printed = await outputOf('table', '5', '--dataset', 'pets,scenes');
    expect(printed).toContain('| all | 180K | 617K | 5.39M | 658K | 1.07M | 1.44M | 9.18M |');
    const rows = rowsOf(printed);
    expect(rows).toContainEqual(['', 'split', 'images', 'lxmert: mscoco', 'lxmert: vqa', 'all', '']);
    expect(rows).toContainEqual(['', 'train', '2', '3', '1', '4', '']);
    expect(rows).toContainEqual(['', 'validation', '2', '2', '0', '2', '']);
  });

  it('tells equal orders', () => {
    const rows = new Map([
      [0, [{ frechet: 9 }]],
      [1, [{ frechet: 2 }]],
      [2, [{ frechet: 10 }]],
      [3, [{ frechet: 1 }]],
    ]);
    const world = { name: 'w', captions: 1, seeds: 1, rows, painters: new Map<number, string>(), notes: [] };
    expect(tableReport(2, PAPER_TABLES[2], world)).toContain('UNITER + Grid, LXMERT + Grid (the same order)');
  });

  it.each([[['table']], [['table', '8']], [['table', '1', '--captions', '1']], [['figure', '3']]])(
    'refuses %j',
    (args) => expect(outputOf(...args)).rejects.toThrow(UsageError),
  );
});

describe('evaluate figure', () => {
  const sizeOf = async (name: string) => {
    const { width, height } = await sharp(join(dataDir, 'evaluations', name)).metadata();
    return [width, height];
  };

  it('2 and 6: the same captions in every column', async () => {
    await outputOf('figure', '2', '--count', '2');
    expect(await sizeOf('figure-2.png')).toEqual([5 * 132 + 4, 30 + 2 * 149]);
    await outputOf('figure', '6', '--count', '1');
    expect(await sizeOf('figure-6.png')).toEqual([8 * 132 + 4, 17 + 149]);
  });

  it('4 and 7: captions of one’s own', async () => {
    const file = join(dataDir, 'captions.txt');
    await writeFile(file, 'a red car\n\n a dog \n');
    await outputOf('figure', '7', '--captions', file);
    expect(await sizeOf('figure-7.png')).toEqual([6 * 136, 17 + 149]);
    await outputOf('figure', '4', '--captions', file);
    expect(await sizeOf('figure-4-2.png')).toEqual([14 * 132 + 4, 22 + 128]);
  });

  it('5: captions by their first words', async () => {
    const printed = await outputOf('figure', '5', '--count', '1');
    const captions = printed.split('\n').filter((line) => line.startsWith('- '));
    expect(captions.map((line) => line.split(' ')[1]!.toLowerCase())).toEqual(['a', 'the', 'what', 'where']);
    expect(await sizeOf('figure-5-1.png')).toEqual([128, 128]);
  });
});
