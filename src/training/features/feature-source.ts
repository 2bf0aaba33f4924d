/** Where grid features come from: scenes or files of pictures through a grid encoder, or files of features. */
import {
  type DirectoryDataset,
  type FeatureReader,
  indexPictures,
  openFeatures,
} from '../../datasets/directory/index.ts';
import { IMAGE_SIZE, type Scene, type Split, type World } from '../../datasets/scenes/index.ts';
import type { Engine } from '../../engines/engine.ts';
import { CELLS } from '../../grid.ts';
import { TrainingError } from '../run/errors.ts';
import type { Component, TrainingContext } from '../run/training-kind.ts';
import { type EncoderComponent, encoderInput, encoderWidth, imageEncoder } from './image-encoder.ts';
import { openPictureFeatures } from './picture-features.ts';

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

export interface FeatureExtractor {
  /** Width F of a cell's feature. */
  width: number;
  /** [B × 64 × F], cells row by row. */
  features(scenes: readonly Scene[]): Promise<Float32Array>;
  release(): Promise<void>;
}

export async function featureExtractor(
  engine: Engine,
  gridEncoder: EncoderComponent,
  world: World,
): Promise<FeatureExtractor> {
  const { width, encode, release } = await imageEncoder(engine, gridEncoder);
  const { fit } = encoderInput(gridEncoder);
  const drawn = (scene: Scene) => fit({ rgb: world.render(scene), width: world.side, height: world.side });
  return {
    width,
    features: async (scenes) => encode(await Promise.all(scenes.map(drawn))),
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
    name: [
      world.name,
      ...(world.side === IMAGE_SIZE ? [] : [world.side]),
      gridEncoder.revision.slice(0, 12),
    ].join('-'),
    ...{ split, count },
    width: encoderWidth(gridEncoder),
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

/** What pictures are encoded with; without a grid encoder there must be files of features. */
export type EncodingContext = Pick<TrainingContext, 'engine' | 'cache' | 'components'>;

/** Pictures of a directory. */
export async function directorySource(
  { engine, cache, components: { grid_encoder: gridEncoder } }: EncodingContext,
  directory: DirectoryDataset,
  { order, split, ids }: PictureOrder,
): Promise<FeatureSource> {
  const { name, revision, featureWidth } = directory;
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
  return {
    name: `${prefix}-${gridEncoder.revision.slice(0, 12)}`,
    ...shared,
    width: encoderWidth(gridEncoder),
    async open() {
      const pictures = await openPictureFeatures(cache, engine, gridEncoder, directory);
      const { width } = pictures;
      return {
        async features(first, count) {
          const some = ids.slice(first, first + count);
          await pictures.fill(some);
          const all = new Float32Array(count * CELLS * width);
          for (const [i, id] of some.entries()) pictures.read(id, all, i * CELLS * width);
          return all;
        },
        release: async () => pictures.close(),
      };
    },
  };
}

/** The files of features of a directory. */
export async function openFeatureFiles({
  name,
  folder,
}: DirectoryDataset): Promise<Pick<FeatureReader, 'read' | 'close'>> {
  const unusable = (cause: Error): never => {
    const message = `The data set ${name}: ${cause.message}`;
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
