/** torch.save files in either layout, made by hand, so that each part of one can be wrong on purpose. */
import { crc32 } from 'node:zlib';

export const op = {
  proto: (version = 2) => Buffer.from([0x80, version]),
  int: (value: number) => {
    const bytes = Buffer.from('J\0\0\0\0', 'latin1');
    bytes.writeInt32LE(value, 1);
    return bytes;
  },
  text: (text: string) => {
    const head = Buffer.from('X\0\0\0\0', 'latin1');
    head.writeUInt32LE(Buffer.byteLength(text), 1);
    return Buffer.concat([head, Buffer.from(text)]);
  },
  global: (module: string, name: string) => Buffer.from(`c${module}\n${name}\n`),
  raw: (text: string) => Buffer.from(text, 'latin1'),
};

export const pickle = (...parts: Buffer[]): Buffer => Buffer.concat([op.proto(), ...parts, op.raw('.')]);

export interface TensorSpec {
  name: string;
  shape: number[];
  strides?: number[];
  offset?: number;
  storage: { key: string; type: string; numbers: number; bytes: Buffer };
}

export const floats = (...values: number[]): Buffer => Buffer.from(Float32Array.from(values).buffer);

export function storage(key: string, bytes: Buffer, type = 'FloatStorage', width = 4): TensorSpec['storage'] {
  return { key, type, numbers: bytes.length / width, bytes };
}

const tuple = (numbers: readonly number[]): Buffer =>
  Buffer.concat([op.raw('('), ...numbers.map(op.int), op.raw('t')]);

function rowStrides(shape: readonly number[]): number[] {
  return shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
}

/** One tensor as torch.save writes it. `legacy` ids have a sixth part. */
export function tensor(
  { shape, strides = rowStrides(shape), offset = 0, storage: s }: TensorSpec,
  legacy = false,
) {
  return Buffer.concat([
    op.global('torch._utils', '_rebuild_tensor_v2'),
    op.raw('(('),
    ...[op.text('storage'), op.global('torch', s.type), op.text(s.key), op.text('cuda:0'), op.int(s.numbers)],
    op.raw(legacy ? 'NtQ' : 'tQ'),
    ...[op.int(offset), tuple(shape), tuple(strides)],
    op.raw('\x89'),
    op.global('collections', 'OrderedDict'),
    op.raw(')RtR'),
  ]);
}

export function stateDict(tensors: readonly TensorSpec[], legacy = false): Buffer {
  const entries = tensors.flatMap((spec) => [op.text(spec.name), tensor(spec, legacy)]);
  return pickle(op.raw('}('), ...entries, op.raw('u'));
}

const storagesOf = (tensors: readonly TensorSpec[]) => [
  ...new Map(tensors.map(({ storage: s }) => [s.key, s])).values(),
];

export function legacyFile(tensors: readonly TensorSpec[], object = stateDict(tensors, true)): Buffer {
  const storages = storagesOf(tensors);
  const magic = Buffer.from('8a0a6cfc9c46f9206aa85019', 'hex');
  return Buffer.concat([
    pickle(magic),
    pickle(op.int(1001)),
    pickle(op.raw('}'), op.text('little_endian'), op.raw('\x88s')),
    object,
    pickle(op.raw(']('), ...storages.map(({ key }) => op.text(key)), op.raw('e')),
    ...storages.flatMap(({ numbers, bytes }) => {
      const count = Buffer.alloc(8);
      count.writeBigInt64LE(BigInt(numbers));
      return [count, bytes];
    }),
  ]);
}

export function zipFile(tensors: readonly TensorSpec[], object = stateDict(tensors)): Buffer {
  const entries: [string, Buffer][] = [
    ['archive/data.pkl', object],
    ['archive/byteorder', Buffer.from('little')],
    ...storagesOf(tensors).map(({ key, bytes }): [string, Buffer] => [`archive/data/${key}`, bytes]),
  ];
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, data] of entries) {
    const fields = Buffer.alloc(26);
    fields.writeUInt32LE(crc32(data), 10);
    fields.writeUInt32LE(data.length, 14);
    fields.writeUInt32LE(data.length, 18);
    fields.writeUInt16LE(Buffer.byteLength(name), 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), fields, Buffer.from(name), data]);
    const entry = Buffer.alloc(46);
    entry.write('PK\x01\x02', 'latin1');
    fields.copy(entry, 6);
    entry.writeUInt32LE(offset, 42);
    directory.push(entry, Buffer.from(name));
    locals.push(local);
    offset += local.length;
  }
  const listed = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(listed.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, listed, end]);
}
