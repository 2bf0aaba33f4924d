/**
 * What servers and inference workers say to each other, over HTTP: an ask is one POST, its answer a stream of frames;
 * a GET that stays open tells how the worker stands. All of it is MessagePack, so that pictures go as bytes.
 */
import type { IncomingMessage } from 'node:http';
import { decodeMultiStream, encode as encodeMessage } from '@msgpack/msgpack';
import type { ErrorCode } from '../errors.ts';
import type {
  CaptionRequest,
  CaptionResult,
  ModelState,
  Nlvr2Request,
  Nlvr2Result,
  PaintRequest,
  PaintResult,
  PaintStep,
  Picture,
  Reconstruction,
  ReconstructRequest,
  VqaRequest,
  VqaResult,
} from '../inference/host.ts';
import type { Task } from '../zoo/manifest.ts';

/** Raised with every change that the other side, of an older version, would not understand. */
export const PROTOCOL = 1;

export const ASK_PATH = '/inference/ask';
export const STATUS_PATH = '/inference/status';
export const CONTENT_TYPE = 'application/msgpack';

/** What a model is asked: request, result, and what is told meanwhile. */
export interface Kinds {
  paint: { request: PaintRequest; result: PaintResult; told: PaintStep };
  caption: {
    request: CaptionRequest;
    result: CaptionResult;
    told: { caption: CaptionResult['captions'][number]; index: number };
  };
  vqa: { request: VqaRequest; result: VqaResult; told: never };
  nlvr2: { request: Nlvr2Request; result: Nlvr2Result; told: never };
  reconstruct: { request: ReconstructRequest; result: Reconstruction; told: never };
}
export type Kind = keyof Kinds;

/** Of the model as the server knows it, and of no other. `telling`: what is told meanwhile is wanted. */
export type ModelAsk<K extends Kind = Kind> = {
  [Each in K]: { ask: Each; request: Kinds[Each]['request']; revision: string; telling: boolean };
}[K];

export type Ask =
  | ModelAsk
  /** Which model is for these pictures? */
  | { ask: 'model'; task: Task; pictures: readonly Picture[] }
  | { ask: 'load'; model: string; revision: string }
  | { ask: 'unload'; model: string };

export type AnswerFrame =
  | { type: 'told'; told: unknown }
  | { type: 'done'; result: unknown }
  | { type: 'failed'; code: ErrorCode; message: string; param?: string; retryAfter?: number }
  /** The worker has not got this revision of the model: another one may. */
  | { type: 'elsewhere' };

export interface WorkerModel {
  id: string;
  revision: string | undefined;
  state: ModelState;
  reason?: string | undefined;
  memoryBytes?: number | undefined;
}

/** A frame of the status: at every change, and every second. */
export interface WorkerStatus {
  engine: string;
  /** It serves: its models are there, or the next request loads them. */
  ready: boolean;
  /** It takes nothing new. */
  closing: boolean;
  models: readonly WorkerModel[];
  /** Pictures, captions, answers that wait there, or are being done. */
  works: number;
}

export const encode = (value: unknown): Uint8Array => encodeMessage(value, { ignoreUndefined: true });

/** @throws what the connection throws, RangeError where a frame is cut short */
export const framesOf = <Frame>(response: IncomingMessage): AsyncGenerator<Frame> =>
  decodeMultiStream(response) as AsyncGenerator<Frame>;
