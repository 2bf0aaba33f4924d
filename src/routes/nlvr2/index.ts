import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type from 'typebox';
import { changeErrorResponses } from '../../plugins/errors.ts';
import { picturesBodyLimit, type Upload } from '../../plugins/uploads.ts';
import type { Services } from '../../services.ts';
import { FORM_TYPE, formOrJson, idempotencyHeader, JSON_TYPE } from '../pictures.ts';
import { chooseModelFor, runContext } from '../recorded-run.ts';
import { judgeStatement } from './judging.ts';
import { Nlvr2Answer, Nlvr2Body, Nlvr2Form } from './schema.ts';

export const nlvr2: FastifyPluginAsyncTypebox<{ services: Services }> = async (app, { services }) => {
  app.addSchema(Nlvr2Answer);

  const addresses = [
    {
      url: '/v1/nlvr2',
      documents: [JSON_TYPE],
      operationId: 'judgeStatement',
      summary: 'Judge a statement about two images',
    },
    {
      url: '/v1/nlvr2/upload',
      documents: [FORM_TYPE],
      operationId: 'judgeStatementOnUploads',
      summary: 'Judge a statement about two uploaded files',
    },
  ];
  for (const { url, documents, operationId, summary } of addresses) {
    app.post(
      url,
      {
        bodyLimit: picturesBodyLimit(2),
        config: { scope: 'infer', pictures: { images: 2 }, documents },
        schema: {
          tags: ['tasks'],
          operationId,
          summary,
          headers: idempotencyHeader,
          body: formOrJson(Nlvr2Form, Nlvr2Body),
          response: {
            200: Type.Unsafe<Nlvr2Answer>({ $ref: 'Nlvr2Answer#' }),
            ...changeErrorResponses(401, 404, 429),
          },
        },
      },
      async (request) => {
        const { statement, ...body } = request.body as Nlvr2Body;
        const pictures = request.pictures('images');
        const model = await chooseModelFor(services.host, 'nlvr2', body.model, pictures);
        const [left, right] = (await pictures) as [Upload, Upload];
        return judgeStatement(runContext(services, app, request), { model, left, right, statement });
      },
    );
  }
};
