/**
 * How a task is answered: at once in JSON, as server-sent events while it is done, or later (`Prefer: respond-async`,
 * RFC 7240) at the address of its run.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import Type from 'typebox';
import { CodedError } from '../errors.ts';
import { errorBody, toCodedError } from '../plugins/errors.ts';
import { JSON_TYPE } from '../plugins/media-types.ts';
import type { Services } from '../services.ts';
import { negotiate } from './accept.ts';
import { idempotencyHeader } from './pictures.ts';
import type { RunContext } from './recorded-run.ts';
import { ref } from './ref.ts';
import { Run } from './runs/schema.ts';
import { showRun } from './runs/show.ts';
import { createEventStream, EVENT_HEADERS, EVENTS_TYPE, formatEvent } from './server-sent-events.ts';

/** `event` tells those who watch; it does nothing for the others. */
type Work<A> = (context: RunContext, event: (name: string, data: unknown) => void) => Promise<A>;

/** Does the work and answers as the request wants it. @throws CodedError not_acceptable, and what the work throws */
export type Respond = <A extends object>(
  request: FastifyRequest,
  reply: FastifyReply,
  context: RunContext,
  work: Work<A>,
  offered: readonly string[],
) => Promise<FastifyReply>;

/** One per plugin: work that goes on without its client ends before the application does. */
export function responder(app: FastifyInstance): Respond {
  const unfinished = new Set<Promise<unknown>>();
  app.addHook('onClose', async () => {
    await Promise.allSettled(unfinished);
  });
  return async (request, reply, context, work, offered) => {
    const type = negotiate(request.headers.accept, offered);
    if (type === undefined) throw new CodedError('not_acceptable');
    const later = preferLater(String(request.headers.prefer ?? ''));
    const watched = type === EVENTS_TYPE;
    const start: typeof work = (own, event) => {
      const done = work(own, event);
      unfinished.add(done);
      const forget = () => unfinished.delete(done);
      done.then(forget, forget);
      return done;
    };
    if (watched) return sendEvents(request, reply, (event) => start(context, event));
    if (later === undefined) return reply.send(await start(context, () => {}));
    return sendLater(request, reply, context.services, later, (own) =>
      start({ ...context, ...own }, () => {}),
    );
  };
}

/** Headers of every task. */
export const taskHeaders = Type.Object({
  ...idempotencyHeader.properties,
  prefer: Type.Optional(
    Type.String({
      description:
        '`respond-async`: the answer is 202 and the run, which goes on without its client and is found at `Location`; ' +
        'with `wait=10`, only if it takes more than 10 seconds. Its images are kept, and webhooks are told of its end.',
    }),
  ),
});

/** Beside the 200 of every task; the document leaves it out where no JSON is answered. */
export const laterResponse = {
  202: {
    description: 'Accepted (`Prefer: respond-async`): the run as it is now.',
    headers: {
      location: { type: 'string', description: 'Of the run.' },
      'preference-applied': { type: 'string' },
    },
    content: { [JSON_TYPE]: { schema: ref(Run) } },
  },
};

/** The 200 of a task that is answered in JSON or in events. */
export const taskAnswer = (answer: Type.TSchema, event: Type.TSchema) => ({
  description: 'Done.',
  content: { [JSON_TYPE]: { schema: answer }, [EVENTS_TYPE]: { schema: event } },
});

/** What an address answers with: the short one in both ways, those that generators make methods of in one. */
export function offeredAt(url: string): readonly string[] {
  if (url.endsWith('/stream')) return [EVENTS_TYPE];
  return url.endsWith('/upload') ? [JSON_TYPE] : [JSON_TYPE, EVENTS_TYPE];
}

/** Seconds. */
const LONGEST_WAIT = 3600;

/** @returns the seconds to wait for the work, when a later answer will do */
export function preferLater(prefer: string): { wait: number | undefined } | undefined {
  const wishes = prefer.split(',').map((wish) => wish.split(';')[0]!.trim().toLowerCase());
  if (!wishes.includes('respond-async')) return undefined;
  const [seconds] = wishes.flatMap((wish) => /^wait\s*=\s*"?(\d{1,9})"?$/.exec(wish)?.slice(1, 2) ?? []);
  return { wait: seconds === undefined ? undefined : Math.min(LONGEST_WAIT, Number(seconds)) };
}

async function sendLater(
  request: FastifyRequest,
  reply: FastifyReply,
  { records: { database, runs } }: Services,
  { wait }: { wait: number | undefined },
  start: (own: Pick<RunContext, 'gone' | 'onAccepted'>) => Promise<object>,
): Promise<FastifyReply> {
  let accept = (_id: string) => {};
  const accepted = new Promise<string>((resolve) => {
    accept = resolve;
  });
  // Nobody's hanging up ends it.
  const work = start({ gone: new AbortController().signal, onAccepted: (id) => accept(id) });
  const id = await Promise.race([accepted, work.then(() => undefined)]);
  const applied = wait === undefined ? 'respond-async' : `respond-async, wait=${wait}`;
  let timer: NodeJS.Timeout | undefined;
  const waited = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), (wait ?? 0) * 1000);
  });
  const done = wait === undefined && id !== undefined ? undefined : await Promise.race([work, waited]);
  clearTimeout(timer);
  // What goes wrong from here on stands in the run.
  work.catch((thrown) => {
    const error = toCodedError(thrown);
    request.log[error.status >= 500 ? 'error' : 'debug'](
      { err: error.cause ?? error, run: id },
      error.message,
    );
  });
  reply.header('preference-applied', applied);
  if (done !== undefined) return reply.send(done);
  return reply
    .code(202)
    .header('location', `/v1/runs/${id}`)
    .send(showRun((await database.retry(() => runs.find(id!, request.owner())))!));
}

/** What fails before the first event (no model, a full queue) is an ordinary error with its status. */
async function sendEvents(
  request: FastifyRequest,
  reply: FastifyReply,
  start: (event: (name: string, data: unknown) => void) => Promise<object>,
): Promise<FastifyReply> {
  const events = createEventStream();
  const work = start((name, data) => void events.send({ name, data }));
  const end = (name: 'completed' | 'error', data: unknown) => {
    void events.send({ name, data });
    events.end();
  };
  const finished = work.then(async (answer) => {
    const headers = { 'content-type': EVENTS_TYPE };
    const body = Buffer.from(formatEvent({ name: 'completed', data: answer }));
    await request.keepAnswer({ status: 200, headers, body });
    end('completed', answer);
  });
  await Promise.race([events.opened, finished]);
  finished.catch((thrown) => {
    const error = toCodedError(thrown);
    if (error.status >= 500)
      request.log.error({ err: error.cause ?? error, code: error.code }, error.message);
    end('error', errorBody(error, request.id));
  });
  return reply.headers(EVENT_HEADERS).send(events.stream);
}
