import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { Upload } from '../../plugins/uploads.ts';
import type { Services } from '../../services.ts';
import { pictureTask } from '../picture-task.ts';
import { chooseModelFor, runContext } from '../recorded-run.ts';
import { ref } from '../ref.ts';
import { offeredAt, responder } from '../respond.ts';
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
      operationId: 'captionImage',
      summary: 'Caption an image',
      description: DESCRIPTION,
    },
    {
      url: '/v1/caption/upload',
      operationId: 'captionUpload',
      summary: 'Caption an uploaded file',
      description: DESCRIPTION,
    },
    {
      url: '/v1/caption/stream',
      operationId: 'captionImageStream',
      summary: 'Caption an image and get every caption as it is there',
      description: `Server-sent events: \`caption\` for every caption, in their order (a CaptionEvent), then \`completed\` with the JSON
answer of \`captionImage\`, or \`error\`. Forms are read, too; \`/v1/caption\` answers so to \`Accept: text/event-stream\`.`,
    },
  ];
  for (const address of addresses) {
    app.post(
      address.url,
      pictureTask(address, { image: 1 }, CaptionForm, CaptionBody, ref(CaptionAnswer), ref(CaptionEvent)),
      async (request, reply) => {
        const { image: _, model: named, ...options } = request.body as CaptionBody;
        const offered = offeredAt(address.url);
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
