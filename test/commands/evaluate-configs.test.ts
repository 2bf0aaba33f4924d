import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { runCommand } from '../../src/commands/index.ts';
import { UsageError } from '../../src/errors.ts';
import { configReport, PAPER } from '../../src/evaluation/config-report.ts';
import { PRETRAINING_CONFIGS } from '../../src/models/compared-configs.ts';
import { readManifest, writeManifest } from '../../src/zoo/manifest.ts';
import { writePaintingZoo } from './painting-zoo.ts';

const evaluate = (args: readonly string[]) => runCommand('evaluate', args);

let dataDir: string;

/** A finished run, of weights that are in the zoo. */
async function writeRun(
  name: string,
  config: string,
  of: string,
  hyperparameters: Record<string, unknown>,
  components: Record<string, unknown> = {},
): Promise<void> {
  const folder = join(dataDir, 'runs', name);
  await mkdir(folder, { recursive: true });
  await cp(join(dataDir, 'checkpoints', of, 'tiny'), join(folder, 'result'), { recursive: true });
  const manifest = await readManifest(join(folder, 'result'));
  await writeManifest(join(folder, 'result'), { ...manifest, id: `pretrain-${name}` });
  await writeFile(
    join(folder, 'run.json'),
    JSON.stringify({
      ...{ kind: 'pretrain', name, dataset: 'lattice-1style' },
      hyperparameters: { config, ...hyperparameters },
      components: { grid_encoder: { id: 'grid-encoder/tiny', revision: 'e' }, ...components },
    }),
  );
}

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'evaluate-configs-'));
  await writePaintingZoo(join(dataDir, 'checkpoints'));
  const budget = { steps: 4, batch_size: 2 };
  await writeRun('tiny-x-lxmert', 'x-lxmert', 'model', budget);
  await writeRun('tiny-lxmert-grid', 'lxmert-grid', 'lxmert-grid', budget);
  await writeRun('tiny-x-uniter', 'x-uniter', 'x-uniter', budget);
  await writeRun('tiny-without-discrete', 'without-discrete', 'lxmert-grid', budget);
  await writeRun('tiny-without-uniform-masking', 'without-uniform-masking', 'model', budget);
  // Two stages, more than the others have.
  await writeRun('first', 'uniter-grid', 'uniter-grid', { steps: 3, batch_size: 5 });
  const base = { base_model: { id: 'first/result', revision: 'b' } };
  await writeRun('more-uniter-grid', 'uniter-grid', 'uniter-grid', budget, base);
  await writeRun('more-x-lxmert', 'x-lxmert', 'model', budget);
  await writeRun('wrong-x-lxmert', 'x-uniter', 'model', budget);
  await writeRun('mixed-x-lxmert', 'x-lxmert', 'model', budget);
  const other = { grid_encoder: { id: 'grid-encoder/tiny', revision: 'another' } };
  await writeRun('mixed-lxmert-grid', 'lxmert-grid', 'lxmert-grid', budget, other);
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
  const small = ['--generator', 'generator', '--recogniser', 'judge', '--captions', '4'];
  await evaluate(['configs', ...small, ...args, ...folders]);
  vi.restoreAllMocks();
  return written;
}

const rowsOf = (printed: string): string[][] =>
  printed
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) => line.split('|').map((cell) => cell.trim()));

it('warns of a generator that draws features to codes', () => {
  const evaluation = { captions: [], columns: [], pictures: [] };
  const provenance = {
    command: '',
    seed: 0,
    world: 'w',
    commit: '',
    engine: '',
    checkpoints: {},
    seconds: 0,
  };
  const report = (quantises: boolean) =>
    configReport(evaluation, [], { sampler: 'parallel', quantises }, provenance);
  expect(report(true)).toContain('--architecture spade');
  expect(report(false)).not.toContain('--architecture spade');
});

describe('evaluate configs', () => {
  it('has a row of each config beside the paper, in its order, from models by codes and by regression', async () => {
    const printed = await outputOf('--runs', 'tiny', '--sampler', 'mask-predict-2');
    const [, ...rows] = rowsOf(printed);
    const descriptions = Object.values(PRETRAINING_CONFIGS).map(({ description }) => description);
    expect(rows.slice(0, 7).map(([, description]) => description)).toEqual(descriptions);
    expect(rows[0]!.slice(2, 4)).toEqual(['22.7', '37.4']);
    expect(rows[3]!.slice(2, 5)).toEqual(['2.4', '253.5', '–']);
    const output = join(dataDir, 'evaluations', 'tiny');
    const { columns, configs, sampler } = JSON.parse(await readFile(join(output, 'configs.json'), 'utf8'));
    expect(sampler).toBe('mask-predict-2');
    expect(configs['x-lxmert']).toEqual({ paper: { is: 22.7, fid: 37.4 }, budget: 8 });
    expect(configs['uniter-grid'].budget).toBe(null);
    expect(Object.keys(columns)).toEqual([
      'real',
      'reconstruction from codes',
      'x-lxmert',
      'reconstruction from features',
      'lxmert-grid',
      'x-uniter',
      'without-discrete',
      'without-uniform-masking',
      'other captions',
    ]);
    expect(rows[0]![4]).toBe(columns['x-lxmert'].frechet_distance.toFixed(2));
    // Rows of the same weights are alike, others are not.
    expect(columns['without-uniform-masking']).toEqual(columns['x-lxmert']);
    expect(columns['without-discrete']).toEqual(columns['lxmert-grid']);
    const distances = ['x-lxmert', 'lxmert-grid', 'x-uniter'].map((name) => columns[name].frechet_distance);
    expect(new Set(distances).size).toBe(3);
    const best = printed.split('\n').find((line) => line.startsWith('- by the paper'));
    expect(best).toBe(
      "- by the paper's FID: x-lxmert, x-uniter, without-uniform-masking, without-discrete, lxmert-grid",
    );
    // Equals are no order.
    const byDistance = printed.split('\n').find((line) => line.startsWith('- by Fréchet distance'))!;
    expect(byDistance).toContain('x-lxmert = without-uniform-masking');
    expect(byDistance).toContain('lxmert-grid = without-discrete');
    expect(byDistance.match(/, /g)).toHaveLength(2);
    expect(printed).not.toContain('budgets differ');
    // The paper's generator has no table of codes.
    expect(printed).not.toContain('quantises');
  });

  it('counts the stages before, and says when the budgets differ', async () => {
    const printed = await outputOf('--runs', 'more', '--sampler', 'parallel');
    const [, first, , , fourth] = rowsOf(printed);
    expect(first!.at(-2)).toBe('8');
    expect(fourth!.at(-2)).toBe('23');
    expect(printed).toContain('The budgets differ');
  });

  it('says what is wrong with what it was given', async () => {
    const says = async (...args: string[]) => {
      const error: unknown = await outputOf(...args).catch((e: unknown) => e);
      expect(error).toBeInstanceOf(UsageError);
      return (error as Error).message;
    };
    expect(await says()).toContain('npm run train -- pretrain --config <config> --name compare-<config>');
    expect(await says('--runs', 'wrong')).toContain('wrong-x-lxmert was trained with --config x-uniter');
    expect(await says('--runs', 'mixed')).toContain('another grid encoder than mixed-x-lxmert');
    expect(await says('--runs', 'tiny', '--sampler', 'easy-first')).toContain('needs a confidence');
    expect(await says('more')).toContain('evaluate configs [options]');
  });
});

it("every config has the paper's figures", () => {
  expect(Object.keys(PAPER)).toEqual(Object.keys(PRETRAINING_CONFIGS));
});
