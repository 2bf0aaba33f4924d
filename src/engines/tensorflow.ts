/**
 * The engine for CUDA: the same functions, run op by op by libtensorflow through tfjs-node.
 *
 * Weights and training state stay on the device. Everything else that a run makes is freed when it ends, so that
 * the number of tensors returns to where it was.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { HostTensor, HostTensors } from '../tensor.ts';
import { assertInputs } from './assert-inputs.ts';
import {
  type CompiledFunction,
  type Engine,
  type InputSpec,
  LARGEST_WHOLE_STATE,
  type ModelFunction,
  type Tensors,
  type Trainer,
  type TrainingPrecision,
  type TrainStep,
} from './engine.ts';
import { withPrecision } from './tensorflow-kernels.ts';
import { loadTensorFlow, type NativeOptions, TENSORFLOW_BACKEND } from './tensorflow-native.ts';

export type TensorFlowOptions = NativeOptions;

/** @throws Error that says what to do when the library cannot be loaded, or finds no GPU for `cuda` */
export function createTensorFlowEngine(options: TensorFlowOptions): Engine {
  loadTensorFlow(options);
  return {
    name: `tensorflow-${options.device}`,
    bf16: 'native',
    // A GPU's stays there.
    largestState: options.device === 'cpu' ? LARGEST_WHOLE_STATE : Number.POSITIVE_INFINITY,
    async compile({ fn, weights, inputs, precision = 'float32' }) {
      const rounded: ModelFunction = (...given) => withPrecision(precision, () => fn(...given));
      return new EagerFunction(rounded, onDevice(weights), inputs);
    },
    async compileTraining({ steps, state, batch, precision = 'float32' }) {
      return new EagerTrainer(steps, onDevice(state), batch, precision);
    },
  };
}

/**
 * Tensors made inside are freed, except those kept. Not tf.tidy, which walks what its function returns, typed
 * arrays element by element.
 */
function inScope<T>(body: () => T): T {
  const engine = tf.engine();
  const before = engine.backendName;
  if (before !== TENSORFLOW_BACKEND) tf.setBackend(TENSORFLOW_BACKEND);
  engine.startScope('run');
  try {
    return body();
  } finally {
    engine.endScope();
    if (before && before !== TENSORFLOW_BACKEND) tf.setBackend(before);
  }
}

const upload = ({ dtype, shape, data }: HostTensor): tf.Tensor =>
  tf.engine().makeTensor(data, [...shape], dtype);

const uploadAll = (tensors: HostTensors, names: readonly string[]): Tensors =>
  Object.fromEntries(names.map((name) => [name, upload(tensors[name]!)]));

function onDevice(tensors: HostTensors): Tensors {
  return inScope(() => {
    const uploaded = uploadAll(tensors, Object.keys(tensors));
    for (const tensor of Object.values(uploaded)) tf.keep(tensor);
    return uploaded;
  });
}

/** A copy, even of a tensor that was never sent to the library, whose memory is an input's. */
function download(tensor: tf.Tensor): HostTensor {
  const data = tensor.dataSync().slice() as HostTensor['data'];
  return { dtype: tensor.dtype as HostTensor['dtype'], shape: [...tensor.shape], data };
}

const disposeAll = (tensors: Tensors) => inScope(() => tf.dispose(Object.values(tensors)));

/** Outlives the scope, whatever else holds the same data. */
const kept = (tensor: tf.Tensor): tf.Tensor => tf.keep(tf.clone(tensor));

class EagerFunction implements CompiledFunction {
  readonly #fn: ModelFunction;
  readonly #inputs: Record<string, InputSpec>;
  #weights: Tensors | undefined;

  constructor(fn: ModelFunction, weights: Tensors, inputs: Record<string, InputSpec>) {
    this.#fn = fn;
    this.#weights = weights;
    this.#inputs = inputs;
  }

  async run(inputs: HostTensors, outputs?: readonly string[]): Promise<HostTensors> {
    const weights = this.#weights;
    if (!weights) throw new Error('the function was released');
    assertInputs(inputs, this.#inputs);
    return inScope(() => {
      const results = this.#fn(weights, uploadAll(inputs, Object.keys(this.#inputs)));
      return Object.fromEntries(
        (outputs ?? Object.keys(results)).map((key) => [key, download(results[key]!)]),
      );
    });
  }

  async release(): Promise<void> {
    if (this.#weights) disposeAll(this.#weights);
    this.#weights = undefined;
  }
}

class EagerTrainer implements Trainer {
  readonly #steps: Record<string, TrainStep>;
  readonly #batch: Record<string, InputSpec>;
  readonly #precision: TrainingPrecision;
  #state: Tensors;
  /** The state in host memory, until the next step. */
  #read: HostTensors | undefined;

  constructor(
    steps: Record<string, TrainStep>,
    state: Tensors,
    batch: Record<string, InputSpec>,
    precision: TrainingPrecision,
  ) {
    this.#precision = precision;
    this.#steps = steps;
    this.#state = state;
    this.#batch = batch;
  }

  async run(steps: readonly { task: string; batch: HostTensors }[]): Promise<Record<string, number>[]> {
    for (const { task, batch } of steps) {
      if (!Object.hasOwn(this.#steps, task)) {
        throw new Error(`unknown task ${task}: expected one of ${Object.keys(this.#steps).join(', ')}`);
      }
      assertInputs(batch, this.#batch);
    }
    this.#read = undefined;
    // Read after the last step: reading makes a GPU finish what it has been given.
    const metrics = steps.map(({ task, batch }) => this.#step(task, batch));
    return inScope(() =>
      metrics.map((one) => {
        // In the compiled engine's order: logs of both look alike.
        const values = Object.keys(one)
          .sort()
          .map((key) => [key, one[key]!.dataSync()[0]!] as const);
        tf.dispose(Object.values(one));
        return Object.fromEntries(values);
      }),
    );
  }

  #step(task: string, batch: HostTensors): Tensors {
    return inScope(() => {
      const result = withPrecision(this.#precision, () =>
        this.#steps[task]!(this.#state, uploadAll(batch, Object.keys(this.#batch))),
      );
      const next = { ...this.#state };
      for (const [key, tensor] of Object.entries(result.state)) {
        assertSameSpec(task, key, tensor, this.#state[key]);
        if (tensor !== this.#state[key]) next[key] = kept(tensor);
      }
      const metrics = Object.fromEntries(
        Object.entries(result.metrics).map(([key, tensor]) => [key, kept(tensor)]),
      );
      for (const [key, tensor] of Object.entries(this.#state)) if (next[key] !== tensor) tensor.dispose();
      this.#state = next;
      return metrics;
    });
  }

  state(names?: readonly string[]): HostTensors {
    const read = (keys: readonly string[]) =>
      inScope(() => Object.fromEntries(keys.map((key) => [key, download(this.#state[key]!)])));
    if (names) return read(names);
    this.#read ??= read(Object.keys(this.#state));
    return this.#read;
  }

  replace(part: HostTensors): void {
    const fresh = onDevice(part);
    disposeAll(Object.fromEntries(Object.keys(part).map((key) => [key, this.#state[key]!])));
    Object.assign(this.#state, fresh);
    this.#read = undefined;
  }

  async release(): Promise<void> {
    disposeAll(this.#state);
    this.#state = {};
    this.#read = undefined;
  }
}

function assertSameSpec(task: string, key: string, tensor: tf.Tensor, before: tf.Tensor | undefined): void {
  if (!before) throw new Error(`task ${task} returns state ${key}, which does not exist`);
  if (tensor.dtype !== before.dtype || tensor.shape.join() !== before.shape.join()) {
    throw new Error(
      `task ${task} turns state ${key} from ${before.dtype} [${before.shape}] into ${tensor.dtype} [${tensor.shape}]`,
    );
  }
}
