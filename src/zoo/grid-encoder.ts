/** What makes grid features from disk, as a component of models that see pictures. */
import { type DetectorConfig, parseDetectorConfig } from '../models/detector/config.ts';
import { detectorWeightShapes } from '../models/detector/detector.ts';
import type { ModelConfig } from '../models/family.ts';
import { parsePictureEncoderConfig } from '../models/picture-encoder/config.ts';
import { proposesBoxes } from '../models/proposes-boxes.ts';
import { regionsText } from '../models/regions.ts';
import { isSquareEncoder, type SquareEncoderArchitecture, squareEncoder } from '../models/square-encoder.ts';
import type { HostTensors } from '../tensor.ts';
import { readComponent } from './checkpoint-files.ts';
import { readManifest } from './manifest.ts';

/** An encoder of squares (the demo zoo's, or pretrained backbones), or the published models' detector. */
export type GridEncoderCheckpoint = {
  weights: HostTensors;
  /** It is asked for so many boxes in place of its grid. */
  boxes?: number;
  /** Sees in its place the drawings that its gate tells from those that it knows. */
  drawings?: DrawingEncoderCheckpoint;
} & (
  | { architecture: SquareEncoderArchitecture; config: unknown }
  | { architecture: 'detector'; config: DetectorConfig }
);

/** A picture encoder with a head (models/picture-encoder/head.ts). */
interface DrawingEncoderCheckpoint {
  architecture: 'picture-encoder';
  config: unknown;
  weights: HostTensors;
}

/**
 * @param folder of the component; undefined when the model names none
 * @param model what it must fit: cells on a side of the grid or a number of boxes, width of a feature
 * @param drawings folder of the component that sees drawings by others, where the model names one
 * @throws Error that says what is wrong
 */
export async function loadGridEncoder(
  folder: string | undefined,
  model: Pick<ModelConfig, 'grid' | 'num_boxes' | 'visual_feat_dim'>,
  drawings?: string,
): Promise<GridEncoderCheckpoint> {
  if (folder === undefined) throw new Error('seeing pictures needs a component: grid_encoder');
  const checkpoint = {
    ...(await readGridEncoder(folder)),
    ...(drawings !== undefined && { drawings: await readDrawingEncoder(drawings, model) }),
  };
  const { grid, width } = madeBy(checkpoint);
  const { num_boxes: boxes } = model;
  const made = { ...(boxes === undefined ? { grid } : { num_boxes: boxes }), visual_feat_dim: width };
  if (regionsText(made) !== regionsText(model))
    throw new Error(`the grid encoder makes ${regionsText(made)}, the model takes ${regionsText(model)}`);
  if (boxes === undefined) return checkpoint;
  if (!proposesBoxes(checkpoint))
    throw new Error(`the grid encoder proposes no boxes, of which the model takes ${boxes}`);
  return { ...checkpoint, boxes };
}

/** @throws Error that says what is wrong */
export async function readGridEncoder(folder: string): Promise<GridEncoderCheckpoint> {
  const { architecture } = await readManifest(folder);
  return isSquareEncoder(architecture) ? readSquareEncoder(folder, architecture) : readDetector(folder);
}

async function readDrawingEncoder(
  folder: string,
  { visual_feat_dim }: Pick<ModelConfig, 'visual_feat_dim'>,
): Promise<DrawingEncoderCheckpoint> {
  const architecture = 'picture-encoder';
  const { config, weights } = await readComponent(
    'drawing_encoder',
    folder,
    architecture,
    (config) => squareEncoder(architecture, config).shapes,
  );
  const { head } = parsePictureEncoderConfig(config);
  if (head?.feature_width !== visual_feat_dim)
    throw new Error(
      `the drawing encoder has ${head ? `features of ${head.feature_width}, the model takes ${visual_feat_dim}` : 'no head'}`,
    );
  return { architecture, config, weights };
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
