/**
 * The detector that the published models' features come from, as maskrcnn-benchmark saved it. Its batch
 * normalisation is frozen, a factor and a shift for each channel, and becomes part of the convolution before it.
 */
import {
  type DetectorConfig,
  DetectorConfigError,
  PUBLISHED_DETECTOR,
  PUBLISHED_PROPOSALS,
  parseDetectorConfig,
} from '../../models/detector/config.ts';
import {
  ANCHORS,
  CLASSIFIER,
  CLS_SCORE,
  classifierShapes,
  type DetectorLayer,
  detectorLayers,
  detectorWeightShapes,
  FC6,
  PROPOSER,
  proposerShapes,
} from '../../models/detector/detector.ts';
import { ASPECT_RATIOS, cellAnchors } from '../../models/detector/proposals.ts';
import { filterFromTorch, imageFromTorch } from '../../models/layout.ts';
import { float32, type HostTensor } from '../../tensor.ts';
import type { WeightShapes } from '../weights.ts';
import { BATCH_NORM, lazy, scaled } from './batch-norm.ts';
import { ImportError } from './error.ts';
import {
  checkPlan,
  countLayers,
  type ImportPlan,
  type StoredTensors,
  sizeOfAxis,
  withFields,
} from './plan.ts';
import type { StoredTensor } from './weight-file.ts';

const BODY = 'backbone.body';

export const isDetector = (tensors: StoredTensors): boolean => tensors.has(`${BODY}.stem.conv1.weight`);

/** What moves boxes, and masks, which nothing here needs; what proposes boxes and tells classes is kept where it is whole. */
const LEFT_OUT = /^rpn\.|^roi_heads\.(mask|keypoint)\.|^roi_heads\.box\.(predictor|feature_extractor\.fc7)\./;
const PROPOSES = PROPOSER.flatMap((name) => [`${name}.weight`, `${name}.bias`]);

/**
 * @param given what no weight says, where it is not the published checkpoint's (`PUBLISHED_DETECTOR`); may be empty
 * @param name of the file, for errors, which name weights as it does
 */
export function planDetector(
  file: StoredTensors,
  given: Readonly<Record<string, unknown>>,
  name: string,
): ImportPlan {
  const classifies = CLASSIFIER.every((key) => file.has(key));
  // Boxes come with what they show: proposals alone are of no use.
  const proposes = classifies && PROPOSES.every((key) => file.has(key));
  const isKept = (key: string) =>
    (classifies && CLASSIFIER.includes(key)) ||
    (proposes && (PROPOSES.includes(key) || ANCHORS.includes(key)));
  const isLeftOut = (key: string) => LEFT_OUT.test(key) && !isKept(key);
  const kept = new Map([...file].filter(([key]) => !isLeftOut(key)));
  const config = configOf(kept, given, proposes);
  const plan: ImportPlan = {
    architecture: 'detector',
    title: 'Detector for grid features',
    config: { ...config },
    shapes: detectorWeightShapes(config),
    tensors: new Map(),
    leftOut: [...file.keys()].filter(isLeftOut),
  };
  const anchored = ANCHORS.every((key) => kept.has(key));
  checkPlan({ ...plan, tensors: kept, shapes: storedShapes(config, anchored) }, name);
  const { body, pyramid } = detectorLayers(config);
  for (const layer of body) {
    const filter = kept.get(`${layer.name}.weight`)!;
    const norm = batchNorm(kept, layer.name);
    plan.tensors.set(
      `${layer.name}.weight`,
      lazy(folded(layer), async () => {
        const { factor } = await norm();
        return filterFromTorch(scaled(await filter.read(), factor));
      }),
    );
    plan.tensors.set(
      `${layer.name}.bias`,
      lazy([layer.to], async () => (await norm()).shift),
    );
  }
  for (const layer of pyramid) {
    const filter = kept.get(`${layer.name}.weight`)!;
    plan.tensors.set(`${layer.name}.weight`, {
      ...filter,
      shape: folded(layer),
      read: async () => filterFromTorch(await filter.read()),
    });
    plan.tensors.set(`${layer.name}.bias`, kept.get(`${layer.name}.bias`)!);
  }
  plan.tensors.set(`${FC6}.weight`, channelsLast(kept.get(`${FC6}.weight`)!, config));
  plan.tensors.set(`${FC6}.bias`, kept.get(`${FC6}.bias`)!);
  if (classifies) for (const key of CLASSIFIER) plan.tensors.set(key, kept.get(key)!);
  if (proposes) planProposals(plan, kept, anchored);
  return plan;
}

/** @param anchored whether the file holds the anchors, as maskrcnn-benchmark's do; else they are those of its defaults */
function planProposals({ tensors, shapes }: ImportPlan, kept: StoredTensors, anchored: boolean): void {
  for (const name of PROPOSER) {
    const filter = kept.get(`${name}.weight`)!;
    tensors.set(`${name}.weight`, {
      ...filter,
      shape: shapes[`${name}.weight`]!,
      read: async () => filterFromTorch(await filter.read()),
    });
    tensors.set(`${name}.bias`, kept.get(`${name}.bias`)!);
  }
  for (const [i, name] of ANCHORS.entries())
    tensors.set(
      name,
      anchored ? kept.get(name)! : lazy([ASPECT_RATIOS.length, 4], async () => cellAnchors(i)),
    );
}

function configOf(
  tensors: StoredTensors,
  given: Readonly<Record<string, unknown>>,
  proposes: boolean,
): DetectorConfig {
  const size = (key: string, axis: number) => sizeOfAxis(tensors, key, axis);
  const width = size(`${BODY}.layer1.0.conv2.weight`, 0);
  const inGroup = size(`${BODY}.layer1.0.conv2.weight`, 1);
  const channels = size('backbone.fpn.fpn_inner1.weight', 0);
  try {
    return parseDetectorConfig(
      withFields(
        {
          ...PUBLISHED_DETECTOR,
          stem_out_channels: size(`${BODY}.stem.conv1.weight`, 0),
          depths: [1, 2, 3, 4].map((stage) => countLayers(tensors, `${BODY}.layer${stage}.`)),
          num_groups: width / inGroup,
          width_per_group: inGroup,
          res2_out_channels: size(`${BODY}.layer1.0.conv3.weight`, 0),
          fpn_out_channels: channels,
          pooler_resolution: Math.sqrt(size(`${FC6}.weight`, 1) / channels),
          mlp_head_dim: size(`${FC6}.weight`, 0),
          ...(tensors.has(`${CLS_SCORE}.weight`) && { num_classes: size(`${CLS_SCORE}.weight`, 0) }),
          ...(proposes && { num_anchors: size(`${PROPOSER[1]}.weight`, 0), ...PUBLISHED_PROPOSALS }),
        },
        given,
        [...Object.keys(PUBLISHED_DETECTOR), ...(proposes ? Object.keys(PUBLISHED_PROPOSALS) : [])],
      ),
    );
  } catch (error) {
    if (!(error instanceof DetectorConfigError)) throw error;
    throw new ImportError('bad_config', error.message, { cause: error });
  }
}

/** bn1 beside conv1, downsample.1 beside downsample.0. */
const normName = (layer: string) =>
  layer.replace(/conv(\d)$/, 'bn$1').replace(/downsample\.0$/, 'downsample.1');

/** What the file must hold, in its own names and layout. */
function storedShapes(config: DetectorConfig, anchored: boolean): WeightShapes {
  const { body, pyramid } = detectorLayers(config);
  const shapes: Record<string, readonly number[]> = {};
  for (const { name, kernel, from, to, groups } of [...body, ...pyramid])
    shapes[`${name}.weight`] = [to, from / groups, kernel, kernel];
  for (const { name, to } of body) for (const part of BATCH_NORM) shapes[`${normName(name)}.${part}`] = [to];
  for (const { name, to } of pyramid) shapes[`${name}.bias`] = [to];
  const { mlp_head_dim, fpn_out_channels, pooler_resolution } = config;
  shapes[`${FC6}.weight`] = [mlp_head_dim, fpn_out_channels * pooler_resolution ** 2];
  shapes[`${FC6}.bias`] = [mlp_head_dim];
  for (const [name, [kernel, , from, to] = []] of Object.entries(proposerShapes(config))) {
    if (ANCHORS.includes(name)) {
      if (anchored) shapes[name] = [config.num_anchors!, 4];
    } else shapes[name] = from === undefined ? [kernel!] : [to!, from, kernel!, kernel!];
  }
  return { ...shapes, ...classifierShapes(config) };
}

/** Shape of a filter in our layout. */
const folded = ({ kernel, from, to, groups }: DetectorLayer) => [kernel, kernel, from / groups, to];

/** y = x · factor + shift, for each channel. There is no epsilon (FrozenBatchNorm2d). */
function batchNorm(
  tensors: StoredTensors,
  layer: string,
): () => Promise<{ factor: Float32Array; shift: HostTensor }> {
  return async () => {
    const read = async (part: (typeof BATCH_NORM)[number]) =>
      (await tensors.get(`${normName(layer)}.${part}`)!.read()).data as Float32Array;
    const [weight, bias, mean, variance] = [
      ...[await read('weight'), await read('bias')],
      ...[await read('running_mean'), await read('running_var')],
    ] as [Float32Array, Float32Array, Float32Array, Float32Array];
    const factor = weight.map((x, i) => x / Math.sqrt(variance[i]!));
    return {
      factor,
      shift: float32(
        bias.map((x, i) => x - mean[i]! * factor[i]!),
        [bias.length],
      ),
    };
  };
}

/** fc6 reads bins channel by channel there, and bin by bin here. */
function channelsLast(
  weight: StoredTensor,
  { mlp_head_dim, fpn_out_channels, pooler_resolution: P }: DetectorConfig,
): StoredTensor {
  return {
    ...weight,
    async read() {
      const { data } = await weight.read();
      const bins = float32(data as Float32Array, [mlp_head_dim, fpn_out_channels, P, P]);
      return float32(imageFromTorch(bins).data as Float32Array, weight.shape);
    },
  };
}
