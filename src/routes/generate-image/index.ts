import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply } from 'fastify';
import Type from 'typebox';
import { CodedError } from '../../errors.ts';
import type { ImageFormat } from '../../inference/encode-image.ts';
import type { PaintStep } from '../../inference/host.ts';
import { ownOrigin } from '../../plugins/cross-site.ts';
import { changeErrorResponses } from '../../plugins/errors.ts';
import { JSON_TYPE } from '../../plugins/media-types.ts';
import type { Services } from '../../services.ts';
import { negotiate } from '../accept.ts';
import { pictureContent, recordHeaderSchemas } from '../pictures.ts';
import { recordHeaders, runContext } from '../recorded-run.ts';
import { laterResponse, responder, taskHeaders } from '../respond.ts';
import { EVENTS_TYPE } from '../server-sent-events.ts';
import { type PaintContext, type Painting, paint, resolve } from './painting.ts';
import { PaintAnswer, PaintBody, StepEvent } from './schema.ts';
import { paintStrip } from './strip.ts';

const FILE_TYPES = ['image/png', 'image/jpeg', 'image/webp'] as const;
const OFFERED = [JSON_TYPE, ...FILE_TYPES, EVENTS_TYPE] as const;
type AnswerType = (typeof OFFERED)[number];

const fileHeaders = {
  ...recordHeaderSchemas,
  'x-model': { type: 'string' },
  'x-revision': { type: 'string' },
  'x-engine': { type: 'string' },
  'x-seed': { type: 'integer' },
  'x-truncated': { type: 'boolean' },
  'x-unknown-words': {
    type: 'string',
    description: 'The first of them, percent-encoded and separated by commas.',
  },
  'x-revised-prompt': {
    type: 'string',
    description: 'What was read, percent-encoded, where the prompt leaves out what goes without saying.',
  },
  'x-codes': { type: 'string', description: 'The visual codes, separated by commas.' },
  'x-queue-ms': { type: 'number' },
  'x-compute-ms': { type: 'number' },
};

const REPEATED = `The same request with the same seed gives the same bytes on the same engine. A client that hangs up ends its own
work, unless it asked for \`store\`.`;

/** One handler: the Accept header chooses among the types of an address, and the first one has them all. */
const ADDRESSES = [
  {
    url: '/v1/generate-image',
    offered: OFFERED,
    documents: [JSON_TYPE],
    operationId: 'paintImage',
    summary: 'Paint images from captions',
    description: `Everything as JSON, files in base64. With an Accept header of \`image/png\`, \`image/jpeg\`, \`image/webp\` or
\`text/event-stream\` the answer is that of the next two operations.

${REPEATED}`,
  },
  {
    url: '/v1/generate-image/file',
    offered: FILE_TYPES,
    documents: FILE_TYPES,
    operationId: 'paintImageFile',
    summary: 'Paint one image and answer with its file',
    description: `In the \`format\` of the request, or in that of the Accept header; what else is known of it stands in \`x-…\` headers.

${REPEATED}`,
  },
  {
    url: '/v1/generate-image/stream',
    offered: [EVENTS_TYPE],
    documents: [EVENTS_TYPE],
    operationId: 'paintImageStream',
    summary: 'Paint images and watch them grow',
    description: `Server-sent events: \`step\` after every sampling step with the picture so far (a PaintStep), then \`completed\` with
the JSON answer of \`paintImage\`, or \`error\`.

${REPEATED}`,
  },
] as const;

export const generateImage: FastifyPluginAsyncTypebox<{ services: Services }> = async (app, { services }) => {
  app.addSchema(PaintAnswer);
  app.addSchema(StepEvent);

  const respond = responder(app);
  for (const { url, offered, documents, operationId, summary, description } of ADDRESSES) {
    app.post(
      url,
      {
        config: { scope: 'infer', documents },
        schema: {
          tags: ['tasks'],
          operationId,
          summary,
          description,
          headers: taskHeaders,
          body: PaintBody,
          response: {
            200: {
              description: 'Painted.',
              headers: fileHeaders,
              content: {
                [JSON_TYPE]: { schema: Type.Unsafe<PaintAnswer>({ $ref: 'PaintAnswer#' }) },
                'image/png': pictureContent,
                'image/jpeg': pictureContent,
                'image/webp': pictureContent,
                [EVENTS_TYPE]: { schema: Type.Unsafe<string>({ $ref: 'PaintStep#' }) },
              },
            },
            ...laterResponse,
            ...changeErrorResponses(401, 404, 406, 429),
          },
        },
      },
      async (request, reply) => {
        const { body } = request;
        const type = answerType(request.headers.accept, body, offered);
        const painting = await resolve(services, body, formatOf(type, body), type === EVENTS_TYPE);
        const stored = body.store ?? false;
        const context: PaintContext = {
          ...runContext(services, app, request),
          origin: ownOrigin(request),
        };
        if (type !== JSON_TYPE && type !== EVENTS_TYPE)
          return sendFile(reply, type, await paint(painting, stored, context));
        return respond(
          request,
          reply,
          context,
          async (own, event) => {
            const onStep = ({ encoded, ...step }: PaintStep) => {
              const data: StepEvent = { ...step, b64_json: encoded.toString('base64') };
              event('step', data);
            };
            const watched = type === EVENTS_TYPE ? { onStep } : {};
            return (await paint(painting, stored, { ...context, ...own, ...watched })).answer;
          },
          [type],
        );
      },
    );
  }

  await app.register(paintStrip, { services });
};

/**
 * What the Accept header and the body both allow.
 * @throws CodedError not_acceptable, impossible_request
 */
function answerType(accept: string | undefined, body: PaintBody, offered: readonly AnswerType[]): AnswerType {
  const { format } = body;
  const able = offered.filter((type) => {
    const image = type.startsWith('image/');
    return (
      !image || (whyNotOneFile(body) === undefined && [undefined, type].includes(format && `image/${format}`))
    );
  });
  const type = negotiate(accept, able);
  if (type !== undefined) return type;
  if (negotiate(accept, offered) === undefined) throw new CodedError('not_acceptable');
  throw (
    whyNotOneFile(body) ??
    new CodedError(
      'impossible_request',
      `The Accept header allows no image/${format}, which the body asks for. Leave one of them out.`,
      { param: '/format' },
    )
  );
}

function formatOf(type: AnswerType, { format }: PaintBody): ImageFormat {
  if (type === JSON_TYPE || type === EVENTS_TYPE) return format ?? 'png';
  return type.slice('image/'.length) as ImageFormat;
}

/** An answer of type image/… is one file. */
function whyNotOneFile({ prompt, n = 1, intermediate }: PaintBody): CodedError | undefined {
  const images = n * (typeof prompt === 'string' ? 1 : prompt.length);
  if (images > 1) {
    return new CodedError(
      'impossible_request',
      `An answer of type image/… holds one image, and this request makes ${images}. Accept application/json instead.`,
      { param: '/n' },
    );
  }
  if (!intermediate) return undefined;
  return new CodedError(
    'impossible_request',
    'An answer of type image/… has no room for intermediate images. Accept application/json or text/event-stream.',
    { param: '/intermediate' },
  );
}

function sendFile(reply: FastifyReply, type: string, { answer, files }: Painting): FastifyReply {
  const [image] = answer.images;
  return reply
    .type(type)
    .headers({
      ...recordHeaders(answer),
      'x-model': answer.model,
      'x-revision': answer.revision,
      'x-engine': answer.engine,
      'x-seed': image!.seed,
      'x-truncated': String(image!.truncated),
      'x-unknown-words': inHeader(image!.unknown_words),
      ...(image!.revised_prompt !== undefined && { 'x-revised-prompt': inHeader([image!.revised_prompt]) }),
      'x-codes': image!.codes.join(','),
      'x-queue-ms': answer.timing.queue_ms,
      'x-compute-ms': answer.timing.compute_ms,
    })
    .send(files[0]);
}

/** Node's client takes 16 KB of headers. */
const LONGEST_HEADER = 2000;

function inHeader(words: readonly string[]): string {
  let header = '';
  for (const word of words.map(encodeURIComponent)) {
    const longer = header === '' ? word : `${header},${word}`;
    if (longer.length <= LONGEST_HEADER) header = longer;
  }
  return header;
}
