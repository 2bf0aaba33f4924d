import { PassThrough } from 'node:stream';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply, FastifyRequest } from 'fastify';
import Type from 'typebox';
import type { ImageFormat } from '../../../inference/encode-image.ts';
import { ownOrigin } from '../../../plugins/cross-site.ts';
import { changeErrorResponses, errorBody, toCodedError } from '../../../plugins/errors.ts';
import type { Services } from '../../../services.ts';
import { type PaintContext, type Painting, paint, resolve } from '../../generate-image/painting.ts';
import { readSize, resized } from '../../picture-size.ts';
import { idempotencyHeader, JSON_TYPE } from '../../pictures.ts';
import { runContext } from '../../recorded-run.ts';
import { EVENTS_TYPE, typedLine } from '../event-lines.ts';
import { modelName, seconds } from '../model-name.ts';
import { ImagesAnswer, ImagesBody } from './schema.ts';

const DESCRIPTION = `As OpenAI has it, for its SDKs and what is written for them. \`url\` keeps the pictures with their run and answers where they
lie. With \`stream\`, server-sent events: \`image_generation.partial_image\` for as many sampling steps as \`partial_images\` says,
then \`image_generation.completed\`. Unknown fields are let through, and names of OpenAI's models mean the default model.`;

export const images: FastifyPluginAsyncTypebox<{ services: Services }> = async (app, { services }) => {
  app.addSchema(ImagesAnswer);
  app.post(
    '/v1/images/generations',
    {
      config: { scope: 'infer' },
      schema: {
        tags: ['openai'],
        operationId: 'createImage',
        summary: 'Paint images, as OpenAI has it',
        description: DESCRIPTION,
        headers: idempotencyHeader,
        body: ImagesBody,
        response: {
          200: {
            description: 'Painted.',
            content: {
              [JSON_TYPE]: { schema: Type.Unsafe<ImagesAnswer>({ $ref: 'ImagesAnswer#' }) },
              [EVENTS_TYPE]: { schema: Type.String() },
            },
          },
          ...changeErrorResponses(401, 404, 429),
        },
      },
    },
    async (request, reply) => {
      const { body } = request;
      const order = read(body);
      const { prompt, seed, sampler } = body;
      const wanted = resolve(
        services,
        {
          prompt,
          n: body.n ?? 1,
          ...(sampler !== undefined && { sampler }),
          ...(typeof seed === 'number' && { seed }),
          ...withModel(body.model),
        },
        order.painted,
        Boolean(body.stream) && (body.partial_images ?? 0) > 0,
      );
      const context: PaintContext = { ...runContext(services, app, request), origin: ownOrigin(request) };
      const stored = body.response_format === 'url' && !body.stream;
      if (body.stream) {
        const start = (onStep: PaintContext['onStep']) =>
          paint(wanted, false, { ...context, ...(onStep !== undefined && { onStep }) });
        return stream(request, reply, order, body.partial_images ?? 0, start);
      }
      return reply.send(await answer(await paint(wanted, stored, context), order, stored));
    },
  );
};

interface Order {
  /** The format that it is painted in, and the one that it is answered in. */
  painted: ImageFormat;
  format: ImageFormat;
  size: ReturnType<typeof readSize>;
  quality: number | undefined;
}

function read(body: ImagesBody): Order {
  const format = body.output_format ?? 'png';
  const size = readSize(body.size);
  const quality = body.output_compression ?? undefined;
  const changed = size !== undefined || (quality !== undefined && format !== 'png');
  // What is encoded twice loses once.
  return { painted: changed && body.response_format !== 'url' ? 'png' : format, format, size, quality };
}

const withModel = (named: string | null | undefined) => {
  const model = modelName(named ?? undefined);
  return model === undefined ? {} : { model };
};

const encode = (file: Buffer, { painted, format, size, quality }: Order): Promise<Buffer> | Buffer =>
  size === undefined && painted === format && quality === undefined
    ? file
    : resized(file, format, { size, quality });

function sizeOf({ size }: Order, { answer: { images } }: Pick<Painting, 'answer'>): string {
  const { width, height } = size ?? images[0]!;
  return `${width}x${height}`;
}

async function answer(painting: Painting, order: Order, stored: boolean): Promise<ImagesAnswer> {
  const { id, model, images } = painting.answer;
  const data = await Promise.all(
    images.map(async ({ seed, url }, i) => {
      if (!stored) return { b64_json: (await encode(painting.files[i]!, order)).toString('base64'), seed };
      const { size } = order;
      return { url: `${url}${size === undefined ? '' : `&size=${size.width}x${size.height}`}`, seed };
    }),
  );
  const size = sizeOf(order, painting);
  return {
    ...{ created: seconds(), data, background: 'opaque', output_format: order.format, quality: 'auto', size },
    ...{ id, model },
  };
}

/** What fails before the first event is an ordinary error with its status. */
async function stream(
  request: FastifyRequest,
  reply: FastifyReply,
  order: Order,
  partials: number,
  start: (onStep: PaintContext['onStep']) => Promise<Painting>,
): Promise<FastifyReply> {
  const out = new PassThrough();
  // The client hung up: there is nobody to tell.
  out.on('error', () => {});
  let open = () => {};
  const opened = new Promise<void>((done) => {
    open = done;
  });
  let written = Promise.resolve();
  const write = (event: () => Promise<{ type: string }> | { type: string }) => {
    written = written.then(async () => {
      const line = typedLine(await event());
      if (out.writable) out.write(line);
      open();
    });
    return written;
  };
  const about = { background: 'opaque', output_format: order.format, quality: 'auto' };
  const describe = async (file: Buffer) => {
    const encoded = await encode(file, order);
    return { ...about, created_at: seconds(), b64_json: encoded.toString('base64') };
  };
  const work = start(
    partials === 0
      ? undefined
      : ({ image, step, steps, encoded }) => {
          const index = partialsOf(steps, partials).indexOf(step);
          if (index < 0) return;
          void write(async () => ({
            ...{ type: 'image_generation.partial_image', partial_image_index: index, image_index: image },
            ...(await describe(encoded)),
            size: order.size === undefined ? 'auto' : `${order.size.width}x${order.size.height}`,
          }));
        },
  );
  const finished = work.then(async (painting) => {
    for (const [index, file] of painting.files.entries()) {
      await write(async () => ({
        ...{ type: 'image_generation.completed', image_index: index },
        ...(await describe(file)),
        ...{ size: sizeOf(order, painting), seed: painting.answer.images[index]!.seed },
        ...{ id: painting.answer.id, model: painting.answer.model },
      }));
    }
    out.end();
  });
  await Promise.race([opened, finished]);
  finished.catch(async (thrown) => {
    const error = toCodedError(thrown);
    if (error.status >= 500)
      request.log.error({ err: error.cause ?? error, code: error.code }, error.message);
    await write(() => ({ type: 'error', ...errorBody(error, request.id) }));
    out.end();
  });
  return reply
    .headers({ 'content-type': EVENTS_TYPE, 'cache-control': 'no-store', 'x-accel-buffering': 'no' })
    .send(out);
}

/** Steps before the last, evenly spread. */
export function partialsOf(steps: number, most: number): number[] {
  const count = Math.min(most, steps - 1);
  return Array.from({ length: count }, (_, i) => Math.round(((i + 1) * steps) / (count + 1)));
}
