/** From features to codes, and a cache of codes that several runs read. */

import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeAtomically } from '../../atomic-files.ts';
import type { Split, World } from '../../datasets/scenes/index.ts';
import { CELLS } from '../../grid.ts';
import { type FeatureSource, sceneSource } from '../features/feature-source.ts';
import { findCached } from '../features/scene-cache.ts';
import { TrainingInterrupted } from '../run/errors.ts';
import type { TrainingContext } from '../run/training-kind.ts';
import { engineAssignment } from './engine-assignment.ts';
import { readVocabulary, VOCABULARY_FILE } from './visual-vocabulary.ts';

/** Pictures between two looks at the signal, and between two notes on how far it got. */
const CHUNK = 256;
const NOTE_EVERY = 4096;

/** Codes of the first `count` scenes of a split, [count × 64]. */
export function sceneCodes(
  context: TrainingContext,
  world: World,
  split: Split,
  count: number,
): Promise<Int16Array> {
  const gridEncoder = context.components.grid_encoder;
  if (!gridEncoder) throw new Error('codes need a grid encoder');
  return pictureCodes(context, sceneSource(context.engine, gridEncoder, world, split, count));
}

/**
 * Codes of pictures, [count × 64].
 * Encoding takes longer than a training step on the same pictures, so the codes are kept in a file that is named
 * by everything they depend on.
 */
export async function pictureCodes(context: TrainingContext, source: FeatureSource): Promise<Int16Array> {
  const { engine, cache, signal, output, run } = context;
  const visualVocabulary = context.components.visual_vocabulary;
  if (!visualVocabulary) throw new Error('codes need a visual vocabulary');
  const { name, split, count } = source;
  const prefix = `codes-${name}-${visualVocabulary.revision.slice(0, 12)}-${split}-`;
  const cached = await cachedCodes(cache, prefix, count);
  if (cached) return cached;
  const vocabulary = readVocabulary(visualVocabulary.tensors[VOCABULARY_FILE]!);
  const extractor = await source.open();
  const search = await engineAssignment(engine, vocabulary.dimensions, vocabulary.clusters);
  const codes = new Int16Array(count * CELLS);
  try {
    for (let first = 0; first < count; first += CHUNK) {
      if (signal.aborted) throw new TrainingInterrupted(0);
      run.phase('codes', first, count);
      const done = Math.min(first + CHUNK, count);
      const features = await extractor.features(first, done - first);
      const { ids } = await search.assign(features, vocabulary.centroids, vocabulary.dimensions);
      codes.set(ids, first * CELLS);
      if (done % NOTE_EVERY === 0) output.write(`codes of ${done}/${count} ${split} pictures\n`);
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

/** The first `count` pictures of a file that holds at least as many. */
async function cachedCodes(cache: string, prefix: string, count: number): Promise<Int16Array | undefined> {
  const found = await findCached(cache, prefix, '.i16', count, CELLS * 2);
  if (!found) return undefined;
  const file = await readFile(found.path);
  return new Int16Array(
    file.buffer.slice(file.byteOffset, file.byteOffset + count * CELLS * 2) as ArrayBuffer,
  );
}
