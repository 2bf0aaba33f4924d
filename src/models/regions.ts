/**
 * What a model sees a picture as: the cells of a grid, or boxes. A picture of boxes goes about as a row for each, its
 * feature and then where it is; the model is told both apart.
 *
 * V regions of a picture, F width of a feature, P numbers of a position.
 */
import { BOX_NUMBERS } from '../boxes.ts';
import { float32, type HostTensor } from '../tensor.ts';
import type { ModelConfig } from './family.ts';
import { boxPositions } from './lxmert/positions.ts';

export interface Regions {
  /** V */
  count: number;
  /** Numbers of a region: F, and of a box where it is. */
  width: number;
  /** Cells are where they are in every picture. */
  boxes: boolean;
}

/** @throws Error when the config says neither */
export function regionsOf({
  grid,
  num_boxes: boxes,
  visual_feat_dim: F,
}: Pick<ModelConfig, 'grid' | 'num_boxes' | 'visual_feat_dim'>): Regions {
  if (boxes !== undefined) return { count: boxes, width: F + BOX_NUMBERS, boxes: true };
  if (grid === undefined)
    throw new Error('a model that sees pictures needs a config with `grid` or `num_boxes`');
  return { count: grid ** 2, width: F, boxes: false };
}

/** For messages: "8×8 features of 2048", "features of 2048 of 36 boxes". */
export const regionsText = ({
  grid,
  num_boxes: boxes,
  visual_feat_dim: F,
}: Pick<ModelConfig, 'grid' | 'num_boxes' | 'visual_feat_dim'>): string =>
  boxes === undefined ? `${grid}×${grid} features of ${F}` : `features of ${F} of ${boxes} boxes`;

/**
 * Rows of boxes as a model takes them.
 * @param rows [..., F + 4]
 * @param lead the dimensions before the last, [..., V]
 */
export function boxInputs(
  { visual_feat_dim: F, visual_pos_dim: P }: Pick<ModelConfig, 'visual_feat_dim' | 'visual_pos_dim'>,
  rows: Float32Array,
  lead: readonly number[],
): { visual_feats: HostTensor; visual_pos: HostTensor } {
  const width = F + BOX_NUMBERS;
  const count = rows.length / width;
  const features = new Float32Array(count * F);
  const boxes = new Float32Array(count * BOX_NUMBERS);
  for (let i = 0; i < count; i++) {
    features.set(rows.subarray(i * width, i * width + F), i * F);
    boxes.set(rows.subarray(i * width + F, (i + 1) * width), i * BOX_NUMBERS);
  }
  const { data } = boxPositions(boxes, P);
  return {
    visual_feats: float32(features, [...lead, F]),
    visual_pos: float32(data as Float32Array, [...lead, P]),
  };
}
