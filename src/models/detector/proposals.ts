/**
 * Boxes that the detector proposes, and which of them are kept: on the host, after what the network says of each place
 * (reference: maskrcnn-benchmark's anchor_generator.py, box_coder.py, rpn/inference.py and nms.cu; x-lxmert's
 * coco_extract_bbox_feature.py).
 *
 * Boxes are x0, y0, x1, y1 in pixels, the last pixel among them: a side is x1 - x0 + 1 long.
 */
import { float32, type HostTensor } from '../../tensor.ts';
import type { BoxDetectorConfig } from './config.ts';

/** Pixels between places of the levels that are proposed on, P2 to P6. */
const STRIDES = [4, 8, 16, 32, 64] as const;
/** Sides of the anchors of each: maskrcnn-benchmark's MODEL.RPN.ANCHOR_SIZES and ASPECT_RATIOS. */
const SIZES = [32, 64, 128, 256, 512] as const;
export const ASPECT_RATIOS = [0.5, 1, 2] as const;

/** Anchors of a level around its first place, [3, 4]. */
export function cellAnchors(level: number): HostTensor {
  const stride = STRIDES[level]!;
  const scale = SIZES[level]! / stride;
  const centre = (stride - 1) / 2;
  const anchors = ASPECT_RATIOS.flatMap((ratio) => {
    const width = Math.round(Math.sqrt(stride ** 2 / ratio));
    const [across, down] = [width * scale, roundEven(width * ratio) * scale];
    const [x, y] = [(across - 1) / 2, (down - 1) / 2];
    return [centre - x, centre - y, centre + x, centre + y];
  });
  return float32(Float32Array.from(anchors), [ASPECT_RATIOS.length, 4]);
}

/** As NumPy rounds: halves to the even number. */
function roundEven(x: number): number {
  const rounded = Math.round(x);
  return rounded - x === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

/** What the network says of the places of a level. */
export interface LevelProposals {
  /** [h, w, A], logits. */
  objectness: Float32Array;
  /** [h, w, A, 4]: how far the centre moves, in sides, and the logarithm of how much each side grows. */
  deltas: Float32Array;
  /** [A, 4] */
  anchors: Float32Array;
  w: number;
}

/** Sides of an anchor grow to no more than this. */
const MOST_GROWTH = Math.log(1000 / 16);

/**
 * The surest proposals of all levels, the surest first.
 * @param levels P2 to P6
 * @param width, height of the picture, without what was added to it
 * @returns boxes [N, 4]
 */
export function proposedBoxes(
  config: BoxDetectorConfig,
  levels: readonly LevelProposals[],
  width: number,
  height: number,
): Float32Array {
  const all = levels.flatMap((level, i) => {
    const A = config.num_anchors;
    const surest = inOrder(level.objectness).slice(0, config.pre_nms_top_n);
    const boxes = new Float32Array(surest.length * 4);
    for (const [n, place] of surest.entries()) {
      const cell = Math.floor(place / A);
      const shift = [(cell % level.w) * STRIDES[i]!, Math.floor(cell / level.w) * STRIDES[i]!] as const;
      const anchor = level.anchors.subarray((place % A) * 4, (place % A) * 4 + 4);
      boxes.set(moved(anchor, shift, level.deltas.subarray(place * 4, place * 4 + 4), width, height), n * 4);
    }
    return unlike(boxes, surest.keys(), config.nms_thresh)
      .slice(0, config.post_nms_top_n)
      .map((n) => ({ box: boxes.subarray(n * 4, n * 4 + 4), logit: level.objectness[surest[n]!]! }));
  });
  all.sort((a, b) => b.logit - a.logit);
  const kept = all.slice(0, config.fpn_post_nms_top_n);
  const boxes = new Float32Array(kept.length * 4);
  for (const [n, { box }] of kept.entries()) boxes.set(box, n * 4);
  return boxes;
}

/** An anchor at its place, moved as the network says, inside the picture. */
function moved(
  [x0, y0, x1, y1]: Float32Array,
  [right, down]: readonly [number, number],
  [dx, dy, dw, dh]: Float32Array,
  width: number,
  height: number,
): number[] {
  const side = (from: number, to: number, shift: number, d: number, growth: number, most: number) => {
    const length = to - from + 1;
    const centre = from + shift + length / 2 + d * length;
    const half = (Math.exp(Math.min(growth, MOST_GROWTH)) * length) / 2;
    const inside = (pixel: number) => Math.min(Math.max(pixel, 0), most - 1);
    return [inside(centre - half), inside(centre + half - 1)] as const;
  };
  const [left, until] = side(x0!, x1!, right, dx!, dw!, width);
  const [top, bottom] = side(y0!, y1!, down, dy!, dh!, height);
  return [left, top, until, bottom];
}

/** Places from the greatest number down; of equal ones the first comes first. */
function inOrder(scores: Float32Array): number[] {
  return Array.from(scores.keys()).sort((a, b) => scores[b]! - scores[a]! || a - b);
}

/** Those of the boxes, the surest first, that overlap no surer one of them by more than the threshold. */
function unlike(boxes: Float32Array, order: Iterable<number>, threshold: number): number[] {
  const kept: number[] = [];
  for (const n of order) if (!kept.some((other) => overlap(boxes, other, n) > threshold)) kept.push(n);
  return kept;
}

/** Intersection over union, with sides counted inclusively. */
function overlap(boxes: Float32Array, a: number, b: number): number {
  const at = (box: number, k: number) => boxes[box * 4 + k]!;
  const side = (k: number) => Math.min(at(a, k + 2), at(b, k + 2)) - Math.max(at(a, k), at(b, k)) + 1;
  const [width, height] = [side(0), side(1)];
  if (width <= 0 || height <= 0) return 0;
  const area = (box: number) => (at(box, 2) - at(box, 0) + 1) * (at(box, 3) - at(box, 1) + 1);
  return (width * height) / (area(a) + area(b) - width * height);
}

/** Boxes of one class that overlap by more are the same thing (x-lxmert's extraction). */
const SAME = 0.5;

/**
 * The boxes that some class is surest of: a box counts for a class where it overlaps no box that the class is surer of.
 * @param boxes [N, 4] @param classes [N, K], how likely each class is, 0 the background
 * @returns at most `most` of them, the surest first
 */
export function surestBoxes(boxes: Float32Array, classes: Float32Array, most: number): number[] {
  const N = boxes.length / 4;
  const K = classes.length / N;
  const near = Array.from({ length: N }, (_, a) =>
    Array.from({ length: N }, (_, b) => b).filter((b) => b !== a && overlap(boxes, a, b) > SAME),
  );
  const best = new Float32Array(N);
  const scores = new Float32Array(N);
  for (let c = 1; c < K; c++) {
    for (let n = 0; n < N; n++) scores[n] = classes[n * K + c]!;
    const suppressed = new Uint8Array(N);
    for (const n of inOrder(scores)) {
      if (suppressed[n]) continue;
      best[n] = Math.max(best[n]!, scores[n]!);
      for (const other of near[n]!) suppressed[other] = 1;
    }
  }
  return inOrder(best).slice(0, most);
}

/** The likeliest class of each of some boxes, from 0 on, without the background. */
export function likeliestClass(
  classes: Float32Array,
  K: number,
  box: number,
): { classId: number; score: number } {
  let classId = 0;
  for (let c = 1; c < K - 1; c++)
    if (classes[box * K + 1 + c]! > classes[box * K + 1 + classId]!) classId = c;
  return { classId, score: classes[box * K + 1 + classId]! };
}
