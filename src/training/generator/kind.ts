/**
 * The image generator: codes to pixels (paper, section 3.3 and appendix D), against the real pictures that the codes
 * were made from: scenes, or those of a directory. Where no ResNet-50, the paper's perceptual network, was imported, the
 * stages of the picture encoder stand in for it.
 */
import { join } from 'node:path';
import { IMAGE_SIZE } from '../../datasets/scenes/index.ts';
import type { TrainStep } from '../../engines/engine.ts';
import { CELLS, GRID } from '../../grid.ts';
import { type DiscriminatorConfig, initialDiscriminator } from '../../models/discriminator/discriminator.ts';
import type { GeneratorConfig, PixelShuffleGeneratorConfig } from '../../models/generator/config.ts';
import { generatorNoise, initialGenerator } from '../../models/generator/generator.ts';
import { type GeneratorLossWeights, usesDiscriminator } from '../../models/generator/losses.ts';
import {
  DOUBLING,
  PARTS,
  type PartPatches,
  partWeights,
  patchTable,
} from '../../models/generator/pixel-shuffle.ts';
import { type PerceptualStages, perceptualStages, STAGE_SCALES } from '../../models/perceptual.ts';
import { createRandom, type Random } from '../../random.ts';
import { float32, type HostTensor, type HostTensors, imagesTensor, int32, sizeOf } from '../../tensor.ts';
import { resized } from '../features/scene-images.ts';
import { refuseOtherShape } from '../run/components-fit.ts';
import { writeContactSheet } from '../run/contact-sheet.ts';
import { TrainingError } from '../run/errors.ts';
import { passRows, refuseUnevenPasses } from '../run/hyperparameters.ts';
import { runLoop } from '../run/loop.ts';
import { warmupThenDecay } from '../run/optimizer.ts';
import { passesOf } from '../run/passes.ts';
import { type Component, defineKind, type TrainingContext } from '../run/training-kind.ts';
import { generatorPainter } from '../vocabulary/code-painting.ts';
import {
  pastePatches,
  readVocabulary,
  type VisualVocabulary,
  VOCABULARY_FILE,
} from '../vocabulary/visual-vocabulary.ts';
import { codePatches, partPatches } from './code-patches.ts';
import {
  type GeneratorStepOptions,
  generatorBatch,
  generatorGradientSums,
  generatorPass,
  generatorStep,
  initialGeneratorState,
  trainedGenerator,
} from './generator-step.ts';
import { generatorOutline } from './outline.ts';
import { measureStageScales } from './perceptual-scales.ts';
import { codesOf, type GeneratorPictures, openGeneratorPictures } from './pictures.ts';

/** Training pictures that the patches of the codes are taken from. */
const PATCH_PICTURES = 8192;
/** Training pictures that the perceptual network's stages are measured on. */
const MEASURED_PICTURES = 16;

export const generator = defineKind({
  ...generatorOutline,
  task: 'pretrain',
  presets: {
    // Section D: 5 blocks of 32 and of 64 channels, four losses, two rates.
    paper: {
      ...{
        epochs: 60,
        batch_size: 96,
        // Ours: at 256 pixels, with a ResNet-50 for the loss, passes of 8 took more than 18 GB.
        micro_batch_size: 2,
        learning_rate: 4e-4,
        discriminator_learning_rate: 1e-4,
        adam_beta1: 0,
      },
      ...{ warmup_ratio: 0, constant_rate: true, architecture: 'spade', image_size: 256, codebook_dim: 256 },
      ...{ discriminator_width: 64, reconstruction_weight: 0, adversarial_weight: 1, cluster_weight: 1 },
      ...{ feature_matching_weight: 10, perceptual_weight: 10, steps_per_call: 1 },
    },
  },
  requires: ['grid_encoder', 'visual_vocabulary'],
  optional: ['base_model', 'perceptual_network'],
  check({ base_model, visual_vocabulary, grid_encoder, perceptual_network }, h, directory) {
    refuseUnevenPasses(h);
    const { feature_width } = visual_vocabulary!.config as Record<string, number>;
    const { architecture, image_size, codebook_dim } = h;
    const target_size = h.doubling && !isDoubled(base_model) ? image_size / 2 : image_size;
    refuseOtherShape(base_model, 'generator', {
      ...{ architecture, emb_dim: feature_width, target_size, codebook_dim },
    });
    refuseAdded(h, base_model, visual_vocabulary!, directory !== undefined);
    if (h.perceptual_weight !== 0) stagesOf(perceptual_network ?? grid_encoder);
  },
  async train(context, h) {
    const { seed, components, engine } = context;
    const vocabularyTensors = components.visual_vocabulary!.tensors[VOCABULARY_FILE]!;
    const vocabulary = readVocabulary(vocabularyTensors);
    const parts = h.part_patches ? await findParts(context, h, vocabularyTensors.centroids!) : undefined;
    const shared = parts?.shared ?? builtBefore(components.base_model)?.shared_codes;
    const config = { ...generatorConfig(h, vocabulary), ...(shared && { shared_codes: shared }) };
    const side = h.image_size;
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
          target_size: side,
        }
      : undefined;
    const network = components.perceptual_network ?? components.grid_encoder;
    const stages = losses.perceptual === 0 ? undefined : stagesOf(network);
    const added = [...(h.doubling ? [DOUBLING] : []), ...(h.part_patches ? [PARTS] : [])];
    const learns = (name: string): boolean =>
      added.length === 0 || added.some((prefix) => name.startsWith(prefix));
    const options: GeneratorStepOptions = {
      generator: config,
      learns,
      losses,
      ...(discriminator && { discriminator }),
      ...(stages && { perceptual: stages.stages }),
      adam: { betas: [h.adam_beta1, 0.999], epsilon: 1e-8, maxGradNorm: h.max_grad_norm },
      patchRateFactor: h.patch_rate_factor,
    };
    const pictures = await openGeneratorPictures(context, 'train', h.scenes, side);
    const held = await openGeneratorPictures(context, 'validation', h.validation_scenes, side);
    const random = createRandom(`${seed}/weights`);
    const perceptual = stages && frozen(stages, network!);
    if (perceptual && stages.scaled) {
      const some = Array.from({ length: Math.min(MEASURED_PICTURES, pictures.count) }, (_, i) =>
        pictures.image(i),
      );
      perceptual[STAGE_SCALES] = await measureStageScales(engine, stages, perceptual, some, side);
    }
    const initialState = initialGeneratorState({
      centroids: vocabularyTensors.centroids!,
      learns,
      generator: {
        ...((added.length > 0 || !components.base_model) && initialGenerator(config, random)),
        ...components.base_model?.tensors['model.safetensors'],
        ...(parts && partWeights(config as PixelShuffleGeneratorConfig, parts)),
        ...(config.architecture === 'pixel-shuffle' &&
          added.length === 0 &&
          // Those of the base model are of its own codes.
          components.base_model?.builtOn.visual_vocabulary !== components.visual_vocabulary!.revision && {
            'patches.weight': patchTable(
              config,
              codePatches(
                pictures.image,
                pictures.codes,
                Math.min(pictures.count, PATCH_PICTURES),
                vocabulary.clusters,
                side,
              ),
            ),
          }),
      },
      ...(discriminator && {
        discriminator: initialDiscriminator(discriminator, vocabularyTensors.centroids!, random),
      }),
      ...(perceptual && { perceptual }),
    });
    const B = h.batch_size;
    const rows = passRows(h);
    const share = rows / B;
    const named =
      (step: TrainStep): TrainStep =>
      (tensors, batch) => {
        const { state, metrics } = step(tensors, batch);
        return { state, metrics: { ...metrics, loss: metrics.g_loss! } };
      };
    const warmup = Math.round(h.steps * h.warmup_ratio);
    let metrics: Record<string, number> = {};
    const evaluate = async (state: HostTensors, step: number) => {
      metrics = await validate(context, config, state, vocabulary, held, step);
      return metrics;
    };
    try {
      const state = await runLoop(context, {
        name: 'generator',
        steps: h.steps,
        batchSize: B,
        checkpointEvery: h.checkpoint_every,
        stepsPerCall: h.steps_per_call,
        tasks:
          h.micro_batch_size === 0
            ? { generator: named(generatorStep(options)) }
            : {
                'generator/more': named(generatorPass(options, { pass: 'more', share })),
                'generator/last': named(generatorPass(options, { pass: 'last', share })),
              },
        batch: generatorBatch(options, rows),
        initialState: () => ({
          ...initialState,
          ...(h.micro_batch_size > 0 && generatorGradientSums(initialState)),
        }),
        next: (step) => {
          const draws = createRandom(`${seed}/step/${step}`);
          const indices = Array.from({ length: B }, () => draws.int(pictures.count));
          const falling = warmupThenDecay(step + 1, warmup, h.steps + 1);
          const scale = h.constant_rate ? Math.min(1, (step + 1) / Math.max(1, warmup)) : falling;
          const batch: HostTensors = {
            ...pairs(pictures, indices, side),
            ...noise(config, B, draws),
            generator_learning_rate: float32([h.learning_rate * scale], []),
          };
          if (discriminator) {
            batch.discriminator_learning_rate = float32([h.discriminator_learning_rate * scale], []);
          }
          return h.micro_batch_size === 0
            ? { task: 'generator', batch }
            : passesOf('generator', batch, B, rows);
        },
        evaluate,
      });
      // A run that was killed between its last checkpoint and the result has no numbers yet.
      if (Object.keys(metrics).length === 0) await evaluate(state, h.steps);
      return {
        architecture: 'generator',
        tasks: [],
        config: { ...config },
        tensors: { 'model.safetensors': trainedGenerator(state) },
        texts: {},
        components: ['visual_vocabulary'],
        metrics,
      };
    } finally {
      pictures.close();
      held.close();
    }
  },
});

/** @throws TrainingError invalid_hyperparameter when the encoder cannot be the perceptual network */
function stagesOf(encoder: Component | undefined): PerceptualStages {
  const found = encoder && perceptualStages(encoder.architecture, encoder.config);
  if (found) return found;
  const why = encoder ? `gradients do not pass ${encoder.id}` : 'there is no picture encoder';
  throw new TrainingError(
    'invalid_hyperparameter',
    `perceptual_weight: ${why}, so that it cannot be the perceptual network: give 0.`,
    { subject: 'perceptual_weight' },
  );
}

/** What the perceptual network needs of the encoder's weights. */
const frozen = ({ reads }: PerceptualStages, { tensors }: Component): HostTensors =>
  Object.fromEntries(Object.entries(tensors['model.safetensors']!).filter(([name]) => reads(name)));

const builtBefore = (base: Component | undefined) =>
  base?.config as Partial<PixelShuffleGeneratorConfig> | undefined;

const isDoubled = (base: Component | undefined): boolean => builtBefore(base)?.doubling !== undefined;

/** What is added to a base model, which goes on painting as it does. @throws TrainingError invalid_hyperparameter, component_mismatch */
function refuseAdded(
  h: Pick<GeneratorSizes, 'architecture' | 'doubling' | 'part_patches'>,
  base: Component | undefined,
  vocabulary: Component,
  directory: boolean,
): void {
  const subject = h.part_patches ? 'part_patches' : 'doubling';
  const fault = (message: string) =>
    new TrainingError('invalid_hyperparameter', `${subject}: ${message}`, { subject });
  if (isDoubled(base) && !h.doubling)
    throw fault(`${base!.id} has a doubling, which alone can be trained further: give doubling.`);
  if (!h.doubling && !h.part_patches) {
    if (builtBefore(base)?.shared_codes)
      throw fault(`${base!.id} has patches of parts, which alone can be trained further: give part_patches.`);
    return;
  }
  if (h.part_patches && directory) throw fault('nobody knows the parts of the pictures of a directory.');
  if (h.architecture !== 'pixel-shuffle')
    throw fault('a generator of the architecture pixel-shuffle can have it.');
  if (!base) throw fault('give the generator that it is added to, as base_model.');
  if (base.builtOn.visual_vocabulary === vocabulary.revision) return;
  const message = `base_model: ${base.id} paints the codes of another visual vocabulary than ${vocabulary.id}.`;
  throw new TrainingError('component_mismatch', message, { subject: 'base_model' });
}

/** @throws TrainingError invalid_hyperparameter where no code is shared */
async function findParts(
  context: TrainingContext,
  h: Pick<GeneratorSizes, 'image_size' | 'doubling'> & { scenes: number },
  centroids: HostTensor,
): Promise<PartPatches> {
  const side = h.doubling ? h.image_size / 2 : h.image_size;
  const { image, labels, codes, count, close } = await openGeneratorPictures(
    context,
    'train',
    h.scenes,
    side,
  );
  const parts = partPatches(image, labels!, codes, count, centroids, side);
  close();
  if (parts) return parts;
  const why = 'part_patches: every code stands for one part of a thing: leave it out.';
  throw new TrainingError('invalid_hyperparameter', why, { subject: 'part_patches' });
}

interface GeneratorSizes {
  architecture: GeneratorConfig['architecture'];
  image_size: number;
  codebook_dim: number;
  doubling: boolean;
  part_patches: boolean;
}

function generatorConfig(h: GeneratorSizes, vocabulary: VisualVocabulary): GeneratorConfig {
  const { architecture, image_size, codebook_dim } = h;
  const sizes = { emb_dim: vocabulary.dimensions, codebook_dim, grid: GRID, target_size: image_size };
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
    ...(h.doubling && { doubling: { guide: 8, channels: 32, blocks: 1 } }),
  };
}

function pairs(pictures: GeneratorPictures, indices: readonly number[], side: number): HostTensors {
  const all = new Int32Array(indices.length * CELLS);
  for (const [i, index] of indices.entries()) all.set(codesOf(pictures, index), i * CELLS);
  return {
    images: imagesTensor(
      indices.map((index) => pictures.image(index)),
      side,
    ),
    codes: int32(all, [indices.length, CELLS]),
  };
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

/** Mean distance of the pixels (0..255) from the real pictures, and a sheet of them side by side. */
async function validate(
  context: TrainingContext,
  config: GeneratorConfig,
  state: HostTensors,
  vocabulary: VisualVocabulary,
  held: GeneratorPictures,
  step: number,
): Promise<Record<string, number>> {
  const painter = await generatorPainter(context.engine, config, trainedGenerator(state), vocabulary);
  const { count } = held;
  const rows = [];
  let distance = 0;
  let fromPatches = 0;
  for (let first = 0; first < count; first += PAINTED_TOGETHER) {
    const group = Array.from({ length: Math.min(PAINTED_TOGETHER, count - first) }, (_, i) =>
      codesOf(held, first + i),
    );
    for (const [i, image] of (await painter.paint(group)).entries()) {
      const real = held.image(first + i);
      const pasted = resized(pastePatches(vocabulary, group[i]!), IMAGE_SIZE, painter.size);
      distance += meanDistance(image, real) / count;
      fromPatches += meanDistance(pasted, real) / count;
      if (rows.length < SHEET_ROWS)
        rows.push({ caption: held.caption(first + i), images: [real, pasted, image] });
    }
  }
  await painter.release();
  const path = join(context.run.samples, `step-${String(step).padStart(8, '0')}.png`);
  await writeContactSheet(path, ['real', 'mean patches', 'generator'], rows, painter.size, 3);
  return { pixel_l1: distance, mean_patch_l1: fromPatches };
}

function meanDistance(a: Uint8Array, b: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs(a[i]! - b[i]!);
  return sum / a.length;
}
