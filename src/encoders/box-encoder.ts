/** From a picture to the boxes of the things in it, with a feature for each: by any encoder that proposes boxes. */
import type { Engine } from '../engines/engine.ts';
import { findsBoxes, parseDetectorConfig } from '../models/detector/config.ts';
import { parsePictureEncoderConfig } from '../models/picture-encoder/config.ts';
import type { HostTensors } from '../tensor.ts';
import { openDetectorBoxes } from './detector-boxes.ts';
import type { BoxEncoder } from './found-boxes.ts';
import { openNanoDetBoxes } from './nanodet-boxes.ts';

/** @param N boxes of a picture @throws Error when the encoder proposes none */
export async function openBoxEncoder(
  engine: Engine,
  { weights, ...encoder }: { architecture: string; config: unknown; weights: HostTensors },
  N: number,
): Promise<BoxEncoder> {
  if (encoder.architecture !== 'detector') {
    const config = parsePictureEncoderConfig(encoder.config);
    return openNanoDetBoxes(engine, { config, weights }, N);
  }
  const config = parseDetectorConfig(encoder.config);
  if (!findsBoxes(config)) throw new Error('the detector proposes no boxes');
  return openDetectorBoxes(engine, { config, weights }, N);
}
