/**
 * The detector of the published models (paper, section 3.2: Faster R-CNN trained on Visual Genome), as far as the
 * features of a grid and of boxes need it: ResNeXt, feature pyramid, proposals (RPN), RoIAlign, fc6, classes. What moves
 * the boxes of the proposals is of no use here: the authors take these as they are. Reference: maskrcnn-benchmark
 * (resnet.py, fpn.py, rpn.py, roi_box_feature_extractors.py).
 *
 * H, W sides of the picture, multiples of 32; G cells a side; P bins a side of a cell; C width of the pyramid;
 * F width of a feature.
 *
 * In parts that are compiled apart: a picture is pooled from one level of the pyramid, and only that one is computed,
 * while the body and fc6, which have nearly all the weights, exist once.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { InputSpec, ModelFunction, Tensors } from '../../engines/engine.ts';
import { type ConvOptions, groupedConv2d, linear } from '../ops.ts';
import type { BoxDetectorConfig, DetectorConfig } from './config.ts';
import { TILE } from './picture.ts';
import { LEVELS, type Level } from './roi-align.ts';

const BODY = 'backbone.body';
const FPN = 'backbone.fpn';
export const FC6 = 'roi_heads.box.feature_extractor.fc6';
const FC7 = 'roi_heads.box.feature_extractor.fc7';
const RPN = 'rpn.head';
/** Names of the weights that propose boxes. */
export const PROPOSER = ['conv', 'cls_logits', 'bbox_pred'].map((name) => `${RPN}.${name}`);
export const CLS_SCORE = 'roi_heads.box.predictor.cls_score';
/** Names of the weights that tell classes apart. */
export const CLASSIFIER = [FC7, CLS_SCORE].flatMap((name) => [`${name}.weight`, `${name}.bias`]);

/** One convolution of the network. */
export interface DetectorLayer {
  name: string;
  kernel: number;
  from: number;
  to: number;
  groups: number;
  strides: number;
}

interface Block {
  conv1: DetectorLayer;
  conv2: DetectorLayer;
  conv3: DetectorLayer;
  downsample: DetectorLayer | undefined;
}

const layer = (
  name: string,
  kernel: number,
  from: number,
  to: number,
  { groups = 1, strides = 1 }: { groups?: number; strides?: number } = {},
): DetectorLayer => ({ name, kernel, from, to, groups, strides });

const stem = ({ stem_out_channels }: DetectorConfig): DetectorLayer =>
  layer(`${BODY}.stem.conv1`, 7, 3, stem_out_channels, { strides: 2 });

/** The bottlenecks of each stage. */
function stages(config: DetectorConfig): Block[][] {
  let from = config.stem_out_channels;
  return config.depths.map((depth, stage) => {
    const width = config.num_groups * config.width_per_group * 2 ** stage;
    const to = config.res2_out_channels * 2 ** stage;
    return Array.from({ length: depth }, (_, i) => {
      const name = `${BODY}.layer${stage + 1}.${i}`;
      const strides = stage > 0 && i === 0 ? 2 : 1;
      const [first, second] = config.stride_in_1x1 ? [strides, 1] : [1, strides];
      const block: Block = {
        conv1: layer(`${name}.conv1`, 1, from, width, { strides: first }),
        conv2: layer(`${name}.conv2`, 3, width, width, { groups: config.num_groups, strides: second }),
        conv3: layer(`${name}.conv3`, 1, width, to),
        downsample: from === to ? undefined : layer(`${name}.downsample.0`, 1, from, to, { strides }),
      };
      from = to;
      return block;
    });
  });
}

/** The pyramid's convolutions at a level: 1×1 from the body's stage, 3×3 to the result. */
function pyramidLayers(config: DetectorConfig, level: Level): { inner: DetectorLayer; out: DetectorLayer } {
  const stage = LEVELS.indexOf(level);
  const C = config.fpn_out_channels;
  return {
    inner: layer(`${FPN}.fpn_inner${stage + 1}`, 1, config.res2_out_channels * 2 ** stage, C),
    out: layer(`${FPN}.fpn_layer${stage + 1}`, 3, C, C),
  };
}

const layersOf = ({ conv1, conv2, conv3, downsample }: Block): DetectorLayer[] => [
  ...(downsample ? [downsample] : []),
  ...[conv1, conv2, conv3],
];

/** The convolutions of the body, whose batch normalisation is in their weights, and those of the pyramid. */
export function detectorLayers(config: DetectorConfig): { body: DetectorLayer[]; pyramid: DetectorLayer[] } {
  return {
    body: [stem(config), ...stages(config).flat().flatMap(layersOf)],
    pyramid: LEVELS.flatMap((level) => Object.values(pyramidLayers(config, level))),
  };
}

/** Also 1×1: as convolutions all of them stay in the layout that onnxruntime convolves in. */
function convolve(
  weights: Tensors,
  { name, kernel, groups, strides }: DetectorLayer,
  x: tf.Tensor,
): tf.Tensor4D {
  const options: ConvOptions = { strides, padding: (kernel - 1) / 2, bias: weights[`${name}.bias`]! };
  return groupedConv2d(x, weights[`${name}.weight`]!, groups, options);
}

function bottleneck(
  weights: Tensors,
  { conv1, conv2, conv3, downsample }: Block,
  x: tf.Tensor4D,
): tf.Tensor4D {
  let h: tf.Tensor4D = tf.relu(convolve(weights, conv1, x));
  h = tf.relu(convolve(weights, conv2, h));
  h = convolve(weights, conv3, h);
  return tf.relu(tf.add(h, downsample ? convolve(weights, downsample, x) : x));
}

/** The name of what a stage of the body gives: c2 to c5. */
export const stageName = (level: Level) => `c${level}`;

/**
 * One level of the pyramid, and of it the cells of the grid.
 * @param stages c2 [1, H/4, W/4, R], c3 [1, H/8, W/8, 2R], c4 [1, H/16, W/16, 4R], c5 [1, H/32, W/32, 8R] of the
 *   body, from this level up
 * @param rows, columns `poolingMatrix` of the picture's height and width, [G·P, H/2^level] and [G·P, W/2^level]
 * @returns [G·G, P·P·C], cells row by row
 */
function pooledGrid(
  config: DetectorConfig,
  level: Level,
  weights: Tensors,
  stages: Tensors,
  { rows, columns }: { rows: tf.Tensor2D; columns: tf.Tensor2D },
): tf.Tensor2D {
  let inner: tf.Tensor4D | undefined;
  for (const k of [...LEVELS].reverse()) {
    if (k < level) break;
    const lateral = convolve(weights, pyramidLayers(config, k).inner, stages[stageName(k)]!);
    const [, h, w] = lateral.shape;
    // Halved sides are whole: the picture's are multiples of 32.
    inner = inner ? tf.add(lateral, tf.image.resizeNearestNeighbor(inner, [h, w])) : lateral;
  }
  const map = convolve(weights, pyramidLayers(config, level).out, inner!); // [1, h, w, C]
  const [, h, w, C] = map.shape;
  const { grid: G, pooler_resolution: P } = config;
  const inRows = tf.matMul(rows, tf.reshape(map, [h, w * C]) as tf.Tensor2D);
  const pooled = tf.matMul(tf.expandDims(columns, 0), tf.reshape(inRows, [G * P, w, C])); // [G·P, G·P, C]
  const cells = tf.transpose(tf.reshape(pooled, [G, P, G, P, C]), [0, 2, 1, 3, 4]);
  return tf.reshape(cells, [G * G, P * P * C]);
}

/** pooled [G·G, P·P·C] → features [G·G, F] */
function gridFeatures(weights: Tensors, pooled: tf.Tensor): tf.Tensor {
  return tf.relu(linear(pooled, weights[`${FC6}.weight`]!, weights[`${FC6}.bias`]!));
}

/** A part of the detector as an engine compiles it. */
export interface DetectorPart {
  fn: ModelFunction;
  inputs: Record<string, InputSpec>;
  /** Names of the weights that it reads. */
  weights: string[];
}

const namesOf = (layers: readonly DetectorLayer[]) =>
  layers.flatMap(({ name }) => [`${name}.weight`, `${name}.bias`]);

/**
 * A map of 32 × 32 pixels to a tile, in tiles: [1, H/s, W/s, C] with H = 32·h and W = 32·w is the same numbers as
 * [h, 32/s, w, 32/s·C], whose symbolic axes are the numbers of tiles.
 */
const tiled = (stride: number, channels: number): InputSpec => ({
  dtype: 'float32',
  shape: ['h', TILE / stride, 'w', (TILE / stride) * channels],
});

function untiled(x: tf.Tensor, stride: number): tf.Tensor4D {
  const [h, rows, w, rest] = x.shape as [number, number, number, number];
  return tf.reshape(x, [1, h * rows, w * rows, (rest * stride) / TILE]);
}

/** As many bottlenecks of X-152 take one core half a second. */
const BLOCKS_OF_A_PART = 6;

export interface BodyPart extends DetectorPart {
  /** The level whose stage it ends. */
  ends: Level | undefined;
}

/**
 * The body, piece by piece: { x in tiles } → { y in tiles }, the first from a picture [h, 32, w, 32·3], each next from
 * what the one before gave. An engine's run blocks its thread, and a process that is silent for long counts as hung.
 */
export function bodyParts(config: DetectorConfig): BodyPart[] {
  return stages(config).flatMap((blocks, stage) => {
    const level = LEVELS[stage]!;
    const parts: BodyPart[] = [];
    for (let first = 0; first < blocks.length; first += BLOCKS_OF_A_PART) {
      const some = blocks.slice(first, first + BLOCKS_OF_A_PART);
      const opens = stage === 0 && first === 0;
      const halves = stage > 0 && first === 0;
      const from = opens ? 1 : 2 ** (halves ? level - 1 : level);
      const convolutions = [...(opens ? [stem(config)] : []), ...some.flatMap(layersOf)];
      parts.push({
        fn(weights, { x }) {
          let y = untiled(x!, from);
          if (opens) y = tf.maxPool(tf.relu(convolve(weights, stem(config), y)), 3, 2, 1, 'floor');
          for (const block of some) y = bottleneck(weights, block, y);
          const [rows, columns] = [TILE / 2 ** level, (TILE / 2 ** level) * some[0]!.conv3.to];
          return { y: tf.reshape(y, [x!.shape[0]!, rows, x!.shape[2]!, columns]) };
        },
        inputs: { x: tiled(from, opens ? 3 : some[0]!.conv1.from) },
        weights: namesOf(convolutions),
        ends: first + BLOCKS_OF_A_PART >= blocks.length ? level : undefined,
      });
    }
    return parts;
  });
}

/** `pooledGrid`: { c<level> … c5 in tiles, rows [G·P, h, 32/2^level], columns [G·P, w, 32/2^level] } → pooled. */
export function pyramidPart(config: DetectorConfig, level: Level): DetectorPart {
  const above = LEVELS.filter((k) => k >= level);
  const bins = config.grid * config.pooler_resolution;
  const matrix = (axis: string): InputSpec => ({ dtype: 'float32', shape: [bins, axis, TILE / 2 ** level] });
  return {
    fn(weights, { rows, columns, ...maps }) {
      const stages = Object.fromEntries(
        above.map((k) => [stageName(k), untiled(maps[stageName(k)]!, 2 ** k)]),
      );
      const matrices = {
        rows: tf.reshape(rows!, [bins, -1]) as tf.Tensor2D,
        columns: tf.reshape(columns!, [bins, -1]) as tf.Tensor2D,
      };
      return { pooled: pooledGrid(config, level, weights, stages, matrices) };
    },
    inputs: {
      ...Object.fromEntries(
        above.map((k) => [stageName(k), tiled(2 ** k, config.res2_out_channels * 2 ** (k - LEVELS[0]))]),
      ),
      ...{ rows: matrix('h'), columns: matrix('w') },
    },
    weights: namesOf([...above.map((k) => pyramidLayers(config, k).inner), pyramidLayers(config, level).out]),
  };
}

/** `gridFeatures`: { pooled [G·G, P·P·C] } → features [G·G, F]. */
export function headPart({ grid, pooler_resolution, fpn_out_channels }: DetectorConfig): DetectorPart {
  return {
    fn: (weights, { pooled }) => ({ features: gridFeatures(weights, pooled!) }),
    inputs: { pooled: { dtype: 'float32', shape: [grid ** 2, pooler_resolution ** 2 * fpn_out_channels] } },
    weights: [`${FC6}.weight`, `${FC6}.bias`],
  };
}

/**
 * The pyramid before its last convolutions: { c2 … c5 in tiles } → { m2 … m5 }, [1, H/2^level, W/2^level, C] each.
 */
export function lateralsPart(config: DetectorConfig): DetectorPart {
  return {
    fn(weights, maps) {
      const laterals: Tensors = {};
      let inner: tf.Tensor4D | undefined;
      for (const level of [...LEVELS].reverse()) {
        const map = untiled(maps[stageName(level)]!, 2 ** level);
        const lateral = convolve(weights, pyramidLayers(config, level).inner, map);
        const [, h, w] = lateral.shape;
        inner = inner ? tf.add(lateral, tf.image.resizeNearestNeighbor(inner, [h, w])) : lateral;
        laterals[`m${level}`] = inner;
      }
      return laterals;
    },
    inputs: Object.fromEntries(
      LEVELS.map((k) => [stageName(k), tiled(2 ** k, config.res2_out_channels * 2 ** (k - LEVELS[0]))]),
    ),
    weights: namesOf(LEVELS.map((level) => pyramidLayers(config, level).inner)),
  };
}

/** A map of any sides, [1, h, w, C]. */
const mapInput = (C: number): InputSpec => ({ dtype: 'float32', shape: [1, 'h', 'w', C] });

/** The last convolution of a level of the pyramid: { map: m<level> } → { map: [1, h, w, C] }. */
export function smoothPart(config: DetectorConfig, level: Level): DetectorPart {
  const { out } = pyramidLayers(config, level);
  return {
    fn: (weights, { map }) => ({ map: convolve(weights, out, map!) }),
    inputs: { map: mapInput(config.fpn_out_channels) },
    weights: namesOf([out]),
  };
}

/**
 * What is proposed of each place of a level, whichever it is: { map [1, h, w, C] } → { objectness [1, h, w, A], logits;
 * deltas [1, h, w, 4·A], four for each anchor }.
 */
export function proposePart({ fpn_out_channels: C, num_anchors: A }: BoxDetectorConfig): DetectorPart {
  const [conv, logits, boxes] = [
    layer(PROPOSER[0]!, 3, C, C),
    layer(PROPOSER[1]!, 1, C, A),
    layer(PROPOSER[2]!, 1, C, 4 * A),
  ];
  return {
    fn(weights, { map }) {
      const h = tf.relu(convolve(weights, conv, map!));
      return { objectness: convolve(weights, logits, h), deltas: convolve(weights, boxes, h) };
    },
    inputs: { map: mapInput(C) },
    weights: namesOf([conv, logits, boxes]),
  };
}

/** { pooled [N, P·P·C] } → { features [N, F]; classes [N, num_classes], how likely each is, 0 the background }. */
export function boxHeadPart({ pooler_resolution: P, fpn_out_channels: C }: BoxDetectorConfig): DetectorPart {
  return {
    fn(weights, { pooled }) {
      const features = gridFeatures(weights, pooled!);
      return { features, classes: tf.softmax(classLogits(weights, features)) };
    },
    inputs: { pooled: { dtype: 'float32', shape: ['N', P ** 2 * C] } },
    weights: [`${FC6}.weight`, `${FC6}.bias`, ...CLASSIFIER],
  };
}

/** features [N, F] → [N, num_classes] */
function classLogits(weights: Tensors, features: tf.Tensor): tf.Tensor {
  const layer = (name: string, x: tf.Tensor) =>
    linear(x, weights[`${name}.weight`]!, weights[`${name}.bias`]!);
  return layer(CLS_SCORE, tf.relu(layer(FC7, features)));
}

/** features [N, F] → classes int32 [N], the likeliest of each, 0 the background. Of a config with `num_classes`. */
export function classifyPart({ mlp_head_dim: F }: DetectorConfig): DetectorPart {
  return {
    fn: (weights, { features }) => ({
      classes: tf.cast(tf.argMax(classLogits(weights, features!), 1), 'int32'),
    }),
    inputs: { features: { dtype: 'float32', shape: ['N', F] } },
    weights: CLASSIFIER,
  };
}

/** Name and shape of every weight. Filters are [kh, kw, in / groups, out], fc6 [F, P·P·C] over rows, columns, channels. */
export function detectorWeightShapes(config: DetectorConfig): Record<string, readonly number[]> {
  const { body, pyramid } = detectorLayers(config);
  const shapes: Record<string, readonly number[]> = {};
  for (const { name, kernel, from, to, groups } of [...body, ...pyramid]) {
    shapes[`${name}.weight`] = [kernel, kernel, from / groups, to];
    shapes[`${name}.bias`] = [to];
  }
  const { mlp_head_dim, pooler_resolution, fpn_out_channels } = config;
  shapes[`${FC6}.weight`] = [mlp_head_dim, pooler_resolution ** 2 * fpn_out_channels];
  shapes[`${FC6}.bias`] = [mlp_head_dim];
  return { ...shapes, ...classifierShapes(config), ...proposerShapes(config) };
}

/** Anchors of the levels that are proposed on, P2 to P6: x0, y0, x1, y1 around the first place, in pixels, [A, 4]. */
export const ANCHORS = [...LEVELS, 6].map((_, i) => `rpn.anchor_generator.cell_anchors.${i}`);

/** Shapes of the weights that propose boxes, where the config has some. */
export function proposerShapes({
  fpn_out_channels: C,
  num_anchors: A,
}: DetectorConfig): Record<string, readonly number[]> {
  if (A === undefined) return {};
  const [conv, logits, boxes] = PROPOSER as [string, string, string];
  return {
    ...{ [`${conv}.weight`]: [3, 3, C, C], [`${conv}.bias`]: [C] },
    ...{ [`${logits}.weight`]: [1, 1, C, A], [`${logits}.bias`]: [A] },
    ...{ [`${boxes}.weight`]: [1, 1, C, 4 * A], [`${boxes}.bias`]: [4 * A] },
    ...Object.fromEntries(ANCHORS.map((name) => [name, [A, 4]])),
  };
}

/** Shapes of the weights that tell classes apart, where the config has some. */
export function classifierShapes({
  mlp_head_dim: F,
  num_classes,
}: DetectorConfig): Record<string, readonly number[]> {
  if (num_classes === undefined) return {};
  return {
    [`${FC7}.weight`]: [F, F],
    [`${FC7}.bias`]: [F],
    [`${CLS_SCORE}.weight`]: [num_classes, F],
    [`${CLS_SCORE}.bias`]: [num_classes],
  };
}
