import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { runCommand } from '../../src/commands/index.ts';
import { UsageError } from '../../src/errors.ts';
import { writePaintingZoo } from './painting-zoo.ts';

const bench = (args: readonly string[]) => runCommand('bench', args);
const evaluate = (args: readonly string[]) => runCommand('evaluate', args);

let dataDir: string;
const written = { stdout: '', stderr: '' };

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'evaluate-'));
  await writePaintingZoo(join(dataDir, 'checkpoints'));
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));
afterEach(() => vi.restoreAllMocks());

/** Standard output of a command. */
async function outputOf(command: (args: string[]) => Promise<void>, args: string[]): Promise<string> {
  for (const stream of ['stdout', 'stderr'] as const) {
    written[stream] = '';
    vi.spyOn(process[stream], 'write').mockImplementation((text) => {
      written[stream] += String(text);
      return true;
    });
  }
  await command([
    ...args,
    '--data-dir',
    dataDir,
    '--checkpoints-dir',
    join(dataDir, 'none'),
    '--threads',
    '1',
  ]);
  vi.restoreAllMocks();
  return written.stdout;
}

const checkpoints = ['--model', 'model', '--recogniser', 'judge'];
const small = ['paint', ...checkpoints, '--captions', '12', '--samplers', 'mask-predict-1,random-8@0.5'];

describe('evaluate paint', () => {
  it('prints a table side by side, and says the same in JSON, with a sheet to look at', async () => {
    const output = join(dataDir, 'first');
    const printed = await outputOf(evaluate, [...small, '--seed', '3', '--output', output]);
    const heading = '| | real | reconstruction | mask-predict-1 | random-8@0.5 | other captions |';
    expect(printed.split('\n').filter((line) => line === heading)).toHaveLength(2);
    const results = JSON.parse(await readFile(join(output, 'paint.json'), 'utf8'));
    expect(results).toMatchObject({
      seed: 3,
      world: 'lattice-1style',
      captions: 12,
      engine: 'onnxruntime-cpu-auto',
    });
    expect(results.command).toContain('npm run evaluate -- paint --model model');
    expect(Object.keys(results.checkpoints)).toEqual(['model', 'generator', 'grid_encoder', 'recogniser']);
    for (const { revision } of Object.values<{ revision: string }>(results.checkpoints)) {
      expect(revision).toMatch(/^[0-9a-f]{64}$/);
      expect(printed).toContain(revision.slice(0, 12));
    }
    const real = results.columns.real.all;
    const line = printed.split('\n').find((text) => text.startsWith('| **all of it**'))!;
    expect(line).toContain(`(n = 12) | ${real.all_of_it.toFixed(3)} |`);
    for (const column of Object.values<{ frechet_distance: number }>(results.columns)) {
      expect(column.frechet_distance).toBeGreaterThan(0);
    }
    const sheet = await sharp(join(output, 'paint.png')).metadata();
    expect(sheet.width).toBeGreaterThan(5 * 128);
    expect(sheet.height).toBeGreaterThan(6 * 128);
  });

  it.each(['x-uniter', 'lxmert-grid', 'uniter-grid'])('judges %s too, codes or none', async (id) => {
    const output = join(dataDir, id);
    const args = ['paint', '--model', id, '--recogniser', 'judge', '--captions', '4', '--output', output];
    await outputOf(evaluate, [...args, '--samplers', 'mask-predict-2,random-8']);
    const { columns, checkpoints: used } = JSON.parse(await readFile(join(output, 'paint.json'), 'utf8'));
    expect(used.model.id).toBe(id);
    const names = ['real', 'reconstruction', 'mask-predict-2', 'random-8', 'other captions'];
    expect(Object.keys(columns)).toEqual(names);
    const distances = names.map((name) => columns[name].frechet_distance as number);
    for (const distance of distances) expect(distance).toBeGreaterThan(0);
    // None of the columns shows what another shows.
    expect(new Set(distances).size).toBe(names.length);
  });

  it('gives the same numbers again', async () => {
    const columns = async (folder: string) => {
      await outputOf(evaluate, [...small, '--output', join(dataDir, folder)]);
      return JSON.parse(await readFile(join(dataDir, folder, 'paint.json'), 'utf8')).columns;
    };
    expect(await columns('again')).toEqual(await columns('and-again'));
  });

  it('says what is wrong with what it was given', async () => {
    const says = async (...args: string[]) => {
      const error: unknown = await evaluate(['paint', '--data-dir', dataDir, ...args]).catch(
        (e: unknown) => e,
      );
      expect(error).toBeInstanceOf(UsageError);
      return (error as Error).message;
    };
    expect(await says('--model', 'nothing')).toContain('no checkpoint or run "nothing"');
    expect(await says('--model', 'generator')).toContain('is a generator, not a x-lxmert');
    expect(await says('--captions', '1')).toContain('--captions is "1"');
    expect(await says('--model', 'model', '--dataset', 'mars')).toContain(
      '--dataset: There is no scene world "mars"',
    );
    expect(await says('--samplers', 'mask-predict-4,x')).toContain('--samplers "x"');
    expect(await says('--samplers', 'parallel-4')).toContain('takes exactly 1 step');
    expect(
      await says('--model', 'lxmert-grid', '--recogniser', 'judge', '--samplers', 'easy-first'),
    ).toContain('lxmert-grid with easy-first: easy-first needs a confidence');
    await expect(evaluate([])).rejects.toThrow('evaluate paint [options]');
  });
});

describe('bench paint', () => {
  it('prints what each stage took, for one image and for eight', async () => {
    const output = join(dataDir, 'speed.json');
    const args = ['paint', '--only', 'demo', '--model', 'model', '--runs', '1', '--steps', '2'];
    const printed = await outputOf(bench, [...args, '--output', output]);
    for (const row of ['text encoding', '2 sampling steps', 'generator', 'file (PNG)', '**whole image**']) {
      expect(printed).toMatch(
        new RegExp(`\\| ${row.replace(/[*()]/g, '\\$&')} \\| \\d+\\.\\d \\| \\d+\\.\\d \\|`),
      );
    }
    const { models } = JSON.parse(await readFile(output, 'utf8'));
    expect(models[0].speeds.map(({ batch }: { batch: number }) => batch)).toEqual([1, 8]);
    for (const { total, stages } of models[0].speeds) {
      expect(total).toBeGreaterThan(0);
      for (const ms of Object.values(stages)) expect(ms).toBeGreaterThan(0);
    }
  });

  it('says what is wrong with what it was given', async () => {
    await expect(bench(['paint', '--runs', '0'])).rejects.toThrow('whole number from 1 to 99');
    await expect(bench(['paint', '--only', 'both'])).rejects.toThrow('demo or paper');
    await expect(bench(['paint', '--only', 'demo', '--model', 'none'])).rejects.toThrow('no model "none"');
    await expect(bench(['draw'])).rejects.toThrow('bench paint [options]');
  });
});
