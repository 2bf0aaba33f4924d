/**
 * A server's side of one inference worker: it hears how the worker stands, and asks it.
 *
 * `up` while the worker's status comes in. A worker that says nothing for a while, cut off or hung, is `down`, and what
 * it was asked is lost: whoever asked may ask another one. It is tried again until it is closed.
 */
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { CodedError, ERRORS } from '../errors.ts';
import { carrier } from '../tracing.ts';
import {
  type AnswerFrame,
  ASK_PATH,
  type Ask,
  CONTENT_TYPE,
  encode,
  framesOf,
  STATUS_PATH,
  type WorkerModel,
  type WorkerStatus,
} from './inference-wire.ts';

/** Milliseconds. */
const SILENCE = 5_000;
const CHECK = 500;
const AGAIN = 500;

/** The connection broke, or the worker fell silent: nobody knows how far it got. */
export class WorkerLost extends Error {}
/** It has not got this revision of the model. */
export class NotHere extends Error {}

export interface AskOptions {
  signal?: AbortSignal | undefined;
  onTold?: ((told: never) => void) | undefined;
}

export class WorkerLink {
  readonly id: string;
  /** When it was last asked; `performance.now()`. */
  askedAt = 0;
  readonly #address: string;
  readonly #token: string;
  readonly #onChange: () => void;
  /** Sockets are used again. */
  readonly #agent = new Agent({ keepAlive: true });
  readonly #closed = new AbortController();
  readonly #asks = new Set<AbortController>();
  readonly #checks: NodeJS.Timeout;
  #status: WorkerStatus | undefined;
  /** Works that were sent since the last status, which may not be counted in it. */
  #sent = 0;
  /** Works of this server that it has. */
  #own = 0;
  #heardAt = Date.now();
  #checkedAt = Date.now();
  #listening: AbortController | undefined;

  constructor(worker: { id: string; address: string; token: string }, onChange: () => void) {
    this.id = worker.id;
    this.#address = worker.address;
    this.#token = worker.token;
    this.#onChange = onChange;
    this.#checks = setInterval(() => this.#check(), CHECK);
    this.#checks.unref();
    void this.#listen();
  }

  /** Undefined while it is down. */
  status(): WorkerStatus | undefined {
    return this.#status;
  }

  model(id: string): WorkerModel | undefined {
    return this.#status?.models.find((model) => model.id === id);
  }

  /** Works that wait there or are being done, as far as is known. */
  works(): number {
    return Math.max((this.#status?.works ?? 0) + this.#sent, this.#own);
  }

  /** Counts works that it is about to be asked for. @returns tells that they are done */
  take(works: number): () => void {
    this.askedAt = performance.now();
    this.#sent += works;
    this.#own += works;
    return () => {
      this.#own -= works;
    };
  }

  /**
   * @throws CodedError that the worker answers with; WorkerLost, NotHere; the signal's reason
   */
  async ask<Result>(ask: Ask, { signal, onTold }: AskOptions = {}): Promise<Result> {
    signal?.throwIfAborted();
    const lost = new AbortController();
    this.#asks.add(lost);
    try {
      const response = await this.#send(
        ASK_PATH,
        AbortSignal.any([lost.signal, ...(signal ? [signal] : [])]),
        ask,
      );
      let end: AnswerFrame | undefined;
      // To the end of the stream, or the socket could not be used again.
      for await (const frame of framesOf<AnswerFrame>(response)) {
        if (frame.type === 'told') onTold?.(frame.told as never);
        else end = frame;
      }
      return resultOf(end) as Result;
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof CodedError || error instanceof NotHere) throw error;
      throw new WorkerLost(`${this.id}: ${(error as Error).message}`, { cause: error });
    } finally {
      this.#asks.delete(lost);
    }
  }

  /** It is known by now how the model stands there. */
  learn(model: WorkerModel): void {
    if (this.#status === undefined) return;
    const models = this.#status.models.filter(({ id }) => id !== model.id);
    this.#status = { ...this.#status, models: [...models, model] };
  }

  /** What is known of it was not so: it counts as down until it says more. */
  doubt(): void {
    this.#status = undefined;
    this.#onChange();
  }

  close(): void {
    clearInterval(this.#checks);
    this.#closed.abort();
    this.#listening?.abort();
    this.#lose();
    this.#agent.destroy();
  }

  async #listen(): Promise<void> {
    while (!this.#closed.signal.aborted) {
      this.#listening = new AbortController();
      try {
        const response = await this.#send(STATUS_PATH, this.#listening.signal);
        for await (const status of framesOf<WorkerStatus>(response)) this.#hear(status);
      } catch {
        // Whatever it was: it is tried again.
      }
      if (this.#status !== undefined) {
        this.#status = undefined;
        this.#onChange();
      }
      await sleep(AGAIN, undefined, { ref: false, signal: this.#closed.signal }).catch(() => {});
    }
  }

  #hear(status: WorkerStatus): void {
    this.#heardAt = Date.now();
    this.#status = status;
    this.#sent = 0;
    this.#onChange();
  }

  #check(): void {
    const now = Date.now();
    // When this process itself slept, the silence says nothing.
    if (now - this.#checkedAt > 4 * CHECK) this.#heardAt = now;
    this.#checkedAt = now;
    if (now - this.#heardAt <= SILENCE) return;
    this.#heardAt = now;
    this.#listening?.abort();
    this.#lose();
  }

  #lose(): void {
    for (const ask of this.#asks) ask.abort(new Error('no sign of life'));
  }

  #send(path: string, signal: AbortSignal, body?: unknown): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const headers = {
        authorization: `Bearer ${this.#token}`,
        ...(body !== undefined && { 'content-type': CONTENT_TYPE }),
        ...carrier(),
      };
      const method = body === undefined ? 'GET' : 'POST';
      const options = { method, headers, signal, agent: this.#agent };
      const request = httpRequest(`http://${this.#address}${path}`, options, (response) => {
        if (response.statusCode === 200) return resolve(response);
        response.resume();
        reject(new Error(`it answered ${response.statusCode}`));
      });
      request.once('error', reject);
      request.end(body === undefined ? undefined : encode(body));
    });
  }
}

function resultOf(frame: AnswerFrame | undefined): unknown {
  if (frame?.type === 'done') return frame.result;
  if (frame?.type === 'elsewhere') throw new NotHere();
  if (frame?.type !== 'failed') throw new Error('the answer was cut short');
  const { code, message, param, retryAfter } = frame;
  throw new CodedError(Object.hasOwn(ERRORS, code) ? code : 'internal_error', message, {
    ...(param !== undefined && { param }),
    ...(retryAfter !== undefined && { retryAfter }),
  });
}
