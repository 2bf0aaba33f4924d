/**
 * A paint request from acceptance to its record: row inserted, painted, row finished, answer. The three kinds of
 * answer (JSON, file, events) differ only in how they show it.
 */
import { randomInt } from 'node:crypto';
import type { FastifyBaseLogger } from 'fastify';
import { newId } from '../../database/ids.ts';
import { CodedError } from '../../errors.ts';
import type { ImageFormat, PaintRequest, PaintResult, PaintStep } from '../../inference/host.ts';
import { toCodedError } from '../../plugins/errors.ts';
import type { Metrics } from '../../plugins/metrics.ts';
import type { Services } from '../../services.ts';
import { modelNotFound } from '../models/index.ts';
import { LARGEST_SEED, type PaintAnswer, type PaintBody } from './schema.ts';

export const TASK = 'generate-image';

export interface Painting {
  readonly answer: PaintAnswer;
  /** The files, in the order of the answer's images. */
  readonly files: Buffer[];
}

export interface PaintContext {
  readonly services: Services;
  readonly metrics: Metrics;
  readonly log: FastifyBaseLogger;
  readonly requestId: string;
  /** Where stored images are found, such as `http://127.0.0.1:3000`. */
  readonly origin: string;
  /** Aborted when the client hangs up. */
  readonly gone: AbortSignal;
  readonly onStep?: (step: PaintStep) => void;
}

/** @throws CodedError model_not_found, task_not_supported, model_not_ready */
export function resolve({ host }: Services, body: PaintBody, format: ImageFormat): PaintRequest {
  const model = body.model ?? host.defaultModel();
  if (model === undefined) {
    throw new CodedError(
      'model_not_ready',
      'No model is hosted: CHECKPOINTS_DIR and DATA_DIR hold none that paints.',
    );
  }
  const status = host.models().find(({ id }) => id === model);
  if (status === undefined)
    throw new CodedError('model_not_found', modelNotFound(model), { param: '/model' });
  if (status.state !== 'failed' && !status.tasks.includes('paint')) {
    throw new CodedError(
      'task_not_supported',
      `The model "${model}" cannot paint. GET /v1/models shows who can.`,
      {
        param: '/model',
      },
    );
  }
  const prompts = typeof body.prompt === 'string' ? [body.prompt] : body.prompt;
  const { n = 1, sampler, intermediate = false, seed } = body;
  // The same seeds for every prompt: painting a prompt alone gives the same image.
  const seeds = prompts.flatMap(() =>
    Array.from({ length: n }, (_, i) =>
      seed === undefined ? randomInt(LARGEST_SEED + 1) : (seed + i) % (LARGEST_SEED + 1),
    ),
  );
  return {
    prompts,
    model,
    n,
    sampler: { strategy: 'mask-predict', ...sampler },
    seeds,
    format,
    intermediate,
  };
}

/** @throws CodedError */
export async function paint(
  request: PaintRequest,
  stored: boolean,
  context: PaintContext,
): Promise<Painting> {
  const { services, metrics, log, requestId, gone } = context;
  const { host, records } = services;
  const { queuedImages, queueLimit } = host.stats();
  // Before the row is inserted: refusing under load must cost nothing.
  if (queuedImages >= queueLimit) throw new CodedError('queue_full');

  const id = newId('run');
  const { prompts, model, n, sampler, seeds, format, intermediate } = request;
  await records.runs.accept({
    id,
    task: TASK,
    requestId,
    model,
    request: { prompts: [...prompts], n, sampler: { ...sampler }, seeds: [...seeds], format, intermediate },
    stored,
  });
  try {
    if (!stored) gone.throwIfAborted();
    const { onStep } = context;
    const result = await host.paint(request, {
      ...(stored ? {} : { signal: gone }),
      ...(onStep === undefined ? {} : { onStep }),
    });
    const painting = describe(id, request, stored ? context.origin : undefined, result);
    const { queueMs, computeMs } = result;
    await records.runs.succeed(id, {
      model: result.model,
      revision: result.revision,
      engine: result.engine,
      result: {
        images: painting.answer.images.map(({ b64_json: _file, intermediate: _steps, ...image }) => image),
      },
      queueMs,
      computeMs,
      images: stored
        ? result.images.map(({ encoded }) => ({
            contentType: `image/${format}`,
            bytes: new Uint8Array(encoded),
          }))
        : [],
    });
    metrics.observeRun(TASK, model, queueMs, computeMs);
    return painting;
  } catch (thrown) {
    const error = toCodedError(thrown);
    const status = error.code === 'client_closed_request' ? 'cancelled' : 'failed';
    try {
      await records.runs.fail(id, status, error.code, error.message);
    } catch (err) {
      log.warn({ err, run: id }, 'the failure of a run was not recorded; the next start of the server will');
    }
    throw error === thrown ? error : new CodedError(error.code, error.message, { cause: thrown });
  }
}

function describe(
  id: string,
  { format }: PaintRequest,
  origin: string | undefined,
  { images, model, revision, engine, queueMs, computeMs }: PaintResult,
): Painting {
  return {
    files: images.map(({ encoded }) => encoded),
    answer: {
      id,
      model,
      revision,
      engine,
      images: images.map(({ encoded, intermediate, ...image }, index) => ({
        ...image,
        format,
        b64_json: encoded.toString('base64'),
        ...(origin === undefined ? {} : { url: `${origin}/v1/runs/${id}/image?index=${index}` }),
        ...(intermediate === undefined
          ? {}
          : { intermediate: intermediate.map((file) => file.toString('base64')) }),
      })),
      timing: { queue_ms: rounded(queueMs), compute_ms: rounded(computeMs) },
    },
  };
}

/** Microseconds of a millisecond are noise. */
const rounded = (milliseconds: number) => Math.round(milliseconds * 100) / 100;
