/** The default engine: tfjs functions compiled to ONNX, run by onnxruntime on the CPU. */
// First: see there.
import './no-telemetry.ts';
import { basename, dirname, resolve } from 'node:path';
import ort from 'onnxruntime-node';
import { compile } from '../compile/compile.ts';
import { type EncodeOptions, encodeModel } from '../compile/encode.ts';
import type { Constant, Subgraph } from '../compile/graph.ts';
import { quantiseProducts } from '../compile/quantise.ts';
import { quantiseConvolutions, seenOf, watched, wideConvolutions } from '../compile/quantise-convolutions.ts';
import {
  batchInput,
  compileTrainingGraph,
  STEPS_INPUT,
  stateInput,
  TASKS_INPUT,
} from '../compile/training.ts';
import { type DType, type HostData, type HostTensor, type HostTensors, sizeOf } from '../tensor.ts';
import { assertInputs } from './assert-inputs.ts';
import {
  type CompiledFunction,
  type Engine,
  type InputSpec,
  LARGEST_WHOLE_STATE,
  type Trainer,
  type TrainStep,
} from './engine.ts';
import { integersAreExact } from './exact-integers.ts';
import type { Precision } from './precision.ts';

export interface OnnxRuntimeOptions {
  /** Threads of one operator; by default onnxruntime's choice, the number of physical cores. */
  threads?: number;
  /** webgpu: functions on the GPU, as far as onnxruntime has their operators there; training stays on the CPU. */
  device?: 'cpu' | 'webgpu';
  /** Precision of functions; training is of float32. */
  precision?: Precision;
  /** See there. */
  largestState?: Engine['largestState'];
}

/**
 * Elements of the smallest weight whose products become those of integers: with `auto` where that is three times as
 * fast, in matrices of 512 × 512 and more; with `int8` where it is faster at all.
 */
const LEAST_QUANTISED = { auto: 2 ** 18, int8: 2 ** 13 };

/**
 * A training graph has thousands of nodes, and every pass over it takes a while before the first step. The steps of a
 * transformer are no faster for any of them, those with convolutions for the basic ones alone.
 */
const levelOfTraining = (graph: Subgraph): 'basic' | 'disabled' => (convolves(graph) ? 'basic' : 'disabled');

const convolves = ({ nodes }: Subgraph): boolean =>
  nodes.some(
    ({ op, attributes }) =>
      op === 'Conv' ||
      Object.values(attributes).some(
        (one) => typeof one === 'object' && 'graph' in one && convolves(one.graph),
      ),
  );

export function createOnnxRuntimeEngine({
  threads,
  device = 'cpu',
  precision = 'float32',
  // Steps that are compiled whole hold it four times: fed, in the loop, out of the loop, and copied back.
  largestState = LARGEST_WHOLE_STATE,
}: OnnxRuntimeOptions = {}): Engine {
  const session = (
    graph: Subgraph,
    training: boolean,
    mapped: MappedWeights = { folder: undefined, external: new Map() },
    keepsMemory = training,
  ): Promise<ort.InferenceSession> => {
    const model = encodeModel(graph, { external: mapped.external });
    return ort.InferenceSession.create(model, {
      executionProviders: [training ? 'cpu' : device],
      executionMode: 'sequential',
      graphOptimizationLevel: training ? levelOfTraining(graph) : 'all',
      logSeverityLevel: 3,
      // A session's arena grows to its largest run, by powers of two, and never shrinks: 390 MiB for the parts of a
      // full-size painter. Without it a picture costs 8 % more processor time.
      enableCpuMemArena: keepsMemory,
      // One block for all of a run, beside what the arena has: 1.4 GB more for gradients at the published size.
      enableMemPattern: training || !keepsMemory,
      // Otherwise the threads of a session that has just run go on spinning, and take the cores from the next one:
      // a picture is made by four sessions in turn, and took 1.4 times as long on two cores.
      extra: {
        session: {
          force_spinning_stop: '1',
          ...(mapped.folder === undefined
            ? {}
            : { model_external_initializers_file_folder_path: mapped.folder }),
        },
      },
      ...(threads ? { intraOpNumThreads: threads } : {}),
    });
  };

  return {
    name: `onnxruntime-${device}${precision === 'float32' ? '' : `-${precision}`}`,
    // Its CPU provider multiplies in float32 alone.
    bf16: 'emulated',
    largestState,

    async compile({ name, fn, weights, inputs, calibration = [], precision: products, keepsMemory }) {
      const weightName = (key: string) => `weight/${key}`;
      const { graph, outputs } = compile(
        name,
        (tensors) =>
          fn(
            Object.fromEntries(Object.keys(weights).map((key) => [key, tensors[weightName(key)]!])),
            Object.fromEntries(Object.keys(inputs).map((key) => [key, tensors[key]!])),
          ),
        {
          ...inputs,
          ...Object.fromEntries(
            Object.entries(weights).map(([key, { dtype, shape }]) => [weightName(key), { dtype, shape }]),
          ),
        },
        '',
        products,
      );
      const named = new Map(Object.entries(weights).map(([key, tensor]) => [weightName(key), tensor]));
      const open = (whole: Subgraph) => {
        const needed = new Set(whole.nodes.flatMap((node) => node.inputs));
        const left = new Map([...named].filter(([key]) => needed.has(key)));
        const mapped = mapWeights(left);
        const constants = new Map<string, Constant>(whole.constants);
        for (const [key, tensor] of left) if (!mapped.external.has(key)) constants.set(key, tensor);
        const own = { ...whole, constants, inputs: graph.inputs.filter((input) => input.name in inputs) };
        return session(own, false, mapped, keepsMemory);
      };
      const integers = products === undefined && precision !== 'float32' && device === 'cpu';
      if (!integers || !(await integersAreExact()))
        return new OnnxFunction(await open(graph), inputs, outputs);
      const quantised = quantiseProducts(
        await withIntegerConvolutions(graph, inputs, calibration, open),
        named,
        LEAST_QUANTISED[precision],
      );
      return new OnnxFunction(await open(quantised), inputs, outputs);
    },

    async compileTraining({ name, steps, state, batch, precision }) {
      const compiled = compileTrainingGraph(
        name,
        steps as Record<string, TrainStep>,
        state,
        batch as Record<string, StaticSpec>,
        precision,
      );
      return new OnnxTrainer(await session(compiled.graph, true), compiled, state, batch);
    },
  };
}

/** The graph with its wide convolutions quantised, by what the calibration shows of them. */
async function withIntegerConvolutions(
  graph: Subgraph,
  inputs: Record<string, InputSpec>,
  calibration: readonly HostTensors[],
  open: (graph: Subgraph) => Promise<ort.InferenceSession>,
): Promise<Subgraph> {
  const convolutions = calibration.length > 0 ? wideConvolutions(graph) : [];
  if (convolutions.length === 0) return graph;
  const watching = watched(graph, convolutions);
  const more = watching.outputs.slice(graph.outputs.length).map(({ name }) => name);
  // Filters and biases are the same in every run, and large.
  const ranges = more.filter((name) => /_(least|most)$/.test(name));
  const watcher = new OnnxFunction(
    await open(watching),
    inputs,
    Object.fromEntries(more.map((name) => [name, name])),
  );
  try {
    const runs: HostTensors[] = [];
    for (const one of calibration) runs.push(await watcher.run(one, runs.length === 0 ? more : ranges));
    return quantiseConvolutions(graph, convolutions, seenOf(convolutions, runs));
  } finally {
    await watcher.release();
  }
}

/** Weights that onnxruntime maps from a file, instead of getting a copy inside the graph. */
interface MappedWeights {
  /** Folder of the files; undefined when there are none. */
  readonly folder: string | undefined;
  readonly external: NonNullable<EncodeOptions['external']>;
}

/** Smaller ones are not worth a page of memory of their own. */
const LEAST_MAPPED = 4096;

/** A session takes external data from one folder: that which holds the most. The rest is put into the graph. */
function mapWeights(weights: ReadonlyMap<string, HostTensor>): MappedWeights {
  const onDisk = [...weights].flatMap(([name, { dtype, shape, file }]) =>
    file !== undefined && file.length >= LEAST_MAPPED
      ? [{ name, constant: { dtype, shape }, file, folder: dirname(resolve(file.path)) }]
      : [],
  );
  const bytes = new Map<string, number>();
  for (const { folder, file } of onDisk) bytes.set(folder, (bytes.get(folder) ?? 0) + file.length);
  const [folder] = [...bytes].sort(([, a], [, b]) => b - a)[0] ?? [];
  const external = new Map(
    onDisk
      .filter((weight) => weight.folder === folder)
      .map(({ name, constant, file: { path, offset, length } }) => [
        name,
        { constant, data: { location: basename(path), offset, length } },
      ]),
  );
  return { folder, external };
}

type StaticSpec = { dtype: DType; shape: readonly number[] };

const ORT_TYPE = { float32: 'float32', int32: 'int32', bool: 'bool' } as const;

const toOrt = ({ dtype, data, shape }: HostTensor) => new ort.Tensor(ORT_TYPE[dtype], data as never, shape);

function fromOrt(tensor: ort.Tensor): HostTensor {
  return { dtype: tensor.type as DType, shape: tensor.dims, data: tensor.data as HostData };
}

class OnnxFunction implements CompiledFunction {
  readonly #session: ort.InferenceSession;
  readonly #inputs: Record<string, InputSpec>;
  readonly #outputs: Readonly<Record<string, string>>;

  constructor(
    session: ort.InferenceSession,
    inputs: Record<string, InputSpec>,
    outputs: Readonly<Record<string, string>>,
  ) {
    this.#session = session;
    this.#inputs = inputs;
    this.#outputs = outputs;
  }

  async run(
    inputs: HostTensors,
    outputs: readonly string[] = Object.keys(this.#outputs),
    into: HostTensors = {},
  ): Promise<HostTensors> {
    assertInputs(inputs, this.#inputs);
    const feeds = Object.fromEntries(Object.keys(this.#inputs).map((key) => [key, toOrt(inputs[key]!)]));
    const fetches = outputs.map((key) => [this.#outputs[key]!, into[key] ? toOrt(into[key]) : null]);
    const results = await this.#session.run(feeds, Object.fromEntries(fetches));
    return Object.fromEntries(outputs.map((key) => [key, fromOrt(results[this.#outputs[key]!]!)]));
  }

  async release(): Promise<void> {
    await this.#session.release();
  }
}

class OnnxTrainer implements Trainer {
  readonly #session: ort.InferenceSession;
  readonly #compiled: ReturnType<typeof compileTrainingGraph>;
  readonly #batch: Record<string, InputSpec>;
  #state: HostTensors;

  constructor(
    session: ort.InferenceSession,
    compiled: ReturnType<typeof compileTrainingGraph>,
    state: HostTensors,
    batch: Record<string, InputSpec>,
  ) {
    this.#session = session;
    this.#compiled = compiled;
    this.#state = { ...state };
    this.#batch = batch;
  }

  async run(steps: readonly { task: string; batch: HostTensors }[]): Promise<Record<string, number>[]> {
    const { tasks, state, metrics } = this.#compiled;
    const available = new Set(this.#session.inputNames);
    const feeds: Record<string, ort.Tensor> = {
      [STEPS_INPUT]: new ort.Tensor('int64', BigInt64Array.of(BigInt(steps.length)), []),
      [TASKS_INPUT]: new ort.Tensor(
        'int32',
        Int32Array.from(steps, ({ task }) => taskNumber(tasks, task)),
        [steps.length],
      ),
    };
    for (const [key, tensor] of Object.entries(this.#state)) feeds[stateInput(key)] = toOrt(tensor);
    for (const { batch } of steps) assertInputs(batch, this.#batch);
    for (const key of Object.keys(this.#batch))
      feeds[batchInput(key)] = toOrt(stack(steps.map(({ batch }) => batch[key]!)));
    // An input that no step reads is not part of the session.
    for (const key of Object.keys(feeds)) if (!available.has(key)) delete feeds[key];
    const results = await this.#session.run(feeds);
    for (const [key, output] of Object.entries(state)) this.#state[key] = fromOrt(results[output]!);
    return steps.map((_, i) =>
      Object.fromEntries(
        Object.entries(metrics).map(([key, output]) => [key, Number(results[output]!.data[i])]),
      ),
    );
  }

  state(names?: readonly string[]): HostTensors {
    return names ? Object.fromEntries(names.map((name) => [name, this.#state[name]!])) : this.#state;
  }

  replace(part: HostTensors): void {
    Object.assign(this.#state, part);
  }

  async release(): Promise<void> {
    await this.#session.release();
  }
}

function taskNumber(tasks: readonly string[], task: string): number {
  const index = tasks.indexOf(task);
  if (index < 0) throw new Error(`unknown task ${task}: expected one of ${tasks.join(', ')}`);
  return index;
}

/** K tensors of one shape → one with a leading K. */
function stack(tensors: readonly HostTensor[]): HostTensor {
  const { dtype, shape } = tensors[0]!;
  const size = sizeOf(shape);
  const length = size * tensors.length;
  const data =
    dtype === 'float32'
      ? new Float32Array(length)
      : dtype === 'int32'
        ? new Int32Array(length)
        : new Uint8Array(length);
  for (const [i, tensor] of tensors.entries()) data.set(tensor.data, i * size);
  return { dtype, shape: [tensors.length, ...shape], data };
}
