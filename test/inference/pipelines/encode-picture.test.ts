import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createOnnxRuntimeEngine } from '../../../src/engines/onnxruntime.ts';
import {
  createEncodingPipeline,
  type EncodingPipeline,
} from '../../../src/inference/pipelines/encode-picture.ts';
import type { GridEncoderConfig } from '../../../src/models/grid-encoder/config.ts';
import { gridEncoderFunction, initialGridEncoder } from '../../../src/models/grid-encoder/grid-encoder.ts';
import { createRandom } from '../../../src/random.ts';
import { float32 } from '../../../src/tensor.ts';

const config: GridEncoderConfig = {
  image_size: 64,
  channels: [8, 8, 8, 16],
  blocks: [0, 1, 0, 1],
  layer_norm_epsilon: 1e-6,
  objects: 3,
  colours: 3,
  parts: 10,
  backgrounds: 2,
};
const weights = initialGridEncoder(config, createRandom('encoder'));
const engine = createOnnxRuntimeEngine({ threads: 2 });
const PIXELS = 64 * 64 * 3;

function noise(seed: number): Uint8Array {
  const random = createRandom(`noise/${seed}`);
  return Uint8Array.from({ length: PIXELS }, () => random.int(256));
}

let pipeline: EncodingPipeline;
let rows: number[] = [];
beforeAll(async () => {
  pipeline = await createEncodingPipeline(
    engine,
    { architecture: 'grid-encoder', config, weights },
    { onPass: (_, count) => rows.push(count) },
  );
});
afterAll(() => pipeline.release());

test('gives the encoder’s features of the pixels in -1..1, cell by cell', async () => {
  expect(pipeline.imageSize).toBe(64);
  const rgb = noise(1);
  const { features } = await pipeline.encode(rgb);
  expect(features).toHaveLength(4 * 4 * 16);
  const encoder = await engine.compile({
    name: 'reference',
    fn: gridEncoderFunction(config),
    weights,
    inputs: { images: { dtype: 'float32', shape: [1, 64, 64, 3] } },
  });
  const images = float32(
    [...rgb].map((byte) => byte / 127.5 - 1),
    [1, 64, 64, 3],
  );
  const expected = (await encoder.run({ images })).features!;
  await encoder.release();
  for (const [i, x] of features.entries()) expect(x).toBeCloseTo(expected.data[i]!, 4);
});

test('a picture has the same features alone and in any company', async () => {
  const pictures = [1, 2, 3, 4, 5].map(noise);
  const alone = [];
  for (const rgb of pictures) alone.push(await pipeline.encode(rgb));
  rows = [];
  expect(await Promise.all(pictures.map((rgb) => pipeline.encode(rgb)))).toEqual(alone);
  expect(rows.every((count) => pipeline.batchSizes.includes(count))).toBe(true);
  expect(rows.reduce((sum, count) => sum + count, 0)).toBe(5);
  expect(alone[0]!.features).not.toEqual(alone[1]!.features);
});

test('takes what sharp makes of a picture of any shape', async () => {
  const file = await sharp({ create: { width: 30, height: 90, channels: 3, background: '#e02020' } })
    .png()
    .toBuffer();
  const rgb = await sharp(file).resize(64, 64, { fit: 'fill' }).removeAlpha().raw().toBuffer();
  expect((await pipeline.encode(rgb)).features.every(Number.isFinite)).toBe(true);
});

test('refuses a picture of another size', async () => {
  await expect(pipeline.encode(new Uint8Array(12))).rejects.toThrow('a picture of 12 bytes');
});

test('an abort takes a waiting picture out of the queue', async () => {
  const abort = new AbortController();
  const stopped = pipeline.encode(noise(1), abort.signal);
  abort.abort(new Error('stop'));
  await expect(stopped).rejects.toThrow('stop');
});
