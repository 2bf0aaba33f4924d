/** The generator that a checkpoint's `architecture` names: made, run, and prepared for inference. */
import * as tf from '@tensorflow/tfjs-core';
import type { InputSpec, ModelFunction, Tensors } from '../../engines/engine.ts';
import type { HostTensor, HostTensors } from '../../tensor.ts';
import { makeWeights, type NormalSource, plannedShapes, type WeightPlan } from '../initialise.ts';
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

/** What `generatorFunction` runs on: spectral norms folded in, the visual vocabulary's centroids [K, E] beside. */
export function inferenceWeights(raw: HostTensors, centroids: HostTensor): HostTensors {
  return { ...foldSpectralNorm(raw), centroids };
}
