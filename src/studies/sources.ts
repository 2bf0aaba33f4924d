/** Where the captions and the pictures of a study come from. */
import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { type DirectoryDataset, indexPictures, openTexts } from '../datasets/directory/index.ts';
import { DEFAULT_WORLD, IMAGE_SIZE, loadWorld, WORLD_NAMES } from '../datasets/scenes/index.ts';
import { CodedError } from '../errors.ts';
import { testCaptions } from '../evaluation/paint-evaluation.ts';
import { encodeImage } from '../inference/encode-image.ts';
import type { InferenceHost } from '../inference/host.ts';
import { decodeWholePicture } from '../pictures/decode-picture.ts';
import { createRandom, LARGEST_SEED } from '../random.ts';
import { resolveDataset, SCENES } from '../runs/datasets.ts';
import { type Sampler, samplerFor } from '../sampling/sampler.ts';
import { pretrain } from '../training/pretraining/kind.ts';
import { TrainingError } from '../training/run/errors.ts';

export interface StudyCaption {
  text: string;
  /** Name of its own picture in the data set. */
  img_id?: string;
}

export type StudySource =
  | { model: string; sampler?: Partial<Sampler> | undefined }
  /** The captions' own pictures. */
  | { original: true }
  /** A folder in DATA_DIR/pictures, with a picture of each caption in the order of their names. */
  | { folder: string };

export interface StudyRequest {
  captions: StudyCaption[];
  /** Where they were drawn from: a world or a directory. */
  dataset: string | null;
  sources: StudySource[];
  seed: number;
}

/** All pictures are of one format and quality, so that neither gives away where they come from. */
const FORMAT = 'webp';
export const STUDY_PICTURE = `image/${FORMAT}`;

export const nameOf = (source: StudySource): string =>
  'model' in source ? source.model : 'folder' in source ? source.folder : 'original';

async function directoryOf(name: string, dataDir: string): Promise<DirectoryDataset> {
  const refuse = (message: string): never => {
    throw new CodedError('dataset_unusable', message, { param: '/dataset' });
  };
  const { directory } = await resolveDataset(name, pretrain, dataDir).catch((error: unknown) => {
    throw error instanceof TrainingError ? CodedError.of('dataset_unusable', error, '/dataset') : error;
  });
  return directory ?? refuse(`"${name}" is no directory.`);
}

const worldOf = (dataset: string): string | undefined =>
  dataset === SCENES ? DEFAULT_WORLD : WORLD_NAMES.includes(dataset) ? dataset : undefined;

/** Captions of a data set, each of another picture that is not trained on. @throws CodedError dataset_unusable */
export async function drawCaptions(
  dataset: string,
  count: number,
  seed: number,
  dataDir: string,
): Promise<StudyCaption[]> {
  const world = worldOf(dataset);
  if (world !== undefined) {
    const captions = testCaptions(await loadWorld(world), count, seed);
    return captions.map(({ text }, i) => ({ text, img_id: String(i) }));
  }
  const opened = await openTexts(await directoryOf(dataset, dataDir), 'validation', Number.POSITIVE_INFINITY);
  try {
    const random = createRandom(`study/${seed}`);
    return random
      .shuffle([...opened.captioned])
      .slice(0, count)
      .map((place) => ({
        text: random.pick(opened.texts(place).captions),
        img_id: opened.pictures[place]!,
      }));
  } finally {
    opened.close();
  }
}

const PICTURES = 'pictures';
const PICTURE_FILES = ['.png', '.jpg', '.jpeg', '.webp', '.gif', '.avif'];

/** Its files in the order of their names. @throws CodedError impossible_request */
async function filesOf(folder: string, wanted: number, dataDir: string): Promise<string[]> {
  const path = join(dataDir, PICTURES, folder);
  const found = await readdir(path).catch((): string[] => []);
  const files = found
    .filter((name) => PICTURE_FILES.includes(extname(name).toLowerCase()) && !name.startsWith('.'))
    .sort();
  if (files.length >= wanted) return files.map((name) => join(path, name));
  throw new CodedError(
    'impossible_request',
    `DATA_DIR/${PICTURES}/${folder} has ${files.length} pictures, the study has ${wanted} captions: put one of each ` +
      'there, in the order of their names (npm run evaluate -- images --keep writes such a folder).',
    { param: '/sources' },
  );
}

/** @throws CodedError for sources that have no picture of every caption */
export async function checkSources(
  { captions, dataset, sources }: StudyRequest,
  dataDir: string,
  host: InferenceHost,
  check: (model: string, sampler: Sampler, i: number) => Promise<void>,
): Promise<void> {
  for (const [i, source] of sources.entries()) {
    if ('model' in source) await check(source.model, samplerOf(source, host), i);
    else if ('folder' in source) await filesOf(source.folder, captions.length, dataDir);
    else if (dataset === null || captions.some(({ img_id }) => img_id === undefined)) {
      throw new CodedError(
        'impossible_request',
        'Only captions of a data set have original pictures: name one with "dataset".',
        { param: `/sources/${i}` },
      );
    } else if (worldOf(dataset) === undefined) {
      const { kind } = await indexPictures((await directoryOf(dataset, dataDir)).folder);
      if (kind === 'images') continue;
      throw new CodedError('dataset_unusable', `"${dataset}" holds features and no pictures.`, {
        param: '/dataset',
      });
    }
  }
}

/** What is asked for, completed by what suits the model. */
function samplerOf(
  { model, sampler }: Extract<StudySource, { model: string }>,
  host: InferenceHost,
): Sampler {
  return samplerFor(sampler, host.models().find(({ id }) => id === model)?.sampler);
}

/** Makes the picture of one caption. */
export type PictureMaker = (caption: number, signal: AbortSignal) => Promise<Uint8Array<ArrayBuffer>>;

export async function openSource(
  source: StudySource,
  { captions, dataset, seed }: StudyRequest,
  host: InferenceHost,
  dataDir: string,
): Promise<PictureMaker> {
  if ('model' in source) {
    const sampler = samplerOf(source, host);
    return async (i, signal) => {
      const { images } = await host.paint(
        {
          ...{ prompts: [captions[i]!.text], model: source.model, n: 1, sampler },
          ...{ seeds: [(seed + i) % (LARGEST_SEED + 1)], format: FORMAT, intermediate: false },
        },
        { signal },
      );
      return new Uint8Array(images[0]!.encoded);
    };
  }
  if ('folder' in source) {
    const files = await filesOf(source.folder, captions.length, dataDir);
    return async (i) => reencoded(files[i]!);
  }
  const world = worldOf(dataset!);
  if (world !== undefined) {
    const scenes = await loadWorld(world);
    return async (i) => {
      const rgb = scenes.render(scenes.scene('test', Number(captions[i]!.img_id)));
      return new Uint8Array(await encodeImage(rgb, IMAGE_SIZE, IMAGE_SIZE, FORMAT));
    };
  }
  const { folder } = await directoryOf(dataset!, dataDir);
  const { files } = await indexPictures(folder);
  return async (i) => reencoded(join(folder, files.get(captions[i]!.img_id!)!));
}

/** Without the name, the camera and whatever else a file says of itself. */
async function reencoded(path: string): Promise<Uint8Array<ArrayBuffer>> {
  const { rgb, width, height } = await decodeWholePicture(await readFile(path));
  return new Uint8Array(await encodeImage(rgb, width, height, FORMAT));
}
