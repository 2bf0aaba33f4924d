/** From pixels to the grid features that captioning, question answering and judging start from. */
import type { Engine } from '../../engines/engine.ts';
import { isByOthers } from '../../models/picture-encoder/gate.ts';
import { pictureSummary } from '../../models/picture-router.ts';
import { type SquareEncoderArchitecture, squareEncoder } from '../../models/square-encoder.ts';
import { resizePixels } from '../../pictures/decode-picture.ts';
import { createRandom } from '../../random.ts';
import { type HostTensors, imagesTensor } from '../../tensor.ts';
import { batchCandidates, invariantBatchSizes, measuredOnce } from '../batch-invariance.ts';
import { createBatcher } from '../batcher.ts';
import type { PipelineOptions } from './options.ts';

/** A picture after the grid encoder. */
export interface EncodedPicture {
  /** [cells, F], cells row by row; of boxes [boxes, F + 4], a feature and where it is. */
  features: Float32Array;
}

/** What a model makes of a picture, which is made once for as long as whoever asks keeps the picture. */
export function keptWithPicture<T>(
  make: (picture: EncodedPicture) => Promise<T>,
): (picture: EncodedPicture) => Promise<T> {
  const known = new WeakMap<EncodedPicture, Promise<T>>();
  return (picture) => {
    const kept = known.get(picture);
    if (kept) return kept;
    const made = make(picture);
    known.set(picture, made);
    made.catch(() => known.delete(picture));
    return made;
  };
}

export interface EncodingPipeline {
  /** S, pixels of a side of the pictures that are to be brought. */
  readonly imageSize: number;
  readonly batchSizes: readonly number[];
  /**
   * @param rgb [S, S, 3], 0..255: the whole picture, whatever its shape was
   * @throws the signal's reason when it is aborted before the picture's turn
   */
  encode(rgb: Uint8Array, signal?: AbortSignal): Promise<EncodedPicture>;
  release(): Promise<void>;
}

interface SquareCheckpoint {
  architecture: SquareEncoderArchitecture;
  config: unknown;
  weights: HostTensors;
}

/** Sides of the demo encoder's pictures: as sharp as the drawings that the eyes for those have learnt from. */
const SHARPER = 2;

/**
 * @param checkpoint `drawings` sees what its gate takes for a drawing by others, in place of the encoder itself; then
 *   pictures are to be brought twice as large as the encoder sees them, and may be of any size
 */
export async function createEncodingPipeline(
  engine: Engine,
  checkpoint: SquareCheckpoint & { drawings?: SquareCheckpoint },
  options: PipelineOptions = {},
): Promise<EncodingPipeline> {
  const usual = await createSquarePipeline(engine, checkpoint, options);
  const { drawings } = checkpoint;
  if (!drawings) return usual;
  const { width } = squareEncoder(checkpoint.architecture, checkpoint.config);
  const { imageSize: small } = usual;
  // With the first such picture: most are of the demo zoo's own hand, and the pretrained eyes are large.
  let opened: Promise<EncodingPipeline> | undefined;
  return {
    ...usual,
    imageSize: SHARPER * small,
    async encode(rgb, signal) {
      const side = Math.sqrt(rgb.length / 3);
      const picture = { rgb, width: side, height: side };
      const usually = side === small ? rgb : (await resizePixels(picture, small)).rgb;
      const encoded = await usual.encode(usually, signal);
      if (!isByOthers(drawings.weights, pictureSummary(encoded.features, width))) return encoded;
      opened ??= createSquarePipeline(engine, drawings, options).catch((cause: unknown) => {
        // Tried again with the next one.
        opened = undefined;
        throw cause;
      });
      const { imageSize, encode } = await opened;
      return encode((await resizePixels(picture, imageSize)).rgb, signal);
    },
    async release() {
      await Promise.all([usual.release(), opened?.then(({ release }) => release())]);
    },
  };
}

async function createSquarePipeline(
  engine: Engine,
  checkpoint: SquareCheckpoint,
  { maxBatch = 8, onPass }: PipelineOptions,
): Promise<EncodingPipeline> {
  const { imageSize: S, grid, width, batch, fn } = squareEncoder(checkpoint.architecture, checkpoint.config);
  const pixels = S * S * 3;
  const length = grid ** 2 * width;
  const encoder = await engine.compile({
    name: 'grid-encoder',
    fn,
    weights: checkpoint.weights,
    inputs: { images: { dtype: 'float32', shape: [batch, S, S, 3] } },
  });

  async function encodeBatch(pictures: readonly Uint8Array[]): Promise<EncodedPicture[]> {
    const { features } = await encoder.run({ images: imagesTensor(pictures, S) }, ['features']);
    const data = features!.data as Float32Array;
    return pictures.map((_, i) => ({ features: data.slice(i * length, (i + 1) * length) }));
  }

  // Larger batches of pictures gain little and take long to measure.
  const largest = typeof batch === 'number' ? batch : Math.min(maxBatch, 4);
  const { architecture, config } = checkpoint;
  const sizes = await measuredOnce(engine, [architecture, config, largest], () => {
    const random = createRandom('batch sizes');
    const examples = [0, 1].map(() => Uint8Array.from({ length: pixels }, () => random.int(256)));
    return invariantBatchSizes(batchCandidates(largest), async (kinds) =>
      (await encodeBatch(kinds.map((kind) => examples[kind]!))).map(({ features }) => [features]),
    );
  });
  const batcher = createBatcher(sizes, async (pictures: Uint8Array[]) => {
    const start = performance.now();
    const encoded = await encodeBatch(pictures);
    onPass?.('encode', pictures.length, performance.now() - start);
    return encoded;
  });

  return {
    imageSize: S,
    batchSizes: sizes,
    async encode(rgb, signal) {
      if (rgb.length !== pixels) throw new Error(`a picture of ${rgb.length} bytes, wanted ${S} × ${S} × 3`);
      return batcher.submit(rgb, signal);
    },
    release: () => encoder.release(),
  };
}
