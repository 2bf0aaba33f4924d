/** A safetensors file, read one tensor at a time. https://huggingface.co/docs/safetensors */
import { BYTES, decode, type StoredType } from '../../safetensors.ts';
import { ImportError } from './error.ts';
import type { RandomAccess } from './random-access.ts';
import { DTYPE_OF, MAX_RANK, type StoredTensor } from './weight-file.ts';

/** Thirty times the header of the full-size X-LXMERT. */
const MAX_HEADER_BYTES = 4 << 20;

export async function readSafetensorsFile(file: RandomAccess): Promise<Map<string, StoredTensor>> {
  const fail = (why: string): never => {
    throw new ImportError('damaged', `${file.path}: ${why}`);
  };
  const length = Number((await file.read(0, 8)).readBigUInt64LE());
  if (length > MAX_HEADER_BYTES) {
    throw new ImportError('too_large', `${file.path}: its header has ${length} bytes`);
  }
  let header: unknown;
  try {
    header = JSON.parse((await file.read(8, length)).toString('utf8'));
  } catch (cause) {
    if (cause instanceof ImportError) throw cause;
    throw new ImportError('damaged', `${file.path}: its header is not JSON`, { cause });
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header)) fail('its header is no object');
  const body = 8 + length;
  const tensors = new Map<string, StoredTensor>();
  for (const [name, entry] of Object.entries(header as Record<string, unknown>)) {
    if (name === '__metadata__') continue;
    const { dtype, shape, data_offsets } = (entry ?? {}) as Record<string, unknown>;
    const stored = dtype as StoredType;
    if (typeof dtype !== 'string' || !Object.hasOwn(BYTES, dtype)) {
      throw new ImportError('unsupported', `${file.path}: ${name} is of type ${JSON.stringify(dtype)}`);
    }
    if (!isCounts(shape) || shape.length > MAX_RANK || !isCounts(data_offsets) || data_offsets.length !== 2) {
      return fail(`${name} has a bad shape or bad offsets`);
    }
    const [begin, end] = data_offsets as [number, number];
    const bytes = shape.reduce((product, size) => product * size, BYTES[stored]);
    if (end - begin !== bytes) fail(`${name}: ${end - begin} bytes for ${dtype} [${shape}]`);
    if (body + end > file.size) {
      throw new ImportError('truncated', `${file.path}: ${name} goes beyond the end of the file`);
    }
    tensors.set(name, {
      dtype: DTYPE_OF[stored],
      stored,
      shape,
      read: async () => decode(stored, shape, await file.read(body + begin, bytes)),
    });
  }
  return tensors;
}

const isCounts = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
