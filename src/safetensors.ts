/**
 * The safetensors format: 8 bytes of header length (little-endian), a JSON header, raw data.
 * https://huggingface.co/docs/safetensors
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fillAtomically } from './atomic-files.ts';
import { requireSpaceFor } from './disk-space.ts';
import { type DType, type FileSlice, type HostTensor, type HostTensors, sizeOf } from './tensor.ts';

/** On-disk types this project reads. F16 and BF16 are widened to float32, F64 is narrowed to it. */
export const BYTES = { F64: 8, F32: 4, F16: 2, BF16: 2, I32: 4, I64: 8, BOOL: 1, U8: 1 } as const;
export type StoredType = keyof typeof BYTES;

class SafetensorsError extends Error {}

export interface Safetensors {
  tensors: HostTensors;
  metadata: Record<string, string>;
}

/**
 * Reads a whole file, tensor by tensor: it may be larger than Node reads at once, and is in memory once.
 * @throws SafetensorsError when it is truncated or malformed.
 */
export const readSafetensors = (path: string): Promise<Safetensors> =>
  opened(path, async ({ dtype, shape }, { offset, length }, read) =>
    decode(dtype, shape, await read(offset, length)),
  );

export function parseSafetensors(file: Buffer, name = 'safetensors'): Safetensors {
  const header = headerLength(file, file.length, name);
  const { entries, metadata } = parseHeader(file.subarray(8, 8 + header), file.length - 8 - header, name);
  const body = file.subarray(8 + header);
  return {
    tensors: Object.fromEntries(
      entries.map(([key, { dtype, shape, begin, end }]) => [
        key,
        decode(dtype, shape, body.subarray(begin, end)),
      ]),
    ),
    metadata,
  };
}

/** More than any real header; keeps a broken file from asking for gigabytes. */
const MAX_HEADER_BYTES = 100 << 20;

/**
 * Reads the header, and of the tensors those alone that are stored in another type than they have in memory. The
 * others stay in the file, and say where: an engine can map them, so that their memory is shared and not copied.
 * The file must stay as it is; one that is replaced under its name is refused when it has another size.
 * @throws SafetensorsError when it is truncated or malformed.
 */
export const mapSafetensors = (path: string): Promise<Safetensors> =>
  opened(path, async ({ dtype, shape }, slice, read, size) => {
    const own = SAME_IN_MEMORY[dtype];
    return own === undefined
      ? decode(dtype, shape, await read(slice.offset, slice.length))
      : onDisk(own, shape, slice, () => decode(dtype, shape, readSlice(slice, size)));
  });

async function opened(
  path: string,
  tensorOf: (
    entry: Entry,
    slice: FileSlice,
    read: (offset: number, length: number) => Promise<Buffer>,
    /** Bytes of the file. */
    size: number,
  ) => Promise<HostTensor>,
): Promise<Safetensors> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const read = async (offset: number, length: number) => {
      const bytes = Buffer.alloc(length);
      for (let at = 0; at < length; ) {
        const { bytesRead } = await file.read(bytes, at, length - at, offset + at);
        if (bytesRead === 0) throw new SafetensorsError(`${path}: it was cut short while it was read`);
        at += bytesRead;
      }
      return bytes;
    };
    const length = headerLength(await read(0, Math.min(8, size)), size, path);
    if (length > MAX_HEADER_BYTES) throw new SafetensorsError(`${path}: header of ${length} bytes`);
    const { entries, metadata } = parseHeader(await read(8, length), size - 8 - length, path);
    const tensors: HostTensors = {};
    for (const [key, entry] of entries) {
      const slice = { path, offset: 8 + length + entry.begin, length: entry.end - entry.begin };
      tensors[key] = await tensorOf(entry, slice, read, size);
    }
    return { tensors, metadata };
  } finally {
    await file.close();
  }
}

/** Stored types whose bytes are those of a tensor in memory. */
const SAME_IN_MEMORY: Partial<Record<StoredType, DType>> = { F32: 'float32', I32: 'int32' };

function onDisk(dtype: DType, shape: readonly number[], file: FileSlice, read: () => HostTensor): HostTensor {
  // Weakly: whoever keeps a model's tensors for their names and files does not keep what was read of them once.
  let known: WeakRef<HostTensor['data']> | undefined;
  return {
    dtype,
    shape,
    file,
    get data() {
      const kept = known?.deref();
      if (kept) return kept;
      const { data } = read();
      known = new WeakRef(data);
      return data;
    },
  };
}

/** Synchronous, because `data` is a property: for the few tensors that are computed with before an engine gets them. */
function readSlice({ path, offset, length }: FileSlice, size: number): Buffer {
  const file = openSync(path, 'r');
  try {
    if (fstatSync(file).size !== size)
      throw new SafetensorsError(`${path}: it was replaced while it was read`);
    const bytes = Buffer.alloc(length);
    for (let at = 0; at < length; ) {
      const count = readSync(file, bytes, at, length - at, offset + at);
      if (count === 0) throw new SafetensorsError(`${path}: it was cut short while it was read`);
      at += count;
    }
    return bytes;
  } finally {
    closeSync(file);
  }
}

function headerLength(start: Buffer, size: number, name: string): number {
  if (start.length < 8) throw new SafetensorsError(`${name}: too short for a header length`);
  const length = Number(start.readBigUInt64LE(0));
  if (length > size - 8) {
    throw new SafetensorsError(`${name}: header of ${length} bytes does not fit in the file`);
  }
  return length;
}

interface Entry {
  dtype: StoredType;
  shape: number[];
  /** Bytes after the header. */
  begin: number;
  end: number;
}

function parseHeader(
  text: Buffer,
  bodyLength: number,
  name: string,
): { entries: [string, Entry][]; metadata: Record<string, string> } {
  const fail = (why: string): never => {
    throw new SafetensorsError(`${name}: ${why}`);
  };
  let header: Record<string, unknown>;
  try {
    header = JSON.parse(text.toString('utf8'));
  } catch {
    return fail('header is not JSON');
  }
  const { __metadata__: metadata = {}, ...stored } = header;
  const entries = Object.entries(stored).map(([key, entry]): [string, Entry] => {
    const { dtype, shape, data_offsets } = entry as {
      dtype: StoredType;
      shape: number[];
      data_offsets: [number, number];
    };
    const bytes = BYTES[dtype] ?? fail(`${key}: unsupported type ${String(dtype)}`);
    if (!Array.isArray(shape) || !shape.every((d) => Number.isSafeInteger(d) && d >= 0))
      fail(`${key}: bad shape`);
    const [begin, end] = data_offsets ?? fail(`${key}: no offsets`);
    if (!(begin >= 0 && begin <= end && end <= bodyLength) || end - begin !== sizeOf(shape) * bytes) {
      fail(`${key}: offsets ${begin}..${end} do not fit [${shape}] ${dtype}`);
    }
    return [key, { dtype, shape, begin, end }];
  });
  return { entries, metadata: metadata as Record<string, string> };
}

/** Raw little-endian numbers as a tensor of the types that models have. */
export function decode(dtype: StoredType, shape: readonly number[], raw: Buffer): HostTensor {
  // A part of something is copied, because offsets in the file need not be aligned.
  const buffer = (
    raw.byteLength === raw.buffer.byteLength
      ? raw.buffer
      : raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.byteLength)
  ) as ArrayBuffer;
  switch (dtype) {
    case 'F64':
      return { dtype: 'float32', shape, data: Float32Array.from(new Float64Array(buffer)) };
    case 'F32':
      return { dtype: 'float32', shape, data: new Float32Array(buffer) };
    case 'F16':
      return { dtype: 'float32', shape, data: widenFloat16(new Uint16Array(buffer)) };
    case 'BF16': {
      const data = new Uint32Array(new Uint16Array(buffer)).map((bits) => bits << 16);
      return { dtype: 'float32', shape, data: new Float32Array(data.buffer) };
    }
    case 'I32':
      return { dtype: 'int32', shape, data: new Int32Array(buffer) };
    case 'I64':
      return { dtype: 'int32', shape, data: Int32Array.from(new BigInt64Array(buffer), Number) };
    case 'BOOL':
    case 'U8':
      return { dtype: 'bool', shape, data: new Uint8Array(buffer) };
  }
}

/** IEEE binary16 → float32, through a table of all 65,536 values. */
export function widenFloat16(halves: Uint16Array): Float32Array {
  const table = float16Table();
  const out = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i++) out[i] = table[halves[i]!]!;
  return out;
}

let table16: Float32Array | undefined;
function float16Table(): Float32Array {
  if (table16) return table16;
  table16 = new Float32Array(65536);
  for (let h = 0; h < 65536; h++) {
    const exponent = (h >> 10) & 31;
    const fraction = h & 1023;
    let value: number;
    if (exponent === 0) value = fraction * 2 ** -24;
    else if (exponent === 31) value = fraction ? Number.NaN : Number.POSITIVE_INFINITY;
    else value = (1 + fraction / 1024) * 2 ** (exponent - 15);
    table16[h] = h & 0x8000 ? -value : value;
  }
  return table16;
}

/** float32 → binary16, rounded to nearest even; out of range becomes infinity. */
export function narrowToFloat16(values: Float32Array): Uint16Array {
  const out = new Uint16Array(values.length);
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  for (let i = 0; i < values.length; i++) {
    const b = bits[i]!;
    const sign = (b >>> 16) & 0x8000;
    const magnitude = Math.abs(values[i]!);
    if (Number.isNaN(magnitude)) out[i] = sign | 0x7e00;
    else if (magnitude >= 65520) out[i] = sign | 0x7c00;
    else if (magnitude < 2 ** -14) out[i] = sign | roundHalfEven(magnitude * 2 ** 24);
    else {
      const rounded = b + 0xfff + ((b >>> 13) & 1); // ties to even on the 13 bits that go
      out[i] = sign | (((rounded >>> 13) - (112 << 10)) & 0x7fff);
    }
  }
  return out;
}

function roundHalfEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}

/** A tensor that is read when its turn to be written has come. */
export interface LazyTensor {
  dtype: DType;
  shape: readonly number[];
  read(): Promise<HostTensor>;
}

export interface WriteOptions {
  float?: 'F32' | 'F16';
  metadata?: Record<string, string>;
}

/** Writes to a temporary name beside `path`, then renames: a reader never sees half a file. */
export async function writeSafetensors(
  path: string,
  tensors: HostTensors,
  options: WriteOptions = {},
): Promise<void> {
  const lazy = Object.entries(tensors).map(([name, tensor]): [string, LazyTensor] => [
    name,
    { dtype: tensor.dtype, shape: tensor.shape, read: async () => tensor },
  ]);
  await writeLazySafetensors(path, new Map(lazy), options);
}

/** The same, with one tensor in memory at a time. */
export async function writeLazySafetensors(
  path: string,
  tensors: ReadonlyMap<string, LazyTensor>,
  options: WriteOptions = {},
): Promise<void> {
  const float = options.float ?? 'F32';
  const stored = { float32: float, int32: 'I32', bool: 'BOOL' } as const;
  const header: Record<string, unknown> = options.metadata ? { __metadata__: options.metadata } : {};
  let offset = 0;
  const names = [...tensors.keys()].sort();
  for (const name of names) {
    const { dtype, shape } = tensors.get(name)!;
    const length = sizeOf(shape) * BYTES[stored[dtype]];
    header[name] = { dtype: stored[dtype], shape, data_offsets: [offset, offset + length] };
    offset += length;
  }
  let json = JSON.stringify(header);
  json += ' '.repeat((8 - (Buffer.byteLength(json) % 8)) % 8);
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(BigInt(Buffer.byteLength(json)));
  await requireSpaceFor(dirname(path), offset);
  await fillAtomically(path, async (file) => {
    await file.writeFile(Buffer.concat([prefix, Buffer.from(json)]));
    for (const name of names) {
      const { dtype, shape, read } = tensors.get(name)!;
      const tensor = await read();
      const { data } = tensor;
      if (tensor.dtype !== dtype || data.length !== sizeOf(shape)) {
        throw new Error(`${name}: ${dtype} [${shape}] was announced, ${tensor.dtype} [${tensor.shape}] came`);
      }
      const narrowed = dtype === 'float32' && float === 'F16' ? narrowToFloat16(data as Float32Array) : data;
      await file.writeFile(Buffer.from(narrowed.buffer, narrowed.byteOffset, narrowed.byteLength));
    }
  });
}
