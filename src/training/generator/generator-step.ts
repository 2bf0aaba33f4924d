/**
 * One update of the generator, then one of the discriminator (paper, section 3.3; reference: the first commit's
 * image_generator/trainer.py), as pure functions over one flat state:
 *
 *   centroids                     [K, E], the visual vocabulary; also the discriminator's frozen classifier
 *   generator/<weight>            raw: with weight_orig, weight_u, weight_v where there is spectral norm
 *   discriminator/<weight>        the same
 *   perceptual/<weight>           frozen
 *   adam_m|v|t/generator/…        the optimizer's (optimizer.ts)
 *
 * While the generator is updated, its spectral norms advance by one power iteration and the discriminator's
 * stand still. Then the discriminator's advance twice, for the fake and for the real images, which it judges as
 * they were made before the generator's update.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { InputSpec, Tensors, TrainStep } from '../../engines/engine.ts';
import { valueAndGradients } from '../../engines/gradients-of.ts';
import {
  type DiscriminatorConfig,
  discriminate,
  FROZEN_IN_DISCRIMINATOR,
} from '../../models/discriminator/discriminator.ts';
import { codeGrid } from '../../models/generator/code-grid.ts';
import type { GeneratorConfig } from '../../models/generator/config.ts';
import { generate, generatorNoise } from '../../models/generator/generator.ts';
import {
  discriminatorLoss,
  type GeneratorLossWeights,
  generatorLoss,
  usesDiscriminator,
} from '../../models/generator/losses.ts';
import { isVector, spectrallyNormalised } from '../../models/spectral-norm.ts';
import type { HostTensor, HostTensors } from '../../tensor.ts';
import { type Pass, SUM, sumsOf } from '../run/gradient-step.ts';
import { type AdamWOptions, adam, initialAdamState } from '../run/optimizer.ts';

export interface GeneratorStepOptions {
  generator: GeneratorConfig;
  /** Needed when the losses use it; without it only the generator is updated. */
  discriminator?: DiscriminatorConfig;
  losses: GeneratorLossWeights;
  /** The perceptual network on its weights; needed when the losses use it. Images are [B, S, S, 3] in -1..1. */
  perceptual?: (weights: Tensors, images: tf.Tensor4D) => tf.Tensor[];
  /** Settings of both optimizers. */
  adam: Pick<AdamWOptions, 'betas' | 'epsilon' | 'maxGradNorm'>;
  /** Factor on the generator's learning rate for the codes' patches, of which a step sees few each; left out: 1. */
  patchRateFactor?: number;
  /** Weights of the generator that are trained; left out: all. */
  learns?: (name: string) => boolean;
}

const GENERATOR = 'generator/';
const DISCRIMINATOR = 'discriminator/';
const PERCEPTUAL = 'perceptual/';
const PATCHES = `${GENERATOR}patches.weight`;

/** The entries under a prefix, without it. */
function under<T>(state: Record<string, T>, prefix: string): Record<string, T> {
  const entries = Object.entries(state).filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(entries.map(([name, tensor]) => [name.slice(prefix.length), tensor]));
}

function prefixed<T>(prefix: string, tensors: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [`${prefix}${name}`, tensor]));
}

function without<T>(tensors: Record<string, T>, leaveOut: (name: string) => boolean): Record<string, T> {
  return Object.fromEntries(Object.entries(tensors).filter(([name]) => !leaveOut(name)));
}

/** The state that a run starts from. `discriminator` may hold its frozen classifier; centroids take its place. */
export function initialGeneratorState(parts: {
  centroids: HostTensor;
  generator: HostTensors;
  discriminator?: HostTensors;
  perceptual?: HostTensors;
  /** As of the options; left out: all. */
  learns?: GeneratorStepOptions['learns'];
}): HostTensors {
  const { centroids, generator, discriminator = {}, perceptual = {}, learns } = parts;
  const judged = without(discriminator, (name) => FROZEN_IN_DISCRIMINATOR.includes(name));
  return {
    centroids,
    ...prefixed(GENERATOR, generator),
    ...prefixed(DISCRIMINATOR, judged),
    ...prefixed(PERCEPTUAL, perceptual),
    ...initialAdamState({
      ...prefixed(GENERATOR, trainable(generator, learns)),
      ...prefixed(DISCRIMINATOR, trainable(judged)),
    }),
  };
}

/** What a finished run's checkpoint holds: the generator's raw weights. */
export function trainedGenerator(state: HostTensors): HostTensors {
  return under(state, GENERATOR);
}

/** Everything but the vectors of the spectral norms, of what learns. */
function trainable<T>(
  weights: Record<string, T>,
  learns: GeneratorStepOptions['learns'] = () => true,
): Record<string, T> {
  return without(weights, (name) => isVector(weights, name) || !learns(name));
}

/** What the step reads beside the state; noise_… are standard normal. */
export function generatorBatch(options: GeneratorStepOptions, batchSize: number): Record<string, InputSpec> {
  const { grid, target_size } = options.generator;
  const batch: Record<string, InputSpec> = {
    codes: { dtype: 'int32', shape: [batchSize, grid * grid] },
    images: { dtype: 'float32', shape: [batchSize, target_size, target_size, 3] },
    generator_learning_rate: { dtype: 'float32', shape: [] },
  };
  if (usesDiscriminator(options.losses)) batch.discriminator_learning_rate = { dtype: 'float32', shape: [] };
  for (const [name, shape] of Object.entries(generatorNoise(options.generator))) {
    batch[name] = { dtype: 'float32', shape: [batchSize, ...shape] };
  }
  return batch;
}

interface Gradients {
  /** By the name within the network. */
  gradients: Tensors;
  /** The spectral norms' vectors after their power iterations. */
  vectors: Tensors;
  metrics: Tensors;
}

function boundDiscriminator(
  options: GeneratorStepOptions,
  state: Tensors,
  raw: Tensors,
  powerIterations: 0 | 1,
) {
  const config = options.discriminator;
  if (!config) throw new Error('generator step: the losses use a discriminator, but there is none');
  const { weights, vectors } = spectrallyNormalised(raw, powerIterations);
  const bound = { ...weights, 'emb_classifier.weight': state.centroids! };
  return { vectors, on: (images: tf.Tensor4D) => discriminate(config, bound, images) };
}

/** The generator's gradients before clipping, and the images that it made on the way. */
export function generatorGradients(
  options: GeneratorStepOptions,
  state: Tensors,
  batch: Tensors,
): Gradients & { fake: tf.Tensor4D } {
  const { generator: config, losses, perceptual } = options;
  const raw = under(state, GENERATOR);
  const input = codeGrid(state.centroids!, batch.codes!, config.grid);
  const result = valueAndGradients(trainable(raw, options.learns), (parameters) => {
    const { weights, vectors } = spectrallyNormalised({ ...raw, ...parameters }, 1);
    const fake = generate(config, weights, input, batch);
    const { loss, aux } = generatorLoss(losses, {
      fake,
      real: batch.images as tf.Tensor4D,
      codes: batch.codes!,
      ...(perceptual && { perceptual: (images) => perceptual(under(state, PERCEPTUAL), images) }),
      ...(usesDiscriminator(losses) && {
        discriminator: boundDiscriminator(options, state, under(state, DISCRIMINATOR), 0).on,
      }),
    });
    return { loss, aux: { ...prefixed('metric/', aux), ...prefixed('vector/', vectors), fake } };
  });
  return {
    gradients: result.gradients,
    vectors: under(result.aux, 'vector/'),
    metrics: under(result.aux, 'metric/'),
    fake: result.aux.fake as tf.Tensor4D,
  };
}

/** The discriminator's gradients before clipping. No gradient reaches `fake`. */
export function discriminatorGradients(
  options: GeneratorStepOptions,
  state: Tensors,
  batch: Tensors,
  fake: tf.Tensor4D,
): Gradients {
  const raw = under(state, DISCRIMINATOR);
  const result = valueAndGradients(trainable(raw), (parameters) => {
    const first = boundDiscriminator(options, state, { ...raw, ...parameters }, 1);
    const judgedFake = first.on(fake);
    const second = boundDiscriminator(options, state, { ...raw, ...first.vectors, ...parameters }, 1);
    const judgedReal = second.on(batch.images as tf.Tensor4D);
    const { loss, aux } = discriminatorLoss(options.losses, {
      fake: judgedFake,
      real: judgedReal,
      codes: batch.codes!,
    });
    return { loss, aux: { ...prefixed('metric/', aux), ...prefixed('vector/', second.vectors) } };
  });
  return {
    gradients: result.gradients,
    vectors: under(result.aux, 'vector/'),
    metrics: under(result.aux, 'metric/'),
  };
}

export interface GeneratorPass {
  pass: Exclude<Pass, 'update'>;
  /** Share of the batch's rows that this pass sees. */
  share: number;
}

/** Sums of gradients, of no pass yet. */
export const generatorGradientSums = (state: HostTensors): HostTensors =>
  sumsOf(Object.fromEntries(Object.entries(state).filter(([name]) => `adam_m/${name}` in state)));

/** Losses of parts add up to the batch's. */
const LOSS = /(^|_)loss$/;

/**
 * A pass over a part of a batch: gradients are added to those of the passes before it, of which the last one updates
 * both networks. Until then the networks, and with them the pictures that are judged, stay what they are, and so do
 * the vectors of the spectral norms, from which every pass makes the same step.
 */
export function generatorPass(options: GeneratorStepOptions, { pass, share }: GeneratorPass): TrainStep {
  return (state, batch) => {
    const painted = generatorGradients(options, state, batch);
    const judged = usesDiscriminator(options.losses)
      ? discriminatorGradients(options, state, batch, painted.fake)
      : undefined;
    const gradients = {
      ...prefixed(GENERATOR, painted.gradients),
      ...(judged && prefixed(DISCRIMINATOR, judged.gradients)),
    };
    const metrics: Tensors = { ...painted.metrics, ...judged?.metrics };
    const part = tf.scalar(share);
    const sums: Tensors = Object.fromEntries(
      Object.entries(gradients).map(([name, gradient]) => [
        name,
        tf.add(state[`${SUM}${name}`]!, tf.mul(gradient, part)),
      ]),
    );
    for (const name of Object.keys(metrics).filter((one) => LOSS.test(one)))
      metrics[name] = tf.mul(metrics[name]!, part);
    if (pass === 'more') {
      metrics.g_grad_norm = tf.scalar(0);
      if (judged) metrics.d_grad_norm = tf.scalar(0);
      return { state: prefixed(SUM, sums), metrics };
    }
    const updated = update(options, state, batch, {
      generator: { ...painted, gradients: under(sums, GENERATOR) },
      ...(judged && { discriminator: { ...judged, gradients: under(sums, DISCRIMINATOR) } }),
    });
    const cleared = Object.keys(sums).map((name) => [
      `${SUM}${name}`,
      tf.mul(state[`${SUM}${name}`]!, tf.scalar(0)),
    ]);
    return {
      state: { ...updated.state, ...Object.fromEntries(cleared) },
      metrics: { ...metrics, ...updated.norms },
    };
  };
}

/** Both networks by their gradients. */
function update(
  options: GeneratorStepOptions,
  state: Tensors,
  batch: Tensors,
  { generator, discriminator }: { generator: Gradients; discriminator?: Gradients },
): { state: Tensors; norms: Tensors } {
  const painted = adam(state, prefixed(GENERATOR, generator.gradients), {
    ...options.adam,
    learningRate: batch.generator_learning_rate as tf.Scalar,
    rateFactor: (name) => (name === PATCHES ? (options.patchRateFactor ?? 1) : 1),
  });
  const next: Tensors = { ...painted.state, ...prefixed(GENERATOR, generator.vectors) };
  const norms: Tensors = { g_grad_norm: painted.gradNorm };
  if (discriminator) {
    const taught = adam(state, prefixed(DISCRIMINATOR, discriminator.gradients), {
      ...options.adam,
      learningRate: batch.discriminator_learning_rate as tf.Scalar,
    });
    Object.assign(next, taught.state, prefixed(DISCRIMINATOR, discriminator.vectors));
    norms.d_grad_norm = taught.gradNorm;
  }
  return { state: next, norms };
}

/**
 * The whole step: inputs as `generatorBatch` says, metrics named as the reference names its losses, and the
 * gradient norms before clipping.
 */
export function generatorStep(options: GeneratorStepOptions): TrainStep {
  return (state, batch) => {
    const painted = generatorGradients(options, state, batch);
    const judged = usesDiscriminator(options.losses)
      ? discriminatorGradients(options, state, batch, painted.fake)
      : undefined;
    const updated = update(options, state, batch, {
      generator: painted,
      ...(judged && { discriminator: judged }),
    });
    return { state: updated.state, metrics: { ...painted.metrics, ...judged?.metrics, ...updated.norms } };
  };
}
