/**
 * The host: a bounded queue in this process, the models in a child that is replaced when it ends or hangs.
 *
 * At most `maxActive` images are in the child at a time; the child batches whatever is there, step by step. When
 * the child goes, every image that was active is tried once more; one that was active in two processes that died
 * ends its request with `inference_unavailable`.
 */
import { CodedError, UsageError } from '../errors.ts';
import { defaultPainter } from '../zoo/default-model.ts';
import { createZoo } from '../zoo/discovery.ts';
import { ChildActivity } from './child-activity.ts';
import { type InferenceProcess, superviseInferenceProcess } from './child-process.ts';
import type { InferenceHost, InferenceStats, PaintOptions, PaintRequest, PaintResult } from './host.ts';
import { HostedModels } from './hosted-models.ts';
import type { ChildOptions, JobImage, JobStep, ToParent } from './protocol.ts';
import { type Job, type Request, RequestQueue } from './request-queue.ts';

export interface HostOptions {
  /** Checkpoint folders, the shipped one first. */
  checkpoints: readonly string[];
  /** Compute threads of the child. */
  threads: number;
  /** Models to load at the start; left out: the default model, if there is one. */
  models?: readonly string[] | undefined;
  /** Most images that may wait. A request that finds an empty queue may be larger. */
  queueLimit?: number;
  /** Most images being painted at a time, which is the largest batch. */
  maxActive?: number;
  /** How often the child says that it is alive. */
  heartbeatMs?: number;
  /** Longest silence of a child that paints, and of one that loads a model, before it is replaced. */
  hangAfterMs?: number;
  loadHangAfterMs?: number;
  /** Longest time without a model run while images are active, heartbeat or not. */
  stallAfterMs?: number;
  log?: (level: 'info' | 'warn', message: string) => void;
  /** The child's program; tests give their own. */
  childModule?: URL;
}

export async function createInferenceHost(options: HostOptions): Promise<InferenceHost> {
  const host = new ProcessHost(options);
  await host.start();
  return host;
}

class ProcessHost implements InferenceHost {
  readonly #options: HostOptions;
  readonly #queueLimit: number;
  readonly #maxActive: number;
  readonly #models: HostedModels;
  readonly #queue = new RequestQueue();
  readonly #active = new Map<number, Job>();
  readonly #activity = new ChildActivity();
  #process: InferenceProcess | undefined;
  /** Models that must be loaded for this host to be ready. */
  #wanted: string[] = [];
  #nextJob = 1;
  #engine = '';
  /** Milliseconds per image, a running mean, for Retry-After. */
  #imageMs = 500;
  #closing = false;
  #idle: (() => void) | undefined;

  constructor(options: HostOptions) {
    this.#options = options;
    this.#queueLimit = options.queueLimit ?? 128;
    this.#maxActive = options.maxActive ?? 8;
    this.#models = new HostedModels({
      zoo: createZoo(options.checkpoints),
      send: (message) => this.#process?.send(message) ?? false,
      activeImages: (id) => [...this.#active.values()].filter((job) => job.request.spec.model === id).length,
      onReady: () => this.#dispatch(),
      onFailed: (id, error) => {
        for (const request of this.#queue.all()) if (request.spec.model === id) this.#end(request, error);
      },
    });
  }

  async start(): Promise<void> {
    await this.#models.rescan();
    const ids = this.#models.list().map((model) => model.id);
    const unknown = this.#options.models?.filter((id) => !ids.includes(id)) ?? [];
    if (unknown.length > 0) {
      throw new UsageError(`MODELS names ${unknown.join(', ')}; hosted models: ${ids.join(', ') || 'none'}.`);
    }
    const fallback = this.defaultModel();
    this.#wanted = [...(this.#options.models ?? (fallback === undefined ? [] : [fallback]))];
    const { threads, heartbeatMs = 1_000 } = this.#options;
    const childOptions: ChildOptions = { threads, maxBatch: this.#maxActive, heartbeatMs };
    this.#process = superviseInferenceProcess({
      module: this.#options.childModule ?? new URL('./child.ts', import.meta.url),
      args: [JSON.stringify(childOptions)],
      patienceMs: () => this.#patience(),
      onMessage: (message) => this.#onMessage(message),
      onGone: (reason) => this.#onGone(reason),
    });
    for (const id of this.#wanted) this.#models.want(id);
  }

  defaultModel(): string | undefined {
    return this.#options.models?.[0] ?? defaultPainter(this.#models.list());
  }

  paint(spec: PaintRequest, options: PaintOptions = {}): Promise<PaintResult> {
    return new Promise((resolve, reject) => {
      const total = spec.prompts.length * spec.n;
      if (total < 1 || spec.seeds.length !== total) {
        throw new Error(`${spec.seeds.length} seeds for ${spec.prompts.length} prompts × ${spec.n} images`);
      }
      if (this.#closing) throw new CodedError('shutting_down');
      options.signal?.throwIfAborted();
      this.#models.entryFor(spec.model, 'paint');
      this.#refuseIfFull(total);
      const request: Request = {
        spec,
        options,
        acceptedAt: performance.now(),
        queued: Array.from({ length: total }, (_, image) => image),
        images: new Array(total).fill(undefined),
        intermediate: Array.from({ length: total }, () => []),
        left: total,
        onAbort: () => this.#end(request, options.signal?.reason),
        resolve,
        reject,
      };
      this.#queue.add(request);
      options.signal?.addEventListener('abort', request.onAbort, { once: true });
      this.#models.want(spec.model);
      this.#dispatch();
    });
  }

  #refuseIfFull(images: number): void {
    const waiting = this.#queue.waiting();
    if (waiting === 0 || waiting + images <= this.#queueLimit) return;
    const retryAfter = Math.min(60, Math.max(1, Math.ceil((waiting * this.#imageMs) / 1000)));
    throw new CodedError('queue_full', undefined, { retryAfter });
  }

  /** Fills the child's places. */
  #dispatch(): void {
    if (this.#process?.state() !== 'running') return;
    while (this.#active.size < this.#maxActive) {
      const job = this.#queue.next(this.#active, (model) => this.#models.usable(model));
      if (!job) return;
      this.#send(job);
    }
  }

  #send(job: Job): void {
    const { request, image } = job;
    const { prompts, n, seeds, sampler, format, intermediate, model } = request.spec;
    const paint = {
      prompt: prompts[Math.floor(image / n)]!,
      seed: seeds[image]!,
      sampler,
      format,
      steps: intermediate || request.options.onStep !== undefined,
    };
    if (this.#active.size === 0) this.#activity.startsClock();
    const id = this.#nextJob++;
    this.#active.set(id, job);
    request.startedAt ??= performance.now();
    request.revision ??= this.#models.status(model).revision!;
    // Should the channel be closed already, the process's end brings the job back.
    this.#process?.send({ type: 'paint', job: id, model, paint });
  }

  /** A model that was unloaded while requests wait for it is loaded again. */
  #wantModels(): void {
    for (const request of this.#queue.all()) {
      try {
        this.#models.want(request.spec.model);
      } catch (error) {
        this.#end(request, error);
      }
    }
  }

  #onMessage(message: ToParent): void {
    switch (message.type) {
      case 'hello':
        this.#engine = message.engine;
        this.#models.onHello();
        break;
      case 'alive':
        this.#activity.onAlive(message);
        break;
      case 'loaded':
        this.#models.onLoaded(message.model, message.memoryBytes);
        break;
      case 'load-failed':
        this.#options.log?.('warn', `model ${message.model} could not be loaded: ${message.reason}`);
        this.#models.onLoadFailed(message.model, message.reason);
        break;
      case 'unloaded':
        this.#models.onUnloaded(message.model);
        this.#wantModels();
        break;
      case 'step':
        this.#onStep(message.job, message.step);
        return;
      case 'painted':
        this.#onPainted(message.job, message.image);
        break;
      case 'paint-failed':
        this.#onPaintFailed(message);
        break;
      case 'cancelled':
        this.#active.delete(message.job);
        break;
    }
    this.#models.settleUnloads();
    this.#dispatch();
  }

  #onStep(id: number, { step, steps, encoded, updated }: JobStep): void {
    const job = this.#active.get(id);
    if (!job || !this.#queue.has(job.request)) return;
    const seen = job.request.intermediate[job.image]!;
    // A second try repeats, byte for byte, what was passed on already.
    if (step <= seen.length) return;
    const picture = asBuffer(encoded);
    seen.push(picture);
    job.request.options.onStep?.({ image: job.image, step, steps, encoded: picture, updated });
  }

  #onPainted(id: number, image: JobImage): void {
    const job = this.#active.get(id);
    this.#active.delete(id);
    if (!job || !this.#queue.has(job.request)) return;
    const { request } = job;
    const { prompts, n, seeds, intermediate } = request.spec;
    request.images[job.image] = {
      ...image,
      prompt: prompts[Math.floor(job.image / n)]!,
      seed: seeds[job.image]!,
      encoded: asBuffer(image.encoded),
      ...(intermediate ? { intermediate: request.intermediate[job.image]! } : {}),
    };
    if (--request.left > 0) return;
    this.#end(request);
  }

  #onPaintFailed({ job: id, code, message, param, detail }: ToParent & { type: 'paint-failed' }): void {
    const job = this.#active.get(id);
    this.#active.delete(id);
    const options = { ...(param === undefined ? {} : { param }), cause: detail };
    if (job) this.#end(job.request, new CodedError(code, message, options));
  }

  /** Settles a request, once, and frees all its places. */
  #end(request: Request, error?: unknown): void {
    if (!this.#queue.remove(request)) return;
    request.options.signal?.removeEventListener('abort', request.onAbort);
    for (const [id, job] of this.#active) {
      if (job.request === request) this.#process?.send({ type: 'cancel', job: id });
    }
    if (request.left === 0) {
      const now = performance.now();
      const started = request.startedAt ?? now;
      const computeMs = now - started;
      this.#imageMs += 0.2 * (computeMs / request.images.length - this.#imageMs);
      request.resolve({
        images: request.images.map((image) => image!),
        model: request.spec.model,
        revision: request.revision!,
        engine: this.#engine,
        queueMs: started - request.acceptedAt,
        computeMs,
      });
    } else request.reject(error);
    if (this.#queue.size === 0) this.#idle?.();
    this.#dispatch();
  }

  #onGone(reason: string): void {
    this.#options.log?.('warn', `inference process ended (${reason}); starting another`);
    this.#activity.onGone();
    const orphans = [...this.#active.values()];
    this.#active.clear();
    for (const job of orphans) {
      if (!this.#queue.has(job.request)) continue;
      job.deaths++;
      if (job.deaths < 2) this.#queue.retryAlone(job);
      else this.#end(job.request, new CodedError('inference_unavailable'));
    }
    this.#models.onGone(reason);
    this.#wantModels();
  }

  /** How long the child may be silent now. Kills it, too, when it breathes but does not work. */
  #patience(): number {
    if (this.#models.loading()) return this.#options.loadHangAfterMs ?? 60_000;
    const stillness = this.#activity.stillness();
    if (this.#active.size > 0 && stillness > (this.#options.stallAfterMs ?? 60_000)) {
      this.#activity.startsClock();
      this.#process?.kill(`no model run for ${Math.round(stillness / 1000)} s`);
    }
    return this.#options.hangAfterMs ?? 10_000;
  }

  models = () => this.#models.list();
  rescan = () => this.#models.rescan();
  load = (id: string) => this.#models.load(id);
  unload = (id: string) => this.#models.unload(id);
  alive = () => this.#process?.state() === 'running';

  ready(): boolean {
    return this.alive() && !this.#closing && this.#wanted.every((id) => this.#models.usable(id));
  }

  stats(): InferenceStats {
    const pid = this.#process?.pid();
    const residentBytes = this.#activity.residentBytes();
    return {
      queuedImages: this.#queue.waiting(),
      activeImages: this.#active.size,
      pendingRequests: this.#queue.size,
      queueLimit: this.#queueLimit,
      restarts: this.#process?.restarts() ?? 0,
      batchSizes: this.#activity.runs(),
      ...(pid === undefined ? {} : { childPid: pid }),
      ...(residentBytes === undefined ? {} : { childResidentBytes: residentBytes }),
    };
  }

  async close(graceMs: number): Promise<void> {
    this.#closing = true;
    if (this.#queue.size > 0 && graceMs > 0) {
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        this.#idle = resolve;
        timer = setTimeout(resolve, graceMs);
      });
      clearTimeout(timer);
    }
    const error = new CodedError('shutting_down');
    for (const request of this.#queue.all()) this.#end(request, error);
    this.#models.close(error);
    await this.#process?.close();
  }
}

/** Structured clone turns a Buffer into a plain Uint8Array. */
const asBuffer = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
