/**
 * Requests that have not ended, cut into images. An image is `queued` here, or `active` as a job in the child, or
 * done.
 *
 * Requests take turns image by image, so that one large request does not hold up the small ones behind it. A job
 * whose process died is a suspect: it is tried once more, alone, so that the others do not go down with it again.
 */
import type { PaintedImage, PaintOptions, PaintRequest, PaintResult } from './host.ts';

export interface Request {
  readonly spec: PaintRequest;
  readonly options: PaintOptions;
  readonly acceptedAt: number;
  /** Set when its first image starts. */
  startedAt?: number;
  revision?: string;
  /** Indexes of images that wait. */
  readonly queued: number[];
  readonly images: (PaintedImage | undefined)[];
  /** Per image, the pictures of its steps so far. */
  readonly intermediate: Buffer[][];
  /** Images that are not done. */
  left: number;
  readonly onAbort: () => void;
  resolve(result: PaintResult): void;
  reject(error: unknown): void;
}

export interface Job {
  readonly request: Request;
  readonly image: number;
  /** Processes that died under it. */
  deaths: number;
}

export class RequestQueue {
  /** In the order of their turns. */
  readonly #requests = new Set<Request>();
  #suspects: Job[] = [];

  add(request: Request): void {
    this.#requests.add(request);
  }

  has(request: Request): boolean {
    return this.#requests.has(request);
  }

  /** False when it was gone already. */
  remove(request: Request): boolean {
    this.#suspects = this.#suspects.filter((job) => job.request !== request);
    return this.#requests.delete(request);
  }

  all(): Request[] {
    return [...this.#requests];
  }

  get size(): number {
    return this.#requests.size;
  }

  /** Images that wait. */
  waiting(): number {
    let count = this.#suspects.length;
    for (const { queued } of this.#requests) count += queued.length;
    return count;
  }

  retryAlone(job: Job): void {
    this.#suspects.push(job);
  }

  /** The image that may start now, beside those active. */
  next(active: ReadonlyMap<number, Job>, usable: (model: string) => boolean): Job | undefined {
    for (const { deaths } of active.values()) if (deaths > 0) return undefined;
    const suspect = this.#suspects.findIndex((job) => usable(job.request.spec.model));
    if (suspect >= 0) return active.size === 0 ? this.#suspects.splice(suspect, 1)[0] : undefined;
    for (const request of this.#requests) {
      if (request.queued.length === 0 || !usable(request.spec.model)) continue;
      // To the end of the line.
      this.#requests.delete(request);
      this.#requests.add(request);
      return { request, image: request.queued.shift()!, deaths: 0 };
    }
    return undefined;
  }
}
