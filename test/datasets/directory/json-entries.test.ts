import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { jsonEntries, MAX_ENTRY_BYTES, parseEntry } from '../../../src/datasets/directory/json-entries.ts';
import { createRandom } from '../../../src/random.ts';

let folder: string;
let path: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'entries-'));
  path = join(folder, 'x.json');
});
afterAll(() => rm(folder, { recursive: true }));

async function read(bytes: string | Uint8Array): Promise<unknown[]> {
  await writeFile(path, bytes);
  const values: unknown[] = [];
  for await (const { value } of jsonEntries(path)) values.push(value);
  return values;
}

it('reads what JSON.parse reads, across chunks, and says where each entry is', async () => {
  const random = createRandom('entries');
  const texts = ['a', '"', '\\', '\\"', ']', '},{', 'ü', '漢字', '😀', '\u2028', ' ', '[', ','];
  const text = () => Array.from({ length: random.int(40) }, () => random.pick(texts)).join('');
  const values = Array.from({ length: 12_000 }, (_, i) =>
    random.pick<unknown>([{ [text()]: [text(), { x: text() }], i }, text(), i / 7, null, [], [[text()], {}]]),
  );
  for (const [indent, encoding] of [
    [0, 'utf-8'],
    [3, 'utf-8'],
    [0, 'utf-16le'],
    [0, 'utf-16be'],
  ] as const) {
    const written = `\ufeff \n${JSON.stringify(values, null, indent)}\n`;
    const bytes = Buffer.from(written, encoding === 'utf-8' ? 'utf8' : 'utf16le');
    if (encoding === 'utf-16be') bytes.swap16();
    // Several chunks of 256 KiB.
    expect(bytes.length).toBeGreaterThan(1 << 19);
    await writeFile(path, bytes);
    const hash = createHash('sha256');
    const read: unknown[] = [];
    const found: unknown[] = [];
    for await (const { index, offset, length, value } of jsonEntries(path, hash)) {
      expect(index).toBe(read.length);
      read.push(value);
      found.push(parseEntry(bytes.subarray(offset, offset + length), encoding));
    }
    expect(read).toEqual(values);
    expect(found).toEqual(values);
    expect(hash.digest('hex')).toBe(createHash('sha256').update(bytes).digest('hex'));
  }
  expect(await read(' [ ] ')).toEqual([]);
});

it.each([
  ['', 'not_json', null],
  ['{}', 'not_json', null],
  ['[1, 2', 'not_json', null],
  ['[1,,2]', 'not_json', 1],
  ['[1,]', 'not_json', 1],
  ['[}, 1]', 'not_json', 0],
  ['[1 2]', 'not_json', 0],
  ['[1] 2', 'not_json', null],
  ['[{"a": "\u0001"}]', 'not_json', 0],
])('%j is refused', async (text, code, entry) => {
  await expect(read(text)).rejects.toMatchObject({ code, entry });
});

it('what is not UTF-8, too long, or not there is refused', async () => {
  await expect(read(Buffer.from([0x5b, 0x22, 0xff, 0x22, 0x5d]))).rejects.toMatchObject({ code: 'not_json' });
  const long = (bytes: number) => `["${'x'.repeat(bytes - 2)}"]`;
  expect(await read(long(MAX_ENTRY_BYTES))).toHaveLength(1);
  await expect(read(long(MAX_ENTRY_BYTES + 1))).rejects.toMatchObject({ code: 'entry_too_large', entry: 0 });
  await expect(read(`[1, "${'x'.repeat(8 << 20)}`)).rejects.toMatchObject({
    code: 'entry_too_large',
    entry: 1,
  });
  await expect(jsonEntries(join(folder, 'none')).next()).rejects.toMatchObject({ code: 'unreadable' });
});
