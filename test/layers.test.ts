import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const source = fileURLToPath(new URL('../src', import.meta.url));

/** What each folder of src may import of the others and of the files beside them, from the ground up. */
const BELOW: Record<string, readonly string[]> = {
  compile: ['tensor.ts'],
  // The engine's interface, not an engine.
  models: ['boxes.ts', 'tensor.ts', 'engines/engine.ts', 'random.ts', 'text-lengths.ts'],
  engines: ['compile', 'fault.ts', 'tensor.ts'],
  encoders: ['boxes.ts', 'models', 'engines', 'tensor.ts'],
  sampling: ['models', 'engines', 'fault.ts', 'ngrams.ts', 'random.ts', 'tensor.ts', 'text-lengths.ts'],
  pictures: ['errors.ts'],
  datasets: [
    'answers.ts',
    'articles.ts',
    'atomic-files.ts',
    'disk-space.ts',
    'errors.ts',
    'fault.ts',
    'grid.ts',
    'boxes.ts',
    'keep-last.ts',
    'litter.ts',
    'pictures',
    'random.ts',
    'text-lengths.ts',
    'text.ts',
  ],
  evaluation: [
    'answers.ts',
    'articles.ts',
    'datasets',
    'engines',
    'fault.ts',
    'grid.ts',
    'models',
    'random.ts',
    'sampling',
    'tensor.ts',
    'ngrams.ts',
  ],
  training: [
    'answers.ts',
    'atomic-files.ts',
    'datasets',
    'encoders',
    'engines',
    'errors.ts',
    'evaluation',
    'fault.ts',
    'grid.ts',
    'boxes.ts',
    'make-folder.ts',
    'models',
    'pictures',
    'random.ts',
    'safetensors.ts',
    'sampling',
    'tensor.ts',
    'text-lengths.ts',
    'tokenizer.ts',
    'processes.ts',
  ],
  zoo: [
    'answers.ts',
    'atomic-files.ts',
    'grid.ts',
    'boxes.ts',
    'litter.ts',
    'make-folder.ts',
    'models',
    'safetensors.ts',
    'tensor.ts',
    'text.ts',
    'tokenizer.ts',
  ],
  inference: [
    'articles.ts',
    'encoders',
    'end-signals.ts',
    'engines',
    'errors.ts',
    'keep-last.ts',
    'models',
    'pictures',
    'random.ts',
    'sampling',
    'tensor.ts',
    'text-lengths.ts',
    'tokenizer.ts',
    'tracing.ts',
    'zoo',
  ],
  store: [
    'atomic-files.ts',
    'database',
    'errors.ts',
    'generated',
    'litter.ts',
    'make-folder.ts',
    'zoo/file-hashes.ts',
    'processes.ts',
  ],
  replicas: ['database', 'errors.ts', 'inference', 'store', 'tracing.ts', 'zoo'],
  database: ['disk-space.ts', 'errors.ts', 'generated', 'make-folder.ts', 'text.ts', 'processes.ts'],
  setup: ['engines', 'models', 'tensor.ts'],
  runs: [
    'atomic-files.ts',
    'datasets',
    'disk-space.ts',
    'end-signals.ts',
    'end-with-parent.ts',
    'engines',
    'errors.ts',
    'inference',
    'litter.ts',
    'safetensors.ts',
    'tensor.ts',
    'text.ts',
    'training',
    'zoo',
  ],
  jobs: [
    'database',
    'datasets',
    'disk-space.ts',
    'end-signals.ts',
    'end-with-parent.ts',
    'engines',
    'errors.ts',
    'generated',
    'litter.ts',
    'make-folder.ts',
    'random.ts',
    'runs',
    'store',
    'text.ts',
    'tracing.ts',
    'training',
    'zoo',
  ],
  backup: [
    'atomic-files.ts',
    'database',
    'disk-space.ts',
    'errors.ts',
    'jobs',
    'make-folder.ts',
    'store',
    'zoo/file-hashes.ts',
    'processes.ts',
  ],
  studies: [
    'database',
    'datasets',
    'errors.ts',
    'evaluation',
    'fault.ts',
    'generated',
    'inference',
    'pictures',
    'random.ts',
    'runs',
    'sampling',
    'training',
  ],
  webhooks: ['database', 'errors.ts', 'generated', 'public-addresses.ts'],
  plugins: [
    'config.ts',
    'database',
    'errors.ts',
    'inference',
    'pictures',
    'services.ts',
    'text.ts',
    'tracing.ts',
    'version.ts',
  ],
  routes: [
    'database',
    'disk-space.ts',
    'errors.ts',
    'generated',
    'grid.ts',
    'inference',
    'jobs',
    'plugins',
    'random.ts',
    'runs',
    'sampling',
    'services.ts',
    'studies',
    'text-lengths.ts',
    'tokenizer.ts',
    'training',
    'webhooks',
    'zoo',
  ],
};

/** Commands put everything together, and nothing imports them. */
const TOP = 'commands';

it('knows every folder of src', () => {
  const folders = readdirSync(source, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  expect(folders.map(({ name }) => name).sort()).toEqual([...Object.keys(BELOW), 'generated', TOP].sort());
});

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

it('nothing imports a command', () => {
  const below = imports.filter(({ layer }) => layer !== TOP && layer !== 'main.ts');
  expect(below.filter(({ target }) => target.startsWith(`${TOP}/`))).toEqual([]);
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
