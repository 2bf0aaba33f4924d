import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeText, isStorable, readJsonFile, readTextFile, storable, TextError } from '../src/text.ts';

const TEXT = 'eins\r\nzwei über 漢字 😀\n';
const le = (text: string) => Buffer.from(text, 'utf16le');

describe('a text', () => {
  it.each([
    ['UTF-8', Buffer.from(TEXT)],
    ['UTF-8 with a byte order mark', Buffer.from(`\ufeff${TEXT}`)],
    ['UTF-16, the small end first', le(`\ufeff${TEXT}`)],
    ['UTF-16, the big end first', le(`\ufeff${TEXT}`).swap16()],
  ])('in %s is read', (_name, bytes) => {
    expect(decodeText(bytes)).toBe(TEXT);
  });

  it.each([
    ['Latin-1', Buffer.from('a\nb\nf\xfcr', 'latin1'), /UTF-8 \(line 3\)/],
    ['half a character', Buffer.from([0x61, 0x0a, 0xe6, 0xbc]), /line 2/],
    ['UTF-16 without a mark', le('abc'), /NUL.*UTF-16/],
    ['UTF-16 with half of a pair', le('\ufeffa\ud800b'), /UTF-16LE/],
    ['UTF-16 of an odd number of bytes', le('\ufeffab').subarray(0, 5), /UTF-16LE/],
  ])('in %s is refused', (_name, bytes, message) => {
    expect(() => decodeText(bytes)).toThrow(TextError);
    expect(() => decodeText(bytes)).toThrow(message);
  });

  it('that the database does not take is known, and can be made one that it takes', () => {
    for (const [text, made] of [
      ['a\0b', 'a\ufffdb'],
      ['a\ud800b', 'a\ufffdb'],
      ['\udc00', '\ufffd'],
    ] as const) {
      expect(isStorable(text)).toBe(false);
      expect(storable(text)).toBe(made);
    }
    for (const text of ['', TEXT, '\u0001\u2028'])
      expect([isStorable(text), storable(text)]).toEqual([true, text]);
  });
});

describe('a file', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'text-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('that is wrong is named', async () => {
    const path = join(folder, 'a.txt');
    await writeFile(path, Buffer.from([0xff, 0xff]));
    await expect(readTextFile(path)).rejects.toThrow(`${path} is not valid UTF-8 (line 1)`);
    await writeFile(path, '{');
    await expect(readJsonFile(path)).rejects.toThrow(`${path} is not JSON`);
    await writeFile(path, '\ufeff{"a": 1}');
    expect(await readJsonFile(path)).toEqual({ a: 1 });
    await expect(readTextFile(join(folder, 'none'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
