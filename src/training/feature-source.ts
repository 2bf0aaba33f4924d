/** Where grid features come from: scenes or files of pictures through a grid encoder, or files of features. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type DirectoryDataset,
  type FeatureReader,
  indexPictures,
  openFeatures,
} from '../datasets/directory/index.ts';
import type { Scene, Split, World } from '../datasets/scenes/index.ts';
import type { CompiledFunction, Engine } from '../engines/engine.ts';
import { CodedError } from '../errors.ts';
import type { GridEncoderConfig } from '../models/grid-encoder/config.ts';
import { gridEncoderFunction } from '../models/grid-encoder/grid-encoder.ts';
import { decodePicture } from '../pictures/decode-picture.ts';
import { readPictureHeader } from '../pictures/picture-header.ts';
import { type HostTensor, imagesTensor } from '../tensor.ts';
import { TrainingError } from './errors.ts';
import type { Component } from './kind.ts';
import { CELLS, sceneImages } from './scene-images.ts';

const ENCODER_BATCH = 16;

/** The pictures of a split in their order, on their way to features. */
export interface FeatureSource {
  /** By everything but the split that the features depend on: it names files of the cache. */
  readonly name: string;
  readonly split: string;
  readonly count: number;
  /** Width F of a cell's feature. */
  readonly width: number;
  open(): Promise<{
    /** [count × 64 × F], cells row by row. */
    features(first: number, count: number): Promise<Float32Array>;
    release(): Promise<void>;
  }>;
}

interface ImageEncoder {
  width: number;
  /** Pixels of a side. */
  side: number;
  /** @param images of `count` pictures from `first` on, [count, side, side, 3] in -1..1 */
  encode(
    count: number,
    images: (first: number, count: number) => HostTensor | Promise<HostTensor>,
  ): Promise<Float32Array>;
  release(): Promise<void>;
}

async function imageEncoder(
  engine: Engine,
  gridEncoder: Pick<Component, 'config' | 'tensors'>,
): Promise<ImageEncoder> {
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
    side: config.image_size,
    async encode(count, images) {
      const all = new Float32Array(count * CELLS * width);
      for (let first = 0; first < count; first += ENCODER_BATCH) {
        const input = await images(first, Math.min(ENCODER_BATCH, count - first));
        const { features } = await encoder.run({ images: input }, ['features']);
        all.set(features!.data as Float32Array, first * CELLS * width);
      }
      return all;
    },
    release: () => encoder.release(),
  };
}

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
  const { width, encode, release } = await imageEncoder(engine, gridEncoder);
  return {
    width,
    features: (scenes) =>
      encode(scenes.length, (first, count) => sceneImages(world, scenes.slice(first, first + count))),
    release,
  };
}

/** The first `count` scenes of a split. */
export function sceneSource(
  engine: Engine,
  gridEncoder: Component,
  world: World,
  split: Split,
  count: number,
): FeatureSource {
  return {
    name: `${world.name}-${gridEncoder.revision.slice(0, 12)}`,
    ...{ split, count },
    width: (gridEncoder.config as GridEncoderConfig).channels[3],
    async open() {
      const extractor = await featureExtractor(engine, gridEncoder, world);
      return {
        features: (first, some) =>
          extractor.features(Array.from({ length: some }, (_, i) => world.scene(split, first + i))),
        release: extractor.release,
      };
    },
  };
}

/** Some pictures of a directory. */
export interface PictureOrder {
  /** Tells orders of the same pictures apart. */
  order: string;
  split: string;
  /** img_ids. */
  ids: readonly string[];
}

/**
 * Pictures of a directory.
 * @param gridEncoder may be left out where there are files of features
 */
export async function directorySource(
  engine: Engine,
  gridEncoder: Component | undefined,
  directory: DirectoryDataset,
  { order, split, ids }: PictureOrder,
): Promise<FeatureSource> {
  const { name, folder, revision, featureWidth } = directory;
  const shared = { split, count: ids.length };
  const prefix = `${name}-${revision.slice(0, 12)}-${order}`;
  if (featureWidth !== undefined) {
    return {
      name: `${prefix}-${featureWidth}`,
      ...shared,
      width: featureWidth,
      async open() {
        const { read, close } = await openFeatureFiles(directory);
        return {
          async features(first, count) {
            const all = new Float32Array(count * CELLS * featureWidth);
            for (let i = 0; i < count; i++) all.set(read(ids[first + i]!), i * CELLS * featureWidth);
            return all;
          },
          release: async () => close(),
        };
      },
    };
  }
  if (!gridEncoder) throw new Error('pictures need a grid encoder');
  const index = await indexPictures(folder);
  return {
    name: `${prefix}-${gridEncoder.revision.slice(0, 12)}`,
    ...shared,
    width: (gridEncoder.config as GridEncoderConfig).channels[3],
    async open() {
      const { side, encode, release } = await imageEncoder(engine, gridEncoder);
      return {
        features: (from, some) =>
          encode(some, async (first, count) => {
            const images = ids.slice(from + first, from + first + count);
            const pixels = await Promise.all(
              images.map((id) => readImage(name, folder, index.files.get(id)!, side)),
            );
            return imagesTensor(pixels, side);
          }),
        release,
      };
    },
  };
}

/** As an uploaded one is decoded. @returns [side, side, 3], 0..255 @throws TrainingError dataset_unusable */
export const readImage = (dataset: string, folder: string, file: string, side: number): Promise<Uint8Array> =>
  usePicture(dataset, folder, file, (bytes) => decodePicture(bytes, side));

/** Whatever `use` makes of a file of a data set. @throws TrainingError dataset_unusable that names the file */
export async function usePicture<T>(
  dataset: string,
  folder: string,
  file: string,
  use: (bytes: Uint8Array) => Promise<T>,
): Promise<T> {
  try {
    const bytes = await readFile(join(folder, file));
    readPictureHeader(bytes);
    return await use(bytes);
  } catch (cause) {
    const { message, code } = cause as NodeJS.ErrnoException;
    if (code === undefined) throw cause;
    const why = cause instanceof CodedError ? message : `It cannot be read (${code}).`;
    throw new TrainingError('dataset_unusable', `the data set ${dataset}: ${file}: ${why}`, {
      cause,
      subject: 'dataset',
    });
  }
}

/** The files of features of a directory. */
export async function openFeatureFiles({
  name,
  folder,
}: DirectoryDataset): Promise<Pick<FeatureReader, 'read' | 'close'>> {
  const unusable = (cause: Error): never => {
    const message = `the data set ${name}: ${cause.message}`;
    throw new TrainingError('dataset_unusable', message, { cause, subject: 'dataset' });
  };
  const reader = await openFeatures(folder, await indexPictures(folder)).catch(unusable);
  return {
    read(id) {
      try {
        return reader.read(id);
      } catch (cause) {
        return unusable(cause as Error);
      }
    },
    close: reader.close,
  };
}
