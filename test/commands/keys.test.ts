import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'xlxmert-keys-'));
  chmodSync(folder, 0o755);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function keys(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', 'tsx', 'src/main.ts', 'keys', ...args],
    { cwd: root, encoding: 'utf8', env: { PATH: process.env.PATH, DATA_DIR: folder } },
  );
  return { status, stdout, stderr };
}

it('makes, lists and revokes keys, and shows a key once', () => {
  const made = keys('create', '--scope', 'infer,train', '--name', 'mine');
  const [key = '', , note = ''] = made.stdout.split('\n');
  expect([made.status, key]).toEqual([0, expect.stringMatching(/^xlz_[a-z0-9]{26}_[\w-]{43}$/)]);
  const id = note.split(' ')[0]!;
  const listed = keys('list').stdout;
  expect(listed).toMatch(new RegExp(`^${id}  \\S+ \\S+  valid   infer,train +mine$`, 'm'));
  // A secret may have underscores of its own.
  expect(listed).not.toContain(key.slice('xlz_'.length + 27));
  keys('create', '--scope', 'infer', '--rate', '60', '--images-per-day', '500', '--name', 'few');
  expect(keys('list').stdout).toContain('(60 requests a minute, 500 images a day) few');
  const few = /^(key_\S+).* few$/m.exec(keys('list').stdout)![1]!;
  expect(
    keys('change', few, '--rate', '90', '--images-per-day', 'none', '--scope', 'infer,train'),
  ).toMatchObject({
    ...{ status: 0, stdout: `changed: ${few}\n` },
  });
  expect(keys('list').stdout).toMatch(/ infer,train +\(90 requests a minute\) few$/m);
  expect(keys('revoke', id)).toMatchObject({ status: 0, stdout: `revoked: ${id}\n` });
  expect(keys('list').stdout).toContain('revoked');
});

it.each([
  [['create', '--scope', 'paint'], /infer, train, metrics, admin/],
  [['create'], /--scope/],
  [['change', 'key_1'], /Say what is to change/],
  [['change', 'key_1', '--name', 'x'], /There is no valid key "key_1"/],
  [['create', '--scope', 'infer', '--rate', '0'], /--rate is "0"/],
  [['destroy'], /keys create/],
])('refuses %j', (args, message) => {
  const { status, stderr } = keys(...args);
  expect([status, stderr]).toEqual([2, expect.stringMatching(message)]);
});
