/** From photographs of any size to the grid features of the published models. */
import { openDetector } from '../../encoders/detector.ts';
import type { Engine } from '../../engines/engine.ts';
import type { DetectorConfig } from '../../models/detector/config.ts';
import { detectorPicture } from '../../models/detector/picture.ts';
import type { HostTensor, HostTensors } from '../../tensor.ts';
import { createBatcher } from '../batcher.ts';
import type { PipelineOptions } from './options.ts';
import type { Seen } from './see.ts';

export interface DetectorPipeline {
  /**
   * @param rgb [height, width, 3], 0..255: the whole picture
   * @throws the signal's reason when it is aborted before the picture's turn
   */
  see(rgb: Uint8Array, width: number, height: number, signal?: AbortSignal): Promise<Seen>;
  release(): Promise<void>;
}

export async function createDetectorPipeline(
  engine: Engine,
  checkpoint: { config: DetectorConfig; weights: HostTensors },
  { onRun }: Pick<PipelineOptions, 'onRun'> = {},
): Promise<DetectorPipeline> {
  const { encode, release } = await openDetector(engine, checkpoint);
  // One at a time: hardly two pictures have one size, and a single one keeps all cores busy.
  const batcher = createBatcher([1], async ([picture]: HostTensor[]) => {
    const start = performance.now();
    const features = await encode(picture!);
    onRun?.('see', 1, performance.now() - start);
    return [{ features }];
  });

  return {
    async see(rgb, width, height, signal) {
      // Before it waits: a photograph is larger than what the detector takes.
      return batcher.submit(detectorPicture(checkpoint.config, rgb, width, height), signal);
    },
    release,
  };
}
