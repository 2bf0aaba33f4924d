/** What happened to a job: a page of events, or a stream of them. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply } from 'fastify';
import Type from 'typebox';
import { CodedError } from '../../errors.ts';
import { listEvents } from '../../jobs/job-events.ts';
import { ENDED } from '../../jobs/train-jobs.ts';
import { errorResponses } from '../../plugins/errors.ts';
import { JSON_TYPE } from '../../plugins/media-types.ts';
import { negotiate } from '../accept.ts';
import { DEFAULT_LIMIT, Page, PageQuery, page } from '../page.ts';
import { ref } from '../ref.ts';
import { EVENT_HEADERS, EVENTS_TYPE } from '../server-sent-events.ts';
import { followEvents, showEvent } from './follow-events.ts';
import type { JobAccess } from './job-access.ts';
import { config, JobEvent, JobParams, tags } from './schema.ts';

const STREAMED = `Server-sent events as they come (\`id\`, \`event\`, and a TrainJobEvent as \`data\`), until the job has ended and \`done\`
says so. A client that was cut off sends \`Last-Event-ID\` and misses nothing; one that has them all is answered 204, at
which an EventSource stops.`;

/** One handler: the first address answers a stream too, to those who accept one. */
const EVENT_ADDRESSES = [
  {
    url: '/v1/train-jobs/:id/events',
    offered: [JSON_TYPE, EVENTS_TYPE],
    documents: [JSON_TYPE],
    operationId: 'listTrainJobEvents',
    summary: 'What happened to a job, the oldest first',
    description: 'With `Accept: text/event-stream` the answer is that of the next operation.',
  },
  {
    url: '/v1/train-jobs/:id/events/stream',
    offered: [EVENTS_TYPE],
    documents: [EVENTS_TYPE],
    operationId: 'streamTrainJobEvents',
    summary: 'What happens to a job, as it happens',
    description: STREAMED,
  },
] as const;

export const events: FastifyPluginAsyncTypebox<{ access: JobAccess }> = async (app, { access }) => {
  const closing = new AbortController();
  app.addHook('preClose', async () => closing.abort());

  for (const { url, offered, documents, ...described } of EVENT_ADDRESSES) {
    app.get(
      url,
      {
        config: { ...config, documents },
        schema: {
          tags,
          ...described,
          params: JobParams,
          querystring: PageQuery,
          headers: Type.Object({
            'last-event-id': Type.Optional(Type.String({ description: 'The last event that was seen.' })),
          }),
          response: {
            200: {
              description: 'A page, or a stream.',
              content: {
                [JSON_TYPE]: { schema: Page('TrainJobEventList', ref(JobEvent)) },
                [EVENTS_TYPE]: { schema: ref(JobEvent) },
              },
            },
            204: Type.Null({ description: 'A stream of events that would stay empty: the job has ended.' }),
            ...errorResponses(401, 403, 404, 406, 429),
          },
        },
      },
      async (request, reply) => {
        const { id } = await access.find(request);
        const type = negotiate<string>(request.headers.accept, offered);
        if (type === undefined) throw new CodedError('not_acceptable');
        const { limit = DEFAULT_LIMIT, ...query } = request.query;
        // An EventSource comes back to the address that it was given, and says what it saw meanwhile.
        const after = request.headers['last-event-id'] ?? query.after;
        const read = (from: string | undefined, most: number) => listEvents(access.prisma(), id, from, most);
        if (type === JSON_TYPE) {
          const events = await access.retry(() => read(after, limit + 1));
          return reply.send(page(events.map(showEvent), limit));
        }
        const ended = async () => {
          const job = await access.prisma().job.findUnique({ where: { id }, select: { status: true } });
          if (job === null) return 'deleted';
          return ENDED.includes(job.status) ? job.status : undefined;
        };
        // An EventSource would come back for ever; this is how the standard ends it.
        const over = after === undefined ? undefined : await access.retry(ended);
        if (over !== undefined && (await access.retry(() => read(after, 1))).length === 0)
          return reply.code(204).send(null);
        const stream = followEvents(after, read, ended, AbortSignal.any([request.gone(), closing.signal]));
        // A shutdown need not wait for a connection that its client will not use again.
        return sendStream(reply.headers({ ...EVENT_HEADERS, connection: 'close' }), stream);
      },
    );
  }
};

/** Events, whatever the route's schema says of JSON. */
const sendStream = (reply: FastifyReply, stream: NodeJS.ReadableStream) => reply.send(stream);
