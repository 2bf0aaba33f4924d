/** From a picture to the boxes of the things in it, with a feature for each: a picture encoder that proposes boxes. */
import type * as tf from '@tensorflow/tfjs-core';
import { BOX_NUMBERS } from '../boxes.ts';
import type { CompiledFunction, Engine } from '../engines/engine.ts';
import {
  boxHeads,
  type Detection,
  likeliestBoxes,
  type PlainMap,
  poolBox,
} from '../models/picture-encoder/boxes.ts';
import type { PictureEncoderConfig } from '../models/picture-encoder/config.ts';
import { backboneMaps } from '../models/picture-encoder/picture-encoder.ts';
import { type HostTensor, type HostTensors, imagesTensor } from '../tensor.ts';

interface FoundBoxes {
  /** The surest first; the last one again where the picture has fewer. */
  detections: Detection[];
  /** [N, F + 4]: a feature, then x0, y0, x1, y1 in 0..1. */
  rows: Float32Array;
}

export interface BoxEncoder {
  /** @param rgb [S, S, 3], 0..255: the whole picture, whatever its shape was */
  find(rgb: Uint8Array): Promise<FoundBoxes>;
  release(): Promise<void>;
}

const WHOLE: Detection = { box: [0, 0, 1, 1], classId: 0, score: 0 };

/** @param N boxes of a picture @throws Error when the encoder proposes none */
export async function openBoxEncoder(
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
    async find(rgb) {
      const found = await encoder.run({ images: imagesTensor([rgb], S) });
      const maps = named.map((_, i) => plainMap(found[String(i)]!));
      const scored = heads.map((_, i) => ({
        classes: maps[features.length + 2 * i]!,
        distances: maps[features.length + 2 * i + 1]!,
      }));
      const detections = likeliestBoxes(scored, N);
      while (detections.length < N) detections.push(detections.at(-1) ?? WHOLE);
      const rows = new Float32Array(N * (F + BOX_NUMBERS));
      for (const [i, { box }] of detections.entries()) {
        const first = i * (F + BOX_NUMBERS);
        let at = first;
        for (const [k, feature] of features.entries()) {
          poolBox(maps[k]!, box, feature, rows, at);
          at += maps[k]!.C * (feature.parts ?? 1) ** 2;
        }
        for (let k = 0; k < F; k++) rows[first + k] = (rows[first + k]! - mean[k]!) * scale[k]!;
        rows.set(box, first + F);
      }
      return { detections, rows };
    },
    release: () => encoder.release(),
  };
}

function plainMap({ data, shape }: HostTensor): PlainMap {
  const [, n, , C] = shape as [number, number, number, number];
  return { n, C, data: data as Float32Array };
}
