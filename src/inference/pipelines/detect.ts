/** From photographs of any size to the grid features of the published models. */
import { openDetector } from '../../encoders/detector.ts';
import type { Engine } from '../../engines/engine.ts';
import type { DetectorConfig } from '../../models/detector/config.ts';
import { detectorPicture } from '../../models/detector/picture.ts';
import type { HostTensor, HostTensors } from '../../tensor.ts';
import { createBatcher } from '../batcher.ts';
import type { EncodedPicture } from './encode-picture.ts';
import type { PipelineOptions } from './options.ts';

export interface DetectorPipeline {
  /**
   * @param rgb [height, width, 3], 0..255: the whole picture
   * @throws the signal's reason when it is aborted before the picture's turn
   */
  encode(rgb: Uint8Array, width: number, height: number, signal?: AbortSignal): Promise<EncodedPicture>;
  release(): Promise<void>;
}

export async function createDetectorPipeline(
  engine: Engine,
  checkpoint: { config: DetectorConfig; weights: HostTensors },
  { onPass }: Pick<PipelineOptions, 'onPass'> = {},
): Promise<DetectorPipeline> {
  const { encode: encodeOne, release } = await openDetector(engine, checkpoint);
  // One at a time: hardly two pictures have one size, and a single one keeps all cores busy.
  const batcher = createBatcher([1], async ([picture]: HostTensor[]) => {
    const start = performance.now();
    const features = await encodeOne(picture!);
    onPass?.('encode', 1, performance.now() - start);
    return [{ features }];
  });

  return {
    async encode(rgb, width, height, signal) {
      // Before it waits: a photograph is larger than what the detector takes.
      return batcher.submit(detectorPicture(checkpoint.config, rgb, width, height), signal);
    },
    release,
  };
}
