/**
 * The child's side of the protocol: keeps the loaded models and the pictures that works are about, does what it is
 * sent, says now and then that it is alive. It has no state that a replacement would need.
 */
import { leaveSignalsToParent } from '../end-signals.ts';
import { collectGarbage } from '../engines/give-back-memory.ts';
import { CodedError } from '../errors.ts';
import type { PictureKind } from '../models/picture-router.ts';
import { continued } from '../tracing.ts';
import type { Task } from '../zoo/manifest.ts';
import type {
  EncodedCounts,
  InputOf,
  ModelSource,
  Outcome,
  OutcomeOf,
  PaintInput,
  PaintOutcome,
  PaintStep,
  ToChild,
  ToParent,
  Work,
} from './protocol.ts';

export interface WorkHooks {
  signal: AbortSignal;
  /** Only for works that paint, when the steps are wanted. */
  onStep?: (step: PaintStep) => void;
  /** The file of a picture that the work names. */
  picture(hash: string): Uint8Array;
}

/** @throws CodedError for what the user can mend; the signal's reason when it is aborted */
type Ability<T extends Task> = (input: InputOf<T>, hooks: WorkHooks) => Promise<OutcomeOf<T>>;

/** A loaded model: what it can do. */
export type LoadedModel = { [T in Task]?: Ability<T> } & { release(): Promise<void> };

/** What paints captions. */
export interface Painter {
  paint(input: PaintInput, hooks: Omit<WorkHooks, 'picture'>): Promise<PaintOutcome>;
  release(): Promise<void>;
}

export interface ServeOptions {
  heartbeatMs: number;
  engine: string;
  load(source: ModelSource): Promise<LoadedModel>;
  /** Passes of the models since the start, by batch size. */
  passes(): Record<number, number>;
  /** Milliseconds since the start, by stage. */
  stages?(): Record<string, number>;
  /** What kind of picture a file is; left out where nothing can tell. */
  route?(hash: string, file: Uint8Array): Promise<PictureKind>;
  /** Pictures since the start. */
  pictures?(): EncodedCounts;
  /** What is to be done when the parent is gone, in less than a second. */
  end?(): Promise<void>;
}

/** Where messages go: `process` of a forked child. */
export interface ParentPort {
  send?(message: ToParent, sent?: (error: Error | null) => void): boolean;
  on(event: 'message', listener: (message: ToChild) => void): unknown;
  on(event: 'disconnect', listener: () => void): unknown;
}

export function serveModels(port: ParentPort, options: ServeOptions): void {
  const models = new Map<string, LoadedModel>();
  const pictures = new Map<string, Uint8Array>();
  const works = new Map<number, AbortController>();
  // A parent that went before `disconnect` was listened for shows only here; nobody else would end this process.
  const send = (message: ToParent) =>
    port.send?.(message, (error) => {
      if (error) process.exit(0);
    });

  async function load(source: ModelSource): Promise<void> {
    const before = process.memoryUsage.rss();
    try {
      models.set(source.id, await options.load(source));
      collectGarbage();
      send({
        type: 'loaded',
        model: source.id,
        memoryBytes: Math.max(0, process.memoryUsage.rss() - before),
      });
    } catch (error) {
      send({ type: 'load-failed', model: source.id, reason: (error as Error).message });
    }
  }

  async function unload(id: string): Promise<void> {
    const model = models.get(id);
    models.delete(id);
    await model?.release();
    send({ type: 'unloaded', model: id });
  }

  function picture(hash: string): Uint8Array {
    const bytes = pictures.get(hash);
    if (!bytes) throw new Error(`picture ${hash} was not sent`);
    return bytes;
  }

  async function perform({ id, model, work, trace }: ToChild & { type: 'work' }): Promise<void> {
    const abort = new AbortController();
    works.set(id, abort);
    const onStep = (step: PaintStep) => {
      if (!abort.signal.aborted) send({ type: 'step', id: id, step });
    };
    const steps = work.task === 'paint' && 'steps' in work.input && work.input.steps;
    try {
      const loaded = models.get(model);
      if (!loaded) throw new Error(`${model} is not loaded`);
      const hooks: WorkHooks = { signal: abort.signal, picture, ...(steps ? { onStep } : {}) };
      const outcome = await continued(trace, work.task, { 'xlxmert.model': model }, () =>
        dispatch(loaded, work, hooks),
      );
      send({ type: 'done', id: id, outcome });
    } catch (error) {
      if (abort.signal.aborted) send({ type: 'cancelled', id: id });
      else send(failure(id, error));
    } finally {
      works.delete(id);
    }
  }

  async function route(id: number, hash: string): Promise<void> {
    // What is wrong with a picture is told by the task that is asked for, with the field that it came in.
    const kind = await options.route?.(hash, picture(hash)).catch(() => undefined);
    send({ type: 'routed', route: id, ...(kind && { kind }) });
  }

  port.on('message', (message) => {
    switch (message.type) {
      case 'load':
        void load(message.source);
        break;
      case 'unload':
        void unload(message.model);
        break;
      case 'picture':
        pictures.set(message.hash, message.bytes);
        break;
      case 'forget':
        pictures.delete(message.hash);
        break;
      case 'work':
        void perform(message);
        break;
      case 'route':
        void route(message.route, message.picture);
        break;
      case 'cancel':
        works.get(message.id)?.abort();
        break;
    }
  });
  // The parent is gone: nobody is left to answer to.
  port.on('disconnect', async () => {
    await options.end?.().catch(() => {});
    process.exit(0);
  });
  leaveSignalsToParent();

  const alive = () =>
    send({
      type: 'alive',
      residentBytes: process.memoryUsage.rss(),
      passes: options.passes(),
      stages: options.stages?.() ?? {},
      pictures: options.pictures?.() ?? { encoded: 0, cached: 0 },
    });
  send({ type: 'hello', engine: options.engine });
  alive();
  setInterval(alive, options.heartbeatMs);
}

function dispatch(model: LoadedModel, work: Work, hooks: WorkHooks): Promise<Outcome> {
  const unable = () => Promise.reject(new Error(`the model was not loaded for ${work.task}`));
  switch (work.task) {
    case 'paint':
      return model.paint?.(work.input, hooks) ?? unable();
    case 'caption':
      return model.caption?.(work.input, hooks) ?? unable();
    case 'vqa':
      return model.vqa?.(work.input, hooks) ?? unable();
    case 'nlvr2':
      return model.nlvr2?.(work.input, hooks) ?? unable();
  }
}

function failure(id: number, error: unknown): ToParent {
  const type = 'failed';
  if (error instanceof CodedError) {
    const { code, message, param } = error;
    return { type, id, code, message, ...(param === null ? {} : { param }) };
  }
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { type, id, code: 'internal_error', message: new CodedError('internal_error').message, detail };
}
