/**
 * Means and covariances of features as pytorch-fid keeps them: `numpy.savez_compressed(file, mu=…, sigma=…)`, a zip
 * file of two .npy arrays in double precision.
 */
import { readFile, stat } from 'node:fs/promises';
import { unzip, zip } from 'fflate';
import { ImportError } from './error.ts';
import { npyLayout } from './npy.ts';

export interface SavedStatistics {
  /** [D] */
  mean: Float64Array;
  /** [D × D] */
  covariance: Float64Array;
}

/** Those of 2048 features are 34 MB. */
const MOST_BYTES = 1 << 30;
const LARGEST_WIDTH = 10_000;

/** @throws ImportError */
export async function readStatistics(path: string): Promise<SavedStatistics> {
  const { size } = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    throw new ImportError('file_not_found', `${path} cannot be read (${cause.code})`, { cause });
  });
  if (size > MOST_BYTES) throw new ImportError('too_large', `${path} has ${size} bytes`);
  const file = await readFile(path);
  const entries = await new Promise<Record<string, Uint8Array>>((resolve, reject) => {
    const wanted = (entry: { name: string; originalSize: number }) =>
      ['mu.npy', 'sigma.npy'].includes(entry.name) && entry.originalSize <= 8 * LARGEST_WIDTH ** 2 + 1024;
    unzip(file, { filter: wanted }, (error, found) => {
      if (error) reject(new ImportError('damaged', `${path} is no .npz file`, { cause: error }));
      else resolve(found);
    });
  });
  const [mean, covariance] = ['mu', 'sigma'].map((name) => doubles(path, name, entries[`${name}.npy`]));
  const width = mean!.length;
  if (covariance!.length !== width ** 2) {
    throw new ImportError('damaged', `${path}: sigma has ${covariance!.length} numbers for a mu of ${width}`);
  }
  return { mean: mean!, covariance: covariance! };
}

function doubles(path: string, name: string, bytes: Uint8Array | undefined): Float64Array {
  if (!bytes) {
    throw new ImportError(
      'not_a_checkpoint',
      `${path} holds no ${name}: it is no file of pytorch-fid's statistics`,
    );
  }
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const what = `${path}: ${name}`;
  const { descr, shape, body } = npyLayout(what, buffer);
  const numbers = shape.reduce((product, size) => product * size, 1);
  const each = descr === '<f8' ? 8 : descr === '<f4' ? 4 : 0;
  if (each === 0) throw new ImportError('unsupported', `${what} has numbers of type ${descr}, not <f8`);
  if (body + numbers * each !== buffer.length) throw new ImportError('truncated', `${what} is not whole`);
  const read = each === 8 ? buffer.readDoubleLE : buffer.readFloatLE;
  return Float64Array.from({ length: numbers }, (_, i) => read.call(buffer, body + i * each));
}

/** The bytes of such a file. */
export async function statisticsFile({ mean, covariance }: SavedStatistics): Promise<Uint8Array> {
  const D = mean.length;
  const entries = { 'mu.npy': npy(mean, `(${D},)`), 'sigma.npy': npy(covariance, `(${D}, ${D})`) };
  return new Promise((resolve, reject) =>
    zip(entries, { level: 6 }, (error, bytes) => (error ? reject(error) : resolve(bytes))),
  );
}

function npy(numbers: Float64Array, shape: string): Uint8Array {
  const header = `{'descr': '<f8', 'fortran_order': False, 'shape': ${shape}, }`;
  // Numbers begin at a multiple of 64 bytes.
  const padded = `${header.padEnd(Math.ceil((10 + header.length + 1) / 64) * 64 - 11)}\n`;
  const head = Buffer.alloc(10);
  head.write('\x93NUMPY\x01\x00', 'latin1');
  head.writeUInt16LE(padded.length, 8);
  const body = Buffer.alloc(numbers.length * 8);
  for (const [i, number] of numbers.entries()) body.writeDoubleLE(number, i * 8);
  return Buffer.concat([head, Buffer.from(padded, 'latin1'), body]);
}
