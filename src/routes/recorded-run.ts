/**
 * A request to a model from acceptance to its record: row inserted, work done, row finished, answer. The same for
 * every task; what differs is the work, and how its result is shown.
 */
import type { FastifyBaseLogger, FastifyInstance, FastifyRequest } from 'fastify';
import { newId } from '../database/ids.ts';
import { spend } from '../database/rate-counts.ts';
import type { AcceptedRun, FinishedRun } from '../database/runs.ts';
import { CodedError } from '../errors.ts';
import type { InferenceHost, Picture, Served } from '../inference/host.ts';
import { DOING, unable } from '../inference/hosted-models.ts';
import { toCodedError } from '../plugins/errors.ts';
import { refuseWhenFull } from '../plugins/full-queue.ts';
import type { Metrics } from '../plugins/metrics.ts';
import type { Services } from '../services.ts';
import type { Task } from '../zoo/manifest.ts';
import { findModel } from './models/find.ts';

export interface RunContext {
  readonly services: Services;
  readonly metrics: Metrics;
  readonly log: FastifyBaseLogger;
  readonly requestId: string;
  /** Aborted when the client hangs up. */
  readonly gone: AbortSignal;
  /** The API key that asks. */
  readonly keyId: string | null;
  /** That it may have painted; null: any number. */
  readonly imagesPerDay?: number | null;
  /** Set: the client asked for an answer later. Told the run's id once it is on record; from then on it goes on without. */
  readonly onAccepted?: (id: string) => void;
}

export function runContext(services: Services, app: FastifyInstance, request: FastifyRequest): RunContext {
  return {
    services,
    metrics: app.metrics,
    log: request.log,
    requestId: request.id,
    gone: request.gone(),
    keyId: request.owner().keyId,
    imagesPerDay: request.quota()?.imagesPerDay ?? null,
  };
}

/**
 * The model that a request names, or the default one of the task.
 * @throws CodedError model_not_found, task_not_supported, model_not_ready
 */
export async function chooseModel(
  host: InferenceHost,
  task: Task,
  named: string | undefined,
  param = '/model',
): Promise<string> {
  const model = named ?? host.defaultModel(task);
  if (model === undefined) {
    throw new CodedError(
      'model_not_ready',
      `No model is hosted that can ${DOING[task]}: CHECKPOINTS_DIR and DATA_DIR hold none.`,
    );
  }
  const status = await findModel(host, model, param);
  // Of a manifest that cannot be read neither is known.
  if (status.architecture !== undefined && !status.tasks.includes(task)) {
    throw new CodedError('task_not_supported', `${unable(status, task)}. GET /v1/models shows who can.`, {
      param,
    });
  }
  return model;
}

/**
 * The same for a request with pictures, whose kind decides where none is named.
 * @throws CodedError as `chooseModel`; what `request.pictures` throws
 */
export async function chooseModelFor(
  host: InferenceHost,
  task: Task,
  named: string | undefined,
  pictures: Promise<readonly Picture[]>,
): Promise<string> {
  // Who reads them hears what is wrong with them.
  pictures.catch(() => {});
  if (named !== undefined) return chooseModel(host, task, named);
  return chooseModel(host, task, await host.modelFor(task, await pictures));
}

/** What an answer says of its record, which a full disk may have kept from being written: never of stored work. */
export interface OnRecord {
  /** Id of the run; null: there is none. */
  readonly id: string | null;
  /** Its result cannot be asked for again. */
  readonly recorded?: false;
}

/**
 * @param run as it is accepted; `stored` work goes on when the client hangs up; `images` are painted in it
 * @param work does it; the signal is left out for stored runs
 * @param finish what the record keeps of the result
 * @throws CodedError
 */
export async function recordRun<Result extends Served>(
  context: RunContext,
  { images = 0, ...run }: Omit<AcceptedRun, 'id' | 'requestId' | 'keyId'> & { images?: number },
  work: (options: { signal?: AbortSignal }) => Promise<Result>,
  finish: (result: Result, id: string) => Pick<FinishedRun, 'result'> & Partial<Pick<FinishedRun, 'images'>>,
): Promise<{ record: OnRecord; result: Result }> {
  const { services, metrics, log, requestId, gone, keyId, onAccepted } = context;
  const stored = run.stored || onAccepted !== undefined;
  const { host, records } = services;
  refuseWhenFull(host);
  await spendImages(context, images);
  const id = newId('run');
  /** While the disk is full, work that nobody asked to keep goes on without a record. */
  const unlessFull = async (record: () => Promise<void>): Promise<boolean> => {
    try {
      await record();
      return true;
    } catch (error) {
      const full = error instanceof CodedError && error.code === 'storage_full';
      if (!full || stored) throw error;
      log.debug({ run: id }, 'the disk is full: a run is not on record');
      return false;
    }
  };
  const accepted = await unlessFull(() => records.runs.accept({ ...run, stored, id, requestId, keyId }));
  onAccepted?.(id);
  try {
    if (!stored) gone.throwIfAborted();
    const result = await work(stored ? {} : { signal: gone });
    const { model, revision, engine, queueMs, computeMs } = result;
    const served = { model, revision, engine, queueMs, computeMs };
    const finished = { images: [], ...finish(result, id), ...served };
    const recorded = accepted && (await unlessFull(() => records.runs.succeed(id, finished)));
    metrics.observeRun(run.task, model, queueMs, computeMs);
    return { record: { id: accepted ? id : null, ...(!recorded && { recorded }) }, result };
  } catch (thrown) {
    const error = toCodedError(thrown);
    const status = error.code === 'client_closed_request' ? 'cancelled' : 'failed';
    try {
      if (accepted) await records.runs.fail(id, status, error.code, error.message);
    } catch (err) {
      log.warn({ err, run: id }, 'the failure of a run was not recorded; the next start of the server will');
    }
    throw error === thrown ? error : new CodedError(error.code, error.message, { cause: thrown });
  }
}

const A_DAY = 24 * 3_600_000;

/** What fails later was asked for all the same: it has cost the computing. @throws CodedError quota_exceeded */
async function spendImages({ services, keyId, imagesPerDay }: RunContext, images: number): Promise<void> {
  if (keyId === null || imagesPerDay == null || images === 0) return;
  const cost = { amount: images, most: imagesPerDay, windowMs: A_DAY };
  const left = await spend(services.records.database, `${keyId}/images`, cost).catch((error) => {
    // Who needs no record is not refused for one of ours.
    if (error instanceof CodedError && error.code === 'storage_full') return undefined;
    throw error;
  });
  if (left === undefined) return;
  throw new CodedError('quota_exceeded', `This API key may have ${imagesPerDay} images a day painted.`, {
    retryAfter: Math.max(1, Math.ceil(left / 1000)),
  });
}

/** That part of an answer. */
export const onRecord = ({ id, recorded }: OnRecord): OnRecord => ({
  id,
  ...(recorded === false && { recorded }),
});
/** The same beside a file. */
export const recordHeaders = ({ id, recorded }: OnRecord) => ({
  ...(id !== null && { 'x-run-id': id }),
  ...(recorded === false && { 'x-recorded': 'false' }),
});

/** What every answer of a task says of how it came about. */
export function servedAs(record: OnRecord, { model, revision, engine, queueMs, computeMs }: Served) {
  return {
    ...record,
    model,
    revision,
    engine,
    timing: { queue_ms: rounded(queueMs), compute_ms: rounded(computeMs) },
  };
}

/** Microseconds of a millisecond are noise. */
const rounded = (milliseconds: number) => Math.round(milliseconds * 100) / 100;
