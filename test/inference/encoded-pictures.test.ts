import { beforeAll, expect, it } from 'vitest';
import { createOnnxRuntimeEngine } from '../../src/engines/onnxruntime.ts';
import { createEncodedPictures } from '../../src/inference/encoded-pictures.ts';
import { createEncodingPipeline } from '../../src/inference/pipelines/encode-picture.ts';
import { initialGridEncoder } from '../../src/models/grid-encoder/grid-encoder.ts';
import { decodePicture, resizePixels } from '../../src/pictures/decode-picture.ts';
import { createRandom } from '../../src/random.ts';
import { float32 } from '../../src/tensor.ts';
import type { GridEncoderCheckpoint } from '../../src/zoo/grid-encoder.ts';
import { picture } from '../pictures/sample-pictures.ts';
import { ENCODER } from '../zoo/tiny-answerer.ts';

const engine = createOnnxRuntimeEngine({ threads: 1 });
const encoder = (seed: string): GridEncoderCheckpoint => ({
  architecture: 'grid-encoder',
  config: ENCODER,
  weights: initialGridEncoder(ENCODER, createRandom(seed)),
});
/** Bytes of what is kept of one picture. */
const ONE = 64 * ENCODER.channels[3] * 4;

let files: Buffer[];
beforeAll(async () => {
  files = await Promise.all([20, 30, 40].map((width) => picture(width, 20).png().toBuffer()));
});

it('decodes and encodes a picture once for all models with the same encoder, at once or later', async () => {
  const pictures = createEncodedPictures(engine);
  const [first, second, other] = await Promise.all(
    ['a', 'a', 'b'].map((seed) => pictures.open(encoder(seed))),
  );
  const seen = await Promise.all([
    first!.encode('one', files[0]!),
    second!.encode('one', files[0]!),
    first!.encode('one', files[0]!),
  ]);
  expect(pictures.counts()).toEqual({ encoded: 1, cached: 2 });
  expect(seen[1]).toBe(seen[0]);
  // Kept by content: nobody looks at the file again.
  expect(await second!.encode('one', Buffer.from('not a picture'))).toBe(seen[0]);
  const elsewhere = await other!.encode('one', files[0]!);
  expect(pictures.counts()).toEqual({ encoded: 2, cached: 3 });
  expect(elsewhere.features).not.toEqual(seen[0]!.features);

  await first!.close();
  expect(await second!.encode('one', files[0]!)).toBe(seen[0]);
  await second!.close();
  const again = await pictures.open(encoder('a'));
  expect((await again.encode('one', files[0]!)).features).toEqual(seen[0]!.features);
  expect(pictures.counts()).toEqual({ encoded: 3, cached: 4 });
  await Promise.all([again.close(), other!.close()]);
});

it('keeps no more than it may: the least recently used goes', async () => {
  const pictures = createEncodedPictures(engine, { keptBytes: 2 * ONE });
  const opened = await pictures.open(encoder('a'));
  const see = (index: number) => opened.encode(String(index), files[index]!);
  for (const index of [0, 1, 0, 2]) await see(index);
  expect(pictures.counts()).toEqual({ encoded: 3, cached: 1 });
  await see(0);
  await see(2);
  expect(pictures.counts()).toEqual({ encoded: 3, cached: 3 });
  await see(1);
  expect(pictures.counts()).toEqual({ encoded: 4, cached: 3 });
  await opened.close();
});

it('does not remember what could not be decoded', async () => {
  const pictures = createEncodedPictures(engine);
  const opened = await pictures.open(encoder('a'));
  const cut = files[0]!.subarray(0, 60);
  const both = await Promise.allSettled([opened.encode('cut', cut), opened.encode('cut', cut)]);
  for (const one of both)
    expect(one).toMatchObject({ status: 'rejected', reason: { code: 'image_damaged' } });
  expect((await opened.encode('cut', files[0]!)).features).toHaveLength(ONE / 4);
  expect(pictures.counts().encoded).toBe(1);
  await opened.close();
});

it('sees what the gate takes for a drawing by others with the eyes for those', async () => {
  const [usual, others] = ['a', 'b'].map(
    (seed) => encoder(seed) as GridEncoderCheckpoint & { architecture: 'grid-encoder' },
  );
  const sharp = await decodePicture(files[0]!, 2 * ENCODER.image_size);
  const { rgb } = await resizePixels(
    { rgb: sharp, width: 2 * ENCODER.image_size, height: 2 * ENCODER.image_size },
    ENCODER.image_size,
  );
  const F = ENCODER.channels[3];
  const seenBy = async (bias: number) => {
    const gate = {
      'gate.weight': float32(new Float32Array(2 * F), [2 * F]),
      'gate.bias': float32([bias], [1]),
    };
    const drawings = { ...others!, weights: { ...others!.weights, ...gate } };
    const pipeline = await createEncodingPipeline(engine, { ...usual!, drawings });
    // Twice as large, so that eyes that see more than the usual ones are given more; any size will do.
    expect(pipeline.imageSize).toBe(2 * ENCODER.image_size);
    const [seen, again] = [await pipeline.encode(sharp), await pipeline.encode(rgb)];
    expect(again).toEqual(seen);
    await pipeline.release();
    return seen.features;
  };
  const alone = async (one: typeof usual) => {
    const pipeline = await createEncodingPipeline(engine, one!);
    const { features } = await pipeline.encode(rgb);
    await pipeline.release();
    return features;
  };
  expect(await seenBy(-1)).toEqual(await alone(usual));
  expect(await seenBy(1)).toEqual(await alone(others));
});
