/** The generator that a checkpoint's `architecture` names: made, run, and prepared for inference. */
import * as tf from '@tensorflow/tfjs-core';
import type { InputSpec, ModelFunction, Tensors } from '../../engines/engine.ts';
import type { HostTensor, HostTensors } from '../../tensor.ts';
import { makeWeights, type NormalSource, plannedShapes, type WeightPlan } from '../initialise.ts';
import { nearestRow } from '../ops.ts';
import { foldSpectralNorm, withSettledVectors } from '../spectral-norm.ts';
import { type CodeGrid, codeGrid } from './code-grid.ts';
import type { GeneratorConfig } from './config.ts';
import { pixelShuffleGenerator, pixelShufflePlan } from './pixel-shuffle.ts';
import { noiseShapes, spadeGenerator, spadePlan } from './spade.ts';

function plan(config: GeneratorConfig): WeightPlan {
  return config.architecture === 'spade' ? spadePlan(config) : pixelShufflePlan(config);
}

/** Name and shape of every weight in a checkpoint (raw: with the spectral norms' vectors). */
export function generatorWeightShapes(config: GeneratorConfig): Record<string, readonly number[]> {
  return plannedShapes(plan(config));
}

/** Fresh raw weights. */
export function initialGenerator(config: GeneratorConfig, random: NormalSource): HostTensors {
  return withSettledVectors(makeWeights(plan(config), random));
}

/** Noise maps that training feeds, name → [H, W, 1] per image; the demo generator takes none. */
export function generatorNoise(config: GeneratorConfig): Record<string, [number, number, 1]> {
  return config.architecture === 'spade' ? noiseShapes(config) : {};
}

/**
 * @param weights without spectral norm
 * @param noise maps as `generatorNoise` says, or none; other entries are ignored
 * @returns image [B, S, S, 3], -1..1 ('pixel-shuffle' may leave that range)
 */
export function generate(
  config: GeneratorConfig,
  weights: Tensors,
  input: CodeGrid,
  noise: Tensors = {},
): tf.Tensor4D {
  const { grid, emb_dim } = config;
  const { emb } = input;
  if (emb.shape[1] !== grid || emb.shape[2] !== grid || emb.shape[3] !== emb_dim) {
    throw new Error(`generator: centroids [${emb.shape}], wanted [B, ${grid}, ${grid}, ${emb_dim}]`);
  }
  const outputs =
    config.architecture === 'spade'
      ? spadeGenerator(config, weights, emb, noise)
      : pixelShuffleGenerator(config, weights, input);
  return outputs.image as tf.Tensor4D;
}

/** For inference: codes to an image [B, S, S, 3] in -1..1, without noise. Weights from `inferenceWeights`. */
export function generatorFunction(config: GeneratorConfig): {
  fn: ModelFunction;
  inputs: Record<'codes', InputSpec>;
} {
  return {
    fn: (weights, inputs) => {
      const { centroids, ...network } = weights;
      const image = generate(config, network, codeGrid(centroids!, inputs.codes!, config.grid));
      return { image: tf.clipByValue(image, -1, 1) };
    },
    inputs: { codes: { dtype: 'int32', shape: ['B', config.grid ** 2] } },
  };
}

/**
 * For inference on features of no vocabulary, such as regressed ones: [B, G, G, E] to an image as
 * `generatorFunction` makes it, on the same weights. The network reads each feature where a centroid would be (the
 * paper's probe, sections 4.1 and 4.2: predicted features are what the generator consumes). The patches of the demo
 * generator are a table by code and come from the nearest centroid. They are most of its picture (their mean opacity on
 * test scenes is .77), so that it quantises what it is given: noise of half a feature's size moves its pixels by 1 of
 * 255. The paper's generator has no such table.
 */
export function featureGeneratorFunction(config: GeneratorConfig): {
  fn: ModelFunction;
  inputs: Record<'features', InputSpec>;
} {
  const { grid, emb_dim: E } = config;
  return {
    fn: (weights, { features }) => {
      const { centroids, ...network } = weights;
      const nearest = nearestRow(centroids!, tf.reshape(features!, [-1, E]));
      const input = { codes: tf.reshape(nearest, [-1, grid * grid]), emb: features as tf.Tensor4D };
      return { image: tf.clipByValue(generate(config, network, input), -1, 1) };
    },
    inputs: { features: { dtype: 'float32', shape: ['B', grid, grid, E] } },
  };
}

/** What `generatorFunction` runs on: spectral norms folded in, the visual vocabulary's centroids [K, E] beside. */
export function inferenceWeights(raw: HostTensors, centroids: HostTensor): HostTensors {
  return { ...foldSpectralNorm(raw), centroids };
}
