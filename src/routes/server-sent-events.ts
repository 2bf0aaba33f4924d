/** Answers as server-sent events (HTML standard, 9.2). */
import { PassThrough } from 'node:stream';

export const EVENTS_TYPE = 'text/event-stream';
export const EVENT_HEADERS = {
  'content-type': EVENTS_TYPE,
  'cache-control': 'no-store',
  // nginx would collect the events.
  'x-accel-buffering': 'no',
};

/** Milliseconds of silence after which a comment is sent: proxies cut connections that say nothing. */
const KEEP_ALIVE = 10_000;

export interface ServerSentEvent {
  name: string;
  data: unknown;
  /** What a client that comes back names as the last one that it has. */
  id?: string;
}

export interface EventStream {
  readonly stream: PassThrough;
  /** Resolves when there is something to send: only then is it known that the answer is a stream. */
  readonly opened: Promise<void>;
  /** Resolves when the client takes more, or is gone. */
  send(event: ServerSentEvent): Promise<void>;
  /** How long a client waits before it comes back. */
  retryAfter(milliseconds: number): Promise<void>;
  end(): void;
}

export function formatEvent({ name, data, id }: ServerSentEvent): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}

export function createEventStream(): EventStream {
  const stream = new PassThrough();
  // The client hung up: there is nobody to tell.
  stream.on('error', () => {});
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const write = (text: string) => {
    timer.refresh();
    open();
    return new Promise<void>((resolve) => {
      if (!stream.writable || stream.write(text)) return resolve();
      // A client that reads slowly is waited for, and one that is gone too.
      stream.once('drain', resolve);
      stream.once('close', resolve);
    });
  };
  const timer = setInterval(() => void write(': waiting\n\n'), KEEP_ALIVE);
  timer.unref();
  stream.once('close', () => clearInterval(timer));
  return {
    stream,
    opened,
    send: (event) => write(formatEvent(event)),
    retryAfter: (milliseconds) => write(`retry: ${milliseconds}\n\n`),
    end() {
      clearInterval(timer);
      stream.end();
    },
  };
}
