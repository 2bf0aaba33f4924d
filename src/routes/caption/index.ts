import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type from 'typebox';
import type { CaptionResult } from '../../inference/host.ts';
import { changeErrorResponses } from '../../plugins/errors.ts';
import { picturesBodyLimit, type Upload } from '../../plugins/uploads.ts';
import { textSamplerFor } from '../../sampling/text.ts';
import type { Services } from '../../services.ts';
import { drawSeeds } from '../generate-image/painting.ts';
import { formOrJson, idempotencyHeader, recordOf, showReading } from '../pictures.ts';
import { chooseModelFor, recordRun, runContext, servedAs } from '../recorded-run.ts';
import { CaptionAnswer, CaptionBody, CaptionForm, DEFAULT_MAX_TOKENS, DEFAULT_PREFIX } from './schema.ts';

const DESCRIPTION = `Several captions of one image that differ, each beginning with the words of \`prefix\`, each with a score by
which the best can be chosen. The same request with the same seed gives the same captions on the same engine.`;

export const caption: FastifyPluginAsyncTypebox<{ services: Services }> = async (app, { services }) => {
  app.addSchema(CaptionAnswer);

  app.post(
    '/v1/caption',
    {
      bodyLimit: picturesBodyLimit(1),
      config: { scope: 'infer', pictures: { image: 1 } },
      schema: {
        tags: ['tasks'],
        summary: 'Caption an image',
        description: DESCRIPTION,
        headers: idempotencyHeader,
        body: formOrJson(CaptionForm, CaptionBody),
        response: {
          200: Type.Unsafe<CaptionAnswer>({ $ref: 'CaptionAnswer#' }),
          ...changeErrorResponses(401, 404, 429),
        },
      },
    },
    async (request) => {
      const body = request.body as CaptionBody;
      const { prefix = DEFAULT_PREFIX, n = 1, max_tokens: maxTokens = DEFAULT_MAX_TOKENS } = body;
      const pictures = request.pictures('image');
      const model = await chooseModelFor(services.host, 'caption', body.model, pictures);
      const [picture] = (await pictures) as [Upload];
      const sampler = textSamplerFor(body.sampler ?? {}, n);
      const seeds = drawSeeds(n, body.seed);
      const { id, result } = await recordRun(
        runContext(services, app, request),
        {
          task: 'caption',
          model,
          request: {
            image: recordOf(picture),
            prefix,
            n,
            max_tokens: maxTokens,
            sampler: { ...sampler },
            seeds,
          },
          stored: false,
        },
        (options) => services.host.caption({ picture, model, prefix, maxTokens, sampler, seeds }, options),
        ({ captions }) => ({ result: show(captions) }),
      );
      return { ...servedAs(id, result), ...show(result.captions) };
    },
  );
};

function show(captions: CaptionResult['captions']) {
  return {
    captions: captions.map(({ text, score, seed }) => ({ text, score, seed })),
    // One prefix for all.
    ...showReading(captions[0]!),
  };
}
