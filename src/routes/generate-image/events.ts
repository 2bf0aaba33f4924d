/** The answer as server-sent events: `step` after every sampling step, then `completed` or `error`. */

import { PassThrough } from 'node:stream';
import type { StepEvent } from './schema.ts';

const KEEP_ALIVE = 10_000;

export interface EventStream {
  readonly stream: PassThrough;
  /** Resolves when there is something to send: only then is it known that the answer is a stream. */
  readonly opened: Promise<void>;
  step(data: StepEvent): void;
  end(name: 'completed' | 'error', data: unknown): void;
}

export const formatEvent = (name: string, data: unknown) =>
  `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;

export function createEventStream(): EventStream {
  const stream = new PassThrough();
  // The client hung up: there is nobody to tell.
  stream.on('error', () => {});
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const write = (text: string) => {
    if (stream.writable) stream.write(text);
    open();
  };
  // Proxies cut silent connections; a request may wait for long in a full queue.
  const timer = setInterval(() => write(': waiting\n\n'), KEEP_ALIVE);
  timer.unref();
  stream.once('close', () => clearInterval(timer));
  return {
    stream,
    opened,
    step: (data) => write(formatEvent('step', data)),
    end(name, data) {
      clearInterval(timer);
      write(formatEvent(name, data));
      stream.end();
    },
  };
}
