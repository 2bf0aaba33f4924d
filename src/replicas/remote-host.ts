/**
 * An inference host without models in it: it knows which there are, and asks inference workers to run them.
 *
 * A request goes to the worker with the least to do among those that have its model, at the revision that this server
 * knows. One whose worker is lost under it is tried again on another: the same seed gives the same answer, so nobody
 * is told anything twice. Where there is no worker for it, it waits a moment for one.
 */
import { createHash } from 'node:crypto';
import type { Database } from '../database/connect.ts';
import { CodedError, UsageError } from '../errors.ts';
import type {
  CaptionOptions,
  CaptionRequest,
  CaptionResult,
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
  Served,
  VqaRequest,
  VqaResult,
  WorkOptions,
} from '../inference/host.ts';
import { plannedRemoval } from '../inference/model-removal.ts';
import { spanned } from '../tracing.ts';
import { defaultModel, dependsOnKind } from '../zoo/default-model.ts';
import type { Task } from '../zoo/manifest.ts';
import { removeFolders } from '../zoo/remove-checkpoint.ts';
import { HostedElsewhere } from './hosted-elsewhere.ts';
import type { Kind, Kinds, ModelAsk } from './inference-wire.ts';
import { followWorkers, type WorkerDirectory } from './worker-directory.ts';
import { NotHere, type WorkerLink, WorkerLost } from './worker-link.ts';

/** How long a request waits for a worker that can take it. Milliseconds. */
const PATIENCE = 5_000;
/** Workers that may be lost under one request: it may be what ends them. */
const MOST_LOSSES = 2;
/** Works that may wait for a worker. */
const QUEUE_LIMIT = 128;
/** What loading a model costs whoever waits for it, in works. */
const LOADING = 8;
const NOT_LOADED = 32;

export interface RemoteHostOptions {
  database: Database;
  connection: Parameters<typeof followWorkers>[0]['connection'];
  /** Checkpoint folders, the shipped one first. */
  checkpoints: readonly string[];
  /** The one of them that may be changed. */
  ownCheckpoints: string;
  /** Models that come before all others; left out: none. */
  models?: readonly string[] | undefined;
  /** Puts what was promoted here where the workers find it. */
  publish?: () => Promise<void>;
  log: (level: 'info' | 'warn', message: string) => void;
}

export async function createRemoteHost(options: RemoteHostOptions): Promise<InferenceHost> {
  const host = new RemoteHost(options);
  await host.start();
  return host;
}

/** What a try needs to know of its request. */
interface Asked<K extends Kind> {
  ask: ModelAsk & { ask: K };
  works: number;
  pictures: readonly Picture[];
  signal: AbortSignal | undefined;
  onTold: ((told: Kinds[K]['told']) => void) | undefined;
}

class RemoteHost implements InferenceHost {
  readonly #options: RemoteHostOptions;
  readonly #models: HostedElsewhere;
  #workers: WorkerDirectory | undefined;
  /** Those who wait for a worker to come, or to stand differently. */
  readonly #waiters = new Set<() => void>();
  readonly #pending = new Set<AbortController>();
  #waitingWorks = 0;
  #retries = 0;
  #closing = false;

  constructor(options: RemoteHostOptions) {
    this.#options = options;
    this.#models = new HostedElsewhere(options.checkpoints, () => this.#links());
  }

  async start(): Promise<void> {
    await this.#models.scan();
    const ids = this.models().map(({ id }) => id);
    const unknown = this.#options.models?.filter((id) => !ids.includes(id)) ?? [];
    if (unknown.length > 0) {
      throw new UsageError(`MODELS names ${unknown.join(', ')}; hosted models: ${ids.join(', ') || 'none'}.`);
    }
    const { database, connection, log } = this.#options;
    this.#workers = await followWorkers({ database, connection, log, onChange: () => this.#wake() });
  }

  #wake(): void {
    for (const wake of this.#waiters) wake();
  }

  #links(): readonly WorkerLink[] {
    return (this.#workers?.links() ?? []).filter((link) => link.status()?.closing === false);
  }

  paint(request: PaintRequest, { onStep, ...options }: PaintOptions = {}): Promise<PaintResult> {
    const { over } = request;
    const told: number[] = request.seeds.map(() => 0);
    return this.#serve('paint', request, {
      ...options,
      works: request.seeds.length,
      pictures: over ? [over.picture, over.mask] : [],
      onTold:
        onStep &&
        ((step) => {
          // A second try repeats what was passed on already.
          if (step.step <= told[step.image]!) return;
          told[step.image] = step.step;
          onStep({ ...step, encoded: asBuffer(step.encoded) });
        }),
    }).then((result) => ({
      ...result,
      images: result.images.map(({ encoded, intermediate, ...image }) => ({
        ...image,
        encoded: asBuffer(encoded),
        ...(intermediate && { intermediate: intermediate.map(asBuffer) }),
      })),
    }));
  }

  caption(request: CaptionRequest, { onCaption, ...options }: CaptionOptions = {}): Promise<CaptionResult> {
    let told = 0;
    return this.#serve('caption', request, {
      ...options,
      works: request.seeds.length,
      pictures: [request.picture],
      onTold:
        onCaption &&
        (({ caption, index }) => {
          if (index < told) return;
          told = index + 1;
          onCaption(caption, index);
        }),
    });
  }

  vqa(request: VqaRequest, options: WorkOptions = {}): Promise<VqaResult> {
    return this.#serve('vqa', request, { ...options, works: 1, pictures: [request.picture] });
  }

  nlvr2(request: Nlvr2Request, options: WorkOptions = {}): Promise<Nlvr2Result> {
    return this.#serve('nlvr2', request, { ...options, works: 1, pictures: [request.left, request.right] });
  }

  async reconstruct(request: ReconstructRequest, options: WorkOptions = {}): Promise<Reconstruction> {
    const pictures = [request.picture];
    const result = await this.#serve('reconstruct', request, { ...options, works: 1, pictures });
    return { ...result, encoded: asBuffer(result.encoded) };
  }

  defaultModel(task: Task): string | undefined {
    return defaultModel(this.#candidates(task), task);
  }

  async modelFor(task: Task, pictures: readonly Picture[]): Promise<string | undefined> {
    const candidates = this.#candidates(task);
    const fallback = defaultModel(candidates, task);
    if (!this.#models.routes() || !dependsOnKind(candidates, task)) return fallback;
    // Who can tell is whoever has the models; if nobody can, whoever is asked about the picture then says why.
    for (const link of [...this.#links()].sort((a, b) => a.works() - b.works()).slice(0, 2)) {
      try {
        const model = await link.ask<string | undefined>({
          ask: 'model',
          task,
          pictures: pictures.slice(0, 1),
        });
        return candidates.some(({ id }) => id === model) ? model : fallback;
      } catch {}
    }
    return fallback;
  }

  /** The models that MODELS names come before all others. */
  #candidates(task: Task): ModelStatus[] {
    const models = this.models();
    const chosen = (this.#options.models ?? []).flatMap((id) => models.filter((model) => model.id === id));
    const able = chosen.filter(({ tasks }) => tasks.includes(task));
    return able.length > 0 ? able : models;
  }

  async #serve<K extends Kind>(
    ask: K,
    request: Kinds[K]['request'],
    {
      signal,
      ...how
    }: Omit<Asked<K>, 'ask' | 'signal' | 'onTold'> & Partial<Pick<Asked<K>, 'onTold'>> & WorkOptions,
  ): Promise<Kinds[K]['result']> {
    if (this.#closing) throw new CodedError('shutting_down');
    signal?.throwIfAborted();
    const { revision } = this.#models.entryFor(
      request.model,
      ask === 'reconstruct' ? 'paint' : (ask as Task),
    );
    const own = new AbortController();
    this.#pending.add(own);
    const since = performance.now();
    try {
      const result = await this.#retried<K>({
        onTold: undefined,
        ...how,
        ask: { ask, request, revision, telling: how.onTold !== undefined } as ModelAsk & { ask: K },
        signal: signal ? AbortSignal.any([own.signal, signal]) : own.signal,
      });
      // The way there and back is waiting too.
      const queueMs = Math.max(0, performance.now() - since - result.computeMs);
      return { ...result, queueMs };
    } finally {
      this.#pending.delete(own);
      if (this.#pending.size === 0) this.#wake();
    }
  }

  async #retried<K extends Kind>(asked: Asked<K>): Promise<Kinds[K]['result'] & Served> {
    /** Those that have no place for it, and what they said. */
    const full = new Map<WorkerLink, CodedError>();
    let losses = 0;
    /** Whose steps were passed on: they go on as they began. */
    let engine: string | undefined;
    for (;;) {
      const { link, done } = await this.#choose(asked, full, engine);
      const { onTold } = asked;
      const how = {
        ...asked,
        onTold:
          onTold &&
          ((told: Kinds[K]['told']) => {
            engine ??= link.status()?.engine;
            onTold(told);
          }),
      };
      try {
        const { ask } = asked.ask;
        return await spanned(
          `remote ${ask}`,
          { 'xlxmert.model': asked.ask.request.model, 'xlxmert.worker': link.id },
          () => link.ask(asked.ask, how),
        );
      } catch (error) {
        asked.signal?.throwIfAborted();
        if (error instanceof WorkerLost) {
          if (++losses >= MOST_LOSSES)
            throw new CodedError('inference_unavailable', undefined, { cause: error });
          this.#retries++;
          this.#options.log('warn', `inference worker lost: ${error.message}; trying another`);
          link.doubt();
        } else if (error instanceof NotHere || isOfTheWorker(error)) link.doubt();
        else if (error instanceof CodedError && error.code === 'queue_full') full.set(link, error);
        else throw error;
      } finally {
        done();
      }
    }
  }

  /** The worker with the least to do that can take it, with its place there. @throws CodedError */
  async #choose<K extends Kind>(
    { ask, works, pictures, signal }: Asked<K>,
    full: ReadonlyMap<WorkerLink, CodedError>,
    engine: string | undefined,
  ): Promise<{ link: WorkerLink; done: () => void }> {
    const { model } = ask.request;
    const { revision } = ask;
    const able = () =>
      this.#links().filter((link) => {
        const its = link.model(model);
        const there = its?.revision === revision && its.state !== 'failed';
        return there && (engine === undefined || link.status()?.engine === engine);
      });
    const now = () => {
      const link = leastLoaded(
        able().filter((one) => !full.has(one)),
        model,
        pictures,
      );
      return link && { link, done: link.take(works) };
    };
    const first = now();
    if (first) return first;
    const [refusal] = full.values();
    if (refusal !== undefined) throw refusal;
    if (this.#waitingWorks > 0 && this.#waitingWorks + works > QUEUE_LIMIT)
      throw new CodedError('queue_full');
    this.#waitingWorks += works;
    try {
      const until = performance.now() + PATIENCE;
      for (;;) {
        const left = until - performance.now();
        if (left <= 0)
          throw engine === undefined ? this.#nobody(model) : new CodedError('inference_unavailable');
        await this.#change(left, signal);
        const found = now();
        if (found) return found;
      }
    } finally {
      this.#waitingWorks -= works;
    }
  }

  /** Why nobody can be asked. */
  #nobody(model: string): CodedError {
    if (this.#links().length === 0) return new CodedError('no_inference_worker');
    const { state, reason } = this.#models.status(model);
    if (state === 'failed')
      return new CodedError('model_not_ready', `The model "${model}" could not be loaded (${reason}).`);
    return new CodedError(
      'model_not_ready',
      `No inference worker has the model "${model}" as this server has it. They bring it from STORE_URL, or see the ` +
        'same DATA_DIR and CHECKPOINTS_DIR.',
    );
  }

  /** Until a worker comes or stands differently, at most. @throws the signal's reason */
  #change(ms: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = () => {
        clearTimeout(timer);
        this.#waiters.delete(done);
        signal?.removeEventListener('abort', done);
        if (signal?.aborted) reject(signal.reason);
        else resolve();
      };
      const timer = setTimeout(done, ms);
      this.#waiters.add(done);
      signal?.addEventListener('abort', done);
    });
  }

  models = (): ModelStatus[] => this.#models.list();
  rescan = (): Promise<void> => this.#models.scan().then(() => {});
  refresh = this.rescan;
  async announce() {}

  async load(id: string): Promise<ModelStatus> {
    await this.#models.scan();
    const { revision } = this.#models.entryOf(id);
    await this.#options.publish?.();
    await this.#everyWorker(async (link) => {
      const { state, memoryBytes } = await link.ask<ModelStatus>({ ask: 'load', model: id, revision });
      link.learn({ id, revision, state, memoryBytes });
    }).catch((error) => {
      throw error instanceof NotHere ? this.#nobody(id) : error;
    });
    return this.#models.status(id);
  }

  async unload(id: string): Promise<ModelStatus> {
    const { revision } = this.#models.status(id);
    await this.#everyWorker(async (link) => {
      const { state } = await link.ask<ModelStatus>({ ask: 'unload', model: id });
      link.learn({ id, revision, state });
    });
    return this.#models.status(id);
  }

  /** It is done when all have done it, or cannot. @throws CodedError where none could */
  async #everyWorker(work: (link: WorkerLink) => Promise<void>): Promise<void> {
    const until = performance.now() + PATIENCE;
    while (this.#links().length === 0) {
      const left = until - performance.now();
      if (left <= 0) throw new CodedError('no_inference_worker');
      await this.#change(left, undefined);
    }
    const ends = await Promise.allSettled(this.#links().map(work));
    if (ends.some(({ status }) => status === 'fulfilled')) return;
    const reasons = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason] : []));
    const [told] = reasons.filter((reason) => reason instanceof CodedError);
    const [reason] = reasons;
    throw (
      told ??
      (reason instanceof WorkerLost
        ? new CodedError('inference_unavailable', undefined, { cause: reason })
        : reason)
    );
  }

  async remove(
    id: string,
    check: (paths: readonly string[]) => Promise<void> = async () => {},
  ): Promise<void> {
    const contents = await this.#models.scan();
    const { state } = this.#models.status(id);
    const folders = await plannedRemoval(contents, id, this.#options.ownCheckpoints, check);
    if (state === 'loading') throw new CodedError('model_busy');
    // What they are working on is finished first. Those that cannot be reached hear of it later.
    if (state === 'ready') await this.unload(id).catch(() => {});
    await removeFolders(folders);
    await this.#models.scan();
  }

  alive = (): boolean => this.#links().length > 0;
  ready = (): boolean => !this.#closing && this.#links().some((link) => link.status()?.ready);

  /** What is in the workers, they tell themselves. */
  stats(): InferenceStats {
    return {
      queuedWorks: this.#waitingWorks,
      activeWorks: 0,
      pendingRequests: this.#pending.size,
      queueLimit: QUEUE_LIMIT,
      restarts: 0,
      batchSizes: {},
      stageMs: {},
      picturesEncoded: 0,
      picturesCached: 0,
      workers: {
        live: this.#links().length,
        ready: this.#links().filter((link) => link.status()?.ready).length,
        otherVersion: this.#workers?.strangers() ?? 0,
        retries: this.#retries,
      },
    };
  }

  async close(graceMs: number): Promise<void> {
    this.#closing = true;
    const until = performance.now() + graceMs;
    while (this.#pending.size > 0 && performance.now() < until) {
      await this.#change(until - performance.now(), undefined);
    }
    for (const request of this.#pending) request.abort(new CodedError('shutting_down'));
    await this.#workers?.close();
  }
}

/** Another worker may do it. */
const isOfTheWorker = (error: unknown) =>
  error instanceof CodedError && ['shutting_down', 'model_not_found'].includes(error.code);

function leastLoaded(
  links: readonly WorkerLink[],
  model: string,
  [picture]: readonly Picture[],
): WorkerLink | undefined {
  const cost = (link: WorkerLink) => {
    const state = link.model(model)?.state;
    return link.works() + (state === 'ready' ? 0 : state === 'loading' ? LOADING : NOT_LOADED);
  };
  const least = Math.min(...links.map(cost));
  const [first, ...others] = links.filter((link) => cost(link) === least);
  if (first === undefined) return undefined;
  // A picture that comes again finds the worker that has encoded it; other works go round.
  const better = picture
    ? (a: WorkerLink, b: WorkerLink) => affinity(a, picture) > affinity(b, picture)
    : (a: WorkerLink, b: WorkerLink) => a.askedAt < b.askedAt;
  return others.reduce((best, link) => (better(link, best) ? link : best), first);
}

/** Rendezvous hashing: when a worker goes, only its own pictures go elsewhere. */
const affinity = ({ id }: WorkerLink, { hash }: Picture): string =>
  createHash('sha256').update(`${id} ${hash}`).digest('hex');

const asBuffer = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
