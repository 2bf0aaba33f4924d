/**
 * The host: a bounded queue in this process, the models in a child that is replaced when it ends or hangs.
 *
 * Every task of a model has `maxActive` places in the child for works (images, captions, questions, statements), and no
 * request more than that; the child batches whatever is there, step by step, and whoever has the shortest way to go is
 * not held up by who has the longest: a work that is still there after its turn makes room for one that waits, and goes
 * on beside it. When the child goes, every work that was active is tried once more; one that was
 * active in two processes that died ends its request with `inference_unavailable`.
 */
import { DEFAULT_ENGINE, type EngineChoice } from '../engines/choose.ts';
import { CodedError, UsageError } from '../errors.ts';
import { PICTURE_KINDS } from '../models/picture-router.ts';
import { beginSpan, carrier } from '../tracing.ts';
import { defaultModel, dependsOnKind } from '../zoo/default-model.ts';
import { createZoo } from '../zoo/discovery.ts';
import { TASKS, type Task } from '../zoo/manifest.ts';
import { removeFolders } from '../zoo/remove-checkpoint.ts';
import { ChildActivity } from './child-activity.ts';
import { type InferenceProcess, superviseInferenceProcess } from './child-process.ts';
import { alternativesOf, distinctCaptions } from './distinct-captions.ts';
import type {
  CaptionOptions,
  CaptionRequest,
  CaptionResult,
  Done,
  InferenceHost,
  InferenceStats,
  ModelStatus,
  Nlvr2Request,
  Nlvr2Result,
  PaintOptions,
  PaintRequest,
  PaintResult,
  Picture,
  Reconstruction,
  ReconstructRequest,
  VqaRequest,
  VqaResult,
  WorkOptions,
} from './host.ts';
import { HostedModels } from './hosted-models.ts';
import { plannedRemoval } from './model-removal.ts';
import { PictureRouting } from './picture-routing.ts';
import type {
  CaptionOutcome,
  ChildOptions,
  InputOf,
  Outcome,
  OutcomeOf,
  PaintStep,
  ToParent,
  Work,
} from './protocol.ts';
import { type Request, RequestQueue, type WorkItem } from './request-queue.ts';
import { SentPictures } from './sent-pictures.ts';

export interface HostOptions {
  /** Checkpoint folders, the shipped one first. */
  checkpoints: readonly string[];
  /** The one of them that may be changed; left out: none. */
  ownCheckpoints?: string;
  /** Compute threads of the child. */
  threads: number;
  /** What runs the models in the child; left out: the default. */
  engine?: EngineChoice;
  /** Models to load at the start; left out: the default model of every task, as far as there are any. */
  models?: readonly string[] | undefined;
  /** Most works that may wait. A request that finds an empty queue may be larger. */
  queueLimit?: number;
  /** Places of every task of a model, which is the largest batch. */
  maxActive?: number;
  /** Milliseconds after which a work makes room for one that waits. */
  turnMs?: number;
  /** How often the child says that it is alive. */
  heartbeatMs?: number;
  /** Longest silence of a child that works, and of one that loads a model, before it is replaced. */
  hangAfterMs?: number;
  loadHangAfterMs?: number;
  /** Longest time without a pass of a model or a decoded picture while works are active, heartbeat or not. */
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
  readonly #turnMs: number;
  readonly #models: HostedModels;
  readonly #queue = new RequestQueue();
  readonly #active = new Map<number, WorkItem>();
  readonly #activity = new ChildActivity();
  readonly #pictures = new SentPictures((message) => this.#process?.send(message) ?? false);
  readonly #routing = new PictureRouting(this.#pictures, (message) => this.#process?.send(message) ?? false);
  /** Whether the zoo has what tells the kinds of pictures apart. */
  #routes = false;
  #process: InferenceProcess | undefined;
  /** Models that are loaded at the start, and whether each of them was, or could not be. */
  #wanted: string[] = [];
  #started = false;
  #nextWork = 1;
  #engine = '';
  #turns: NodeJS.Timeout | undefined;
  /** Milliseconds per work, a running mean, for Retry-After. */
  #workMs = 500;
  #closing = false;
  #idle: (() => void) | undefined;

  constructor(options: HostOptions) {
    this.#options = options;
    this.#queueLimit = options.queueLimit ?? 128;
    this.#maxActive = options.maxActive ?? 8;
    this.#turnMs = options.turnMs ?? 1_000;
    this.#models = new HostedModels({
      zoo: createZoo(options.checkpoints),
      send: (message) => this.#process?.send(message) ?? false,
      activeWorks: (id) => [...this.#active.values()].filter((item) => item.request.model === id).length,
      onReady: () => this.#dispatch(),
      onFailed: (id, error) => {
        for (const request of this.#queue.all()) if (request.model === id) this.#end(request, error);
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
    const kinds = this.#models.router() ? PICTURE_KINDS : [undefined];
    const defaults = TASKS.flatMap((task) =>
      kinds.map((kind) => defaultModel(this.#candidates(task), task, kind)),
    ).filter((id) => id !== undefined);
    this.#wanted = [...new Set(this.#options.models ?? defaults)];
    const { threads, engine = DEFAULT_ENGINE, heartbeatMs = 1_000 } = this.#options;
    const router = this.#models.router();
    this.#routes = router !== undefined;
    const childOptions: ChildOptions = {
      ...{ threads, engine, maxBatch: this.#maxActive, heartbeatMs },
      ...(router && { router }),
    };
    this.#process = superviseInferenceProcess({
      module: this.#options.childModule ?? new URL('./child.ts', import.meta.url),
      args: [JSON.stringify(childOptions)],
      patienceMs: () => this.#patience(),
      onMessage: (message) => this.#onMessage(message),
      onGone: (reason) => this.#onGone(reason),
    });
    for (const id of this.#wanted) this.#models.want(id);
  }

  defaultModel(task: Task): string | undefined {
    return defaultModel(this.#candidates(task), task);
  }

  async modelFor(task: Task, pictures: readonly Picture[]): Promise<string | undefined> {
    const models = this.#candidates(task);
    if (!this.#routes || !dependsOnKind(models, task)) return defaultModel(models, task);
    return defaultModel(models, task, await this.#routing.kindOf(pictures));
  }

  /** The models that MODELS names come before all others. */
  #candidates(task: Task): ModelStatus[] {
    const models = this.#models.list();
    const chosen = (this.#options.models ?? []).flatMap((id) => models.filter((model) => model.id === id));
    const able = chosen.filter(({ tasks }) => tasks.includes(task));
    return able.length > 0 ? able : models;
  }

  async paint(spec: PaintRequest, options: PaintOptions = {}): Promise<PaintResult> {
    const { prompts, n, seeds, sampler, format, intermediate, shown, unwritten, over } = spec;
    const total = prompts.length * n;
    if (total < 1 || seeds.length !== total) {
      throw new Error(`${seeds.length} seeds for ${prompts.length} prompts × ${n} images`);
    }
    const { onStep, signal } = options;
    const steps = intermediate || onStep !== undefined;
    const prompt = (image: number) => prompts[Math.floor(image / n)]!;
    const kept: Buffer[][] = seeds.map(() => []);
    const tell = (image: number, { step, steps, encoded, updated }: PaintStep) => {
      const picture = asBuffer(encoded);
      kept[image]!.push(picture);
      onStep?.({ image, step, steps, encoded: picture, updated });
    };
    const { outcomes, ...served } = await this.#ask('paint', spec.model, {
      inputs: seeds.map((seed, image) => ({
        prompt: prompt(image),
        seed,
        sampler,
        format,
        steps,
        images: total,
        ...(shown && { shown }),
        ...(unwritten && { unwritten }),
        ...(over && { over: { ...over, picture: over.picture.hash, mask: over.mask.hash } }),
      })),
      ...(over && { pictures: [over.picture, over.mask] }),
      ...(steps ? { onStep: tell } : {}),
      ...(signal ? { signal } : {}),
    });
    const images = outcomes.map((outcome, image) => ({
      ...outcome,
      prompt: prompt(image),
      seed: seeds[image]!,
      encoded: asBuffer(outcome.encoded),
      ...(intermediate ? { intermediate: kept[image]! } : {}),
    }));
    return { images, ...served };
  }

  async caption(
    spec: CaptionRequest,
    { onCaption, ...options }: CaptionOptions = {},
  ): Promise<CaptionResult> {
    const { picture, model, prefix, maxTokens, sampler, seeds } = spec;
    const named = (outcomes: readonly CaptionOutcome[]) =>
      distinctCaptions(outcomes).map((caption, i) => ({ ...caption, seed: seeds[i]! }));
    const done: CaptionOutcome[] = [];
    let told = 0;
    const tell = (work: number, outcome: CaptionOutcome) => {
      done[work] = outcome;
      // Which text a caption has depends on those before it.
      for (; done[told] !== undefined; told++) onCaption?.(named(done.slice(0, told + 1))[told]!, told);
    };
    const { outcomes, ...served } = await this.#ask('caption', model, {
      inputs: seeds.map((seed, work) => ({
        ...{ picture: picture.hash, prefix, maxTokens, sampler, seed },
        alternatives: alternativesOf(work),
      })),
      pictures: [picture],
      ...(onCaption && { onOutcome: tell }),
      ...options,
    });
    return { captions: named(outcomes), ...served };
  }

  async vqa(spec: VqaRequest, options: WorkOptions = {}): Promise<VqaResult> {
    const { picture, model, question, topK, occlusion } = spec;
    const { outcomes, ...served } = await this.#ask('vqa', model, {
      inputs: [{ picture: picture.hash, question, topK, ...(occlusion === undefined ? {} : { occlusion }) }],
      pictures: [picture],
      ...options,
    });
    return { ...outcomes[0]!, ...served };
  }

  async nlvr2(spec: Nlvr2Request, options: WorkOptions = {}): Promise<Nlvr2Result> {
    const { left, right, model, statement, occlusion } = spec;
    const hide = occlusion === undefined ? {} : { occlusion };
    const { outcomes, ...served } = await this.#ask('nlvr2', model, {
      inputs: [{ left: left.hash, right: right.hash, statement, ...hide }],
      pictures: [left, right],
      ...options,
    });
    return { ...outcomes[0]!, ...served };
  }

  async reconstruct(spec: ReconstructRequest, options: WorkOptions = {}): Promise<Reconstruction> {
    const { picture, model, format } = spec;
    const { outcomes, ...served } = await this.#ask('paint', model, {
      inputs: [{ reconstruct: picture.hash, format }],
      pictures: [picture],
      ...options,
    });
    const { width, height, codes, encoded } = outcomes[0]!;
    return { width, height, codes, encoded: asBuffer(encoded), ...served };
  }

  /** Queues a request and waits for its end. */
  #ask<T extends Task>(
    task: T,
    model: string,
    ask: {
      inputs: readonly InputOf<T>[];
      pictures?: readonly Picture[];
      signal?: AbortSignal;
      onStep?: (work: number, step: PaintStep) => void;
      onOutcome?: (work: number, outcome: OutcomeOf<T>) => void;
    },
  ): Promise<Done<OutcomeOf<T>>> {
    const { inputs, pictures = [], signal, onStep, onOutcome } = ask;
    return new Promise((resolve, reject) => {
      if (inputs.length === 0) throw new Error(`a request to ${task} without works`);
      if (this.#closing) throw new CodedError('shutting_down');
      signal?.throwIfAborted();
      this.#models.entryFor(model, task);
      this.#refuseIfFull(inputs.length);
      const span = beginSpan(`inference ${task}`, { 'xlxmert.model': model, 'xlxmert.works': inputs.length });
      const request: Request = {
        ...{ span, waiting: beginSpan('queue', {}, span.context) },
        task,
        model,
        works: inputs.map((input) => ({ task, input }) as Work),
        pictures,
        signal,
        onStep,
        onOutcome: onOutcome as Request['onOutcome'],
        acceptedAt: performance.now(),
        queued: inputs.map((_, index) => index),
        outcomes: inputs.map(() => undefined),
        told: inputs.map(() => 0),
        left: inputs.length,
        onAbort: () => this.#end(request, signal?.reason),
        // The child answers a work with an outcome of its task.
        resolve: (done) => resolve(done as Done<OutcomeOf<T>>),
        reject,
      };
      this.#queue.add(request);
      signal?.addEventListener('abort', request.onAbort, { once: true });
      this.#models.want(model);
      this.#dispatch();
    });
  }

  #refuseIfFull(works: number): void {
    const waiting = this.#queue.waiting();
    if (waiting === 0 || waiting + works <= this.#queueLimit) return;
    const retryAfter = Math.min(60, Math.max(1, Math.ceil((waiting * this.#workMs) / 1000)));
    throw new CodedError('queue_full', undefined, { retryAfter });
  }

  /** Fills the child's places. */
  #dispatch(): void {
    if (this.#process?.state() !== 'running') return;
    for (;;) {
      const item = this.#queue.next(this.#active, (request) => this.#hasPlace(request));
      if (!item) break;
      this.#send(item);
    }
    if (this.#queue.waiting() === 0 || this.#active.size === 0) return;
    // Somebody's turn may end while nothing else happens.
    this.#turns ??= setTimeout(() => {
      this.#turns = undefined;
      this.#dispatch();
    }, this.#turnMs / 4).unref();
  }

  #hasPlace(request: Request): boolean {
    const { model, task } = request;
    if (!this.#models.usable(model)) return false;
    const since = performance.now() - this.#turnMs;
    let [taken, own] = [0, 0];
    for (const { request: other, startedAt = 0 } of this.#active.values()) {
      if (other === request) own++;
      if (other.model === model && other.task === task && startedAt > since) taken++;
    }
    return taken < this.#maxActive && own < this.#maxActive;
  }

  #send(item: WorkItem): void {
    const { request, index } = item;
    if (this.#active.size === 0) this.#activity.startsClock();
    const id = this.#nextWork++;
    this.#active.set(id, item);
    item.startedAt = performance.now();
    if (request.startedAt === undefined) request.waiting.end();
    request.startedAt ??= item.startedAt;
    item.span = beginSpan('work', { 'xlxmert.work': index }, request.span.context);
    request.revision ??= this.#models.status(request.model).revision!;
    this.#pictures.hold(request.pictures);
    // Should the channel be closed already, the process's end brings the work back.
    const asking = carrier(item.span.context);
    this.#process?.send({
      ...{ type: 'work', id, model: request.model, work: request.works[index]! },
      ...(asking && { trace: asking }),
    });
  }

  /** The work's place is free. */
  #takeActive(id: number): WorkItem | undefined {
    const item = this.#active.get(id);
    if (!item) return undefined;
    this.#active.delete(id);
    item.span?.end();
    this.#pictures.release(item.request.pictures);
    return item;
  }

  /** A model that was unloaded while requests wait for it is loaded again. */
  #wantModels(): void {
    for (const request of this.#queue.all()) {
      try {
        this.#models.want(request.model);
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
        this.#routing.onHello();
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
      case 'routed':
        this.#routing.onRouted(message.route, message.kind);
        return;
      case 'step':
        this.#onStep(message.id, message.step);
        return;
      case 'done':
        this.#onDone(message.id, message.outcome);
        break;
      case 'failed':
        this.#onFailed(message);
        break;
      case 'cancelled':
        this.#takeActive(message.id);
        break;
    }
    this.#models.settleUnloads();
    this.#dispatch();
  }

  #onStep(id: number, step: PaintStep): void {
    const item = this.#active.get(id);
    if (!item || !this.#queue.has(item.request)) return;
    const { request, index } = item;
    // A second try repeats, byte for byte, what was passed on already.
    if (step.step <= request.told[index]!) return;
    request.told[index]!++;
    request.onStep?.(index, step);
  }

  #onDone(id: number, outcome: Outcome): void {
    const item = this.#takeActive(id);
    if (!item || !this.#queue.has(item.request)) return;
    const { request } = item;
    request.outcomes[item.index] = outcome;
    request.onOutcome?.(item.index, outcome);
    if (--request.left > 0) return;
    this.#end(request);
  }

  #onFailed({ id, code, message, param, detail }: ToParent & { type: 'failed' }): void {
    const item = this.#takeActive(id);
    const options = { ...(param === undefined ? {} : { param }), cause: detail };
    if (item) this.#end(item.request, new CodedError(code, message, options));
  }

  /** Settles a request, once, and frees all its places. */
  #end(request: Request, error?: unknown): void {
    if (!this.#queue.remove(request)) return;
    request.signal?.removeEventListener('abort', request.onAbort);
    if (request.startedAt === undefined) request.waiting.end();
    request.span.end(error);
    for (const [id, item] of this.#active) {
      if (item.request === request) this.#process?.send({ type: 'cancel', id });
    }
    if (request.left === 0) {
      const now = performance.now();
      const started = request.startedAt ?? now;
      const computeMs = now - started;
      this.#workMs += 0.2 * (computeMs / request.works.length - this.#workMs);
      request.resolve({
        outcomes: request.outcomes.map((outcome) => outcome!),
        model: request.model,
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
    this.#pictures.clear();
    for (const item of orphans) {
      item.span?.end(`the process ended: ${reason}`);
      if (!this.#queue.has(item.request)) continue;
      item.deaths++;
      if (item.deaths < 2) this.#queue.retryAlone(item);
      else this.#end(item.request, new CodedError('inference_unavailable'));
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
      this.#process?.kill(`no pass of a model for ${Math.round(stillness / 1000)} s`);
    }
    return this.#options.hangAfterMs ?? 10_000;
  }

  models = () => this.#models.list();
  rescan = () => this.#models.rescan();
  refresh = () => this.#models.refresh();
  async announce() {}
  load = (id: string) => this.#models.load(id);
  unload = (id: string) => this.#models.unload(id);
  alive = () => this.#process?.state() === 'running';

  remove(id: string, check: (paths: readonly string[]) => Promise<void> = async () => {}): Promise<void> {
    return this.#models.remove(id, async (contents) => {
      const folders = await plannedRemoval(contents, id, this.#options.ownCheckpoints, check);
      return () => removeFolders(folders);
    });
  }

  /**
   * At the start every wanted model is waited for. After that one that can be used will do, or one that was unloaded:
   * a request loads it. Models are loaded again when the process was replaced, the first of them is waited for.
   */
  ready(): boolean {
    if (!this.alive() || this.#closing) return false;
    const models = this.#models.list().filter(({ id }) => this.#wanted.includes(id));
    this.#started ||= models.every(({ state }) => state !== 'loading');
    if (!this.#started) return false;
    if (models.length === 0 || models.some(({ id }) => this.#models.usable(id))) return true;
    return (
      models.some(({ state }) => state === 'available') && !models.some(({ state }) => state === 'loading')
    );
  }

  stats(): InferenceStats {
    const pid = this.#process?.pid();
    const residentBytes = this.#activity.residentBytes();
    return {
      queuedWorks: this.#queue.waiting(),
      activeWorks: this.#active.size,
      pendingRequests: this.#queue.size,
      queueLimit: this.#queueLimit,
      restarts: this.#process?.restarts() ?? 0,
      batchSizes: this.#activity.passes(),
      stageMs: this.#activity.stages(),
      picturesEncoded: this.#activity.pictures().encoded,
      picturesCached: this.#activity.pictures().cached,
      ...(this.#engine !== '' && { engine: this.#engine }),
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
    this.#routing.close();
    await this.#process?.close();
  }
}

/** Structured clone turns a Buffer into a plain Uint8Array. */
const asBuffer = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
