/** Which files the child holds: each is sent with the first work that names it and forgotten after the last. */
import type { Picture } from './host.ts';
import type { ToChild } from './protocol.ts';

export class SentPictures {
  readonly #send: (message: ToChild) => void;
  /** Hash → active works that name it. */
  readonly #uses = new Map<string, number>();

  constructor(send: (message: ToChild) => void) {
    this.#send = send;
  }

  hold(pictures: readonly Picture[]): void {
    for (const { hash, bytes } of pictures) {
      const uses = this.#uses.get(hash) ?? 0;
      this.#uses.set(hash, uses + 1);
      if (uses === 0) this.#send({ type: 'picture', hash, bytes });
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
