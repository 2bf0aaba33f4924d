/**
 * Boxes of a picture encoder: of one whose backbone is a detector, with heads of NanoDet's form (Li et al. 2020,
 * "Generalized Focal Loss"). On each of several maps a place has a score of every class, and for each of the four
 * sides of its box how likely so many strides are from its centre to that side.
 *
 * n places on a side of a map, C channels or classes, N boxes, F width of a feature.
 */
import type { FeatureConfig, MapName, PictureEncoderConfig } from './config.ts';
import { PIXELS } from './picture-encoder.ts';

export interface BoxHead {
  /** Logits of the classes. */
  classes: MapName;
  /** Logits of the distances to the left, top, right and bottom side, of 0, 1, 2, … strides each. */
  distances: MapName;
}

const SIDES = 4;

/**
 * The heads are where a map is split in two, scores and distances, and the scores are among the features.
 * @returns none when no backbone proposes boxes
 */
export function boxHeads({ backbones, features }: PictureEncoderConfig): BoxHead[] {
  return features.flatMap((feature) => {
    const { backbone: name, output, layout = 'NHWC' } = feature;
    const backbone = name === PIXELS ? undefined : backbones[name];
    if (backbone?.kind !== 'graph-model' || output === undefined) return [];
    const node = backbone.nodes.find((one) => one.name === output);
    if (node?.op !== 'SplitV') return [];
    const [, sizes = ''] = node.input as string[];
    const [classes, bins, ...more] = backbone.constants[sizes]?.values.map(Number) ?? [];
    if (!classes || !bins || bins % SIDES !== 0 || bins === SIDES || more.length > 0) return [];
    return [
      {
        classes: { backbone: name, output, layout },
        distances: { backbone: name, output: `${output}:1`, layout },
      },
    ];
  });
}

/** A map on the host, [n, n, C] row by row. */
export interface PlainMap {
  n: number;
  C: number;
  data: Float32Array;
}

/** x0, y0, x1, y1 in 0..1. */
export type Box = readonly [number, number, number, number];

export interface Detection {
  box: Box;
  /** Of the detector's classes, from 0 on. */
  classId: number;
  /** 0..1 */
  score: number;
}

/** Boxes of one class that cover each other by more than this, of what both cover, are the same thing. */
const SAME = 0.5;
/** A side that is shorter is less than a pixel of the smallest pictures. */
const SHORTEST = 1 / 512;

/**
 * The boxes that the detector is surest of, the surest first, each place by its likeliest class; of those that show the
 * same thing the surest.
 * @param heads scores and distances of each map
 * @returns N of them; fewer where there are not as many places
 */
export function likeliestBoxes(
  heads: readonly { classes: PlainMap; distances: PlainMap }[],
  N: number,
): Detection[] {
  const candidates = heads.flatMap(({ classes, distances }) =>
    Array.from({ length: classes.n ** 2 }, (_, place) => ({
      place,
      classes,
      distances,
      ...best(classes, place),
    })),
  );
  candidates.sort((a, b) => b.logit - a.logit);
  const kept: Detection[] = [];
  for (const { place, distances, classId, logit } of candidates) {
    if (kept.length === N) break;
    const box = boxAt(distances, place);
    if (box[2] - box[0] < SHORTEST || box[3] - box[1] < SHORTEST) continue;
    if (kept.some((other) => other.classId === classId && overlap(other.box, box) > SAME)) continue;
    kept.push({ box, classId, score: 1 / (1 + Math.exp(-logit)) });
  }
  return kept;
}

function best({ C, data }: PlainMap, place: number): { classId: number; logit: number } {
  let classId = 0;
  for (let c = 1; c < C; c++) if (data[place * C + c]! > data[place * C + classId]!) classId = c;
  return { classId, logit: data[place * C + classId]! };
}

/** From the centre of a place so far to each side, as the mean of the distances' distribution says. */
function boxAt({ n, C, data }: PlainMap, place: number): Box {
  const bins = C / SIDES;
  const distance = (side: number): number => {
    const logits = data.subarray(place * C + side * bins, place * C + (side + 1) * bins);
    const most = Math.max(...logits);
    let total = 0;
    let sum = 0;
    for (const [strides, logit] of logits.entries()) {
      const mass = Math.exp(logit - most);
      total += mass;
      sum += strides * mass;
    }
    return sum / total / n;
  };
  const [x, y] = [((place % n) + 0.5) / n, (Math.floor(place / n) + 0.5) / n];
  const inside = (value: number) => Math.min(1, Math.max(0, value));
  return [inside(x - distance(0)), inside(y - distance(1)), inside(x + distance(2)), inside(y + distance(3))];
}

/** Intersection over union. */
function overlap(a: Box, b: Box): number {
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  if (width <= 0 || height <= 0) return 0;
  const area = ([x0, y0, x1, y1]: Box) => (x1 - x0) * (y1 - y0);
  return (width * height) / (area(a) + area(b) - width * height);
}

/** Of a range of 0..1 the places of a map that it touches, with how much of each it covers; shares sum to 1. */
function covered(from: number, to: number, n: number): { first: number; shares: number[] } {
  const [start, end] = [from * n, to * n];
  const first = Math.min(n - 1, Math.floor(start + 1e-9));
  const last = Math.max(first + 1, Math.min(n, Math.ceil(end - 1e-9)));
  const lengths = Array.from({ length: last - first }, (_, i) =>
    Math.max(0, Math.min(end, first + i + 1) - Math.max(start, first + i)),
  );
  const total = lengths.reduce((sum, length) => sum + length, 0);
  return { first, shares: lengths.map((length) => length / total) };
}

/**
 * What a map says of a box, as pool.ts says it of a cell: the mean by area, the greatest of the places that it touches,
 * or the standard deviation.
 * @param target [parts·parts·C] from `at` on
 */
export function poolBox(
  map: PlainMap,
  [x0, y0, x1, y1]: Box,
  { pool, parts = 1 }: Pick<FeatureConfig, 'pool' | 'parts'>,
  target: Float32Array,
  at: number,
): void {
  const [wide, tall] = [(x1 - x0) / parts, (y1 - y0) / parts];
  for (let part = 0; part < parts ** 2; part++) {
    const [x, y] = [x0 + (part % parts) * wide, y0 + Math.floor(part / parts) * tall];
    poolPart(map, [x, y, x + wide, y + tall], pool, target, at + part * map.C);
  }
}

function poolPart(
  { n, C, data }: PlainMap,
  [x0, y0, x1, y1]: Box,
  pool: FeatureConfig['pool'],
  target: Float32Array,
  at: number,
): void {
  const rows = covered(y0, y1, n);
  const columns = covered(x0, x1, n);
  const sums = new Float64Array(C);
  const squares = new Float64Array(C);
  const greatest = new Float64Array(C).fill(Number.NEGATIVE_INFINITY);
  for (const [i, tall] of rows.shares.entries()) {
    for (const [j, wide] of columns.shares.entries()) {
      const place = ((rows.first + i) * n + columns.first + j) * C;
      const share = tall * wide;
      for (let c = 0; c < C; c++) {
        const value = data[place + c]!;
        if (pool === 'max') greatest[c] = Math.max(greatest[c]!, value);
        else {
          sums[c]! += share * value;
          squares[c]! += share * value * value;
        }
      }
    }
  }
  for (let c = 0; c < C; c++) {
    const variance = Math.max(0, squares[c]! - sums[c]! ** 2);
    target[at + c] = pool === 'max' ? greatest[c]! : pool === 'mean' ? sums[c]! : Math.sqrt(variance);
  }
}
