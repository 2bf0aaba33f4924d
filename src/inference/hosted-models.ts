/**
 * The models of the zoo and where each stands.
 *
 * `available` → (load) → `loading` → `ready` → (unload) → `available`; `loading` → `failed`, with the reason, and
 * from there only another load leads on. Loads run one after the other, so that a process that dies while loading
 * tells which model killed it: it is tried once more, then `failed`. When the process is replaced, everything
 * that was ready is loaded again.
 */
import { CodedError } from '../errors.ts';
import { sourceOf, type Zoo, type ZooContents, type ZooEntry } from '../zoo/discovery.ts';
import type { Task } from '../zoo/manifest.ts';
import type { ModelState, ModelStatus } from './host.ts';
import type { ModelSource, ToChild } from './protocol.ts';

const LOAD_TRIES = 2;

/** The end of a sentence: this model cannot … */
export const DOING: Record<Task, string> = {
  paint: 'paint',
  caption: 'caption images',
  vqa: 'answer questions about images',
  nlvr2: 'judge statements about two images',
};

/** That a model cannot do a task, with the reason where it could be expected to. Without a full stop. */
export function unable({ id, architecture }: Pick<ModelStatus, 'id' | 'architecture'>, task: Task): string {
  const cannot = `The model "${id}" cannot ${DOING[task]}`;
  if (task !== 'paint' || (architecture !== 'lxmert' && architecture !== 'uniter')) return cannot;
  return `${cannot}: a model of features needs a generator and a visual vocabulary for that; train or import it with them`;
}

interface Hosted {
  id: string;
  /** Left out: a folder that cannot be hosted, or one that is gone. */
  entry: ZooEntry | undefined;
  state: ModelState;
  reason?: string;
  memoryBytes?: number;
  /** Processes that died loading it, in a row. */
  deaths: number;
  /** It is being deleted: for whoever asks it is not there any more. */
  removing: boolean;
  /** `draining`: what it works on is finished first; `sent`: the process was asked. */
  unloading: 'no' | 'draining' | 'sent';
  /** Those who wait for the end of loading or unloading. */
  waiters: { resolve(): void; reject(error: unknown): void }[];
}

export interface HostedModelsOptions {
  zoo: Zoo;
  send(message: ToChild): boolean;
  /** Works of the model that are being done. */
  activeWorks(id: string): number;
  /** A model became ready, or failed with this error: requests that wait for it can go on, or must end. */
  onReady(id: string): void;
  onFailed(id: string, error: CodedError): void;
}

export class HostedModels {
  readonly #options: HostedModelsOptions;
  readonly #models = new Map<string, Hosted>();
  #loadQueue: string[] = [];
  #loadingNow: string | undefined;
  /** Set: nobody answers any more. */
  #over: CodedError | undefined;

  constructor(options: HostedModelsOptions) {
    this.#options = options;
  }

  async rescan(): Promise<void> {
    await this.#scan();
  }

  async #scan(): Promise<ZooContents> {
    const contents: ZooContents = await this.#options.zoo.scan();
    const seen = new Set<string>();
    for (const entry of contents.entries) {
      seen.add(entry.id);
      const model = this.#models.get(entry.id);
      if (!model) this.#models.set(entry.id, this.#create(entry.id, entry, 'available'));
      else if (model.state === 'available' || model.state === 'failed') {
        // A new content deserves a new try.
        if (model.entry?.revision !== entry.revision) Object.assign(model, { state: 'available', deaths: 0 });
        model.entry = entry;
      }
    }
    for (const { id, reason } of contents.problems) {
      seen.add(id);
      const model = this.#models.get(id) ?? this.#create(id, undefined, 'failed');
      if (model.state === 'available' || model.state === 'failed') {
        this.#models.set(id, Object.assign(model, { entry: undefined, state: 'failed', reason }));
      }
    }
    for (const [id, { state }] of this.#models) {
      if (!seen.has(id) && (state === 'available' || state === 'failed')) this.#models.delete(id);
    }
    return contents;
  }

  #create(id: string, entry: ZooEntry | undefined, state: ModelState): Hosted {
    return { id, entry, state, deaths: 0, removing: false, unloading: 'no', waiters: [] };
  }

  /** @throws CodedError model_not_found, with the ids there are. */
  #get(id: string): Hosted {
    const model = this.#models.get(id);
    if (model && !model.removing) return model;
    const ids =
      this.list()
        .map((one) => one.id)
        .join(', ') || 'none';
    throw new CodedError('model_not_found', `There is no model "${id}". Hosted models: ${ids}.`);
  }

  /** The entry of a model that can do the task. @throws CodedError model_not_found, task_not_supported, model_not_ready */
  entryFor(id: string, task: Task): ZooEntry {
    const model = this.#get(id);
    if (!model.entry) throw notReady(model);
    if (!model.entry.manifest.tasks.includes(task)) {
      const able = this.list().filter((m) => m.tasks.includes(task));
      throw new CodedError(
        'task_not_supported',
        `${unable(statusOf(model), task)}. Models that can: ${able.map((m) => m.id).join(', ') || 'none'}.`,
      );
    }
    if (model.state === 'failed') throw notReady(model);
    return model.entry;
  }

  list(): ModelStatus[] {
    const there = [...this.#models.values()].filter(({ removing }) => !removing);
    return there.sort((a, b) => (a.id < b.id ? -1 : 1)).map(statusOf);
  }

  status(id: string): ModelStatus {
    return statusOf(this.#get(id));
  }

  usable(id: string): boolean {
    const model = this.#models.get(id);
    return model?.state === 'ready' && model.unloading === 'no' && !model.removing;
  }

  /** Starts loading a model that is `available`; nothing otherwise. */
  want(id: string): void {
    const model = this.#get(id);
    if (model.state !== 'available' || !model.entry) return;
    model.state = 'loading';
    delete model.reason;
    this.#loadQueue.push(id);
    this.#pump();
  }

  async load(id: string): Promise<ModelStatus> {
    await this.rescan();
    const model = this.#get(id);
    if (model.unloading !== 'no') await this.#settled(model);
    if (model.state === 'ready' && (await this.#changedOnDisk(model))) await this.unload(id);
    if (model.state === 'failed' && model.entry) Object.assign(model, { state: 'available', deaths: 0 });
    this.want(id);
    if (model.state === 'loading') await this.#settled(model);
    if (model.state === 'failed') throw notReady(model);
    return statusOf(model);
  }

  /** Looks at the folders, which others may have changed, and makes what is loaded agree with them. */
  async refresh(): Promise<void> {
    const { entries } = await this.#scan();
    for (const model of [...this.#models.values()]) {
      if (model.state !== 'ready' || model.removing || model.unloading !== 'no') continue;
      const entry = entries.find(({ id }) => id === model.id);
      if (entry === undefined) await this.#forget(model);
      else if (entry.revision !== model.entry?.revision) await this.load(model.id);
    }
  }

  /** A loaded model whose files are gone: what it works on is finished first. */
  async #forget(model: Hosted): Promise<void> {
    model.unloading = 'draining';
    this.settleUnloads();
    await this.#settled(model);
    this.#models.delete(model.id);
    this.#options.onFailed(model.id, wasDeleted(model));
  }

  async #changedOnDisk(model: Hosted): Promise<boolean> {
    const { entries } = await this.#options.zoo.scan();
    const entry = entries.find((e) => e.id === model.id);
    return entry !== undefined && entry.revision !== model.entry?.revision;
  }

  async unload(id: string): Promise<ModelStatus> {
    const model = this.#get(id);
    if (model.state === 'loading') await this.#settled(model).catch(() => {});
    if (model.state === 'ready') {
      if (model.unloading === 'no') model.unloading = 'draining';
      this.settleUnloads();
      await this.#settled(model);
      await this.rescan();
    }
    return statusOf(model);
  }

  /**
   * Takes a model away for good. What it is working on is finished first; requests that wait for it end.
   * @param plan what removes its files; throws for a reason to keep them
   * @throws CodedError model_not_found, model_busy, and what `plan` throws
   */
  async remove(id: string, plan: (contents: ZooContents) => Promise<() => Promise<void>>): Promise<void> {
    await this.rescan();
    const model = this.#get(id);
    if (model.state === 'loading' || model.unloading !== 'no') throw new CodedError('model_busy');
    const fromDisk = await plan(await this.#options.zoo.scan());
    if (model.state === 'ready') {
      model.unloading = 'draining';
      this.settleUnloads();
      await this.#settled(model);
    }
    model.removing = true;
    try {
      await fromDisk();
      this.#models.delete(id);
      this.#options.onFailed(id, wasDeleted(model));
    } finally {
      model.removing = false;
    }
    await this.rescan();
  }

  /** Sends `unload` for models whose last work is done. Called after every work. */
  settleUnloads(): void {
    for (const model of this.#models.values()) {
      if (model.unloading !== 'draining' || this.#options.activeWorks(model.id) > 0) continue;
      if (this.#options.send({ type: 'unload', model: model.id })) model.unloading = 'sent';
    }
  }

  /** What tells the kinds of pictures apart, if the zoo has it. */
  router(): ModelSource | undefined {
    for (const { entry } of this.#models.values())
      if (entry?.manifest.architecture === 'picture-router') return sourceOf(entry);
    return undefined;
  }

  /** The next load, if none runs. Called when a process says hello, too. */
  #pump(): void {
    if (this.#loadingNow !== undefined) return;
    const id = this.#loadQueue[0];
    const entry = id === undefined ? undefined : this.#models.get(id)?.entry;
    if (id === undefined || !entry) return;
    if (!this.#options.send({ type: 'load', source: sourceOf(entry) })) return;
    this.#loadQueue.shift();
    this.#loadingNow = id;
  }

  loading(): boolean {
    return this.#loadingNow !== undefined;
  }

  onHello(): void {
    this.#pump();
  }

  onLoaded(id: string, memoryBytes: number): void {
    const model = this.#get(id);
    this.#loadingNow = undefined;
    Object.assign(model, { state: 'ready', memoryBytes, deaths: 0 });
    settle(model);
    this.#pump();
    this.#options.onReady(id);
  }

  onLoadFailed(id: string, reason: string): void {
    this.#loadingNow = undefined;
    this.#fail(this.#get(id), reason);
    this.#pump();
  }

  #fail(model: Hosted, reason: string): void {
    Object.assign(model, { state: 'failed', reason });
    const error = notReady(model);
    settle(model, error);
    this.#options.onFailed(model.id, error);
  }

  onUnloaded(id: string): void {
    const model = this.#get(id);
    model.unloading = 'no';
    model.state = 'available';
    delete model.memoryBytes;
    settle(model);
  }

  /** The process ended: what was in its memory has to be loaded again. */
  onGone(reason: string): void {
    const culprit = this.#loadingNow;
    this.#loadingNow = undefined;
    for (const model of this.#models.values()) {
      if (model.unloading !== 'no') this.onUnloaded(model.id);
      else if (model.state === 'ready') {
        model.state = 'loading';
        delete model.memoryBytes;
        this.#loadQueue.push(model.id);
      }
    }
    if (culprit === undefined) return;
    const model = this.#get(culprit);
    model.deaths++;
    if (model.deaths < LOAD_TRIES) this.#loadQueue.unshift(culprit);
    else
      this.#fail(model, `the inference process ended (${reason}) while loading it; is there enough memory?`);
  }

  #settled(model: Hosted): Promise<void> {
    if (this.#over) return Promise.reject(this.#over);
    return new Promise((resolve, reject) => model.waiters.push({ resolve, reject }));
  }

  /** Nobody will answer any more. */
  close(error: CodedError): void {
    this.#over = error;
    for (const model of this.#models.values()) settle(model, error);
  }
}

function settle(model: Hosted, error?: CodedError): void {
  for (const waiter of model.waiters.splice(0)) {
    if (error) waiter.reject(error);
    else waiter.resolve();
  }
}

const wasDeleted = ({ id }: Hosted) => new CodedError('model_not_found', `The model "${id}" was deleted.`);

function notReady(model: Hosted): CodedError {
  return new CodedError('model_not_ready', `The model "${model.id}" could not be loaded (${model.reason}).`);
}

function statusOf({ id, state, reason, entry, memoryBytes }: Hosted): ModelStatus {
  return {
    ...(entry ? describedEntry(entry) : { id, tasks: [] }),
    state,
    ...(state === 'failed' && reason !== undefined ? { reason } : {}),
    ...(state === 'ready' && memoryBytes !== undefined ? { memoryBytes } : {}),
  };
}

/** What is known of a model that is not loaded. */
export function describedEntry(entry: ZooEntry): Omit<ModelStatus, 'state' | 'reason' | 'memoryBytes'> {
  const { id, manifest, revision, parameters, grid, sampler, head } = entry;
  return {
    id,
    tasks: [...manifest.tasks],
    manifest,
    architecture: manifest.architecture,
    revision,
    parameters,
    ...(grid !== undefined && { grid }),
    ...(sampler !== undefined && { sampler }),
    ...(head !== undefined && { head }),
  };
}
