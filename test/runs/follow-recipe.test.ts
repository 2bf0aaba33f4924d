import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { createOnnxRuntimeEngine } from '../../src/engines/onnxruntime.ts';
import { followRecipe, type Recipe } from '../../src/runs/recipe.ts';
import { tiny } from '../jobs/tiny-kind.ts';

const dataDir = await mkdtemp(join(tmpdir(), 'recipe-'));
afterAll(() => rm(dataDir, { recursive: true, force: true }));

const stage = { why: 'it is tiny', kind: 'tiny', dataset: 'framed-1style' };
const recipe: Recipe = {
  title: 'Two of them',
  stages: [
    { ...stage, name: 'first', seed: 1, hyperparameters: { steps: 40 } },
    { ...stage, name: 'second', seed: 2 },
  ],
};

async function follow(what: Recipe, signal = new AbortController().signal): Promise<string> {
  const said: string[] = [];
  const environment = {
    dataDir,
    checkpointsDir: join(dataDir, 'none'),
    engine: createOnnxRuntimeEngine({ threads: 1 }),
    signal,
    output: { write: (text: string) => said.push(text) > 0 },
    kinds: [tiny],
  };
  await followRecipe(what, environment, 'a commit');
  return said.join('');
}

it('goes on where it was stopped, and trains nothing twice', async () => {
  await expect(follow(recipe, AbortSignal.abort())).rejects.toMatchObject({ name: 'TrainingInterrupted' });
  const said = await follow(recipe);
  expect(said).toMatch(/1\/2 first: it is tiny[\s\S]*2\/2 second: it is tiny/);
  const manifest = JSON.parse(await readFile(join(dataDir, 'runs/first/result/manifest.json'), 'utf8'));
  expect(manifest.trained_by).toEqual({
    command: 'npm run train -- tiny --name first --dataset framed-1style --seed 1 --steps 40',
    seed: 1,
    commit: 'a commit',
  });
  expect(await follow(recipe)).toBe('1/2 first: done\n2/2 second: done\n');
});

it('takes no run for a stage that was trained otherwise', async () => {
  const [first, second] = recipe.stages;
  const changed = { title: 'Another one', stages: [{ ...first!, hyperparameters: { steps: 41 } }, second!] };
  await expect(follow(changed)).rejects.toThrow('There is a run "first" that was trained otherwise');
});
