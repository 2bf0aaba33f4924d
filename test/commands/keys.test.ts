import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { runCommand } from '../../src/commands/index.ts';
import { isMistake } from '../../src/errors.ts';
import { addressOf, createTestDatabase, type TestDatabase } from '../database/test-database.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
let folder: string;
let database: TestDatabase;
let said: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'xlxmert-keys-'));
  chmodSync(folder, 0o755);
  database = await createTestDatabase();
});
afterAll(async () => {
  await database.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => {
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    said += text;
    return true;
  });
});
afterEach(() => vi.restoreAllMocks());

/** What it writes. */
async function keys(...args: string[]): Promise<string> {
  said = '';
  await runCommand('keys', [...args, '--database-url', addressOf(database.connection)]);
  return said;
}

/** As from a shell, on a database of its own in DATA_DIR. */
function typed(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['bin/xlxmert-zoo.mjs', 'keys', ...args], {
    cwd: root,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, DATA_DIR: folder },
  });
  return { status, stdout, stderr };
}

it('makes a key that is there when the command has ended', () => {
  const made = typed('create', '--scope', 'infer', '--name', 'mine');
  expect(made).toMatchObject({ status: 0, stdout: expect.stringMatching(/^xlz_[a-z0-9]{26}_[\w-]{43}\n/) });
  expect(typed('list')).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(/^key_.* valid +infer +mine$/m),
  });
  expect(typed('change', 'key_1', '--name', 'x')).toMatchObject({
    ...{ status: 2, stderr: expect.stringMatching(/There is no valid key "key_1"/) },
  });
});

it('makes, lists and revokes keys, and shows a key once', async () => {
  const [key = '', , note = ''] = (await keys('create', '--scope', 'infer,train', '--name', 'mine')).split(
    '\n',
  );
  expect(key).toMatch(/^xlz_[a-z0-9]{26}_[\w-]{43}$/);
  const id = note.split(' ')[0]!;
  const listed = await keys('list');
  expect(listed).toMatch(new RegExp(`^${id}  \\S+ \\S+  valid   infer,train +mine$`, 'm'));
  // A secret may have underscores of its own.
  expect(listed).not.toContain(key.slice('xlz_'.length + 27));
  await keys('create', '--scope', 'infer', '--rate', '60', '--images-per-day', '500', '--name', 'few');
  const more = await keys('list');
  expect(more).toContain('(60 requests a minute, 500 images a day) few');
  const few = /^(key_\S+).* few$/m.exec(more)![1]!;
  expect(
    await keys('change', few, '--rate', '90', '--images-per-day', 'none', '--scope', 'infer,train'),
  ).toBe(`changed: ${few}\n`);
  expect(await keys('list')).toMatch(/ infer,train +\(90 requests a minute\) few$/m);
  expect(await keys('revoke', id)).toBe(`revoked: ${id}\n`);
  expect(await keys('list')).toContain('revoked');
});

it.each([
  [['create', '--scope', 'paint'], /infer, train, metrics, admin/],
  [['create'], /--scope/],
  [['change', 'key_1'], /Say what is to change/],
  [['change', 'key_1', '--name', 'x'], /There is no valid key "key_1"/],
  [['create', '--scope', 'infer', '--rate', '0'], /--rate is "0"/],
  [['destroy'], /keys create/],
])('refuses %j', async (args, message) => {
  const error = await keys(...args).catch((thrown: unknown) => thrown);
  expect([isMistake(error), String(error)]).toEqual([true, expect.stringMatching(message)]);
});
