/** What every route of jobs needs: to find a job, and to show it. */
import type { FastifyRequest } from 'fastify';
import type Type from 'typebox';
import type { Database } from '../../database/connect.ts';
import { trainingWorkers } from '../../database/workers.ts';
import { CodedError } from '../../errors.ts';
import type { Job } from '../../generated/prisma/client.ts';
import { type Needs, readNeeds, waitingFor, writtenNeeds } from '../../jobs/needs.ts';
import type { Services, Training } from '../../services.ts';
import { KINDS } from '../../training/kinds.ts';
import type { TrainingKind } from '../../training/run/training-kind.ts';
import type { TrainJob } from './schema.ts';

/** Milliseconds for which it counts who works. */
const WORKERS_SEEN = 200;

export interface JobAccess {
  readonly services: Services;
  readonly kinds: readonly TrainingKind[];
  /** @throws CodedError not_ready: this server takes no jobs */
  training(): Training;
  /** @throws CodedError job_not_found: nor does it show others' jobs */
  find(request: FastifyRequest<{ Params: { id: string } }>): Promise<Job>;
  show(job: Job): Promise<Type.Static<typeof TrainJob>>;
  prisma(): Database['prisma'];
  /** Reads again where the connection was lost. */
  retry: Database['retry'];
}

export function jobAccess(services: Services): JobAccess {
  const { records } = services;
  const training = (): Training => {
    if (services.training === undefined) {
      throw new CodedError('not_ready', 'This server takes no training jobs.');
    }
    return services.training;
  };
  // Asked once for all jobs of a list.
  let seen = { at: Number.NEGATIVE_INFINITY, workers: Promise.resolve<readonly Needs[]>([]) };
  const workers = (): Promise<readonly Needs[]> => {
    const now = performance.now();
    if (now - seen.at > WORKERS_SEEN) seen = { at: now, workers: trainingWorkers(records.database) };
    return seen.workers;
  };
  /** What a job that is queued waits for. */
  const waits = async ({ status, needs }: Job): Promise<string | null> =>
    status === 'queued' ? waitingFor(readNeeds(needs), await workers()) : null;
  return {
    services,
    kinds: services.training?.kinds ?? KINDS,
    training,
    find: (request) => training().jobs.find(request.params.id, request.owner()),
    show: async (job) => show(job, await training().jobs.position(job), await waits(job)),
    prisma: () => records.database.prisma,
    retry: (read) => records.database.retry(read),
  };
}

function show(job: Job, position: number | null, waiting: string | null): Type.Static<typeof TrainJob> {
  const { step, steps, stepMs, status } = job;
  const eta =
    status === 'running' && stepMs !== null
      ? new Date(Date.now() + (steps - step) * stepMs).toISOString()
      : null;
  return {
    id: job.id,
    object: 'train_job',
    kind: job.kind,
    status,
    created_at: job.createdAt.toISOString(),
    started_at: job.startedAt?.toISOString() ?? null,
    finished_at: job.finishedAt?.toISOString() ?? null,
    step,
    steps,
    eta,
    queue_position: position,
    needs: writtenNeeds(readNeeds(job.needs)),
    waiting_for: waiting,
    error: job.errorCode === null ? null : { code: job.errorCode, message: job.errorMessage ?? '' },
    dataset: job.dataset,
    components: job.components as Record<string, { id: string; revision: string }>,
    hyperparameters: job.hyperparameters as Record<string, unknown>,
    seed: Number(job.seed),
    suffix: job.suffix,
    metadata: job.metadata as Record<string, string>,
    metrics: job.result as Record<string, number> | null,
    result_model: job.resultModel,
    failures: job.failures,
  };
}
