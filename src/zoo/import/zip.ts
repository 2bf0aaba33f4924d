/** The directory of a zip file whose entries are stored, not compressed: what torch.save writes. Zip64 too. */
import { ImportError } from './error.ts';
import type { RandomAccess } from './random-access.ts';

export interface ZipEntry {
  name: string;
  /** Bytes. */
  size: number;
  crc32: number;
  /** Place of the entry's header in the file. */
  header: number;
}

const END_BYTES = 22;
const LONGEST_COMMENT = 0xffff;
/** A state dict has an entry per weight. */
const MOST_ENTRIES = 100_000;
const LARGEST_DIRECTORY = 64 << 20;

export async function readZipDirectory(file: RandomAccess): Promise<Map<string, ZipEntry>> {
  const fail = (why: string): never => {
    throw new ImportError('damaged', `${file.path}: ${why}`);
  };
  const { entries, bytes, offset } = await findDirectory(file, fail);
  if (entries > MOST_ENTRIES || bytes > LARGEST_DIRECTORY) {
    throw new ImportError('too_large', `${file.path}: a zip directory of ${entries} entries, ${bytes} bytes`);
  }
  const directory = await file.read(offset, bytes);
  const found = new Map<string, ZipEntry>();
  let at = 0;
  for (let i = 0; i < entries; i++) {
    if (at + 46 > bytes || directory.readUInt32LE(at) !== 0x02014b50) fail('its zip directory is damaged');
    const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((field) =>
      directory.readUInt16LE(at + field),
    ) as [number, number, number];
    const end = at + 46 + nameBytes + extraBytes + commentBytes;
    if (end > bytes) fail('its zip directory is damaged');
    const name = directory.toString('utf8', at + 46, at + 46 + nameBytes);
    if (directory.readUInt16LE(at + 8) & 1) {
      throw new ImportError('unsupported', `${file.path}: ${name} is encrypted`);
    }
    if (directory.readUInt16LE(at + 10) !== 0) {
      throw new ImportError(
        'unsupported',
        `${file.path}: ${name} is compressed, which torch.save never does`,
      );
    }
    if (found.has(name)) fail(`${name} is in it twice`);
    const extra = directory.subarray(at + 46 + nameBytes, at + 46 + nameBytes + extraBytes);
    const wide = wideFields(extra, directory, at);
    if (wide.size !== wide.compressed) fail(`${name} has two sizes`);
    found.set(name, { name, size: wide.size, crc32: directory.readUInt32LE(at + 16), header: wide.header });
    at = end;
  }
  return found;
}

/** Where an entry's bytes begin. @throws ImportError when the header contradicts the directory */
export async function zipDataOffset(file: RandomAccess, entry: ZipEntry): Promise<number> {
  const header = await file.read(entry.header, 30);
  if (header.readUInt32LE(0) !== 0x04034b50) {
    throw new ImportError('damaged', `${file.path}: ${entry.name} is not where its zip directory says`);
  }
  const data = entry.header + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
  if (data + entry.size > file.size) {
    throw new ImportError('truncated', `${file.path}: ${entry.name} goes beyond the end of the file`);
  }
  return data;
}

async function findDirectory(
  file: RandomAccess,
  fail: (why: string) => never,
): Promise<{ entries: number; bytes: number; offset: number }> {
  const tailBytes = Math.min(file.size, END_BYTES + LONGEST_COMMENT);
  const tail = await file.read(file.size - tailBytes, tailBytes);
  let end = tail.length - END_BYTES;
  while (end >= 0 && tail.readUInt32LE(end) !== 0x06054b50) end--;
  if (end < 0) {
    throw new ImportError('truncated', `${file.path}: the directory at the end of the zip file is missing`);
  }
  const narrow = {
    entries: tail.readUInt16LE(end + 10),
    bytes: tail.readUInt32LE(end + 12),
    offset: tail.readUInt32LE(end + 16),
  };
  const locator = end - 20;
  if (locator < 0 || tail.readUInt32LE(locator) !== 0x07064b50) return narrow;
  const record = await file.read(safe(tail.readBigUInt64LE(locator + 8), fail), 56);
  if (record.readUInt32LE(0) !== 0x06064b50) fail('its zip64 directory is damaged');
  return {
    entries: safe(record.readBigUInt64LE(32), fail),
    bytes: safe(record.readBigUInt64LE(40), fail),
    offset: safe(record.readBigUInt64LE(48), fail),
  };
}

function safe(value: bigint, fail: (why: string) => never): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) fail('its zip64 directory is damaged');
  return Number(value);
}

/** Sizes and offset, from the zip64 extra field where the narrow ones are full. */
function wideFields(
  extra: Buffer,
  directory: Buffer,
  at: number,
): { size: number; compressed: number; header: number } {
  const fields = {
    size: directory.readUInt32LE(at + 24),
    compressed: directory.readUInt32LE(at + 20),
    header: directory.readUInt32LE(at + 42),
  };
  for (let i = 0; i + 4 <= extra.length; ) {
    const [id, length] = [extra.readUInt16LE(i), extra.readUInt16LE(i + 2)];
    if (id === 1) {
      let field = i + 4;
      for (const name of ['size', 'compressed', 'header'] as const) {
        if (fields[name] !== 0xffffffff || field + 8 > Math.min(extra.length, i + 4 + length)) continue;
        fields[name] = Number(extra.readBigUInt64LE(field));
        field += 8;
      }
    }
    i += 4 + length;
  }
  return fields;
}
