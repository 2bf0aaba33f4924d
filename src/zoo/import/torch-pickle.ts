/** The few globals of a state dict, and what they make: tensors that say where their numbers lie. */
import type { StoredType } from '../../safetensors.ts';
import { ImportError } from './error.ts';
import type { Callable } from './pickle.ts';
import { MAX_RANK } from './weight-file.ts';

/** A run of numbers in the file, which several tensors may share. */
export interface Storage {
  key: string;
  type: StoredType;
  numbers: number;
}

/** What `torch._utils._rebuild_tensor_v2` makes. */
export class TorchTensor {
  readonly storage: Storage;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];

  constructor(storage: Storage, offset: number, shape: readonly number[], strides: readonly number[]) {
    this.storage = storage;
    this.offset = offset;
    this.shape = shape;
    this.strides = strides;
  }
}

class StorageType {
  readonly type: StoredType;
  constructor(type: StoredType) {
    this.type = type;
  }
}

class StorageReference {
  readonly storage: Storage;
  constructor(storage: Storage) {
    this.storage = storage;
  }
}

/** Reads the state dict's persistent ids: ('storage', type, key, location, numbers, view). Any location will do. */
export class TorchStorages {
  readonly byKey = new Map<string, Storage>();
  readonly #name: string;

  constructor(name: string) {
    this.#name = name;
  }

  readonly load = (id: unknown): unknown => {
    if (!Array.isArray(id)) return this.#fail('an id that is no storage');
    const [kind, type, key, , numbers, view] = id as unknown[];
    if (
      kind !== 'storage' ||
      !(type instanceof StorageType) ||
      typeof key !== 'string' ||
      !isCount(numbers)
    ) {
      return this.#fail('a storage without type, key or size');
    }
    if (view !== undefined && view !== null) {
      throw new ImportError('unsupported', `${this.#name}: storage ${key} is a view of another`);
    }
    const known = this.byKey.get(key);
    if (known && (known.type !== type.type || known.numbers !== numbers)) {
      return this.#fail(`storage ${key} has two sizes or types`);
    }
    const storage = known ?? { key, type: type.type, numbers };
    this.byKey.set(key, storage);
    return new StorageReference(storage);
  };

  #fail(why: string): never {
    throw new ImportError('damaged', `${this.#name}: ${why}`);
  }
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

const isCounts = (value: unknown): value is number[] =>
  Array.isArray(value) && value.length <= MAX_RANK && value.every(isCount);

/** (storage, offset, size, strides, …): gradients and hooks, which follow, are nothing that a model runs on. */
const rebuildTensor: Callable = ([reference, offset, shape, strides]) => {
  if (
    !(reference instanceof StorageReference) ||
    !isCount(offset) ||
    !isCounts(shape) ||
    !isCounts(strides)
  ) {
    throw new ImportError('damaged', 'a tensor without storage, offset, shape or strides');
  }
  const { storage } = reference;
  const numbers = shape.reduce((product, size) => product * size, 1);
  const last = shape.reduce((at, size, axis) => at + (size - 1) * (strides[axis] ?? Number.NaN), offset);
  // A tensor that repeats numbers (expanded, with strides of 0) has more of them than its storage.
  const fits = numbers === 0 || (Number.isSafeInteger(numbers) && last < storage.numbers);
  if (shape.length !== strides.length || !fits) {
    throw new ImportError(
      'damaged',
      `a tensor [${shape}] with strides [${strides}] at ${offset} does not fit its storage of ${storage.numbers}`,
    );
  }
  return new TorchTensor(storage, offset, [...shape], [...strides]);
};

const rebuildParameter: Callable = ([tensor]) => {
  if (!(tensor instanceof TorchTensor)) throw new ImportError('damaged', 'a parameter without a tensor');
  return tensor;
};

/** Empty, or from pairs, as Python 2 wrote it. */
const orderedDict: Callable = ([pairs = []], spend) => {
  if (!Array.isArray(pairs)) throw new ImportError('damaged', 'an OrderedDict of something that is no list');
  spend(16 + pairs.length);
  const map = new Map<unknown, unknown>();
  for (const pair of pairs) {
    if (!Array.isArray(pair) || pair.length !== 2)
      throw new ImportError('damaged', 'an entry that is no pair');
    map.set(pair[0], pair[1]);
  }
  return map;
};

const size: Callable = ([sizes = []], spend) => {
  if (!isCounts(sizes)) throw new ImportError('damaged', 'a size that is no list of numbers');
  spend(4 + sizes.length);
  return [...sizes];
};

const STORAGES: Record<string, StoredType> = {
  DoubleStorage: 'F64',
  FloatStorage: 'F32',
  HalfStorage: 'F16',
  BFloat16Storage: 'BF16',
  LongStorage: 'I64',
  IntStorage: 'I32',
  ByteStorage: 'U8',
  BoolStorage: 'BOOL',
};

/** Everything that a torch checkpoint may mention. */
export const TORCH_GLOBALS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['collections.OrderedDict', orderedDict],
  ['torch._utils._rebuild_tensor', rebuildTensor],
  ['torch._utils._rebuild_tensor_v2', rebuildTensor],
  ['torch._utils._rebuild_parameter', rebuildParameter],
  ['torch.Size', size],
  ...Object.entries(STORAGES).map(([name, type]): [string, unknown] => [
    `torch.${name}`,
    new StorageType(type),
  ]),
]);
