/**
 * The host: a bounded queue in this process, the models in a child.
 *
 * A request is cut into images. An image is `queued`, then `active` in the child (at most `maxActive` at a time),
 * then done. Requests take turns image by image, so that one large request does not hold up the small ones behind
 * it. The child batches whatever is active, step by step.
 *
 * When the child goes, every image that was active is tried once more, alone: should one of them be what killed
 * it, the others do not go down with it a second time. An image that was active in two processes that died ends
 * its request with `inference_unavailable`.
 */
import { CodedError, UsageError } from '../errors.ts';
import { defaultPainter } from '../zoo/default-model.ts';
import { createZoo } from '../zoo/discovery.ts';
import { superviseInferenceProcess } from './child-process.ts';
import type {
  InferenceHost,
  InferenceStats,
  PaintedImage,
  PaintOptions,
  PaintRequest,
  PaintResult,
} from './host.ts';
import { HostedModels } from './hosted-models.ts';
import type { ChildOptions, JobImage, JobStep, ToParent } from './protocol.ts';

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

interface Request {
  readonly spec: PaintRequest;
  readonly options: PaintOptions;
  readonly revision: string;
  readonly acceptedAt: number;
  startedAt?: number;
  /** Indexes of images that wait. */
  readonly queued: number[];
  readonly images: (PaintedImage | undefined)[];
  readonly intermediate: Buffer[][];
  left: number;
  resolve(result: PaintResult): void;
  reject(error: unknown): void;
}

interface Job {
  readonly request: Request;
  readonly image: number;
  /** Processes that died under it. */
  deaths: number;
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
  #process: ReturnType<typeof superviseInferenceProcess> | undefined;
  #wanted: string[] = [];
  /** In the order of their turns. */
  readonly #requests = new Set<Request>();
  readonly #active = new Map<number, Job>();
  #suspects: Job[] = [];
  #nextJob = 1;
  #engine = '';
  /** Model runs by batch size, of this child and of those before it. */
  #runs: Record<number, number> = {};
  #earlierRuns: Record<number, number> = {};
  #residentBytes: number | undefined;
  /** When the child last finished a model run, or was given its first image. */
  #progressAt = 0;
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
        for (const request of [...this.#requests]) if (request.spec.model === id) this.#end(request, error);
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
      const { revision } = this.#models.entryFor(spec.model, 'paint');
      this.#refuseIfFull(total);
      const request: Request = {
        spec,
        options,
        revision,
        acceptedAt: performance.now(),
        queued: Array.from({ length: total }, (_, image) => image),
        images: new Array(total).fill(undefined),
        intermediate: Array.from({ length: total }, () => []),
        left: total,
        resolve,
        reject,
      };
      this.#requests.add(request);
      options.signal?.addEventListener('abort', this.#onAbort(request), { once: true });
      this.#models.want(spec.model);
      this.#dispatch();
    });
  }

  readonly #abortListeners = new WeakMap<Request, () => void>();
  #onAbort(request: Request): () => void {
    const listener = () => this.#end(request, request.options.signal?.reason);
    this.#abortListeners.set(request, listener);
    return listener;
  }

  #queuedImages(): number {
    let count = this.#suspects.length;
    for (const request of this.#requests) count += request.queued.length;
    return count;
  }

  #refuseIfFull(images: number): void {
    const waiting = this.#queuedImages();
    if (waiting === 0 || waiting + images <= this.#queueLimit) return;
    const retryAfter = Math.min(60, Math.max(1, Math.ceil((waiting * this.#imageMs) / 1000)));
    throw new CodedError('queue_full', undefined, { retryAfter });
  }

  /** Fills the child's places. */
  #dispatch(): void {
    if (this.#process?.state() !== 'running') return;
    while (this.#active.size < this.#maxActive) {
      const suspectActive = [...this.#active.values()].some((job) => job.deaths > 0);
      if (suspectActive || (this.#suspects.length > 0 && this.#active.size > 0)) return;
      const job = this.#nextSuspect() ?? this.#nextQueued();
      if (!job || !this.#send(job)) return;
    }
  }

  #nextSuspect(): Job | undefined {
    const at = this.#suspects.findIndex((job) => this.#models.usable(job.request.spec.model));
    return at < 0 ? undefined : this.#suspects.splice(at, 1)[0];
  }

  #nextQueued(): Job | undefined {
    for (const request of this.#requests) {
      if (request.queued.length === 0 || !this.#models.usable(request.spec.model)) continue;
      // To the end of the line.
      this.#requests.delete(request);
      this.#requests.add(request);
      return { request, image: request.queued.shift()!, deaths: 0 };
    }
    return undefined;
  }

  #send(job: Job): boolean {
    const { request, image } = job;
    const { prompts, n, seeds, sampler, format, intermediate, model } = request.spec;
    const paint = {
      prompt: prompts[Math.floor(image / n)]!,
      seed: seeds[image]!,
      sampler,
      format,
      steps: intermediate || request.options.onStep !== undefined,
    };
    const id = this.#nextJob++;
    if (this.#active.size === 0) this.#progressAt = Date.now();
    this.#active.set(id, job);
    request.startedAt ??= performance.now();
    return this.#process?.send({ type: 'paint', job: id, model, paint }) ?? false;
  }

  #onMessage(message: ToParent): void {
    switch (message.type) {
      case 'hello':
        this.#engine = message.engine;
        this.#models.onHello();
        break;
      case 'alive':
        if (count(message.runs) > count(this.#runs)) this.#progressAt = Date.now();
        this.#runs = message.runs;
        this.#residentBytes = message.residentBytes;
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
    if (!job || !this.#requests.has(job.request)) return;
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
    if (!job || !this.#requests.has(job.request)) return;
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
    if (!this.#requests.delete(request)) return;
    const listener = this.#abortListeners.get(request);
    if (listener) request.options.signal?.removeEventListener('abort', listener);
    request.queued.length = 0;
    this.#suspects = this.#suspects.filter((job) => job.request !== request);
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
        revision: request.revision,
        engine: this.#engine,
        queueMs: started - request.acceptedAt,
        computeMs,
      });
    } else request.reject(error);
    if (this.#requests.size === 0) this.#idle?.();
    this.#dispatch();
  }

  #onGone(reason: string): void {
    this.#options.log?.('warn', `inference process ended (${reason}); starting another`);
    this.#residentBytes = undefined;
    this.#earlierRuns = added(this.#earlierRuns, this.#runs);
    this.#runs = {};
    const orphans = [...this.#active.values()].filter((job) => this.#requests.has(job.request));
    this.#active.clear();
    for (const job of orphans) {
      if (!this.#requests.has(job.request)) continue;
      job.deaths++;
      if (job.deaths < 2) this.#suspects.push(job);
      else this.#end(job.request, new CodedError('inference_unavailable'));
    }
    this.#models.onGone(reason);
  }

  /** How long the child may be silent now. Kills it, too, when it breathes but does not work. */
  #patience(): number {
    if (this.#models.loading()) return this.#options.loadHangAfterMs ?? 60_000;
    const stalled = Date.now() - this.#progressAt;
    if (this.#active.size > 0 && stalled > (this.#options.stallAfterMs ?? 60_000)) {
      this.#progressAt = Date.now();
      this.#process?.kill(`no model run for ${Math.round(stalled / 1000)} s`);
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
    return {
      queuedImages: this.#queuedImages(),
      activeImages: this.#active.size,
      pendingRequests: this.#requests.size,
      queueLimit: this.#queueLimit,
      restarts: this.#process?.restarts() ?? 0,
      batchSizes: added(this.#earlierRuns, this.#runs),
      ...(pid !== undefined ? { childPid: pid } : {}),
      ...(this.#residentBytes !== undefined ? { childResidentBytes: this.#residentBytes } : {}),
    };
  }

  async close(graceMs: number): Promise<void> {
    this.#closing = true;
    if (this.#requests.size > 0 && graceMs > 0) {
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        this.#idle = resolve;
        timer = setTimeout(resolve, graceMs);
      });
      clearTimeout(timer);
    }
    const error = new CodedError('shutting_down');
    for (const request of [...this.#requests]) this.#end(request, error);
    this.#models.close(error);
    await this.#process?.close();
  }
}

const count = (runs: Record<number, number>) => Object.values(runs).reduce((sum, n) => sum + n, 0);

function added(a: Record<number, number>, b: Record<number, number>): Record<number, number> {
  const sum = { ...a };
  for (const [size, runs] of Object.entries(b)) sum[Number(size)] = (sum[Number(size)] ?? 0) + runs;
  return sum;
}

/** Structured clone turns a Buffer into a plain Uint8Array. */
const asBuffer = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
