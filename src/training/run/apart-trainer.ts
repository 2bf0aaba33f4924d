/**
 * Training of models that are too large for whole compiled steps, which hold the state several times.
 *
 * The state lies in host memory, and is updated in place; what an engine compiles is the gradients of a pass. So weights
 * and both moments are there once, and gradients twice: the sum of the passes, and those of the pass that has just been
 * done. The numbers are those of whole steps.
 */
import { setImmediate as immediate } from 'node:timers/promises';
import type {
  CompiledFunction,
  Engine,
  InputSpec,
  Trainer,
  TrainingPrecision,
  TrainStep,
} from '../../engines/engine.ts';
import { float32, type HostTensor, type HostTensors, sizeOf } from '../../tensor.ts';
import { type AdamWTraining, isGradientSum, type Loss, lasting, type Pass, SUM } from './gradient-step.ts';
import { sumOfSquares } from './host-adamw.ts';

/** Steps in parts: what they learn from, and how. */
export interface StepParts {
  readonly losses: Readonly<Record<string, Loss>>;
  readonly adamW: AdamWTraining;
}

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
        keepsMemory: true,
        fn: (_, given) => {
          const own = Object.fromEntries(weights.map(([key]) => [key, given[WEIGHT + key]!]));
          const others = Object.fromEntries(Object.keys(data).map((key) => [key, given[key]!]));
          const { loss: value, aux, gradients } = gradientsOf(own, others);
          return { ...named(METRIC, { loss: value, ...aux }), ...named(GRADIENT, gradients) };
        },
      }),
    );
  }
  return new ApartTrainer(adamW, passes, state);
}

const [WEIGHT, METRIC, GRADIENT] = ['weight/', 'metric/', 'gradient/'];

const named = <T>(prefix: string, values: Record<string, T>): Record<string, T> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [prefix + name, value]));

/** Those of a name that begins so, without its beginning. */
const under = <T>(prefix: string, values: Record<string, T>): [string, T][] =>
  Object.entries(values).flatMap(([name, value]) =>
    name.startsWith(prefix) ? [[name.slice(prefix.length), value]] : [],
  );

class ApartTrainer implements Trainer {
  readonly #adamW: AdamWTraining;
  readonly #passes: ReadonlyMap<string, CompiledFunction>;
  readonly #state: HostTensors;
  /** Sums of the gradients of the passes since the last update. */
  #sums = new Map<string, Float32Array>();
  /** Gradients that have been used, for the next pass to write into: new memory of that size takes a tenth of its time. */
  readonly #used: HostTensors = {};

  constructor(adamW: AdamWTraining, passes: ReadonlyMap<string, CompiledFunction>, state: HostTensors) {
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
    const grad_norm = pass === 'more' ? 0 : await this.#update(learning_rate!.data[0]!);
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
    const results = await compiled.run({ ...weights, ...data }, undefined, this.#used);
    for (const [name, gradient] of under(GRADIENT, results)) {
      const [sum, { data }] = [this.#sums.get(name), gradient];
      if (sum) {
        for (let i = 0; i < sum.length; i++) sum[i]! += data[i]!;
        this.#used[GRADIENT + name] = gradient;
      } else {
        this.#sums.set(name, data as Float32Array);
        delete this.#used[GRADIENT + name];
      }
    }
    return Object.fromEntries(under(METRIC, results).map(([name, { data }]) => [name, data[0]!]));
  }

  /** @returns the norm of the gradients */
  async #update(learningRate: number): Promise<number> {
    let squares = 0;
    for (const sum of this.#sums.values()) squares += sumOfSquares(sum);
    const gradNorm = Math.fround(Math.sqrt(squares));
    for (const [name, gradient] of this.#sums) {
      const slot = (prefix: string) => this.#state[prefix + name]!.data as Float32Array;
      const count = slot('adam_t/');
      const own = { parameter: slot(''), m: slot('adam_m/'), v: slot('adam_v/'), t: count[0]! };
      this.#adamW.update(name, own, gradient, { learningRate, gradNorm });
      count[0] = own.t;
      this.#used[GRADIENT + name] = float32(gradient, this.#state[name]!.shape);
      // Messages come in between: all of it takes a second.
      await immediate();
    }
    this.#sums = new Map();
    return gradNorm;
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
      else this.#sums.get(weight)?.set(tensor.data);
    }
  }

  async release(): Promise<void> {
    for (const compiled of this.#passes.values()) await compiled.release();
  }
}
