/** Files that are cut, that lie, that want to run something, that want all the memory: refused, with a code. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { HostTensors } from '../../../src/tensor.ts';
import { readClusterIds } from '../../../src/zoo/import/cluster-ids.ts';
import { ImportError } from '../../../src/zoo/import/error.ts';
import { readNpy } from '../../../src/zoo/import/npy.ts';
import { openWeights } from '../../../src/zoo/import/open-weights.ts';
import {
  floats,
  legacyFile,
  op,
  pickle,
  stateDict,
  storage,
  type TensorSpec,
  zipFile,
} from './torch-writer.ts';

const folder = mkdtempSync(join(tmpdir(), 'hostile-'));
afterAll(() => rmSync(folder, { recursive: true }));
let count = 0;

function stored(bytes: Buffer): string {
  const path = join(folder, `${count++}.bin`);
  writeFileSync(path, bytes);
  return path;
}

async function readAll(bytes: Buffer): Promise<HostTensors> {
  const weights = await openWeights(stored(bytes));
  try {
    const read = [...weights.tensors].map(async ([name, tensor]) => [name, await tensor.read()] as const);
    return Object.fromEntries(await Promise.all(read));
  } finally {
    await weights.close();
  }
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ImportError)) throw new Error(`not refused with a code: ${String(error)}`);
  return error.code;
}

const simple: TensorSpec = {
  name: 'a.weight',
  shape: [2, 3],
  storage: storage('0', floats(1, 2, 3, 4, 5, 6)),
};

describe.each([
  ['legacy', legacyFile],
  ['zip', zipFile],
] as const)('%s', (layout, write) => {
  test('plain, shared, transposed, half and bfloat16 tensors', async () => {
    const shared = storage('1', floats(0, 1, 2, 3, 4, 5));
    const half = storage('2', Buffer.from(Uint16Array.of(0x3c00, 0xc000).buffer), 'HalfStorage', 2);
    const brain = storage('3', Buffer.from(Uint16Array.of(0x3f80, 0xc000).buffer), 'BFloat16Storage', 2);
    const long = storage('4', Buffer.from(BigInt64Array.of(7n).buffer), 'LongStorage', 8);
    const read = await readAll(
      write([
        { ...simple, name: 'module.a.weight' },
        { name: 'whole', shape: [6], storage: shared },
        { name: 'part', shape: [2], offset: 4, storage: shared },
        { name: 'turned', shape: [3, 2], strides: [1, 3], storage: shared },
        { name: 'half', shape: [2], storage: half },
        { name: 'brain', shape: [2], storage: brain },
        { name: 'steps', shape: [], storage: long },
      ]),
    );
    expect(Object.fromEntries(Object.entries(read).map(([name, { data }]) => [name, [...data]]))).toEqual({
      'a.weight': [1, 2, 3, 4, 5, 6],
      whole: [0, 1, 2, 3, 4, 5],
      part: [4, 5],
      turned: [0, 3, 1, 4, 2, 5],
      half: [1, -2],
      brain: [1, -2],
      steps: [7],
    });
    expect(read.turned!.shape).toEqual([3, 2]);
  });

  test.each([
    ['posix', 'system'],
    ['os', 'system'],
    ['builtins', 'eval'],
    ['builtins', '__import__'],
    ['subprocess', 'Popen'],
    ['torch', 'load'],
    ['torch.hub', 'load'],
    ['numpy', 'load'],
    ['collections', 'OrderedDict.__init__'],
    ['__main__', 'Model'],
  ])('the global %s.%s is refused by name', async (module, name) => {
    const object = pickle(op.global(module, name), op.raw('('), op.text('touch /tmp/pwned'), op.raw('tR'));
    const error = await readAll(write([], object)).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ImportError);
    expect(error).toMatchObject({
      code: 'forbidden_global',
      message: expect.stringContaining(`${module}.${name}`),
    });
  });

  test.each([
    ['INST', '(ios\nsystem\n'],
    ['OBJ', '(cos\nsystem\no'],
    ['PERSID', 'Pfile\n'],
    ['EXT1', '\x82\x01'],
    ['NEWOBJ_EX', ')}\x92'],
  ])('%s is refused', async (_, code) => {
    expect(await codeOf(readAll(write([], pickle(op.raw(code)))))).toBe('forbidden_global');
  });

  test.each<[string, TensorSpec]>([
    ['a shape larger than its storage', { ...simple, shape: [7] }],
    ['an offset behind its storage', { ...simple, shape: [2], offset: 5 }],
    ['sizes whose product overflows', { ...simple, shape: [2 ** 31 - 1, 2 ** 31 - 1], strides: [0, 0] }],
    ['negative strides', { ...simple, strides: [-3, -1] }],
    ['fewer strides than axes', { ...simple, strides: [1] }],
    ['nine axes', { ...simple, shape: [1, 1, 1, 1, 1, 1, 1, 2, 3] }],
  ])('%s', async (_, spec) => {
    expect(await codeOf(readAll(write([spec])))).toBe('damaged');
  });

  test('strides that repeat one number a billion times, or many times each in many weights', async () => {
    for (const specs of [
      [{ ...simple, shape: [1e9], strides: [0] }],
      Array.from({ length: 40 }, (_, i) => ({ ...simple, name: `w${i}`, shape: [1e6], strides: [0] })),
    ]) {
      const refused = readAll(write(specs));
      await expect(refused).rejects.toMatchObject({ code: 'unsupported' });
      await expect(refused).rejects.toThrow(/\.bin: (a\.weight|w\d+) \[\d+\] has \d+ numbers of which 6/);
    }
  });

  test('a list that contains itself ends, and is no state dict', async () => {
    const object = pickle(op.raw(']q\0h\0a'));
    expect(await codeOf(readAll(write([], object)))).toBe('not_a_checkpoint');
  });

  test('a dictionary nested a hundred thousand times', async () => {
    const object = pickle(op.raw(']'.repeat(100_000)), op.raw('a'.repeat(99_999)));
    expect(await codeOf(readAll(write([], object)))).toBe('not_a_checkpoint');
  });

  test('millions of empty dictionaries', async () => {
    expect(await codeOf(readAll(write([], pickle(op.raw('}'.repeat(2_000_000))))))).toBe('too_large');
  });

  test('one long list made into OrderedDicts again and again', async () => {
    const pairs = op.raw(`](${'NN\x86'.repeat(10_000)}eq\0`);
    const again = Buffer.concat(
      Array.from({ length: 5000 }, () => Buffer.concat([op.raw('h\0\x85R0'), op.raw('h\x01')])),
    );
    const object = pickle(
      op.global('collections', 'OrderedDict'),
      op.raw('q\x01'),
      pairs,
      op.raw('0h\x01'),
      again,
    );
    expect(await codeOf(readAll(write([], object)))).toBe('too_large');
  });

  test.each([
    ['a string of 4 GB', 'X\xff\xff\xff\xff'],
    ['bytes of 16 exabytes', '\x8e\xff\xff\xff\xff\xff\xff\xff\xff'],
    ['a line without end', 'cposix'],
  ])('%s', async (_, code) => {
    expect(await codeOf(readAll(write([], op.raw(`\x80\x02${code}`))))).toMatch(/truncated|damaged/);
  });

  test('an integer of a megabyte', async () => {
    const digits = Buffer.concat([op.raw('\x8b\0\0\x10\0'), Buffer.alloc(1 << 20, 0x7f)]);
    expect(await codeOf(readAll(write([], pickle(digits))))).toBe('unsupported');
  });

  test('a memo place far ahead', async () => {
    expect(await codeOf(readAll(write([], pickle(op.raw('Nr\xff\xff\xff\xff')))))).toBe('damaged');
  });

  test('names that no weight has', async () => {
    for (const name of ['__proto__', '../evil', 'a b', '', 'x'.repeat(1000)]) {
      expect(await codeOf(readAll(write([{ ...simple, name }])))).toBe('damaged');
    }
  });

  test('every cut', async () => {
    const whole = write([simple, { name: 'b', shape: [2], storage: storage('1', floats(1, 2)) }]);
    for (let length = 0; length < whole.length; length += layout === 'zip' ? 3 : 1) {
      expect(await codeOf(readAll(whole.subarray(0, length)))).toMatch(/truncated|damaged|not_a_checkpoint/);
    }
  });
});

test('a legacy file goes on after its last weight', async () => {
  const file = Buffer.concat([legacyFile([simple]), Buffer.from('more')]);
  expect(await codeOf(readAll(file))).toBe('damaged');
});

test('a flipped bit in a zip file is found by its checksum', async () => {
  const file = zipFile([simple]);
  const at = file.indexOf(floats(3, 4));
  file[at]! ^= 1;
  expect(await codeOf(readAll(file))).toBe('damaged');
});

test('a compressed entry is refused', async () => {
  const file = zipFile([simple]);
  file.writeUInt16LE(8, file.lastIndexOf('PK\x01\x02', undefined, 'latin1') + 10);
  expect(await codeOf(readAll(file))).toBe('unsupported');
});

test('a state dict beside an optimizer is found; a checkpoint without one is not', async () => {
  const inner = stateDict([simple]).subarray(2, -1);
  const object = pickle(op.raw('}('), op.text('epoch'), op.int(3), op.text('model'), inner, op.raw('u'));
  expect((await readAll(zipFile([simple], object)))['a.weight']!.data).toHaveLength(6);
  expect(await codeOf(readAll(zipFile([], pickle(op.raw('}')))))).toBe('not_a_checkpoint');
  expect(await codeOf(readAll(Buffer.from('hello, this is no checkpoint')))).toBe('not_a_checkpoint');
  expect(await codeOf(openWeights(join(folder, 'nowhere.pth')))).toBe('file_not_found');
});

describe('.npy', () => {
  const npy = (header: string, body: Buffer, version = 1): string => {
    const wide = version > 1;
    const head = Buffer.alloc(wide ? 12 : 10);
    head.write('\x93NUMPY', 'latin1');
    head[6] = version;
    if (wide) head.writeUInt32LE(header.length, 8);
    else head.writeUInt16LE(header.length, 8);
    return stored(Buffer.concat([head, Buffer.from(header), body]));
  };
  const describeArray = (descr: string, shape: string, fortran = 'False'): string =>
    `{'descr': ${descr}, 'fortran_order': ${fortran}, 'shape': ${shape}, }\n`;

  test.each([1, 2, 3])('version %d', async (version) => {
    const array = await readNpy(npy(describeArray("'<f4'", '(2, 2)'), floats(1, 2, 3, 4), version));
    expect([array.shape, [...array.data]]).toEqual([
      [2, 2],
      [1, 2, 3, 4],
    ]);
  });

  test.each([
    ['unsupported', describeArray("'|O'", '(1,)')],
    ['unsupported', describeArray("'>f4'", '(1,)')],
    ['unsupported', describeArray("'<f4'", '(1,)', 'True')],
    ['truncated', describeArray("'<f4'", '(2,)')],
    ['damaged', describeArray("'<f4'", '(0,)')],
    ['too_large', describeArray("'<f4'", '(99999999999,)')],
    ['damaged', "__import__('os').system('touch /tmp/pwned')"],
    ['damaged', describeArray("[('x', '<f4')]", '(1,)')],
  ])('%s: %s', async (code, header) => {
    expect(await codeOf(readNpy(npy(header, floats(1))))).toBe(code);
  });
});

test('cluster ids that are none', async () => {
  const read = (...parts: Buffer[]) => codeOf(readClusterIds(stored(pickle(...parts))));
  expect(await read(op.global('os', 'system'))).toBe('forbidden_global');
  expect(await read(op.global('torch._utils', '_rebuild_tensor_v2'))).toBe('forbidden_global');
  expect(await read(op.raw(']'))).toBe('not_a_checkpoint');
  expect(await read(op.raw('}'), op.text('a'), op.int(1), op.raw('s'))).toBe('not_a_checkpoint');
  const object = [
    op.global('numpy', 'dtype'),
    op.text('O8'),
    op.raw('\x89\x88\x87R(K\x03'),
    op.text('|'),
    op.raw('tb'),
  ];
  const array = [
    op.global('numpy.core.multiarray', '_reconstruct'),
    op.raw(')R('),
    op.int(1),
    op.raw('(K\x01t'),
  ];
  expect(await read(...array, ...object, op.raw('\x89C\x08ABCDEFGHtb'))).toBe('unsupported');
});
