import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type from 'typebox';
import { changeErrorResponses } from '../../plugins/errors.ts';
import { picturesBodyLimit, type Upload } from '../../plugins/uploads.ts';
import type { Services } from '../../services.ts';
import { FORM_TYPE, formOrJson, idempotencyHeader, JSON_TYPE } from '../pictures.ts';
import { chooseModelFor, runContext } from '../recorded-run.ts';
import { answerQuestion } from './answering.ts';
import { DEFAULT_TOP_K, VqaAnswer, VqaBody, VqaForm } from './schema.ts';

export const vqa: FastifyPluginAsyncTypebox<{ services: Services }> = async (app, { services }) => {
  app.addSchema(VqaAnswer);

  const addresses = [
    {
      url: '/v1/vqa',
      documents: [JSON_TYPE],
      operationId: 'answerQuestion',
      summary: 'Answer a question about an image',
    },
    {
      url: '/v1/vqa/upload',
      documents: [FORM_TYPE],
      operationId: 'answerQuestionOnUpload',
      summary: 'Answer a question about an uploaded file',
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
          headers: idempotencyHeader,
          body: formOrJson(VqaForm, VqaBody),
          response: {
            200: Type.Unsafe<VqaAnswer>({ $ref: 'VqaAnswer#' }),
            ...changeErrorResponses(401, 404, 429),
          },
        },
      },
      async (request) => {
        const { question, top_k: topK = DEFAULT_TOP_K, ...body } = request.body as VqaBody;
        const pictures = request.pictures('image');
        const model = await chooseModelFor(services.host, 'vqa', body.model, pictures);
        const [picture] = (await pictures) as [Upload];
        return answerQuestion(runContext(services, app, request), { model, picture, question, topK });
      },
    );
  }
};
