/** The pictures of a data set: files of images, or the features that were computed of them, of a grid or of boxes. */
import { open, opendir, readFile, realpath, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { BOX_NUMBERS, MOST_BOXES } from '../../boxes.ts';
import { CodedError } from '../../errors.ts';
import { GRID } from '../../grid.ts';
import { isLitter } from '../../litter.ts';
import { MAX_PICTURE_BYTES, readPictureHeader } from '../../pictures/picture-header.ts';
import { type FeatureFile, FeatureFileError, openFeatureFile } from '../feature-files.ts';
import { FaultList, quoted } from './faults.ts';

export const IMAGES = 'images';
export const FEATURES = 'features';
/** The authors' cluster ids: `img_id_to_cluster_id` pickles, the codes of pictures. */
const CLUSTER_IDS = 'cluster_ids';
const EXTENSIONS = ['.png', '.jpg', '.jpeg', '.webp', '.gif', '.avif'];
/** COCO, Visual Genome and NLVR2 together have 0.4 million. */
const MOST_PICTURES = 2_000_000;
/** As the published features have, and twice that. */
const WIDEST = 4096;
const HEADER_BYTES = 1 << 16;
const AT_ONCE = 16;

/** macOS takes names of files apart into letters and accents (NFD), where others do not (NFC). */
export const pictureName = (name: string): string => name.normalize('NFC');

/** Where the pictures are. Several with one name have the later one in `doubles`. */
export interface PictureIndex {
  /** `features` where there is a feature file: then images are not read. */
  kind: 'images' | 'features' | 'none';
  /** img_id → file, relative to the data set's folder. */
  files: ReadonlyMap<string, string>;
  doubles: ReadonlyMap<string, string>;
}

/** Opens the feature files one after another to list them; whatever cannot be read is a fault. */
export async function indexPictures(folder: string, faults = new FaultList()): Promise<PictureIndex> {
  const files = new Map<string, string>();
  const doubles = new Map<string, string>();
  const add = (name: string, file: string): boolean => {
    const id = pictureName(name);
    if (files.has(id)) doubles.set(id, file);
    else files.set(id, file);
    return files.size <= MOST_PICTURES;
  };
  const tooMany = (place: string) =>
    faults.add('too_many', place, null, `At most ${MOST_PICTURES} pictures are read.`);
  const featureFiles: string[] = [];
  for await (const file of filesBelow(folder, FEATURES, ['.h5', '.hdf5'])) featureFiles.push(file);
  for (const file of featureFiles.sort()) {
    let opened: FeatureFile;
    try {
      opened = await openFeatureFile(join(folder, file));
    } catch (error) {
      if (!(error instanceof FeatureFileError)) throw error;
      faults.add('features_unreadable', file, null, 'It cannot be read as an HDF5 file.');
      continue;
    }
    const fits = opened.imageIds.every((id) => add(id, file));
    opened.close();
    if (!fits) tooMany(FEATURES);
  }
  if (featureFiles.length > 0) return { kind: 'features', files, doubles };
  for await (const { name, file } of imagesBelow(folder)) {
    if (add(name, file)) continue;
    tooMany(IMAGES);
    break;
  }
  return { kind: files.size > 0 ? 'images' : 'none', files, doubles };
}

/** Files of codes, relative to the data set's folder, by name. */
export async function clusterIdFiles(folder: string): Promise<string[]> {
  const files: string[] = [];
  for await (const file of filesBelow(folder, CLUSTER_IDS, ['.pkl'])) files.push(file);
  return files.sort();
}

/** img_id → file, of the images alone, also where there are features: whoever paints them needs their pixels. */
export async function indexImages(folder: string): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  for await (const { name, file } of imagesBelow(folder)) {
    const id = pictureName(name);
    if (!files.has(id)) files.set(id, file);
  }
  return files;
}

async function* imagesBelow(folder: string): AsyncGenerator<{ name: string; file: string }> {
  for await (const file of filesBelow(folder, IMAGES, EXTENSIONS)) {
    const name = file.slice(file.lastIndexOf('/') + 1);
    yield { name: name.slice(0, -extname(name).length), file };
  }
}

/** Paths with `/`, relative to `folder`; folders that are linked to are entered once, litter is left out. */
async function* filesBelow(
  folder: string,
  subfolder: string,
  extensions: readonly string[],
): AsyncGenerator<string> {
  const waiting = [subfolder];
  const linked = new Set<string>();
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const opened = await opendir(join(folder, next)).catch(() => undefined);
    for await (const entry of opened ?? []) {
      if (isLitter(entry.name)) continue;
      const path = `${next}/${entry.name}`;
      if (entry.isDirectory()) waiting.push(path);
      else if (entry.isSymbolicLink() && (await isOtherFolder(join(folder, path), linked)))
        waiting.push(path);
      else if (extensions.includes(extname(entry.name).toLowerCase())) yield path;
    }
  }
}

/** A folder that no link before led to: links in a circle end. */
async function isOtherFolder(path: string, linked: Set<string>): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isDirectory()) return false;
  const real = await realpath(path);
  if (linked.has(real)) return false;
  linked.add(real);
  return true;
}

/** For the revision of the data set: what changes when the picture does. Whole milliseconds survive a copy. */
export interface PictureStamp {
  id: string;
  stamp: string;
}

/**
 * Checks the pictures that are used: images by their headers, without decoding.
 * @param ids in the order of their first use
 * @returns what its features are, where there are some
 */
export async function checkPictures(
  folder: string,
  index: PictureIndex,
  ids: Iterable<string>,
  faults: FaultList,
  onStamp: (stamp: PictureStamp) => void,
): Promise<FeatureShape | undefined> {
  if (index.kind === 'features') return checkFeatures(folder, index, ids, faults, onStamp);
  const known = function* () {
    for (const id of ids) {
      const file = index.files.get(id);
      if (file === undefined) continue;
      const double = index.doubles.get(id);
      if (double !== undefined) {
        faults.add('picture_ambiguous', double, null, `${file} has the same img_id, ${quoted(id)}.`);
      }
      yield { id, file };
    }
  };
  for (const group of inGroups(known(), AT_ONCE)) {
    const results = await Promise.all(group.map(({ file }) => checkImage(join(folder, file))));
    for (const [i, { problem, stamp }] of results.entries()) {
      const { id, file } = group[i]!;
      if (problem !== undefined) faults.add('picture_unreadable', file, null, problem);
      onStamp({ id, stamp });
    }
  }
  return undefined;
}

function* inGroups<T>(items: Iterable<T>, size: number): Generator<T[]> {
  let group: T[] = [];
  for (const item of items) {
    group.push(item);
    if (group.length < size) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}

async function checkImage(path: string): Promise<{ problem?: string; stamp: string }> {
  let stamp = '';
  try {
    const { size, mtimeMs, isFile } = await stat(path).then((found) => ({
      size: found.size,
      mtimeMs: found.mtimeMs,
      isFile: found.isFile(),
    }));
    stamp = `${size} ${Math.round(mtimeMs)}`;
    if (!isFile) return { problem: 'It is not a file.', stamp };
    if (size > MAX_PICTURE_BYTES) {
      return { problem: `It has more than ${MAX_PICTURE_BYTES >> 20} MB.`, stamp };
    }
    try {
      readPictureHeader(await readHead(path));
    } catch (error) {
      // Much may stand before the size in a JPEG.
      if (!(error instanceof CodedError && error.code === 'image_damaged' && size > HEADER_BYTES))
        throw error;
      readPictureHeader(await readFile(path));
    }
    return { stamp };
  } catch (error) {
    if (error instanceof CodedError) return { problem: error.message, stamp };
    return { problem: `It cannot be read (${(error as NodeJS.ErrnoException).code}).`, stamp };
  }
}

async function readHead(path: string): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const buffer = Buffer.alloc(HEADER_BYTES);
    const { bytesRead } = await file.read(buffer, 0, HEADER_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** Between two turns of the event loop. */
const FEATURES_AT_ONCE = 64;

async function checkFeatures(
  folder: string,
  index: PictureIndex,
  ids: Iterable<string>,
  faults: FaultList,
  onStamp: (stamp: PictureStamp) => void,
): Promise<FeatureShape | undefined> {
  const features = await openFeatures(folder, index);
  const stamps = new Map<string, string>();
  let shape: FeatureShape | undefined;
  let done = 0;
  try {
    for (const id of ids) {
      const file = index.files.get(id);
      if (file === undefined) continue;
      if (++done % FEATURES_AT_ONCE === 0) await new Promise((resolve) => setImmediate(resolve));
      const double = index.doubles.get(id);
      if (double !== undefined)
        faults.add('picture_ambiguous', double, null, `${file} has ${quoted(id)} too.`);
      if (!stamps.has(file)) {
        const { size, mtimeMs } = await stat(join(folder, file));
        stamps.set(file, `${file} ${size} ${Math.round(mtimeMs)}`);
      }
      onStamp({ id, stamp: stamps.get(file)! });
      const found = shapeOf(features, id, shape);
      if (typeof found === 'string') faults.add('features_unreadable', file, null, found);
      else shape = found;
    }
  } finally {
    features.close();
  }
  return shape;
}

/** What the features of every picture of a data set are: of a grid, or of so many boxes. */
export interface FeatureShape {
  /** F, of a cell or a box. */
  width: number;
  boxes?: number;
}

/** @param before of the pictures before @returns what it is, or what is wrong */
function shapeOf(
  features: FeatureReader,
  id: string,
  before: FeatureShape | undefined,
): FeatureShape | string {
  let shape: readonly number[];
  try {
    shape = features.shape(id);
  } catch (error) {
    if (!(error instanceof FeatureFileError)) throw error;
    return `${quoted(id)} has no float32 features.`;
  }
  const found = featureShape(shape);
  if (found === undefined) {
    return `The features of ${quoted(id)} are [${shape}], neither [${GRID}, ${GRID}, F] of a grid nor [boxes, F].`;
  }
  if (found.boxes !== undefined && !features.hasBoxes(id, found.boxes)) {
    const needed = `boxes [${found.boxes}, ${BOX_NUMBERS}], img_w and img_h`;
    return `${quoted(id)} has features of ${found.boxes} boxes, but not ${needed} beside them.`;
  }
  const what = ({ width, boxes }: FeatureShape) =>
    boxes === undefined ? `${width} wide, of a grid` : `${width} wide, of ${boxes} boxes`;
  if (before !== undefined && (before.width !== found.width || before.boxes !== found.boxes)) {
    return `The features of ${quoted(id)} are ${what(found)}, those before ${what(before)}.`;
  }
  return found;
}

/** @returns undefined where the shape is neither a grid's nor of boxes */
export function featureShape(shape: readonly number[]): FeatureShape | undefined {
  const width = shape.at(-1);
  if (!width || width > WIDEST) return undefined;
  const [rows, columns] = shape;
  if (shape.length === 3) return rows === GRID && columns === GRID ? { width } : undefined;
  return shape.length === 2 && rows! >= 1 && rows! <= MOST_BOXES ? { width, boxes: rows! } : undefined;
}

export interface FeatureReader {
  /** @throws FeatureFileError when they are not there or not float32 */
  shape(id: string): readonly number[];
  /** Whether it is told where each of so many boxes is. */
  hasBoxes(id: string, count: number): boolean;
  /**
   * [64 × F] of a grid; of boxes a row for each, [boxes × (F + 4)], its feature and where it is in 0..1.
   * @throws FeatureFileError also for what is not a finite number
   */
  read(id: string): Float32Array;
  close(): void;
}

/** @throws FeatureFileError */
export async function openFeatures(folder: string, index: PictureIndex): Promise<FeatureReader> {
  const opened = new Map<string, { file: FeatureFile; spelt: ReadonlyMap<string, string> }>();
  const close = () => {
    for (const { file } of opened.values()) file.close();
  };
  try {
    for (const name of new Set(index.files.values())) {
      const file = await openFeatureFile(join(folder, name));
      const other = file.imageIds.filter((id) => pictureName(id) !== id);
      opened.set(name, { file, spelt: new Map(other.map((id) => [pictureName(id), id])) });
    }
  } catch (error) {
    close();
    throw error;
  }
  /** The file, and the picture's name as it is written there. */
  const find = (id: string): [FeatureFile, string] => {
    const found = opened.get(index.files.get(id) ?? '');
    if (found === undefined) throw new FeatureFileError(`There are no features of image ${id}.`);
    return [found.file, found.spelt.get(id) ?? id];
  };
  return {
    shape(id) {
      const [file, spelt] = find(id);
      return file.shape(spelt);
    },
    hasBoxes(id, count) {
      const [file, spelt] = find(id);
      try {
        const positions = file.positions(spelt);
        return positions.length === count * BOX_NUMBERS && positions.every(Number.isFinite);
      } catch (error) {
        if (!(error instanceof FeatureFileError)) throw error;
        return false;
      }
    },
    read(id) {
      const [file, spelt] = find(id);
      const { features, shape } = file.features(spelt);
      const rows = shape.length === 2 ? withBoxes(features, shape[0]!, file.positions(spelt)) : features;
      if (rows?.every(Number.isFinite)) return rows;
      throw new FeatureFileError(
        rows
          ? `The features of image ${id} are not all finite numbers.`
          : `The boxes of image ${id} are not as many as its features.`,
      );
    },
    close,
  };
}

/** Each feature with its box behind it. @returns undefined when there are not as many */
function withBoxes(features: Float32Array, count: number, boxes: Float32Array): Float32Array | undefined {
  if (boxes.length !== count * BOX_NUMBERS) return undefined;
  const F = features.length / count;
  const rows = new Float32Array(features.length + boxes.length);
  for (let i = 0; i < count; i++) {
    rows.set(features.subarray(i * F, (i + 1) * F), i * (F + BOX_NUMBERS));
    rows.set(boxes.subarray(i * BOX_NUMBERS, (i + 1) * BOX_NUMBERS), i * (F + BOX_NUMBERS) + F);
  }
  return rows;
}
