/** What evaluations measured, in the database. */
import type { Database } from '../database/connect.ts';
import { newId } from '../database/ids.ts';
import { type Owner, ownedBy } from '../database/runs.ts';
import { type Evaluation, Prisma } from '../generated/prisma/client.ts';

/** In the transaction in which its job succeeds. */
export async function insertEvaluation(
  tx: Prisma.TransactionClient,
  jobId: string,
  metrics: Record<string, number>,
  report: Record<string, unknown>,
): Promise<void> {
  const job = await tx.job.findUniqueOrThrow({ where: { id: jobId } });
  const { model } = job.components as { model: { id: string; revision: string } };
  const { task } = job.hyperparameters as { task: string };
  await tx.evaluation.createMany({
    data: {
      ...{ id: newId('evl'), createdAt: new Date(), keyId: job.keyId, jobId, task, metrics },
      ...{ model: model.id, revision: model.revision, dataset: job.dataset },
      report: report as Prisma.InputJsonObject,
    },
    skipDuplicates: true,
  });
}

export interface EvaluationFilter {
  model?: string | undefined;
  dataset?: string | undefined;
  task?: string | undefined;
  /** Those alone that have it. */
  metric?: string | undefined;
}

/** Newest first, those older than `after`. */
export function listEvaluations(
  { prisma, retry }: Database,
  owner: Owner,
  { model, dataset, task, metric }: EvaluationFilter,
  after: string | undefined,
  limit: number,
): Promise<Evaluation[]> {
  return retry(() =>
    prisma.evaluation.findMany({
      where: {
        ...ownedBy(owner),
        ...(after !== undefined && { id: { lt: after } }),
        ...(model !== undefined && { model }),
        ...(dataset !== undefined && { dataset }),
        ...(task !== undefined && { task }),
        ...(metric !== undefined && { metrics: { path: [metric], not: Prisma.AnyNull } }),
      },
      orderBy: { id: 'desc' },
      take: limit,
    }),
  );
}

/** The newest evaluation of a model for each task and data set. */
export async function latestEvaluations(
  { prisma }: Database,
  owner: Owner,
  model: string,
): Promise<Evaluation[]> {
  return prisma.evaluation.findMany({
    where: { ...ownedBy(owner), model },
    orderBy: { id: 'desc' },
    distinct: ['task', 'dataset'],
    take: 20,
  });
}

/**
 * The numbers of an evaluation's report by name: those of `metrics`, and those of its columns as `<column>/<measure>`.
 */
export function metricsOf(report: Readonly<Record<string, unknown>>): Record<string, number> {
  const metrics: Record<string, number> = {};
  const walk = (value: unknown, path: readonly string[]): void => {
    if (typeof value === 'number' && Number.isFinite(value)) metrics[path.join('/')] = value;
    else if (typeof value === 'object' && value !== null && !Array.isArray(value))
      for (const [name, inner] of Object.entries(value)) walk(inner, [...path, name]);
  };
  walk(report.metrics, []);
  walk(report.columns, []);
  return metrics;
}
