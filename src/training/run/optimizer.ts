/**
 * AdamW and Adam as pure functions inside a training step, and the learning-rate schedule beside them.
 *
 * The optimizer's memory lies in the same flat state record as the parameters: `adam_m/<parameter>` and
 * `adam_v/<parameter>` (first and second moment), `adam_t/<parameter>` (its own count of updates, float32 []).
 * A parameter without a gradient in a step is skipped whole: it does not decay, its moments and its count stand
 * still. That is what the reference does with the heads that a task does not use, and it decides numbers.
 *
 * What is too large for a compiled step is updated in host memory, by the same formulas (host-adamw.ts).
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensors } from '../../engines/engine.ts';
import { float32, type HostTensors, sizeOf } from '../../tensor.ts';

export interface AdamWOptions {
  /** float32 []: an input of the step, so that a schedule needs no new graph. */
  learningRate: tf.Scalar;
  /** Factor on a parameter's learning rate; left out: 1 for all. */
  rateFactor?: (parameter: string) => number;
  /**
   * 'hf', the reference's (transformers 4.1): epsilon joins sqrt(v) before the bias correction, and the weight
   * decays after the update. 'torch' (torch.optim.AdamW): epsilon joins after it, and the weight decays first.
   */
  kind: 'hf' | 'torch';
  weightDecay: number;
  betas: readonly [number, number];
  epsilon: number;
  /** Parameters that do not decay; `noDecay` below is the reference's choice. */
  noDecay: (parameter: string) => boolean;
  /** Gradients are scaled down to this global L2 norm when it is exceeded; 0 leaves them alone. */
  maxGradNorm: number;
}

export interface OptimizerResult {
  /** The parameters and slots that changed. */
  state: Tensors;
  /** Global L2 norm of the gradients before clipping, float32 []. */
  gradNorm: tf.Scalar;
}

/** The slots of fresh parameters: no update yet. Leave frozen parameters out. */
export function initialAdamState(parameters: HostTensors): HostTensors {
  const slots: HostTensors = {};
  for (const [name, { shape }] of Object.entries(parameters)) {
    slots[`adam_m/${name}`] = float32(new Float32Array(sizeOf(shape)), shape);
    slots[`adam_v/${name}`] = float32(new Float32Array(sizeOf(shape)), shape);
    slots[`adam_t/${name}`] = float32([0], []);
  }
  return slots;
}

/** True for the slots of training: what a finished model leaves behind. */
export function isOptimizerSlot(name: string): boolean {
  return /^(adam_[mvt]|grad_sum)\//.test(name);
}

/**
 * BERT's groups, chosen by substring as the reference does. LXMERT's visn_layer_norm.weight and
 * box_layer_norm.weight do not match, so they do decay.
 */
export function noDecay(parameter: string): boolean {
  return parameter.includes('bias') || parameter.includes('LayerNorm.weight');
}

/** sqrt of the sum of squares over all tensors. */
function globalNorm(tensors: Tensors): tf.Scalar {
  const squares = Object.values(tensors).map((tensor) => tf.sum(tf.square(tensor)));
  if (squares.length === 0) throw new Error('optimizer: no gradients');
  return tf.sqrt(squares.reduce((sum, square) => tf.add(sum, square))) as tf.Scalar;
}

/**
 * One update of the parameters that have a gradient.
 * @param state parameters and their slots, by name
 * @throws when a slot of one of them is missing
 */
export function adamW(state: Tensors, gradients: Tensors, options: AdamWOptions): OptimizerResult {
  const gradNorm = globalNorm(gradients);
  const scale = clipScale(gradNorm, options);
  const next: Tensors = {};
  for (const [name, gradient] of Object.entries(gradients)) {
    Object.assign(next, update(state, name, scaled(gradient, scale), options));
  }
  return { state: next, gradNorm };
}

/** Adam (Kingma and Ba 2015) as torch.optim.Adam computes it, without decay. */
export function adam(
  state: Tensors,
  gradients: Tensors,
  options: Pick<AdamWOptions, 'learningRate' | 'rateFactor' | 'betas' | 'epsilon' | 'maxGradNorm'>,
): OptimizerResult {
  return adamW(state, gradients, { ...options, kind: 'torch', weightDecay: 0, noDecay: () => true });
}

/** torch's clip_grad_norm_: min(1, maximum / (norm + 1e-6)); undefined where nothing is clipped. */
function clipScale(norm: tf.Scalar, { maxGradNorm }: AdamWOptions): tf.Tensor | undefined {
  if (maxGradNorm === 0) return undefined;
  return tf.minimum(tf.div(tf.scalar(maxGradNorm), tf.add(norm, tf.scalar(1e-6))), tf.scalar(1));
}

const scaled = (gradient: tf.Tensor, scale: tf.Tensor | undefined) =>
  scale ? tf.mul(gradient, scale) : gradient;

function update(state: Tensors, name: string, gradient: tf.Tensor, options: AdamWOptions): Tensors {
  const { kind, epsilon, weightDecay } = options;
  const factor = options.rateFactor?.(name) ?? 1;
  const learningRate = factor === 1 ? options.learningRate : tf.mul(options.learningRate, tf.scalar(factor));
  const [beta1, beta2] = options.betas;
  const slot = (kind: string): tf.Tensor => {
    const tensor = state[`${kind}${name}`];
    if (!tensor) throw new Error(`optimizer: no ${kind}${name} in the state`);
    return tensor;
  };
  const t = tf.add(slot('adam_t/'), tf.scalar(1));
  const m = tf.add(tf.mul(slot('adam_m/'), tf.scalar(beta1)), tf.mul(gradient, tf.scalar(1 - beta1)));
  const v = tf.add(
    tf.mul(slot('adam_v/'), tf.scalar(beta2)),
    tf.mul(tf.square(gradient), tf.scalar(1 - beta2)),
  );
  const correction1 = oneMinusPower(beta1, t);
  const correction2 = tf.sqrt(oneMinusPower(beta2, t));
  const decay =
    options.noDecay(name) || weightDecay === 0 ? undefined : tf.mul(learningRate, tf.scalar(weightDecay));
  const shrink = (x: tf.Tensor): tf.Tensor => (decay ? tf.sub(x, tf.mul(x, decay)) : x);
  let parameter = slot('');
  if (kind === 'hf') {
    const rate = tf.div(tf.mul(learningRate, correction2), correction1);
    const denominator = tf.add(tf.sqrt(v), tf.scalar(epsilon));
    parameter = shrink(tf.sub(parameter, tf.mul(rate, tf.div(m, denominator))));
  } else {
    const rate = tf.div(learningRate, correction1);
    const denominator = tf.add(tf.div(tf.sqrt(v), correction2), tf.scalar(epsilon));
    parameter = tf.sub(shrink(parameter), tf.mul(rate, tf.div(m, denominator)));
  }
  return { [name]: parameter, [`adam_m/${name}`]: m, [`adam_v/${name}`]: v, [`adam_t/${name}`]: t };
}

/**
 * 1 - beta^t. In float32 the plain difference loses half of its digits at beta = 0.999 and small t; with h =
 * tanh(t ln(beta) / 2) it is -2h / (1 - h), exact to the last digits.
 */
function oneMinusPower(beta: number, t: tf.Tensor): tf.Tensor {
  const h = tf.tanh(tf.mul(t, tf.scalar(Math.log(beta) / 2)));
  return tf.div(tf.mul(h, tf.scalar(-2)), tf.sub(tf.scalar(1), h));
}

/**
 * What to multiply the learning rate with at a step (from 0): linear warm-up from 0, then linear decay to 0, as
 * transformers' get_linear_schedule_with_warmup. The first step of a warm-up has rate 0.
 */
export function warmupThenDecay(step: number, warmupSteps: number, totalSteps: number): number {
  if (step < warmupSteps) return step / warmupSteps;
  return Math.max(0, (totalSteps - step) / Math.max(1, totalSteps - warmupSteps));
}
