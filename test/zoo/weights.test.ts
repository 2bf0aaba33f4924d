import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeSafetensors } from '../../src/safetensors.ts';
import { float32 } from '../../src/tensor.ts';
import { readManifest, writeManifest } from '../../src/zoo/manifest.ts';
import { loadPaintCheckpoint } from '../../src/zoo/paint-checkpoint.ts';
import { checkWeights, readWeightShapes, readWeights, WeightsError } from '../../src/zoo/weights.ts';
import { VOCABULARY, writeTinyZoo } from '../inference/tiny-zoo.ts';
import { manifest } from './write-checkpoint.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'weights-'));
});
afterAll(() => rm(root, { recursive: true }));

const zeros = (...shape: number[]) => float32(new Float32Array(shape.reduce((a, b) => a * b, 1)), shape);

test('all misfits are reported at once', () => {
  const weights = { kept: zeros(2), turned: zeros(3, 2), 'too.many': zeros(1) };
  const expected = { kept: [2], turned: [2, 3], 'is.not.there': [4, 5], nor: [1] };
  const report = () => checkWeights(weights, expected, 'x-lxmert-scenes');
  expect(report).toThrow(WeightsError);
  expect(report).toThrow(
    'x-lxmert-scenes: missing: is.not.there [4,5], nor [1]; surplus: too.many; misshapen: turned is [3,2], not [2,3]',
  );
  expect(() => checkWeights({ kept: zeros(2) }, { kept: [2] }, 'x')).not.toThrow();
});

test('shapes are read from the header; other files are refused', async () => {
  const file = join(root, 'a.safetensors');
  await writeSafetensors(file, { a: zeros(2, 3), b: zeros(4) }, { metadata: { by: 'test' } });
  expect(await readWeightShapes(file)).toEqual({ a: [2, 3], b: [4] });
  const other = join(root, 'b.safetensors');
  for (const content of ['', 'PK\u0003\u0004 a zip file, say', `\u0004${'\0'.repeat(7)}oops`]) {
    await writeFile(other, content);
    await expect(readWeightShapes(other)).rejects.toThrow('is not a safetensors file');
  }
});

test('two files of one checkpoint may not hold the same weight', async () => {
  await writeSafetensors(join(root, 'one.safetensors'), { a: zeros(1) });
  await writeSafetensors(join(root, 'two.safetensors'), { b: zeros(1) });
  const files = ['config.json', 'one.safetensors', 'two.safetensors'];
  expect(Object.keys(await readWeights(root, manifest({ id: 'x', files })))).toEqual(['a', 'b']);
  await writeSafetensors(join(root, 'two.safetensors'), { a: zeros(1) });
  await expect(readWeights(root, manifest({ id: 'x', files }))).rejects.toThrow(
    'two.safetensors: a is in another file',
  );
});

describe('a checkpoint that cannot paint says why', () => {
  const spoil = async (change: (folder: string, generator: string) => Promise<void>): Promise<string> => {
    const zoo = await mkdtemp(join(root, 'zoo-'));
    const source = await writeTinyZoo(zoo);
    await loadPaintCheckpoint(source);
    await change(source.folder, source.components.generator);
    return loadPaintCheckpoint(source).then(
      () => 'loaded',
      (error: Error) => error.message,
    );
  };

  test('a vocabulary of another length', async () => {
    const reason = await spoil((folder) =>
      writeFile(join(folder, 'vocab.txt'), VOCABULARY.slice(1).join('\n')),
    );
    expect(reason).toBe('vocab.txt has 14 tokens, config.json says 15');
  });

  test('weights of another model', async () => {
    const reason = await spoil((folder) =>
      writeSafetensors(join(folder, 'model.safetensors'), { a: zeros(1) }),
    );
    expect(reason).toMatch(/^tiny: missing: bert\.embeddings.*vis_emb\.weight \[64,24\].*; surplus: a$/);
  });

  test('a generator without its sizes', async () => {
    const reason = await spoil((_, generator) => writeFile(join(generator, 'config.json'), '{}'));
    expect(reason).toBe('generator-tiny: config.json does not describe a generator');
  });

  test('a component of the wrong kind', async () => {
    const reason = await spoil(async (_, generator) => {
      const made = await readManifest(generator);
      await writeManifest(generator, { ...made, architecture: 'recogniser' });
    });
    expect(reason).toBe('component generator: generator-tiny is a recogniser');
  });
});
