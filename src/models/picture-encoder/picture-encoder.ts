/**
 * From a picture to the features of its cells.
 *
 * B pictures, S side, G cells on a side, F width of a feature. Cell (i, j) holds what the backbones make of the i-th of
 * G rows and the j-th of G columns of the picture, whatever its shape was, with what their receptive fields see around.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Dimension, ModelFunction, Tensors } from '../../engines/engine.ts';
import { resizeBilinear } from '../ops.ts';
import type { MapName, PictureEncoderConfig } from './config.ts';
import { efficientNetLiteBlocks, efficientNetLiteShapes } from './efficientnet-lite.ts';
import { gateShapes } from './gate.ts';
import { runGraphModel } from './graph-model.ts';
import { headFeatures, headShapes } from './head.ts';
import { joinParts, maxPool, meanPool, stdPool } from './pool.ts';

export const PIXELS = 'pixels';

const POOLS = { mean: meanPool, max: maxPool, std: stdPool };

/**
 * What the backbones make of pictures.
 * @param images [B, S, S, 3] in -1..1
 * @param named maps, those of the features and whatever else is to be seen
 * @returns [B, n, n, C] each
 */
export function backboneMaps(
  config: PictureEncoderConfig,
  weights: Tensors,
  images: tf.Tensor4D,
  named: readonly MapName[],
): tf.Tensor4D[] {
  const unit = tf.mul(tf.add(images, 1), 0.5) as tf.Tensor4D; // 0..1
  const maps = new Map<string, tf.Tensor4D>();
  const key = ({ backbone, output }: MapName) => `${backbone}/${output ?? ''}`;
  for (const [name, backbone] of Object.entries(config.backbones)) {
    const wanted = named.filter((map) => map.backbone === name);
    const outputs = [...new Set(wanted.map(({ output }) => output ?? ''))];
    const { side, mean, std, order } = backbone.input;
    const resized = side === config.image_size ? unit : resizeBilinear(unit, [side, side]);
    const normalised = tf.div(tf.sub(resized, tf.tensor1d(mean)), tf.tensor1d(std)) as tf.Tensor4D;
    const x = order === 'bgr' ? tf.reverse(normalised, 3) : normalised;
    if (backbone.kind === 'efficientnet-lite') {
      const blocks = efficientNetLiteBlocks(backbone, weights, name, x);
      for (const output of outputs) maps.set(`${name}/${output}`, blocks[Number(output.split('.')[1])]!);
      continue;
    }
    const own = Object.fromEntries(
      Object.keys(backbone.weights).map((weight) => [weight, weights[`${name}.${weight}`]!]),
    );
    const given = backbone.input.layout === 'NCHW' ? tf.transpose(x, [0, 3, 1, 2]) : x;
    const found = runGraphModel(backbone, own, given, outputs);
    for (const [i, output] of outputs.entries()) {
      const { layout } = wanted.find((map) => map.output === output)!;
      maps.set(`${name}/${output}`, asMap(found[i]!, layout, `${name}: ${output}`));
    }
  }
  return named.map((name) => {
    const map = name.backbone === PIXELS ? unit : maps.get(key(name))!;
    const { channels = map.shape[3] } = name;
    const [B, n] = map.shape;
    return channels === map.shape[3] ? map : tf.slice(map, [0, 0, 0, 0], [B, n, n, channels]);
  });
}

/**
 * The features before they are standardised: one map a feature of the config.
 * @param images [B, S, S, 3] in -1..1
 * @returns [B, G, G, C] each
 */
export function pooledMaps(
  config: PictureEncoderConfig,
  weights: Tensors,
  images: tf.Tensor4D,
): tf.Tensor4D[] {
  const maps = backboneMaps(config, weights, images, config.features);
  return config.features.map(({ pool, parts = 1 }, i) =>
    joinParts(POOLS[pool](maps[i]!, config.grid * parts), parts),
  );
}

/** [1, n, n, C], or its channels first, or [1, n·n, C] row by row. */
function asMap(found: tf.Tensor, layout: 'NHWC' | 'NCHW' | undefined, what: string): tf.Tensor4D {
  const bad = () => new Error(`${what} is [${found.shape}]: no square map`);
  if (found.shape.length === 3) {
    const [B, places, C] = found.shape as [number, number, number];
    const n = Math.sqrt(places);
    if (!Number.isInteger(n)) throw bad();
    return tf.reshape(found, [B, n, n, C]);
  }
  if (found.shape.length !== 4) throw bad();
  const map = (layout === 'NCHW' ? tf.transpose(found, [0, 2, 3, 1]) : found) as tf.Tensor4D;
  if (map.shape[1] !== map.shape[2]) throw bad();
  return map;
}

/**
 * Features of the cells: each standardised by its mean and deviation over the pictures that the encoder was
 * calibrated on, then divided by sqrt(F), as those of the demo zoo's encoder are.
 * @param images [B, S, S, 3] in -1..1; B is 1 where a backbone is a graph
 * @returns features [B, G, G, F], or what the head makes of them
 */
export function pictureEncoderFunction(config: PictureEncoderConfig): ModelFunction {
  return (weights, inputs) => {
    const all = tf.concat(pooledMaps(config, weights, inputs.images as tf.Tensor4D), 3);
    const features = tf.mul(tf.sub(all, weights['features.mean']!), weights['features.scale']!);
    return {
      features: config.head ? headFeatures(config.head, weights, features as tf.Tensor4D) : features,
    };
  };
}

/** Pictures a run: a saved graph has its batch size written into it. */
export function pictureEncoderBatch({ backbones }: PictureEncoderConfig): Dimension {
  return Object.values(backbones).some(({ kind }) => kind === 'graph-model') ? 1 : 'N';
}

/** Name and shape of every weight in a checkpoint. */
export function pictureEncoderShapes(config: PictureEncoderConfig): Record<string, readonly number[]> {
  const shapes: Record<string, readonly number[]> = {
    'features.mean': [config.feature_width],
    'features.scale': [config.feature_width],
  };
  for (const [name, backbone] of Object.entries(config.backbones)) {
    const own = backbone.kind === 'graph-model' ? backbone.weights : efficientNetLiteShapes(backbone);
    for (const [weight, shape] of Object.entries(own)) shapes[`${name}.${weight}`] = shape;
  }
  if (config.head) {
    Object.assign(shapes, headShapes(config.head, config.feature_width));
    Object.assign(shapes, gateShapes(config.head.feature_width));
  }
  return shapes;
}
