/** What is extracted of a picture: a row of float32, which is kept until the file of many is written. */

import { BOX_NUMBERS } from '../../boxes.ts';
import type { WrittenFeatures } from '../../datasets/feature-writer.ts';
import { openBoxEncoder } from '../../encoders/box-encoder.ts';
import type { Engine } from '../../engines/engine.ts';
import { type Pixels, pictureSize } from '../../pictures/decode-picture.ts';
import { type EncoderComponent, encoderInput, imageEncoder } from '../features/image-encoder.ts';

export interface RowOf<Decoded> {
  /** Numbers of a row. */
  length: number;
  /** Of a picture's features, for people. */
  shape: readonly number[];
  /** @throws CodedError image_damaged, image_too_large */
  decode(file: Uint8Array): Promise<Decoded>;
  make(decoded: Decoded): Promise<Float32Array>;
  /** A row as it is written. */
  written(id: string, row: Float32Array): WrittenFeatures;
  release(): Promise<void>;
}

export async function gridRow(engine: Engine, encoder: EncoderComponent): Promise<RowOf<Pixels>> {
  const { grid, width, decode } = encoderInput(encoder);
  const { encode, release } = await imageEncoder(engine, encoder);
  const shape = [grid, grid, width];
  return {
    ...{ length: grid * grid * width, shape, decode, release },
    make: (pixels) => encode([pixels]),
    written: (id, features) => ({ id, shape, features }),
  };
}

/** A class and how sure the detector is. */
const SAID = 2;

/** Features, then corners in 0..1, classes and scores of N boxes, then the size of the picture in pixels. */
export async function boxRow(
  engine: Engine,
  { config, tensors, architecture }: EncoderComponent,
  N: number,
): Promise<RowOf<{ pixels: Pixels; size: { width: number; height: number } }>> {
  const weights = tensors['model.safetensors']!;
  const { find, release } = await openBoxEncoder(engine, { architecture, config, weights }, N);
  const { decode, width: F } = encoderInput({ architecture, config });
  const [boxes, classes, scores, size] = [
    N * F,
    N * (F + BOX_NUMBERS),
    N * (F + BOX_NUMBERS + 1),
    N * (F + BOX_NUMBERS + SAID),
  ];
  return {
    ...{ length: size + 2, shape: [N, F] },
    async decode(file) {
      return { pixels: await decode(file), size: await pictureSize(file) };
    },
    async make({ pixels, size: { width, height } }) {
      const { rows, detections } = await find(pixels);
      const row = new Float32Array(size + 2);
      for (const [i, { box, classId, score }] of detections.entries()) {
        row.set(rows.subarray(i * (F + BOX_NUMBERS), i * (F + BOX_NUMBERS) + F), i * F);
        row.set(box, boxes + i * BOX_NUMBERS);
        row[classes + i] = classId;
        row[scores + i] = score;
      }
      row.set([width, height], size);
      return row;
    },
    written(id, row) {
      const [width, height] = [row[size]!, row[size + 1]!];
      const corners = row.slice(boxes, classes).map((x, i) => x * (i % 2 === 0 ? width : height));
      return {
        ...{ id, shape: [N, F], features: row.slice(0, boxes) },
        boxes: {
          ...{ width, height, corners },
          objects: { ids: row.subarray(classes, scores), scores: row.slice(scores, size) },
        },
      };
    },
    release,
  };
}
