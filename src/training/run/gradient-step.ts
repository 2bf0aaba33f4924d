/** A training step out of a loss: gradients, clipping, AdamW, and the schedule of its learning rate. */
import type * as tf from '@tensorflow/tfjs-core';
import type { InputSpec, Tensors, TrainStep } from '../../engines/engine.ts';
import { valueAndGradients } from '../../engines/gradients-of.ts';
import { float32, type HostTensors } from '../../tensor.ts';
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
}

export function adamWTraining(h: AdamWHyperparameters, options: AdamWTrainingOptions): AdamWTraining {
  const { frozen } = options;
  const warmupSteps = Math.round(h.steps * h.warmup_ratio);
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
        weightDecay: h.weight_decay,
        betas: [0.9, 0.999],
        epsilon: options.epsilon,
        noDecay: options.noDecay,
        maxGradNorm: h.max_grad_norm,
      });
      const metrics = { loss: result.loss, ...result.aux, grad_norm: updated.gradNorm };
      return { state: updated.state, metrics };
    },
    batch: { learning_rate: { dtype: 'float32', shape: [] } },
    inputs: (step) => {
      // The step after the schedule's: its first rate is 0, and a step that learns nothing is wasted.
      const rate = h.learning_rate * warmupThenDecay(step + 1, warmupSteps, h.steps + 1);
      return { learning_rate: float32([rate], []) };
    },
  };
}

function filter<T>(record: Record<string, T>, keep: (name: string) => boolean): Record<string, T> {
  return Object.fromEntries(Object.entries(record).filter(([name]) => keep(name)));
}
