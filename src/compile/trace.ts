/**
 * Tracing: runs a tfjs function on a backend that records ONNX nodes instead of computing.
 * It intercepts at tfjs's kernel registry, so gradients, which tfjs composes from kernels, are recorded too.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { DType } from '../tensor.ts';
import { type Attribute, type Constant, GraphBuilder, type Node } from './graph.ts';

export const TRACE_BACKEND = 'trace';

export class TraceError extends Error {}

/** What matrix products are rounded to; sums are float32's. */
export type Products = 'float32' | 'bf16';

/** What a tfjs tensor stands for while tracing. */
type Traced =
  | { readonly kind: 'value'; readonly name: string }
  /** Every element the same: stays lazy, so that ones and zeros of gradients cost nothing. */
  | { readonly kind: 'fill'; readonly value: number; readonly data?: ConstantData }
  | { readonly kind: 'constant'; readonly data: ConstantData };

type ConstantData = Float32Array | Int32Array | Uint8Array;

class TraceBackend extends tf.KernelBackend {
  traced = new WeakMap<object, Traced>();

  override write(values: tf.BackendValues, shape: number[], dtype: tf.DataType): tf.DataId {
    const dataId = {};
    const data = typed(values, dtype);
    // Of nothing no element is the first: a graph model's shape may be an empty constant.
    const uniform = !shape.includes(0) && data.every((value) => value === data[0]);
    this.traced.set(
      dataId,
      uniform ? { kind: 'fill', value: Number(data[0]), data } : { kind: 'constant', data },
    );
    return dataId;
  }

  /** What was written down is known while tracing (a graph model's shapes are); what is computed is not. */
  override readSync(dataId: object): ConstantData {
    const traced = this.traced.get(dataId);
    if (traced && traced.kind !== 'value' && traced.data) return traced.data;
    throw new TraceError(
      'tensor data is read while tracing (dataSync, print, array): the function must be pure',
    );
  }

  override async read(dataId: object): Promise<ConstantData> {
    return this.readSync(dataId);
  }

  // Nothing is stored, so nothing is counted or freed.
  override numDataIds(): number {
    return 0;
  }
  override incRef(): void {}
  override refCount(): number {
    return 1;
  }
  override disposeData(): boolean {
    return true;
  }
  override memory(): { unreliable: boolean } {
    return { unreliable: true };
  }
  override floatPrecision(): 32 {
    return 32;
  }
  override epsilon(): number {
    return 1e-7;
  }
  override timerAvailable(): boolean {
    return false;
  }
}

function typed(values: tf.BackendValues | null, dtype: tf.DataType): ConstantData {
  if (values === null) throw new TraceError('a tensor without values cannot be traced');
  const numbers = Array.from(values as ArrayLike<number>, Number);
  if (dtype === 'float32') return Float32Array.from(numbers);
  if (dtype === 'int32') return Int32Array.from(numbers);
  if (dtype === 'bool') return Uint8Array.from(numbers);
  throw new TraceError(`${dtype} tensors cannot be traced`);
}

/** ONNX's numbers of element types. */
const [FLOAT32, BFLOAT16] = [1, 16];

const backend = new TraceBackend();
tf.registerBackend(TRACE_BACKEND, () => backend);

/** What a lowering (src/compile/ops) works with: one kernel call. */
export interface KernelCall<Attributes = unknown> {
  readonly inputs: Record<string, tf.TensorInfo>;
  readonly attrs: Attributes;
  readonly lower: Lowerer;
}

export class Lowerer {
  readonly graph: GraphBuilder;
  readonly unsupported = new Set<string>();
  /** Constants of this graph alone: a constant may outlive a trace. */
  readonly #constants = new Map<Traced, string>();
  readonly #products: Products;

  constructor(prefix: string, products: Products = 'float32') {
    this.graph = new GraphBuilder(prefix);
    this.#products = products;
  }

  /** Products are done with less than float32, of which bias and sum are no part. */
  get rounds(): boolean {
    return this.#products !== 'float32';
  }

  /** An operand or a result of a product, as precise as products are. */
  rounded(name: string): string {
    if (!this.rounds) return name;
    return this.op('Cast', [this.op('Cast', [name], { to: BFLOAT16 })], { to: FLOAT32 });
  }

  /** The value of a uniform tensor, or undefined. */
  fillOf(tensor: tf.TensorInfo): number | undefined {
    const traced = this.#traced(tensor);
    return traced.kind === 'fill' ? traced.value : undefined;
  }

  constantOf(tensor: tf.TensorInfo): ArrayLike<number> | undefined {
    const traced = this.#traced(tensor);
    return traced.kind === 'constant' ? traced.data : undefined;
  }

  /** The graph name of a tensor, of exactly its shape. */
  name(tensor: tf.TensorInfo): string {
    const traced = this.#traced(tensor);
    if (traced.kind === 'value') return traced.name;
    const dtype = tensor.dtype as DType;
    if (traced.kind === 'fill') {
      const scalar = this.scalar(traced.value, dtype);
      if (tensor.shape.length === 0) return scalar;
      return this.graph.node('Expand', [scalar, this.graph.int64(tensor.shape)])[0]!;
    }
    let name = this.#constants.get(traced);
    if (name === undefined) {
      name = this.graph.constant({ dtype, shape: tensor.shape, data: traced.data });
      this.#constants.set(traced, name);
    }
    return name;
  }

  /** A name that broadcasts to `shape`: uniform tensors stay scalars. */
  broadcastName(tensor: tf.TensorInfo): string {
    const fill = this.fillOf(tensor);
    return fill === undefined ? this.name(tensor) : this.scalar(fill, tensor.dtype as DType);
  }

  scalar(value: number, dtype: DType | 'int64'): string {
    const data =
      dtype === 'float32'
        ? Float32Array.of(value)
        : dtype === 'int32'
          ? Int32Array.of(value)
          : dtype === 'bool'
            ? Uint8Array.of(value)
            : [value];
    return this.graph.constant({ dtype, shape: [], data });
  }

  float32(data: Float32Array, shape: readonly number[]): string {
    return this.graph.constant({ dtype: 'float32', shape, data });
  }

  /** A tensor for an existing graph name. */
  tensor(name: string, shape: readonly number[], dtype: tf.DataType): tf.TensorInfo {
    const dataId = {};
    backend.traced.set(dataId, { kind: 'value', name });
    return { dataId, shape: [...shape], dtype };
  }

  fill(value: number, shape: readonly number[], dtype: tf.DataType): tf.TensorInfo {
    const dataId = {};
    backend.traced.set(dataId, { kind: 'fill', value });
    return { dataId, shape: [...shape], dtype };
  }

  op(
    op: string,
    inputs: readonly string[],
    attributes: Record<string, Attribute> = {},
    domain?: Node['domain'],
  ): string {
    return this.graph.node(op, inputs, attributes, domain ? { domain } : {})[0]!;
  }

  reshape(name: string, shape: readonly number[]): string {
    return this.op('Reshape', [name, this.graph.int64(shape)]);
  }

  transpose(name: string, perm: readonly number[]): string {
    return this.op('Transpose', [name], { perm });
  }

  #traced(tensor: tf.TensorInfo): Traced {
    const traced = backend.traced.get(tensor.dataId);
    if (!traced)
      throw new TraceError('a tensor from another backend was used while tracing: pass it as an input');
    return traced;
  }
}

let current: Lowerer | undefined;

const lowered = new Set<string>();

/** Registers how a kernel becomes ONNX nodes. */
export function registerLowering<Attributes>(
  kernelName: string,
  lowering: (call: KernelCall<Attributes>) => tf.TensorInfo | tf.TensorInfo[],
): void {
  lowered.add(kernelName);
  tf.registerKernel({
    kernelName,
    backendName: TRACE_BACKEND,
    kernelFunc: ({ inputs, attrs }) => {
      if (!current) throw new TraceError(`${kernelName} was called on the trace backend outside of a trace`);
      return lowering({
        inputs: inputs as Record<string, tf.TensorInfo>,
        attrs: (attrs ?? {}) as Attributes,
        lower: current,
      });
    },
  });
}

/**
 * Every other kernel of tfjs: note its name and go on with a tensor of a plausible shape, so that one error
 * can name all that is missing instead of the first.
 */
export function registerUnsupported(kernelNames: Iterable<string>): void {
  for (const kernelName of kernelNames) {
    if (lowered.has(kernelName)) continue;
    tf.registerKernel({
      kernelName,
      backendName: TRACE_BACKEND,
      kernelFunc: ({ inputs }) => {
        current?.unsupported.add(kernelName);
        const first = Object.values(inputs).flat()[0] as tf.TensorInfo | undefined;
        return current!.fill(0, first?.shape ?? [], first?.dtype ?? 'float32');
      },
    });
  }
}

export interface TraceInput {
  readonly dtype: DType;
  readonly shape: readonly number[];
}

export interface TracedGraph {
  readonly nodes: readonly Node[];
  readonly constants: ReadonlyMap<string, Constant>;
  readonly inputs: Readonly<Record<string, TraceInput>>;
  readonly outputs: Readonly<Record<string, { name: string } & TraceInput>>;
}

/**
 * @param prefix starts every name that the trace makes up, so that several traces can share one model.
 * @throws TraceError with the names of all kernels that have no lowering.
 */
export function trace(
  fn: (inputs: Record<string, tf.Tensor>) => Record<string, tf.Tensor>,
  inputs: Record<string, TraceInput>,
  prefix = '',
  products?: Products,
): TracedGraph {
  if (current) throw new TraceError('traces cannot be nested');
  const engine = tf.engine();
  const before = engine.registryFactory[engine.backendName] ? engine.backendName : undefined;
  tf.setBackend(TRACE_BACKEND);
  const lower = new Lowerer(prefix, products);
  current = lower;
  engine.startScope('trace');
  try {
    const tensors: Record<string, tf.Tensor> = {};
    for (const [name, { dtype, shape }] of Object.entries(inputs)) {
      tensors[name] = engine.makeTensorFromTensorInfo(lower.tensor(name, shape, dtype));
    }
    const results = fn(tensors);
    const taken = new Set(Object.keys(inputs));
    const outputs: Record<string, { name: string } & TraceInput> = {};
    for (const [key, tensor] of Object.entries(results)) {
      let name = lower.name(tensor);
      // A graph output must be the fresh result of a node, and only once.
      if (taken.has(name) || lower.graph.constants.has(name)) name = lower.op('Identity', [name]);
      taken.add(name);
      outputs[key] = { name, dtype: tensor.dtype as DType, shape: tensor.shape };
    }
    assertSupported(lower);
    return { nodes: lower.graph.nodes, constants: lower.graph.constants, inputs, outputs };
  } catch (error) {
    // What went wrong after a missing kernel is most likely its consequence.
    assertSupported(lower, error);
    throw error;
  } finally {
    current = undefined;
    engine.endScope();
    if (before) tf.setBackend(before);
  }
}

function assertSupported({ unsupported }: Lowerer, cause?: unknown): void {
  if (unsupported.size === 0) return;
  const names = [...unsupported].sort().join(', ');
  throw new TraceError(`no ONNX lowering for: ${names} (add one in src/compile/ops)`, { cause });
}
