/** A run as the API shows it. */
import type { Run as RunRow } from '../../generated/prisma/client.ts';
import type { Run } from './schema.ts';

export function showRun(run: RunRow): Run {
  return {
    id: run.id,
    object: 'run',
    task: run.task,
    status: run.status,
    created_at: run.createdAt.toISOString(),
    finished_at: run.finishedAt?.toISOString() ?? null,
    request_id: run.requestId,
    model: run.model,
    revision: run.revision,
    engine: run.engine,
    request: run.request,
    result: run.result,
    timing: { queue_ms: run.queueMs, compute_ms: run.computeMs },
    stored: run.stored,
    error: run.errorCode === null ? null : { code: run.errorCode, message: run.errorMessage ?? '' },
  };
}
