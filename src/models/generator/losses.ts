/**
 * Losses of the generator and the discriminator (paper, section 3.3; reference: the first commit's
 * image_generator/trainer.py): hinge adversarial, AC-GAN cluster classification, feature matching, perceptual.
 * Metric names are the reference's.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensors } from '../../engines/engine.ts';
import { crossEntropy, smoothL1, stopGradient } from '../ops.ts';

/** Weights of the terms of the generator's loss; the paper's are 0, 10, 1, 10, 1. A term at 0 is not computed. */
export interface GeneratorLossWeights {
  /** Smooth L1 between the pixels. */
  reconstruction: number;
  /** Smooth L1 between the perceptual network's stages. */
  perceptual: number;
  adversarial: number;
  /** Smooth L1 between the discriminator's blocks, all but the last. */
  feature_matching: number;
  /** Cross-entropy of the discriminator's cluster classification; in the discriminator's loss too. */
  cluster: number;
}

/** Maps images [B, S, S, 3] in -1..1 to feature maps, one per stage. */
type PerceptualNetwork = (images: tf.Tensor4D) => tf.Tensor[];

export interface GeneratorLossInputs {
  /** [B, S, S, 3], what the generator made and what it should have made. */
  fake: tf.Tensor4D;
  real: tf.Tensor4D;
  /** int32 [B, G·G] */
  codes: tf.Tensor;
  perceptual?: PerceptualNetwork;
  /** The discriminator in evaluation mode: `discriminate` with its weights bound. */
  discriminator?: (images: tf.Tensor4D) => Tensors;
}

/** Whether the generator's loss needs a discriminator at all. */
export function usesDiscriminator(weights: GeneratorLossWeights): boolean {
  return weights.adversarial !== 0 || weights.feature_matching !== 0 || weights.cluster !== 0;
}

function sum(terms: tf.Tensor[]): tf.Scalar {
  return terms.reduce((total, term) => tf.add(total, term), tf.scalar(0)) as tf.Scalar;
}

/** Block outputs in order, without the last: the reference's slice ends at -1. */
function matchedLayers(outputs: Tensors): tf.Tensor[] {
  const layers: tf.Tensor[] = [];
  for (let i = 0; outputs[`layer_${i}`]; i++) layers.push(outputs[`layer_${i}`]!);
  return layers.slice(0, -1);
}

function layerDistance(fake: tf.Tensor[], real: tf.Tensor[]): tf.Scalar {
  return sum(fake.map((layer, i) => smoothL1(layer, stopGradient(real[i]!))));
}

/**
 * The generator's loss, a weighted sum of its terms.
 * @returns loss, and aux: recon_loss, feat_loss, g_loss_fake, g_loss_feat_match, g_loss_cluster (0 where the
 *   weight is 0), g_loss
 */
export function generatorLoss(
  weights: GeneratorLossWeights,
  { fake, real, codes, perceptual, discriminator }: GeneratorLossInputs,
): { loss: tf.Scalar; aux: Tensors } {
  const zero = () => tf.scalar(0);
  const aux: Tensors = {
    recon_loss: zero(),
    feat_loss: zero(),
    g_loss_fake: zero(),
    g_loss_feat_match: zero(),
    g_loss_cluster: zero(),
  };
  if (weights.reconstruction !== 0) aux.recon_loss = smoothL1(fake, real);
  if (weights.perceptual !== 0) {
    if (!perceptual) throw new Error('generator loss: a perceptual weight, but no perceptual network');
    // The network was trained on pixels in range; what lies outside is clipped away when painted, too.
    aux.feat_loss = layerDistance(perceptual(tf.clipByValue(fake, -1, 1)), perceptual(real));
  }
  if (usesDiscriminator(weights)) {
    if (!discriminator) throw new Error('generator loss: adversarial weights, but no discriminator');
    const judged = discriminator(fake);
    aux.g_loss_fake = tf.neg(tf.mean(judged.adv_out!));
    if (weights.feature_matching !== 0) {
      aux.g_loss_feat_match = layerDistance(matchedLayers(judged), matchedLayers(discriminator(real)));
    }
    aux.g_loss_cluster = crossEntropy(judged.cls_logits!, tf.reshape(codes, [-1]));
  }
  const loss = sum([
    tf.mul(aux.recon_loss!, tf.scalar(weights.reconstruction)),
    tf.mul(aux.feat_loss!, tf.scalar(weights.perceptual)),
    tf.mul(aux.g_loss_fake!, tf.scalar(weights.adversarial)),
    tf.mul(aux.g_loss_feat_match!, tf.scalar(weights.feature_matching)),
    tf.mul(aux.g_loss_cluster!, tf.scalar(weights.cluster)),
  ]);
  return { loss, aux: { ...aux, g_loss: loss } };
}

/**
 * The discriminator's hinge loss and its cluster classification on both images.
 * @param fake, real `discriminate` of the generated and the real images
 * @param codes int32 [B, G·G]
 */
export function discriminatorLoss(
  weights: Pick<GeneratorLossWeights, 'cluster'>,
  { fake, real, codes }: { fake: Tensors; real: Tensors; codes: tf.Tensor },
): { loss: tf.Scalar; aux: Tensors } {
  const labels = tf.reshape(codes, [-1]);
  const one = tf.scalar(1);
  const aux: Tensors = {
    d_loss_fake: tf.mean(tf.relu(tf.add(one, fake.adv_out!))),
    d_loss_real: tf.mean(tf.relu(tf.sub(one, real.adv_out!))),
    d_loss_cluster_fake: crossEntropy(fake.cls_logits!, labels),
    d_loss_cluster_real: crossEntropy(real.cls_logits!, labels),
    d_fake: tf.mean(fake.adv_out!),
    d_real: tf.mean(real.adv_out!),
  };
  const cluster = tf.add(aux.d_loss_cluster_fake!, aux.d_loss_cluster_real!);
  const loss = sum([aux.d_loss_real!, aux.d_loss_fake!, tf.mul(cluster, tf.scalar(weights.cluster))]);
  return { loss, aux: { ...aux, d_loss: loss } };
}
