/** The router of pictures from disk. */
import { GRID } from '../grid.ts';
import { type PictureRouterConfig, routerWeightShapes } from '../models/picture-router.ts';
import type { HostTensors } from '../tensor.ts';
import { readComponent } from './checkpoint-files.ts';
import { type GridEncoderCheckpoint, loadGridEncoder } from './grid-encoder.ts';

export interface PictureRouterCheckpoint {
  config: PictureRouterConfig;
  weights: HostTensors;
  gridEncoder: GridEncoderCheckpoint;
}

/** @throws Error that says what is wrong with which file */
export async function loadPictureRouter(folders: {
  folder: string;
  components: Readonly<Record<string, string>>;
}): Promise<PictureRouterCheckpoint> {
  const { config: read, weights } = await readComponent(
    'picture_router',
    folders.folder,
    'picture-router',
    (config) => routerWeightShapes(config as PictureRouterConfig),
  );
  const config = read as PictureRouterConfig;
  const { visual_feat_dim } = config;
  const gridEncoder = await loadGridEncoder(folders.components.grid_encoder, { grid: GRID, visual_feat_dim });
  return { config, weights, gridEncoder };
}
