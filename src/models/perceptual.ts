/**
 * The frozen network of the generator's perceptual loss (paper, appendix D.5: ResNet-50's conv2_x to conv5_x): the
 * stages of that or of a picture encoder, of whose maps gradients reach the pixels.
 *
 * B batch, S side of the pictures.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensors } from '../engines/engine.ts';
import type { GridEncoderConfig } from './grid-encoder/config.ts';
import { gridEncoderStages } from './grid-encoder/grid-encoder.ts';
import { resizeBilinear } from './ops.ts';
import {
  type EfficientNetLiteConfig,
  type PictureEncoderConfig,
  parsePictureEncoderConfig,
} from './picture-encoder/config.ts';
import { efficientNetLiteBlocks } from './picture-encoder/efficientnet-lite.ts';
import { RESNET_STAGES, type ResNetConfig, resNetStages } from './resnet/resnet.ts';

export interface PerceptualStages {
  /** Whether the stages read this weight of the encoder's checkpoint. */
  reads(weight: string): boolean;
  /**
   * Whether the maps are brought to a root mean square of 1 by the weight `STAGE_SCALES`. Those of networks whose maps
   * end in an activation behind a normalisation are compared as they are, as in the paper.
   */
  scaled: boolean;
  count: number;
  /** @param images [B, S, S, 3] in -1..1 @returns a map for each stage, the finest first */
  stages(weights: Tensors, images: tf.Tensor4D): tf.Tensor4D[];
}

/** float32 [stages]: what `scaled` maps are multiplied with. */
export const STAGE_SCALES = 'stage_scales';

/** @returns undefined for an encoder that gradients do not pass */
export function perceptualStages(architecture: string, config: unknown): PerceptualStages | undefined {
  if (architecture === 'grid-encoder') return ofGridEncoder(config as GridEncoderConfig);
  if (architecture === 'resnet') return ofResNet(config as ResNetConfig);
  if (architecture === 'picture-encoder') return ofPictureEncoder(parsePictureEncoderConfig(config));
  return undefined;
}

const ofGridEncoder = (config: GridEncoderConfig): PerceptualStages => ({
  // Without its heads and last norm.
  reads: (weight) => weight.startsWith('stages.'),
  scaled: false,
  count: config.blocks.length,
  stages(weights, images) {
    const side = config.image_size;
    const seen = images.shape[1] === side ? images : resizeBilinear(images, [side, side]);
    return gridEncoderStages(config, weights, seen);
  },
});

const ofResNet = (config: ResNetConfig): PerceptualStages => ({
  reads: () => true,
  scaled: false,
  count: RESNET_STAGES,
  stages: (weights, images) => resNetStages(config, weights, images),
});

function ofPictureEncoder({ backbones }: PictureEncoderConfig): PerceptualStages | undefined {
  const found = Object.entries(backbones).find(([, { kind }]) => kind !== 'graph-model');
  if (!found) return undefined;
  const [name, backbone] = found as [string, EfficientNetLiteConfig];
  const ends = stageEnds(backbone);
  return {
    reads: (weight) => weight.startsWith(`${name}.`),
    scaled: true,
    count: ends.length,
    stages(weights, images) {
      const { mean, std, order } = backbone.input;
      const unit = tf.mul(tf.add(images, 1), 0.5);
      const normalised = tf.div(tf.sub(unit, tf.tensor1d(mean)), tf.tensor1d(std)) as tf.Tensor4D;
      // At the pictures' own size: the network is convolutional, and the encoder's is larger than it need be.
      const x = order === 'bgr' ? tf.reverse(normalised, 3) : normalised;
      const blocks = efficientNetLiteBlocks(backbone, weights, name, x);
      const scales = weights[STAGE_SCALES];
      return ends.map((end, i) => {
        const map = blocks[end]!;
        return scales ? tf.mul(map, tf.slice(scales, [i], [1])) : map;
      });
    },
  };
}

/** The last block at each of the strides 4, 8, 16 and 32. */
function stageEnds({ blocks }: EfficientNetLiteConfig): number[] {
  const ends = blocks.flatMap((_, i) => (i + 1 === blocks.length || blocks[i + 1]!.stride === 2 ? [i] : []));
  return ends.slice(-4);
}
