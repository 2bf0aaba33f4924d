import { PassThrough } from 'node:stream';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply, FastifyRequest } from 'fastify';
import Type from 'typebox';
import { CodedError } from '../../../errors.ts';
import type { ImageFormat } from '../../../inference/encode-image.ts';
import type { InferenceHost } from '../../../inference/host.ts';
import { ownOrigin } from '../../../plugins/cross-site.ts';
import { changeErrorResponses, errorBody, toCodedError } from '../../../plugins/errors.ts';
import { FORM_TYPE, JSON_TYPE } from '../../../plugins/media-types.ts';
import { picturesBodyLimit, type Upload, uploads } from '../../../plugins/uploads.ts';
import type { Services } from '../../../services.ts';
import {
  type PaintContext,
  type Painting,
  type PaintOrder,
  paint,
  resolve,
} from '../../generate-image/painting.ts';
import { readSize, resized } from '../../picture-size.ts';
import { idempotencyHeader } from '../../pictures.ts';
import { onRecord, runContext } from '../../recorded-run.ts';
import { EVENTS_TYPE, typedLine } from '../event-lines.ts';
import { modelName, seconds } from '../model-name.ts';
import { ImageEditForm, ImagesAnswer, ImagesBody } from './schema.ts';

const DESCRIPTION = `As OpenAI has it, for its SDKs and what is written for them. \`url\` keeps the pictures with their run and answers where they
lie. With \`stream\`, server-sent events: \`image_generation.partial_image\` for as many sampling steps as \`partial_images\` says,
then \`image_generation.completed\`, with a \`url\` beside the picture where one is asked for. Unknown fields are let through,
and names of OpenAI's models mean the default model.`;

const ONE_FORM = 'Send a form (multipart/form-data), with the image and the mask as files.';

const EDIT = `Paints a part of a picture anew. The picture is encoded into its grid of visual codes; the cells that transparent pixels of
the mask touch are masked and sampled from the prompt, and all others keep their codes (or those in \`codes\`). The whole picture is then decoded
from its codes, so that what is kept looks as the model sees it, not as the file did. Models that paint and see can do it.
\`url\`, \`stream\` (\`image_edit.partial_image\`, \`image_edit.completed\`) and names of models are as in the operation above.`;

export const images: FastifyPluginAsyncTypebox<{ services: Services }> = async (app, { services }) => {
  app.addSchema(ImagesAnswer);
  const schema = {
    tags: ['openai'],
    headers: idempotencyHeader,
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
  };

  app.post(
    '/v1/images/generations',
    {
      config: { scope: 'infer' },
      schema: {
        ...schema,
        operationId: 'createImage',
        summary: 'Paint images, as OpenAI has it',
        description: DESCRIPTION,
        body: ImagesBody,
      },
    },
    async (request, reply) => {
      const { body } = request;
      return send(request, reply, body, 'image_generation', await wantedOf(body, read(body)));
    },
  );

  await app.register(async (scope) => {
    await scope.register(uploads, { services });
    scope.post(
      '/v1/images/edits',
      {
        bodyLimit: picturesBodyLimit(2),
        config: { scope: 'infer', pictures: { image: 1, mask: 1 } },
        schema: {
          ...schema,
          operationId: 'editImage',
          summary: 'Paint a part of an image anew, as OpenAI has it',
          description: EDIT,
          body: { content: { [FORM_TYPE]: { schema: ImageEditForm } } },
        },
      },
      async (request, reply) => {
        if (request.mediaType !== FORM_TYPE) throw new CodedError('unsupported_media_type', ONE_FORM);
        const body = request.body as ImageEditForm;
        const [picture] = (await request.pictures('image')) as [Upload];
        const [mask = picture] = await request.pictures('mask');
        assertSameSize(picture, mask);
        const wanted = await wantedOf(body, read(body));
        assertSees(services.host, wanted.model);
        const over = { picture, mask, ...(body.codes && { codes: body.codes.split(',').map(Number) }) };
        return send(request, reply, body, 'image_edit', { ...wanted, over });
      },
    );
  });

  /** @throws CodedError as `resolve` */
  function wantedOf(body: Fields, order: Order): Promise<PaintOrder> {
    const { prompt, seed, sampler } = body;
    return resolve(
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
  }

  async function send(
    request: FastifyRequest,
    reply: FastifyReply,
    body: Fields,
    events: Events,
    wanted: PaintOrder,
  ): Promise<FastifyReply> {
    const order = read(body);
    const context: PaintContext = { ...runContext(services, app, request), origin: ownOrigin(request) };
    const stored = body.response_format === 'url';
    if (body.stream) {
      const start = (onStep: PaintContext['onStep']) =>
        paint(wanted, stored, { ...context, ...(onStep !== undefined && { onStep }) });
      return stream(request, reply, events, order, body.partial_images ?? 0, start);
    }
    return reply.send(await answer(await paint(wanted, stored, context), order, stored));
  }
};

/** Fields of a body in JSON, or of a form. */
type Fields = ImagesBody | ImageEditForm;
type Events = 'image_generation' | 'image_edit';

/** @throws CodedError impossible_request */
function assertSameSize(picture: Upload, mask: Upload): void {
  if (picture.width === mask.width && picture.height === mask.height) return;
  const sizes = `${mask.width}x${mask.height}, the image ${picture.width}x${picture.height}`;
  throw new CodedError('impossible_request', `The mask has ${sizes}: they must have the same size.`, {
    param: '/mask',
  });
}

/** @throws CodedError task_not_supported */
function assertSees(host: InferenceHost, model: string): void {
  const { manifest } = host.models().find(({ id }) => id === model)!;
  if (manifest === undefined || manifest.components?.grid_encoder !== undefined) return;
  throw new CodedError(
    'task_not_supported',
    `The model "${model}" paints, but it has no grid encoder to see pictures with, so it cannot change one.`,
    { param: '/model' },
  );
}

interface Order {
  /** The format that it is painted in, and the one that it is answered in. */
  painted: ImageFormat;
  format: ImageFormat;
  size: ReturnType<typeof readSize>;
  quality: number | undefined;
}

function read(body: Fields): Order {
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

/** A stored picture has the size of the model. */
const urlOf = (url: string, { size }: Order): string =>
  size === undefined ? url : `${url}&size=${size.width}x${size.height}`;

async function answer(painting: Painting, order: Order, stored: boolean): Promise<ImagesAnswer> {
  const { model, sampler, images } = painting.answer;
  const data = await Promise.all(
    images.map(async ({ seed, codes, url, revised_prompt }, i) => ({
      ...(stored
        ? { url: urlOf(url!, order) }
        : { b64_json: (await encode(painting.files[i]!, order)).toString('base64') }),
      ...(revised_prompt !== undefined && { revised_prompt }),
      ...{ seed, codes },
    })),
  );
  const size = sizeOf(order, painting);
  const { repainted } = painting;
  return {
    ...{ created: seconds(), data, background: 'opaque', output_format: order.format, quality: 'auto', size },
    ...{ ...onRecord(painting.answer), model, sampler, ...(repainted !== undefined && { repainted }) },
  };
}

/** What fails before the first event is an ordinary error with its status. */
async function stream(
  request: FastifyRequest,
  reply: FastifyReply,
  events: Events,
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
            ...{ type: `${events}.partial_image`, partial_image_index: index, image_index: image },
            ...(await describe(encoded)),
            size: order.size === undefined ? 'auto' : `${order.size.width}x${order.size.height}`,
          }));
        },
  );
  const finished = work.then(async (painting) => {
    for (const [index, file] of painting.files.entries()) {
      const { seed, codes, url } = painting.answer.images[index]!;
      await write(async () => ({
        ...{ type: `${events}.completed`, image_index: index },
        ...(await describe(file)),
        ...{
          size: sizeOf(order, painting),
          seed,
          codes,
          ...(url !== undefined && { url: urlOf(url, order) }),
        },
        ...{ ...onRecord(painting.answer), model: painting.answer.model },
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
function partialsOf(steps: number, most: number): number[] {
  const count = Math.min(most, steps - 1);
  return Array.from({ length: count }, (_, i) => Math.round(((i + 1) * steps) / (count + 1)));
}
