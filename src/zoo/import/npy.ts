/** Arrays of numpy.save: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html, versions 1 to 3. */
import { BYTES, decode, type StoredType } from '../../safetensors.ts';
import type { HostTensor } from '../../tensor.ts';
import { ImportError } from './error.ts';
import { openRandomAccess } from './random-access.ts';
import { MAX_RANK } from './weight-file.ts';

/** As numpy writes them; the first character is the order of the bytes. */
export const NUMPY_TYPES: Readonly<Record<string, StoredType>> = {
  '<f8': 'F64',
  '<f4': 'F32',
  '<f2': 'F16',
  '<i8': 'I64',
  '<i4': 'I32',
  '|b1': 'BOOL',
  '|u1': 'U8',
};

/** numpy itself asks for trust above this. */
const MAX_HEADER_BYTES = 10_000;
/** The paper's 10,000 centroids of 2,048 numbers are 82 MB. */
const MAX_BYTES = 2 ** 31;

/** @throws ImportError; arrays of objects, of big-endian numbers and in Fortran order are refused */
export async function readNpy(path: string): Promise<HostTensor> {
  const file = await openRandomAccess(path);
  try {
    const head = await file.read(0, Math.min(file.size, 12));
    if (head.length < 12 || head.toString('latin1', 0, 6) !== '\x93NUMPY') {
      throw new ImportError('not_a_checkpoint', `${path} is not a .npy file`);
    }
    const version = head[6]!;
    if (version < 1 || version > 3)
      throw new ImportError('unsupported', `${path}: version ${version} of .npy`);
    const [start, length] = version === 1 ? [10, head.readUInt16LE(8)] : [12, head.readUInt32LE(8)];
    if (length > MAX_HEADER_BYTES)
      throw new ImportError('too_large', `${path}: its header has ${length} bytes`);
    const header = (await file.read(start, length)).toString(version === 3 ? 'utf8' : 'latin1');
    const { type, shape } = parseHeader(path, header);
    const bytes = shape.reduce((product, size) => product * size, BYTES[type]);
    if (bytes > MAX_BYTES) throw new ImportError('too_large', `${path}: an array [${shape}]`);
    const body = start + length;
    if (body + bytes !== file.size) {
      const code = body + bytes > file.size ? 'truncated' : 'damaged';
      throw new ImportError(code, `${path}: ${file.size - body} bytes for an array [${shape}] of ${bytes}`);
    }
    return decode(type, shape, await file.read(body, bytes));
  } finally {
    await file.close();
  }
}

/**
 * What an array in memory is, as in a .npz.
 * @param what it is called in errors
 * @returns numpy's name of its type, its sizes, and where its numbers begin
 * @throws ImportError
 */
export function npyLayout(what: string, bytes: Buffer): { descr: string; shape: number[]; body: number } {
  if (bytes.length < 12 || bytes.toString('latin1', 0, 6) !== '\x93NUMPY')
    throw new ImportError('damaged', `${what} is no array of numpy`);
  const [start, length] = bytes[6] === 1 ? [10, bytes.readUInt16LE(8)] : [12, bytes.readUInt32LE(8)];
  if (length > MAX_HEADER_BYTES || start + length > bytes.length)
    throw new ImportError('damaged', `${what}: its header has ${length} bytes`);
  const { descr, shape } = parseHeader(what, bytes.toString('latin1', start, start + length));
  return { descr, shape, body: start + length };
}

/** The header is a Python dictionary of three entries, in any order. */
function parseHeader(path: string, header: string): { type: StoredType; descr: string; shape: number[] } {
  const descr = /'descr': *'([^']{1,8})'/.exec(header)?.[1];
  const fortran = /'fortran_order': *(True|False)/.exec(header)?.[1];
  const sizes = /'shape': *\(([\d, L]*)\)/.exec(header)?.[1];
  if (descr === undefined || fortran === undefined || sizes === undefined) {
    throw new ImportError(
      'damaged',
      `${path}: its header lacks the type, the order or the shape of its numbers`,
    );
  }
  const type = Object.hasOwn(NUMPY_TYPES, descr) ? NUMPY_TYPES[descr] : undefined;
  if (!type) throw new ImportError('unsupported', `${path}: an array of numpy type "${descr}"`);
  if (fortran === 'True') {
    throw new ImportError(
      'unsupported',
      `${path}: columns come first (Fortran order); save numpy.ascontiguousarray of it`,
    );
  }
  const shape = sizes
    .split(',')
    .map((size) => size.trim())
    .filter((size) => size !== '')
    .map((size) => Number(size.replace(/L$/, '')));
  if (shape.length > MAX_RANK || !shape.every((size) => Number.isSafeInteger(size) && size >= 0)) {
    throw new ImportError('damaged', `${path}: a shape that no array has`);
  }
  return { type, descr, shape };
}
