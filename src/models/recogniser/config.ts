/**
 * Sizes of a recogniser, as `config.json` of its checkpoint holds them.
 *
 * image_size 128, channels [32, 64, 128], blocks [1, 3, 3, 2] is 0.22 GFLOP an image (forward).
 */
export interface RecogniserConfig {
  /** Height and width of the image in pixels, a multiple of 16. */
  image_size: number;
  /** Widths at strides 4, 8 and 16. */
  channels: [number, number, number];
  /** Blocks at strides 4, 8, 16, and at stride 8 again after the coarse map came back. */
  blocks: [number, number, number, number];
  layer_norm_epsilon: number;
  /** Object classes; the class logits have one more, in front, for "no centre here". */
  objects: number;
  /** Colours; 0 is the drawing's own. */
  colours: number;
  backgrounds: number;
  /** Names of the styles that it tells apart; left out where its world has one. */
  styles?: readonly string[];
  /** Least probability at which a centre counts as an object. High: a smudge must not pass for a drawing. */
  threshold: number;
}

/** Pixels that one cell of the map of centres is wide. */
export const STRIDE = 8;

/** Numbers of a box: centre x and y inside its cell in cells, and edge in units of 16 pixels. */
export const BOX = 3;
export const SIZE_UNIT = 16;
