/** A recogniser ready to look at pictures. */
import type { Engine } from '../engines/engine.ts';
import type { RecogniserConfig } from '../models/recogniser/config.ts';
import { recogniserFunction } from '../models/recogniser/recogniser.ts';
import { type HostTensors, imagesTensor } from '../tensor.ts';
import { type Recognition, readRecognitions } from './detections.ts';

export interface Recogniser {
  /**
   * @param images bytes [S × S × 3] each
   * @returns what is in every image, and its features, [images × width]
   */
  recognise(images: readonly Uint8Array[]): Promise<Recognised>;
  release(): Promise<void>;
}

export interface Recognised {
  recognitions: Recognition[];
  features: Float32Array;
  /** Numbers of one image's features. */
  width: number;
}

const BATCH = 16;

export async function createRecogniser(
  engine: Engine,
  config: RecogniserConfig,
  weights: HostTensors,
): Promise<Recogniser> {
  const S = config.image_size;
  const compiled = await engine.compile({
    name: 'recogniser',
    fn: recogniserFunction(config),
    weights,
    inputs: { images: { dtype: 'float32', shape: ['N', S, S, 3] } },
  });
  const width = config.channels[1] + config.channels[2];
  return {
    async recognise(images) {
      const recognitions: Recognition[] = [];
      const features = new Float32Array(images.length * width);
      for (let first = 0; first < images.length; first += BATCH) {
        const group = images.slice(first, first + BATCH);
        const outputs = await compiled.run({ images: imagesTensor(group, S) });
        recognitions.push(...readRecognitions(config, outputs));
        features.set(outputs.features!.data as Float32Array, first * width);
      }
      return { recognitions, features, width };
    },
    release: () => compiled.release(),
  };
}
