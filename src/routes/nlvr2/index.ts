import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type from 'typebox';
import { changeErrorResponses } from '../../plugins/errors.ts';
import { picturesBodyLimit } from '../../plugins/uploads.ts';
import type { Services } from '../../services.ts';
import { formOrJson, idempotencyHeader, recordOf, showReading } from '../pictures.ts';
import { chooseModelFor, recordRun, runContext, servedAs } from '../recorded-run.ts';
import { Nlvr2Answer, Nlvr2Body, Nlvr2Form } from './schema.ts';

export const nlvr2: FastifyPluginAsyncTypebox<{ services: Services }> = async (app, { services }) => {
  app.addSchema(Nlvr2Answer);

  app.post(
    '/v1/nlvr2',
    {
      bodyLimit: picturesBodyLimit(2),
      config: { scope: 'infer', pictures: { images: 2 } },
      schema: {
        tags: ['tasks'],
        summary: 'Judge a statement about two images',
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
      const [left, right] = await pictures;
      const { id, result } = await recordRun(
        runContext(services, app, request),
        {
          task: 'nlvr2',
          model,
          request: { images: [recordOf(left!), recordOf(right!)], statement },
          stored: false,
        },
        (options) => services.host.nlvr2({ left: left!, right: right!, model, statement }, options),
        ({ label, score, ...reading }) => ({ result: { label, score, ...showReading(reading) } }),
      );
      const { label, score } = result;
      return { ...servedAs(id, result), label, score, ...showReading(result) };
    },
  );
};
