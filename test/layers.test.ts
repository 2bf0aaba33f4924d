import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const source = fileURLToPath(new URL('../src', import.meta.url));

/** What the folders in the middle of the house may import of src; the rest stands above them. */
const BELOW: Record<string, readonly string[]> = {
  compile: ['tensor.ts'],
  // The engine's interface, not an engine.
  models: ['tensor.ts', 'engines/engine.ts', 'random.ts'],
  engines: ['compile', 'tensor.ts'],
  sampling: ['models', 'engines', 'random.ts', 'tensor.ts'],
  pictures: ['errors.ts'],
  datasets: ['answers.ts', 'errors.ts', 'litter.ts', 'pictures', 'random.ts', 'text.ts'],
  evaluation: ['answers.ts', 'datasets', 'engines', 'models', 'random.ts', 'sampling', 'tensor.ts'],
  training: [
    'answers.ts',
    'datasets',
    'engines',
    'errors.ts',
    'evaluation',
    'make-folder.ts',
    'models',
    'pictures',
    'random.ts',
    'safetensors.ts',
    'sampling',
    'tensor.ts',
    'tokenizer.ts',
  ],
  zoo: [
    'answers.ts',
    'litter.ts',
    'make-folder.ts',
    'models',
    'safetensors.ts',
    'tensor.ts',
    'text.ts',
    'tokenizer.ts',
  ],
  inference: [
    'end-signals.ts',
    'engines',
    'errors.ts',
    'models',
    'pictures',
    'random.ts',
    'sampling',
    'tensor.ts',
    'tokenizer.ts',
    'zoo',
  ],
  database: ['config.ts', 'errors.ts', 'generated', 'make-folder.ts', 'text.ts'],
};

const imports = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.startsWith('generated'))
  .flatMap((file) =>
    [...readFileSync(join(source, file), 'utf8').matchAll(/(?:from|import\(?) ?'([^']+)'/g)].map(
      ([, name]) => ({
        file,
        layer: file.split('/')[0]!,
        target: name!.startsWith('.') ? normalize(join(dirname(file), name!)) : name!,
        ours: name!.startsWith('.'),
      }),
    ),
  );

it.each(Object.entries(BELOW))('%s imports nothing from above', (layer, allowed) => {
  const mine = imports.filter((one) => one.layer === layer && one.ours);
  expect(mine.length).toBeGreaterThan(0);
  const strangers = mine.filter(
    ({ target }) => ![layer, ...allowed].some((name) => target === name || target.startsWith(`${name}/`)),
  );
  expect(strangers).toEqual([]);
});

it.each(['models', 'compile'])('%s touches neither disk, HTTP nor the database', (layer) => {
  const outside = imports.filter((one) => one.layer === layer && !one.ours).map(({ target }) => target);
  const allowed = [
    '@tensorflow/tfjs-core',
    '@tensorflow/tfjs-converter',
    'protobufjs/minimal.js',
    'typebox',
    'typebox/value',
  ];
  expect(outside.filter((name) => !allowed.includes(name))).toEqual([]);
});
