/** Encodes a graph as an ONNX protobuf. Field numbers: onnx/onnx.proto, IR version 9. */
import protobuf from 'protobufjs/minimal.js';
import type { Attribute, Constant, Node, OnnxType, Subgraph, ValueInfo } from './graph.ts';

const IR_VERSION = 9;
const OPSET = 20;
const TYPE: Record<OnnxType, number> = { float32: 1, uint8: 2, int8: 3, int32: 6, int64: 7, bool: 9 };

/** Raw bytes that live in a file beside the model instead of inside it. */
interface ExternalData {
  readonly location: string;
  readonly offset: number;
  readonly length: number;
}

export interface EncodeOptions {
  /** Constants that are read from a file; they are declared with their type and shape alone. */
  readonly external?: ReadonlyMap<string, { constant: Omit<Constant, 'data'>; data: ExternalData }>;
}

type Writer = protobuf.Writer;
const tag = (field: number, wire: 0 | 2 | 5) => (field << 3) | wire;
const varint = (w: Writer, field: number, value: number) => w.uint32(tag(field, 0)).int64(value);
const text = (w: Writer, field: number, value: string) => w.uint32(tag(field, 2)).string(value);
const message = (w: Writer, field: number, write: (inner: Writer) => void) => {
  w.uint32(tag(field, 2)).fork();
  write(w);
  w.ldelim();
};

export function encodeModel(graph: Subgraph, options: EncodeOptions = {}): Uint8Array {
  const w = protobuf.Writer.create();
  varint(w, 1, IR_VERSION);
  text(w, 2, 'xlxmert-zoo');
  message(w, 7, (g) => writeGraph(g, graph, options));
  for (const [domain, version] of [
    ['', OPSET],
    ['com.microsoft', 1],
  ] as const) {
    message(w, 8, (o) => {
      text(o, 1, domain);
      varint(o, 2, version);
    });
  }
  return w.finish();
}

function writeGraph(w: Writer, graph: Subgraph, options: EncodeOptions = {}): void {
  for (const node of graph.nodes) message(w, 1, (n) => writeNode(n, node));
  text(w, 2, graph.name);
  for (const [name, constant] of graph.constants) message(w, 5, (t) => writeTensor(t, name, constant));
  for (const [name, { constant, data }] of options.external ?? []) {
    message(w, 5, (t) => writeExternalTensor(t, name, constant, data));
  }
  for (const input of graph.inputs) message(w, 11, (v) => writeValueInfo(v, input));
  for (const output of graph.outputs) message(w, 12, (v) => writeValueInfo(v, output));
}

function writeNode(w: Writer, node: Node): void {
  for (const input of node.inputs) text(w, 1, input);
  for (const output of node.outputs) text(w, 2, output);
  text(w, 3, node.outputs[0] ?? node.op);
  text(w, 4, node.op);
  for (const [name, value] of Object.entries(node.attributes))
    message(w, 5, (a) => writeAttribute(a, name, value));
  if (node.domain) text(w, 7, node.domain);
}

function writeAttribute(w: Writer, name: string, value: Attribute): void {
  text(w, 1, name);
  if (typeof value === 'number') {
    varint(w, 3, value);
    varint(w, 20, 2); // INT
  } else if (typeof value === 'string') {
    text(w, 4, value);
    varint(w, 20, 3); // STRING
  } else if (Array.isArray(value)) {
    for (const item of value) varint(w, 8, item);
    varint(w, 20, 7); // INTS
  } else if ('float' in value) {
    w.uint32(tag(2, 5)).float(value.float);
    varint(w, 20, 1); // FLOAT
  } else if ('graph' in value) {
    message(w, 6, (g) => writeGraph(g, value.graph));
    varint(w, 20, 5); // GRAPH
  }
}

function writeTensor(w: Writer, name: string, { dtype, shape, data }: Constant): void {
  for (const dimension of shape) varint(w, 1, dimension);
  varint(w, 2, TYPE[dtype]);
  text(w, 8, name);
  const raw = Array.isArray(data) ? BigInt64Array.from(data, BigInt) : (data as Float32Array);
  w.uint32(tag(9, 2)).bytes(new Uint8Array(raw.buffer, raw.byteOffset, raw.byteLength));
}

function writeExternalTensor(
  w: Writer,
  name: string,
  { dtype, shape }: Omit<Constant, 'data'>,
  data: ExternalData,
): void {
  for (const dimension of shape) varint(w, 1, dimension);
  varint(w, 2, TYPE[dtype]);
  text(w, 8, name);
  for (const [key, value] of Object.entries(data)) {
    message(w, 13, (entry) => {
      text(entry, 1, key);
      text(entry, 2, String(value));
    });
  }
  varint(w, 14, 1); // EXTERNAL
}

function writeValueInfo(w: Writer, { name, dtype, shape }: ValueInfo): void {
  text(w, 1, name);
  message(w, 2, (type) =>
    message(type, 1, (tensor) => {
      varint(tensor, 1, TYPE[dtype]);
      message(tensor, 2, (s) => {
        for (const dimension of shape) {
          message(s, 1, (d) => {
            if (typeof dimension === 'number') varint(d, 1, dimension);
            else
              text(
                d,
                2,
                dimension.factor === 1 ? dimension.symbol : `${dimension.factor}*${dimension.symbol}`,
              );
          });
        }
      });
    }),
  );
}
