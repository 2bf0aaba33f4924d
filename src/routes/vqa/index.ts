import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { Upload } from '../../plugins/uploads.ts';
import type { Services } from '../../services.ts';
import { pictureTask } from '../picture-task.ts';
import { chooseModelFor, runContext } from '../recorded-run.ts';
import { ref } from '../ref.ts';
import { offeredAt, responder } from '../respond.ts';
import { answerQuestion } from './answering.ts';
import { DEFAULT_TOP_K, VqaAnswer, VqaBody, VqaForm } from './schema.ts';

export const vqa: FastifyPluginAsyncTypebox<{ services: Services }> = async (app, { services }) => {
  app.addSchema(VqaAnswer);
  const respond = responder(app);

  const addresses = [
    {
      url: '/v1/vqa',
      operationId: 'answerQuestion',
      summary: 'Answer a question about an image',
    },
    {
      url: '/v1/vqa/upload',
      operationId: 'answerQuestionOnUpload',
      summary: 'Answer a question about an uploaded file',
    },
    {
      url: '/v1/vqa/stream',
      operationId: 'answerQuestionStream',
      summary: 'Answer a question about an image, as events',
    },
  ];
  for (const address of addresses) {
    app.post(
      address.url,
      pictureTask(address, { image: 1 }, VqaForm, VqaBody, ref(VqaAnswer)),
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
          offeredAt(address.url),
        );
      },
    );
  }
};
