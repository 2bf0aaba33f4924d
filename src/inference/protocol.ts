/** Messages between the host (parent) and the inference process (child), over Node's IPC channel. */
import type { ErrorCode } from '../errors.ts';
import type { Sampler } from '../sampling/sampler.ts';
import type { ImageFormat } from './host.ts';

/** What the child is started with. */
export interface ChildOptions {
  threads: number;
  /** Most images at a time. */
  maxBatch: number;
  /** How often the child says that it is alive. */
  heartbeatMs: number;
}

/** Where a model's files lie; what the child needs of a zoo entry. */
export interface ModelSource {
  id: string;
  folder: string;
  /** Role → folder. */
  components: Record<string, string>;
}

/** One image: the unit of queueing, batching and retrying. */
export interface PaintJob {
  prompt: string;
  seed: number;
  sampler: Sampler;
  format: ImageFormat;
  /** Decode the picture after every step. */
  steps: boolean;
}

export interface JobStep {
  step: number;
  steps: number;
  encoded: Buffer;
  updated: number[];
}

export interface JobImage {
  truncated: boolean;
  width: number;
  height: number;
  codes: number[];
  encoded: Buffer;
}

export type ToChild =
  | { type: 'load'; source: ModelSource }
  | { type: 'unload'; model: string }
  | { type: 'paint'; job: number; model: string; paint: PaintJob }
  /** The job's place is free when `cancelled` (or its result, if that was on its way) comes back. */
  | { type: 'cancel'; job: number };

export type ToParent =
  | { type: 'hello'; engine: string }
  /** At every heartbeat, unless the event loop is blocked. `runs`: model runs since the start, by batch size. */
  | { type: 'alive'; residentBytes: number; runs: Record<number, number> }
  | { type: 'loaded'; model: string; memoryBytes: number }
  | { type: 'load-failed'; model: string; reason: string }
  | { type: 'unloaded'; model: string }
  | { type: 'step'; job: number; step: JobStep }
  | { type: 'painted'; job: number; image: JobImage }
  /** `detail`: for the log, never for the user. */
  | { type: 'paint-failed'; job: number; code: ErrorCode; message: string; param?: string; detail?: string }
  | { type: 'cancelled'; job: number };
