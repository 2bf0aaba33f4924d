/** Pictures through a grid encoder: those of scenes as they are drawn, those of files as uploads are decoded. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CompiledFunction, Engine } from '../../engines/engine.ts';
import { CodedError } from '../../errors.ts';
import { CELLS } from '../../grid.ts';
import { squareEncoder } from '../../models/square-encoder.ts';
import { decodePicture } from '../../pictures/decode-picture.ts';
import { readPictureHeader } from '../../pictures/picture-header.ts';
import type { HostTensor } from '../../tensor.ts';
import { TrainingError } from '../run/errors.ts';
import type { Component } from '../run/training-kind.ts';

const ENCODER_BATCH = 16;

export type EncoderComponent = Pick<Component, 'architecture' | 'config' | 'tensors'>;

/** Pixels of a side of what a component takes, and F, the width of what it makes of a cell. */
export const encoderSizes = ({
  architecture,
  config,
}: Pick<Component, 'architecture' | 'config'>): { side: number; width: number } => {
  const { imageSize: side, width } = squareEncoder(architecture, config);
  return { side, width };
};

/** F, of what a component makes of a cell. */
export const encoderWidth = (component: Pick<Component, 'architecture' | 'config'>): number =>
  encoderSizes(component).width;

export interface ImageEncoder {
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

export async function imageEncoder(engine: Engine, gridEncoder: EncoderComponent): Promise<ImageEncoder> {
  const { imageSize: side, width, batch, fn } = squareEncoder(gridEncoder.architecture, gridEncoder.config);
  const most = typeof batch === 'number' ? batch : ENCODER_BATCH;
  const encoder: CompiledFunction = await engine.compile({
    name: 'grid-encoder',
    fn,
    weights: gridEncoder.tensors['model.safetensors']!,
    inputs: { images: { dtype: 'float32', shape: [batch, side, side, 3] } },
  });
  return {
    width,
    side,
    async encode(count, images) {
      const all = new Float32Array(count * CELLS * width);
      for (let first = 0; first < count; first += most) {
        const input = await images(first, Math.min(most, count - first));
        const { features } = await encoder.run({ images: input }, ['features']);
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
    throw new TrainingError('dataset_unusable', `the data set ${dataset}: ${file}: ${why}`, {
      cause,
      subject: 'dataset',
    });
  }
}
