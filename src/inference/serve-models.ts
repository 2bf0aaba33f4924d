/**
 * The child's side of the protocol: keeps the loaded models, paints what it is sent, says now and then that it
 * is alive. It has no state that a replacement would need.
 */
import { CodedError } from '../errors.ts';
import type { JobImage, JobStep, ModelSource, PaintJob, ToChild, ToParent } from './protocol.ts';

/** A loaded model that paints. */
export interface Painter {
  /** @throws CodedError for what the user can mend; the signal's reason when it is aborted */
  paint(job: PaintJob, hooks: { signal: AbortSignal; onStep?: (step: JobStep) => void }): Promise<JobImage>;
  release(): Promise<void>;
}

export interface ServeOptions {
  heartbeatMs: number;
  engine: string;
  load(source: ModelSource): Promise<Painter>;
  /** Model runs since the start, by batch size. */
  runs(): Record<number, number>;
}

/** Where messages go: `process` of a forked child. */
export interface ParentPort {
  send?(message: ToParent): boolean;
  on(event: 'message', listener: (message: ToChild) => void): unknown;
  on(event: 'disconnect', listener: () => void): unknown;
}

export function serveModels(port: ParentPort, options: ServeOptions): void {
  const painters = new Map<string, Painter>();
  const jobs = new Map<number, AbortController>();
  const send = (message: ToParent) => port.send?.(message);

  async function load(source: ModelSource): Promise<void> {
    const before = process.memoryUsage.rss();
    try {
      painters.set(source.id, await options.load(source));
      send({
        type: 'loaded',
        model: source.id,
        memoryBytes: Math.max(0, process.memoryUsage.rss() - before),
      });
    } catch (error) {
      send({ type: 'load-failed', model: source.id, reason: (error as Error).message });
    }
  }

  async function unload(model: string): Promise<void> {
    const painter = painters.get(model);
    painters.delete(model);
    await painter?.release();
    send({ type: 'unloaded', model });
  }

  async function paint(job: number, model: string, spec: PaintJob): Promise<void> {
    const abort = new AbortController();
    jobs.set(job, abort);
    const onStep = (step: JobStep) => {
      if (!abort.signal.aborted) send({ type: 'step', job, step });
    };
    try {
      const painter = painters.get(model);
      if (!painter) throw new Error(`${model} is not loaded`);
      const image = await painter.paint(spec, { signal: abort.signal, ...(spec.steps ? { onStep } : {}) });
      send({ type: 'painted', job, image });
    } catch (error) {
      if (abort.signal.aborted) send({ type: 'cancelled', job });
      else send(failure(job, error));
    } finally {
      jobs.delete(job);
    }
  }

  port.on('message', (message) => {
    switch (message.type) {
      case 'load':
        void load(message.source);
        break;
      case 'unload':
        void unload(message.model);
        break;
      case 'paint':
        void paint(message.job, message.model, message.paint);
        break;
      case 'cancel':
        jobs.get(message.job)?.abort();
        break;
    }
  });
  // The parent is gone: nobody is left to answer to.
  port.on('disconnect', () => process.exit(0));
  // Ctrl-C reaches the whole process group; the parent decides what is still finished.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => {});

  const alive = () => send({ type: 'alive', residentBytes: process.memoryUsage.rss(), runs: options.runs() });
  send({ type: 'hello', engine: options.engine });
  alive();
  setInterval(alive, options.heartbeatMs);
}

function failure(job: number, error: unknown): ToParent {
  const type = 'paint-failed';
  if (error instanceof CodedError) {
    const { code, message, param } = error;
    return { type, job, code, message, ...(param === null ? {} : { param }) };
  }
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { type, job, code: 'internal_error', message: new CodedError('internal_error').message, detail };
}
