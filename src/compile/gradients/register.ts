import * as tf from '@tensorflow/tfjs-core';

interface GradientRule<Attributes> {
  inputs?: string[];
  outputs?: boolean[];
  /** dy, the saved inputs in the given order and then the saved outputs → input name → its gradient. */
  rule: (
    dy: tf.Tensor,
    saved: tf.Tensor[],
    attrs: Attributes,
    dys: tf.Tensor[],
  ) => Record<string, () => tf.Tensor>;
}

export function gradient<Attributes = Record<string, unknown>>(
  kernelName: string,
  { inputs = [], outputs, rule }: GradientRule<Attributes>,
): void {
  tf.registerGradient({
    kernelName,
    inputsToSave: inputs,
    ...(outputs ? { outputsToSave: outputs } : {}),
    gradFunc: (dy, saved, attrs) => {
      const dys = Array.isArray(dy) ? dy : [dy];
      return rule(dys[0]!, saved, attrs as unknown as Attributes, dys);
    },
  });
}

/** Sums what broadcasting repeated, so that a gradient has the shape of its operand. */
export function unbroadcast(dy: tf.Tensor, shape: readonly number[]): tf.Tensor {
  const lead = dy.shape.length - shape.length;
  const axes = dy.shape.flatMap((length, axis) =>
    axis < lead || (shape[axis - lead] === 1 && length !== 1) ? [axis] : [],
  );
  const sum = axes.length ? tf.sum(dy, axes) : dy;
  return tf.util.arraysEqual(sum.shape, [...shape]) ? sum : tf.reshape(sum, [...shape]);
}
