/** What a model of the demo zoo sees scenes with. */
import { IMAGE_SIZE } from '../../datasets/scenes/index.ts';
import { REDRAWN_SIDE, worldPreset } from '../../datasets/scenes/presets.ts';
import type { Engine } from '../../engines/engine.ts';
import { UsageError } from '../../errors.ts';
import { createEncodingPipeline, type EncodingPipeline } from '../../inference/pipelines/encode-picture.ts';
import { squareEncoder } from '../../models/square-encoder.ts';
import type { GridEncoderCheckpoint } from '../../zoo/grid-encoder.ts';

/** Pixels of a side that a world's scenes are brought at, to be seen. */
export const sideToSee = (world: string): number => (worldPreset(world).redrawn ? REDRAWN_SIDE : IMAGE_SIZE);

/** @throws UsageError when it sees something else than scenes */
export async function sceneEncoder(
  engine: Engine,
  encoder: GridEncoderCheckpoint,
): Promise<EncodingPipeline> {
  if (encoder.architecture === 'detector') {
    throw new UsageError(
      `The model sees with a ${encoder.architecture}, which is for photographs, not scenes.`,
    );
  }
  const { imageSize: side } = squareEncoder(encoder.architecture, encoder.config);
  if (side !== IMAGE_SIZE) {
    throw new UsageError(`The model's encoder takes ${side} pixels a side, scenes have ${IMAGE_SIZE}.`);
  }
  return createEncodingPipeline(engine, encoder);
}
