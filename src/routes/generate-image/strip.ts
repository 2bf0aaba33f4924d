/** A picture in the making, as the paper's Figure 4 shows it. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { CodedError } from '../../errors.ts';
import { composeStrip, NO_FRAMES, STRIP_SAMPLER, STRIP_STEPS } from '../../inference/strip.ts';
import { changeErrorResponses } from '../../plugins/errors.ts';
import type { Services } from '../../services.ts';
import { idempotencyHeader, pictureContent, recordHeaderSchemas } from '../pictures.ts';
import { chooseModel, recordHeaders, recordRun, runContext } from '../recorded-run.ts';
import { drawSeeds, TASK } from './painting.ts';
import { possibleSteps } from './possible-sampler.ts';
import { StripBody } from './schema.ts';

export const paintStrip: FastifyPluginAsyncTypebox<{ services: Services }> = async (app, { services }) => {
  app.post(
    '/v1/generate-image/strip',
    {
      config: { scope: 'infer' },
      schema: {
        tags: ['tasks'],
        operationId: 'paintImageStrip',
        summary: 'Paint one image and show it in the making',
        description:
          "One picture, side by side after some of its sampling steps, as in the paper's Figure 4: 140 steps at random " +
          'unless told. A sampler that writes a cell once has fewer of the default steps to show.',
        headers: idempotencyHeader,
        body: StripBody,
        response: {
          200: {
            description: 'The strip. `x-steps` says which steps it shows.',
            headers: {
              ...recordHeaderSchemas,
              'x-model': { type: 'string' },
              'x-seed': { type: 'integer' },
              'x-steps': { type: 'string' },
            },
            content: {
              'image/png': pictureContent,
              'image/jpeg': pictureContent,
              'image/webp': pictureContent,
            },
          },
          ...changeErrorResponses(401, 404, 429),
        },
      },
    },
    async (request, reply) => {
      const { prompt, sampler, unwritten = 'generator', format = 'png', steps } = request.body;
      const model = await chooseModel(services.host, 'paint', request.body.model);
      const seeds = drawSeeds(1, request.body.seed);
      const shown = [...(steps ?? STRIP_STEPS)].sort((a, b) => a - b);
      const { strategy = STRIP_SAMPLER.strategy, ...rest } = sampler ?? {};
      const chosen = sampler === undefined ? STRIP_SAMPLER : { strategy, ...rest };
      const taken = possibleSteps(services.host, model, { ...chosen });
      if (taken !== undefined && taken < shown[0]!)
        throw new CodedError('impossible_request', NO_FRAMES, { param: '/steps' });
      const seen: { step: number; encoded: Buffer }[] = [];
      const asked = { prompts: [prompt], n: 1, sampler: { ...chosen }, seeds, format, unwritten, shown };
      const { record, result } = await recordRun(
        runContext(services, app, request),
        { task: TASK, model, request: asked, stored: false, images: 1 },
        (options) =>
          services.host.paint(
            { ...asked, model, format: 'png', intermediate: false },
            { ...options, onStep: ({ step, encoded }) => seen.push({ step, encoded }) },
          ),
        ({ images: [image] }) => ({ result: { seed: seeds[0]!, codes: image!.codes } }),
      );
      if (seen.length === 0) throw new CodedError('impossible_request', NO_FRAMES, { param: '/steps' });
      const frames = seen.sort((a, b) => a.step - b.step);
      const shownSteps = frames.map(({ step }) => step);
      const file = await composeStrip(
        frames.map(({ encoded }) => encoded),
        shownSteps,
        result.images[0]!.width,
        format,
      );
      return reply
        .type(`image/${format}`)
        .headers({
          ...recordHeaders(record),
          ...{ 'x-model': result.model, 'x-seed': seeds[0]! },
          'x-steps': shownSteps.join(','),
        })
        .send(file);
    },
  );
};
