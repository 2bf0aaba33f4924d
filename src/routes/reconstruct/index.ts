import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { CodedError } from '../../errors.ts';
import type { ImageFormat } from '../../inference/encode-image.ts';
import { changeErrorResponses } from '../../plugins/errors.ts';
import { FORM_TYPE, JSON_TYPE } from '../../plugins/media-types.ts';
import { picturesBodyLimit, type Upload } from '../../plugins/uploads.ts';
import type { Services } from '../../services.ts';
import { negotiate } from '../accept.ts';
import { formOrJson, idempotencyHeader, pictureContent, recordOf } from '../pictures.ts';
import { chooseModelFor, recordHeaders, recordRun, runContext, servedAs } from '../recorded-run.ts';
import { ref } from '../ref.ts';
import { ReconstructAnswer, ReconstructBody, ReconstructForm } from './schema.ts';

const OFFERED = [JSON_TYPE, 'image/png', 'image/jpeg', 'image/webp'] as const;

const DESCRIPTION = `What is left of a picture in the visual codes of a model that paints, as in the paper's Figure 2: the grid encoder
sees it, each cell is given its nearest code, and the generator paints the codes. With an Accept header of \`image/png\`,
\`image/jpeg\` or \`image/webp\` the answer is the file alone.`;

export const reconstruct: FastifyPluginAsyncTypebox<{ services: Services }> = async (app, { services }) => {
  app.addSchema(ReconstructAnswer);

  const addresses = [
    {
      ...{ url: '/v1/reconstruct', documents: [JSON_TYPE], operationId: 'reconstructImage' },
      summary: 'Reconstruct an image from its visual codes',
    },
    {
      ...{
        url: '/v1/reconstruct/upload',
        documents: [FORM_TYPE],
        operationId: 'reconstructUpload',
      },
      summary: 'Reconstruct an uploaded file from its visual codes',
    },
  ];
  for (const { url, documents, operationId, summary } of addresses) {
    app.post(
      url,
      {
        bodyLimit: picturesBodyLimit(1),
        config: { scope: 'infer', pictures: { image: 1 }, documents, answers: OFFERED },
        schema: {
          tags: ['tasks'],
          operationId,
          summary,
          description: DESCRIPTION,
          headers: idempotencyHeader,
          body: formOrJson(ReconstructForm, ReconstructBody),
          response: {
            200: {
              description: 'Reconstructed.',
              content: {
                [JSON_TYPE]: { schema: ref(ReconstructAnswer) },
                'image/png': pictureContent,
                'image/jpeg': pictureContent,
                'image/webp': pictureContent,
              },
            },
            ...changeErrorResponses(401, 404, 406, 429),
          },
        },
      },
      async (request, reply) => {
        const { model: named, format: wanted } = request.body as ReconstructBody;
        const pictures = request.pictures('image');
        const type = negotiate(request.headers.accept, offered(wanted));
        if (type === undefined) {
          pictures.catch(() => {});
          throw new CodedError('not_acceptable');
        }
        const model = await chooseModelFor(services.host, 'paint', named, pictures);
        const [upload] = (await pictures) as [Upload];
        const format = type === JSON_TYPE ? (wanted ?? 'png') : (type.slice('image/'.length) as ImageFormat);
        const { record, result } = await recordRun(
          runContext(services, app, request),
          { task: 'reconstruct', model, request: { image: recordOf(upload), format }, stored: false },
          (options) => services.host.reconstruct({ picture: upload, model, format }, options),
          ({ width, height, codes }) => ({ result: { width, height, codes } }),
        );
        const { width, height, codes, encoded } = result;
        if (type !== JSON_TYPE) {
          return reply
            .type(type)
            .headers({ ...recordHeaders(record), 'x-model': result.model, 'x-codes': codes.join(',') })
            .send(encoded);
        }
        const { timing, ...served } = servedAs(record, result);
        return reply.send({
          ...{ ...served, width, height, format },
          ...{ b64_json: encoded.toString('base64'), codes, timing },
        });
      },
    );
  }
};

/** A format that the body names leaves no other file. */
const offered = (format: ImageFormat | undefined) =>
  OFFERED.filter((type) => type === JSON_TYPE || format === undefined || type === `image/${format}`);
