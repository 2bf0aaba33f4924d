/** Messages between the host (parent) and the inference process (child), over Node's IPC channel. */
import type { EngineChoice } from '../engines/choose.ts';
import type { ErrorCode } from '../errors.ts';
import type { PictureKind } from '../models/picture-router.ts';
import type { Sampler } from '../sampling/sampler.ts';
import type { TextSampler } from '../sampling/text.ts';
import type { Reading } from '../tokenizer.ts';
import type { Carrier } from '../tracing.ts';
import type { Task } from '../zoo/manifest.ts';
import type { ImageFormat } from './encode-image.ts';

/** What the child is started with. */
export interface ChildOptions {
  threads: number;
  engine: EngineChoice;
  /** Most works at a time. */
  maxBatch: number;
  /** How often the child says that it is alive. */
  heartbeatMs: number;
  /** What tells the kinds of pictures apart, where the zoo has it. */
  router?: ModelSource;
}

/** Where a model's files lie; what the child needs of a zoo entry. */
export interface ModelSource {
  id: string;
  folder: string;
  /** Role → folder. */
  components: Record<string, string>;
}

export type Unwritten = 'grey' | 'generator';

/** A picture that is repainted in part. Both are named by their content hash. */
export interface PaintedOver {
  picture: string;
  /** The cells that its transparent pixels touch are painted; the others keep the picture's codes. */
  mask: string;
  /** What it was painted with, where that is known; what the model sees of the picture when left out. */
  codes?: readonly number[];
}

/** One image. */
export interface PaintInput {
  prompt: string;
  seed: number;
  sampler: Sampler;
  format: ImageFormat;
  /** Decode the picture after every step. */
  steps: boolean;
  /** With `steps`: after these alone, from 1; after all when left out. */
  shown?: readonly number[];
  /** With `steps`: cells without a code are grey (when left out), or what the generator makes of the model's mask. */
  unwritten?: Unwritten;
  /** Pictures of its request, which may cost so much together and no more; one when left out. */
  images?: number;
  /** Left out: all of the picture is painted. */
  over?: PaintedOver;
}

/** One picture as its visual codes show it: encoded, each cell given its nearest code, and painted. */
interface ReconstructInput {
  reconstruct: string;
  format: ImageFormat;
}

/** One caption. Pictures are named by their content hash; the child was sent them in a message before. */
export interface CaptionInput {
  picture: string;
  prefix: string;
  maxTokens: number;
  sampler: TextSampler;
  seed: number;
  /** How many more texts are wanted, of other lengths (none). */
  alternatives?: number;
}

/** One question. */
interface VqaInput {
  picture: string;
  question: string;
  topK: number;
  /** Blocks of a side that are hidden in turn; none when left out. */
  occlusion?: number;
}

/** One statement about two pictures. */
interface Nlvr2Input {
  left: string;
  right: string;
  statement: string;
  /** As of a question, of both pictures. */
  occlusion?: number;
}

export interface PaintStep {
  step: number;
  steps: number;
  encoded: Buffer;
  updated: number[];
}

export interface PaintOutcome extends Reading {
  /** What was read, where the prompt leaves out what goes without saying. */
  revisedPrompt?: string;
  width: number;
  height: number;
  codes: number[];
  encoded: Buffer;
  /** Cells that were repainted, of a picture that was in part. */
  repainted?: number[];
}

interface Caption {
  text: string;
  /** Comparable between captions of one picture: higher is better. */
  score: number;
}

export interface CaptionOutcome extends Caption, Reading {
  /** The best first. */
  alternatives: Caption[];
}

export interface VqaOutcome extends Reading {
  /** The best first. */
  answers: { answer: string; score: number }[];
  /** With `occlusion`: row by row. */
  hidden?: HiddenBlock<string>[];
}

export interface Nlvr2Outcome extends Reading {
  label: boolean;
  /** Probability that the statement is true. */
  score: number;
  /** With `occlusion`: row by row, of the left picture and then of the right one. */
  hidden?: HiddenBlock<boolean>[];
}

/** What is said while a block of a picture is hidden. */
export interface HiddenBlock<Answer> {
  answer: Answer;
  /** Probability of what was said of the whole picture. */
  score: number;
}

interface Kinds {
  /** Whatever paints has the codes and the generator that a reconstruction needs. */
  paint: { input: PaintInput | ReconstructInput; outcome: PaintOutcome };
  caption: { input: CaptionInput; outcome: CaptionOutcome };
  vqa: { input: VqaInput; outcome: VqaOutcome };
  nlvr2: { input: Nlvr2Input; outcome: Nlvr2Outcome };
}

export type InputOf<T extends Task> = Kinds[T]['input'];
export type OutcomeOf<T extends Task> = Kinds[T]['outcome'];

/** The unit of queueing, batching and retrying. */
export type Work<T extends Task = Task> = { [K in T]: { task: K; input: InputOf<K> } }[T];
export type Outcome = OutcomeOf<Task>;

/** Pictures since the start: decoded and encoded, and found in the cache instead. */
export interface EncodedCounts {
  encoded: number;
  cached: number;
}

export type ToChild =
  | { type: 'load'; source: ModelSource }
  | { type: 'unload'; model: string }
  /** An uploaded file, kept until `forget`. Comes before the first work that names it. */
  | { type: 'picture'; hash: string; bytes: Uint8Array }
  | { type: 'forget'; hash: string }
  /** `trace`: the span that asks. */
  | { type: 'work'; id: number; model: string; work: Work; trace?: Carrier }
  /** What kind is this picture? */
  | { type: 'route'; route: number; picture: string }
  /** The work's place is free when `cancelled` (or its result, if that was on its way) comes back. */
  | { type: 'cancel'; id: number };

export type ToParent =
  | { type: 'hello'; engine: string }
  /**
   * At every heartbeat, unless the event loop is blocked. Since the start: `passes` of the models by batch size, and
   * milliseconds by stage.
   */
  | {
      type: 'alive';
      residentBytes: number;
      passes: Record<number, number>;
      stages: Record<string, number>;
      pictures: EncodedCounts;
    }
  | { type: 'loaded'; model: string; memoryBytes: number }
  | { type: 'load-failed'; model: string; reason: string }
  | { type: 'unloaded'; model: string }
  | { type: 'step'; id: number; step: PaintStep }
  | { type: 'done'; id: number; outcome: Outcome }
  /** `detail`: for the log, never for the user. */
  | { type: 'failed'; id: number; code: ErrorCode; message: string; param?: string; detail?: string }
  /** `kind` is left out where it cannot be told: whoever is asked about the picture then says why. */
  | { type: 'routed'; route: number; kind?: PictureKind }
  | { type: 'cancelled'; id: number };
