/**
 * What a paint request means, and its answer. The three kinds of answer (JSON, file, events) differ only in how they
 * show it.
 */
import { randomInt } from 'node:crypto';
import type { ImageFormat } from '../../inference/encode-image.ts';
import type { PaintRequest, PaintResult, PaintStep } from '../../inference/host.ts';
import type { Upload } from '../../plugins/uploads.ts';
import { LARGEST_SEED } from '../../random.ts';
import { samplerFor, samplerOfSeveral } from '../../sampling/sampler.ts';
import type { Services } from '../../services.ts';
import { paintsCodes } from '../../zoo/manifest.ts';
import { recordOf, showReading } from '../pictures.ts';
import { chooseModel, type RunContext, recordRun, servedAs } from '../recorded-run.ts';
import { possibleSteps } from './possible-sampler.ts';
import type { PaintAnswer, PaintBody } from './schema.ts';

export const TASK = 'generate-image';

export interface Painting {
  readonly answer: PaintAnswer;
  /** The files, in the order of the answer's images. */
  readonly files: Buffer[];
  /** Cells that were repainted, of a picture that was in part. */
  readonly repainted: number[] | undefined;
}

/** What was asked for. Of pictures that came along, more is known than the host asks for. */
export interface PaintOrder extends PaintRequest {
  readonly over?: { readonly picture: Upload; readonly mask: Upload; readonly codes?: readonly number[] };
}

export interface PaintContext extends RunContext {
  /** Where stored images are found, such as `http://127.0.0.1:3000`. */
  readonly origin: string;
  readonly onStep?: (step: PaintStep) => void;
}

/**
 * @param told as events after every step
 * @throws CodedError model_not_found, task_not_supported, model_not_ready, impossible_request
 */
export async function resolve(
  { host }: Services,
  body: PaintBody,
  format: ImageFormat,
  told = false,
): Promise<PaintOrder> {
  const model = await chooseModel(host, 'paint', body.model);
  const prompts = typeof body.prompt === 'string' ? [body.prompt] : body.prompt;
  const { n = 1, sampler, intermediate = false } = body;
  // The same seeds for every prompt: painting a prompt alone gives the same image.
  const seeds = prompts.flatMap(() => drawSeeds(n, body.seed));
  const { architecture, sampler: own } = host.models().find(({ id }) => id === model)!;
  const asked = samplerFor(sampler, own);
  // Features are regressed, not drawn.
  const drawn = architecture === undefined || paintsCodes(architecture);
  const chosen = drawn ? samplerOfSeveral(asked, n) : asked;
  possibleSteps(host, model, chosen, { images: seeds.length, shown: told || intermediate });
  return {
    prompts,
    model,
    n,
    sampler: chosen,
    seeds,
    format,
    intermediate,
  };
}

/** Counting up from the first, or drawn anew. */
export function drawSeeds(n: number, seed: number | undefined): number[] {
  return Array.from({ length: n }, (_, i) =>
    seed === undefined ? randomInt(LARGEST_SEED + 1) : (seed + i) % (LARGEST_SEED + 1),
  );
}

/** @throws CodedError */
export async function paint(request: PaintOrder, store: boolean, context: PaintContext): Promise<Painting> {
  const stored = store || context.onAccepted !== undefined;
  const { prompts, model, n, sampler, seeds, format, intermediate, over } = request;
  const { onStep } = context;
  const filesOf = (run: string | null) => (stored ? `${context.origin}/v1/runs/${run}/image` : undefined);
  const { record, result } = await recordRun(
    context,
    {
      task: TASK,
      model,
      request: {
        ...{ prompts: [...prompts], n, sampler: { ...sampler }, seeds: [...seeds], format, intermediate },
        ...(over && {
          over: {
            ...{ image: recordOf(over.picture), mask: recordOf(over.mask) },
            ...(over.codes && { codes: [...over.codes] }),
          },
        }),
      },
      stored,
      images: seeds.length,
    },
    (options) =>
      context.services.host.paint(request, { ...options, ...(onStep === undefined ? {} : { onStep }) }),
    (done, run) => ({
      result: { images: done.images.map((_, index) => describe(request, filesOf(run), done, index)) },
      images: stored
        ? done.images.map(({ encoded }) => ({
            contentType: `image/${format}`,
            bytes: new Uint8Array(encoded),
          }))
        : [],
    }),
  );
  return {
    answer: {
      ...servedAs(record, result),
      sampler: { ...sampler },
      images: result.images.map(({ encoded, intermediate: steps }, index) => ({
        ...describe(request, filesOf(record.id), result, index),
        b64_json: encoded.toString('base64'),
        ...(steps === undefined ? {} : { intermediate: steps.map((file) => file.toString('base64')) }),
      })),
    },
    files: result.images.map(({ encoded }) => encoded),
    repainted: result.images[0]!.repainted,
  };
}

/** An image of the answer without its files, which is what the record keeps. */
function describe(
  { format }: PaintRequest,
  files: string | undefined,
  { images }: PaintResult,
  index: number,
) {
  const { prompt, revisedPrompt, seed, width, height, codes, repainted, ...reading } = images[index]!;
  return {
    prompt,
    ...(revisedPrompt !== undefined && { revised_prompt: revisedPrompt }),
    ...{ ...showReading(reading), seed, width, height, codes },
    ...(repainted !== undefined && { repainted }),
    format,
    ...(files === undefined ? {} : { url: `${files}?index=${index}` }),
  };
}
