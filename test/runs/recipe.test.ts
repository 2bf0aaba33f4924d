import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Recipe, Stage } from '../../src/runs/recipe.ts';
import { recipeDocuments } from '../../src/runs/recipe-documents.ts';
import { KINDS } from '../../src/training/kinds.ts';
import { resolveHyperparameters } from '../../src/training/run/hyperparameters.ts';
import type { Manifest } from '../../src/zoo/manifest.ts';

const root = join(import.meta.dirname, '../..');
const files = readdirSync(join(root, 'recipes')).filter((file) => file.endsWith('.ts'));
const recipes = await Promise.all(
  files.map(async (file) => ((await import(join(root, 'recipes', file))) as { default: Recipe }).default),
);
const stages = recipes.flatMap((recipe) => recipe.stages);
const checkpoints = readdirSync(join(root, 'checkpoints')).flatMap((model) =>
  readdirSync(join(root, 'checkpoints', model), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `${model}/${name}`),
);
const manifestOf = (path: string) =>
  JSON.parse(readFileSync(join(root, 'checkpoints', path, 'manifest.json'), 'utf8')) as Manifest;

/** What a recorded command asked for, without where it ran and what it built on. */
function asked(command: string) {
  const [kind, ...rest] = command.replace('npm run train -- ', '').split(' ');
  const flags = new Map<string, string>();
  for (let i = 0; i < rest.length; i += 2) flags.set(rest[i]!.slice(2).replaceAll('-', '_'), rest[i + 1]!);
  const [name, seed] = [flags.get('name'), Number(flags.get('seed'))];
  const others = [
    'name',
    'seed',
    'threads',
    'dataset',
    'grid_encoder',
    'visual_vocabulary',
    'generator',
    'base_model',
  ];
  for (const other of others) flags.delete(other);
  return { kind, name, seed, hyperparameters: Object.fromEntries(flags) };
}

const told = ({ kind, name, seed, hyperparameters = {} }: Stage) => ({
  kind,
  name,
  seed,
  hyperparameters: Object.fromEntries(
    Object.entries(hyperparameters).map(([key, value]) => [key, String(value)]),
  ),
});

it.each(checkpoints)('%s was made as its recipe says', (path) => {
  const { trained_by, trained_before = [], data } = manifestOf(path);
  if (trained_by.command.startsWith('npm run import ')) {
    const imported = recipes.flatMap(({ imports = [] }) => imports).find(({ publish }) => publish === path);
    expect(imported?.command).toBe(trained_by.command);
    const [, recipe] = /--from (\S+)/.exec(trained_by.command)!;
    expect(readdirSync(join(root, 'recipes')).map((file) => `recipes/${file}`)).toContain(recipe);
    return;
  }
  const stage = stages.find(({ publish }) => publish === path);
  expect(stage).toMatchObject({ dataset: data.name, seed: trained_by.seed });
  for (const { command } of [...trained_before, trained_by]) {
    const made = asked(command);
    expect(stages.filter(({ name }) => name === made.name).map(told)).toEqual([made]);
  }
});

it.each(recipes.map((recipe) => [recipe.title, recipe] as const))(
  '%s: every stage can be trained',
  (_, recipe) => {
    const before = new Set([...checkpoints, ...(recipe.imports ?? []).map(({ publish }) => publish)]);
    for (const { name, kind: wanted, components = {}, hyperparameters = {} } of recipe.stages) {
      const kind = KINDS.find((one) => one.name === wanted)!;
      resolveHyperparameters(kind, hyperparameters);
      for (const [role, component] of Object.entries(components)) {
        expect([...kind.requires, ...kind.optional]).toContain(role);
        expect(before).toContain(component);
      }
      expect(before).not.toContain(name);
      before.add(name);
    }
  },
);

it('documents and cards say what the recipes say', async () => {
  const documents = [...(await recipeDocuments())];
  expect(documents).toHaveLength(checkpoints.length + 1);
  const different = documents.filter(([path, text]) => readFileSync(path, 'utf8') !== text);
  // npm run recipes writes them.
  expect(different.map(([path]) => path)).toEqual([]);
});
