/**
 * Pictures after decoding and the grid encoder, kept by content: two tasks on one picture, or one task twice, decode
 * and encode it once. Models that hold the same encoder, bit by bit, share it. Bounded; the least recently used go.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { Engine } from '../engines/engine.ts';
import { decodePicture, decodeWholePicture, type Pixels } from '../pictures/decode-picture.ts';
import type { GridEncoderCheckpoint } from '../zoo/grid-encoder.ts';
import { hider } from './occlusion.ts';
import { createDetectorPipeline } from './pipelines/detect.ts';
import type { PipelineOptions } from './pipelines/options.ts';
import { createSeeingPipeline, type Seen } from './pipelines/see.ts';
import type { SeenCounts } from './protocol.ts';

/** A thousand pictures of the demo's encoder (8 × 8 × 128 numbers), 64 of the paper's (8 × 8 × 2048). */
const KEPT_BYTES = 32 * 2 ** 20;

/** A model's view of pictures. */
export interface Sight {
  /**
   * @param hash of the file's content
   * @throws CodedError image_damaged, image_too_large
   */
  see(hash: string, file: Uint8Array): Promise<Seen>;
  /**
   * What is seen of a file without a block of a grid, which is decoded once and not kept.
   * @returns a function of the block, row by row; it throws the signal's reason when that is aborted before its turn
   * @throws CodedError image_damaged, image_too_large
   */
  hiding(file: Uint8Array, grid: number): Promise<(block: number, signal?: AbortSignal) => Promise<Seen>>;
  /** The encoder goes with its last user, and what it saw with it. */
  close(): Promise<void>;
}

export interface SeenPictures {
  open(encoder: GridEncoderCheckpoint): Promise<Sight>;
  counts(): SeenCounts;
}

/** From files to features. */
interface Eyes {
  decode(file: Uint8Array): Promise<Pixels>;
  see(pixels: Pixels, signal?: AbortSignal): Promise<Seen>;
  release(): Promise<void>;
}

async function createEyes(
  engine: Engine,
  checkpoint: GridEncoderCheckpoint,
  options: PipelineOptions,
): Promise<Eyes> {
  if (checkpoint.architecture === 'detector') {
    const { see, release } = await createDetectorPipeline(engine, checkpoint, options);
    return {
      decode: decodeWholePicture,
      see: ({ rgb, width, height }, signal) => see(rgb, width, height, signal),
      release,
    };
  }
  const { see, imageSize, release } = await createSeeingPipeline(engine, checkpoint, options);
  return {
    decode: async (file) => ({
      rgb: await decodePicture(file, imageSize),
      width: imageSize,
      height: imageSize,
    }),
    see: ({ rgb }, signal) => see(rgb, signal),
    release,
  };
}

interface Encoder {
  eyes: Promise<Eyes>;
  users: number;
}

export function createSeenPictures(
  engine: Engine,
  options: PipelineOptions & { keptBytes?: number } = {},
): SeenPictures {
  const { keptBytes = KEPT_BYTES } = options;
  const encoders = new Map<string, Encoder>();
  /** Key of the encoder and hash of the picture → what it sees. In the order of use. */
  const seen = new Map<string, { result: Promise<Seen>; bytes: number }>();
  const counts: SeenCounts = { encoded: 0, cached: 0 };
  let total = 0;

  function drop(key: string): void {
    total -= seen.get(key)?.bytes ?? 0;
    seen.delete(key);
  }

  function see(eyes: Eyes, key: string, file: Uint8Array): Promise<Seen> {
    const known = seen.get(key);
    if (known) {
      counts.cached++;
      seen.delete(key);
      seen.set(key, known);
      return known.result;
    }
    // No job's signal: another job may wait for the same picture.
    const result = eyes.decode(file).then((pixels) => eyes.see(pixels));
    const entry = { result, bytes: 0 };
    seen.set(key, entry);
    result.then(
      ({ features }) => {
        counts.encoded++;
        if (seen.get(key) !== entry) return;
        entry.bytes = features.byteLength;
        total += entry.bytes;
        for (const oldest of seen.keys()) {
          if (total <= keptBytes || oldest === key) break;
          drop(oldest);
        }
      },
      () => {
        if (seen.get(key) === entry) seen.delete(key);
      },
    );
    return result;
  }

  return {
    async open(checkpoint) {
      const id = await contentHash(checkpoint);
      const encoder = encoders.get(id) ?? {
        eyes: createEyes(engine, checkpoint, options),
        users: 0,
      };
      encoders.set(id, encoder);
      encoder.users++;
      const close = async () => {
        if (--encoder.users > 0) return;
        encoders.delete(id);
        for (const key of [...seen.keys()]) if (key.startsWith(id)) drop(key);
        await (await encoder.eyes).release();
      };
      try {
        const eyes = await encoder.eyes;
        return {
          see: (hash, file) => see(eyes, `${id}/${hash}`, file),
          async hiding(file, grid) {
            const hide = hider(await eyes.decode(file), grid);
            return (block, signal) => eyes.see(hide(block), signal);
          },
          close,
        };
      } catch (error) {
        encoders.delete(id);
        throw error;
      }
    },
    counts: () => ({ ...counts }),
  };
}

async function contentHash({ config, weights }: GridEncoderCheckpoint): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(config));
  for (const [name, tensor] of Object.entries(weights).sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(`\n${name} ${tensor.shape}\n`);
    if (tensor.file) {
      // Piece by piece: a detector's weights would stay in memory once they were asked for.
      const { path, offset, length } = tensor.file;
      for await (const piece of createReadStream(path, { start: offset, end: offset + length - 1 })) {
        hash.update(piece as Buffer);
      }
    } else {
      const { data } = tensor;
      hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    }
  }
  return hash.digest('hex');
}
