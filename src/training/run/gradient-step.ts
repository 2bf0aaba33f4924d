/** A training step out of a loss: gradients, clipping, AdamW, and the schedule of its learning rate. */
import * as tf from '@tensorflow/tfjs-core';
import type { InputSpec, Tensors, TrainStep } from '../../engines/engine.ts';
import { valueAndGradients } from '../../engines/gradients-of.ts';
import { float32, type HostTensors, sizeOf } from '../../tensor.ts';
import { adamWInPlace, type HostAdamWOptions, type HostParameter } from './host-adamw.ts';
import { type AdamWOptions, adamW, initialAdamState, isOptimizerSlot, warmupThenDecay } from './optimizer.ts';

export type Loss = (weights: Tensors, batch: Tensors) => { loss: tf.Scalar; aux: Tensors };

/** `update`: what all passes have summed is applied; it sees no data. It must follow a `more` of the same loss. */
export type Pass = 'more' | 'last' | 'update';

export interface AdamWTraining {
  /** Weights, frozen ones too, and a slot for each that learns. */
  initialState(weights: HostTensors): HostTensors;
  weights(state: HostTensors): HostTensors;
  /**
   * The update of a whole batch; or a pass over a part of one, whose gradients are added to those of the passes before
   * it, of which the last one updates, or an update after them. Losses of parts add up to the batch's.
   */
  step: (loss: Loss, pass?: Pass) => TrainStep;
  /** What of a step sees data. */
  gradients(loss: Loss): (weights: Tensors, data: Tensors) => ReturnType<typeof valueAndGradients>;
  /** What of a step changes one weight, in place. */
  update(
    name: string,
    weight: HostParameter,
    gradient: Float32Array,
    rates: { learningRate: number; gradNorm: number },
  ): void;
  /** The inputs that a step needs beside its data. */
  batch: Record<string, InputSpec>;
  inputs(step: number): HostTensors;
}

/** The common hyperparameters (hyperparameters.ts) that shape an update. */
export interface AdamWHyperparameters {
  /** All steps of the run, which the schedule is stretched over. */
  steps: number;
  learning_rate: number;
  warmup_ratio: number;
  weight_decay: number;
  max_grad_norm: number;
}

export interface AdamWTrainingOptions {
  kind: 'hf' | 'torch';
  epsilon: number;
  frozen: (weight: string) => boolean;
  noDecay: (weight: string) => boolean;
  /** A batch is done in passes: the state holds the sums of their gradients. */
  passes?: boolean;
}

export const SUM = 'grad_sum/';

/** The names of the sums of gradients in a state. */
export const gradientSums = (state: readonly string[]): string[] => state.filter(isGradientSum);

/** A state without them: they are of passes within a step. */
export const lasting = (state: HostTensors): HostTensors => filter(state, (name) => !isGradientSum(name));

export const isGradientSum = (name: string): boolean => name.startsWith(SUM);

/** A step of each task; with passes, each pass of it. */
export const stepsOf = (
  { step }: AdamWTraining,
  losses: Readonly<Record<string, Loss>>,
  passes: readonly Pass[],
): Record<string, TrainStep> =>
  Object.fromEntries(
    Object.entries(losses).flatMap(([task, loss]) =>
      passes.length === 0
        ? [[task, step(loss)]]
        : passes.map((pass) => [`${task}/${pass}`, step(loss, pass)]),
    ),
  );

export function adamWTraining(h: AdamWHyperparameters, options: AdamWTrainingOptions): AdamWTraining {
  const { frozen } = options;
  const warmupSteps = Math.round(h.steps * h.warmup_ratio);
  /** What a loss reaches and reports: an update that sees no data cannot find out. */
  const known = new Map<Loss, { names: string[]; metrics: string[] }>();
  const learns = (name: string): boolean => !isOptimizerSlot(name) && !frozen(name);
  const applied = (loss: Loss, summed: (name: string) => tf.Tensor) => {
    const reached = known.get(loss);
    if (!reached) throw new Error('an update without a pass before it');
    return {
      loss: tf.scalar(0),
      aux: Object.fromEntries(reached.metrics.map((name) => [name, tf.scalar(0)])) as Tensors,
      gradients: Object.fromEntries(reached.names.map((name) => [name, summed(name)])) as Tensors,
    };
  };
  const gradients: AdamWTraining['gradients'] = (loss) => (weights, data) =>
    valueAndGradients(filter(weights, learns), (parameters) => loss({ ...weights, ...parameters }, data));
  const constant: Omit<HostAdamWOptions, 'learningRate'> = {
    kind: options.kind,
    weightDecay: h.weight_decay,
    betas: [0.9, 0.999],
    epsilon: options.epsilon,
    noDecay: options.noDecay,
    maxGradNorm: h.max_grad_norm,
  };
  const adamWOptions = (learningRate: tf.Scalar): AdamWOptions => ({ ...constant, learningRate });
  return {
    gradients,
    update: (name, weight, gradient, { learningRate, gradNorm }) =>
      adamWInPlace(name, weight, gradient, gradNorm, { ...constant, learningRate }),
    initialState: (weights) => ({
      ...weights,
      ...initialAdamState(filter(weights, learns)),
      ...(options.passes && sumsOf(filter(weights, learns))),
    }),
    weights: (state) => filter(state, (name) => !isOptimizerSlot(name)),
    step: (loss, pass) => (state, batch) => {
      const weights = filter(state, (name) => !isOptimizerSlot(name));
      const { learning_rate, ...data } = batch;
      const summed = (name: string) => state[`${SUM}${name}`]!;
      const result = pass === 'update' ? applied(loss, summed) : gradients(loss)(weights, data);
      const names = Object.keys(result.gradients);
      const sum = (name: string) => tf.add(result.gradients[name]!, summed(name));
      if (pass === 'more') {
        known.set(loss, { names, metrics: Object.keys(result.aux) });
        const sums = Object.fromEntries(names.map((name) => [`${SUM}${name}`, sum(name)]));
        return { state: sums, metrics: { loss: result.loss, ...result.aux, grad_norm: tf.scalar(0) } };
      }
      const whole =
        pass === 'last' ? Object.fromEntries(names.map((name) => [name, sum(name)])) : result.gradients;
      const updated = adamW(state, whole, adamWOptions(learning_rate as tf.Scalar));
      const metrics = { loss: result.loss, ...result.aux, grad_norm: updated.gradNorm };
      const cleared =
        pass !== undefined &&
        // Not zerosLike: the engine would keep zeros of the size of the model for each of the tasks.
        Object.fromEntries(names.map((name) => [`${SUM}${name}`, tf.mul(summed(name), tf.scalar(0))]));
      return { state: { ...updated.state, ...cleared }, metrics };
    },
    batch: { learning_rate: { dtype: 'float32', shape: [] } },
    inputs: (step) => {
      // The step after the schedule's: its first rate is 0, and a step that learns nothing is wasted.
      const rate = h.learning_rate * warmupThenDecay(step + 1, warmupSteps, h.steps + 1);
      return { learning_rate: float32([rate], []) };
    },
  };
}

/** The sums of no pass yet. */
export const sumsOf = (weights: HostTensors): HostTensors =>
  Object.fromEntries(
    Object.entries(weights).map(([name, { shape }]) => [
      `${SUM}${name}`,
      float32(new Float32Array(sizeOf(shape)), shape),
    ]),
  );

function filter<T>(record: Record<string, T>, keep: (name: string) => boolean): Record<string, T> {
  return Object.fromEntries(Object.entries(record).filter(([name]) => keep(name)));
}
