import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { float32 } from '../../src/tensor.ts';
import { createZoo } from '../../src/zoo/discovery.ts';
import type { Manifest } from '../../src/zoo/manifest.ts';
import { pathOf, planRemoval, removeFolders } from '../../src/zoo/remove-checkpoint.ts';
import { manifest, writeCheckpoint } from './write-checkpoint.ts';

let root: string;
let shipped: string;
let own: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'removal-'));
  shipped = join(root, 'shipped');
  own = join(root, 'own');
});
afterEach(() => rm(root, { recursive: true }));

const add = (under: string, path: string, fields: Partial<Manifest> = {}) =>
  writeCheckpoint(under, path, {
    manifest: manifest({ id: path.replace('/', '-'), ...fields }),
    weights: { a: float32([1], [1]) },
  });
const plan = async (id: string) => planRemoval(await createZoo([shipped, own]).scan(), id, own);
const paths = async (id: string) => {
  const removal = await plan(id);
  return removal !== undefined && 'folders' in removal ? removal.folders.map(pathOf) : removal;
};

it('takes what was promoted or imported, with the parts that nobody else is built on', async () => {
  const generator = { architecture: 'generator' as const, tasks: [] };
  await add(own, 'parts/encoder', { architecture: 'grid-encoder', tasks: [] });
  await add(own, 'parts/vocabulary', {
    ...{ architecture: 'visual-vocabulary', tasks: [] },
    components: { grid_encoder: 'parts/encoder' },
  });
  await add(own, 'generator/mine', generator);
  const components = { generator: 'generator/mine', visual_vocabulary: 'parts/vocabulary' };
  await add(own, 'promoted/a', { components });
  expect(await paths('promoted-a')).toEqual(['promoted/a', 'parts/vocabulary', 'parts/encoder']);
  await add(own, 'promoted/b', { components: { grid_encoder: 'parts/encoder' } });
  expect(await paths('promoted-a')).toEqual(['promoted/a', 'parts/vocabulary']);

  const removal = (await plan('promoted-a')) as { folders: string[] };
  await removeFolders(removal.folders);
  const { entries, problems } = await createZoo([shipped, own]).scan();
  expect([entries.map(({ id }) => id), problems]).toEqual([
    ['generator-mine', 'parts-encoder', 'promoted-b'],
    [],
  ]);
  expect(await readdir(join(own, 'promoted'))).toEqual(['b']);
});

it('refuses what came with the server, and what others are built on', async () => {
  await add(shipped, 'x-lxmert/scenes');
  await add(own, 'generator/mine', { architecture: 'generator', tasks: [] });
  await add(own, 'promoted/a', { components: { generator: 'generator/mine' } });
  expect(await plan('x-lxmert-scenes')).toEqual({ refused: 'shipped' });
  expect(await plan('generator-mine')).toEqual({ refused: 'in-use', by: ['promoted-a'] });
  expect(await plan('nothing')).toBeUndefined();
});

it('takes one that cannot be hosted, too', async () => {
  const folder = await add(own, 'promoted/broken');
  await writeFile(join(folder, 'manifest.json'), '{');
  expect(await paths('promoted-broken')).toEqual(['promoted/broken']);
});
