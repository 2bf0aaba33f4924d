/** `import` of picture encoders: their features are standardised by what they are over some pictures. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { DEFAULT_ENGINE, openEngine } from '../../engines/choose.ts';
import type { Engine } from '../../engines/engine.ts';
import { UsageError } from '../../errors.ts';
import type { PictureEncoderConfig } from '../../models/picture-encoder/config.ts';
import { pictureEncoderBatch, pooledMaps } from '../../models/picture-encoder/picture-encoder.ts';
import { squareEncoder } from '../../models/square-encoder.ts';
import { decodePicture } from '../../pictures/decode-picture.ts';
import { narrowToFloat16, widenFloat16 } from '../../safetensors.ts';
import { float32, type HostTensors, imagesTensor } from '../../tensor.ts';
import { ImportError } from '../../zoo/import/error.ts';
import { names } from '../../zoo/import/import-checkpoint.ts';
import {
  calibrated,
  type PictureEncoderPlan,
  planPictureEncoder,
  writePictureEncoder,
} from '../../zoo/import/picture-encoder.ts';

/** Enough for means and deviations of a thousand numbers in 64 cells each. */
const MOST_PICTURES = 512;
const COMPARED = 16;

interface EncoderRequest {
  from: string;
  as: string;
  config?: string;
  /** A folder of pictures to calibrate on. */
  pictures?: string;
  command: string;
  commit: string;
}

/** @returns undefined when the file is no picture encoder @throws ImportError, UsageError */
export async function importEncoder(
  { from, as, config, pictures, command, commit }: EncoderRequest,
  root: string,
): Promise<{ id: string; folder: string; width: number } | undefined> {
  // What follows from constants alone is computed by tfjs itself.
  tf.env().set('PROD', true);
  await import('@tensorflow/tfjs-backend-cpu');
  await tf.setBackend('cpu');
  const plan = await planPictureEncoder(from, config);
  if (!plan) return undefined;
  const { id, path } = names(as);
  const files = pictures === undefined ? [] : await someOf(pictures);
  const engine = await openEngine(DEFAULT_ENGINE);
  const statistics = await calibrate(engine, plan, files).catch((cause: Error) => {
    // What the graph does is the file's: operators that nothing here computes, maps that do not fit together.
    throw new ImportError('unsupported', `${from}: ${cause.message}`, { cause });
  });
  const encoder = calibrated(plan, statistics);
  const folder = await writePictureEncoder(plan, encoder, {
    ...{ id, path, root, command, commit },
    pictures: files.length,
    rounding: await roundingOf(engine, encoder, files.slice(0, COMPARED)),
  });
  return { id, folder, width: encoder.config.feature_width };
}

/** What storing the weights as float16 does to the features: root mean square of the change over that of the features. */
async function roundingOf(
  engine: Engine,
  { config, weights }: { config: PictureEncoderConfig; weights: HostTensors },
  files: readonly string[],
): Promise<number | undefined> {
  if (files.length === 0) return undefined;
  const narrowed = Object.fromEntries(
    Object.entries(weights).map(([name, { data, shape }]) => [
      name,
      float32(widenFloat16(narrowToFloat16(data as Float32Array)), shape),
    ]),
  );
  const { imageSize, batch, fn } = squareEncoder('picture-encoder', config);
  const inputs = { images: { dtype: 'float32', shape: [batch, imageSize, imageSize, 3] } } as const;
  const [exact, stored] = [
    await engine.compile({ name: 'exact', fn, weights, inputs }),
    await engine.compile({ name: 'stored', fn, weights: narrowed, inputs }),
  ];
  let [change, whole] = [0, 0];
  try {
    for (const file of files) {
      const images = imagesTensor([await decodePicture(await readFile(file), imageSize)], imageSize);
      const [a, b] = [
        (await exact.run({ images })).features!.data,
        (await stored.run({ images })).features!.data,
      ];
      for (let i = 0; i < a.length; i++) {
        change += (a[i]! - b[i]!) ** 2;
        whole += a[i]! ** 2;
      }
    }
  } finally {
    await Promise.all([exact.release(), stored.release()]);
  }
  return Math.sqrt(change / whole);
}

/** Evenly spaced ones of a folder, by name. */
async function someOf(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((cause: NodeJS.ErrnoException) => {
    throw new UsageError(`--pictures: ${folder} cannot be read (${cause.code})`, { cause });
  });
  const all = names
    .filter((name) => /\.(jpe?g|png|webp|gif|avif)$/i.test(name) && !name.startsWith('.'))
    .sort();
  if (all.length === 0) throw new UsageError(`--pictures: ${folder} has no pictures`);
  const step = Math.max(1, all.length / MOST_PICTURES);
  return Array.from({ length: Math.min(all.length, MOST_PICTURES) }, (_, i) =>
    join(folder, all[Math.floor(i * step)]!),
  );
}

/** Mean and deviation of each number of a cell over the cells of some pictures; 0 and 1 of none. */
async function calibrate(engine: Engine, { config, weights }: PictureEncoderPlan, files: readonly string[]) {
  const S = config.image_size;
  const maps = await engine.compile({
    name: 'picture-encoder',
    fn: (own, { images }) =>
      Object.fromEntries(pooledMaps(config, own, images as tf.Tensor4D).map((map, i) => [`map${i}`, map])),
    weights,
    inputs: { images: { dtype: 'float32', shape: [pictureEncoderBatch(config), S, S, 3] } },
  });
  const features = async (pixels: Uint8Array) => {
    const out = await maps.run({ images: imagesTensor([pixels], S) });
    return config.features.map((_, i) => out[`map${i}`]!);
  };
  try {
    const blank = await features(new Uint8Array(S * S * 3));
    const widths = blank.map(({ shape }) => shape.at(-1)!);
    const F = widths.reduce((sum, width) => sum + width, 0);
    const sum = new Float64Array(F);
    const squares = new Float64Array(F);
    const cells = config.grid ** 2;
    for (const file of files) {
      let at = 0;
      for (const { data, shape } of await features(await decodePicture(await readFile(file), S))) {
        const width = shape.at(-1)!;
        for (let i = 0; i < data.length; i++) {
          sum[at + (i % width)]! += data[i]!;
          squares[at + (i % width)]! += data[i]! ** 2;
        }
        at += width;
      }
    }
    const count = files.length * cells;
    const mean = Float32Array.from(sum, (x) => (count === 0 ? 0 : x / count));
    const deviation = Float32Array.from(squares, (x, i) =>
      count === 0 ? 1 : Math.sqrt(Math.max(0, x / count - mean[i]! ** 2)),
    );
    return { mean, deviation, widths };
  } finally {
    await maps.release();
  }
}
