/**
 * Inception v3 as the inception score and the Fréchet inception distance use it: the network of TensorFlow's
 * inception-2015-12-05, of 1,008 classes, as pytorch-fid and torch-fidelity ported it (Szegedy et al. 2016).
 *
 * B pictures, 299 pixels a side. Weights have the names of the ported file; batch normalisation is folded into the
 * convolution before it (src/zoo/import/inception.ts). It differs from the Inception of torchvision in what its pools
 * do: averages do not count the padding, and the last block takes a maximum.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { ModelFunction } from '../../engines/engine.ts';
import { conv2d } from '../ops.ts';

/** Pixels of a side. */
export const INCEPTION_SIDE = 299;
/** Width of the features, which are what the last pool makes of a picture. */
export const INCEPTION_FEATURES = 2048;
/** ImageNet's thousand, and eight that are never answered. */
export const INCEPTION_CLASSES = 1008;

interface Convolution {
  name: string;
  to: number;
  /** Height and width of the filter. */
  kernel: readonly [number, number];
  strides: number;
  padding: 'same' | 'valid';
}

/** What the network is made of; read once for its values, and once for the shapes of its weights. */
interface Parts<T> {
  /** Convolution and ReLU. */
  convolution(x: T, layer: Convolution): T;
  /** Windows of 3 × 3. */
  maxPool(x: T, strides: 1 | 2): T;
  meanPool(x: T): T;
  concat(branches: readonly T[]): T;
}

type Layer = readonly [
  name: string,
  to: number,
  kernel: readonly [number, number],
  strides?: 2,
  padding?: 'valid',
];

const ONE = [1, 1] as const;
const THREE = [3, 3] as const;
const FIVE = [5, 5] as const;

/** x [B, 299, 299, 3] in -1..1 → [B, 8, 8, 2048] */
function network<T>(parts: Parts<T>, images: T): T {
  const chain = (x: T, prefix: string, ...layers: readonly Layer[]): T =>
    layers.reduce<T>(
      (y, [name, to, kernel, strides, padding]) =>
        parts.convolution(y, {
          ...{ name: `${prefix}${name}`, to, kernel },
          strides: strides ?? 1,
          padding: padding ?? 'same',
        }),
      x,
    );
  const blockA = (x: T, name: string, pooled: number): T =>
    parts.concat([
      chain(x, name, ['branch1x1', 64, ONE]),
      chain(x, name, ['branch5x5_1', 48, ONE], ['branch5x5_2', 64, FIVE]),
      chain(
        x,
        name,
        ['branch3x3dbl_1', 64, ONE],
        ['branch3x3dbl_2', 96, THREE],
        ['branch3x3dbl_3', 96, THREE],
      ),
      chain(parts.meanPool(x), name, ['branch_pool', pooled, ONE]),
    ]);
  const blockC = (x: T, name: string, width: number): T => {
    const [row, column] = [[1, 7] as const, [7, 1] as const];
    return parts.concat([
      chain(x, name, ['branch1x1', 192, ONE]),
      chain(x, name, ['branch7x7_1', width, ONE], ['branch7x7_2', width, row], ['branch7x7_3', 192, column]),
      chain(
        x,
        name,
        ['branch7x7dbl_1', width, ONE],
        ['branch7x7dbl_2', width, column],
        ['branch7x7dbl_3', width, row],
        ['branch7x7dbl_4', width, column],
        ['branch7x7dbl_5', 192, row],
      ),
      chain(parts.meanPool(x), name, ['branch_pool', 192, ONE]),
    ]);
  };
  const blockE = (x: T, name: string, pool: (x: T) => T): T => {
    const apart = (y: T, branch: string): T =>
      parts.concat([
        chain(y, name, [`${branch}a`, 384, [1, 3]]),
        chain(y, name, [`${branch}b`, 384, [3, 1]]),
      ]);
    return parts.concat([
      chain(x, name, ['branch1x1', 320, ONE]),
      apart(chain(x, name, ['branch3x3_1', 384, ONE]), 'branch3x3_2'),
      apart(chain(x, name, ['branch3x3dbl_1', 448, ONE], ['branch3x3dbl_2', 384, THREE]), 'branch3x3dbl_3'),
      chain(pool(x), name, ['branch_pool', 192, ONE]),
    ]);
  };

  let x = chain(
    images,
    '',
    ['Conv2d_1a_3x3', 32, THREE, 2, 'valid'],
    ['Conv2d_2a_3x3', 32, THREE, undefined, 'valid'],
    ['Conv2d_2b_3x3', 64, THREE],
  );
  x = chain(
    parts.maxPool(x, 2),
    '',
    ['Conv2d_3b_1x1', 80, ONE],
    ['Conv2d_4a_3x3', 192, THREE, undefined, 'valid'],
  );
  x = parts.maxPool(x, 2); // [B, 35, 35, 192]
  x = blockA(x, 'Mixed_5b.', 32);
  x = blockA(x, 'Mixed_5c.', 64);
  x = blockA(x, 'Mixed_5d.', 64);
  x = parts.concat([
    chain(x, 'Mixed_6a.', ['branch3x3', 384, THREE, 2, 'valid']),
    chain(
      x,
      'Mixed_6a.',
      ['branch3x3dbl_1', 64, ONE],
      ['branch3x3dbl_2', 96, THREE],
      ['branch3x3dbl_3', 96, THREE, 2, 'valid'],
    ),
    parts.maxPool(x, 2),
  ]); // [B, 17, 17, 768]
  for (const [name, width] of [
    ['Mixed_6b.', 128],
    ['Mixed_6c.', 160],
    ['Mixed_6d.', 160],
    ['Mixed_6e.', 192],
  ] as const) {
    x = blockC(x, name, width);
  }
  x = parts.concat([
    chain(x, 'Mixed_7a.', ['branch3x3_1', 192, ONE], ['branch3x3_2', 320, THREE, 2, 'valid']),
    chain(
      x,
      'Mixed_7a.',
      ['branch7x7x3_1', 192, ONE],
      ['branch7x7x3_2', 192, [1, 7]],
      ['branch7x7x3_3', 192, [7, 1]],
      ['branch7x7x3_4', 192, THREE, 2, 'valid'],
    ),
    parts.maxPool(x, 2),
  ]); // [B, 8, 8, 1280]
  x = blockE(x, 'Mixed_7b.', (y) => parts.meanPool(y));
  return blockE(x, 'Mixed_7c.', (y) => parts.maxPool(y, 1));
}

/**
 * @param inputs images [B, 299, 299, 3] in -1..1
 * @returns features [B, 2048]; probabilities [B, 1008], without the bias of the last layer, as the inception score
 *   was published with
 */
export const inceptionFunction: ModelFunction = (weights, inputs) => {
  const map = network<tf.Tensor4D>(
    {
      convolution: (x, { name, strides, padding }) =>
        tf.relu(
          conv2d(x, weights[`${name}.weight`]!, { strides, padding, bias: weights[`${name}.bias`]! }),
        ) as tf.Tensor4D,
      maxPool: (x, strides) => tf.maxPool(x, 3, strides, strides === 1 ? 'same' : 'valid'),
      meanPool: (x) => tf.avgPool(x, 3, 1, 'same'),
      concat: (branches) => tf.concat([...branches], 3),
    },
    inputs.images as tf.Tensor4D,
  );
  const features = tf.mean(map, [1, 2]) as tf.Tensor2D;
  const logits = tf.matMul(features, weights['fc.weight'] as tf.Tensor2D, false, true);
  return { features, probabilities: tf.softmax(logits) };
};

/** Every convolution with what goes into it, in the order of the network. */
export interface InceptionLayer extends Pick<Convolution, 'name' | 'to' | 'kernel'> {
  from: number;
}

export function inceptionLayers(): InceptionLayer[] {
  const layers: InceptionLayer[] = [];
  network<number>(
    {
      convolution(from, { name, to, kernel }) {
        layers.push({ name, to, kernel, from });
        return to;
      },
      maxPool: (channels) => channels,
      meanPool: (channels) => channels,
      concat: (branches) => branches.reduce((sum, channels) => sum + channels, 0),
    },
    3,
  );
  return layers;
}

/** Name and shape of every weight in a checkpoint: filters [kh, kw, in, out]. */
export function inceptionWeightShapes(): Record<string, readonly number[]> {
  const shapes: Record<string, readonly number[]> = {};
  for (const { name, to, kernel, from } of inceptionLayers()) {
    shapes[`${name}.weight`] = [...kernel, from, to];
    shapes[`${name}.bias`] = [to];
  }
  shapes['fc.weight'] = [INCEPTION_CLASSES, INCEPTION_FEATURES];
  return shapes;
}
