/** What makes grid features from disk, as a component of models that see pictures. */
import { type DetectorConfig, parseDetectorConfig } from '../models/detector/config.ts';
import { detectorWeightShapes } from '../models/detector/detector.ts';
import { isSquareEncoder, type SquareEncoderArchitecture, squareEncoder } from '../models/square-encoder.ts';
import type { HostTensors } from '../tensor.ts';
import { readComponent } from './checkpoint-files.ts';
import { readManifest } from './manifest.ts';

/** An encoder of squares (the demo zoo's, or pretrained backbones), or the published models' detector. */
export type GridEncoderCheckpoint = { weights: HostTensors } & (
  | { architecture: SquareEncoderArchitecture; config: unknown }
  | { architecture: 'detector'; config: DetectorConfig }
);

/**
 * @param folder of the component; undefined when the model names none
 * @param model what it must fit: cells on a side of the grid, width of a feature
 * @throws Error that says what is wrong
 */
export async function loadGridEncoder(
  folder: string | undefined,
  model: { grid: number; visual_feat_dim: number },
): Promise<GridEncoderCheckpoint> {
  if (folder === undefined) throw new Error('seeing pictures needs a component: grid_encoder');
  const checkpoint = await readGridEncoder(folder);
  const { grid, width } = madeBy(checkpoint);
  if (grid !== model.grid || width !== model.visual_feat_dim) {
    throw new Error(
      `the grid encoder makes ${grid}×${grid} features of ${width}, ` +
        `the model takes ${model.grid}×${model.grid} of ${model.visual_feat_dim}`,
    );
  }
  return checkpoint;
}

/** @throws Error that says what is wrong */
export async function readGridEncoder(folder: string): Promise<GridEncoderCheckpoint> {
  const { architecture } = await readManifest(folder);
  return isSquareEncoder(architecture) ? readSquareEncoder(folder, architecture) : readDetector(folder);
}

async function readSquareEncoder(
  folder: string,
  architecture: SquareEncoderArchitecture,
): Promise<GridEncoderCheckpoint> {
  const { config, weights } = await readComponent(
    'grid_encoder',
    folder,
    architecture,
    (config) => squareEncoder(architecture, config).shapes,
  );
  return { architecture, config, weights };
}

async function readDetector(folder: string): Promise<GridEncoderCheckpoint> {
  const { config, weights } = await readComponent('grid_encoder', folder, 'detector', (config) =>
    detectorWeightShapes(parseDetectorConfig(config)),
  );
  return { architecture: 'detector', config: config as DetectorConfig, weights };
}

/** Cells on a side, and the width of a feature. */
function madeBy(checkpoint: GridEncoderCheckpoint): { grid: number; width: number } {
  if (checkpoint.architecture === 'detector') {
    return { grid: checkpoint.config.grid, width: checkpoint.config.mlp_head_dim };
  }
  return squareEncoder(checkpoint.architecture, checkpoint.config);
}
