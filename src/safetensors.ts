/**
 * The safetensors format: 8 bytes of header length (little-endian), a JSON header, raw data.
 * https://huggingface.co/docs/safetensors
 */
import { randomUUID } from 'node:crypto';
import { open, readFile, rename, unlink } from 'node:fs/promises';
import { type DType, type HostTensor, type HostTensors, sizeOf } from './tensor.ts';

/** On-disk types this project reads. F16 and BF16 are widened to float32, F64 is narrowed to it. */
export const BYTES = { F64: 8, F32: 4, F16: 2, BF16: 2, I32: 4, I64: 8, BOOL: 1, U8: 1 } as const;
export type StoredType = keyof typeof BYTES;

export class SafetensorsError extends Error {}

export interface Safetensors {
  tensors: HostTensors;
  metadata: Record<string, string>;
}

/** Reads a whole file. @throws SafetensorsError when it is truncated or malformed. */
export async function readSafetensors(path: string): Promise<Safetensors> {
  return parseSafetensors(await readFile(path), path);
}

export function parseSafetensors(file: Buffer, name = 'safetensors'): Safetensors {
  const fail = (why: string): never => {
    throw new SafetensorsError(`${name}: ${why}`);
  };
  if (file.length < 8) fail('too short for a header length');
  const headerLength = Number(file.readBigUInt64LE(0));
  if (headerLength > file.length - 8) fail(`header of ${headerLength} bytes does not fit in the file`);
  let header: Record<string, unknown>;
  try {
    header = JSON.parse(file.toString('utf8', 8, 8 + headerLength));
  } catch {
    return fail('header is not JSON');
  }
  const tensors: HostTensors = {};
  let metadata: Record<string, string> = {};
  const body = file.subarray(8 + headerLength);
  for (const [key, entry] of Object.entries(header)) {
    if (key === '__metadata__') {
      metadata = entry as Record<string, string>;
      continue;
    }
    const { dtype, shape, data_offsets } = entry as {
      dtype: StoredType;
      shape: number[];
      data_offsets: [number, number];
    };
    const bytes = BYTES[dtype] ?? fail(`${key}: unsupported type ${String(dtype)}`);
    if (!Array.isArray(shape) || !shape.every((d) => Number.isSafeInteger(d) && d >= 0))
      fail(`${key}: bad shape`);
    const [begin, end] = data_offsets ?? fail(`${key}: no offsets`);
    if (!(begin >= 0 && begin <= end && end <= body.length) || end - begin !== sizeOf(shape) * bytes) {
      fail(`${key}: offsets ${begin}..${end} do not fit [${shape}] ${dtype}`);
    }
    tensors[key] = decode(dtype, shape, body.subarray(begin, end));
  }
  return { tensors, metadata };
}

/** Raw little-endian numbers as a tensor of the types that models have. */
export function decode(dtype: StoredType, shape: readonly number[], raw: Buffer): HostTensor {
  // A copy, because offsets in the file need not be aligned.
  const buffer = raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.byteLength) as ArrayBuffer;
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
  const temporary = `${path}.${randomUUID()}.tmp`;
  const file = await open(temporary, 'wx');
  try {
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
    await file.sync();
    await file.close();
    await rename(temporary, path);
  } catch (cause) {
    await file.close().catch(() => {});
    await unlink(temporary).catch(() => {});
    throw cause;
  }
}
