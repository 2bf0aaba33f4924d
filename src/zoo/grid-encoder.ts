/** A grid encoder from disk, as a component of models that see pictures. */
import { CELL, type GridEncoderConfig } from '../models/grid-encoder/config.ts';
import { gridEncoderWeightShapes } from '../models/grid-encoder/grid-encoder.ts';
import type { HostTensors } from '../tensor.ts';
import { readComponent } from './checkpoint-files.ts';

export interface GridEncoderCheckpoint {
  config: GridEncoderConfig;
  weights: HostTensors;
}

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
  const { config: read, weights } = await readComponent('grid_encoder', folder, 'grid-encoder', (config) =>
    gridEncoderWeightShapes(config as GridEncoderConfig),
  );
  const config = read as GridEncoderConfig;
  const grid = config.image_size / CELL;
  if (grid !== model.grid || config.channels[3] !== model.visual_feat_dim) {
    throw new Error(
      `the grid encoder makes ${grid}×${grid} features of ${config.channels[3]}, ` +
        `the model takes ${model.grid}×${model.grid} of ${model.visual_feat_dim}`,
    );
  }
  return { config, weights };
}
