/** What `evaluate` judges pictures of scenes with: the model under test, by codes or by regression, and the judge. */
import { join } from 'node:path';
import { CELL, IMAGE_SIZE, type World } from '../../datasets/scenes/index.ts';
import type { Engine } from '../../engines/engine.ts';
import { UsageError } from '../../errors.ts';
import type { PaintEvaluation, PaintingModel } from '../../evaluation/paint-evaluation.ts';
import { createRecogniser, type Recogniser } from '../../evaluation/recogniser.ts';
import { toBytes } from '../../inference/encode-image.ts';
import { createPaintPipeline } from '../../inference/pipelines/paint.ts';
import { parseModelConfig, regresses } from '../../models/family.ts';
import { featureGeneratorFunction, inferenceWeights } from '../../models/generator/generator.ts';
import type { RecogniserConfig } from '../../models/recogniser/config.ts';
import { recogniserWeightShapes } from '../../models/recogniser/recogniser.ts';
import { resizePixels } from '../../pictures/decode-picture.ts';
import { createRegressionPainter, refuseConfidence } from '../../sampling/regression.ts';
import { resolveSampler, type Sampler, samplerOfName } from '../../sampling/sampler.ts';
import { float32 } from '../../tensor.ts';
import { readJsonFile } from '../../text.ts';
import { MAX_TEXT_TOKENS } from '../../text-lengths.ts';
import { loadTokenizer } from '../../tokenizer.ts';
import { type FeatureExtractor, featureExtractor } from '../../training/features/feature-source.ts';
import { writeContactSheet } from '../../training/run/contact-sheet.ts';
import { engineAssignment } from '../../training/vocabulary/engine-assignment.ts';
import type { ZooEntry } from '../../zoo/discovery.ts';
import { CONFIG_FILE } from '../../zoo/manifest.ts';
import { loadPaintCheckpoint, loadRegressionCheckpoint } from '../../zoo/paint-checkpoint.ts';
import { checkWeights, readWeights } from '../../zoo/weights.ts';
import { component } from '../find-checkpoint.ts';
import { saidOf } from '../said-of.ts';

/** Scenes behind the Fréchet distance, per caption: enough that the reference adds little noise. */
export const REFERENCE_SCENES = 4;

export interface NamedSampler {
  name: string;
  sampler: Sampler;
}

/** 'random-64@1': the random strategy, 64 passes, temperature 1. @throws UsageError */
export function readSampler(flag: string, name: string): NamedSampler {
  const sampler = samplerOfName(name);
  saying(`${flag} "${name}"`, () => resolveSampler(sampler, (IMAGE_SIZE / CELL) ** 2, 1));
  return { name, sampler };
}

function saying(what: string, check: () => void): void {
  try {
    check();
  } catch (error) {
    saidOf(what)(error);
  }
}

export async function loadRecogniser(
  engine: Engine,
  { id, folder, manifest }: ZooEntry,
  world: World,
): Promise<Recogniser> {
  const config = (await readJsonFile(join(folder, CONFIG_FILE))) as RecogniserConfig;
  const weights = await readWeights(folder, manifest);
  checkWeights(weights, recogniserWeightShapes(config), id);
  const knows = [config.objects, config.colours, config.backgrounds];
  const wanted = [world.classes.length, world.colours.length, world.backgrounds.length];
  if (knows.join() !== wanted.join()) {
    throw new UsageError(
      `${id} knows ${knows.join(', ')} classes, colours and backgrounds, but the world ${world.name} has ` +
        `${wanted.join(', ')}: train one with npm run train -- recogniser --dataset ${world.name}`,
    );
  }
  return createRecogniser(engine, config, weights);
}

export interface PaintingEntries {
  model: ZooEntry;
  generator: ZooEntry;
}

export type LoadedModel = PaintingModel & { release(): Promise<void> };

/**
 * Its pictures have the side that the recogniser sees, whatever size it paints.
 * @throws UsageError when it cannot paint at all, or not with these samplers
 */
export async function loadPaintingModel(
  engine: Engine,
  entries: PaintingEntries,
  world: World,
  samplers: readonly NamedSampler[],
): Promise<LoadedModel> {
  const byRegression = await paintsByRegression(entries.model, samplers);
  const load = byRegression ? paintingByRegression : paintingByCodes;
  const { size, paint, reconstruct, release } = await load(engine, entries, world);
  const fitted = (pictures: readonly Uint8Array[]): Promise<Uint8Array[]> =>
    Promise.all(
      pictures.map(async (rgb) =>
        size === IMAGE_SIZE ? rgb : (await resizePixels({ rgb, width: size, height: size }, IMAGE_SIZE)).rgb,
      ),
    );
  return {
    paint: async (prompts, sampler) => fitted(await paint(prompts, sampler)),
    reconstruct: async (scenes) => fitted(await reconstruct(scenes)),
    release,
  };
}

/** @throws UsageError when it does, and one of the samplers is none for that */
export async function paintsByRegression(
  { id, folder }: ZooEntry,
  samplers: readonly NamedSampler[],
): Promise<boolean> {
  if (!regresses(parseModelConfig(await readJsonFile(join(folder, CONFIG_FILE))))) return false;
  for (const { name, sampler } of samplers) saying(`${id} with ${name}`, () => refuseConfidence(sampler));
  return true;
}

type Sized = LoadedModel & { size: number };

/** The pipeline of the server, and the way from a real scene to its codes. */
async function paintingByCodes(
  engine: Engine,
  { model, generator }: PaintingEntries,
  world: World,
): Promise<Sized> {
  const checkpoint = await loadPaintCheckpoint({
    folder: model.folder,
    components: { generator: generator.folder },
  });
  const { config, weights } = checkpoint.lxmert;
  const pipeline = await createPaintPipeline(engine, checkpoint);
  const extractor = await extractorOf(engine, model, world);
  const search = await engineAssignment(engine, extractor.width);
  const centroids = weights['vis_emb.weight']!.data as Float32Array;
  const cells = config.grid ** 2;
  return {
    size: pipeline.size,
    paint: (prompts, sampler) =>
      Promise.all(
        prompts.map(async ({ text, seed }) => {
          const { codes } = await pipeline.sample(text, { sampler, seed });
          return pipeline.decode(codes);
        }),
      ),
    async reconstruct(scenes) {
      const { ids } = await search.assign(await extractor.features(scenes), centroids, extractor.width);
      const codes = scenes.map((_, i) => Int32Array.from(ids.slice(i * cells, (i + 1) * cells)));
      return Promise.all(codes.map((row) => pipeline.decode(row)));
    },
    release: async () => {
      await Promise.all([pipeline.release(), extractor.release(), search.release()]);
    },
  };
}

/** Features regressed from the caption, or a real scene's own, straight into the generator. */
async function paintingByRegression(
  engine: Engine,
  { model, generator }: PaintingEntries,
  world: World,
): Promise<Sized> {
  const vocabulary = component(model, 'visual_vocabulary', 'a model trained on scenes');
  const checkpoint = await loadRegressionCheckpoint({
    folder: model.folder,
    components: { generator: generator.folder, visual_vocabulary: vocabulary.folder },
  });
  const { config, weights } = checkpoint.lxmert;
  const { config: network, weights: raw } = checkpoint.generator;
  const tokens = Math.min(MAX_TEXT_TOKENS, config.max_position_embeddings);
  const tokenizer = loadTokenizer(checkpoint.vocabulary);
  const painter = await createRegressionPainter(engine, config, weights, tokens);
  const painting = await engine.compile({
    name: 'generate-from-features',
    ...featureGeneratorFunction(network),
    weights: inferenceWeights(raw, checkpoint.centroids),
  });
  const extractor = await extractorOf(engine, model, world);
  const { grid, visual_feat_dim: F } = config;
  const picture = async (features: Float32Array): Promise<Uint8Array> => {
    const { image } = await painting.run({ features: float32(features, [1, grid, grid, F]) });
    return toBytes(image!.data as Float32Array);
  };
  return {
    size: network.target_size,
    async paint(prompts, sampler) {
      const rows = prompts.map(({ text, seed }) => ({ inputIds: tokenizer.encode(text, tokens).ids, seed }));
      return Promise.all((await painter.paint(rows, sampler)).map(picture));
    },
    async reconstruct(scenes) {
      const features = await extractor.features(scenes);
      const numbers = grid ** 2 * F;
      return Promise.all(scenes.map((_, i) => picture(features.slice(i * numbers, (i + 1) * numbers))));
    },
    release: async () => {
      await Promise.all([painter.release(), painting.release(), extractor.release()]);
    },
  };
}

async function extractorOf(engine: Engine, model: ZooEntry, world: World): Promise<FeatureExtractor> {
  const { folder, manifest } = component(model, 'grid_encoder', 'a model trained on scenes');
  return featureExtractor(
    engine,
    {
      architecture: manifest.architecture,
      config: await readJsonFile(join(folder, CONFIG_FILE)),
      tensors: { 'model.safetensors': await readWeights(folder, manifest) },
    },
    world,
  );
}

export async function writeSheet(
  path: string,
  { captions, columns, pictures }: PaintEvaluation,
): Promise<void> {
  const rows = pictures[0]!.map((_, i) => ({
    caption: captions[i]!.text,
    images: pictures.map((column) => column[i]!),
  }));
  await writeContactSheet(
    path,
    columns.map(({ name }) => name),
    rows,
    IMAGE_SIZE,
  );
}
