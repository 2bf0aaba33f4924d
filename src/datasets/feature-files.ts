/**
 * Features as the authors' extraction scripts store them: an HDF5 file with a group per image id, in it `features`
 * ([8, 8, F] of grid cells or [boxes, F]) and, for boxes, `boxes` [boxes, 4] in pixels, `img_w` and `img_h`.
 *
 * Read by h5wasm (NIST's build of the HDF5 library), straight from the file system: memory holds one image's
 * features, whatever the size of the file.
 */
import { open } from 'node:fs/promises';
import type { Dataset, File, Group } from 'h5wasm/node';
import { Fault } from '../fault.ts';

export class FeatureFileError extends Fault {
  override readonly name = 'FeatureFileError';
}

interface ImageFeatures {
  /** As stored: [8, 8, F] or [boxes, F]. */
  shape: readonly number[];
  features: Float32Array;
}

export interface FeatureFile {
  /** In the order of HDF5's listing, by name. */
  readonly imageIds: readonly string[];
  /** Shape of its features, without reading them. @throws FeatureFileError as `features` */
  shape(imageId: string): readonly number[];
  /** @throws FeatureFileError when there is no such image, or its features are not float32 */
  features(imageId: string): ImageFeatures;
  /** x0, y0, x1, y1 of each box in 0..1, [boxes × 4]. @throws FeatureFileError when the file has no boxes */
  positions(imageId: string): Float32Array;
  /** Another dataset of the image, as numbers. */
  numbers(imageId: string, dataset: string): number[];
  close(): void;
}

/** Names of the type in the library, in either byte order. */
const FLOAT32: readonly string[] = ['<f', '>f'];
/** More than any picture's: 100 boxes of 2,048 numbers are 0.8 MB. */
const MAX_BYTES = 64 << 20;

/** @throws FeatureFileError when it is no HDF5 file */
export async function openFeatureFile(path: string): Promise<FeatureFile> {
  await checkSignature(path);
  // Only where there is such a file: it is 4 MB of JavaScript, of which loading makes half a gigabyte.
  const library = await import('h5wasm/node');
  await library.ready;
  let file: File;
  try {
    file = new library.File(path, 'r');
    if (file.file_id < 0n) throw new Error('not opened');
  } catch (cause) {
    throw new FeatureFileError(`${path} cannot be read as an HDF5 file.`, { cause });
  }

  function dataset(imageId: string, name: string): Dataset {
    const found = file.get(`${imageId}/${name}`) as Dataset | Group | null;
    if (found?.type !== 'Dataset') throw new FeatureFileError(`${path}: no ${name} of image ${imageId}.`);
    const one = found as Dataset;
    const numbers = (one.shape ?? []).reduce((product, size) => product * size, 1);
    if (numbers * one.metadata.size > MAX_BYTES) {
      throw new FeatureFileError(`${path}: ${name} of image ${imageId} has [${one.shape}] numbers.`);
    }
    return one;
  }

  function numbers(imageId: string, name: string): number[] {
    const { value } = dataset(imageId, name);
    if (typeof value === 'number' || typeof value === 'bigint') return [Number(value)];
    if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
      return Array.from(value as unknown as ArrayLike<number | bigint>, Number);
    }
    throw new FeatureFileError(`${path}: ${name} of image ${imageId} is no array of numbers.`);
  }

  return {
    imageIds: file.keys(),
    shape(imageId) {
      const one = dataset(imageId, 'features');
      if (!FLOAT32.includes(one.dtype as string)) {
        throw new FeatureFileError(`${path}: the features of image ${imageId} are not float32.`);
      }
      return one.shape ?? [];
    },
    features(imageId) {
      const one = dataset(imageId, 'features');
      const { value } = one;
      if (!(value instanceof Float32Array)) {
        throw new FeatureFileError(`${path}: the features of image ${imageId} are not float32.`);
      }
      return { shape: one.shape ?? [], features: value };
    },
    positions(imageId) {
      const boxes = numbers(imageId, 'boxes');
      const [width] = numbers(imageId, 'img_w');
      const [height] = numbers(imageId, 'img_h');
      return Float32Array.from(boxes, (pixel, i) =>
        Math.min(1, Math.max(0, pixel / (i % 2 === 0 ? width! : height!))),
      );
    },
    numbers,
    close: () => void file.close(),
  };
}

const SIGNATURE = '\x89HDF\r\n\x1a\n';

/** First, because the library writes its own account of a failure to stderr. */
async function checkSignature(path: string): Promise<void> {
  const head = Buffer.alloc(SIGNATURE.length);
  try {
    const file = await open(path);
    await file.read(head, 0, head.length, 0).finally(() => file.close());
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new FeatureFileError(`${path} cannot be read (${code}).`, { cause });
  }
  if (head.toString('latin1') !== SIGNATURE) throw new FeatureFileError(`${path} is not an HDF5 file.`);
}
