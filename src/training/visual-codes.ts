/** From scenes to features to codes, and a cache of codes that several runs read. */
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Scene, Split, World } from '../datasets/scenes/index.ts';
import type { CompiledFunction, Engine } from '../engines/engine.ts';
import type { GridEncoderConfig } from '../models/grid-encoder/config.ts';
import { gridEncoderFunction } from '../models/grid-encoder/grid-encoder.ts';
import { engineAssignment } from './engine-assignment.ts';
import { TrainingInterrupted } from './errors.ts';
import type { Component, TrainingContext } from './kind.ts';
import { writeAtomically } from './run-directory.ts';
import { findCached } from './scene-cache.ts';
import { CELLS, sceneImages } from './scene-images.ts';
import { readVocabulary, VOCABULARY_FILE } from './visual-vocabulary.ts';

const ENCODER_BATCH = 16;

export interface FeatureExtractor {
  /** Width F of a cell's feature. */
  width: number;
  /** [B × 64 × F], cells row by row. */
  features(scenes: readonly Scene[]): Promise<Float32Array>;
  release(): Promise<void>;
}

export async function featureExtractor(
  engine: Engine,
  gridEncoder: Pick<Component, 'config' | 'tensors'>,
  world: World,
): Promise<FeatureExtractor> {
  const config = gridEncoder.config as GridEncoderConfig;
  const encoder: CompiledFunction = await engine.compile({
    name: 'grid-encoder',
    fn: gridEncoderFunction(config),
    weights: gridEncoder.tensors['model.safetensors']!,
    inputs: { images: { dtype: 'float32', shape: ['N', config.image_size, config.image_size, 3] } },
  });
  const width = config.channels[3];
  return {
    width,
    async features(scenes) {
      const all = new Float32Array(scenes.length * CELLS * width);
      for (let first = 0; first < scenes.length; first += ENCODER_BATCH) {
        const images = sceneImages(world, scenes.slice(first, first + ENCODER_BATCH));
        const { features } = await encoder.run({ images }, ['features']);
        all.set(features!.data as Float32Array, first * CELLS * width);
      }
      return all;
    },
    release: () => encoder.release(),
  };
}

/** Scenes between two looks at the signal, and between two notes on how far it got. */
const CHUNK = 256;
const NOTE_EVERY = 4096;

/**
 * Codes of the first `count` scenes of a split, [count × 64].
 * Encoding takes longer than a training step on the same scenes, so the codes are kept in a file that is named
 * by everything they depend on.
 */
export async function sceneCodes(
  context: TrainingContext,
  world: World,
  split: Split,
  count: number,
): Promise<Int16Array> {
  const { engine, cache, signal, output } = context;
  const { grid_encoder: gridEncoder, visual_vocabulary: visualVocabulary } = context.components;
  if (!gridEncoder || !visualVocabulary) throw new Error('codes need a grid encoder and a visual vocabulary');
  const revisions = `${gridEncoder.revision.slice(0, 12)}-${visualVocabulary.revision.slice(0, 12)}`;
  const prefix = `codes-${world.name}-${revisions}-${split}-`;
  const cached = await cachedCodes(cache, prefix, count);
  if (cached) return cached;
  const vocabulary = readVocabulary(visualVocabulary.tensors[VOCABULARY_FILE]!);
  const extractor = await featureExtractor(engine, gridEncoder, world);
  const search = await engineAssignment(engine, vocabulary.dimensions, vocabulary.clusters);
  const codes = new Int16Array(count * CELLS);
  try {
    for (let first = 0; first < count; first += CHUNK) {
      if (signal.aborted) throw new TrainingInterrupted(0);
      const scenes = Array.from({ length: Math.min(CHUNK, count - first) }, (_, i) =>
        world.scene(split, first + i),
      );
      const features = await extractor.features(scenes);
      const { ids } = await search.assign(features, vocabulary.centroids, vocabulary.dimensions);
      codes.set(ids, first * CELLS);
      const done = first + scenes.length;
      if (done % NOTE_EVERY === 0) output.write(`codes of ${done}/${count} ${split} scenes\n`);
      await new Promise((resolve) => setImmediate(resolve));
    }
  } finally {
    await extractor.release();
    await search.release();
  }
  await mkdir(cache, { recursive: true });
  await writeAtomically(join(cache, `${prefix}${count}.i16`), new Uint8Array(codes.buffer));
  return codes;
}

/** The first `count` scenes of a file that holds at least as many. */
async function cachedCodes(cache: string, prefix: string, count: number): Promise<Int16Array | undefined> {
  const found = await findCached(cache, prefix, '.i16', count, CELLS * 2);
  if (!found) return undefined;
  const file = await readFile(found.path);
  return new Int16Array(
    file.buffer.slice(file.byteOffset, file.byteOffset + count * CELLS * 2) as ArrayBuffer,
  );
}
