/** From pixels to the boxes of the things in a picture, for models that see those. */
import { openBoxEncoder } from '../../encoders/boxes.ts';
import type { Engine } from '../../engines/engine.ts';
import { parsePictureEncoderConfig } from '../../models/picture-encoder/config.ts';
import type { HostTensors } from '../../tensor.ts';
import { createBatcher } from '../batcher.ts';
import type { EncodingPipeline } from './encode-picture.ts';
import type { PipelineOptions } from './options.ts';

export async function createBoxesPipeline(
  engine: Engine,
  { config, weights, boxes }: { config: unknown; weights: HostTensors; boxes: number },
  { onPass }: PipelineOptions = {},
): Promise<Pick<EncodingPipeline, 'imageSize' | 'encode' | 'release'>> {
  const own = parsePictureEncoderConfig(config);
  const { find, release } = await openBoxEncoder(engine, { config: own, weights }, boxes);
  // A saved graph takes one picture at a time.
  const batcher = createBatcher([1], async ([rgb]: Uint8Array[]) => {
    const start = performance.now();
    const { rows } = await find(rgb!);
    onPass?.('encode', 1, performance.now() - start);
    return [{ features: rows }];
  });
  return {
    imageSize: own.image_size,
    encode: (rgb, signal) => batcher.submit(rgb, signal),
    release,
  };
}
