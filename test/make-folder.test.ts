import { mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { UsageError } from '../src/errors.ts';
import { makeFolder } from '../src/make-folder.ts';

const root = mkdtempSync(join(tmpdir(), 'xlxmert-folder-'));
afterAll(() => rmSync(root, { recursive: true }));

it('makes a folder with those above it, once, with the mode for the last', () => {
  const path = join(root, 'a/b/c');
  makeFolder(path, 'X', 0o700);
  makeFolder(path, 'X', 0o755);
  expect([path, join(root, 'a')].map((one) => statSync(one).mode & 0o777)).toEqual([0o700, 0o755]);
});

writeFileSync(join(root, 'file'), '');
symlinkSync(join(root, 'circle'), join(root, 'circle'));
const cases: [string, RegExp][] = [
  [join(root, 'file'), /it is a file/],
  [join(root, 'file/x'), /a part of the path is a file/],
  [join(root, 'circle/x'), /it goes in a circle of links/],
  [join(root, 'n'.repeat(300)), /a name in it is too long/],
];
// Node's own recursive mkdir never comes back from this one.
if (process.platform === 'linux') cases.push(['/proc/x/y', /nothing can be made there/]);

it.each(cases)('says why %s cannot be made', (path, why) => {
  const make = () => makeFolder(path, 'DATA_DIR');
  expect(make).toThrow(UsageError);
  expect(make).toThrow(why);
  expect(make).toThrow(/^DATA_DIR is "/);
});
