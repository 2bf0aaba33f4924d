import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { changeErrorResponses } from '../../plugins/errors.ts';
import { picturesBodyLimit, type Upload } from '../../plugins/uploads.ts';
import type { Services } from '../../services.ts';
import { FORM_TYPE, formOrJson, JSON_TYPE } from '../pictures.ts';
import { chooseModelFor, runContext } from '../recorded-run.ts';
import { ref } from '../ref.ts';
import { laterResponse, offeredAt, responder, taskAnswer, taskHeaders } from '../respond.ts';
import { EVENTS_TYPE } from '../server-sent-events.ts';
import { captionPicture } from './captioning.ts';
import { CaptionAnswer, CaptionBody, CaptionEvent, CaptionForm } from './schema.ts';

const DESCRIPTION = `Several captions of one image that differ, each beginning with the words of \`prefix\`, each with a score by
which the best can be chosen. The same request with the same seed gives the same captions on the same engine.`;

export const caption: FastifyPluginAsyncTypebox<{ services: Services }> = async (app, { services }) => {
  app.addSchema(CaptionAnswer);
  app.addSchema(CaptionEvent);
  const respond = responder(app);

  const addresses = [
    {
      url: '/v1/caption',
      documents: [JSON_TYPE],
      answers: [JSON_TYPE],
      operationId: 'captionImage',
      summary: 'Caption an image',
      description: DESCRIPTION,
    },
    {
      url: '/v1/caption/upload',
      documents: [FORM_TYPE],
      answers: [JSON_TYPE],
      operationId: 'captionUpload',
      summary: 'Caption an uploaded file',
      description: DESCRIPTION,
    },
    {
      url: '/v1/caption/stream',
      documents: [JSON_TYPE],
      answers: [EVENTS_TYPE],
      operationId: 'captionImageStream',
      summary: 'Caption an image and get every caption as it is there',
      description: `Server-sent events: \`caption\` for every caption, in their order (a CaptionEvent), then \`completed\` with the JSON
answer of \`captionImage\`, or \`error\`. Forms are read, too; \`/v1/caption\` answers so to \`Accept: text/event-stream\`.`,
    },
  ];
  for (const { url, documents, answers, operationId, summary, description } of addresses) {
    app.post(
      url,
      {
        bodyLimit: picturesBodyLimit(1),
        config: { scope: 'infer', pictures: { image: 1 }, documents, answers },
        schema: {
          tags: ['tasks'],
          operationId,
          summary,
          description,
          headers: taskHeaders,
          body: formOrJson(CaptionForm, CaptionBody),
          response: {
            200: taskAnswer(ref(CaptionAnswer), ref(CaptionEvent)),
            ...laterResponse,
            ...changeErrorResponses(401, 404, 406, 429),
          },
        },
      },
      async (request, reply) => {
        const { image: _, model: named, ...options } = request.body as CaptionBody;
        const offered = offeredAt(url);
        const pictures = request.pictures('image');
        const model = await chooseModelFor(services.host, 'caption', named, pictures);
        const [picture] = (await pictures) as [Upload];
        return respond(
          request,
          reply,
          runContext(services, app, request),
          (context, event) =>
            captionPicture(context, { ...options, model, picture }, (one) => event('caption', one)),
          offered,
        );
      },
    );
  }
};
