/** Sizes of a generator, as `config.json` of its checkpoint holds them. `architecture` chooses the network. */

/** The paper's generator (section 3.3 and appendix): SPADE at every resolution, noise, ToRGB skips. */
export interface SpadeGeneratorConfig {
  architecture: 'spade';
  /** Width of a centroid. */
  emb_dim: number;
  /** Width that the centroids are narrowed to before anything else. */
  codebook_dim: number;
  /** Channels of every block (less above 64 pixels a side when over 256 or 128). */
  base_dim: number;
  /** Hidden width of every modulation network. */
  spade_hidden: number;
  /** Blocks without upsampling after the last upsampling one. */
  extra_layers: number;
  /** Cells a side; pixels a side, a power of two times that. */
  grid: number;
  target_size: number;
}

/**
 * The demo zoo's generator: modulation at the low resolutions only, pixels by pixel shuffle, and a sketch that
 * each cell's code gives by itself.
 *
 * grid 8, target_size 128, channels [192, 128, 64], blocks [2, 1, 1], modulated_stages 2, codebook_dim 64,
 * spade_hidden 64 is 0.9 GFLOP an image (forward).
 */
export interface PixelShuffleGeneratorConfig {
  architecture: 'pixel-shuffle';
  emb_dim: number;
  /** K, the size of the visual vocabulary: every code has a patch of its own. */
  clusters: number;
  codebook_dim: number;
  /** Width at the grid's resolution, then at each doubling of it. */
  channels: number[];
  /** Residual blocks at each of these resolutions. */
  blocks: number[];
  /** The first so many resolutions are modulated by the codes. */
  modulated_stages: number;
  spade_hidden: number;
  norm_epsilon: number;
  grid: number;
  /** Of what comes out; all but the doubling works at half of it, where there is one. */
  target_size: number;
  doubling?: DoublingConfig;
  shared_codes?: SharedCodesConfig;
}

/**
 * Codes that cells of different parts of things share, such as the left, the middle and the right of a roof: each has a
 * patch for every part, and what lies around it says which.
 */
export interface SharedCodesConfig {
  codes: number[];
  /** Patches of each; a code of fewer parts has some that are never chosen. */
  parts: number;
}

/**
 * A network that draws what was painted once more at twice the side, from its pixels and a few maps of what they were
 * painted from. Of guide 8, channels 32 and 1 block it is 0.8 GFLOP an image of 256 pixels.
 */
export interface DoublingConfig {
  /** Maps that the generator's last hidden layer gives it. */
  guide: number;
  channels: number;
  blocks: number;
}

export type GeneratorConfig = SpadeGeneratorConfig | PixelShuffleGeneratorConfig;
