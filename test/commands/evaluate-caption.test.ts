import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { runCommand } from '../../src/commands/index.ts';
import { loadWorld } from '../../src/datasets/scenes/index.ts';
import { isMistake } from '../../src/errors.ts';
import type { GridEncoderConfig } from '../../src/models/grid-encoder/config.ts';
import { initialGridEncoder } from '../../src/models/grid-encoder/grid-encoder.ts';
import { initXLxmert } from '../../src/models/lxmert/index.ts';
import { createRandom } from '../../src/random.ts';
import { float32 } from '../../src/tensor.ts';
import { LXMERT } from '../inference/tiny-zoo.ts';
import { manifest, writeCheckpoint } from '../zoo/write-checkpoint.ts';

const evaluate = (args: readonly string[]) => runCommand('evaluate', args);

/** A model with random weights writes nonsense, which is evaluated like anything else. */
async function writeZoo(root: string): Promise<void> {
  const world = await loadWorld('lattice-1style');
  const random = createRandom('zoo');
  const vocabulary = world.vocabulary();
  const data = { name: world.name, description: 'none' };
  const encoder: GridEncoderConfig = {
    image_size: 128,
    channels: [4, 4, 8, LXMERT.visual_feat_dim],
    blocks: [0, 0, 0, 0],
    layer_norm_epsilon: 1e-6,
    objects: 3,
    colours: 3,
    parts: 10,
    backgrounds: 2,
  };
  await writeCheckpoint(root, 'grid-encoder/tiny', {
    manifest: manifest({ id: 'encoder', architecture: 'grid-encoder', tasks: [], data }),
    config: encoder,
    weights: initialGridEncoder(encoder, random),
  });
  const lxmert = { ...LXMERT, vocab_size: vocabulary.length };
  const { num_clusters: K, visual_feat_dim: F } = lxmert;
  const centroids = Float32Array.from({ length: K * F }, () => random.normal());
  const model = {
    config: lxmert,
    weights: initXLxmert(lxmert, random, float32(centroids, [K, F])),
    vocabulary,
  };
  const files = ['config.json', 'model.safetensors', 'vocab.txt'];
  await writeCheckpoint(root, 'x-lxmert/tiny', {
    manifest: manifest({
      id: 'model',
      tasks: ['caption'],
      files,
      components: { grid_encoder: 'grid-encoder/tiny' },
      data,
    }),
    ...model,
  });
  await writeCheckpoint(root, 'x-lxmert/blind', {
    manifest: manifest({ id: 'blind', tasks: ['caption'], files, data }),
    ...model,
  });
}

let dataDir: string;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'evaluate-caption-'));
  await writeZoo(join(dataDir, 'checkpoints'));
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));
afterEach(() => vi.restoreAllMocks());

const rest = () => ['--data-dir', dataDir, '--checkpoints-dir', join(dataDir, 'none'), '--threads', '1'];

const outputOf = (...args: string[]) =>
  printedBy(() => evaluate(['caption', '--model', 'model', '--scenes', '10', ...args, ...rest()]));

async function printedBy(run: () => Promise<void>): Promise<string> {
  let printed = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation(() => true);
  await run();
  vi.restoreAllMocks();
  return printed;
}

describe('evaluate caption', () => {
  it('prints precision and recall beside another picture’s caption, and says the same in JSON', async () => {
    const output = join(dataDir, 'first');
    const printed = await outputOf('--steps', '1', '--seed', '3', '--output', output);
    const heading = '| | written | the model’s | another picture’s |';
    expect(printed.split('\n').filter((line) => line === heading)).toHaveLength(2);
    const results = JSON.parse(await readFile(join(output, 'caption.json'), 'utf8'));
    expect(results).toMatchObject({ seed: 3, world: 'lattice-1style', scenes: 10, best_of: 1 });
    expect(results.sampler).toEqual({ strategy: 'parallel', steps: 1 });
    expect(results.command).toContain('npm run evaluate -- caption --model model');
    expect(Object.keys(results.checkpoints)).toEqual(['model', 'grid_encoder']);
    const written = results.columns.written.all;
    expect(written.object).toMatchObject({ precision: 1, recall: 1 });
    expect(written.all_true).toBe(1);
    // Ten pictures: noise names hardly anything right.
    expect(results.columns['the model’s'].all.all_true).toBeLessThan(0.2);
    const line = printed.split('\n').find((text) => text.startsWith('| objects: recall'))!;
    expect(line).toContain(`| 1.000 (${written.object.there}) |`);
    expect(results.captions).toHaveLength(10);
    for (const { text, score } of results.captions) {
      expect(text.length).toBeGreaterThan(0);
      expect(score).toBeLessThan(0);
    }
    expect(printed).toContain(results.captions[0].text);
    const sheet = await sharp(join(output, 'caption.png')).metadata();
    expect(sheet.width).toBeGreaterThan(4 * 256);
  });

  it('gives the same captions again, and better ones out of more', async () => {
    const captions = async (folder: string, ...args: string[]) => {
      const output = join(dataDir, folder);
      await outputOf('--strategy', 'left-to-right', '--temperature', '1', '--output', output, ...args);
      const { captions: all } = JSON.parse(await readFile(join(output, 'caption.json'), 'utf8'));
      return all as { text: string; score: number }[];
    };
    const once = await captions('again', '--prefix', 'the');
    expect(await captions('and-again', '--prefix', 'the')).toEqual(once);
    expect(once.every(({ text }) => text.startsWith('the'))).toBe(true);
    const mean = (all: { score: number }[]) => all.reduce((sum, { score }) => sum + score, 0) / all.length;
    expect(mean(await captions('best', '--prefix', 'the', '--best', '4'))).toBeGreaterThan(mean(once));
  });

  it('holds int8 against float32', async () => {
    const output = join(dataDir, 'precision');
    const args = ['precision', '--model', 'model', '--scenes', '2', '--output', output, ...rest()];
    const printed = await printedBy(() => evaluate(args));
    const { float32, int8 } = JSON.parse(await readFile(join(output, 'precision.json'), 'utf8'));
    expect(Object.keys(float32)).toEqual(['captions: every claim true', 'captions: and nothing left out']);
    const [name, value] = Object.entries(float32)[0] as [string, number];
    const gained = (int8[name] - value).toFixed(1);
    expect(printed).toContain(`| ${name} | ${value.toFixed(1)} | ${int8[name].toFixed(1)} | ${gained} |`);
  });

  it('is measured beside word by word', async () => {
    const output = join(dataDir, 'caption-bench.json');
    const args = ['caption', '--only', 'demo', '--model', 'model', '--runs', '1', '--output', output];
    const printed = await printedBy(() => runCommand('bench', [...args, ...rest()]));
    const { measured } = JSON.parse(await readFile(output, 'utf8'));
    const [slow, fast] = measured[0].ways as { name: string; ms: number; rows: number }[];
    expect(slow!.rows).toBeGreaterThan(fast!.rows);
    expect(printed).toContain(`| model | word by word | ${slow!.ms.toFixed(0)} | ${slow!.rows} | 1/1.0 |`);
  });

  it('says what is wrong with what it was given', async () => {
    const says = async (...args: string[]) => {
      const error: unknown = await evaluate(['caption', ...args, ...rest()]).catch((e: unknown) => e);
      expect(isMistake(error)).toBe(true);
      return (error as Error).message;
    };
    expect(await says('--model', 'nothing')).toContain('no checkpoint or run "nothing"');
    expect(await says('--model', 'encoder')).toContain('is a grid-encoder, not a x-lxmert');
    expect(await says('--model', 'blind')).toContain('blind names no grid encoder');
    expect(await says('--scenes', '1')).toContain('--scenes is "1"');
    const model = ['--model', 'model', '--scenes', '2'];
    expect(await says(...model, '--strategy', 'beam')).toContain('must be one of gibbs');
    expect(await says(...model, '--steps', '0')).toContain('--steps is "0"');
    expect(await says(...model, '--steps', '11')).toContain('confidence takes 1 to 10 steps');
    expect(await says('more')).toContain('evaluate caption [options]');
  });
});
