/**
 * Asks the inference process what kind of picture an upload is, before a model is chosen for it: pictures are decoded
 * nowhere else. A question that a process took with it is asked once more of the next one.
 */
import type { PictureKind } from '../models/picture-router.ts';
import type { Picture } from './host.ts';
import type { ToChild } from './protocol.ts';
import type { SentPictures } from './sent-pictures.ts';

const TRIES = 2;

interface Question {
  pictures: readonly Picture[];
  tries: number;
  resolve(kind: PictureKind | undefined): void;
}

export class PictureRouting {
  readonly #pictures: SentPictures;
  readonly #send: (message: ToChild) => boolean;
  readonly #waiting = new Map<number, Question>();
  #next = 1;

  constructor(pictures: SentPictures, send: (message: ToChild) => boolean) {
    this.#pictures = pictures;
    this.#send = send;
  }

  /** The kind of the first of several pictures. @returns undefined when it cannot be told */
  kindOf([picture]: readonly Picture[]): Promise<PictureKind | undefined> {
    if (!picture) return Promise.resolve(undefined);
    const id = this.#next++;
    return new Promise((resolve) => {
      const question = { pictures: [picture], tries: 0, resolve };
      this.#waiting.set(id, question);
      this.#ask(id, question);
    });
  }

  #ask(id: number, question: Question): void {
    this.#pictures.hold(question.pictures);
    // Should there be no process, its successor is asked.
    if (this.#send({ type: 'route', route: id, picture: question.pictures[0]!.hash })) question.tries++;
  }

  onRouted(id: number, kind: PictureKind | undefined): void {
    const question = this.#waiting.get(id);
    if (!question) return;
    this.#waiting.delete(id);
    this.#pictures.release(question.pictures);
    question.resolve(kind);
  }

  /** A process is there. */
  onHello(): void {
    for (const [id, question] of this.#waiting) {
      if (question.tries < TRIES) this.#ask(id, question);
      else this.onRouted(id, undefined);
    }
  }

  /** Nobody will answer any more. */
  close(): void {
    for (const id of [...this.#waiting.keys()]) this.onRouted(id, undefined);
  }
}
