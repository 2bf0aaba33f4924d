/**
 * Training of models that are too large for whole compiled steps, which hold the state several times.
 *
 * The state lies in host memory, and is updated in place, a piece of a weight at a time; what an engine compiles is the
 * gradients of a pass and the update of a piece. So weights and both moments are there once, and gradients twice: the
 * sum of the passes, and those of the pass that has just been done. The numbers are those of whole steps.
 */
import type {
  CompiledFunction,
  Engine,
  InputSpec,
  Trainer,
  TrainingPrecision,
  TrainStep,
} from '../../engines/engine.ts';
import { float32, type HostTensor, type HostTensors, sizeOf } from '../../tensor.ts';
import {
  type AdamWTraining,
  isGradientSum,
  type Loss,
  lasting,
  type Pass,
  type Rates,
  SUM,
} from './gradient-step.ts';

/** Steps in parts: what they learn from, and how. */
export interface StepParts {
  readonly losses: Readonly<Record<string, Loss>>;
  readonly adamW: AdamWTraining;
}

/** Elements of a weight that are updated at a time: few enough that what an update needs beside it is little. */
const PIECE = 2 ** 22;

interface TrainerSpec {
  readonly name: string;
  readonly state: HostTensors;
  readonly batch: Record<string, InputSpec>;
  readonly precision?: TrainingPrecision;
}

/** Opens a trainer of whole steps where the state is small enough for the engine, else of parts. */
export async function openTrainer(
  engine: Engine,
  spec: TrainerSpec & { readonly steps: Record<string, TrainStep>; readonly parts?: StepParts | undefined },
): Promise<Trainer> {
  const { parts, state } = spec;
  const bytes = Object.values(lasting(state)).reduce((sum, { data }) => sum + data.byteLength, 0);
  if (!parts || bytes <= engine.largestState) return engine.compileTraining(spec);
  return openApartTrainer(engine, { ...spec, parts });
}

/** @param spec.state is copied */
export async function openApartTrainer(
  engine: Engine,
  spec: TrainerSpec & { readonly parts: StepParts },
): Promise<Trainer> {
  const { name, parts, state, batch, precision = 'float32' } = spec;
  const { losses, adamW } = parts;
  const weights = Object.entries(adamW.weights(state)).map(
    ([key, { dtype, shape }]) => [key, { dtype, shape }] as const,
  );
  const { learning_rate: _, ...data } = batch;
  const passes = new Map<string, CompiledFunction>();
  for (const [task, loss] of Object.entries(losses)) {
    const gradientsOf = adamW.gradients(loss);
    passes.set(
      task,
      await engine.compile({
        name: `${name}_${task}`,
        weights: {},
        inputs: {
          ...Object.fromEntries(weights.map(([key, spec]) => [WEIGHT + key, spec])),
          ...data,
        },
        precision,
        fn: (_, given) => {
          const own = Object.fromEntries(weights.map(([key]) => [key, given[WEIGHT + key]!]));
          const others = Object.fromEntries(Object.keys(data).map((key) => [key, given[key]!]));
          const { loss: value, aux, gradients } = gradientsOf(own, others);
          return { ...named(METRIC, { loss: value, ...aux }), ...named(GRADIENT, gradients) };
        },
      }),
    );
  }
  return new ApartTrainer(engine, adamW, passes, state);
}

const [WEIGHT, METRIC, GRADIENT] = ['weight/', 'metric/', 'gradient/'];
/** What is before the name of a weight in the names of its slots: the weight itself, and its moments. */
const LONG = ['', 'adam_m/', 'adam_v/'];
const COUNT = 'adam_t/';
const SLOT = 'slot/';

const named = <T>(prefix: string, values: Record<string, T>): Record<string, T> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [prefix + name, value]));

/** Those of a name that begins so, without its beginning. */
const under = <T>(prefix: string, values: Record<string, T>): [string, T][] =>
  Object.entries(values).flatMap(([name, value]) =>
    name.startsWith(prefix) ? [[name.slice(prefix.length), value]] : [],
  );

class ApartTrainer implements Trainer {
  readonly #engine: Engine;
  readonly #adamW: AdamWTraining;
  readonly #passes: ReadonlyMap<string, CompiledFunction>;
  readonly #state: HostTensors;
  /** Sums of the gradients of the passes since the last update. */
  #sums = new Map<string, Float32Array>();
  /** With decay and without. */
  readonly #updates = new Map<boolean, CompiledFunction>();

  constructor(
    engine: Engine,
    adamW: AdamWTraining,
    passes: ReadonlyMap<string, CompiledFunction>,
    state: HostTensors,
  ) {
    this.#engine = engine;
    this.#adamW = adamW;
    this.#passes = passes;
    // Written into, and a base model's weights are somebody else's too.
    this.#state = Object.fromEntries(
      Object.entries(lasting(state)).map(([key, { dtype, shape, data }]) => [
        key,
        { dtype, shape, data: data.slice() },
      ]),
    );
  }

  async run(steps: readonly { task: string; batch: HostTensors }[]): Promise<Record<string, number>[]> {
    const all: Record<string, number>[] = [];
    for (const { task, batch } of steps) all.push(await this.#step(task, batch));
    return all;
  }

  async #step(task: string, batch: HostTensors): Promise<Record<string, number>> {
    const [loss, pass] = task.split('/') as [string, Pass | undefined];
    const { learning_rate, ...data } = batch;
    const metrics = pass === 'update' ? { loss: 0 } : await this.#pass(loss, data);
    const grad_norm = pass === 'more' ? 0 : await this.#update(learning_rate!);
    const values = { ...metrics, grad_norm };
    // In the compiled engine's order: logs look alike.
    return Object.fromEntries(Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  async #pass(task: string, data: HostTensors): Promise<Record<string, number>> {
    const compiled = this.#passes.get(task);
    if (!compiled) {
      throw new Error(`unknown task ${task}: expected one of ${[...this.#passes.keys()].join(', ')}`);
    }
    const weights = named(WEIGHT, this.#adamW.weights(this.#state));
    const results = await compiled.run({ ...weights, ...data });
    for (const [name, { data: gradient }] of under(GRADIENT, results)) {
      const sum = this.#sums.get(name);
      if (sum) for (let i = 0; i < sum.length; i++) sum[i]! += gradient[i]!;
      else this.#sums.set(name, gradient as Float32Array);
    }
    return Object.fromEntries(under(METRIC, results).map(([name, { data }]) => [name, data[0]!]));
  }

  /** @returns the norm of the gradients */
  async #update(learning_rate: HostTensor): Promise<number> {
    let squares = 0;
    for (const sum of this.#sums.values()) for (const value of sum) squares += value * value;
    const grad_norm = Math.fround(Math.sqrt(squares));
    const rates = { learning_rate, grad_norm: float32([grad_norm], []) };
    for (const [name, gradient] of this.#sums) await this.#updateOne(name, gradient, rates);
    this.#sums = new Map();
    return grad_norm;
  }

  async #updateOne(name: string, gradient: Float32Array, rates: HostTensors): Promise<void> {
    const update = await this.#updateOf(name);
    const whole = Object.fromEntries(
      LONG.map((slot) => [SLOT + slot, this.#state[slot + name]!.data as Float32Array]),
    );
    const count = this.#state[COUNT + name]!;
    for (let from = 0; from < gradient.length; from += PIECE) {
      const to = Math.min(gradient.length, from + PIECE);
      const piece = (data: Float32Array) => float32(data.subarray(from, to), [to - from]);
      const pieces = Object.fromEntries(Object.entries(whole).map(([slot, data]) => [slot, piece(data)]));
      const next = await update.run({
        ...pieces,
        [SLOT + COUNT]: count,
        gradient: piece(gradient),
        ...rates,
      });
      for (const [slot, data] of Object.entries(whole)) data.set(next[slot]!.data as Float32Array, from);
      // After the last piece: all begin with the count before.
      if (to === gradient.length) this.#state[COUNT + name] = next[SLOT + COUNT]!;
    }
  }

  async #updateOf(name: string): Promise<CompiledFunction> {
    const decays = this.#adamW.decays(name);
    const known = this.#updates.get(decays);
    if (known) return known;
    const long = { dtype: 'float32', shape: ['N'] } as const;
    const single = { dtype: 'float32', shape: [] } as const;
    const compiled = await this.#engine.compile({
      name: 'update',
      weights: {},
      inputs: {
        ...Object.fromEntries(LONG.map((slot) => [SLOT + slot, long])),
        ...{ [SLOT + COUNT]: single, gradient: long, learning_rate: single, grad_norm: single },
      },
      fn: (_, { gradient, learning_rate, grad_norm, ...slots }) => {
        const state = Object.fromEntries(under(SLOT, slots).map(([slot, value]) => [slot + name, value]));
        const rates = { learning_rate: learning_rate!, grad_norm: grad_norm! } as Rates;
        const next = this.#adamW.update(state, name, gradient!, rates);
        return Object.fromEntries([...LONG, COUNT].map((slot) => [SLOT + slot, next[slot + name]!]));
      },
    });
    this.#updates.set(decays, compiled);
    return compiled;
  }

  state(names?: readonly string[]): HostTensors {
    if (!names) return this.#state;
    return Object.fromEntries(
      names.map((name) => [name, isGradientSum(name) ? this.#sum(name) : this.#state[name]!]),
    );
  }

  #sum(name: string): HostTensor {
    const weight = name.slice(SUM.length);
    const { shape } = this.#state[weight]!;
    return float32(this.#sums.get(weight) ?? new Float32Array(sizeOf(shape)), shape);
  }

  replace(part: HostTensors): void {
    for (const [name, tensor] of Object.entries(part)) {
      const weight = name.slice(SUM.length);
      if (!isGradientSum(name)) this.#state[name] = tensor;
      // A weight that no pass has reached stays as it is.
      else if (this.#sums.has(weight)) this.#sums.set(weight, tensor.data as Float32Array);
    }
  }

  async release(): Promise<void> {
    for (const compiled of [...this.#passes.values(), ...this.#updates.values()]) await compiled.release();
  }
}
