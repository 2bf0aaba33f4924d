import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { changeErrorResponses } from '../../plugins/errors.ts';
import { picturesBodyLimit, type Upload } from '../../plugins/uploads.ts';
import type { Services } from '../../services.ts';
import { FORM_TYPE, formOrJson, JSON_TYPE } from '../pictures.ts';
import { chooseModelFor, runContext } from '../recorded-run.ts';
import { ref } from '../ref.ts';
import { laterResponse, offeredAt, responder, taskAnswer, taskHeaders } from '../respond.ts';
import { EVENTS_TYPE } from '../server-sent-events.ts';
import { answerQuestion } from './answering.ts';
import { DEFAULT_TOP_K, VqaAnswer, VqaBody, VqaForm } from './schema.ts';

export const vqa: FastifyPluginAsyncTypebox<{ services: Services }> = async (app, { services }) => {
  app.addSchema(VqaAnswer);
  const respond = responder(app);

  const addresses = [
    {
      url: '/v1/vqa',
      documents: [JSON_TYPE],
      answers: [JSON_TYPE],
      operationId: 'answerQuestion',
      summary: 'Answer a question about an image',
    },
    {
      url: '/v1/vqa/upload',
      documents: [FORM_TYPE],
      answers: [JSON_TYPE],
      operationId: 'answerQuestionOnUpload',
      summary: 'Answer a question about an uploaded file',
    },
    {
      url: '/v1/vqa/stream',
      documents: [JSON_TYPE],
      answers: [EVENTS_TYPE],
      operationId: 'answerQuestionStream',
      summary: 'Answer a question about an image, as events',
    },
  ];
  for (const { url, documents, answers, operationId, summary } of addresses) {
    app.post(
      url,
      {
        bodyLimit: picturesBodyLimit(1),
        config: { scope: 'infer', pictures: { image: 1 }, documents, answers },
        schema: {
          tags: ['tasks'],
          operationId,
          summary,
          headers: taskHeaders,
          body: formOrJson(VqaForm, VqaBody),
          response: {
            200: taskAnswer(ref(VqaAnswer), ref(VqaAnswer)),
            ...laterResponse,
            ...changeErrorResponses(401, 404, 406, 429),
          },
        },
      },
      async (request, reply) => {
        const { question, top_k: topK = DEFAULT_TOP_K, occlusion, ...body } = request.body as VqaBody;
        const pictures = request.pictures('image');
        const model = await chooseModelFor(services.host, 'vqa', body.model, pictures);
        const [picture] = (await pictures) as [Upload];
        const asked = { model, ...(occlusion !== undefined && { occlusion }) };
        return respond(
          request,
          reply,
          runContext(services, app, request),
          (context) => answerQuestion(context, { ...asked, picture, question, topK }),
          offeredAt(url),
        );
      },
    );
  }
};
