/**
 * What the rest of the server knows of inference: requests in, pictures and answers out. The models live in a child
 * process (onnxruntime's run is synchronous and would block the event loop); `host-process.ts` makes a host.
 */
import type { Sampler } from '../sampling/sampler.ts';
import type { TextSampler } from '../sampling/text.ts';
import type { Reading } from '../tokenizer.ts';
import type { Architecture, Manifest, Task } from '../zoo/manifest.ts';
import type { ImageFormat } from './encode-image.ts';
import type { CaptionOutcome, Nlvr2Outcome, Unwritten, VqaOutcome } from './protocol.ts';

export interface PaintRequest {
  /** At least one. */
  prompts: readonly string[];
  /** Id of a hosted model with the task `paint`. One that is not loaded is loaded first. */
  model: string;
  /** Images per prompt. */
  n: number;
  sampler: Sampler;
  /** One per image, `prompts.length * n`, prompt by prompt. 0 .. 2^32-1. */
  seeds: readonly number[];
  format: ImageFormat;
  /** Return the picture after every step as well. */
  intermediate: boolean;
  /** Steps that are told or returned, as in PaintInput. */
  shown?: readonly number[];
  unwritten?: Unwritten;
  /** What is repainted in part; left out: all is painted anew. */
  over?: { picture: Picture; mask: Picture; codes?: readonly number[] };
}

interface PaintedImage extends Reading {
  prompt: string;
  /** What was read, where the prompt leaves out what goes without saying. */
  revisedPrompt?: string;
  seed: number;
  /** Pixels. */
  width: number;
  height: number;
  /** Visual codes of the grid, row by row. */
  codes: number[];
  /** The file, in the request's format. */
  encoded: Buffer;
  /** With `intermediate`: the file after every step, the last one equal to `encoded`. */
  intermediate?: Buffer[];
  /** With `over`: the cells that were painted, of the grid row by row. */
  repainted?: number[];
}

export interface PaintStep {
  /** Index into the result's images. */
  image: number;
  /** 1 .. steps */
  step: number;
  steps: number;
  /** The picture after this step, in the request's format. Cells without a code yet are grey. */
  encoded: Buffer;
  /** Grid positions whose code was written in this step. */
  updated: number[];
}

/** How a request was served, whatever it was. */
export interface Served {
  model: string;
  /** Content hash of the checkpoint and its components. */
  revision: string;
  /** Name of the engine. */
  engine: string;
  /** Milliseconds until the first work of the request started, and from then to the end. */
  queueMs: number;
  computeMs: number;
}

/** The outcomes of a request's works, in their order. */
export interface Done<T> extends Served {
  outcomes: T[];
}

export interface PaintResult extends Served {
  images: PaintedImage[];
}

/** An uploaded file whose header was read (picture-header.ts); it is decoded in the child alone. */
export interface Picture {
  /** sha256 of the bytes, in hexadecimal. */
  hash: string;
  bytes: Uint8Array;
}

export interface ReconstructRequest {
  picture: Picture;
  /** Id of a hosted model with the task `paint`. */
  model: string;
  format: ImageFormat;
}

export interface Reconstruction extends Served {
  /** Pixels. */
  width: number;
  height: number;
  /** The nearest visual codes of the grid, row by row. */
  codes: number[];
  /** The file, in the request's format. */
  encoded: Buffer;
}

export interface CaptionRequest {
  picture: Picture;
  /** Id of a hosted model with the task. One that is not loaded is loaded first. */
  model: string;
  /** The caption begins with these words. */
  prefix: string;
  maxTokens: number;
  sampler: TextSampler;
  /** One per caption. 0 .. 2^32-1. */
  seeds: readonly number[];
}

export interface CaptionResult extends Served {
  /** In the order of the seeds. */
  captions: (Omit<CaptionOutcome, 'alternatives'> & { seed: number })[];
}

export interface VqaRequest {
  picture: Picture;
  model: string;
  question: string;
  /** How many answers to return. */
  topK: number;
  /** Blocks of a side that are hidden in turn, one answer more for each; none when left out. */
  occlusion?: number;
}

export interface VqaResult extends Served, VqaOutcome {}

export interface Nlvr2Request {
  left: Picture;
  right: Picture;
  model: string;
  statement: string;
  /** As of a question, of both pictures. */
  occlusion?: number;
}

export interface Nlvr2Result extends Served, Nlvr2Outcome {}

export interface WorkOptions {
  /** Aborting frees the request's places in queue and batch at once; the promise rejects with its reason. */
  signal?: AbortSignal;
}

export interface CaptionOptions extends WorkOptions {
  /** Called with every caption, in the order of the seeds, as soon as it and those before it are there. */
  onCaption?: (caption: CaptionResult['captions'][number], index: number) => void;
}

export interface PaintOptions extends WorkOptions {
  /**
   * Called after every sampling step of every image (pictures are decoded only when this is given or
   * `intermediate` is). Every (image, step) comes once, even when the request was retried.
   */
  onStep?: (step: PaintStep) => void;
}

export type ModelState = 'available' | 'loading' | 'ready' | 'failed';

export interface ModelStatus {
  id: string;
  state: ModelState;
  /** Why the state is `failed`. */
  reason?: string;
  /** Left out when the manifest itself cannot be read (state `failed`). */
  manifest?: Manifest;
  /** Left out until known (a manifest that cannot be read). */
  revision?: string;
  architecture?: Architecture;
  tasks: string[];
  /** Number of parameters, components included. */
  parameters?: number;
  /** Cells on a side of the grid of a model that paints. */
  grid?: number;
  /** What it paints with, where a request names no strategy. */
  sampler?: string;
  /** What a model that answers or judges was fine-tuned on. */
  head?: string;
  /** Bytes by which loading the model grew the inference process; only in state `ready`. */
  memoryBytes?: number;
}

export interface InferenceStats {
  /** Works (images, captions, questions, statements) that wait for a place, and those being done. */
  queuedWorks: number;
  activeWorks: number;
  /** Requests that have not ended. */
  pendingRequests: number;
  /** Most works that may wait. */
  queueLimit: number;
  /** Since the start: how often the child process was replaced. */
  restarts: number;
  /** Name of the engine, once it is known. */
  engine?: string;
  /** Of a server whose models run in inference workers, which tell the rest themselves. */
  workers?: {
    live: number;
    /** Of those, the ones that serve. */
    ready: number;
    /** Not used: they are of a version that speaks another protocol. */
    otherVersion: number;
    /** Since the start: requests that were tried again, as their worker was lost. */
    retries: number;
  };
  /** The child process, while there is one. */
  childPid?: number;
  childResidentBytes?: number;
  /** Rows of a model's pass → number of such passes since the start, as of the last heartbeat. For a histogram. */
  batchSizes: Record<number, number>;
  /** Stage of inference → milliseconds since the start, as of the last heartbeat. */
  stageMs: Record<string, number>;
  /** Uploaded pictures since the start, as of the last heartbeat: decoded and encoded, and met again in the cache. */
  picturesEncoded: number;
  picturesCached: number;
}

/** What it throws are `CodedError`s: a route passes them on as they are. */
export interface InferenceHost {
  /**
   * @throws CodedError model_not_found, task_not_supported, model_not_ready (loading failed; the message says
   *   why), impossible_request (sampler settings that this model cannot follow), queue_full,
   *   inference_unavailable (the process ended or hung under it twice), shutting_down, internal_error.
   *   When the signal is aborted, its reason.
   */
  paint(request: PaintRequest, options?: PaintOptions): Promise<PaintResult>;
  /** @throws as `paint`, and CodedError image_damaged, image_too_large (its header had lied) */
  caption(request: CaptionRequest, options?: CaptionOptions): Promise<CaptionResult>;
  /** @throws as `caption` */
  vqa(request: VqaRequest, options?: WorkOptions): Promise<VqaResult>;
  /** @throws as `caption` */
  nlvr2(request: Nlvr2Request, options?: WorkOptions): Promise<Nlvr2Result>;
  /** What is left of a picture in the model's visual codes. */
  reconstruct(request: ReconstructRequest, options?: WorkOptions): Promise<Reconstruction>;
  /**
   * The model for requests that name none: the first of MODELS with that task, else the zoo's default for it, else
   * the first that can; none when none can.
   */
  defaultModel(task: Task): string | undefined;
  /**
   * The same for pictures: where the zoo has a router and models for photographs and for scenes, those for the kind
   * that the (first) picture is of.
   */
  modelFor(task: Task, pictures: readonly Picture[]): Promise<string | undefined>;
  /** Every hosted checkpoint, components included, in the order of ids. */
  models(): ModelStatus[];
  /** Reads the checkpoint folders again: new ones appear, removed ones that are not loaded go. */
  rescan(): Promise<void>;
  /** The same, and what is loaded is unloaded where it is gone, and loaded again where its files are others. */
  refresh(): Promise<void>;
  /**
   * Tells the other servers, if there are any, that the folders have changed.
   * @param wanted a model that they load at once
   */
  announce(wanted?: string): Promise<void>;
  /** Resolves when the model is ready. Rereads its files. @throws CodedError model_not_found, model_not_ready */
  load(id: string): Promise<ModelStatus>;
  /** Resolves when its memory is given back. What it is painting is finished first. @throws CodedError model_not_found */
  unload(id: string): Promise<ModelStatus>;
  /**
   * Deletes a model of the folder that may be changed, with its files. What it is working on is finished first.
   * @param check is given the paths in the zoo of what goes; throws for a reason to keep it
   * @throws CodedError model_not_found, model_busy, model_shipped, model_in_use, and what `check` throws
   */
  remove(id: string, check?: (paths: readonly string[]) => Promise<void>): Promise<void>;
  /** The child process answers, and there is a model that serves requests, or that the next one loads. */
  ready(): boolean;
  /** The child process is there and answers. */
  alive(): boolean;
  stats(): InferenceStats;
  /** Accepts nothing more, lets what runs finish for that long, then ends the child. */
  close(graceMs: number): Promise<void>;
}
