/** The model of the zoo that a command works with. */
import { join } from 'node:path';
import type { Config } from '../config.ts';
import { UsageError } from '../errors.ts';
import type { PictureKind } from '../models/picture-router.ts';
import { defaultModel, dependsOnKind } from '../zoo/default-model.ts';
import { createZoo, type ZooEntry } from '../zoo/discovery.ts';
import type { Task } from '../zoo/manifest.ts';

const CAN: Record<Task, string> = {
  paint: 'paints',
  caption: 'captions',
  vqa: 'answers questions',
  nlvr2: 'judges statements',
};

/**
 * @param wanted its id or path; left out: the default model of the task
 * @param kind of the picture that it is asked about
 * @throws UsageError that says which models there are
 */
export async function findModel(
  { checkpointsDir, dataDir }: Config,
  task: Task,
  wanted: string | undefined,
  kind?: PictureKind,
): Promise<ZooEntry> {
  const { entries, problems } = await createZoo([checkpointsDir, join(dataDir, 'checkpoints')]).scan();
  const able = entries.filter(({ manifest }) => manifest.tasks.includes(task));
  const fallback = () =>
    defaultModel(
      able.map((one) => ({ id: one.id, tasks: one.manifest.tasks })),
      task,
      kind,
    );
  const id = wanted ?? fallback();
  const entry = able.find((one) => one.id === id || one.path === id);
  if (entry) return entry;
  const broken = problems.map((problem) => `\n${problem.folder}: ${problem.reason}`).join('');
  const ids = able.map((one) => one.id).join(', ');
  const which = wanted === undefined ? 'no model' : `no model "${wanted}"`;
  throw new UsageError(
    `There is ${which} that ${CAN[task]} in ${checkpointsDir}${ids ? `; there is ${ids}` : ''}.${broken}`,
  );
}

/** What tells the kinds of pictures apart, where it matters for the task. */
export async function findRouter(
  { checkpointsDir, dataDir }: Config,
  task: Task,
): Promise<ZooEntry | undefined> {
  const { entries } = await createZoo([checkpointsDir, join(dataDir, 'checkpoints')]).scan();
  const models = entries.map(({ id, manifest: { tasks } }) => ({ id, tasks }));
  if (!dependsOnKind(models, task)) return undefined;
  return entries.find(({ manifest }) => manifest.architecture === 'picture-router');
}
