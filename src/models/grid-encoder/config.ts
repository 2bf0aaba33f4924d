/**
 * Sizes of a grid encoder, as `config.json` of its checkpoint holds them.
 *
 * image_size 128, channels [16, 32, 64, 128], blocks [0, 1, 1, 1] is 0.15 GFLOP an image (forward).
 */
export interface GridEncoderConfig {
  /** Height and width of the image in pixels; the grid has image_size / 16 cells a side. */
  image_size: number;
  /** Width of each of the four stages (strides 2, 4, 8, 16). The last is F, the width of a cell's feature. */
  channels: [number, number, number, number];
  /** Residual blocks in each stage. */
  blocks: [number, number, number, number];
  layer_norm_epsilon: number;
  /** Classes of each head; class 0 of objects, colours and parts means "none here". */
  objects: number;
  colours: number;
  parts: number;
  backgrounds: number;
}

/** Pixels that one grid cell is wide: the four stages halve the image four times. */
export const CELL = 16;

export const HEADS = ['object', 'colour', 'part', 'background'] as const;
export type Head = (typeof HEADS)[number];

export function headClasses(config: GridEncoderConfig): Record<Head, number> {
  const { objects, colours, parts, backgrounds } = config;
  return { object: objects, colour: colours, part: parts, background: backgrounds };
}
