/**
 * Features of a directory's images, computed once and kept: every kind of training, split and order of the same
 * pictures reads the same file. Rows are filled as they are asked for; a byte for each says which are there, written
 * after its row, so that a killed run loses nothing and two runs can fill one file.
 */
import { createHash } from 'node:crypto';
import { closeSync, constants, fdatasyncSync, openSync, readSync, writeSync } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type DirectoryDataset, indexPictures } from '../../datasets/directory/index.ts';
import type { Engine } from '../../engines/engine.ts';
import { narrowToFloat16, widenFloat16 } from '../../safetensors.ts';
import { imagesTensor } from '../../tensor.ts';
import { type EncoderComponent, encoderSizes, imageEncoder, readImage } from './image-encoder.ts';
import { CELLS } from './scene-images.ts';

const HALF = 2;
/** Pictures that are decoded ahead of the encoder. */
const AHEAD = 8;

export interface PictureFeatures {
  /** F */
  readonly width: number;
  /**
   * Computes those of the pictures that are not there.
   * @param onEach called after each, with how many of them are done; throws to stop
   * @throws TrainingError dataset_unusable that names the file
   */
  fill(ids: readonly string[], onEach?: (done: number, computed: number) => void): Promise<void>;
  /** Copies a picture's features, [64 × F], into `target` from `at` on. @throws Error when they are not there */
  read(id: string, target: Float32Array, at: number): void;
  close(): void;
}

/** @param cache folder */
export async function openPictureFeatures(
  cache: string,
  engine: Engine,
  encoder: EncoderComponent & { revision: string },
  { name, folder }: Pick<DirectoryDataset, 'name' | 'folder'>,
): Promise<PictureFeatures> {
  const { files } = await indexPictures(folder);
  const ids = [...files.keys()].sort();
  const hash = createHash('sha256');
  for (const id of ids) {
    const file = files.get(id)!;
    const { size, mtimeMs } = await stat(join(folder, file));
    hash.update(`${file} ${size} ${Math.floor(mtimeMs)}\n`);
  }
  const rows = new Map(ids.map((id, row) => [id, row]));
  await mkdir(cache, { recursive: true });
  const base = join(
    cache,
    `pictures-${name}-${hash.digest('hex').slice(0, 12)}-${encoder.revision.slice(0, 12)}`,
  );
  const open = (path: string) => openSync(path, constants.O_RDWR | constants.O_CREAT);
  const features = open(`${base}.f16`);
  const done = open(`${base}.done`);
  const { width, side, encode, release } = await lazyEncoder(engine, encoder);
  const numbers = CELLS * width;
  const row = new Uint16Array(numbers);
  const mark = new Uint8Array(1);
  const rowOf = (id: string): number => {
    const found = rows.get(id);
    if (found === undefined) throw new Error(`${name} has no picture ${id}`);
    return found;
  };
  const isDone = (at: number) => readSync(done, mark, 0, 1, at) === 1 && mark[0] === 1;
  return {
    width,
    async fill(wanted, onEach) {
      const missing = wanted.filter((id) => !isDone(rowOf(id)));
      const decoded: Promise<Uint8Array>[] = [];
      const decode = (id: string) => {
        const picture = readImage(name, folder, files.get(id)!, side);
        picture.catch(() => {}); // It is awaited below, in its turn.
        return picture;
      };
      for (const [i, id] of missing.entries()) {
        while (decoded.length < Math.min(missing.length, i + AHEAD))
          decoded.push(decode(missing[decoded.length]!));
        const pixels = await decoded[i]!;
        delete decoded[i];
        const half = narrowToFloat16(await encode(1, () => imagesTensor([pixels], side)));
        writeSync(features, half, 0, half.byteLength, rowOf(id) * numbers * HALF);
        writeSync(done, Uint8Array.of(1), 0, 1, rowOf(id));
        onEach?.(wanted.length - missing.length + i + 1, i + 1);
      }
      if (missing.length > 0) fdatasyncSync(features);
    },
    read(id, target, at) {
      const place = rowOf(id) * numbers * HALF;
      if (readSync(features, row, 0, numbers * HALF, place) !== numbers * HALF || !isDone(rowOf(id))) {
        throw new Error(`${base}.f16: no features of ${id}`);
      }
      target.set(widenFloat16(row), at);
    },
    close() {
      closeSync(features);
      closeSync(done);
      void release();
    },
  };
}

/** An encoder that is compiled when the first picture needs it. */
async function lazyEncoder(engine: Engine, component: EncoderComponent) {
  let opened: ReturnType<typeof imageEncoder> | undefined;
  const { width, side } = encoderSizes(component);
  return {
    width,
    side,
    encode: async (...args: Parameters<Awaited<ReturnType<typeof imageEncoder>>['encode']>) => {
      opened ??= imageEncoder(engine, component);
      return (await opened).encode(...args);
    },
    release: async () => (await opened)?.release(),
  };
}
