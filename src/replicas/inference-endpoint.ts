/**
 * The inference worker's side: what servers ask of its models. Whoever does not show the token that stands in the
 * worker's row of the database is told nothing, whatever address this process listens on.
 */
import { timingSafeEqual } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { decode } from '@msgpack/msgpack';
import type { FastifyPluginAsync } from 'fastify';
import { CodedError } from '../errors.ts';
import type { InferenceHost } from '../inference/host.ts';
import {
  type AnswerFrame,
  ASK_PATH,
  type Ask,
  CONTENT_TYPE,
  encode,
  STATUS_PATH,
  type WorkerStatus,
} from './inference-wire.ts';

/** Two pictures of 20 MB, and room for what is said of them. */
const BODY_LIMIT = 64 * 2 ** 20;
/** Milliseconds between two looks at what has changed, and the longest silence. */
const LOOK = 50;
const SAY_EVERY = 1_000;

/** The models that are here are not those that were asked for. */
class Elsewhere extends Error {}

export interface EndpointOptions {
  /** Its own models. */
  host: InferenceHost;
  /** Looks at what the servers have promoted, deleted and replaced. */
  refresh(): Promise<void>;
  token: string;
  /** Aborted when it takes nothing new, and when nobody works on anything any more. */
  closing: AbortSignal;
  over: AbortSignal;
  onError(error: unknown): void;
}

export const inferenceEndpoint: FastifyPluginAsync<EndpointOptions> = async (app, options) => {
  app.addHook('onRequest', async ({ headers: { authorization } }, reply) => {
    if (isToken(authorization, options.token)) return;
    reply.header('www-authenticate', 'Bearer');
    throw new CodedError(
      'api_key_invalid',
      'Inference workers answer the servers on their database alone. Ask one of these.',
    );
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    CONTENT_TYPE,
    { parseAs: 'buffer', bodyLimit: BODY_LIMIT },
    (_request, body, done) => done(null, body),
  );

  app.get(STATUS_PATH, { schema: { hide: true } }, async (_request, reply) => {
    reply.hijack();
    await report(reply.raw, options);
  });

  app.post(ASK_PATH, { schema: { hide: true } }, async (request, reply) => {
    const ask = decode(request.body as Buffer) as Ask;
    const gone = new AbortController();
    reply.raw.once('close', () => gone.abort());
    reply.hijack();
    await answer(ask, reply.raw, options, gone.signal);
  });
};

function isToken(authorization: string | undefined, token: string): boolean {
  const [given, wanted] = [authorization ?? '', `Bearer ${token}`].map((text) => Buffer.from(text));
  return given!.length === wanted!.length && timingSafeEqual(given!, wanted!);
}

async function answer(
  ask: Ask,
  response: ServerResponse,
  options: EndpointOptions,
  gone: AbortSignal,
): Promise<void> {
  response.writeHead(200, { 'content-type': CONTENT_TYPE });
  const send = (frame: AnswerFrame) => response.write(encode(frame));
  try {
    const result = await perform(ask, options, gone, (told) => send({ type: 'told', told }));
    send({ type: 'done', result });
  } catch (error) {
    if (gone.aborted) return;
    if (error instanceof Elsewhere) send({ type: 'elsewhere' });
    else send(failure(error, options));
  }
  response.end();
}

function failure(error: unknown, { onError }: EndpointOptions): AnswerFrame {
  // What is logged there would not be understood without what is known here.
  if (!(error instanceof CodedError) || error.cause !== undefined) onError(error);
  const { code, message, param, retryAfter } =
    error instanceof CodedError ? error : new CodedError('internal_error');
  return {
    ...{ type: 'failed', code, message },
    ...(param !== null && { param }),
    ...(retryAfter !== undefined && { retryAfter }),
  };
}

function perform(
  ask: Ask,
  { host, refresh }: EndpointOptions,
  signal: AbortSignal,
  tell: (told: unknown) => void,
): Promise<unknown> {
  const isHere = (id: string, revision: string) =>
    host.models().find((model) => model.id === id)?.revision === revision;
  const require = (id: string, revision: string) => {
    if (!isHere(id, revision)) throw new Elsewhere();
  };
  const load = async (id: string, revision: string) => {
    await refresh();
    const status = await host.load(id);
    // It was being loaded when its files became others.
    if (!isHere(id, revision)) await host.load(id);
    require(id, revision);
    return status;
  };
  if ('request' in ask) require(ask.request.model, ask.revision);
  switch (ask.ask) {
    case 'paint':
      return host.paint(ask.request, { signal, ...(ask.telling && { onStep: tell }) });
    case 'caption': {
      const onCaption = (caption: unknown, index: number) => tell({ caption, index });
      return host.caption(ask.request, { signal, ...(ask.telling && { onCaption }) });
    }
    case 'vqa':
      return host.vqa(ask.request, { signal });
    case 'nlvr2':
      return host.nlvr2(ask.request, { signal });
    case 'reconstruct':
      return host.reconstruct(ask.request, { signal });
    case 'model':
      return host.modelFor(ask.task, ask.pictures);
    case 'load':
      return load(ask.model, ask.revision);
    case 'unload':
      return host.unload(ask.model);
  }
}

function statusOf({ host, closing }: EndpointOptions): WorkerStatus {
  const { queuedWorks, activeWorks, engine } = host.stats();
  return {
    engine: engine ?? '',
    ready: host.ready(),
    closing: closing.aborted,
    models: host.models().map(({ id, revision, state, reason, memoryBytes }) => ({
      ...{ id, revision, state, reason, memoryBytes },
    })),
    works: queuedWorks + activeWorks,
  };
}

/** Until whoever listens is gone. */
async function report(response: ServerResponse, options: EndpointOptions): Promise<void> {
  response.writeHead(200, { 'content-type': CONTENT_TYPE });
  let said = '';
  let saidAt = 0;
  while (!response.destroyed && !options.over.aborted) {
    const status = statusOf(options);
    const text = JSON.stringify(status);
    const now = performance.now();
    if (text !== said || now - saidAt > SAY_EVERY) {
      response.write(encode(status));
      said = text;
      saidAt = now;
    }
    await sleep(LOOK, undefined, { ref: false });
  }
  response.end();
}
