/**
 * Requests that have not ended, cut into works: an image to paint, a caption, a question, a statement. A work is
 * `queued` here, or `active` in the child, or done.
 *
 * Requests take turns work by work, so that one large request does not hold up the small ones behind it. A work
 * whose process died is a suspect: it is tried once more, alone, so that the others do not go down with it again.
 */
import type { OpenSpan } from '../tracing.ts';
import type { Task } from '../zoo/manifest.ts';
import type { Done, Picture } from './host.ts';
import type { Outcome, PaintStep, Work } from './protocol.ts';

export interface Request {
  readonly task: Task;
  readonly model: string;
  /** All of that task. At least one. */
  readonly works: readonly Work[];
  /** The files that its works name. */
  readonly pictures: readonly Picture[];
  readonly signal: AbortSignal | undefined;
  /** Every (work, step) comes once. */
  readonly onStep: ((work: number, step: PaintStep) => void) | undefined;
  /** Every work's once, when it is done. */
  readonly onOutcome: ((work: number, outcome: Outcome) => void) | undefined;
  readonly acceptedAt: number;
  /** Set when its first work starts. */
  startedAt?: number;
  revision?: string;
  /** Indexes of works that wait. */
  readonly queued: number[];
  readonly outcomes: (Outcome | undefined)[];
  /** Per work, the steps that were told so far. */
  readonly told: number[];
  /** Works that are not done. */
  left: number;
  readonly onAbort: () => void;
  /** Of the request, and of its wait for its first work to start. */
  readonly span: OpenSpan;
  readonly waiting: OpenSpan;
  resolve(result: Done<Outcome>): void;
  reject(error: unknown): void;
}

export interface WorkItem {
  readonly request: Request;
  /** Index of the work. */
  readonly index: number;
  /** Processes that died under it. */
  deaths: number;
  /** When it was given to the child; `performance.now()`. */
  startedAt?: number;
  /** While the child has it. */
  span?: OpenSpan;
}

export class RequestQueue {
  /** In the order of their turns. */
  readonly #requests = new Set<Request>();
  #suspects: WorkItem[] = [];

  add(request: Request): void {
    this.#requests.add(request);
  }

  has(request: Request): boolean {
    return this.#requests.has(request);
  }

  /** False when it was gone already. */
  remove(request: Request): boolean {
    this.#suspects = this.#suspects.filter((item) => item.request !== request);
    return this.#requests.delete(request);
  }

  all(): Request[] {
    return [...this.#requests];
  }

  get size(): number {
    return this.#requests.size;
  }

  /** Works that wait. */
  waiting(): number {
    let count = this.#suspects.length;
    for (const { queued } of this.#requests) count += queued.length;
    return count;
  }

  retryAlone(item: WorkItem): void {
    this.#suspects.push(item);
  }

  /**
   * The work that may start now, beside those active.
   * @param hasPlace whether there is one for a work of the request
   */
  next(active: ReadonlyMap<number, WorkItem>, hasPlace: (request: Request) => boolean): WorkItem | undefined {
    for (const { deaths } of active.values()) if (deaths > 0) return undefined;
    const suspect = this.#suspects.findIndex((item) => hasPlace(item.request));
    if (suspect >= 0) return active.size === 0 ? this.#suspects.splice(suspect, 1)[0] : undefined;
    for (const request of this.#requests) {
      if (request.queued.length === 0 || !hasPlace(request)) continue;
      // To the end of the line.
      this.#requests.delete(request);
      this.#requests.add(request);
      return { request, index: request.queued.shift()!, deaths: 0 };
    }
    return undefined;
  }
}
