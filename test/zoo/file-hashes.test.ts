import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it, vi } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'xlxmert-hashes-'));
const memory = join(folder, 'cache/checkpoint-hashes.json');
const file = join(folder, 'weights');
afterAll(() => rmSync(folder, { recursive: true }));

/** What another process has: the module, without what this one knows. */
async function freshProcess() {
  vi.resetModules();
  const module = await import('../../src/zoo/file-hashes.ts');
  module.rememberHashes(folder);
  return module;
}

/** Hashes are written behind the answer: nothing is, once this one stands there. */
const written = (sha256: string) =>
  vi.waitFor(() => {
    const known = JSON.parse(readFileSync(memory, 'utf8'));
    expect(known[file].sha256).toBe(sha256);
    return known;
  });

it('a large file is hashed once, by this process and by the next, until it changes', async () => {
  writeFileSync(file, Buffer.alloc(2 ** 20, 1));
  const sha256 = createHash('sha256').update(readFileSync(file)).digest('hex');
  const first = await freshProcess();
  expect(await Promise.all([first.hashFile(file), first.hashFile(file)])).toEqual([sha256, sha256]);
  const known = await written(sha256);
  // Told from a hash that was made again.
  const marked = 'f'.repeat(64);
  writeFileSync(memory, JSON.stringify({ [file]: { ...known[file], sha256: marked } }));
  const second = await freshProcess();
  expect(await second.hashFile(file)).toBe(marked);
  writeFileSync(file, Buffer.alloc(2 ** 20, 2));
  const changed = createHash('sha256').update(readFileSync(file)).digest('hex');
  expect(await second.hashFile(file)).toBe(changed);
  await written(changed);
});

it('what it remembers may be damaged, or gone', async () => {
  for (const text of ['{"', '[]', '{"x": null}', `{"${file}": {"stamp": 1, "sha256": "no"}}`]) {
    writeFileSync(memory, text);
    const { hashFile } = await freshProcess();
    const sha256 = createHash('sha256').update(readFileSync(file)).digest('hex');
    expect(await hashFile(file)).toBe(sha256);
    await written(sha256);
  }
});
