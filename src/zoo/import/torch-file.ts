/**
 * Files of torch.save, in both layouts.
 *
 * Legacy (before PyTorch 1.6, or `_use_new_zipfile_serialization=False`): five pickles one after another (a magic
 * number, the protocol, the machine that wrote it, the object, the keys of its storages), then the storages in the
 * order of the keys, each as a 64-bit count and its numbers. Zip: `<name>/data.pkl` and `<name>/data/<key>`.
 */
import { crc32 } from 'node:zlib';
import { BYTES, decode } from '../../safetensors.ts';
import type { HostTensor } from '../../tensor.ts';
import { ImportError } from './error.ts';
import { type PickleOptions, readPickle } from './pickle.ts';
import type { RandomAccess } from './random-access.ts';
import { TORCH_GLOBALS, TorchStorages, type TorchTensor } from './torch-pickle.ts';
import { readZipDirectory, type ZipEntry, zipDataOffset } from './zip.ts';

const LEGACY_MAGIC = 0x1950a86a20f9469cfc6cn;
const LEGACY_PROTOCOL = 1001;
/** Thirty times the pickle of the full-size X-LXMERT; its numbers lie outside. */
const MAX_PICKLE_BYTES = 8 << 20;
const MAX_PICKLE_STEPS = 1_000_000;

/** Where a storage's numbers lie. */
interface Extent {
  offset: number;
  bytes: number;
  /** Checksum of all its bytes, where the file has checksums. */
  crc32?: number;
}

export interface TorchFile {
  /** The object that was saved: maps, lists, numbers, `TorchTensor`s. */
  object: unknown;
  /** The numbers of one tensor, row by row. */
  read(tensor: TorchTensor): Promise<HostTensor>;
}

/** Whether the first bytes are those of a torch.save file, by layout. */
export function torchLayout(head: Buffer): 'legacy' | 'zip' | undefined {
  if (head.length >= 4 && head.readUInt32LE(0) === 0x04034b50) return 'zip';
  // Every legacy file begins with a pickle of the same number of ten bytes. PROTO, from protocol 4 on FRAME, LONG1; in
  // the oldest protocols LONG.
  if (head.toString('latin1', 0, 7) === 'L119547') return 'legacy';
  if (head[0] !== 0x80) return undefined;
  const long = head[2] === 0x95 ? 11 : 2;
  return head[long] === 0x8a && head[long + 1] === 0x0a ? 'legacy' : undefined;
}

export async function readTorchFile(file: RandomAccess, layout: 'legacy' | 'zip'): Promise<TorchFile> {
  const { object, extents } = layout === 'zip' ? await readZip(file) : await readLegacy(file);
  return { object, read: (tensor) => readTensor(file, extents, tensor) };
}

const pickleOptions = (file: RandomAccess, storages: TorchStorages): PickleOptions => ({
  globals: TORCH_GLOBALS,
  persistentLoad: storages.load,
  maxSteps: MAX_PICKLE_STEPS,
  name: file.path,
});

async function readLegacy(file: RandomAccess): Promise<{ object: unknown; extents: Map<string, Extent> }> {
  const fail = (why: string): never => {
    throw new ImportError('damaged', `${file.path}: ${why}`);
  };
  const head = await file.read(0, Math.min(file.size, MAX_PICKLE_BYTES));
  const storages = new TorchStorages(file.path);
  const options = pickleOptions(file, storages);
  let end = 0;
  const next = (): unknown => {
    try {
      const pickle = readPickle(head, end, options);
      end = pickle.end;
      return pickle.value;
    } catch (error) {
      // The window ended, not the file.
      if (error instanceof ImportError && error.code === 'truncated' && file.size > head.length) {
        throw new ImportError(
          'too_large',
          `${file.path}: its pickle has more than ${MAX_PICKLE_BYTES} bytes`,
        );
      }
      throw error;
    }
  };
  if (next() !== LEGACY_MAGIC) fail('the magic number of torch.save is wrong');
  const protocol = next();
  if (protocol !== LEGACY_PROTOCOL) fail(`protocol ${String(protocol)} of torch.save is not known`);
  const machine = next();
  if (!(machine instanceof Map) || machine.get('little_endian') !== true) {
    throw new ImportError('unsupported', `${file.path}: written on a machine that is not little-endian`);
  }
  const object = next();
  const keys = next();
  if (!Array.isArray(keys) || new Set(keys).size !== keys.length || keys.length !== storages.byKey.size) {
    fail('its list of storages does not fit its tensors');
  }
  const extents = new Map<string, Extent>();
  for (const key of keys as unknown[]) {
    const storage = storages.byKey.get(String(key)) ?? fail(`storage ${String(key)} belongs to no tensor`);
    const numbers = Number((await file.read(end, 8)).readBigUInt64LE());
    if (numbers !== storage.numbers)
      fail(`storage ${storage.key} has ${numbers} numbers, not ${storage.numbers}`);
    const extent = { offset: end + 8, bytes: numbers * BYTES[storage.type] };
    end = extent.offset + extent.bytes;
    if (end > file.size) {
      throw new ImportError('truncated', `${file.path} has ${file.size} bytes, its weights go on to ${end}`);
    }
    extents.set(storage.key, extent);
  }
  if (end !== file.size) fail(`${file.size - end} bytes follow its last weight`);
  return { object, extents };
}

async function readZip(file: RandomAccess): Promise<{ object: unknown; extents: Map<string, Extent> }> {
  const directory = await readZipDirectory(file);
  const pickle = [...directory.values()].find(({ name }) => /^[^/]*\/data\.pkl$/.test(name));
  if (!pickle) throw new ImportError('not_a_checkpoint', `${file.path}: a zip file without data.pkl`);
  if (pickle.size > MAX_PICKLE_BYTES) {
    throw new ImportError('too_large', `${file.path}: its pickle has ${pickle.size} bytes`);
  }
  const folder = pickle.name.slice(0, -'data.pkl'.length);
  const order = directory.get(`${folder}byteorder`);
  if (
    order &&
    (await readEntry(file, { ...order, size: Math.min(order.size, 16) })).toString() !== 'little'
  ) {
    throw new ImportError('unsupported', `${file.path}: written on a machine that is not little-endian`);
  }
  const storages = new TorchStorages(file.path);
  const bytes = await readEntry(file, pickle);
  // torch.serialization.set_crc32_options(False) leaves 0 everywhere.
  const checksums = [...directory.values()].some((entry) => entry.crc32 !== 0);
  if (checksums && crc32(bytes) !== pickle.crc32)
    throw new ImportError('damaged', `${file.path}: its pickle is damaged`);
  const { value: object } = readPickle(bytes, 0, pickleOptions(file, storages));
  const extents = new Map<string, Extent>();
  for (const { key, type, numbers } of storages.byKey.values()) {
    const entry = directory.get(`${folder}data/${key}`);
    if (!entry) throw new ImportError('damaged', `${file.path}: storage ${key} is missing`);
    const wanted = numbers * BYTES[type];
    if (entry.size !== wanted) {
      throw new ImportError('damaged', `${file.path}: storage ${key} has ${entry.size} bytes, not ${wanted}`);
    }
    const offset = await zipDataOffset(file, entry);
    extents.set(key, { offset, bytes: wanted, ...(checksums && { crc32: entry.crc32 }) });
  }
  return { object, extents };
}

async function readEntry(file: RandomAccess, entry: ZipEntry): Promise<Buffer> {
  return file.read(await zipDataOffset(file, entry), entry.size);
}

/** Reads no more than lies between a tensor's first number and its last. */
async function readTensor(
  file: RandomAccess,
  extents: ReadonlyMap<string, Extent>,
  { storage, offset, shape, strides }: TorchTensor,
): Promise<HostTensor> {
  const extent = extents.get(storage.key)!;
  const width = BYTES[storage.type];
  const numbers = shape.reduce((product, size) => product * size, 1);
  const span = numbers === 0 ? 0 : 1 + shape.reduce((at, size, axis) => at + (size - 1) * strides[axis]!, 0);
  const bytes = await file.read(extent.offset + offset * width, span * width);
  if (extent.crc32 !== undefined && bytes.length === extent.bytes && crc32(bytes) !== extent.crc32) {
    throw new ImportError(
      'damaged',
      `${file.path}: storage ${storage.key} is damaged (its checksum is wrong)`,
    );
  }
  return decode(
    storage.type,
    shape,
    isDense(shape, strides) ? bytes : gather(bytes, width, shape, strides, numbers),
  );
}

/** Row-major without gaps. The stride of an axis of one element says nothing. */
function isDense(shape: readonly number[], strides: readonly number[]): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== expected) return false;
    expected *= shape[axis]!;
  }
  return true;
}

/** The numbers of a transposed, cut or expanded tensor, row by row. */
function gather(
  bytes: Buffer,
  width: number,
  shape: readonly number[],
  strides: readonly number[],
  numbers: number,
): Buffer {
  const out = Buffer.allocUnsafe(numbers * width);
  const index = new Array<number>(shape.length).fill(0);
  let from = 0;
  for (let to = 0; to < numbers; to++) {
    bytes.copy(out, to * width, from * width, (from + 1) * width);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis]!++;
      from += strides[axis]!;
      if (index[axis]! < shape[axis]!) break;
      from -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return out;
}
