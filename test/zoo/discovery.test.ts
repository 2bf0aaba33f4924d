import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { float32 } from '../../src/tensor.ts';
import { createZoo } from '../../src/zoo/discovery.ts';
import { type Manifest, parseManifest } from '../../src/zoo/manifest.ts';
import { manifest, writeCheckpoint } from './write-checkpoint.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'zoo-'));
});
afterEach(() => rm(root, { recursive: true }));

const add = (path: string, fields: Partial<Manifest> = {}, value = 1, under = root) =>
  writeCheckpoint(under, path, {
    manifest: manifest({ id: path.replace('/', '-'), ...fields }),
    weights: { a: float32([value, 2, 3], [3]) },
  });

async function revisions(): Promise<Record<string, string>> {
  const { entries, problems } = await createZoo([root]).scan();
  expect(problems).toEqual([]);
  return Object.fromEntries(entries.map(({ id, revision }) => [id, revision]));
}

test('finds checkpoints, their components and the number of parameters of both', async () => {
  await add('generator/scenes', { architecture: 'generator', tasks: [] });
  await add('x-lxmert/scenes', { components: { generator: 'generator/scenes' } });
  const zoo = createZoo([root, join(root, 'missing')]);
  const { entries, problems } = await zoo.scan();
  expect(problems).toEqual([]);
  expect(entries.map(({ id, path, parameters }) => [id, path, parameters])).toEqual([
    ['generator-scenes', 'generator/scenes', 3],
    ['x-lxmert-scenes', 'x-lxmert/scenes', 6],
  ]);
  expect(entries[1]!.components.generator).toBe(entries[0]);
});

test('the revision is the content: weights, config, components; not the card, not the place', async () => {
  await add('generator/scenes', { architecture: 'generator', tasks: [] });
  await add('x-lxmert/scenes', { components: { generator: 'generator/scenes' } });
  const first = await revisions();
  expect(first['x-lxmert-scenes']).toMatch(/^[0-9a-f]{64}$/);

  await add('x-lxmert/scenes', { components: { generator: 'generator/scenes' }, metrics: { recall: 0.9 } });
  await writeFile(join(root, 'x-lxmert/scenes/README.md'), '# card');
  expect(await revisions()).toEqual(first);

  await add('generator/scenes', { architecture: 'generator', tasks: [] }, 5);
  const second = await revisions();
  expect(second['generator-scenes']).not.toBe(first['generator-scenes']);
  expect(second['x-lxmert-scenes']).not.toBe(first['x-lxmert-scenes']);

  await writeFile(join(root, 'x-lxmert/scenes/config.json'), '{"other": 1}');
  const third = await revisions();
  expect(third['generator-scenes']).toBe(second['generator-scenes']);
  expect(third['x-lxmert-scenes']).not.toBe(second['x-lxmert-scenes']);
});

test('one scan notices what changed since the last of the same zoo', async () => {
  await add('a/one');
  const zoo = createZoo([root]);
  const before = (await zoo.scan()).entries[0]!.revision;
  expect((await zoo.scan()).entries[0]!.revision).toBe(before);
  await add('a/one', {}, 9);
  await add('a/two');
  const { entries } = await zoo.scan();
  expect(entries.map(({ id }) => id)).toEqual(['a-one', 'a-two']);
  expect(entries[0]!.revision).not.toBe(before);
});

test('what cannot be hosted is told with its reason, and hosts nothing else badly', async () => {
  await add('a/fine');
  await add('a/no-component', { components: { generator: 'generator/none' } });
  await add('a/no-file', { files: ['config.json', 'other.safetensors'] });
  await add('c/one', { components: { generator: 'c/two' } });
  await add('c/two', { components: { generator: 'c/one' } });
  await add('z/twin', { id: 'a-fine' });
  await mkdir(join(root, 'b/broken'), { recursive: true });
  await writeFile(join(root, 'b/broken/manifest.json'), '{"id": "B!"');
  await mkdir(join(root, 'b/unfinished'));
  await writeFile(join(root, 'b/not-a-folder'), '');
  const { entries, problems } = await createZoo([root]).scan();
  expect(entries.map(({ id }) => id)).toEqual(['a-fine']);
  const reasons = Object.fromEntries(
    problems.map(({ folder, reason }) => [folder.slice(root.length + 1), reason]),
  );
  expect(reasons).toEqual({
    'a/no-component': 'component generator: no checkpoint generator/none',
    'a/no-file': 'file other.safetensors cannot be read (ENOENT)',
    'b/broken': 'manifest.json is not JSON',
    'c/one': expect.stringContaining('c/one → c/two → c/one'),
    'c/two': expect.stringContaining('circle'),
    'z/twin': `its id or path is taken by ${join(root, 'a/fine')}`,
  });
});

test('the shipped folder wins over a later one', async () => {
  const later = join(root, 'later');
  const shipped = join(root, 'shipped');
  await add('a/one', {}, 1, shipped);
  await add('a/one', {}, 2, later);
  const { entries, problems } = await createZoo([shipped, later]).scan();
  expect(entries.map(({ folder }) => folder)).toEqual([join(shipped, 'a/one')]);
  expect(problems.map(({ folder }) => folder)).toEqual([join(later, 'a/one')]);
});

test('a manifest names every field that is wrong', () => {
  const good = manifest({ id: 'fine' });
  expect(parseManifest(JSON.stringify(good))).toEqual(good);
  const bad = JSON.stringify({ ...good, id: '../up', files: ['/etc/passwd'], created: 'today', extra: 1 });
  expect(() => parseManifest(bad)).toThrow(/\/id .*\/files\/0 .*\/created /);
  expect(() => parseManifest(bad)).toThrow(/additional/);
});
