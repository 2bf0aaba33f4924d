/**
 * Exact grid features of pictures, for fine-tuning. Encoding a picture takes as long as a training step on it, and
 * every picture is asked about many times, so they are computed once and kept in a file that is named by all they
 * depend on; what a killed run has computed is there for the next.
 *
 * 64 cells of 128 features are 16 KB in half precision: 16,000 scenes are a quarter of a gigabyte, which stays in
 * the file and is read row by row. Half precision rounds by 2^-11, a hundredth of what the model can tell apart.
 */
import { join } from 'node:path';
import type { DirectoryDataset } from '../../datasets/directory/index.ts';
import type { Split, World } from '../../datasets/scenes/index.ts';
import { CELLS } from '../../grid.ts';
import { narrowToFloat16, widenFloat16 } from '../../safetensors.ts';
import { TrainingInterrupted } from '../run/errors.ts';
import type { Component, TrainingContext } from '../run/training-kind.ts';
import { type FeatureSource, openFeatureFiles, type PictureOrder, sceneSource } from './feature-source.ts';
import { openPictureFeatures } from './picture-features.ts';
import { openRows } from './picture-rows.ts';

export interface SceneFeatures {
  /** F, of one cell. */
  readonly width: number;
  /** Copies the features of a picture of the split, [64 × F] or [boxes × (F + 4)], into `target` from `at` on. */
  read(index: number, target: Float32Array, at: number): void;
  close(): void;
}

/** Pictures between two looks at the signal. */
const CHUNK = 128;
const NOTE_EVERY = 4096;
const NOTE_EVERY_PICTURE = 256;
const HALF = 2;

/** Features of the first `count` scenes of a split. @throws TrainingInterrupted when the signal aborts */
export function sceneFeatures(
  context: TrainingContext,
  gridEncoder: Component,
  world: World,
  split: Split,
  count: number,
): Promise<SceneFeatures> {
  return cachedFeatures(context, sceneSource(context.engine, gridEncoder, world, split, count));
}

/**
 * Features of a directory's pictures: of its images, or straight from its files of features, which nothing is gained
 * by copying.
 * @param boxes how many, where images are seen as boxes
 * @throws TrainingInterrupted when the signal aborts; TrainingError dataset_unusable
 */
export async function directoryFeatures(
  context: TrainingContext,
  directory: DirectoryDataset,
  pictures: PictureOrder,
  boxes?: number,
): Promise<SceneFeatures> {
  if (directory.featureWidth === undefined) return imageFeatures(context, directory, pictures, boxes);
  const { read, close } = await openFeatureFiles(directory);
  return {
    width: directory.featureWidth,
    read: (index, target, at) => target.set(read(pictures.ids[index]!), at),
    close,
  };
}

async function imageFeatures(
  { engine, run, cache, components, signal, output }: TrainingContext,
  directory: DirectoryDataset,
  { ids, split }: PictureOrder,
  boxes: number | undefined,
): Promise<SceneFeatures> {
  const { width, fill, read, close } = await openPictureFeatures(
    cache,
    engine,
    components.grid_encoder!,
    directory,
    boxes,
  );
  try {
    await fill(ids, (done, computed) => {
      if (signal.aborted) throw new TrainingInterrupted(0);
      run.phase('features', done, ids.length);
      if (computed % NOTE_EVERY_PICTURE === 0)
        output.write(`features of ${done}/${ids.length} ${split} pictures\n`);
    });
  } catch (error) {
    close();
    throw error;
  }
  return { width, read: (index, target, at) => read(ids[index]!, target, at), close };
}

/** @throws TrainingInterrupted when the signal aborts */
async function cachedFeatures(
  { cache, signal, output, run }: TrainingContext,
  { width, name, split, count, open }: FeatureSource,
): Promise<SceneFeatures> {
  const numbers = CELLS * width;
  const base = join(cache, `features-${name}-${split}`);
  const rows = await openRows(base, 'f16', numbers * HALF, (index: number) => index);
  let extractor: Awaited<ReturnType<FeatureSource['open']>> | undefined;
  try {
    for (let first = 0; first < count; first += CHUNK) {
      const done = Math.min(first + CHUNK, count);
      const indices = Array.from({ length: done - first }, (_, i) => first + i);
      if (indices.every(rows.has)) continue;
      if (signal.aborted) throw new TrainingInterrupted(0);
      run.phase('features', first, count);
      extractor ??= await open();
      const features = narrowToFloat16(await extractor.features(first, done - first));
      for (const [i, index] of indices.entries())
        rows.write(index, new Uint8Array(features.buffer, i * numbers * HALF, numbers * HALF));
      if (done % NOTE_EVERY === 0) output.write(`features of ${done}/${count} ${split} pictures\n`);
      await new Promise((resolve) => setImmediate(resolve));
    }
    if (extractor) rows.sync();
  } catch (error) {
    rows.close();
    throw error;
  } finally {
    await extractor?.release();
  }
  const row = new Uint16Array(numbers);
  const bytes = new Uint8Array(row.buffer);
  return {
    width,
    read(index, target, at) {
      rows.read(index, bytes);
      target.set(widenFloat16(row), at);
    },
    close: rows.close,
  };
}
