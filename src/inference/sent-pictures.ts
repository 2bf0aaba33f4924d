/** Which files the child holds: each is sent with the first work that names it and forgotten after the last. */
import type { Picture } from './host.ts';
import type { ToChild } from './protocol.ts';

export class SentPictures {
  readonly #send: (message: ToChild) => boolean;
  /** Hash → active works that name it. */
  readonly #uses = new Map<string, number>();

  /** @param send false when nobody is there to hear it */
  constructor(send: (message: ToChild) => boolean) {
    this.#send = send;
  }

  hold(pictures: readonly Picture[]): void {
    for (const { hash, bytes } of pictures) {
      const uses = this.#uses.get(hash) ?? 0;
      // What no process has got is not held: the next one is sent it.
      if (uses > 0 || this.#send({ type: 'picture', hash, bytes })) this.#uses.set(hash, uses + 1);
    }
  }

  release(pictures: readonly Picture[]): void {
    for (const { hash } of pictures) {
      const uses = this.#uses.get(hash) ?? 0;
      if (uses > 1) this.#uses.set(hash, uses - 1);
      else if (this.#uses.delete(hash)) this.#send({ type: 'forget', hash });
    }
  }

  /** The child is gone, and what it held with it. */
  clear(): void {
    this.#uses.clear();
  }
}
