/**
 * From a function over tensors to one ONNX graph that serves every size of its symbolic dimensions.
 *
 * The function is traced twice, with two different primes for each symbol. What differs between the two graphs
 * and is the same multiple of a symbol's primes in both is that multiple of the symbol (or of two symbols' product:
 * the rows of a flattened [N, T, D]); anything else that differs means the function is random, or branches on data or on a size, and is an error.
 */
import type * as tf from '@tensorflow/tfjs-core';
import type { DType } from '../tensor.ts';
import {
  type Constant,
  type Node,
  namedNode,
  type Subgraph,
  type SymbolicDimension,
  type ValueInfo,
} from './graph.ts';
import { type Products, type TracedGraph, TraceError, trace } from './trace.ts';
import './ops/index.ts';
import './gradients/index.ts';

/** Two sizes for each symbol, far from any size that occurs in a model. */
const PRIMES: [number, number][] = [
  [211, 223],
  [307, 311],
  [401, 409],
];

/** Between the symbols of a product. */
const TIMES = '*';

export interface CompileInput {
  readonly dtype: DType;
  /** A string names a symbolic dimension. */
  readonly shape: readonly (number | string)[];
}

export interface CompiledGraph {
  readonly graph: Subgraph;
  /** The function's output names → the graph's. */
  readonly outputs: Readonly<Record<string, string>>;
}

type TensorFunction = (inputs: Record<string, tf.Tensor>) => Record<string, tf.Tensor>;

/** @throws TraceError when the function cannot be traced, or its two traces disagree. */
export function compile(
  name: string,
  fn: TensorFunction,
  inputs: Record<string, CompileInput>,
  prefix = '',
  products?: Products,
): CompiledGraph {
  const symbols = [
    ...new Set(Object.values(inputs).flatMap(({ shape }) => shape.filter((d) => typeof d === 'string'))),
  ];
  if (symbols.length > PRIMES.length) throw new TraceError(`at most ${PRIMES.length} symbolic dimensions`);
  const [first, second] = [0, 1].map((which) =>
    trace(
      fn,
      Object.fromEntries(
        Object.entries(inputs).map(([key, { dtype, shape }]) => [
          key,
          {
            dtype,
            shape: shape.map((d) =>
              typeof d === 'string' ? PRIMES[symbols.indexOf(d)]![which as 0 | 1] : d,
            ),
          },
        ]),
      ),
      prefix,
      products,
    ),
  ) as [TracedGraph, TracedGraph];

  const single = symbols.map((symbol, i) => ({ symbol, primes: PRIMES[i]! }));
  const pairs = single.flatMap((a, i) =>
    single.slice(i + 1).map((b) => ({
      symbol: `${a.symbol}${TIMES}${b.symbol}`,
      primes: [a.primes[0] * b.primes[0], a.primes[1] * b.primes[1]] as const,
    })),
  );
  const multiplied = [...single, ...pairs];
  const dimension = (a: number, b: number, where: string): SymbolicDimension => {
    if (a === b) return a;
    for (const { symbol, primes } of multiplied) {
      const [p, q] = primes;
      if (a % p === 0 && b % q === 0 && a / p === b / q) return { symbol, factor: a / p };
    }
    throw new TraceError(
      `${name}: ${where} is ${a} in one trace and ${b} in the other, a multiple of no symbol`,
    );
  };

  compareNodes(name, first, second);
  const resolved = new SymbolResolver(inputs, prefix);
  const constants = new Map<string, Constant>();
  for (const [key, constant] of first.constants) {
    const other = second.constants.get(key)!;
    if (constant.dtype !== 'int64') {
      if (!sameData(constant, other)) {
        throw new TraceError(
          `${name}: constant ${key} differs between two traces: the function is random or depends on a symbolic size`,
        );
      }
      constants.set(key, constant);
      continue;
    }
    const [a, b] = [constant.data as number[], other.data as number[]];
    const entries = a.map((value, i) => dimension(value, b[i]!, `entry ${i} of ${key}`));
    if (entries.every((entry) => typeof entry === 'number')) constants.set(key, constant);
    else resolved.define(key, entries, isReshapeOnly(key, first.nodes));
  }
  for (const [key, constant] of resolved.constants) constants.set(key, constant);

  const outputs = Object.entries(first.outputs).map(([key, output]): ValueInfo => {
    const other = second.outputs[key]!;
    return {
      name: output.name,
      dtype: output.dtype,
      shape: output.shape.map((d, i) => dimension(d, other.shape[i]!, `dimension ${i} of output ${key}`)),
    };
  });
  return {
    graph: {
      name,
      nodes: [...resolved.nodes, ...first.nodes],
      constants,
      inputs: Object.entries(inputs).map(([key, { dtype, shape }]) => ({
        name: key,
        dtype,
        shape: shape.map((d) => (typeof d === 'string' ? { symbol: d, factor: 1 } : d)),
      })),
      outputs,
    },
    outputs: Object.fromEntries(
      Object.entries(first.outputs).map(([key, { name: output }]) => [key, output]),
    ),
  };
}

function compareNodes(name: string, a: TracedGraph, b: TracedGraph): void {
  const differs = (what: string) => {
    throw new TraceError(
      `${name}: two traces differ in ${what}: the function branches on data or on a symbolic size`,
    );
  };
  if (a.nodes.length !== b.nodes.length) differs('their number of nodes');
  for (const [i, node] of a.nodes.entries()) {
    if (JSON.stringify(node) !== JSON.stringify(b.nodes[i])) differs(`node ${i} (${node.op})`);
  }
  if (Object.keys(a.outputs).join() !== Object.keys(b.outputs).join()) differs('the names of their outputs');
}

function sameData(a: Constant, b: Constant): boolean {
  return (
    a.dtype === b.dtype &&
    a.shape.join() === b.shape.join() &&
    a.data.length === b.data.length &&
    (a.data as ArrayLike<number> as number[]).every((value, i) => Object.is(value, b.data[i]))
  );
}

/** Reshape infers one dimension by itself, which is cheaper than computing it. */
function isReshapeOnly(constant: string, nodes: readonly Node[]): boolean {
  return nodes.every(
    (node) => !node.inputs.includes(constant) || (node.op === 'Reshape' && node.inputs[1] === constant),
  );
}

/** Computes shape vectors that hold symbolic entries from the shapes of the inputs. */
class SymbolResolver {
  readonly nodes: Node[] = [];
  readonly constants = new Map<string, Constant>();
  readonly #inputs: Record<string, CompileInput>;
  readonly #prefix: string;
  readonly #sizes = new Map<string, string>();

  constructor(inputs: Record<string, CompileInput>, prefix: string) {
    this.#inputs = inputs;
    this.#prefix = prefix;
  }

  define(key: string, entries: readonly SymbolicDimension[], reshape: boolean): void {
    const symbolic = entries.filter((entry) => typeof entry !== 'number').length;
    if (reshape && symbolic === 1) {
      const data = entries.map((entry) => (typeof entry === 'number' ? entry : -1));
      this.constants.set(key, { dtype: 'int64', shape: [data.length], data });
      return;
    }
    const parts = entries.map((entry, i) => {
      if (typeof entry === 'number') return this.#int64(`${key}_${i}`, [entry]);
      const size = this.#size(entry.symbol);
      if (entry.factor === 1) return size;
      const name = `${key}_${i}`;
      this.#node('Mul', [size, this.#int64(`${name}_factor`, [entry.factor])], name);
      return name;
    });
    this.#node('Concat', parts, key, { axis: 0 });
  }

  /** [1] int64: the size of a symbol, read off the first input that has it, or of a product. */
  #size(symbol: string): string {
    const known = this.#sizes.get(symbol);
    if (known) return known;
    if (symbol.includes(TIMES)) {
      const product = `${this.#prefix}size_${symbol}`;
      this.#node(
        'Mul',
        symbol.split(TIMES).map((factor) => this.#size(factor)),
        product,
      );
      this.#sizes.set(symbol, product);
      return product;
    }
    for (const [input, { shape }] of Object.entries(this.#inputs)) {
      const axis = shape.indexOf(symbol);
      if (axis < 0) continue;
      const name = `${this.#prefix}size_${symbol}`;
      this.#node('Shape', [input], name, { start: axis, end: axis + 1 });
      this.#sizes.set(symbol, name);
      return name;
    }
    throw new TraceError(`no input has the symbolic dimension ${symbol}`);
  }

  #int64(name: string, data: readonly number[]): string {
    this.constants.set(name, { dtype: 'int64', shape: [data.length], data });
    return name;
  }

  #node(op: string, inputs: string[], output: string, attributes: Node['attributes'] = {}): void {
    this.nodes.push(namedNode(op, inputs, output, attributes));
  }
}
