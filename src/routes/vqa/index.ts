import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type from 'typebox';
import { changeErrorResponses } from '../../plugins/errors.ts';
import { picturesBodyLimit, type Upload } from '../../plugins/uploads.ts';
import type { Services } from '../../services.ts';
import { formOrJson, idempotencyHeader, recordOf, showReading } from '../pictures.ts';
import { chooseModelFor, recordRun, runContext, servedAs } from '../recorded-run.ts';
import { DEFAULT_TOP_K, VqaAnswer, VqaBody, VqaForm } from './schema.ts';

export const vqa: FastifyPluginAsyncTypebox<{ services: Services }> = async (app, { services }) => {
  app.addSchema(VqaAnswer);

  app.post(
    '/v1/vqa',
    {
      bodyLimit: picturesBodyLimit(1),
      config: { scope: 'infer', pictures: { image: 1 } },
      schema: {
        tags: ['tasks'],
        summary: 'Answer a question about an image',
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
      const { id, result } = await recordRun(
        runContext(services, app, request),
        {
          task: 'vqa',
          model,
          request: { image: recordOf(picture), question, top_k: topK },
          stored: false,
        },
        (options) => services.host.vqa({ picture, model, question, topK }, options),
        ({ answers, ...reading }) => ({ result: { answers, ...showReading(reading) } }),
      );
      const { answers } = result;
      return {
        ...servedAs(id, result),
        answer: answers[0]!.answer,
        answers,
        ...showReading(result),
      };
    },
  );
};
