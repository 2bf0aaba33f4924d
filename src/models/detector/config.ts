/**
 * Sizes of a detector, as `config.json` of its checkpoint holds them. Names are those of maskrcnn-benchmark's
 * configuration (MODEL.RESNETS, MODEL.BACKBONE, MODEL.ROI_BOX_HEAD, INPUT), small.
 */
export interface DetectorConfig {
  /** Cells of a side of the grid; a picture has grid² features. */
  grid: number;
  stem_out_channels: number;
  /** Bottleneck blocks of the four stages. X-152: 3, 8, 36, 3. */
  depths: [number, number, number, number];
  /** 1 is a ResNet, more a ResNeXt. Bottlenecks of the first stage are num_groups · width_per_group wide. */
  num_groups: number;
  width_per_group: number;
  /** Channels of the first stage; each stage has twice the width of the one before. */
  res2_out_channels: number;
  /** Whether a stage halves the picture in its first 1×1 convolution, or in the 3×3 one. */
  stride_in_1x1: boolean;
  fpn_out_channels: number;
  /** Bins of a side that RoIAlign makes of a cell, and samples of a side in a bin (0: as many as it has pixels). */
  pooler_resolution: number;
  pooler_sampling_ratio: number;
  /** F, the width of fc6. */
  mlp_head_dim: number;
  /** Classes of objects, 0 the background, where the checkpoint has what tells them apart. */
  num_classes?: number;
  /** A, boxes that are proposed of each place, where the checkpoint has what proposes them (RPN). */
  num_anchors?: number;
  /** Proposals of a level before the greedy suppression of overlaps and after, and of the picture in the end. */
  pre_nms_top_n?: number;
  post_nms_top_n?: number;
  fpn_post_nms_top_n?: number;
  /** Of two proposals that overlap by more, the surer one stays. */
  nms_thresh?: number;
  /** Pixels: a picture's shorter side is made min_size, unless the longer one would be more than max_size. */
  min_size: number;
  max_size: number;
  /** Blue, green, red, 0..255. */
  pixel_mean: [number, number, number];
}

/** What no weight says: the published checkpoint's values (e2e_faster_rcnn_X-152-32x8d-FPN_1x_MLP_2048_FPN_512). */
export const PUBLISHED_DETECTOR = {
  grid: 8,
  stride_in_1x1: false,
  pooler_sampling_ratio: 2,
  min_size: 800,
  max_size: 1333,
  pixel_mean: [102.9801, 115.9465, 122.7717],
} as const;

/** The same of its proposals. */
export const PUBLISHED_PROPOSALS = {
  pre_nms_top_n: 1000,
  post_nms_top_n: 1000,
  fpn_post_nms_top_n: 1000,
  nms_thresh: 0.7,
} as const;

/** A detector that says where things are, and what they are. */
export type BoxDetectorConfig = DetectorConfig &
  Required<
    Pick<
      DetectorConfig,
      'num_anchors' | 'num_classes' | 'pre_nms_top_n' | 'post_nms_top_n' | 'fpn_post_nms_top_n' | 'nms_thresh'
    >
  >;

export const findsBoxes = (config: DetectorConfig): config is BoxDetectorConfig =>
  config.num_anchors !== undefined && config.num_classes !== undefined;

export class DetectorConfigError extends Error {}

const SIZES = [
  ...(['grid', 'stem_out_channels', 'num_groups', 'width_per_group', 'res2_out_channels'] as const),
  ...(['fpn_out_channels', 'pooler_resolution', 'mlp_head_dim', 'min_size', 'max_size'] as const),
];

/** Larger than any of them is; keeps a broken config from asking for all memory. */
const LARGEST = 1 << 16;

/** Checks what was read from a `config.json`. @throws DetectorConfigError that names every bad field */
export function parseDetectorConfig(value: unknown): DetectorConfig {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new DetectorConfigError('a detector config is a JSON object');
  }
  const config = value as Record<string, unknown>;
  const integer = (x: unknown, least: number) =>
    Number.isSafeInteger(x) && (x as number) >= least && (x as number) <= LARGEST;
  const list = (x: unknown, length: number, fits: (one: unknown) => boolean) =>
    Array.isArray(x) && x.length === length && x.every(fits);
  const bad: string[] = SIZES.filter((name) => !integer(config[name], 1)).map(
    (name) => `${name} (an integer of at least 1)`,
  );
  if (config.num_classes !== undefined && !integer(config.num_classes, 2))
    bad.push('num_classes (an integer of at least 2)');
  if (config.num_anchors !== undefined) {
    if (!integer(config.num_anchors, 1)) bad.push('num_anchors (an integer of at least 1)');
    for (const name of ['pre_nms_top_n', 'post_nms_top_n', 'fpn_post_nms_top_n'])
      if (!integer(config[name], 1)) bad.push(`${name} (an integer of at least 1)`);
    const { nms_thresh: overlap } = config;
    if (typeof overlap !== 'number' || !(overlap > 0 && overlap <= 1))
      bad.push('nms_thresh (a number up to 1)');
  }
  if (!integer(config.pooler_sampling_ratio, 0)) bad.push('pooler_sampling_ratio (an integer of at least 0)');
  if (!list(config.depths, 4, (one) => integer(one, 1))) bad.push('depths (four integers of at least 1)');
  if (typeof config.stride_in_1x1 !== 'boolean') bad.push('stride_in_1x1 (true or false)');
  if (!list(config.pixel_mean, 3, Number.isFinite)) bad.push('pixel_mean (three numbers)');
  if (bad.length > 0) throw new DetectorConfigError(`detector config: missing or bad ${bad.join(', ')}`);
  return value as DetectorConfig;
}
