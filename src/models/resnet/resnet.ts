/**
 * ResNet of bottlenecks (He et al. 2016), as torchvision has it (its stride is in the 3×3 convolution): ResNet-50, 101
 * and 152, as far as the perceptual loss of the paper's generator needs it (appendix D.5). Batch normalisation is part
 * of the convolution before it.
 *
 * B batch, S side of the pictures, a multiple of 32.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensors } from '../../engines/engine.ts';
import { conv2d, maxPool3 } from '../ops.ts';

export interface ResNetConfig {
  /** Bottlenecks of the four stages. ResNet-50: 3, 4, 6, 3. */
  depths: [number, number, number, number];
  /** Channels of the stem, of which the first stage's bottlenecks have as many: 64. */
  width: number;
}

/** Channels of a stage are this many times those of its bottlenecks. */
const EXPANSION = 4;
export const RESNET_STAGES = 4;

/** ImageNet's, of pixels in 0..1, red, green, blue. */
const MEAN = [0.485, 0.456, 0.406];
const DEVIATION = [0.229, 0.224, 0.225];

/** A convolution with what normalises it there. */
export interface ResNetLayer {
  name: string;
  norm: string;
  kernel: number;
  from: number;
  to: number;
  strides: 1 | 2;
}

interface Block {
  layers: [ResNetLayer, ResNetLayer, ResNetLayer];
  shortcut: ResNetLayer | undefined;
}

const stem = (width: number): ResNetLayer => ({
  ...{ name: 'conv1', norm: 'bn1', kernel: 7, from: 3, to: width, strides: 2 },
});

function stages({ depths, width }: ResNetConfig): Block[][] {
  let from = width;
  return depths.map((depth, stage) => {
    const narrow = width * 2 ** stage;
    const wide = narrow * EXPANSION;
    return Array.from({ length: depth }, (_, i) => {
      const at = `layer${stage + 1}.${i}`;
      const strides = stage > 0 && i === 0 ? 2 : 1;
      const layer = (
        k: number,
        kernel: number,
        from: number,
        to: number,
        strides: 1 | 2 = 1,
      ): ResNetLayer => ({
        ...{ name: `${at}.conv${k}`, norm: `${at}.bn${k}`, kernel, from, to, strides },
      });
      const shortcut: ResNetLayer | undefined =
        i > 0
          ? undefined
          : { name: `${at}.downsample.0`, norm: `${at}.downsample.1`, kernel: 1, from, to: wide, strides };
      const block: Block = {
        layers: [layer(1, 1, from, narrow), layer(2, 3, narrow, narrow, strides), layer(3, 1, narrow, wide)],
        shortcut,
      };
      from = wide;
      return block;
    });
  });
}

/** All convolutions, in the order of the network. */
export const resNetLayers = (config: ResNetConfig): ResNetLayer[] => [
  stem(config.width),
  ...stages(config)
    .flat()
    .flatMap(({ layers, shortcut }) => (shortcut ? [...layers, shortcut] : layers)),
];

/** Filters are [kh, kw, in, out]. */
export const resNetWeightShapes = (config: ResNetConfig): Record<string, readonly number[]> =>
  Object.fromEntries(
    resNetLayers(config).flatMap(({ name, kernel, from, to }) => [
      [`${name}.weight`, [kernel, kernel, from, to]],
      [`${name}.bias`, [to]],
    ]),
  );

const convolve = (weights: Tensors, { name, kernel, strides }: ResNetLayer, x: tf.Tensor): tf.Tensor4D =>
  conv2d(x, weights[`${name}.weight`]!, {
    ...{ strides, padding: (kernel - 1) / 2, bias: weights[`${name}.bias`]! },
  });

/** @param images [B, S, S, 3] in -1..1 @returns conv2_x to conv5_x, of strides 4, 8, 16 and 32 */
export function resNetStages(config: ResNetConfig, weights: Tensors, images: tf.Tensor4D): tf.Tensor4D[] {
  const unit = tf.mul(tf.add(images, 1), 0.5);
  const x = tf.div(tf.sub(unit, tf.tensor1d(MEAN)), tf.tensor1d(DEVIATION));
  let h = maxPool3(tf.relu(convolve(weights, stem(config.width), x)));
  return stages(config).map((blocks) => {
    for (const { layers, shortcut } of blocks) {
      const [first, second, third] = layers;
      const narrow = tf.relu(convolve(weights, second, tf.relu(convolve(weights, first, h))));
      const beside = shortcut ? convolve(weights, shortcut, h) : h;
      h = tf.relu(tf.add(convolve(weights, third, narrow), beside));
    }
    return h;
  });
}
