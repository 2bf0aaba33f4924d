import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type from 'typebox';
import { changeErrorResponses } from '../../plugins/errors.ts';
import { picturesBodyLimit, type Upload } from '../../plugins/uploads.ts';
import type { Services } from '../../services.ts';
import { FORM_TYPE, formOrJson, idempotencyHeader, JSON_TYPE } from '../pictures.ts';
import { chooseModelFor, runContext } from '../recorded-run.ts';
import { captionPicture } from './captioning.ts';
import { CaptionAnswer, CaptionBody, CaptionForm } from './schema.ts';

const DESCRIPTION = `Several captions of one image that differ, each beginning with the words of \`prefix\`, each with a score by
which the best can be chosen. The same request with the same seed gives the same captions on the same engine.`;

export const caption: FastifyPluginAsyncTypebox<{ services: Services }> = async (app, { services }) => {
  app.addSchema(CaptionAnswer);

  const addresses = [
    { url: '/v1/caption', documents: [JSON_TYPE], operationId: 'captionImage', summary: 'Caption an image' },
    {
      url: '/v1/caption/upload',
      documents: [FORM_TYPE],
      operationId: 'captionUpload',
      summary: 'Caption an uploaded file',
    },
  ];
  for (const { url, documents, operationId, summary } of addresses) {
    app.post(
      url,
      {
        bodyLimit: picturesBodyLimit(1),
        config: { scope: 'infer', pictures: { image: 1 }, documents },
        schema: {
          tags: ['tasks'],
          operationId,
          summary,
          description: DESCRIPTION,
          headers: idempotencyHeader,
          body: formOrJson(CaptionForm, CaptionBody),
          response: {
            200: Type.Unsafe<CaptionAnswer>({ $ref: 'CaptionAnswer#' }),
            ...changeErrorResponses(401, 404, 429),
          },
        },
      },
      async (request) => {
        const { image: _, model: named, ...options } = request.body as CaptionBody;
        const pictures = request.pictures('image');
        const model = await chooseModelFor(services.host, 'caption', named, pictures);
        const [picture] = (await pictures) as [Upload];
        return captionPicture(runContext(services, app, request), { ...options, model, picture });
      },
    );
  }
};
