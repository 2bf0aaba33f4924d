import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { changeErrorResponses } from '../../plugins/errors.ts';
import { picturesBodyLimit, type Upload } from '../../plugins/uploads.ts';
import type { Services } from '../../services.ts';
import { FORM_TYPE, formOrJson, JSON_TYPE } from '../pictures.ts';
import { chooseModelFor, runContext } from '../recorded-run.ts';
import { ref } from '../ref.ts';
import { laterResponse, offeredAt, responder, taskAnswer, taskHeaders } from '../respond.ts';
import { EVENTS_TYPE } from '../server-sent-events.ts';
import { Nlvr2Answer, Nlvr2Body, Nlvr2Form } from './schema.ts';
import { verifyStatement } from './verifying.ts';

export const nlvr2: FastifyPluginAsyncTypebox<{ services: Services }> = async (app, { services }) => {
  app.addSchema(Nlvr2Answer);
  const respond = responder(app);

  const addresses = [
    {
      url: '/v1/nlvr2',
      documents: [JSON_TYPE],
      answers: [JSON_TYPE],
      operationId: 'judgeStatement',
      summary: 'Judge a statement about two images',
    },
    {
      url: '/v1/nlvr2/upload',
      documents: [FORM_TYPE],
      answers: [JSON_TYPE],
      operationId: 'judgeStatementOnUploads',
      summary: 'Judge a statement about two uploaded files',
    },
    {
      url: '/v1/nlvr2/stream',
      documents: [JSON_TYPE],
      answers: [EVENTS_TYPE],
      operationId: 'judgeStatementStream',
      summary: 'Judge a statement about two images, as an event',
    },
  ];
  for (const { url, documents, answers, operationId, summary } of addresses) {
    app.post(
      url,
      {
        bodyLimit: picturesBodyLimit(2),
        config: { scope: 'infer', pictures: { images: 2 }, documents, answers },
        schema: {
          tags: ['tasks'],
          operationId,
          summary,
          headers: taskHeaders,
          body: formOrJson(Nlvr2Form, Nlvr2Body),
          response: {
            200: taskAnswer(ref(Nlvr2Answer), ref(Nlvr2Answer)),
            ...laterResponse,
            ...changeErrorResponses(401, 404, 406, 429),
          },
        },
      },
      async (request, reply) => {
        const { statement, occlusion, ...body } = request.body as Nlvr2Body;
        const pictures = request.pictures('images');
        const model = await chooseModelFor(services.host, 'nlvr2', body.model, pictures);
        const [left, right] = (await pictures) as [Upload, Upload];
        const asked = { model, ...(occlusion !== undefined && { occlusion }) };
        return respond(
          request,
          reply,
          runContext(services, app, request),
          (context) => verifyStatement(context, { ...asked, left, right, statement }),
          offeredAt(url),
        );
      },
    );
  }
};
