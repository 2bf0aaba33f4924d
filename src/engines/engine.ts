/** What runs model functions. Functions are written once over tfjs ops; an engine decides how they execute. */
import type * as tf from '@tensorflow/tfjs-core';
import type { DType, HostTensors } from '../tensor.ts';

export type Tensors = Record<string, tf.Tensor>;

/** Pure: same weights and inputs, same outputs. No data is read inside, so it can be traced. */
export type ModelFunction = (weights: Tensors, inputs: Tensors) => Tensors;

/**
 * Pure: returns the part of the state that changed (parameters, moments, step counts) and scalar metrics.
 * Every step of one trainer returns the same metric names.
 */
export type TrainStep = (state: Tensors, batch: Tensors) => { state: Tensors; metrics: Tensors };

/** A number, or the name of a symbolic dimension such as 'N'. */
export type Dimension = number | string;

export interface InputSpec {
  readonly dtype: DType;
  readonly shape: readonly Dimension[];
}

export interface CompiledFunction {
  /** Runs on inputs of any size of the symbolic dimensions. `outputs`: only these names (default all). */
  run(inputs: HostTensors, outputs?: readonly string[]): Promise<HostTensors>;
  release(): Promise<void>;
}

export interface Trainer {
  /** Runs the given steps in order and returns the metrics of each. */
  run(steps: readonly { task: string; batch: HostTensors }[]): Promise<Record<string, number>[]>;
  /** The state after the last step. Not a copy: read it, do not write it. */
  state(): HostTensors;
  release(): Promise<void>;
}

export interface Engine {
  readonly name: string;
  compile(spec: {
    name: string;
    fn: ModelFunction;
    weights: HostTensors;
    inputs: Record<string, InputSpec>;
  }): Promise<CompiledFunction>;
  /** One trainer for several tasks that share a state and a batch layout (static shapes). */
  compileTraining(spec: {
    name: string;
    steps: Record<string, TrainStep>;
    state: HostTensors;
    batch: Record<string, InputSpec>;
  }): Promise<Trainer>;
}
