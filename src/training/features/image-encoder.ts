/** Pictures through any picture encoder: scenes as they are drawn, files as uploads are decoded. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BOX_NUMBERS } from '../../boxes.ts';
import { openBoxEncoder } from '../../encoders/box-encoder.ts';
import { openDetector } from '../../encoders/detector.ts';
import type { CompiledFunction, Engine } from '../../engines/engine.ts';
import { CodedError } from '../../errors.ts';
import { CELLS } from '../../grid.ts';
import { parseDetectorConfig } from '../../models/detector/config.ts';
import { detectorPicture } from '../../models/detector/picture.ts';
import { squareEncoder } from '../../models/square-encoder.ts';
import {
  decodePicture,
  decodeWholePicture,
  type Pixels,
  resizePixels,
} from '../../pictures/decode-picture.ts';
import { readPictureHeader } from '../../pictures/picture-header.ts';
import { imagesTensor } from '../../tensor.ts';
import { TrainingError } from '../run/errors.ts';
import type { Component } from '../run/training-kind.ts';

const ENCODER_BATCH = 16;

export type EncoderComponent = Pick<Component, 'architecture' | 'config' | 'tensors'>;

/** What an encoder takes and gives, before it is compiled. */
export interface EncoderInput {
  /** Cells on a side. */
  grid: number;
  /** F, of what it makes of a cell. */
  width: number;
  /** A file as this encoder wants its pixels. @throws CodedError image_damaged, image_too_large */
  decode(file: Uint8Array): Promise<Pixels>;
  /** Pixels that are there already. */
  fit(pixels: Pixels): Pixels | Promise<Pixels>;
}

/** @throws Error when it is no picture encoder */
export function encoderInput({
  architecture,
  config,
}: Pick<Component, 'architecture' | 'config'>): EncoderInput {
  if (architecture === 'detector') {
    const { grid, mlp_head_dim: width } = parseDetectorConfig(config);
    // It resizes by itself, as its authors did.
    return { grid, width, decode: decodeWholePicture, fit: (pixels) => pixels };
  }
  const { imageSize: side, grid, width } = squareEncoder(architecture, config);
  return {
    ...{ grid, width },
    decode: async (file) => ({ rgb: await decodePicture(file, side), width: side, height: side }),
    fit: (pixels) => (pixels.width === side && pixels.height === side ? pixels : resizePixels(pixels, side)),
  };
}

/** F, of what a component makes of a cell. */
export const encoderWidth = (component: Pick<Component, 'architecture' | 'config'>): number =>
  encoderInput(component).width;

/** Numbers of a picture: of its grid, or a feature and a place for each of so many boxes. */
export function encodedNumbers(encoder: Pick<Component, 'architecture' | 'config'>, boxes?: number): number {
  const { grid, width } = encoderInput(encoder);
  return boxes === undefined ? grid ** 2 * width : boxes * (width + BOX_NUMBERS);
}

export interface ImageEncoder {
  width: number;
  /**
   * @param pictures as `encoderInput` decodes or fits them
   * @returns [pictures × cells × F], cells row by row; of boxes [pictures × boxes × (F + 4)]
   */
  encode(pictures: readonly Pixels[]): Promise<Float32Array>;
  release(): Promise<void>;
}

/** @param boxes so many in place of the grid; the encoder must propose them */
export async function imageEncoder(
  engine: Engine,
  encoder: EncoderComponent,
  boxes?: number,
): Promise<ImageEncoder> {
  if (boxes !== undefined) return boxImageEncoder(engine, encoder, boxes);
  return encoder.architecture === 'detector'
    ? detectorEncoder(engine, encoder)
    : squareImageEncoder(engine, encoder);
}

async function detectorEncoder(engine: Engine, { config, tensors }: EncoderComponent): Promise<ImageEncoder> {
  const own = parseDetectorConfig(config);
  const { encode, release } = await openDetector(engine, {
    config: own,
    weights: tensors['model.safetensors']!,
  });
  const width = own.mlp_head_dim;
  return {
    width,
    async encode(pictures) {
      const all = new Float32Array(pictures.length * own.grid ** 2 * width);
      for (const [i, pixels] of pictures.entries()) {
        const picture = detectorPicture(own, pixels.rgb, pixels.width, pixels.height);
        all.set(await encode(picture), i * own.grid ** 2 * width);
      }
      return all;
    },
    release,
  };
}

async function boxImageEncoder(
  engine: Engine,
  { architecture, config, tensors }: EncoderComponent,
  boxes: number,
): Promise<ImageEncoder> {
  const weights = tensors['model.safetensors']!;
  const encoder = await openBoxEncoder(engine, { architecture, config, weights }, boxes);
  const numbers = encodedNumbers({ architecture, config }, boxes);
  return {
    width: encoderWidth({ architecture, config }),
    async encode(pictures) {
      const all = new Float32Array(pictures.length * numbers);
      for (const [i, pixels] of pictures.entries()) all.set((await encoder.find(pixels)).rows, i * numbers);
      return all;
    },
    release: encoder.release,
  };
}

async function squareImageEncoder(
  engine: Engine,
  { architecture, config, tensors }: EncoderComponent,
): Promise<ImageEncoder> {
  const { imageSize: side, width, batch, fn } = squareEncoder(architecture, config);
  const most = typeof batch === 'number' ? batch : ENCODER_BATCH;
  const encoder: CompiledFunction = await engine.compile({
    name: 'grid-encoder',
    fn,
    weights: tensors['model.safetensors']!,
    inputs: { images: { dtype: 'float32', shape: [batch, side, side, 3] } },
  });
  return {
    width,
    async encode(pictures) {
      const all = new Float32Array(pictures.length * CELLS * width);
      for (let first = 0; first < pictures.length; first += most) {
        const images = imagesTensor(
          pictures.slice(first, first + most).map(({ rgb }) => rgb),
          side,
        );
        const { features } = await encoder.run({ images }, ['features']);
        all.set(features!.data as Float32Array, first * CELLS * width);
      }
      return all;
    },
    release: () => encoder.release(),
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
    throw new TrainingError('dataset_unusable', `The data set ${dataset}: ${file}: ${why}`, {
      cause,
      subject: 'dataset',
    });
  }
}
