/** The authors' cluster ids: a pickle of a dictionary, image id → numpy array of codes [cells]. */
import { BYTES, decode, type StoredType } from '../../safetensors.ts';
import { ImportError } from './error.ts';
import { NUMPY_TYPES } from './npy.ts';
import { type Buildable, type Callable, readPickle } from './pickle.ts';
import { openRandomAccess } from './random-access.ts';
import { MAX_RANK } from './weight-file.ts';

/** COCO's training half, 118,000 images of 64 cells in 64 bits, has 75 MB and takes 6 million steps. */
const MAX_BYTES = 256 << 20;
const MAX_STEPS = 12_000_000;

/** `numpy.dtype('i8')`, whose byte order comes afterwards. */
class NumpyType implements Buildable {
  #descr: string;

  constructor(descr: string) {
    this.#descr = descr;
  }

  get stored(): StoredType {
    const type = Object.hasOwn(NUMPY_TYPES, this.#descr) ? NUMPY_TYPES[this.#descr] : undefined;
    if (!type) throw new ImportError('unsupported', `an array of numpy type "${this.#descr}"`);
    return type;
  }

  /** (version, byte order, …) */
  setState(state: unknown): void {
    const order = Array.isArray(state) ? (state as unknown[])[1] : undefined;
    if (typeof order !== 'string' || !/^[<>|=]$/.test(order)) {
      throw new ImportError('damaged', 'a numpy type without the order of its bytes');
    }
    this.#descr = `${order}${this.#descr.replace(/^[<>|=]/, '')}`;
  }
}

/** An array, empty until its state comes. */
class NumpyArray implements Buildable {
  data: ArrayLike<number> = [];

  /** (version, shape, type, Fortran order, bytes) */
  setState(state: unknown): void {
    const [, shape, type, fortran, bytes] = (Array.isArray(state) ? state : []) as unknown[];
    const sizes = isCounts(shape) && shape.length <= MAX_RANK ? shape : undefined;
    if (!sizes || !(type instanceof NumpyType) || !Buffer.isBuffer(bytes)) {
      throw new ImportError('damaged', 'a numpy array without shape, type or bytes');
    }
    // Of one axis, both orders are the same.
    if (fortran !== false && sizes.length > 1) {
      throw new ImportError('unsupported', 'a numpy array with columns first');
    }
    const wanted = sizes.reduce((product, size) => product * size, BYTES[type.stored]);
    if (bytes.length !== wanted) {
      throw new ImportError('damaged', `${bytes.length} bytes for a numpy array [${sizes}] of ${wanted}`);
    }
    this.data = decode(type.stored, sizes, bytes).data;
  }
}

const isCounts = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);

const makeType: Callable = ([descr]) => {
  const name = Buffer.isBuffer(descr) ? descr.toString('latin1') : descr;
  if (typeof name !== 'string') throw new ImportError('damaged', 'a numpy type without a name');
  return new NumpyType(name);
};

/** How protocol 2 writes bytes: `_codecs.encode(text, 'latin1')`. */
const encodeText: Callable = ([text, encoding], spend) => {
  if (typeof text !== 'string' || encoding !== 'latin1')
    throw new ImportError('damaged', 'bytes that are no text');
  spend(text.length);
  return Buffer.from(text, 'latin1');
};

const reconstruct: Callable = () => new NumpyArray();
/** Passed to `_reconstruct`, never called. */
const ARRAY_CLASS = Symbol('numpy.ndarray');

const NUMPY_GLOBALS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  // NumPy 1 and 2.
  ['numpy.core.multiarray._reconstruct', reconstruct],
  ['numpy._core.multiarray._reconstruct', reconstruct],
  ['numpy.ndarray', ARRAY_CLASS],
  ['numpy.dtype', makeType],
  ['_codecs.encode', encodeText],
]);

/** @throws ImportError */
export async function readClusterIds(path: string): Promise<Map<string, Int32Array>> {
  const file = await openRandomAccess(path);
  let bytes: Buffer;
  try {
    if (file.size > MAX_BYTES) throw new ImportError('too_large', `${path} has ${file.size} bytes`);
    bytes = await file.read(0, file.size);
  } finally {
    await file.close();
  }
  const { value } = readPickle(bytes, 0, { globals: NUMPY_GLOBALS, maxSteps: MAX_STEPS, name: path });
  if (!(value instanceof Map))
    throw new ImportError('not_a_checkpoint', `${path} is no dictionary of cluster ids`);
  const ids = new Map<string, Int32Array>();
  for (const [image, codes] of value) {
    if (typeof image !== 'string' || !(codes instanceof NumpyArray)) {
      throw new ImportError('not_a_checkpoint', `${path}: an entry that is not an image id and its codes`);
    }
    ids.set(image, Int32Array.from(codes.data));
  }
  return ids;
}
