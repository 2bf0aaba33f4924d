/**
 * A graph whose wide convolutions are of 8-bit integers, on maps that are quantised with ranges seen beforehand.
 *
 * Ranges are constants, so that a picture's numbers are the same in every batch. Maps stay channels last, as tfjs has
 * them. A Relu before a convolution goes: unsigned integers end at zero by themselves. A bias after it joins it.
 */
import type { HostTensor, HostTensors } from '../tensor.ts';
import { GraphBuilder, type Node, namedNode, type Subgraph } from './graph.ts';
import { LEAST_SCALE, scalar, scaleOf } from './int8.ts';

/** Elements of the smallest filter that is worth it. */
const LEAST_FILTER = 2 ** 16;
/** Pictures differ from those that the ranges were seen on. */
const MARGIN = 1.1;

interface Convolution {
  readonly node: Node;
  /** [N, H, W, C], before the Relu where there is one. */
  readonly input: string;
  readonly relu: boolean;
  /** [O, C, kh, kw]. */
  readonly filter: string;
  /** [O]. */
  readonly bias: string | undefined;
  /** [N, H, W, O], with the bias. */
  readonly output: string;
}

interface Seen {
  /** Scales of the input and of the output. */
  readonly ranges: Record<'input' | 'output', [number, number]>;
  readonly filter: HostTensor;
  readonly bias: HostTensor | undefined;
}

/** The convolutions of a graph that are worth quantising. */
export function wideConvolutions(graph: Subgraph): Convolution[] {
  const madeBy = new Map(graph.nodes.flatMap((node) => node.outputs.map((name) => [name, node])));
  const readers = new Map<string, Node[]>();
  for (const node of graph.nodes)
    for (const name of node.inputs) readers.set(name, [...(readers.get(name) ?? []), node]);
  const given = new Set(graph.outputs.map(({ name }) => name));
  const isTransposed = (node: Node | undefined, perm: readonly number[]) =>
    node?.op === 'Transpose' && String(node.attributes.perm) === String(perm);
  return graph.nodes.flatMap((node): Convolution[] => {
    if (node.op !== 'Conv' || (node.attributes.group ?? 1) !== 1) return [];
    const [x, filter] = node.inputs as [string, string];
    const before = madeBy.get(x);
    const [after, ...others] = readers.get(node.outputs[0]!) ?? [];
    if (!isTransposed(before, [0, 3, 1, 2]) || others.length > 0 || !isTransposed(after, [0, 2, 3, 1]))
      return [];
    const input = before!.inputs[0]!;
    const rectifier = madeBy.get(input);
    const relu = rectifier?.op === 'Relu';
    const output = after!.outputs[0]!;
    const [sum, ...more] = readers.get(output) ?? [];
    const added = sum?.op === 'Add' && more.length === 0 && !given.has(output) && !node.inputs[2];
    const bias = added ? sum.inputs.find((name) => name !== output) : node.inputs[2];
    return [
      {
        ...{ node, relu, filter, bias },
        input: relu ? rectifier.inputs[0]! : input,
        output: added ? sum.outputs[0]! : output,
      },
    ];
  });
}

/** The graph with what has to be seen of its convolutions as further outputs, by {@link seenOf}. */
export function watched(graph: Subgraph, convolutions: readonly Convolution[]): Subgraph {
  const nodes: Node[] = [];
  const outputs = [...graph.outputs];
  const watch = (op: string, input: string, name: string, shape: number[]) => {
    nodes.push(namedNode(op, [input], name, op === 'Identity' ? {} : { keepdims: 0 }));
    outputs.push({ name, dtype: 'float32', shape });
  };
  for (const [i, { input, filter, bias, output }] of convolutions.entries()) {
    watch('ReduceMin', input, `watch_${i}_input_least`, []);
    watch('ReduceMax', input, `watch_${i}_input_most`, []);
    watch('ReduceMin', output, `watch_${i}_output_least`, []);
    watch('ReduceMax', output, `watch_${i}_output_most`, []);
    // Their shapes are told by what comes.
    watch('Identity', filter, `watch_${i}_filter`, []);
    if (bias !== undefined) watch('Identity', bias, `watch_${i}_bias`, []);
  }
  return { ...graph, nodes: [...graph.nodes, ...nodes], outputs };
}

/** @param runs the outputs of the watched graph, of every picture; filters and biases are read of the first alone */
export function seenOf(convolutions: readonly Convolution[], runs: readonly HostTensors[]): Seen[] {
  return convolutions.map((_, i) => {
    const number = (run: HostTensors, what: string) => Number(run[`watch_${i}_${what}`]!.data[0]);
    const range = (of: string): [number, number] => [
      Math.min(0, ...runs.map((run) => number(run, `${of}_least`))) * MARGIN,
      Math.max(0, ...runs.map((run) => number(run, `${of}_most`))) * MARGIN,
    ];
    return {
      ranges: { input: range('input'), output: range('output') },
      filter: runs[0]![`watch_${i}_filter`]!,
      bias: runs[0]![`watch_${i}_bias`],
    };
  });
}

/** @param seen of each of the convolutions, in their order */
export function quantiseConvolutions(
  graph: Subgraph,
  convolutions: readonly Convolution[],
  seen: readonly Seen[],
): Subgraph {
  const builder = new GraphBuilder('conv8_');
  const replaced = new Map<string, Node[]>();
  for (const [i, { node, input, relu, output }] of convolutions.entries()) {
    const { ranges, filter, bias } = seen[i]!;
    if (filter.data.length < LEAST_FILTER) continue;
    const [O] = filter.shape as [number];
    // What is added may be another map.
    if (bias && bias.data.length !== O) continue;
    const x = quantisation(relu ? [0, ranges.input[1]] : ranges.input);
    const y = quantisation(ranges.output);
    const { values, scales } = quantiseFilters(filter);
    const xs = builder.constant(scalar('float32', Float32Array.of(x.scale)));
    const xz = builder.constant(scalar('uint8', Uint8Array.of(x.zero)));
    const ys = builder.constant(scalar('float32', Float32Array.of(y.scale)));
    const yz = builder.constant(scalar('uint8', Uint8Array.of(y.zero)));
    const [quantised] = builder.node('QuantizeLinear', [input, xs, xz]) as [string];
    const operands = [
      ...[quantised, xs, xz],
      builder.constant({ dtype: 'int8', shape: filter.shape, data: values }),
      builder.constant({ dtype: 'float32', shape: [O], data: scales }),
      builder.constant({ dtype: 'int8', shape: [O], data: new Int8Array(O) }),
      ...[ys, yz],
    ];
    if (bias) {
      const data = Int32Array.from(scales, (scale, o) => Math.round(bias.data[o]! / (x.scale * scale)));
      operands.push(builder.constant({ dtype: 'int32', shape: [O], data }));
    }
    const attributes = { ...node.attributes, channels_last: 1 };
    const [product] = builder.node('QLinearConv', operands, attributes, { domain: 'com.microsoft' }) as [
      string,
    ];
    const last = namedNode('DequantizeLinear', [product, ys, yz], output);
    replaced.set(output, [...builder.nodes.splice(0), last]);
  }
  const nodes = graph.nodes.flatMap((node) => replaced.get(node.outputs[0]!) ?? [node]);
  const constants = new Map([...graph.constants, ...builder.constants]);
  return { ...graph, nodes: needed(nodes, graph.outputs), constants };
}

/** Without what nothing reads: onnxruntime computes that, too. */
function needed(nodes: readonly Node[], outputs: Subgraph['outputs']): Node[] {
  const read = new Set(outputs.map(({ name }) => name));
  const kept: Node[] = [];
  for (const node of [...nodes].reverse()) {
    if (!node.outputs.some((name) => read.has(name))) continue;
    for (const name of node.inputs) read.add(name);
    kept.push(node);
  }
  return kept.reverse();
}

function quantisation([least, most]: readonly [number, number]): { scale: number; zero: number } {
  const scale = Math.fround(Math.max((most - least) / 255, LEAST_SCALE));
  return { scale, zero: Math.round(-least / scale) };
}

/** Each filter by its own largest number: [O, C, kh, kw] → int8, scales [O]. */
function quantiseFilters({ data, shape }: HostTensor): { values: Int8Array; scales: Float32Array } {
  const [O] = shape as [number];
  const size = data.length / O;
  const values = new Int8Array(data.length);
  const scales = new Float32Array(O);
  for (let o = 0; o < O; o++) {
    scales[o] = scaleOf(size, (i) => data[o * size + i]!);
    for (let i = o * size; i < (o + 1) * size; i++) values[i] = Math.round(data[i]! / scales[o]!);
  }
  return { values, scales };
}
