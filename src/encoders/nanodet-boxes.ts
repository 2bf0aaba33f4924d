/** Boxes of a picture encoder whose backbone is a detector with heads of NanoDet's form. */
import type * as tf from '@tensorflow/tfjs-core';
import type { CompiledFunction, Engine } from '../engines/engine.ts';
import { boxHeads, likeliestBoxes, type PlainMap, poolBox } from '../models/picture-encoder/boxes.ts';
import type { PictureEncoderConfig } from '../models/picture-encoder/config.ts';
import { backboneMaps } from '../models/picture-encoder/picture-encoder.ts';
import { type HostTensor, type HostTensors, imagesTensor } from '../tensor.ts';
import { type BoxEncoder, boxRows } from './found-boxes.ts';

/** @throws Error when the encoder has no such heads */
export async function openNanoDetBoxes(
  engine: Engine,
  { config, weights }: { config: PictureEncoderConfig; weights: HostTensors },
  N: number,
): Promise<BoxEncoder> {
  const heads = boxHeads(config);
  if (heads.length === 0) throw new Error('the picture encoder proposes no boxes');
  const { image_size: S, feature_width: F, features } = config;
  const named = [...features, ...heads.flatMap(({ classes, distances }) => [classes, distances])];
  const encoder: CompiledFunction = await engine.compile({
    name: 'box-encoder',
    weights,
    inputs: { images: { dtype: 'float32', shape: [1, S, S, 3] } },
    fn: (tensors, { images }) => {
      const maps = backboneMaps(config, tensors, images as tf.Tensor4D, named);
      return Object.fromEntries(maps.map((map, i) => [String(i), map]));
    },
  });
  const mean = weights['features.mean']!.data;
  const scale = weights['features.scale']!.data;
  return {
    async find({ rgb }) {
      const found = await encoder.run({ images: imagesTensor([rgb], S) });
      const maps = named.map((_, i) => plainMap(found[String(i)]!));
      const scored = heads.map((_, i) => ({
        classes: maps[features.length + 2 * i]!,
        distances: maps[features.length + 2 * i + 1]!,
      }));
      return boxRows(likeliestBoxes(scored, N), N, F, ({ box }, target, first) => {
        let at = first;
        for (const [k, feature] of features.entries()) {
          poolBox(maps[k]!, box, feature, target, at);
          at += maps[k]!.C * (feature.parts ?? 1) ** 2;
        }
        for (let k = 0; k < F; k++) target[first + k] = (target[first + k]! - mean[k]!) * scale[k]!;
      });
    },
    release: () => encoder.release(),
  };
}

function plainMap({ data, shape }: HostTensor): PlainMap {
  const [, n, , C] = shape as [number, number, number, number];
  return { n, C, data: data as Float32Array };
}
