/** The graph that tracing records: ONNX nodes over named values, with concrete shapes. */

export type OnnxType = 'float32' | 'int32' | 'int64' | 'bool' | 'int8' | 'uint8';

export type Attribute = number | string | readonly number[] | { float: number } | { graph: Subgraph };

export interface Node {
  readonly op: string;
  /** '' is the standard operator set. */
  readonly domain: '' | 'com.microsoft';
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** A node of the standard operator set whose output has a name already. */
export const namedNode = (
  op: string,
  inputs: readonly string[],
  output: string,
  attributes: Node['attributes'] = {},
): Node => ({ op, domain: '', inputs, outputs: [output], attributes });

export interface Constant {
  readonly dtype: OnnxType;
  readonly shape: readonly number[];
  /** int64 values are kept as plain numbers until they are encoded. */
  readonly data: Float32Array | Int32Array | Uint8Array | Int8Array | readonly number[];
}

/** A dimension of a graph input or output: a size, or the name of a symbol, times a factor. */
export type SymbolicDimension = number | { symbol: string; factor: number };

export interface ValueInfo {
  readonly name: string;
  readonly dtype: OnnxType;
  readonly shape: readonly SymbolicDimension[];
}

export interface Subgraph {
  readonly name: string;
  readonly nodes: readonly Node[];
  readonly constants: ReadonlyMap<string, Constant>;
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
}

/** Names are handed out in order, so that two traces of one function can be compared node by node. */
export class GraphBuilder {
  readonly nodes: Node[] = [];
  readonly constants = new Map<string, Constant>();
  readonly #prefix: string;
  #next = 0;

  constructor(prefix = '') {
    this.#prefix = prefix;
  }

  name(hint: string): string {
    return `${this.#prefix}${hint}_${this.#next++}`;
  }

  node(
    op: string,
    inputs: readonly string[],
    attributes: Record<string, Attribute> = {},
    options: { outputs?: number; domain?: Node['domain'] } = {},
  ): string[] {
    const outputs = Array.from({ length: options.outputs ?? 1 }, () => this.name(op));
    this.nodes.push({ op, domain: options.domain ?? '', inputs, outputs, attributes });
    return outputs;
  }

  constant(constant: Constant): string {
    const name = this.name('constant');
    this.constants.set(name, constant);
    return name;
  }

  /** Shapes, axes, sizes: the only kind of constant that may depend on a symbolic dimension. */
  int64(values: readonly number[]): string {
    return this.constant({ dtype: 'int64', shape: [values.length], data: [...values] });
  }
}
