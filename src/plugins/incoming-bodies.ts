/**
 * Bodies while they come in: how much memory all of them may take, and how long a sender may be silent.
 *
 * What is counted is what has come, and not what was announced: a connection that promises a picture and sends five
 * bytes holds five bytes. It counts until the request is answered. A sender of whom nothing comes for a while is told so
 * (408) and gives its memory back; Node itself ends a request that has not come as a whole after REQUEST_TIMEOUT, and
 * one whose headers have not after HEADERS_TIMEOUT.
 */
import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { Gauge } from 'prom-client';
import { CodedError } from '../errors.ts';
import type { Services } from '../services.ts';
import { FORM_TYPE } from './media-types.ts';

export interface IncomingBody {
  /** Bytes that have come, until the answer is sent. @throws CodedError queue_full */
  charge(bytes: number): void;
  /** Aborted with the error to be answered when the sender has been silent for too long. */
  readonly silence: AbortSignal;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** The body of a request that has one. */
    incoming(): IncomingBody;
  }
}

/** Milliseconds. */
export const REQUEST_TIMEOUT = 600_000;
export const HEADERS_TIMEOUT = 15_000;
const SILENCE = 15_000;
/** Bytes of all bodies. */
const MOST_HELD = 256 * 2 ** 20;

interface Sender {
  /** Bytes of the connection, when it was last looked at. */
  bytes: number;
  heardAt: number;
  late: AbortController;
}

export const incomingBodies = fp<{ services: Services }>(async (app, { services }) => {
  const { silenceMs = SILENCE, mostHeld = MOST_HELD } = services.bodies ?? {};
  const bodies = new WeakMap<FastifyRequest, IncomingBody>();
  const senders = new Map<FastifyRequest, Sender>();
  let held = 0;

  app.decorateRequest('incoming', function (this: FastifyRequest) {
    return bodies.get(this)!;
  });
  new Gauge({
    name: 'xlxmert_upload_bytes',
    help: 'Bytes of bodies that have come and are being worked on.',
    registers: [app.metrics.registry],
    collect() {
      this.set(held);
    },
  });

  function receive(request: FastifyRequest, reply: FastifyReply): IncomingBody {
    const late = new AbortController();
    let own = 0;
    senders.set(request, { bytes: request.raw.socket.bytesRead, heardAt: Date.now(), late });
    reply.raw.once('close', () => {
      held -= own;
      own = 0;
      senders.delete(request);
    });
    return {
      silence: late.signal,
      charge(bytes) {
        if (reply.raw.destroyed) return;
        // One alone may be larger: its route says how large.
        if (held > own && held + bytes > mostHeld) {
          throw new CodedError('queue_full', 'Too many bodies are being received. Try again in a moment.');
        }
        own += bytes;
        held += bytes;
      },
    };
  }

  const period = Math.min(1_000, silenceMs / 4);
  let lookedAt = Date.now();
  const looking = setInterval(() => {
    const now = Date.now();
    // While this process itself was busy or asleep, it heard nobody.
    const deaf = now - lookedAt > 4 * period;
    lookedAt = now;
    for (const [request, sender] of senders) {
      const { bytesRead } = request.raw.socket;
      if (request.raw.complete) senders.delete(request);
      else if (deaf || bytesRead !== sender.bytes) Object.assign(sender, { bytes: bytesRead, heardAt: now });
      else if (now - sender.heardAt >= silenceMs) {
        senders.delete(request);
        sender.late.abort(silent(silenceMs));
      }
    }
  }, period);
  looking.unref();
  app.addHook('onClose', async () => clearInterval(looking));

  app.addHook('preParsing', async (request, reply, payload) => {
    // Forms are read from the request itself: see uploads.ts.
    const form = request.routeOptions.config.pictures !== undefined && request.mediaType === FORM_TYPE;
    const { 'content-length': length = '0', 'transfer-encoding': encoding } = request.headers;
    if (!form && encoding === undefined && length === '0') return payload;
    const body = receive(request, reply);
    bodies.set(request, body);
    return form ? payload : metered(payload, body);
  });
});

function silent(ms: number): CodedError {
  const message = `Nothing of the body came for ${ms / 1000} s. Send it again, without a pause.`;
  return new CodedError('request_timeout', message);
}

/** The same stream, charged chunk by chunk. It reads nothing before somebody reads it. */
function metered(payload: NodeJS.ReadableStream, { charge, silence }: IncomingBody): Readable {
  let begun = false;
  const meter = new Readable({
    read() {
      if (begun) payload.resume();
      else begin();
    },
    destroy(error, done) {
      payload.off('data', pass).off('end', end).off('error', fail);
      silence.removeEventListener('abort', late);
      done(error);
    },
  });
  const pass = (chunk: Buffer) => {
    try {
      charge(chunk.length);
      if (!meter.push(chunk)) payload.pause();
    } catch (error) {
      fail(error as Error);
    }
  };
  const end = () => meter.push(null);
  const fail = (error: Error) => void meter.destroy(error);
  const late = () => fail(silence.reason);
  function begin(): void {
    begun = true;
    if (silence.aborted) late();
    silence.addEventListener('abort', late);
    payload.on('data', pass).on('end', end).on('error', fail);
  }
  return meter;
}

/** The work, or the reason of the signal, whichever comes first. */
export function unless<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    work.then(resolve, reject);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
