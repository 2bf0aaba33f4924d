/**
 * Pictures after decoding and the grid encoder, kept by content: two tasks on one picture, or one task twice, decode
 * and encode it once. Models that hold the same encoder, bit by bit, share it. Bounded; the least recently used go.
 */
import { createHash } from 'node:crypto';
import type { Engine } from '../engines/engine.ts';
import { decodePicture } from '../pictures/decode-picture.ts';
import type { GridEncoderCheckpoint } from '../zoo/grid-encoder.ts';
import type { PipelineOptions } from './pipelines/options.ts';
import { createSeeingPipeline, type SeeingPipeline, type Seen } from './pipelines/see.ts';
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
  /** The encoder goes with its last user, and what it saw with it. */
  close(): Promise<void>;
}

export interface SeenPictures {
  open(encoder: GridEncoderCheckpoint): Promise<Sight>;
  counts(): SeenCounts;
}

interface Encoder {
  pipeline: Promise<SeeingPipeline>;
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

  function see(pipeline: SeeingPipeline, key: string, file: Uint8Array): Promise<Seen> {
    const known = seen.get(key);
    if (known) {
      counts.cached++;
      seen.delete(key);
      seen.set(key, known);
      return known.result;
    }
    // No job's signal: another job may wait for the same picture.
    const result = decodePicture(file, pipeline.imageSize).then((rgb) => pipeline.see(rgb));
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
      const id = contentHash(checkpoint);
      const encoder = encoders.get(id) ?? {
        pipeline: createSeeingPipeline(engine, checkpoint, options),
        users: 0,
      };
      encoders.set(id, encoder);
      encoder.users++;
      const close = async () => {
        if (--encoder.users > 0) return;
        encoders.delete(id);
        for (const key of [...seen.keys()]) if (key.startsWith(id)) drop(key);
        await (await encoder.pipeline).release();
      };
      try {
        const pipeline = await encoder.pipeline;
        return { see: (hash, file) => see(pipeline, `${id}/${hash}`, file), close };
      } catch (error) {
        encoders.delete(id);
        throw error;
      }
    },
    counts: () => ({ ...counts }),
  };
}

function contentHash({ config, weights }: GridEncoderCheckpoint): string {
  const hash = createHash('sha256').update(JSON.stringify(config));
  for (const [name, { shape, data }] of Object.entries(weights).sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(`\n${name} ${shape}\n`);
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest('hex');
}
