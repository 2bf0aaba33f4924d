/** How a model sees the pictures of a data set of one's own: as the server sees them, or by features that are there. */
import { type DirectoryDataset, indexPictures } from '../datasets/directory/index.ts';
import { IMAGE_SIZE } from '../datasets/scenes/index.ts';
import type { Engine } from '../engines/engine.ts';
import { UsageError } from '../errors.ts';
import { GRID } from '../grid.ts';
import { createEncodedPictures } from '../inference/encoded-pictures.ts';
import type { ModelConfig } from '../models/family.ts';
import { regionsText } from '../models/regions.ts';
import { openFeatureFiles } from '../training/features/feature-source.ts';
import { readImage, usePicture } from '../training/features/image-encoder.ts';
import type { ZooEntry } from '../zoo/discovery.ts';
import { loadGridEncoder } from '../zoo/grid-encoder.ts';
import { component } from './find-checkpoint.ts';

export interface DirectoryEncoder {
  /** What it sees with; undefined for features that are there. */
  encoder: ZooEntry | undefined;
  /** A picture for people, [128 × 128 × 3]; undefined where there are features to see and nothing to look at. */
  thumbnail: ((picture: string) => Promise<Uint8Array>) | undefined;
  /** @returns [64, F], or [boxes, F + 4] @throws TrainingError dataset_unusable that names the file */
  encode(picture: string): Promise<Float32Array>;
  close(): Promise<void>;
}

/** @throws UsageError when the model cannot see them */
export async function directoryEncoder(
  engine: Engine,
  directory: DirectoryDataset,
  model: ZooEntry,
  { config }: { config: Pick<ModelConfig, 'grid' | 'num_boxes' | 'visual_feat_dim'> },
): Promise<DirectoryEncoder> {
  const { name, folder, featureWidth, featureBoxes } = directory;
  if (featureWidth !== undefined) {
    const there = {
      ...(featureBoxes === undefined ? { grid: GRID } : { num_boxes: featureBoxes }),
      visual_feat_dim: featureWidth,
    };
    if (regionsText(there) !== regionsText(config))
      throw new UsageError(`${model.id} sees ${regionsText(config)}, ${name} has ${regionsText(there)}.`);
    const { read, close } = await openFeatureFiles(directory);
    const encode = async (picture: string) => read(picture);
    return { encoder: undefined, thumbnail: undefined, encode, close: async () => close() };
  }
  const encoder = component(model, 'grid_encoder', 'a model that has one, or a data set of features');
  const drawings = model.components.drawing_encoder?.folder;
  const checkpoint = await loadGridEncoder(encoder.folder, config, drawings).catch((cause: Error) => {
    throw new UsageError(`${model.id}: ${cause.message}`, { cause });
  });
  const { files } = await indexPictures(folder);
  const encoded = await createEncodedPictures(engine).open(checkpoint);
  return {
    encoder,
    thumbnail: (picture) => readImage(name, folder, files.get(picture)!, IMAGE_SIZE),
    async encode(picture) {
      const { features } = await usePicture(name, folder, files.get(picture)!, (bytes) =>
        encoded.encode(picture, bytes),
      );
      return features;
    },
    close: () => encoded.close(),
  };
}
