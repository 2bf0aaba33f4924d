/**
 * The surrogate network of the inception score and of FID, ready to look at pictures of any size.
 *
 * How a picture becomes 299 × 299 decides the third digit of both, and the two programs that people use differ in it:
 * pytorch-fid resizes between the centres of pixels, torch-fidelity as TensorFlow 1 did, between their corners.
 */
import type { Engine } from '../engines/engine.ts';
import {
  INCEPTION_CLASSES,
  INCEPTION_FEATURES,
  inceptionFunction,
  INCEPTION_SIDE as SIDE,
} from '../models/inception/inception.ts';
import { float32, type HostTensors } from '../tensor.ts';
import type { Resizing } from './resizings.ts';

/** [height, width, 3], 0..255. */
export interface WholePicture {
  rgb: Uint8Array;
  width: number;
  height: number;
}

export interface InceptionNetwork {
  /** @returns features [pictures, 2048], probabilities [pictures, 1008] */
  features(
    pictures: readonly WholePicture[],
  ): Promise<{ features: Float32Array; probabilities: Float32Array }>;
  release(): Promise<void>;
}

/** Pictures a run. Eight of them take 400 MB. */
const BATCH = 8;

export async function createInception(
  engine: Engine,
  weights: HostTensors,
  resizing: Resizing,
): Promise<InceptionNetwork> {
  const compiled = await engine.compile({
    name: 'inception',
    fn: inceptionFunction,
    weights,
    inputs: { images: { dtype: 'float32', shape: ['N', SIDE, SIDE, 3] } },
    // Its last layer in integers changes the inception score by four thousandths.
    precision: 'float32',
  });
  return {
    async features(pictures) {
      const features = new Float32Array(pictures.length * INCEPTION_FEATURES);
      const probabilities = new Float32Array(pictures.length * INCEPTION_CLASSES);
      for (let first = 0; first < pictures.length; first += BATCH) {
        const group = pictures.slice(first, first + BATCH);
        const images = new Float32Array(group.length * SIDE * SIDE * 3);
        for (const [i, picture] of group.entries())
          images.set(inceptionPicture(picture, resizing), i * SIDE * SIDE * 3);
        const out = await compiled.run({ images: float32(images, [group.length, SIDE, SIDE, 3]) });
        features.set(out.features!.data as Float32Array, first * INCEPTION_FEATURES);
        probabilities.set(out.probabilities!.data as Float32Array, first * INCEPTION_CLASSES);
      }
      return { features, probabilities };
    },
    release: () => compiled.release(),
  };
}

/** A picture as the network takes it: [299 × 299 × 3], about -1..1. */
function inceptionPicture({ rgb, width, height }: WholePicture, resizing: Resizing): Float32Array {
  const rows = placesOf(height, resizing);
  const columns = placesOf(width, resizing);
  // x / 255 · 2 - 1, and (x - 128) / 128.
  const [scale, shift] = resizing === 'pytorch-fid' ? [2 / 255, -1] : [1 / 128, -1];
  const out = new Float32Array(SIDE * SIDE * 3);
  let to = 0;
  for (const row of rows) {
    for (const column of columns) {
      const [a, b] = [(row.low * width + column.low) * 3, (row.low * width + column.high) * 3];
      const [c, d] = [(row.high * width + column.low) * 3, (row.high * width + column.high) * 3];
      for (let channel = 0; channel < 3; channel++) {
        const top = rgb[a + channel]! + (rgb[b + channel]! - rgb[a + channel]!) * column.share;
        const bottom = rgb[c + channel]! + (rgb[d + channel]! - rgb[c + channel]!) * column.share;
        out[to++] = (top + (bottom - top) * row.share) * scale + shift;
      }
    }
  }
  return out;
}

/** Between which two pixels each of 299 lies, and how near to the second. */
function placesOf(size: number, resizing: Resizing): { low: number; high: number; share: number }[] {
  const step = size / SIDE;
  return Array.from({ length: SIDE }, (_, i) => {
    const place = resizing === 'pytorch-fid' ? Math.max(0, (i + 0.5) * step - 0.5) : i * step;
    const low = Math.min(Math.floor(place), size - 1);
    return { low, high: Math.min(low + 1, size - 1), share: place - low };
  });
}
