/** The models of this server's zoo, and where each stands on the workers. */
import { CodedError } from '../errors.ts';
import type { ModelStatus } from '../inference/host.ts';
import { describedEntry, unable } from '../inference/hosted-models.ts';
import { createZoo, type Zoo, type ZooContents, type ZooEntry } from '../zoo/discovery.ts';
import type { Task } from '../zoo/manifest.ts';
import type { WorkerLink } from './worker-link.ts';

export class HostedElsewhere {
  readonly #zoo: Zoo;
  readonly #links: () => readonly WorkerLink[];
  #contents: ZooContents = { entries: [], problems: [] };

  constructor(checkpoints: readonly string[], links: () => readonly WorkerLink[]) {
    this.#zoo = createZoo(checkpoints);
    this.#links = links;
  }

  async scan(): Promise<ZooContents> {
    this.#contents = await this.#zoo.scan();
    return this.#contents;
  }

  /** Whether the zoo has what tells the kinds of pictures apart. */
  routes(): boolean {
    return this.#contents.entries.some(({ manifest }) => manifest.architecture === 'picture-router');
  }

  list(): ModelStatus[] {
    const { entries, problems } = this.#contents;
    const broken = problems.map(
      ({ id, reason }): ModelStatus => ({ id, state: 'failed', reason, tasks: [] }),
    );
    return [...entries.map((entry) => this.#statusOf(entry)), ...broken].sort((a, b) =>
      a.id < b.id ? -1 : 1,
    );
  }

  /** @throws CodedError model_not_found */
  status(id: string): ModelStatus {
    const models = this.list();
    const model = models.find((one) => one.id === id);
    if (model) return model;
    const ids = models.map((one) => one.id).join(', ') || 'none';
    throw new CodedError('model_not_found', `There is no model "${id}". Hosted models: ${ids}.`);
  }

  /** @throws CodedError model_not_found, model_not_ready (it cannot be read) */
  entryOf(id: string): ZooEntry {
    const entry = this.#contents.entries.find((one) => one.id === id);
    if (entry) return entry;
    const { reason } = this.status(id);
    throw new CodedError('model_not_ready', `The model "${id}" could not be loaded (${reason}).`);
  }

  /** The same of a model that can do the task. @throws CodedError task_not_supported, too */
  entryFor(id: string, task: Task): ZooEntry {
    const entry = this.entryOf(id);
    if (entry.manifest.tasks.includes(task)) return entry;
    const able = this.list().filter(({ tasks }) => tasks.includes(task));
    throw new CodedError(
      'task_not_supported',
      `${unable(this.status(id), task)}. Models that can: ${able.map((one) => one.id).join(', ') || 'none'}.`,
    );
  }

  /** `ready` where it is in the memory of one at least; `failed` where none could load it that tried. */
  #statusOf(entry: ZooEntry): ModelStatus {
    const there = this.#links()
      .map((link) => link.model(entry.id))
      .filter((model) => model?.revision === entry.revision)
      .map((model) => model!);
    const known = describedEntry(entry);
    const memory = there.flatMap(({ memoryBytes }) => memoryBytes ?? []);
    if (there.some(({ state }) => state === 'ready')) {
      return { ...known, state: 'ready', ...(memory.length > 0 && { memoryBytes: Math.max(...memory) }) };
    }
    if (there.some(({ state }) => state === 'loading')) return { ...known, state: 'loading' };
    const failed = there.find(({ state }) => state === 'failed');
    if (failed === undefined || there.some(({ state }) => state === 'available'))
      return { ...known, state: 'available' };
    return { ...known, state: 'failed', ...(failed.reason !== undefined && { reason: failed.reason }) };
  }
}
