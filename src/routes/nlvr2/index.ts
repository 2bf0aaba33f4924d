import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { Upload } from '../../plugins/uploads.ts';
import type { Services } from '../../services.ts';
import { pictureTask } from '../picture-task.ts';
import { chooseModelFor, runContext } from '../recorded-run.ts';
import { ref } from '../ref.ts';
import { offeredAt, responder } from '../respond.ts';
import { Nlvr2Answer, Nlvr2Body, Nlvr2Form } from './schema.ts';
import { verifyStatement } from './verifying.ts';

export const nlvr2: FastifyPluginAsyncTypebox<{ services: Services }> = async (app, { services }) => {
  app.addSchema(Nlvr2Answer);
  const respond = responder(app);

  const addresses = [
    {
      url: '/v1/nlvr2',
      operationId: 'judgeStatement',
      summary: 'Judge a statement about two images',
    },
    {
      url: '/v1/nlvr2/upload',
      operationId: 'judgeStatementOnUploads',
      summary: 'Judge a statement about two uploaded files',
    },
    {
      url: '/v1/nlvr2/stream',
      operationId: 'judgeStatementStream',
      summary: 'Judge a statement about two images, as an event',
    },
  ];
  for (const address of addresses) {
    app.post(
      address.url,
      pictureTask(address, { images: 2 }, Nlvr2Form, Nlvr2Body, ref(Nlvr2Answer)),
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
          offeredAt(address.url),
        );
      },
    );
  }
};
