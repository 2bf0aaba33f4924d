/** A finished job's result becomes a hosted model, whoever asks for it by whatever name. */
import { CodedError } from '../../errors.ts';
import type { Job } from '../../generated/prisma/client.ts';
import type { ModelStatus } from '../../inference/host.ts';
import { EVALUATE } from '../../jobs/plan-evaluation.ts';
import { withBrought } from '../../jobs/shared-files.ts';
import { hostRun } from '../../runs/promote.ts';
import type { Services, Training } from '../../services.ts';

/** What its result is called when nobody says so. */
export const resultName = ({ kind, suffix, id }: Pick<Job, 'kind' | 'suffix' | 'id'>): string =>
  `${kind}-${suffix ?? id.slice('job_'.length)}`;

/**
 * Resolves when the model is ready.
 * @throws CodedError job_state, file_not_found, model_exists, store_unavailable, and what loading throws
 */
export async function promoteJob(
  { host }: Pick<Services, 'host'>,
  { jobs, dataDir, checkpointsDir, shared }: Training,
  job: Job,
  model: string,
): Promise<ModelStatus> {
  if (job.status !== 'succeeded') {
    throw new CodedError('job_state', `The job ${job.id} has no result to promote: it is ${job.status}.`);
  }
  if (job.kind === EVALUATE) {
    throw new CodedError('job_state', `The job ${job.id} is an evaluation: it made no model.`);
  }
  const components = Object.values(job.components as Record<string, { id: string }>);
  const references = [job.id, ...components.map(({ id }) => id)];
  const { already } = await withBrought(shared, { references }, () =>
    hostRun(job.id, model, { dataDir, checkpointsDir }, host),
  );
  if (!already || job.resultModel !== model) await jobs.promoted(job.id, model);
  return host.models().find(({ id }) => id === model)!;
}
