/**
 * EfficientNet-Lite up to its last block (Tan and Le 2019; the Lite variants have ReLU6, no squeeze-and-excitation,
 * and a stem that is never widened). Batch normalisation is part of the convolution before it.
 *
 * B batch, S side of the picture; strides 2, 4, 8, 16 and 32.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensors } from '../../engines/engine.ts';
import { conv2d } from '../ops.ts';
import type { EfficientNetLiteConfig } from './config.ts';

const relu6 = (x: tf.Tensor): tf.Tensor4D => tf.clipByValue(x as tf.Tensor4D, 0, 6);

/** @param x [B, S, S, 3], normalised @returns what each block makes of it, [B, H, W, to] */
export function efficientNetLiteBlocks(
  { blocks }: EfficientNetLiteConfig,
  weights: Tensors,
  prefix: string,
  x: tf.Tensor4D,
): tf.Tensor4D[] {
  const weight = (name: string) => weights[`${prefix}.${name}`]!;
  const convolution = (name: string, h: tf.Tensor, strides = 1) =>
    conv2d(h, weight(`${name}.weight`), { strides, bias: weight(`${name}.bias`) });
  let h = relu6(convolution('stem', x, 2));
  return blocks.map(({ stride, from, expanded, to }, i) => {
    const name = `blocks.${i}`;
    const wide = expanded === from ? h : relu6(convolution(`${name}.expand`, h));
    const filter = weight(`${name}.depthwise.weight`) as tf.Tensor4D;
    const deep = tf.depthwiseConv2d(wide, filter, stride, 'same');
    const projected = convolution(`${name}.project`, relu6(tf.add(deep, weight(`${name}.depthwise.bias`))));
    h = stride === 1 && from === to ? tf.add(projected, h) : projected;
    return h;
  });
}

/** Name and shape of every weight: filters are [kh, kw, in, out], of one channel each [kh, kw, C, 1]. */
export function efficientNetLiteShapes({
  stem,
  blocks,
}: EfficientNetLiteConfig): Record<string, readonly number[]> {
  const shapes: Record<string, readonly number[]> = { 'stem.weight': [3, 3, 3, stem], 'stem.bias': [stem] };
  for (const [i, { kernel, from, expanded, to }] of blocks.entries()) {
    const name = `blocks.${i}`;
    if (expanded !== from) {
      shapes[`${name}.expand.weight`] = [1, 1, from, expanded];
      shapes[`${name}.expand.bias`] = [expanded];
    }
    shapes[`${name}.depthwise.weight`] = [kernel, kernel, expanded, 1];
    shapes[`${name}.depthwise.bias`] = [expanded];
    shapes[`${name}.project.weight`] = [1, 1, expanded, to];
    shapes[`${name}.project.bias`] = [to];
  }
  return shapes;
}
