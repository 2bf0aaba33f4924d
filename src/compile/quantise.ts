/**
 * A graph whose products with large weights are of 8-bit integers: weights by column, once; what meets them by row, as
 * it comes. A row's scale depends on that row alone, so that its numbers are the same in every batch.
 *
 * y = (A / a) · (W / w) · a · w + bias, with a = max |row of A| / 127 and w = max |column of W| / 127, both rounded to
 * the nearest of -127 … 127. Sums of integers are exact where the processor does not saturate between (see
 * engines/exact-integers.ts).
 */
import { type HostTensor, sizeOf } from '../tensor.ts';
import { type Constant, GraphBuilder, type Node, namedNode, type Subgraph } from './graph.ts';
import { LARGEST, LEAST_SCALE, scalar, scaleOf } from './int8.ts';

/** What stands for 0 among unsigned rows. */
const ZERO = 128;

/**
 * @param weights by their names in the graph
 * @param leastElements weights of fewer elements stay as they are
 * @returns the graph, with the quantised weights among its constants; of the given ones it may need fewer
 */
export function quantiseProducts(
  graph: Subgraph,
  weights: ReadonlyMap<string, HostTensor>,
  leastElements: number,
): Subgraph {
  const builder = new GraphBuilder('int8_');
  const columns = new Map<string, Columns>();
  const rows = new Map<string, Rows>();
  const shared = new Map<string, string>();
  const once = (key: string, constant: Constant): string => {
    const known = shared.get(key) ?? builder.constant(constant);
    shared.set(key, known);
    return known;
  };
  const float = (value: number) => once(`float ${value}`, scalar('float32', Float32Array.of(value)));

  const columnsOf = (name: string, transposed: boolean): Columns => {
    const known = columns.get(`${name} ${transposed}`);
    if (known) return known;
    const { values, scales, K, N } = quantiseColumns(weights.get(name)!, transposed);
    const made = {
      values: builder.constant({ dtype: 'int8', shape: [K, N], data: values }),
      scales: builder.constant({ dtype: 'float32', shape: [N], data: scales }),
    };
    columns.set(`${name} ${transposed}`, made);
    return made;
  };

  const rowsOf = (name: string): Rows => {
    const known = rows.get(name);
    if (known) return known;
    const [size] = builder.node('Abs', [name]) as [string];
    const [largest] = builder.node('ReduceMax', [size, builder.int64([-1])], { keepdims: 1 }) as [string];
    const [scaled] = builder.node('Mul', [largest, float(1 / LARGEST)]) as [string];
    const [scales] = builder.node('Max', [scaled, float(LEAST_SCALE)]) as [string];
    const [ratios] = builder.node('Div', [name, scales]) as [string];
    const zero = once('zero', scalar('uint8', Uint8Array.of(ZERO)));
    const [values] = builder.node('QuantizeLinear', [ratios, float(1), zero]) as [string];
    const made = { values, scales, zero };
    rows.set(name, made);
    return made;
  };

  // In the order of the graph: a row is quantised where it is first multiplied.
  const nodes = graph.nodes.flatMap((node): Node[] => {
    const transposed = readsTransposed(node, weights, leastElements);
    if (transposed === undefined) return [node];
    const [a, w, bias] = node.inputs as [string, string, string | undefined];
    const column = columnsOf(w, transposed);
    const row = rowsOf(a);
    const operands = [row.values, column.values, float(1), column.scales, row.zero];
    const [product] = builder.node('MatMulIntegerToFloat', operands, {}, { domain: 'com.microsoft' }) as [
      string,
    ];
    const output = node.outputs[0]!;
    const scaled = bias === undefined ? output : builder.name('scaled');
    const last: Node[] = [namedNode('Mul', [product, row.scales], scaled)];
    if (bias !== undefined) last.push(namedNode('Add', [scaled, bias], output));
    return [...builder.nodes.splice(0), ...last];
  });
  return { ...graph, nodes, constants: new Map([...graph.constants, ...builder.constants]) };
}

interface Columns {
  /** [K, N] int8. */
  readonly values: string;
  /** [N] float32. */
  readonly scales: string;
}

interface Rows {
  /** [..., K] uint8. */
  readonly values: string;
  /** [..., 1] float32. */
  readonly scales: string;
  readonly zero: string;
}

/** Whether the product's weight is [N, K]; undefined of what is no product with a weight that is worth it. */
function readsTransposed(
  { op, domain, inputs, attributes }: Node,
  weights: ReadonlyMap<string, HostTensor>,
  leastElements: number,
): boolean | undefined {
  if (domain !== '' || (op !== 'Gemm' && op !== 'MatMul')) return undefined;
  const weight = weights.get(inputs[1]!);
  if (weight?.dtype !== 'float32' || weight.shape.length !== 2 || sizeOf(weight.shape) < leastElements)
    return undefined;
  if (op === 'MatMul') return false;
  return attributes.transA ? undefined : attributes.transB === 1;
}

/** @param transposed the weight is [N, K], not [K, N] */
function quantiseColumns({ data, shape }: HostTensor, transposed: boolean) {
  const [rows, width] = shape as [number, number];
  const [K, N] = transposed ? [width, rows] : [rows, width];
  const at = transposed ? (k: number, n: number) => n * K + k : (k: number, n: number) => k * N + n;
  const values = new Int8Array(K * N);
  const scales = new Float32Array(N);
  for (let n = 0; n < N; n++) {
    const scale = scaleOf(K, (k) => data[at(k, n)]!);
    scales[n] = scale;
    for (let k = 0; k < K; k++) values[k * N + n] = Math.round(data[at(k, n)]! / scale);
  }
  return { values, scales, K, N };
}
