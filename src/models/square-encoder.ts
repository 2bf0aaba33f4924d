/** What encoders of square pictures have in common: the demo zoo's own, and pretrained backbones. */
import type { Dimension, ModelFunction } from '../engines/engine.ts';
import { CELL, type GridEncoderConfig } from './grid-encoder/config.ts';
import { gridEncoderFunction, gridEncoderWeightShapes } from './grid-encoder/grid-encoder.ts';
import { type PictureEncoderConfig, parsePictureEncoderConfig } from './picture-encoder/config.ts';
import {
  pictureEncoderBatch,
  pictureEncoderFunction,
  pictureEncoderShapes,
} from './picture-encoder/picture-encoder.ts';

const SQUARE_ENCODERS = ['grid-encoder', 'picture-encoder'] as const;
export type SquareEncoderArchitecture = (typeof SQUARE_ENCODERS)[number];

export interface SquareEncoder {
  /** S, pixels of a side of the pictures that it takes. */
  imageSize: number;
  /** Cells on a side. */
  grid: number;
  /** F, width of a cell's feature. */
  width: number;
  /** Pictures a run: 'N', or 1. */
  batch: Dimension;
  /** Inputs { images: float32 [batch, S, S, 3] in -1..1 }, outputs { features [batch, grid, grid, F], … }. */
  fn: ModelFunction;
  /** Name and shape of every weight. */
  shapes: Record<string, readonly number[]>;
}

export const isSquareEncoder = (architecture: string): architecture is SquareEncoderArchitecture =>
  SQUARE_ENCODERS.includes(architecture as SquareEncoderArchitecture);

/** @throws Error when the config is not one of that architecture */
export function squareEncoder(architecture: string, config: unknown): SquareEncoder {
  if (architecture === 'picture-encoder') return pictureEncoder(parsePictureEncoderConfig(config));
  if (architecture !== 'grid-encoder') throw new Error(`a ${architecture} takes no square pictures`);
  const own = config as GridEncoderConfig;
  return {
    imageSize: own.image_size,
    grid: own.image_size / CELL,
    width: own.channels[3],
    batch: 'N',
    fn: gridEncoderFunction(own),
    shapes: gridEncoderWeightShapes(own),
  };
}

const pictureEncoder = (config: PictureEncoderConfig): SquareEncoder => ({
  imageSize: config.image_size,
  grid: config.grid,
  width: config.head?.feature_width ?? config.feature_width,
  batch: pictureEncoderBatch(config),
  fn: pictureEncoderFunction(config),
  shapes: pictureEncoderShapes(config),
});
