/** From features to codes, and a cache of codes that several runs read. */
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeAtomically } from '../../atomic-files.ts';
import { clusterIdFiles, type DirectoryDataset, pictureName } from '../../datasets/directory/index.ts';
import type { Split, World } from '../../datasets/scenes/index.ts';
import { CELLS } from '../../grid.ts';
import {
  directorySource,
  type FeatureSource,
  type PictureOrder,
  sceneSource,
} from '../features/feature-source.ts';
import { findCached } from '../features/scene-cache.ts';
import { TrainingError, TrainingInterrupted } from '../run/errors.ts';
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

/** Codes of pictures of a directory, [pictures × 64]: those of its own files, else the nearest centroids. */
export async function directoryCodes(
  context: TrainingContext,
  directory: DirectoryDataset,
  pictures: PictureOrder,
): Promise<Int16Array> {
  const files = await clusterIdFiles(directory.folder);
  if (files.length === 0) return pictureCodes(context, await directorySource(context, directory, pictures));
  return publishedCodes(context, directory, files, pictures.ids);
}

/** @throws TrainingError dataset_unusable when they are not those of the pictures, or of another vocabulary */
async function publishedCodes(
  { components, readClusterIds, output }: TrainingContext,
  { name, folder }: DirectoryDataset,
  files: readonly string[],
  ids: readonly string[],
): Promise<Int16Array> {
  const unusable = (message: string): never => {
    throw new TrainingError('dataset_unusable', `The data set ${name}: ${message}`, { subject: 'dataset' });
  };
  const { clusters } = readVocabulary(components.visual_vocabulary!.tensors[VOCABULARY_FILE]!);
  const places = new Map(ids.map((id, place) => [id, place]));
  const codes = new Int16Array(ids.length * CELLS);
  for (const file of files) {
    for (const [id, own] of await readClusterIds(join(folder, file))) {
      const place = places.get(pictureName(id));
      if (place === undefined) continue;
      if (own.length !== CELLS) unusable(`${file} has ${own.length} codes of "${id}", not ${CELLS}.`);
      const stranger = own.find((code) => code < 0 || code >= clusters);
      if (stranger !== undefined)
        unusable(
          `${file} has the code ${stranger}, the visual vocabulary ${clusters} codes: give the one it is of.`,
        );
      codes.set(own, place * CELLS);
      places.delete(pictureName(id));
    }
  }
  const [missing] = places.keys();
  if (missing !== undefined) {
    const others = places.size > 1 ? ` and of ${places.size - 1} others` : '';
    unusable(`cluster_ids has no codes of "${missing}"${others}: add their file, or move the folder away.`);
  }
  output.write(`codes of ${ids.length} pictures from ${files.join(', ')}\n`);
  return codes;
}

/**
 * Codes of pictures, [count × 64].
 * Encoding takes longer than a training step on the same pictures, so the codes are kept in a file that is named
 * by everything they depend on.
 */
async function pictureCodes(context: TrainingContext, source: FeatureSource): Promise<Int16Array> {
  const { engine, cache, signal, output, run } = context;
  const visualVocabulary = context.components.visual_vocabulary;
  if (!visualVocabulary) throw new Error('codes need a visual vocabulary');
  const { name, split, count } = source;
  const prefix = `codes-${name}-${visualVocabulary.revision.slice(0, 12)}-${split}-`;
  const cached = await cachedCodes(cache, prefix, count);
  if (cached) return cached;
  const vocabulary = readVocabulary(visualVocabulary.tensors[VOCABULARY_FILE]!);
  const extractor = await source.open();
  const search = await engineAssignment(engine, vocabulary.dimensions);
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
