/** What runs model functions. Functions are written once over tfjs ops; an engine decides how they execute. */
import type * as tf from '@tensorflow/tfjs-core';
import type { Products } from '../compile/trace.ts';
import type { DType, HostTensors } from '../tensor.ts';

export type Tensors = Record<string, tf.Tensor>;

/** Pure: same weights and inputs, same outputs. No data is read inside, so it can be traced. */
export type ModelFunction = (weights: Tensors, inputs: Tensors) => Tensors;

/**
 * Pure: returns the part of the state that changed (parameters, moments, step counts) and scalar metrics.
 * Every step of one trainer returns the same metric names.
 */
export type TrainStep = (state: Tensors, batch: Tensors) => { state: Tensors; metrics: Tensors };

/**
 * Precision of the matrix products of a training step. bf16: operands and results are rounded to bfloat16 and summed in float32,
 * forward and backward; weights, moments, and everything else stay float32 (Micikevicius et al. 2018).
 */
export type TrainingPrecision = Products;

/** A number, or the name of a symbolic dimension such as 'N'. */
export type Dimension = number | string;

export interface InputSpec {
  readonly dtype: DType;
  readonly shape: readonly Dimension[];
}

export interface CompiledFunction {
  /**
   * Runs on inputs of any size of the symbolic dimensions.
   * @param outputs only these names (default all)
   * @param into results of a run of the same sizes that nobody reads any more: these may be written there
   */
  run(inputs: HostTensors, outputs?: readonly string[], into?: HostTensors): Promise<HostTensors>;
  release(): Promise<void>;
}

export interface Trainer {
  /** Runs the given steps in order and returns the metrics of each. */
  run(steps: readonly { task: string; batch: HostTensors }[]): Promise<Record<string, number>[]>;
  /** The state after the last step, or these parts of it. Not a copy: read it, do not write it. */
  state(names?: readonly string[]): HostTensors;
  /** Takes these parts of the state in place of its own; shapes and types stay. */
  replace(part: HostTensors): void;
  release(): Promise<void>;
}

/** For engines whose memory is the host's: of some forty million weights and their moments. */
export const LARGEST_WHOLE_STATE = 512 * 2 ** 20;

export interface Engine {
  readonly name: string;
  /** How it does products in bf16. Emulated: the numbers are those of bf16, the speed is not. */
  readonly bf16: 'native' | 'emulated';
  /**
   * Bytes of the largest training state that compileTraining is for. A larger one is better held by the caller, who
   * compiles gradients: in host memory it is then there once, not several times.
   */
  readonly largestState: number;
  compile(spec: {
    name: string;
    fn: ModelFunction;
    weights: HostTensors;
    inputs: Record<string, InputSpec>;
    /** Inputs as they come, one at a time, for engines that compute with integers: ranges of maps are seen on them. */
    calibration?: readonly HostTensors[];
    /** Precision of products, whatever the engine was made with; left out: that, which is float32 or integers. */
    precision?: TrainingPrecision;
    /** It runs again and again with one size, so that the memory of a run is best kept for the next (default: no). */
    keepsMemory?: boolean;
  }): Promise<CompiledFunction>;
  /** One trainer for several tasks that share a state and a batch layout (static shapes). */
  compileTraining(spec: {
    name: string;
    steps: Record<string, TrainStep>;
    state: HostTensors;
    batch: Record<string, InputSpec>;
    /** Left out: float32. */
    precision?: TrainingPrecision;
  }): Promise<Trainer>;
}
