/**
 * The image generator: codes to pixels (paper, section 3.3 and appendix D), against the real scenes that the codes
 * were made from. The grid encoder's stages stand where the paper's perceptual network is a ResNet-50.
 */

import { join } from 'node:path';
import type * as tf from '@tensorflow/tfjs-core';
import Type from 'typebox';
import { loadWorld, type Scene, type Split, type World } from '../../datasets/scenes/index.ts';
import type { Tensors } from '../../engines/engine.ts';
import { type DiscriminatorConfig, initialDiscriminator } from '../../models/discriminator/discriminator.ts';
import type { GeneratorConfig } from '../../models/generator/config.ts';
import { generatorNoise, initialGenerator } from '../../models/generator/generator.ts';
import { type GeneratorLossWeights, usesDiscriminator } from '../../models/generator/losses.ts';
import { patchTable } from '../../models/generator/pixel-shuffle.ts';
import type { GridEncoderConfig } from '../../models/grid-encoder/config.ts';
import { gridEncoderStages } from '../../models/grid-encoder/grid-encoder.ts';
import { createRandom, type Random } from '../../random.ts';
import { float32, type HostTensors, int32, sizeOf } from '../../tensor.ts';
import { CELLS, sceneImages } from '../features/scene-images.ts';
import { refuseOtherShape } from '../run/components-fit.ts';
import { writeContactSheet } from '../run/contact-sheet.ts';
import { commonHyperparameters } from '../run/hyperparameters.ts';
import { runLoop } from '../run/loop.ts';
import { warmupThenDecay } from '../run/optimizer.ts';
import { defineKind, type TrainingContext } from '../run/training-kind.ts';
import { generatorPainter } from '../vocabulary/code-painting.ts';
import { sceneCodes } from '../vocabulary/visual-codes.ts';
import {
  pastePatches,
  readVocabulary,
  type VisualVocabulary,
  VOCABULARY_FILE,
} from '../vocabulary/visual-vocabulary.ts';
import { codePatches } from './code-patches.ts';
import {
  type GeneratorStepOptions,
  generatorBatch,
  generatorStep,
  initialGeneratorState,
  trainedGenerator,
} from './generator-step.ts';

const GRID = 8;
/** Training scenes that the patches of the codes are taken from. */
const PATCH_SCENES = 8192;
const lossWeight = (value: number, description: string) =>
  Type.Number({ minimum: 0, maximum: 1000, default: value, description });
const { weight_decay: _, ...common } = commonHyperparameters({
  steps: 4000,
  batch_size: 8,
  learning_rate: 4e-4,
  warmup_ratio: 0.02,
  weight_decay: 0,
  max_grad_norm: 1,
  checkpoint_every: 250,
});

export const generator = defineKind({
  name: 'generator',
  description: 'visual codes → 128 × 128 image',
  requires: ['grid_encoder', 'visual_vocabulary'],
  optional: ['base_model'],
  hyperparameters: Type.Object({
    ...common,
    discriminator_learning_rate: Type.Number({ exclusiveMinimum: 0, maximum: 1, default: 1e-4 }),
    adam_beta1: Type.Number({ minimum: 0, exclusiveMaximum: 1, default: 0 }),
    architecture: Type.Union([Type.Literal('pixel-shuffle'), Type.Literal('spade')], {
      default: 'pixel-shuffle',
    }),
    patch_rate_factor: Type.Number({
      exclusiveMinimum: 0,
      maximum: 1000,
      default: 1,
      description:
        "Factor on the learning rate for the codes' patches (pixel-shuffle): a step shows few of them",
    }),
    discriminator_width: Type.Integer({ minimum: 4, maximum: 512, default: 32 }),
    reconstruction_weight: lossWeight(0, 'Smooth L1 between pixels'),
    adversarial_weight: lossWeight(1, 'Hinge loss'),
    cluster_weight: lossWeight(1, 'AC-GAN: the discriminator names each cell’s code'),
    feature_matching_weight: lossWeight(10, 'Smooth L1 between the discriminator’s blocks'),
    perceptual_weight: lossWeight(10, 'Smooth L1 between the grid encoder’s stages'),
    scenes: Type.Integer({ minimum: 1, maximum: 1_000_000, default: 32_768, description: 'Training scenes' }),
    validation_scenes: Type.Integer({ minimum: 1, maximum: 10_000, default: 128 }),
  }),
  check({ base_model, visual_vocabulary }, { architecture }) {
    const { feature_width } = visual_vocabulary!.config as Record<string, number>;
    refuseOtherShape(base_model, 'generator', { architecture, emb_dim: feature_width });
  },
  async train(context, h) {
    const { seed, components } = context;
    const world = await loadWorld(context.dataset);
    const vocabularyTensors = components.visual_vocabulary!.tensors[VOCABULARY_FILE]!;
    const vocabulary = readVocabulary(vocabularyTensors);
    const encoderConfig = components.grid_encoder!.config as GridEncoderConfig;
    const config = generatorConfig(h.architecture, vocabulary);
    const losses: GeneratorLossWeights = {
      reconstruction: h.reconstruction_weight,
      perceptual: h.perceptual_weight,
      adversarial: h.adversarial_weight,
      feature_matching: h.feature_matching_weight,
      cluster: h.cluster_weight,
    };
    const discriminator: DiscriminatorConfig | undefined = usesDiscriminator(losses)
      ? {
          base_dim: h.discriminator_width,
          emb_dim: vocabulary.dimensions,
          extra_layers: 0,
          grid: GRID,
          target_size: 128,
        }
      : undefined;
    const options: GeneratorStepOptions = {
      generator: config,
      losses,
      ...(discriminator && { discriminator }),
      perceptual: (weights: Tensors, images: tf.Tensor4D) =>
        gridEncoderStages(encoderConfig, weights, images),
      adam: { betas: [h.adam_beta1, 0.999], epsilon: 1e-8, maxGradNorm: h.max_grad_norm },
      patchRateFactor: h.patch_rate_factor,
    };
    const codesOf = (split: Split, scenes: number) => sceneCodes(context, world, split, scenes);
    const codes = await codesOf('train', h.scenes);
    const validationCodes = await codesOf('validation', h.validation_scenes);
    const random = createRandom(`${seed}/weights`);
    const initialState = initialGeneratorState({
      centroids: vocabularyTensors.centroids!,
      generator: {
        ...(components.base_model?.tensors['model.safetensors'] ?? initialGenerator(config, random)),
        ...(config.architecture === 'pixel-shuffle' &&
          // Those of the base model are of its own codes.
          components.base_model?.builtOn.visual_vocabulary !== components.visual_vocabulary!.revision && {
            'patches.weight': patchTable(
              config,
              codePatches(world, codes, Math.min(h.scenes, PATCH_SCENES), vocabulary.clusters),
            ),
          }),
      },
      ...(discriminator && {
        discriminator: initialDiscriminator(discriminator, vocabularyTensors.centroids!, random),
      }),
      ...(losses.perceptual !== 0 && {
        perceptual: stagesOf(components.grid_encoder!.tensors['model.safetensors']!),
      }),
    });
    const B = h.batch_size;
    const warmup = Math.round(h.steps * h.warmup_ratio);
    const evaluate = (state: HostTensors, step: number) =>
      validate(context, world, config, state, vocabulary, validationCodes, step);
    let metrics: Record<string, number> = {};
    const state = await runLoop(context, {
      name: 'generator',
      steps: h.steps,
      batchSize: B,
      checkpointEvery: h.checkpoint_every,
      stepsPerCall: h.steps_per_call,
      tasks: {
        generator: (tensors, batch) => {
          const result = generatorStep(options)(tensors, batch);
          return { state: result.state, metrics: { ...result.metrics, loss: result.metrics.g_loss! } };
        },
      },
      batch: generatorBatch(options, B),
      initialState,
      next: (step) => {
        const draws = createRandom(`${seed}/step/${step}`);
        const indices = Array.from({ length: B }, () => draws.int(h.scenes));
        const scale = warmupThenDecay(step + 1, warmup, h.steps + 1);
        const batch: HostTensors = {
          ...pairs(
            world,
            indices.map((index) => world.scene('train', index)),
            indices.map((index) => codes.subarray(index * CELLS, (index + 1) * CELLS)),
          ),
          ...noise(config, B, draws),
          generator_learning_rate: float32([h.learning_rate * scale], []),
        };
        if (discriminator) {
          batch.discriminator_learning_rate = float32([h.discriminator_learning_rate * scale], []);
        }
        return { task: 'generator', batch };
      },
      evaluate: async (current, step) => {
        metrics = await evaluate(current, step);
        return metrics;
      },
    });
    if (Object.keys(metrics).length === 0) metrics = await evaluate(state, h.steps);
    return {
      architecture: 'generator',
      tasks: [],
      config: { ...config },
      tensors: { 'model.safetensors': trainedGenerator(state) },
      texts: {},
      components: ['visual_vocabulary'],
      metrics,
    };
  },
});

function generatorConfig(
  architecture: GeneratorConfig['architecture'],
  vocabulary: VisualVocabulary,
): GeneratorConfig {
  const sizes = { emb_dim: vocabulary.dimensions, codebook_dim: 64, grid: GRID, target_size: 128 };
  if (architecture === 'spade')
    return { architecture, ...sizes, base_dim: 32, spade_hidden: 128, extra_layers: 0 };
  return {
    architecture,
    ...sizes,
    clusters: vocabulary.clusters,
    channels: [192, 128, 64],
    blocks: [2, 1, 1],
    modulated_stages: 2,
    spade_hidden: 64,
    norm_epsilon: 1e-6,
  };
}

/** The encoder without its heads and last norm, which the perceptual loss does not read. */
function stagesOf(weights: HostTensors): HostTensors {
  return Object.fromEntries(Object.entries(weights).filter(([name]) => name.startsWith('stages.')));
}

function pairs(world: World, scenes: readonly Scene[], codes: readonly Int16Array[]): HostTensors {
  const all = new Int32Array(scenes.length * CELLS);
  for (const [i, picture] of codes.entries()) all.set(picture, i * CELLS);
  return { images: sceneImages(world, scenes), codes: int32(all, [scenes.length, CELLS]) };
}

function noise(config: GeneratorConfig, B: number, random: Random): HostTensors {
  return Object.fromEntries(
    Object.entries(generatorNoise(config)).map(([name, shape]) => {
      const data = Float32Array.from({ length: B * sizeOf(shape) }, () => random.normal());
      return [name, float32(data, [B, ...shape])];
    }),
  );
}

const SHEET_ROWS = 16;
const PAINTED_TOGETHER = 16;

/** Mean distance of the pixels (0..255) from the real scenes, and a sheet of them side by side. */
async function validate(
  context: TrainingContext,
  world: World,
  config: GeneratorConfig,
  state: HostTensors,
  vocabulary: VisualVocabulary,
  codes: Int16Array,
  step: number,
): Promise<Record<string, number>> {
  const painter = await generatorPainter(context.engine, config, trainedGenerator(state), vocabulary);
  const count = codes.length / CELLS;
  const rows = [];
  let distance = 0;
  let fromPatches = 0;
  for (let first = 0; first < count; first += PAINTED_TOGETHER) {
    const group = Array.from({ length: Math.min(PAINTED_TOGETHER, count - first) }, (_, i) =>
      codes.subarray((first + i) * CELLS, (first + i + 1) * CELLS),
    );
    for (const [i, image] of (await painter.paint(group)).entries()) {
      const scene = world.scene('validation', first + i);
      const real = world.render(scene);
      const pasted = pastePatches(vocabulary, group[i]!);
      distance += meanDistance(image, real) / count;
      fromPatches += meanDistance(pasted, real) / count;
      if (rows.length === SHEET_ROWS) continue;
      const caption = world.captions(scene, createRandom(`validation/caption/${first + i}`), 1)[0]!.text;
      rows.push({ caption, images: [real, pasted, image] });
    }
  }
  await painter.release();
  const path = join(context.run.samples, `step-${String(step).padStart(8, '0')}.png`);
  await writeContactSheet(path, ['real', 'mean patches', 'generator'], rows, 128, 3);
  return { pixel_l1: distance, mean_patch_l1: fromPatches };
}

function meanDistance(a: Uint8Array, b: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs(a[i]! - b[i]!);
  return sum / a.length;
}
