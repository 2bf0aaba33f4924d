/**
 * What is computed once of each picture, in a file of the cache: a row of as many bytes for each. Every kind of training
 * of the same scenes reads the same file, and so does every kind, split and order of the same pictures of a directory.
 * Rows are filled as they are asked for; a byte for each says which are there, written after its row, so that a killed
 * run loses nothing and two runs can fill one file.
 */
import { createHash } from 'node:crypto';
import { closeSync, constants, fdatasyncSync, openSync, readSync, writeSync } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

export interface Rows<Key> {
  has(key: Key): boolean;
  write(key: Key, row: Uint8Array): void;
  /** Fills `row` with what was written. @throws Error when it is not there */
  read(key: Key, row: Uint8Array): void;
  /** After the last of many rows. */
  sync(): void;
  close(): void;
}

/** Rows by img_id. */
export type PictureRows = Rows<string>;

/**
 * @param base path without an extension
 * @param bytes of a row
 * @param placeOf the row of a key; it throws where there is none
 */
export async function openRows<Key>(
  base: string,
  extension: string,
  bytes: number,
  placeOf: (key: Key) => number,
): Promise<Rows<Key>> {
  await mkdir(dirname(base), { recursive: true });
  const open = (path: string) => openSync(path, constants.O_RDWR | constants.O_CREAT);
  const rows = open(`${base}.${extension}`);
  const done = open(`${base}.done`);
  const mark = new Uint8Array(1);
  const isDone = (place: number) => readSync(done, mark, 0, 1, place) === 1 && mark[0] === 1;
  return {
    has: (key) => isDone(placeOf(key)),
    write(key, row) {
      if (row.length !== bytes) throw new Error(`a row of ${row.length} bytes, wanted ${bytes}`);
      const place = placeOf(key);
      writeSync(rows, row, 0, bytes, place * bytes);
      writeSync(done, Uint8Array.of(1), 0, 1, place);
    },
    read(key, row) {
      const place = placeOf(key);
      if (readSync(rows, row, 0, bytes, place * bytes) !== bytes || !isDone(place))
        throw new Error(`${base}.${extension}: nothing of ${key}`);
    },
    sync: () => fdatasyncSync(rows),
    close() {
      closeSync(rows);
      closeSync(done);
    },
  };
}

export interface RowFile {
  /** Folder. */
  cache: string;
  /** Tells rows of the same pictures apart: `<prefix>-<pictures>-<suffix>.<extension>`. */
  prefix: string;
  suffix: string;
  extension: string;
  /** Bytes of a row. */
  bytes: number;
}

/**
 * @param folder of the data set
 * @param files img_id → file in that folder: other pictures, sizes or times are another file of rows
 */
export async function openPictureRows(
  { cache, prefix, suffix, extension, bytes }: RowFile,
  folder: string,
  files: ReadonlyMap<string, string>,
): Promise<PictureRows> {
  const ids = [...files.keys()].sort();
  const hash = createHash('sha256');
  for (const id of ids) {
    const file = files.get(id)!;
    const { size, mtimeMs } = await stat(join(folder, file));
    hash.update(`${file} ${size} ${Math.floor(mtimeMs)}\n`);
  }
  const places = new Map(ids.map((id, place) => [id, place]));
  const placeOf = (id: string): number => {
    const found = places.get(id);
    if (found === undefined) throw new Error(`${folder} has no picture ${id}`);
    return found;
  };
  const base = join(cache, `${prefix}-${hash.digest('hex').slice(0, 12)}-${suffix}`);
  return openRows(base, extension, bytes, placeOf);
}

/** Pictures that are decoded ahead of what is made of them. */
const AHEAD = 8;

/**
 * Fills the rows of the pictures that have none.
 * @param decode called ahead of its turn
 * @param onEach called after each, with how many of `ids` are done and how many of them were computed; throws to stop
 */
export async function fillRows<T>(
  rows: PictureRows,
  ids: readonly string[],
  decode: (id: string) => Promise<T>,
  rowOf: (decoded: T) => Promise<Uint8Array> | Uint8Array,
  onEach?: (done: number, computed: number) => void,
): Promise<void> {
  const missing = ids.filter((id) => !rows.has(id));
  const decoded: Promise<T>[] = [];
  const begin = (id: string) => {
    const picture = decode(id);
    picture.catch(() => {}); // It is awaited below, in its turn.
    return picture;
  };
  for (const [i, id] of missing.entries()) {
    while (decoded.length < Math.min(missing.length, i + AHEAD))
      decoded.push(begin(missing[decoded.length]!));
    const picture = await decoded[i]!;
    delete decoded[i];
    rows.write(id, await rowOf(picture));
    onEach?.(ids.length - missing.length + i + 1, i + 1);
  }
  if (missing.length > 0) rows.sync();
}
