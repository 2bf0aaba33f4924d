/** What a model of the demo zoo sees scenes with. */
import { IMAGE_SIZE } from '../datasets/scenes/index.ts';
import type { Engine } from '../engines/engine.ts';
import { UsageError } from '../errors.ts';
import { createSeeingPipeline, type SeeingPipeline } from '../inference/pipelines/see.ts';
import type { GridEncoderCheckpoint } from '../zoo/grid-encoder.ts';

/** @throws UsageError when it sees something else than scenes */
export async function sceneEyes(engine: Engine, encoder: GridEncoderCheckpoint): Promise<SeeingPipeline> {
  if (encoder.architecture !== 'grid-encoder') {
    throw new UsageError(
      `The model sees with a ${encoder.architecture}, which is for photographs, not scenes.`,
    );
  }
  const { image_size: side } = encoder.config;
  if (side !== IMAGE_SIZE) {
    throw new UsageError(`The grid encoder sees ${side} pixels a side, scenes have ${IMAGE_SIZE}.`);
  }
  return createSeeingPipeline(engine, encoder);
}
