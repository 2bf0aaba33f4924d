/** From pixels to the boxes of the things in a picture, for models that see those. */
import { openBoxEncoder } from '../../encoders/box-encoder.ts';
import type { Engine } from '../../engines/engine.ts';
import type { Pixels } from '../../pictures/decode-picture.ts';
import type { HostTensors } from '../../tensor.ts';
import { createBatcher } from '../batcher.ts';
import type { EncodedPicture } from './encode-picture.ts';
import type { PipelineOptions } from './options.ts';

export interface BoxesPipeline {
  /** @throws the signal's reason when it is aborted before the picture's turn */
  encode(pixels: Pixels, signal?: AbortSignal): Promise<EncodedPicture>;
  release(): Promise<void>;
}

export async function createBoxesPipeline(
  engine: Engine,
  { boxes, ...encoder }: { architecture: string; config: unknown; weights: HostTensors; boxes: number },
  { onPass }: PipelineOptions = {},
): Promise<BoxesPipeline> {
  const { find, release } = await openBoxEncoder(engine, encoder, boxes);
  // A saved graph takes one picture at a time, and so does a detector.
  const batcher = createBatcher([1], async ([pixels]: Pixels[]) => {
    const start = performance.now();
    const { rows } = await find(pixels!);
    onPass?.('encode', 1, performance.now() - start);
    return [{ features: rows }];
  });
  return { encode: (pixels, signal) => batcher.submit(pixels, signal), release };
}
