/** A training step out of a loss: gradients, clipping, AdamW, and the schedule of its learning rate. */
import type * as tf from '@tensorflow/tfjs-core';
import type { InputSpec, Tensors, TrainStep } from '../engines/engine.ts';
import { valueAndGradients } from '../engines/gradients-of.ts';
import { float32, type HostTensors } from '../tensor.ts';
import { adamW, initialAdamState, isOptimizerSlot, warmupThenDecay } from './optimizer.ts';

export type Loss = (weights: Tensors, batch: Tensors) => { loss: tf.Scalar; aux: Tensors };

export interface AdamWTraining {
  /** Weights, frozen ones too, and a slot for each that learns. */
  initialState(weights: HostTensors): HostTensors;
  weights(state: HostTensors): HostTensors;
  step: (loss: Loss) => TrainStep;
  /** The inputs that a step needs beside its data. */
  batch: Record<string, InputSpec>;
  inputs(step: number): HostTensors;
}

export interface AdamWTrainingOptions {
  /** All steps of the run, which the schedule is stretched over. */
  steps: number;
  learningRate: number;
  warmupRatio: number;
  weightDecay: number;
  maxGradNorm: number;
  kind: 'hf' | 'torch';
  epsilon: number;
  frozen: (weight: string) => boolean;
  noDecay: (weight: string) => boolean;
}

export function adamWTraining(options: AdamWTrainingOptions): AdamWTraining {
  const { frozen } = options;
  const warmupSteps = Math.round(options.steps * options.warmupRatio);
  const learns = (name: string): boolean => !isOptimizerSlot(name) && !frozen(name);
  return {
    initialState: (weights) => ({ ...weights, ...initialAdamState(filter(weights, learns)) }),
    weights: (state) => filter(state, (name) => !isOptimizerSlot(name)),
    step: (loss) => (state, batch) => {
      const weights = filter(state, (name) => !isOptimizerSlot(name));
      const { learning_rate, ...data } = batch;
      const result = valueAndGradients(filter(state, learns), (parameters) =>
        loss({ ...weights, ...parameters }, data),
      );
      const updated = adamW(state, result.gradients, {
        learningRate: learning_rate as tf.Scalar,
        kind: options.kind,
        weightDecay: options.weightDecay,
        betas: [0.9, 0.999],
        epsilon: options.epsilon,
        noDecay: options.noDecay,
        maxGradNorm: options.maxGradNorm,
      });
      const metrics = { loss: result.loss, ...result.aux, grad_norm: updated.gradNorm };
      return { state: updated.state, metrics };
    },
    batch: { learning_rate: { dtype: 'float32', shape: [] } },
    inputs: (step) => {
      // The step after the schedule's: its first rate is 0, and a step that learns nothing is wasted.
      const rate = options.learningRate * warmupThenDecay(step + 1, warmupSteps, options.steps + 1);
      return { learning_rate: float32([rate], []) };
    },
  };
}

function filter<T>(record: Record<string, T>, keep: (name: string) => boolean): Record<string, T> {
  return Object.fromEntries(Object.entries(record).filter(([name]) => keep(name)));
}
