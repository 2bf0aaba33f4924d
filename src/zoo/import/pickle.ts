/**
 * Reads a pickle without ever executing one.
 *
 * A pickle is a program for a stack machine. This machine makes plain data only: numbers, strings, bytes, lists
 * (tuples too), maps, and what an allow-list of globals stands for. Everything else is refused by name when the
 * program mentions it, whether or not it would have been called. The machine does not recurse, every instruction and
 * every element that it copies is counted, and nothing is allocated for a length that the file does not have.
 */
import { ImportError } from './error.ts';

/** What a global stands for when the pickle calls it. `spend` counts elements that it copies. */
export type Callable = (args: readonly unknown[], spend: (elements: number) => void) => unknown;

/** An object that the pickle goes on filling after it was made (BUILD). */
export interface Buildable {
  setState(state: unknown): void;
}

export interface PickleOptions {
  /** `module.name` → what stands for it: a `Callable`, or a value that is passed to one. */
  globals: ReadonlyMap<string, unknown>;
  /** For BINPERSID; refused where it is left out. */
  persistentLoad?: (id: unknown) => unknown;
  /** Instructions, copied elements and the weight of containers, together. */
  maxSteps: number;
  /** For messages. */
  name: string;
}

const LONGEST_INTEGER = 32;
/** An empty list or map takes one byte of the file and many of memory: each counts as so many steps. */
const WEIGHT_OF_LIST = 4;
const WEIGHT_OF_MAP = 16;
const MARK = Symbol('mark');

const isBuildable = (value: unknown): value is Buildable =>
  typeof value === 'object' && value !== null && 'setState' in value;

/** Instructions that ask for classes, extensions or objects by paths that no state dict needs. */
const REFUSED: Record<number, string> = {
  // What stands for a storage became the text of a tuple: PyTorch itself cannot load such a file.
  80: 'PERSID (pickle protocol 0, which torch.save cannot use: save it again with the default protocol)',
  105: 'INST',
  111: 'OBJ',
  130: 'EXT1',
  131: 'EXT2',
  132: 'EXT4',
  146: 'NEWOBJ_EX',
  151: 'NEXT_BUFFER',
  152: 'READONLY_BUFFER',
};

/** @returns the value, and where the next pickle begins */
export function readPickle(
  bytes: Buffer,
  start: number,
  options: PickleOptions,
): { value: unknown; end: number } {
  const machine = new PickleMachine(bytes, start, options);
  const value = machine.run();
  return { value, end: machine.position };
}

class PickleMachine {
  position: number;
  readonly #bytes: Buffer;
  readonly #options: PickleOptions;
  readonly #stack: unknown[] = [];
  readonly #memo = new Map<number, unknown>();
  #steps = 0;

  constructor(bytes: Buffer, start: number, options: PickleOptions) {
    this.#bytes = bytes;
    this.position = start;
    this.#options = options;
  }

  #fail(code: ImportError['code'], why: string): never {
    throw new ImportError(code, `${this.#options.name}: ${why} (pickle, byte ${this.position})`);
  }

  readonly #spend = (elements: number): void => {
    this.#steps += elements;
    if (this.#steps > this.#options.maxSteps) {
      this.#fail('too_large', `the pickle takes more than ${this.#options.maxSteps} steps`);
    }
  };

  #take(length: number): number {
    const from = this.position;
    if (!(length >= 0 && from + length <= this.#bytes.length)) {
      this.#fail('truncated', `${length} more bytes are wanted, ${this.#bytes.length - from} are left`);
    }
    this.position = from + length;
    return from;
  }

  #byte(): number {
    return this.#bytes[this.#take(1)]!;
  }

  #uint(length: 1 | 2 | 4): number {
    return this.#bytes.readUIntLE(this.#take(length), length);
  }

  #uint64(): number {
    const value = this.#bytes.readBigUInt64LE(this.#take(8));
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) this.#fail('truncated', `${value} bytes are wanted`);
    return Number(value);
  }

  #text(length: number, encoding: 'utf8' | 'latin1' = 'utf8'): string {
    const from = this.#take(length);
    return this.#bytes.toString(encoding, from, from + length);
  }

  #data(length: number): Buffer {
    const from = this.#take(length);
    this.#spend(WEIGHT_OF_LIST);
    return this.#bytes.subarray(from, from + length);
  }

  /** The rest of the line: how the oldest protocol writes everything. */
  #line(): string {
    const end = this.#bytes.indexOf(0x0a, this.position);
    if (end < 0) this.#fail('truncated', 'a line has no end');
    const text = this.#text(end - this.position);
    this.position = end + 1;
    return text;
  }

  #integer(length: number): number | bigint {
    if (length > LONGEST_INTEGER) this.#fail('unsupported', `an integer of ${length} bytes`);
    const data = this.#data(length);
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(data[i]!);
    if (length > 0 && data[length - 1]! & 0x80) value -= 1n << BigInt(8 * length);
    return smallest(value);
  }

  #decimal(text: string): number | bigint {
    const digits = text.replace(/L$/, '');
    if (!/^-?\d{1,80}$/.test(digits)) this.#fail('damaged', 'not a number where one should be');
    return smallest(BigInt(digits));
  }

  #pop(): unknown {
    if (this.#stack.length === 0) this.#fail('damaged', 'the stack is empty');
    const value = this.#stack.pop();
    if (value === MARK) this.#fail('damaged', 'a mark where a value should be');
    return value;
  }

  #top(): unknown {
    const value = this.#stack.at(-1);
    if (value === undefined || value === MARK) this.#fail('damaged', 'no value on the stack');
    return value;
  }

  #sinceMark(): unknown[] {
    const mark = this.#stack.lastIndexOf(MARK);
    if (mark < 0) this.#fail('damaged', 'no mark on the stack');
    const items = this.#stack.splice(mark);
    items.shift();
    return items;
  }

  #list(): unknown[] {
    const list = this.#top();
    if (!Array.isArray(list)) this.#fail('damaged', 'elements of something that is no list');
    return list;
  }

  #setItems(items: readonly unknown[]): void {
    const map = this.#top();
    if (!(map instanceof Map)) this.#fail('damaged', 'entries of something that is no dictionary');
    if (items.length % 2 !== 0) this.#fail('damaged', 'a key without a value');
    for (let i = 0; i < items.length; i += 2) map.set(items[i], items[i + 1]);
  }

  #remember(place: number): void {
    // Python numbers them one after another; a number far ahead is no pickle of its making.
    if (place > this.#memo.size + 1024) this.#fail('damaged', `memo place ${place}`);
    this.#memo.set(place, this.#top());
  }

  #recall(place: number): void {
    const value = this.#memo.get(place);
    if (value === undefined) this.#fail('damaged', `memo place ${place} is empty`);
    this.#stack.push(value);
  }

  #global(module: unknown, name: unknown): void {
    if (typeof module !== 'string' || typeof name !== 'string')
      this.#fail('damaged', 'a global without a name');
    const path = `${module}.${name}`;
    const value = this.#options.globals.get(path);
    if (value === undefined) {
      const shown = JSON.stringify(path.slice(0, 200));
      this.#fail(
        'forbidden_global',
        `the pickle asks for ${shown}, which no state dict needs; nothing was run`,
      );
    }
    this.#stack.push(value);
  }

  #call(): void {
    const args = this.#pop();
    const callable = this.#pop();
    if (typeof callable !== 'function') this.#fail('damaged', 'a call of something that is no function');
    if (!Array.isArray(args)) this.#fail('damaged', 'a call without arguments');
    const result: unknown = (callable as Callable)(args, this.#spend);
    this.#stack.push(result);
  }

  #build(): void {
    const state = this.#pop();
    const target = this.#top();
    if (isBuildable(target)) target.setState(state);
    // Attributes of an OrderedDict (`_metadata` of a state dict) are nothing that we need.
    else if (!(target instanceof Map)) this.#fail('damaged', 'a state for something that has none');
  }

  run(): unknown {
    for (;;) {
      this.#spend(1);
      const code = this.#byte();
      if (code === 0x2e) return this.#pop(); // STOP
      this.#step(code);
    }
  }

  #step(code: number): void {
    const stack = this.#stack;
    switch (code) {
      case 0x80: // PROTO
        if (this.#byte() > 5) this.#fail('unsupported', 'a pickle protocol above 5');
        return;
      case 0x95: // FRAME
        this.#take(8);
        return;
      case 0x28: // MARK
        stack.push(MARK);
        return;
      case 0x30: // POP
        if (stack.pop() === undefined) this.#fail('damaged', 'the stack is empty');
        return;
      case 0x31: // POP_MARK
        this.#sinceMark();
        return;
      case 0x32: // DUP
        stack.push(this.#top());
        return;
      case 0x4e: // NONE
        stack.push(null);
        return;
      case 0x88: // NEWTRUE
        stack.push(true);
        return;
      case 0x89: // NEWFALSE
        stack.push(false);
        return;
      case 0x49: {
        // INT
        const text = this.#line();
        stack.push(text === '01' ? true : text === '00' ? false : this.#decimal(text));
        return;
      }
      case 0x4c: // LONG
        stack.push(this.#decimal(this.#line()));
        return;
      case 0x46: // FLOAT
        stack.push(Number(this.#line()));
        return;
      case 0x4a: // BININT
        stack.push(this.#bytes.readInt32LE(this.#take(4)));
        return;
      case 0x4b: // BININT1
        stack.push(this.#uint(1));
        return;
      case 0x4d: // BININT2
        stack.push(this.#uint(2));
        return;
      case 0x8a: // LONG1
        stack.push(this.#integer(this.#uint(1)));
        return;
      case 0x8b: // LONG4
        stack.push(this.#integer(this.#uint(4)));
        return;
      case 0x47: // BINFLOAT
        stack.push(this.#bytes.readDoubleBE(this.#take(8)));
        return;
      case 0x55: // SHORT_BINSTRING
        stack.push(this.#text(this.#uint(1), 'latin1'));
        return;
      case 0x54: // BINSTRING
        stack.push(this.#text(this.#uint(4), 'latin1'));
        return;
      case 0x56: // UNICODE
        stack.push(this.#line());
        return;
      case 0x8c: // SHORT_BINUNICODE
        stack.push(this.#text(this.#uint(1)));
        return;
      case 0x58: // BINUNICODE
        stack.push(this.#text(this.#uint(4)));
        return;
      case 0x8d: // BINUNICODE8
        stack.push(this.#text(this.#uint64()));
        return;
      case 0x43: // SHORT_BINBYTES
        stack.push(this.#data(this.#uint(1)));
        return;
      case 0x42: // BINBYTES
        stack.push(this.#data(this.#uint(4)));
        return;
      case 0x8e: // BINBYTES8
      case 0x96: // BYTEARRAY8
        stack.push(this.#data(this.#uint64()));
        return;
      case 0x5d: // EMPTY_LIST
      case 0x29: // EMPTY_TUPLE
        this.#spend(WEIGHT_OF_LIST);
        stack.push([]);
        return;
      case 0x6c: // LIST
      case 0x74: // TUPLE
        this.#spend(WEIGHT_OF_LIST);
        stack.push(this.#sinceMark());
        return;
      case 0x85: // TUPLE1
        this.#spend(WEIGHT_OF_LIST);
        stack.push([this.#pop()]);
        return;
      case 0x86: {
        // TUPLE2
        this.#spend(WEIGHT_OF_LIST);
        const b = this.#pop();
        stack.push([this.#pop(), b]);
        return;
      }
      case 0x87: {
        // TUPLE3
        this.#spend(WEIGHT_OF_LIST);
        const c = this.#pop();
        const b = this.#pop();
        stack.push([this.#pop(), b, c]);
        return;
      }
      case 0x61: {
        // APPEND
        const value = this.#pop();
        this.#list().push(value);
        return;
      }
      case 0x65: {
        // APPENDS
        const items = this.#sinceMark();
        const list = this.#list();
        for (const item of items) list.push(item);
        return;
      }
      case 0x7d: // EMPTY_DICT
        this.#spend(WEIGHT_OF_MAP);
        stack.push(new Map());
        return;
      case 0x64: {
        // DICT
        const items = this.#sinceMark();
        this.#spend(WEIGHT_OF_MAP);
        stack.push(new Map());
        this.#setItems(items);
        return;
      }
      case 0x73: {
        // SETITEM
        const value = this.#pop();
        const key = this.#pop();
        this.#setItems([key, value]);
        return;
      }
      case 0x75: // SETITEMS
        this.#setItems(this.#sinceMark());
        return;
      case 0x70: // PUT
        this.#remember(Number(this.#decimal(this.#line())));
        return;
      case 0x71: // BINPUT
        this.#remember(this.#uint(1));
        return;
      case 0x72: // LONG_BINPUT
        this.#remember(this.#uint(4));
        return;
      case 0x94: // MEMOIZE
        this.#remember(this.#memo.size);
        return;
      case 0x67: // GET
        this.#recall(Number(this.#decimal(this.#line())));
        return;
      case 0x68: // BINGET
        this.#recall(this.#uint(1));
        return;
      case 0x6a: // LONG_BINGET
        this.#recall(this.#uint(4));
        return;
      case 0x63: {
        // GLOBAL
        const module = this.#line();
        this.#global(module, this.#line());
        return;
      }
      case 0x93: {
        // STACK_GLOBAL
        const name = this.#pop();
        this.#global(this.#pop(), name);
        return;
      }
      case 0x52: // REDUCE
      case 0x81: // NEWOBJ
        this.#call();
        return;
      case 0x62: // BUILD
        this.#build();
        return;
      case 0x51: {
        // BINPERSID
        const id = this.#pop();
        if (!this.#options.persistentLoad)
          this.#fail('forbidden_global', 'the pickle asks for a persistent object');
        stack.push(this.#options.persistentLoad(id));
        return;
      }
      default: {
        const name = REFUSED[code];
        if (name) this.#fail('forbidden_global', `the pickle asks for an object by ${name}; nothing was run`);
        this.#fail('damaged', `0x${code.toString(16)} is no instruction`);
      }
    }
  }
}

function smallest(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
