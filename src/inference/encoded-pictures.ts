/**
 * Pictures after decoding and the grid encoder, kept by content: two tasks on one picture, or one task twice, decode
 * and encode it once. Models that hold the same encoder, bit by bit, share it. Bounded; the least recently used go.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { Engine } from '../engines/engine.ts';
import { squareEncoder } from '../models/square-encoder.ts';
import { decodePicture, decodeWholePicture, type Pixels } from '../pictures/decode-picture.ts';
import { spanned } from '../tracing.ts';
import type { GridEncoderCheckpoint } from '../zoo/grid-encoder.ts';
import { hider } from './occlusion.ts';
import { createBoxesPipeline } from './pipelines/boxes.ts';
import { createDetectorPipeline } from './pipelines/detect.ts';
import { createEncodingPipeline, type EncodedPicture } from './pipelines/encode-picture.ts';
import type { PipelineOptions } from './pipelines/options.ts';
import type { EncodedCounts } from './protocol.ts';

/** A thousand pictures of the demo's encoder (8 × 8 × 128 numbers), 64 of the paper's (8 × 8 × 2048). */
const KEPT_BYTES = 32 * 2 ** 20;

/** A model's encoder of pictures. */
export interface PictureEncoder {
  /**
   * @param hash of the file's content
   * @throws CodedError image_damaged, image_too_large
   */
  encode(hash: string, file: Uint8Array): Promise<EncodedPicture>;
  /**
   * A file without a block of a grid, encoded; it is decoded once and not kept.
   * @returns a function of the block, row by row; it throws the signal's reason when that is aborted before its turn
   * @throws CodedError image_damaged, image_too_large
   */
  hiding(
    file: Uint8Array,
    grid: number,
  ): Promise<(block: number, signal?: AbortSignal) => Promise<EncodedPicture>>;
  /** The encoder goes with its last user, and what it encoded with it. */
  close(): Promise<void>;
}

export interface EncodedPictures {
  open(encoder: GridEncoderCheckpoint): Promise<PictureEncoder>;
  counts(): EncodedCounts;
}

/** From files to features. */
interface FileEncoder {
  decode(file: Uint8Array): Promise<Pixels>;
  encode(pixels: Pixels, signal?: AbortSignal): Promise<EncodedPicture>;
  release(): Promise<void>;
}

async function createFileEncoder(
  engine: Engine,
  checkpoint: GridEncoderCheckpoint,
  options: PipelineOptions,
): Promise<FileEncoder> {
  const { boxes } = checkpoint;
  if (boxes !== undefined) {
    const pipeline = await createBoxesPipeline(engine, { ...checkpoint, boxes }, options);
    const { architecture, config } = checkpoint;
    const decode =
      architecture === 'detector'
        ? decodeWholePicture
        : squared(squareEncoder(architecture, config).imageSize);
    return { decode, ...pipeline };
  }
  if (checkpoint.architecture === 'detector') {
    const { encode, release } = await createDetectorPipeline(engine, checkpoint, options);
    return {
      // It resizes by itself, as its authors did.
      ...{ decode: decodeWholePicture, release },
      encode: ({ rgb, width, height }, signal) => encode(rgb, width, height, signal),
    };
  }
  const { encode, imageSize, release } = await createEncodingPipeline(engine, checkpoint, options);
  return { ...{ decode: squared(imageSize), release }, encode: ({ rgb }, signal) => encode(rgb, signal) };
}

const squared =
  (side: number): FileEncoder['decode'] =>
  async (file) => ({ rgb: await decodePicture(file, side), width: side, height: side });

interface SharedEncoder {
  encoder: Promise<FileEncoder>;
  users: number;
}

export function createEncodedPictures(
  engine: Engine,
  options: PipelineOptions & { keptBytes?: number } = {},
): EncodedPictures {
  const { keptBytes = KEPT_BYTES } = options;
  const encoders = new Map<string, SharedEncoder>();
  /** Key of the encoder and hash of the picture → its features. In the order of use. */
  const kept = new Map<string, { result: Promise<EncodedPicture>; bytes: number }>();
  const counts: EncodedCounts = { encoded: 0, cached: 0 };
  let total = 0;

  function drop(key: string): void {
    total -= kept.get(key)?.bytes ?? 0;
    kept.delete(key);
  }

  function encoded(encoder: FileEncoder, key: string, file: Uint8Array): Promise<EncodedPicture> {
    const known = kept.get(key);
    if (known) {
      counts.cached++;
      kept.delete(key);
      kept.set(key, known);
      return known.result;
    }
    // No work's signal: another one may wait for the same picture.
    const start = performance.now();
    const result = spanned('decode', {}, () => encoder.decode(file)).then((pixels) => {
      options.onPass?.('decode', 1, performance.now() - start);
      return spanned('encode', {}, () => encoder.encode(pixels));
    });
    const entry = { result, bytes: 0 };
    kept.set(key, entry);
    result.then(
      ({ features }) => {
        counts.encoded++;
        if (kept.get(key) !== entry) return;
        entry.bytes = features.byteLength;
        total += entry.bytes;
        for (const oldest of kept.keys()) {
          if (total <= keptBytes || oldest === key) break;
          drop(oldest);
        }
      },
      () => {
        if (kept.get(key) === entry) kept.delete(key);
      },
    );
    return result;
  }

  return {
    async open(checkpoint) {
      const id = await contentHash(checkpoint);
      const shared = encoders.get(id) ?? {
        encoder: createFileEncoder(engine, checkpoint, options),
        users: 0,
      };
      encoders.set(id, shared);
      shared.users++;
      const close = async () => {
        if (--shared.users > 0) return;
        encoders.delete(id);
        for (const key of [...kept.keys()]) if (key.startsWith(id)) drop(key);
        await (await shared.encoder).release();
      };
      try {
        const encoder = await shared.encoder;
        return {
          encode: (hash, file) => encoded(encoder, `${id}/${hash}`, file),
          async hiding(file, grid) {
            const hide = hider(await encoder.decode(file), grid);
            return (block, signal) => encoder.encode(hide(block), signal);
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

async function contentHash({ config, weights, boxes, drawings }: GridEncoderCheckpoint): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(config));
  if (boxes !== undefined) hash.update(`\n${boxes} boxes`);
  if (drawings) hash.update(`\n${await contentHash(drawings)}`);
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
